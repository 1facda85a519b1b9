//! A task is awaited wherever its thread is: under another executor it advances as in a
//! foreground.

use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use bridge::{OnThread, Task, background, run_in_background, run_in_foreground};
use bridge_tests::bounded;
use futures_util::future::{Either, join_all, select};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, oneshot};
use tokio::task::{LocalSet, spawn_local, yield_now};
use tokio::time::sleep;

const SHORT: Duration = Duration::from_millis(1);

fn current() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn multi() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

type Run<T> = Box<dyn FnOnce() -> T + Send>;

/// Has each executor run what is made for it.
fn under_each<F: Future>(make: impl Fn() -> F + Copy + Send + 'static)
where
    F::Output: Send + std::fmt::Debug + PartialEq + 'static,
{
    let expected = bounded(move || run_in_foreground(make()));
    let others: [(&str, Run<F::Output>); 6] = [
        ("futures", Box::new(move || futures_executor::block_on(make()))),
        ("pollster", Box::new(move || pollster::block_on(make()))),
        ("current-thread runtime", Box::new(move || current().block_on(make()))),
        ("multi-thread runtime", Box::new(move || multi().block_on(make()))),
        (
            "LocalSet",
            Box::new(move || LocalSet::new().block_on(&current(), async move { make().await })),
        ),
        (
            "another executor in a foreground",
            Box::new(move || run_in_foreground(async { futures_executor::block_on(make()) })),
        ),
    ];
    for (name, run) in others {
        assert_eq!(bounded(run), expected, "{name}");
    }
}

#[background]
async fn annotated() -> u32 {
    let task = run_in_background(async { 1 });
    task.await
}

#[test]
fn in_an_async_fn() {
    under_each(annotated);
}

#[test]
fn with_timers_and_yields_of_its_own() {
    under_each(|| {
        run_in_background(async {
            sleep(SHORT).await;
            yield_now().await;
            sleep(SHORT).await;
            2
        })
    });
}

#[test]
fn woken_from_another_thread() {
    under_each(|| async {
        let (sender, receiver) = oneshot::channel();
        let task = run_in_background(receiver);
        thread::spawn(move || {
            thread::sleep(SHORT);
            sender.send(3).unwrap();
        });
        task.await.unwrap()
    });
}

#[test]
fn in_a_race() {
    under_each(|| async {
        let never = run_in_background(pending::<u32>());
        let task = run_in_background(async {
            yield_now().await;
            4
        });
        match select(never, task).await {
            Either::Left((value, _)) => value,
            Either::Right((value, never)) => {
                never.cancel();
                value
            }
        }
    });
}

/// One that nobody awaits, and that another one needs.
#[test]
fn the_other_tasks_of_the_thread_advance_too() {
    under_each(|| async {
        let (sender, mut receiver) = mpsc::channel(1);
        let producer = run_in_background(async move {
            for n in 0..10 {
                sleep(SHORT).await;
                sender.send(n).await.unwrap();
            }
        });
        let consumer = run_in_background(async move {
            let mut all = Vec::new();
            while let Some(n) = receiver.recv().await {
                all.push(n);
            }
            all
        });
        let all = consumer.await;
        (all, producer.is_finished())
    });
}

/// (Of tokio's `yield_now` a current-thread runtime wakes the last first.)
async fn wakes_itself() {
    let mut woken = false;
    poll_fn(|cx| {
        cx.waker().wake_by_ref();
        if std::mem::replace(&mut woken, true) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

#[test]
fn in_the_order_in_which_they_were_started_and_woken() {
    under_each(|| async {
        let log = Rc::new(RefCell::new(Vec::new()));
        let tasks = ["a", "b", "c"].map(|name| {
            let log = Rc::clone(&log);
            run_in_background(async move {
                for step in 0..3 {
                    log.borrow_mut().push(format!("{name}{step}"));
                    wakes_itself().await;
                }
            })
        });
        for task in tasks {
            task.await;
        }
        log.take()
    });
}

#[test]
fn many_at_once() {
    under_each(|| async {
        let tasks = (0..1_000u32).map(|n| {
            run_in_background(async move {
                if n % 100 == 0 {
                    sleep(SHORT).await;
                }
                yield_now().await;
                n
            })
        });
        join_all(tasks).await.into_iter().sum::<u32>()
    });
}

/// Each awaits the next one: none is run inside of another.
#[test]
fn a_long_chain() {
    under_each(|| async {
        let mut last = run_in_background(async {
            yield_now().await;
            0u32
        });
        for _ in 0..5_000 {
            last = run_in_background(async move { last.await + 1 });
        }
        last.await
    });
}

#[test]
fn inside_of_a_foreground_inside() {
    under_each(|| async {
        let task = run_in_background(async {
            yield_now().await;
            run_in_foreground(run_in_background(async {
                sleep(SHORT).await;
                5
            }))
        });
        task.await
    });
}

#[test]
fn a_callable_is_awaited_anywhere() {
    under_each(|| async {
        let task: Task<u32, OnThread> = run_in_background(|| 6);
        let task = thread::spawn(move || run_in_foreground(task)).join().unwrap();
        let callable = run_in_background(|| 7);
        let both: [Task<u32>; 2] = [callable.into(), run_in_background(async { 8 })];
        let [callable, future] = both;
        task + callable.await + future.await
    });
}

#[test]
fn its_end_by_a_panic_or_a_cancellation() {
    under_each(|| async {
        let panics: Task<()> = run_in_background(async { panic!("in the task") });
        let cancelled = run_in_background(pending::<()>());
        cancelled.cancel();
        let mut ends = Vec::new();
        for task in [panics, cancelled] {
            let mut task = pin!(task);
            let end = poll_fn(|cx| {
                let poll = || task.as_mut().poll(cx);
                match catch_unwind(AssertUnwindSafe(poll)) {
                    Ok(Poll::Pending) => Poll::Pending,
                    Ok(Poll::Ready(())) => Poll::Ready("value".to_owned()),
                    Err(payload) => {
                        Poll::Ready(payload.downcast_ref::<&str>().unwrap().to_string())
                    }
                }
            });
            ends.push(end.await);
        }
        ends
    });
}

/// It changes between executors while it waits.
#[test]
fn here_and_there() {
    bounded(|| {
        let (first, gave_first) = oneshot::channel();
        let (second, gave_second) = oneshot::channel();
        let mut task = run_in_background(async {
            gave_first.await.unwrap();
            gave_second.await.unwrap();
            9
        });
        let soon = || tokio::time::sleep(SHORT);
        assert!(run_in_foreground(async { select(&mut task, pin!(soon())).await.is_right() }));
        first.send(()).unwrap();
        assert!(current().block_on(async { select(&mut task, pin!(soon())).await.is_right() }));
        assert!(run_in_foreground(async { select(&mut task, pin!(soon())).await.is_right() }));
        second.send(()).unwrap();
        assert_eq!(futures_executor::block_on(task), 9);
    });
}

trait IsRight {
    fn is_right(&self) -> bool;
}

impl<A, B> IsRight for Either<A, B> {
    fn is_right(&self) -> bool {
        matches!(self, Either::Right(_))
    }
}

/// Two tasks of a `LocalSet` await one each; one of them gives up.
#[test]
fn one_that_gives_up_leaves_the_others_awake() {
    bounded(|| {
        LocalSet::new().block_on(&current(), async {
            let slow = run_in_background(async {
                sleep(5 * SHORT).await;
                10
            });
            let waits = spawn_local(slow);
            let gives_up = spawn_local(async {
                let never = run_in_background(pending::<()>());
                tokio::time::timeout(SHORT, never).await.is_err()
            });
            assert!(gives_up.await.unwrap());
            assert_eq!(waits.await.unwrap(), 10);
        });
    });
}

/// An executor that makes another waker for each poll.
#[test]
fn with_another_waker_each_time() {
    struct Another<F>(F);
    impl<F: Future + Unpin> Future for Another<F> {
        type Output = F::Output;

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
            struct Wakes(Waker);
            impl Wake for Wakes {
                fn wake(self: Arc<Self>) {
                    self.0.wake_by_ref();
                }
            }
            let waker = Waker::from(Arc::new(Wakes(cx.waker().clone())));
            Pin::new(&mut self.0).poll(&mut Context::from_waker(&waker))
        }
    }
    under_each(|| async {
        let polls = Rc::new(Cell::new(0));
        let task = run_in_background(async {
            sleep(20 * SHORT).await;
            11
        });
        let mut task = Another(task);
        let counted = Rc::clone(&polls);
        let value = poll_fn(move |cx| {
            counted.set(counted.get() + 1);
            Pin::new(&mut task).poll(cx)
        });
        let value = value.await;
        (value, polls.get() < 20)
    });
}
