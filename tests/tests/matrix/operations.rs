//! What a bridge is asked to do: the same futures for each.

use std::io::Write;
use std::thread;
use std::time::Duration;

use bridge_tests::dimension;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::{spawn_blocking, spawn_local, yield_now};
use tokio::time::{sleep, timeout};

use crate::bridges::Bridge;

/// Long enough for a timer to be pending when it is polled first.
const SHORT: Duration = Duration::from_millis(2);
/// Longer than the stall limit of its cells, in which nothing wakes the call.
pub(crate) const SLOW: Duration = Duration::from_millis(200);
const MESSAGES: u32 = 1_000;
const ANSWER: u32 = 42;

dimension! {
    Operation {
        Ready => "ready future",
        Tcp => "TCP round trip",
        Sleep => "sleep",
        Yield => "yield_now",
        Spawn => "spawn and join",
        SpawnBlocking => "spawn_blocking and join",
        BridgesTask => "task on the bridge's runtime",
        BridgesCallable => "callable on a thread of the bridge's",
        Receives => "1,000 budgeted receives",
        SecondThread => "talk to a second thread's call",
        StalledDriver => "sleep beside blocking code in a task",
        AlwaysReady => "time limit on what is always ready",
        TaskElsewhere => "task of the thread, awaited by another executor",
        Recursion => "blocking code that waits for blocking code, 1,000 times",
        Slow => "sleep for longer than the stall limit",
        CallersTimer => "timer of the caller's runtime",
        CallersSocket => "socket of the caller's runtime",
        CallersTask => "task of the caller's runtime",
        CallersLocalTask => "task of the caller's LocalSet",
    }
}

impl Operation {
    /// Whether it needs something that the caller has made on a runtime of its
    /// own.
    pub(crate) fn is_the_callers(self) -> bool {
        matches!(
            self,
            Self::CallersTimer | Self::CallersSocket | Self::CallersTask | Self::CallersLocalTask
        )
    }

    /// Whether it can be done where tokio's thread-locals are gone.
    pub(crate) fn needs_no_tokio_context(self) -> bool {
        matches!(
            self,
            Self::Ready
                | Self::Yield
                | Self::BridgesTask
                | Self::BridgesCallable
                | Self::Receives
                | Self::SecondThread
        )
    }

    /// Has the bridge do it.
    ///
    /// # Panics
    ///
    /// If the bridge does, or gives another value than the operation's.
    pub(crate) fn perform(self, bridge: impl Bridge) {
        let values = match self {
            Self::Ready => bridge.run(|| async { ANSWER }),
            Self::Tcp => bridge.run(round_trip),
            Self::Sleep => bridge.run(|| after(SHORT)),
            Self::Yield => bridge.run(yields),
            Self::Spawn => bridge.run(spawned),
            Self::SpawnBlocking => bridge.run(blocking),
            Self::BridgesTask => {
                bridge.run(|| async { bridge.runtime().spawn(after(SHORT)).await.unwrap() })
            }
            Self::BridgesCallable => bridge.run(|| async { bridge.callable(slowly).await }),
            Self::Receives => bridge.run(receives),
            Self::SecondThread => bridge.run(|| beside(bridge)),
            Self::StalledDriver => bridge.run(beside_blocking_code),
            Self::AlwaysReady => bridge.run(always_ready),
            Self::TaskElsewhere => bridge.run(|| elsewhere(bridge)),
            Self::Recursion => vec![bridge.block_on(async { recursion(bridge) })],
            Self::Slow => bridge.run(|| after(SLOW)),
            Self::CallersTimer => bridge.run(callers_timer),
            Self::CallersSocket => bridge.run(callers_socket),
            Self::CallersTask => bridge.run(callers_task),
            Self::CallersLocalTask => bridge.run(callers_local_task),
        };
        assert!(values.iter().all(|value| *value == ANSWER), "{values:?}");
    }
}

async fn after(time: Duration) -> u32 {
    sleep(time).await;
    ANSWER
}

async fn round_trip() -> u32 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let request = stream.read_u32().await.unwrap();
        stream.write_u32(request + 1).await.unwrap();
    };
    let client = async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_u32(ANSWER - 1).await.unwrap();
        stream.read_u32().await.unwrap()
    };
    tokio::join!(server, client).1
}

async fn yields() -> u32 {
    for _ in 0..10 {
        yield_now().await;
    }
    ANSWER
}

async fn spawned() -> u32 {
    tokio::spawn(after(SHORT)).await.unwrap()
}

async fn blocking() -> u32 {
    spawn_blocking(slowly).await.unwrap()
}

fn slowly() -> u32 {
    thread::sleep(SHORT);
    ANSWER
}

/// Each message costs one of the budget.
async fn receives() -> u32 {
    let (sender, mut receiver) = mpsc::channel(MESSAGES as usize);
    for message in 0..MESSAGES {
        sender.try_send(message).unwrap();
    }
    for message in 0..MESSAGES {
        assert_eq!(receiver.recv().await, Some(message));
    }
    ANSWER
}

/// A second thread calls the same bridge, and answers.
async fn beside(bridge: impl Bridge) -> u32 {
    let (question, mut questions) = mpsc::unbounded_channel();
    let (answer, mut answers) = mpsc::unbounded_channel();
    thread::spawn(move || {
        bridge.block_on(async {
            while let Some(question) = questions.recv().await {
                answer.send(question).unwrap();
            }
        });
    });
    for message in 0..=ANSWER {
        question.send(message).unwrap();
        assert_eq!(answers.recv().await, Some(message));
    }
    ANSWER
}

/// The task holds a worker, which may be the one that has the timers.
async fn beside_blocking_code() -> u32 {
    let (runs, running) = oneshot::channel();
    tokio::spawn(async {
        runs.send(()).unwrap();
        thread::sleep(Duration::from_millis(300));
    });
    running.await.unwrap();
    after(Duration::from_millis(1)).await
}

async fn always_ready() -> u32 {
    let reads = async {
        loop {
            let _ = tokio::io::empty().read(&mut [0; 16]).await;
        }
    };
    timeout(SHORT, reads).await.map_or(ANSWER, |()| 0)
}

async fn elsewhere(bridge: impl Bridge) -> u32 {
    pollster::block_on(bridge.local_task(after(SHORT)))
}

/// More at once than the pool has threads.
fn recursion(bridge: impl Bridge) -> u32 {
    fn sum(bridge: impl Bridge, depth: u32) -> u32 {
        if depth == 0 {
            return 1;
        }
        bridge.block_on(async {
            let half = || bridge.callable(move || sum(bridge, depth - 1));
            let (left, right) = (half(), half());
            left.await + right.await
        })
    }
    assert_eq!(sum(bridge, 10), 1_024);
    ANSWER
}

fn callers_timer() -> impl Future<Output = u32> {
    let timer = sleep(SHORT);
    async {
        timer.await;
        ANSWER
    }
}

fn callers_socket() -> impl Future<Output = u32> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    listener.set_nonblocking(true).unwrap();
    let listener = TcpListener::from_std(listener).unwrap();
    thread::spawn(move || {
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        stream.write_all(&ANSWER.to_be_bytes()).unwrap();
    });
    async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.read_u32().await.unwrap()
    }
}

fn callers_task() -> impl Future<Output = u32> {
    let task = tokio::spawn(yields());
    async { task.await.unwrap() }
}

fn callers_local_task() -> impl Future<Output = u32> {
    let task = spawn_local(yields());
    async { task.await.unwrap() }
}
