//! `#[background(limit = N)] while let`: a source that is asked for each item, beside the
//! iterations in flight.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bridge::{background, run_in_foreground};
use bridge_tests::{Clock, Log, both_forms, virtual_time};
use futures_util::{Stream, StreamExt, pin_mut, stream};
use tokio::sync::mpsc;

type Result<T> = std::result::Result<T, &'static str>;

/// Gives one number after the other, each so many ticks after it was asked for.
struct Source<'a> {
    log: &'a Log,
    next: u64,
    end: u64,
    ticks: u64,
}

impl<'a> Source<'a> {
    fn new(log: &'a Log, end: u64, ticks: u64) -> Self {
        Source { log, next: 0, end, ticks }
    }

    async fn next(&mut self) -> Option<u64> {
        if self.next == self.end {
            return None;
        }
        let n = self.log.give(&format!("ask {}", self.next), self.ticks, self.next).await;
        self.next += 1;
        Some(n)
    }

    /// Fails instead of the last one.
    async fn try_next(&mut self) -> Result<Option<u64>> {
        let n = self.next().await;
        if n.is_some_and(|n| n + 1 == self.end) { Err("no more") } else { Ok(n) }
    }
}

/// What each form comes to, at which time, and its story.
fn seen<T: Send + 'static>(run: fn(&Log) -> T) -> (T, u64, Vec<String>) {
    virtual_time(move |clock, log| {
        let result = run(log);
        (result, clock.now(), log.take())
    })
}

macro_rules! expect {
    ($name:ident, $result:expr, $time:expr, $story:expr) => {
        for (result, time, story) in
            [seen($name), seen(|log| run_in_foreground($name::awaited(log)))]
        {
            assert_eq!((result, time), ($result, $time));
            assert_eq!(story, $story);
        }
    };
}

/// The next item is asked for when there is place for it, and not before.
#[test]
fn the_source_is_asked_when_a_place_is_free() {
    both_forms!(body, |log| -> Vec<u64> {
        let mut source = Source::new(log, 3, 5);
        let mut found = Vec::new();
        #[background(limit = 2)]
        while let Some(n) = source.next().await {
            let x = log.give(&n.to_string(), 20 + n, n).await;
            log.push(format!("rest {n}"));
            found.push(x);
        }
        found
    });
    let story = [
        "0 S ask 0",
        "5 E ask 0",
        "5 S 0",
        "5 S ask 1",
        "10 E ask 1",
        "10 S 1",
        "25 E 0",
        "25 rest 0",
        "25 S ask 2",
        "30 E ask 2",
        "30 S 2",
        "31 E 1",
        "31 rest 1",
        "52 E 2",
        "52 rest 2",
    ];
    expect!(body, vec![0, 1, 2], 52, story);
}

/// While the rest of an iteration waits, the source is asked and what it gives starts.
#[test]
fn the_source_is_asked_beside_a_rest() {
    both_forms!(body, |log| -> u64 {
        let mut source = Source::new(log, 3, 5);
        let mut sum = 0;
        #[background(limit = 3)]
        while let Some(n) = source.next().await {
            sum += log.give(&n.to_string(), 9 + n, n).await;
            log.give("rest", 10, ()).await;
        }
        sum
    });
    let story = [
        "0 S ask 0",
        "5 E ask 0",
        "5 S 0",
        "5 S ask 1",
        "10 E ask 1",
        "10 S 1",
        "10 S ask 2",
        "14 E 0",
        "14 S rest",
        "15 E ask 2",
        "15 S 2",
        "20 E 1",
        "24 E rest",
        "24 S rest",
        "26 E 2",
        "34 E rest",
        "34 S rest",
        "44 E rest",
    ];
    expect!(body, 3, 44, story);
}

/// A `?` of the head leaves in the turn of the iteration that does not begin; or at once.
#[test]
fn an_error_of_the_source() {
    both_forms!(in_order, |log| -> Result<u64> {
        let mut source = Source::new(log, 3, 5);
        let mut sum = 0;
        #[background(limit = 4)]
        while let Some(n) = source.try_next().await? {
            sum += log.give(&n.to_string(), 20, n).await;
            log.push(format!("rest {n}"));
        }
        Ok(sum)
    });
    both_forms!(unordered, |log| -> Result<u64> {
        let mut source = Source::new(log, 3, 5);
        let mut sum = 0;
        #[background(limit = 4, unordered)]
        while let Some(n) = source.try_next().await? {
            sum += log.give(&n.to_string(), 20, n).await;
            log.push(format!("rest {n}"));
        }
        Ok(sum)
    });
    let asked = [
        "0 S ask 0",
        "5 E ask 0",
        "5 S 0",
        "5 S ask 1",
        "10 E ask 1",
        "10 S 1",
        "10 S ask 2",
        "15 E ask 2",
    ];
    let in_turn = ["25 E 0", "25 rest 0", "30 E 1", "30 rest 1"];
    expect!(in_order, Err("no more"), 30, [&asked[..], &in_turn].concat());
    expect!(unordered, Err("no more"), 15, [&asked[..], &["15 D 1", "15 D 0"]].concat());
}

/// What leaves the loop cancels the question first, and then the iterations, the last first.
#[test]
fn leaving_cancels_in_reverse_order() {
    both_forms!(body, |log| -> u64 {
        let mut source = Source::new(log, 9, 4);
        #[background(limit = 4)]
        while let Some(n) = source.next().await {
            let x = log.give(&n.to_string(), 10, n).await;
            if x == 0 {
                break;
            }
        }
        source.next
    });
    let story = [
        "0 S ask 0",
        "4 E ask 0",
        "4 S 0",
        "4 S ask 1",
        "8 E ask 1",
        "8 S 1",
        "8 S ask 2",
        "12 E ask 2",
        "12 S 2",
        "12 S ask 3",
        "14 E 0",
        "14 D ask 3",
        "14 D 2",
        "14 D 1",
    ];
    expect!(body, 3, 14, story);
}

/// Nothing runs ahead, and nothing is asked, while what stands in the foreground runs.
#[test]
fn a_foreground_settles_the_loop() {
    both_forms!(body, |log| -> u64 {
        let mut source = Source::new(log, 3, 5);
        let mut sum = 0;
        #[background(limit = 3)]
        while let Some(n) = source.next().await {
            let x = log.give(&n.to_string(), 12, n).await;
            #[foreground]
            log.push(format!("alone {n}"));
            sum += x;
        }
        sum
    });
    let story = [
        "0 S ask 0",
        "5 E ask 0",
        "5 S 0",
        "5 S ask 1",
        "10 E ask 1",
        "10 S 1",
        "10 S ask 2",
        "15 E ask 2",
        "15 S 2",
        "17 E 0",
        "22 E 1",
        "27 E 2",
        "27 alone 0",
        "27 alone 1",
        "27 alone 2",
    ];
    expect!(body, 3, 27, story);
}

async fn next(log: &Log, n: &mut u64) -> Option<u64> {
    log.give("ask", 5, ()).await;
    *n += 1;
    assert!(*n < 3, "in the source");
    Some(*n)
}

/// A panic of the source comes in its turn; or at once.
#[test]
fn a_panic_of_the_source() {
    both_forms!(in_order, |log| -> u64 {
        let mut asked = 0;
        let mut sum = 0;
        #[background(limit = 4)]
        while let Some(n) = next(log, &mut asked).await {
            sum += log.give("call", 20, n).await;
        }
        sum
    });
    both_forms!(unordered, |log| -> u64 {
        let mut asked = 0;
        let mut sum = 0;
        #[background(limit = 4, unordered)]
        while let Some(n) = next(log, &mut asked).await {
            sum += log.give("call", 20, n).await;
        }
        sum
    });
    let message = |run: fn(&Log) -> u64| {
        virtual_time(move |clock, log| {
            let panic = catch_unwind(AssertUnwindSafe(|| run(log))).unwrap_err();
            (panic.downcast_ref::<&str>().map(ToString::to_string), clock.now())
        })
    };
    let at = |time| (Some("in the source".to_owned()), time);
    assert_eq!(message(in_order), at(30));
    assert_eq!(message(|log| run_in_foreground(in_order::awaited(log))), at(30));
    assert_eq!(message(unordered), at(15));
    assert_eq!(message(|log| run_in_foreground(unordered::awaited(log))), at(15));
}

/// What is there at once is taken at once, up to the limit; what ends the loop is any value that
/// the pattern does not match.
#[test]
fn a_queue_that_is_full() {
    both_forms!(body, |log| -> (u64, usize) {
        let (sender, mut receiver) = mpsc::channel(16);
        for n in 0..16 {
            sender.try_send(if n < 12 { Ok(n) } else { Err(n) }).unwrap();
        }
        let mut sum = 0;
        #[background(limit = 4)]
        while let Some(Ok(n)) = receiver.recv().await {
            sum += log.give("", 10, n).await;
        }
        drop(sender);
        (sum, receiver.len())
    });
    for run in [body, |log: &Log| run_in_foreground(body::awaited(log))] {
        let (result, time, _) = seen(run);
        assert_eq!((result, time), ((66, 3), 30));
    }
}

/// A head need not wait.
#[test]
fn a_head_that_computes() {
    both_forms!(body, |log| -> u64 {
        let mut stack = vec![1, 2, 3];
        let mut sum = 0;
        #[background(limit = 2)]
        while let Some(n) = stack.pop() {
            sum += log.give("", 10, n).await;
        }
        sum
    });
    for run in [body, |log: &Log| run_in_foreground(body::awaited(log))] {
        let (result, time, _) = seen(run);
        assert_eq!((result, time), (6, 20));
    }
}

fn addresses(clock: &Clock) -> impl Stream<Item = u64> + use<'_> {
    stream::iter(0..300).then(move |n| async move {
        clock.sleep(n % 3).await;
        n
    })
}

async fn fetch(clock: &Clock, n: u64) -> u64 {
    clock.sleep(if n.is_multiple_of(10) { 60 } else { 7 + n % 5 }).await;
    n
}

/// The time of `buffer_unordered` over the same stream, to the tick; in order, that of `buffered`.
#[test]
fn a_stream_as_by_hand() {
    #[background]
    fn in_order(clock: &Clock) -> u64 {
        let stream = addresses(clock);
        pin_mut!(stream);
        let mut sum = 0;
        #[background(limit = 8)]
        while let Some(n) = stream.next().await {
            sum += fetch(clock, n).await;
        }
        sum
    }
    #[background]
    fn unordered(clock: &Clock) -> u64 {
        let stream = addresses(clock);
        pin_mut!(stream);
        let mut sum = 0;
        #[background(limit = 8, unordered)]
        while let Some(n) = stream.next().await {
            sum += fetch(clock, n).await;
        }
        sum
    }
    async fn in_order_by_hand(clock: &Clock) -> u64 {
        let all = addresses(clock).map(|n| fetch(clock, n)).buffered(8);
        all.fold(0, async |sum, n| sum + n).await
    }
    async fn unordered_by_hand(clock: &Clock) -> u64 {
        let all = addresses(clock).map(|n| fetch(clock, n)).buffer_unordered(8);
        all.fold(0, async |sum, n| sum + n).await
    }
    let time = |run: fn(&Clock) -> u64| {
        virtual_time(move |clock, _| {
            assert_eq!(run(clock), 44_850);
            clock.now()
        })
    };
    assert_eq!(time(in_order), time(|clock| run_in_foreground(in_order_by_hand(clock))));
    assert_eq!(time(unordered), time(|clock| run_in_foreground(unordered_by_hand(clock))));
}

/// An `async fn` that is dropped asks no more, and what is in the queue stays there.
#[test]
fn a_future_that_is_dropped() {
    #[background]
    async fn body(log: &Log, receiver: &mut mpsc::UnboundedReceiver<u64>) -> u64 {
        let mut sum = 0;
        #[background(limit = 2)]
        while let Some(n) = receiver.recv().await {
            sum += log.give(&n.to_string(), 10, n).await;
        }
        sum
    }
    virtual_time(|clock, log| {
        let (sender, mut receiver) = mpsc::unbounded_channel();
        (0..5).for_each(|n| sender.send(n).unwrap());
        let left = run_in_foreground(async {
            tokio::select! {
                _ = body(log, &mut receiver) => unreachable!("the queue stays open"),
                () = clock.sleep(15) => receiver.len(),
            }
        });
        assert_eq!(left, 1);
        log.expect(["0 S 0", "0 S 1", "10 E 0", "10 S 2", "10 E 1", "10 S 3", "15 D 3", "15 D 2"]);
    });
}
