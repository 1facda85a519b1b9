//! The ways to write it.

use bridge::{background, runtime};
use futures_concurrency::future::Join;
use tokio::runtime::{Builder, Runtime};

use super::Source;
use crate::measure::Peers;

pub(super) const SERIAL: &str = "serial twin";
pub(super) const JOIN: &str = "block_on(join!), same runtime";
pub(super) const CURRENT_THREAD: &str = "block_on(join!), current-thread runtime";
pub(super) const THREADS: &str = "thread::scope, blocking clients";

pub(super) fn add_all<'a, S: Source>(peers: &mut Peers<'a>, source: &S) {
    fn add<'a, S: Source>(
        peers: &mut Peers<'a>,
        name: &str,
        source: &S,
        run: impl Fn(&S) -> usize + 'a,
    ) {
        let source = source.another();
        peers.add(name, move || run(&source));
    }
    add(peers, "#[background]", source, ours);
    add(peers, SERIAL, source, serial);
    add(peers, JOIN, source, join);
    let own = current_thread();
    add(peers, CURRENT_THREAD, source, move |source| {
        own.block_on(async {
            let (data1, data2) = tokio::join!(source.load(), source.load());
            data1 + data2
        })
    });
    add(peers, "block_on for each call", source, each);
    add(peers, "block_on(spawn), then both handles", source, spawned);
    add(peers, "block_on(futures-concurrency)", source, concurrency);
    add(peers, THREADS, source, threads);
    add(peers, "rayon::join, blocking clients", source, pool);
}

#[background]
pub(crate) fn ours<S: Source>(source: &S) -> usize {
    let data1 = source.load().await;
    // Unmarked, the same call would be asked in order.
    #[background]
    let data2 = source.load().await;
    data1 + data2
}

#[background(serial)]
pub(crate) fn serial<S: Source>(source: &S) -> usize {
    let data1 = source.load().await;
    let data2 = source.load().await;
    data1 + data2
}

pub(crate) fn join<S: Source>(source: &S) -> usize {
    runtime().block_on(async {
        let (data1, data2) = tokio::join!(source.load(), source.load());
        data1 + data2
    })
}

fn each<S: Source>(source: &S) -> usize {
    let data1 = runtime().block_on(source.load());
    let data2 = runtime().block_on(source.load());
    data1 + data2
}

pub(crate) fn spawned<S: Source>(source: &S) -> usize {
    runtime().block_on(async {
        let (one, other) = (source.clone(), source.clone());
        let data1 = runtime().spawn(async move { one.load().await });
        let data2 = runtime().spawn(async move { other.load().await });
        data1.await.expect("it ends") + data2.await.expect("it ends")
    })
}

fn concurrency<S: Source>(source: &S) -> usize {
    let (data1, data2) = runtime().block_on((source.load(), source.load()).join());
    data1 + data2
}

pub(crate) fn threads<S: Source>(source: &S) -> usize {
    two_threads(|| source.load_blocking())
}

pub(super) fn two_threads(load: impl Fn() -> usize + Sync) -> usize {
    std::thread::scope(|scope| {
        let data1 = scope.spawn(&load);
        let data2 = scope.spawn(&load);
        data1.join().expect("it ends") + data2.join().expect("it ends")
    })
}

fn pool<S: Source>(source: &S) -> usize {
    let (data1, data2) = rayon::join(|| source.load_blocking(), || source.load_blocking());
    data1 + data2
}

fn current_thread() -> Runtime {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("the operating system gives an event queue")
}
