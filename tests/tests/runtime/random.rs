//! Random programs of tasks that start, await, cancel and nest: each ends, and
//! runs the same way twice.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use bridge::expansion::sync;
use bridge::{Task, run_in_background, run_in_foreground};
use bridge_tests::{Clock, Log, virtual_time};
use tokio::sync::oneshot;
use tokio::task::yield_now;

const PROGRAMS: u64 = 500;

/// What a program is made of, drawn from a seed as it runs.
#[derive(Clone)]
struct Program {
    clock: Clock,
    log: Log,
    /// Xorshift, shared by all tasks: another order of polls is another log.
    random: Rc<Cell<u64>>,
}

impl Program {
    fn draw(&self, below: u64) -> u64 {
        let mut x = self.random.get();
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        self.random.set(x);
        x % below
    }

    /// The body of a task. A foreground in it waits for new tasks only, which
    /// cannot be further up the stack.
    fn body(&self, name: String, depth: u64) -> Pin<Box<dyn Future<Output = ()>>> {
        let this = self.clone();
        Box::pin(async move {
            let Program { clock, log, .. } = &this;
            let mut children: Vec<Task<()>> = Vec::new();
            for i in 0..this.draw(6) {
                let child = |side| this.body(format!("{name}.{i}{side}"), depth - 1);
                match this.draw(if depth == 0 { 4 } else { 9 }) {
                    0 => log.push(&name),
                    1 => yield_now().await,
                    2 => clock.sleep(this.draw(4)).await,
                    3 => {
                        let (send, receive) = oneshot::channel();
                        let _sender = run_in_background(async {
                            yield_now().await;
                            let _ = send.send(());
                        });
                        receive.await.unwrap();
                    }
                    4 => children.push(run_in_background(child("a"))),
                    5 => {
                        if let Some(child) = children.pop() {
                            child.cancel();
                        }
                    }
                    6 => run_in_foreground(child("a")),
                    7 => {
                        let a = run_in_background(child("a"));
                        let b = run_in_background(child("b"));
                        run_in_foreground(async { tokio::join!(a, b) });
                    }
                    _ => {
                        let mut a = sync::background(child("a"));
                        let mut b = sync::background(child("b"));
                        sync::start((&mut a, (&mut b, ())));
                        sync::foreground(a, (&mut b, ()), [0]);
                        if this.draw(2) == 0 {
                            sync::foreground(b, (), [0]);
                        }
                    }
                }
            }
            for child in children {
                child.await;
            }
            log.push(format_args!("end {name}"));
        })
    }
}

fn run(seed: u64) -> Vec<String> {
    virtual_time(move |clock, log| {
        let random = Rc::new(Cell::new(seed));
        let program = Program { clock: clock.clone(), log: log.clone(), random };
        let _dropped = run_in_background(program.body("a".to_owned(), 3));
        for name in ["b", "c"] {
            run_in_foreground(program.body(name.to_owned(), 3));
        }
        log.take()
    })
}

#[test]
fn programs_end_and_are_deterministic() {
    for seed in 1..=PROGRAMS {
        let seed = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15); // spread over all bits
        let first = run(seed);
        assert!(!first.is_empty());
        assert_eq!(first, run(seed), "seed {seed:#x}");
    }
}
