//! A `#[background]` function is a plain function, wherever it is called.

use std::time::Duration;

use bridge::background;
use bridge_tests::bounded;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::task::{LocalSet, spawn_blocking, yield_now};
use tokio::time::sleep;

/// Sockets, timers, yields, spawned and blocking tasks.
#[background]
fn everything() -> u32 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let served = serve(&listener).await;
    let read = read(address).await;
    let slept = after(Duration::from_millis(2)).await;
    let spawned = tokio::spawn(async { 10 });
    let spawned = spawned.await;
    let blocking = spawn_blocking(|| 100).await;
    #[foreground]
    yield_now().await;
    served + read + slept + spawned.unwrap() + blocking.unwrap()
}

async fn serve(listener: &TcpListener) -> u32 {
    let (mut stream, _) = listener.accept().await.unwrap();
    stream.write_u32(1000).await.unwrap();
    10_000
}

async fn read(address: std::net::SocketAddr) -> u32 {
    TcpStream::connect(address).await.unwrap().read_u32().await.unwrap()
}

async fn after(time: Duration) -> u32 {
    sleep(time).await;
    1
}

const SUM: u32 = 11_111;

#[test]
fn from_a_thread() {
    assert_eq!(bounded(everything), SUM);
}

#[test]
fn from_a_current_thread_runtime() {
    bounded(|| {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        assert_eq!(runtime.block_on(async { everything() }), SUM);
        let local = LocalSet::new();
        assert_eq!(local.block_on(&runtime, async { everything() }), SUM);
        let blocking = runtime.block_on(async { spawn_blocking(everything).await });
        assert_eq!(blocking.unwrap(), SUM);
    });
}

#[test]
fn from_a_multi_thread_runtime() {
    bounded(|| {
        for workers in [1, 2] {
            let runtime =
                Builder::new_multi_thread().worker_threads(workers).enable_all().build().unwrap();
            assert_eq!(runtime.block_on(async { everything() }), SUM);
            let task = runtime.spawn(async { everything() });
            assert_eq!(runtime.block_on(task).unwrap(), SUM);
        }
    });
}

#[test]
fn from_our_own_runtime_and_from_a_call() {
    bounded(|| {
        let task = bridge::runtime().spawn(async { everything() });
        assert_eq!(bridge::run_in_foreground(task).unwrap(), SUM);
        async fn inner() -> u32 {
            everything()
        }
        #[background]
        fn outer() -> u32 {
            let a = inner().await;
            let b = inner().await;
            a + b
        }
        assert_eq!(outer(), 2 * SUM);
    });
}

#[test]
fn from_many_threads() {
    bounded(|| {
        std::thread::scope(|scope| {
            let calls: Vec<_> = (0..8).map(|_| scope.spawn(everything)).collect();
            for call in calls {
                assert_eq!(call.join().unwrap(), SUM);
            }
        });
    });
}
