//! What waits until nothing else on its thread can go on.

use std::cell::RefCell;
use std::future::Future;
use std::time::Duration;

use bridge::{background, quiescent, run_in_background, run_in_foreground};
use tokio::task::yield_now;

/// What was asked for, and of how many each batch was.
#[derive(Default)]
struct Loader {
    asked: RefCell<Vec<u32>>,
    batches: RefCell<Vec<usize>>,
}

impl Loader {
    /// After so many times that others go first.
    async fn load(&self, id: u32, yields: usize) -> u32 {
        for _ in 0..yields {
            yield_now().await;
        }
        quiescent().await;
        self.asked.borrow_mut().push(id);
        // As the crate `dataloader` has it.
        for _ in 0..10 {
            yield_now().await;
        }
        let asked = self.asked.take();
        if !asked.is_empty() {
            self.batches.borrow_mut().push(asked.len());
        }
        id
    }

    fn batches(&self) -> Vec<usize> {
        self.batches.borrow().clone()
    }
}

#[background]
fn three(loader: &Loader) -> u32 {
    let one = loader.load(1, 0).await;
    let two = loader.load(2, 50).await;
    let three = loader.load(3, 7).await;
    one + two + three
}

#[background]
async fn three_async(loader: &Loader, first: u32) -> u32 {
    let one = loader.load(first, 0).await;
    let two = loader.load(2, 50).await;
    let three = loader.load(3, 7).await;
    one + two + three
}

#[test]
fn all_that_can_go_on_goes_first() {
    let loader = Loader::default();
    assert_eq!(three(&loader), 6);
    assert_eq!(loader.batches(), [3]);
}

#[test]
fn of_an_async_function_too() {
    let loader = Loader::default();
    assert_eq!(run_in_foreground(three_async(&loader, 1)), 6);
    assert_eq!(loader.batches(), [3]);

    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let loader = Loader::default();
    assert_eq!(runtime.block_on(three_async(&loader, 1)), 6);
    assert_eq!(loader.batches(), [3]);
}

#[test]
fn functions_in_functions_share_a_round() {
    #[background]
    async fn six(loader: &Loader) -> u32 {
        let one = three_async(loader, 1).await;
        let other = three_async(loader, 4).await;
        one + other
    }
    let loader = Loader::default();
    assert_eq!(run_in_foreground(six(&loader)), 15);
    assert_eq!(loader.batches(), [6]);
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let loader = Loader::default();
    assert_eq!(runtime.block_on(six(&loader)), 15);
    assert_eq!(loader.batches(), [6]);
}

#[test]
fn loops_with_a_limit_come_in_its_size() {
    #[background]
    fn all(loader: &Loader) -> u32 {
        let mut total = 0;
        #[background(limit = 16)]
        for id in 0..100 {
            let loaded = loader.load(id, (id % 5) as usize).await;
            total += loaded;
        }
        total
    }
    #[background]
    async fn all_async(loader: &Loader) -> u32 {
        let mut total = 0;
        #[background(limit = 16)]
        for id in 0..100 {
            let loaded = loader.load(id, (id % 5) as usize).await;
            total += loaded;
        }
        total
    }
    let loader = Loader::default();
    assert_eq!(all(&loader), 4950);
    assert_eq!(loader.batches(), [16, 16, 16, 16, 16, 16, 4]);
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let loader = Loader::default();
    assert_eq!(runtime.block_on(all_async(&loader)), 4950);
    assert_eq!(loader.batches(), [16, 16, 16, 16, 16, 16, 4]);
}

#[test]
fn chains_have_a_round_for_each_link() {
    #[background]
    fn chains(loader: &Loader) -> u32 {
        let user = loader.load(1, 0).await;
        let posts = loader.load(user + 10, 0).await;
        let shop = loader.load(2, 3).await;
        let prices = loader.load(shop + 20, 0).await;
        posts + prices
    }
    let loader = Loader::default();
    assert_eq!(chains(&loader), 33);
    assert_eq!(loader.batches(), [2, 2]);
}

#[test]
fn what_waits_for_something_is_not_waited_for() {
    async fn slow() -> u32 {
        bridge::sleep(Duration::from_millis(20)).await;
        0
    }
    #[background]
    fn page(loader: &Loader) -> u32 {
        let slow = slow().await;
        let one = loader.load(1, 0).await;
        slow + one
    }
    bridge_tests::bounded(|| {
        let loader = Loader::default();
        assert_eq!(page(&loader), 1);
        assert_eq!(loader.batches(), [1]);
    });
}

#[test]
fn elsewhere_it_gives_way_once() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let log = RefCell::new(Vec::new());
    let step = async |name: &'static str| {
        log.borrow_mut().push(name);
        quiescent().await;
        log.borrow_mut().push(name);
    };
    runtime.block_on(async {
        tokio::join!(step("a"), step("b"));
    });
    let log = log.borrow();
    assert!(log[0] != log[1] && log[2] != log[3], "{log:?}");
    // On the runtime of `bridge`, and on its foreground.
    run_in_foreground(run_in_background(async { quiescent().await }));
    run_in_foreground(quiescent());
}

#[test]
fn it_may_go_on_on_another_thread() {
    bridge_tests::bounded(|| {
        let mut waits = Box::pin(quiescent());
        // Polled by a foreground that ends before it.
        run_in_foreground(async {
            let polled = std::future::poll_fn(|cx| {
                std::task::Poll::Ready(waits.as_mut().poll(cx).is_pending())
            });
            assert!(polled.await);
        });
        std::thread::spawn(move || run_in_foreground(waits)).join().expect("it ends");
    });
}

#[test]
fn it_may_be_waited_for_while_a_thread_ends() {
    struct Last;
    impl Drop for Last {
        fn drop(&mut self) {
            run_in_foreground(quiescent());
        }
    }
    thread_local! {
        static LAST: Last = const { Last };
    }
    bridge_tests::bounded(|| {
        let thread = std::thread::spawn(|| {
            LAST.with(|_| {});
            // What is there first is dropped last.
            run_in_foreground(quiescent());
        });
        thread.join().expect("it ends");
    });
}
