//! Models of the wake protocol: loom runs each in all the ways in which its
//! threads can interleave, and see what the others have written. A park has no
//! time limit there, so that a lost wake is a deadlock.

mod flag;
mod local_loop;
mod task;

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::Poll;

use loom::future::AtomicWaker;
use loom::model::Builder;
use loom::sync::atomic::AtomicBool;
use loom::thread;

/// Of two threads: all interleavings.
fn two_threads(body: impl Fn() + Send + Sync + 'static) {
    loom::model(body);
}

/// Of three threads: those interleavings in which a thread is preempted no more
/// than three times. Without a limit they are too many.
fn three_threads(body: impl Fn() + Send + Sync + 'static) {
    let mut model = Builder::new();
    model.preemption_bound.get_or_insert(3);
    model.check(body);
}

/// A future that a thread of its own makes ready, started at the first poll.
fn by_a_thread() -> impl Future<Output = ()> + Send {
    after(|| ())
}

/// A future that a thread of its own makes ready after it has run `body`.
///
/// It keeps to what a waker promises, and to no more: the thread has its waker
/// from the first poll, and what the thread has written is found by the wake
/// alone.
fn after(body: impl FnOnce() + Send + 'static) -> impl Future<Output = ()> + Send {
    let ready = Arc::new(AtomicBool::new(false));
    let mut body = Some(body);
    poll_fn(move |cx| {
        if let Some(body) = body.take() {
            let (ready, waker) = (Arc::clone(&ready), cx.waker().clone());
            thread::spawn(move || {
                body();
                ready.store(true, Relaxed);
                waker.wake();
            });
        }
        if ready.load(Relaxed) { Poll::Ready(()) } else { Poll::Pending }
    })
}

/// A future that a thread of its own makes ready, started at the first poll, and that
/// wakes whoever has polled it last.
fn by_a_thread_for_the_last() -> impl Future<Output = ()> + Send {
    let shared = Arc::new((AtomicBool::new(false), AtomicWaker::new()));
    let mut begun = false;
    poll_fn(move |cx| {
        shared.1.register_by_ref(cx.waker());
        if !std::mem::replace(&mut begun, true) {
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                shared.0.store(true, Relaxed);
                shared.1.wake();
            });
        }
        if shared.0.load(Relaxed) { Poll::Ready(()) } else { Poll::Pending }
    })
}

/// Both under one waker: a wake polls both.
async fn both(a: impl Future<Output = ()>, b: impl Future<Output = ()>) {
    let (mut a, mut b) = (Some(Box::pin(a)), Some(Box::pin(b)));
    poll_fn(move |cx| {
        a.take_if(|a| a.as_mut().poll(cx).is_ready());
        b.take_if(|b| b.as_mut().poll(cx).is_ready());
        if a.is_none() && b.is_none() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

/// Polls `outer` first, then brings `nested` to the foreground inside that poll.
async fn nest(nested: impl Future<Output = ()>, outer: impl Future<Output = ()>) {
    let (mut nested, mut outer) = (Some(nested), Box::pin(outer));
    poll_fn(move |cx| {
        let poll = outer.as_mut().poll(cx);
        if let Some(nested) = nested.take() {
            crate::run_in_foreground(nested);
        }
        poll
    })
    .await;
}
