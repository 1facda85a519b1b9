//! Blocking code in the background: `#[background] let rows = query(&path);` and
//! `run_in_background(move || …).await` among the calls.

use std::num::ParseIntError;
use std::sync::mpsc;
use std::sync::{Arc, Barrier};
use std::thread;

use bridge::{background, run_in_background, run_in_foreground};
use bridge_tests::bounded;

/// Blocks until as many do, so that it only ends if they overlap.
fn meet(barrier: &Barrier, value: u32) -> u32 {
    barrier.wait();
    value
}

/// A function without any await, of blocking code only.
#[test]
fn blocking_code_overlaps() {
    #[background]
    fn body(barrier: &Arc<Barrier>) -> u32 {
        let (one, two) = (Arc::clone(barrier), Arc::clone(barrier));
        #[background]
        let a = meet(&one, 1);
        #[background]
        let b = meet(&two, 2);
        a + b
    }
    bounded(|| assert_eq!(body(&Arc::new(Barrier::new(2))), 3));
}

/// Beside calls, and as a call itself.
#[test]
fn blocking_code_and_calls_overlap() {
    #[background]
    fn body() -> u32 {
        let (to_blocking, from_call) = mpsc::channel();
        let (to_call, from_blocking) = tokio::sync::oneshot::channel();
        let told = run_in_background(move || from_call.recv().expect("it is sent")).await;
        #[background]
        let sent = to_call.send(20);
        let got = async { from_blocking.await.expect("it is sent") }.await;
        #[background]
        let answered = to_blocking.send(got + 1);
        sent.expect("it is awaited");
        answered.expect("it is received");
        told
    }
    bounded(|| assert_eq!(body(), 21));
}

/// What comes after a `?` stays in the function: the error is the serial one.
#[test]
fn what_leaves_the_function_stays_there() {
    fn parse(text: &str) -> Result<u32, ParseIntError> {
        text.parse()
    }
    #[background]
    fn body(one: String, two: String) -> Result<u32, ParseIntError> {
        #[background]
        let a = parse(&one)?.pow(2);
        #[background]
        let b = parse(&two)?;
        Ok(a + b)
    }
    bounded(|| {
        assert_eq!(body("3".into(), "4".into()), Ok(13));
        assert_eq!(body("x".into(), "".into()), "x".parse::<u32>());
        assert_eq!(body("3".into(), "".into()), "".parse::<u32>());
    });
}

/// Without a name it is joined at the next effect.
#[test]
fn an_unbound_one_is_joined_at_the_next_effect() {
    #[background]
    fn body(barrier: Arc<Barrier>) -> usize {
        let (other, last) = (Arc::clone(&barrier), Arc::downgrade(&barrier));
        #[background]
        meet(&barrier, 1);
        let x = run_in_background(move || meet(&other, 2)).await;
        assert_eq!(x, 2);
        last.strong_count()
    }
    bounded(|| assert_eq!(body(Arc::new(Barrier::new(2))), 0));
}

/// The serial twin runs it where it stands, on the thread itself.
#[test]
fn the_serial_twin_runs_it_in_place() {
    #[background(serial)]
    fn body() -> bool {
        #[background]
        let there = thread::current().id();
        there == thread::current().id()
    }
    assert!(body());
}

/// In a branch, in a loop with a limit, and on an `async fn`.
#[test]
fn wherever_a_statement_may_stand() {
    #[background]
    fn branch(barrier: Arc<Barrier>) -> u32 {
        if Arc::strong_count(&barrier) == 1 {
            let other = Arc::clone(&barrier);
            #[background]
            let a = meet(&other, 1);
            #[background]
            let b = meet(&barrier, 2);
            a + b
        } else {
            0
        }
    }
    #[background]
    fn every(barrier: &Arc<Barrier>) -> Vec<u32> {
        let mut found = Vec::new();
        #[background(limit = 3)]
        for n in 0..6 {
            let barrier = Arc::clone(barrier);
            #[background]
            let x = meet(&barrier, n);
            found.push(x);
        }
        found
    }
    #[background]
    async fn asynchronous(barrier: Arc<Barrier>) -> u32 {
        let other = Arc::clone(&barrier);
        #[background]
        let a = meet(&other, 1);
        #[background]
        let b = meet(&barrier, 2);
        a + b
    }
    bounded(|| {
        assert_eq!(branch(Arc::new(Barrier::new(2))), 3);
        assert_eq!(every(&Arc::new(Barrier::new(3))), [0, 1, 2, 3, 4, 5]);
        assert_eq!(run_in_foreground(asynchronous(Arc::new(Barrier::new(2)))), 3);
    });
}

/// What it changes of its own, or takes along for good, is there; the rest it gives back.
#[test]
fn what_it_changes_it_gives_back() {
    fn fill(mut rows: Vec<u32>) -> Vec<u32> {
        rows.push(2);
        rows
    }
    fn sorted(rows: &mut [u32]) -> u32 {
        rows.sort_unstable();
        rows[0]
    }
    #[background]
    fn body(mut n: u32) -> (Vec<u32>, u32, u32, u32) {
        let mut rows = vec![1];
        #[background]
        let new = fill(rows);
        rows = new;
        let mut taken = vec![5, 4];
        #[background]
        let least = sorted(&mut taken);
        #[background]
        let added = {
            let mut own = n;
            own += 1;
            own
        };
        if least == 4 {
            let mut own = n;
            #[background]
            let more = {
                own += 10;
                own
            };
            n += more;
        }
        (rows, least, added, n)
    }
    bounded(|| assert_eq!(body(7), (vec![1, 2], 4, 8, 7 + 17)));
}
