//! A `#[background]` function is a plain function, wherever it is called.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::task::{Context, Waker};
use std::time::Duration;

use bridge::background;
use bridge_tests::bounded;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Handle, Id, Runtime};
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

/// A timer of the runtime that it blocks; `bounded` sees that it ends.
#[background]
fn waits_for_ever(timer: tokio::time::Sleep) {
    timer.await;
}

/// Waits for this inside of what it needs to go on, and gives what it panics with.
fn refused(waits: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(waits)).unwrap_err();
    let constant = |payload: Box<dyn Any>| (*payload.downcast::<&str>().unwrap()).to_owned();
    payload.downcast::<String>().map_or_else(|payload| constant(payload), |message| *message)
}

#[test]
fn what_can_never_come_is_a_panic_that_says_so() {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let message = bounded(move || {
        runtime.block_on(async {
            let timer = sleep(Duration::from_millis(1));
            refused(|| waits_for_ever(timer))
        })
    });
    assert!(message.contains("has waited 4s without being woken"), "{message}");
    assert!(message.contains("a timer, socket or task of that runtime"), "{message}");
    assert!(message.contains("call from `spawn_blocking`"), "{message}");
}

/// Where a foreign multi-thread runtime is entered on a current-thread one's thread.
fn under_a_foreign_runtime<R: Send + 'static>(body: impl FnOnce() -> R + Send + 'static) -> R {
    bounded(|| {
        let foreign = Builder::new_multi_thread().worker_threads(1).build().unwrap();
        let current = Builder::new_current_thread().build().unwrap();
        current.block_on(async {
            let _entered = foreign.enter();
            body()
        })
    })
}

#[test]
fn where_tokio_lets_nothing_wait_is_a_panic_that_says_so() {
    let calls: [fn(); 2] =
        [|| assert_eq!(everything(), SUM), || bridge::run_in_foreground(async {})];
    for call in calls {
        let message = under_a_foreign_runtime(move || refused(call));
        assert!(message.contains("tokio lets no call wait there"), "{message}");
        assert!(message.contains("call from `spawn_blocking`"), "{message}");
    }
}

#[test]
fn where_tokio_lets_nothing_wait_a_call_is_cancelled_all_the_same() {
    #[background]
    async fn sum(ended: &AtomicU32) -> u32 {
        let a = pending_until_dropped(ended).await;
        // The same call, word for word, would wait for the other.
        let b = pending_until_dropped(&*ended).await;
        a + b
    }

    /// In its destructor it may wait.
    async fn pending_until_dropped(ended: &AtomicU32) -> u32 {
        struct Ends<'a>(&'a AtomicU32);
        impl Drop for Ends<'_> {
            fn drop(&mut self) {
                bridge::run_in_foreground(async { self.0.fetch_add(1, Relaxed) });
            }
        }
        let _ends = Ends(ended);
        std::future::pending().await
    }

    let ended = under_a_foreign_runtime(|| {
        let ended = AtomicU32::new(0);
        {
            let sum = pin!(sum(&ended));
            assert!(sum.poll(&mut Context::from_waker(Waker::noop())).is_pending());
        }
        ended.load(Relaxed)
    });
    assert_eq!(ended, 2);
}

#[test]
fn a_runtime_that_the_function_enters_is_where_its_calls_run() {
    #[background]
    fn runtimes(own: &Runtime) -> [Id; 3] {
        let ours = async { Handle::current().id() }.await;
        let _entered = own.enter();
        let started = async { Handle::current().id() }.await;
        let waited = async {
            yield_now().await;
            Handle::current().id()
        }
        .await;
        [ours, started, waited]
    }

    bounded(|| {
        let own = Builder::new_multi_thread().worker_threads(1).build().unwrap();
        let (ours, entered) = (bridge::runtime().id(), own.handle().id());
        assert_eq!(runtimes(&own), [ours, entered, entered]);
    });
}
