//! What must not overlap does not: each function does what its serial twin does, in a world
//! that calls change and that synchronous code looks at.

#![expect(clippy::await_holding_refcell_ref, reason = "a form is what it is")]

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::ops::{ControlFlow, Deref, DerefMut};
use std::path::PathBuf;
use std::{fs, io};

use bridge::{background, run_in_foreground};
use bridge_tests::{Clock, Log, virtual_time};
use tokio::sync::{Mutex, MutexGuard};

/// What calls and synchronous code share.
struct World {
    clock: Clock,
    log: Log,
    cell: Cell<u32>,
    rows: RefCell<Vec<u32>>,
    queue: RefCell<VecDeque<u32>>,
    state: Mutex<State>,
    values: Vec<u32>,
    file: PathBuf,
}

#[derive(Default)]
struct State {
    users: u32,
    posts: u32,
}

impl World {
    /// A call that takes some time and changes the cell when it ends.
    async fn bump(&self, by: u32) -> u32 {
        self.log.call("bump", 5).await;
        self.cell.set(self.cell.get() + by);
        self.cell.get()
    }

    /// A query that takes no time.
    async fn ask(&self, n: u32) -> Result<u32, String> {
        self.log.push(format_args!("ask {n} sees {}", self.cell.get()));
        Ok(n)
    }

    async fn fails(&self, n: u32) -> Result<u32, String> {
        self.log.call("fails", 5).await;
        if n < 3 { Ok(n) } else { Err(format!("{n} is too much")) }
    }

    /// A call that has failed soon, and leaves no trace.
    async fn gone(&self, ticks: u64) -> Result<u32, String> {
        self.clock.sleep(ticks).await;
        Err(format!("gone at {ticks}"))
    }

    async fn find(&self, n: u32) -> Option<u32> {
        self.clock.sleep(3).await;
        (n < 3).then_some(n)
    }

    async fn count(&self) -> usize {
        self.log.call("count", 1).await;
        self.rows.borrow().len()
    }

    async fn insert(&self, row: u32) -> usize {
        self.log.call("insert", 5).await;
        self.rows.borrow_mut().push(row);
        self.rows.borrow().len()
    }

    async fn audit(&self, row: u32) -> usize {
        self.insert(row).await
    }

    async fn recv(&self) -> Option<u32> {
        let taken = self.queue.borrow_mut().pop_front();
        let ticks = if taken == Some(1) { 9 } else { 1 };
        self.log.call("recv", ticks).await;
        taken
    }

    async fn save(&self, text: &str) -> io::Result<usize> {
        self.log.call("save", 5).await;
        fs::write(&self.file, text)?;
        Ok(text.len())
    }

    async fn size(&self) -> io::Result<u64> {
        Ok(fs::metadata(&self.file)?.len())
    }

    /// A function that the macro does not know, and that waits by itself.
    fn sidebar(&self) -> u32 {
        run_in_foreground(self.locked("sidebar"))
    }

    async fn locked(&self, name: &str) -> u32 {
        let mut state = self.state.lock().await;
        self.log.call(name, 3).await;
        state.users += 1;
        state.users
    }
}

/// A guard of nobody's that any crate could have.
struct Lent<'a>(MutexGuard<'a, State>);

impl Deref for Lent<'_> {
    type Target = State;
    fn deref(&self) -> &State {
        &self.0
    }
}

impl DerefMut for Lent<'_> {
    fn deref_mut(&mut self) -> &mut State {
        &mut self.0
    }
}

async fn refresh(log: &Log, n: &mut u32, by: u32) -> u32 {
    log.call("refresh", u64::from(by)).await;
    *n += by;
    *n
}

/// A type that has names of the standard library for methods that change it.
struct Connection<'a>(&'a Log, u32);

impl Connection<'_> {
    async fn get(&mut self) -> u32 {
        self.0.call("get", 3).await;
        self.1 += 1;
        self.1
    }

    async fn keys(&mut self) -> u32 {
        self.1 *= 10;
        self.1
    }

    fn is_open(&mut self) -> bool {
        self.1 += 1;
        self.1 > 1
    }
}

/// What a function comes to: its value, or its panic, and the events.
fn run<T: std::fmt::Debug>(name: &str, body: impl Fn(&World) -> T + Send + 'static) -> String {
    // Each form has the name to itself.
    let file = std::env::temp_dir().join(format!("bridge-waiting-{}-{name}", std::process::id()));
    virtual_time(move |clock, log| {
        let _ = fs::remove_file(&file);
        let world = World {
            clock: clock.clone(),
            log: log.clone(),
            cell: Cell::default(),
            rows: RefCell::default(),
            queue: RefCell::new((1..5).collect()),
            state: Mutex::default(),
            values: Vec::new(),
            file: file.clone(),
        };
        let value = format!("{:?}", body(&world));
        let _ = fs::remove_file(&file);
        let events: Vec<String> = log
            .take()
            .into_iter()
            .map(|entry| entry.split_once(' ').expect("an entry has a time").1.to_owned())
            // Which calls began ahead of a failure is open.
            .filter(|event| !event.starts_with("S ") && !event.starts_with("D "))
            .collect();
        format!("{value} {events:?}")
    })
}

macro_rules! twins {
    ($(#[$doc:meta])* fn $name:ident($w:ident: &World) -> $ty:ty { $($body:tt)* }) => {
        $(#[$doc])*
        #[test]
        fn $name() {
            #[background]
            fn background_form($w: &World) -> $ty { $($body)* }
            #[background(serial)]
            fn serial_form($w: &World) -> $ty { $($body)* }
            #[background]
            async fn async_form($w: &World) -> $ty { $($body)* }

            let name = stringify!($name);
            let serial = run(name, serial_form);
            assert_eq!(run(name, background_form), serial);
            assert_eq!(run(name, |w| run_in_foreground(async_form(w))), serial);
        }
    };
}

twins! {
    /// Scenario 33.
    fn a_query_sees_the_row_that_was_inserted(w: &World) -> (usize, usize) {
        let inserted = w.insert(7).await;
        let count = w.count().await;
        (inserted, count)
    }
}

twins! {
    fn a_query_asked_twice_sees_what_was_between(w: &World) -> (usize, usize) {
        let before = w.count().await;
        w.insert(7).await;
        let after = w.count().await;
        (before, after)
    }
}

twins! {
    fn two_reads_of_one_queue_keep_their_order(w: &World) -> [Option<u32>; 2] {
        let first = w.recv().await;
        let second = w.recv().await;
        [first, second]
    }
}

twins! {
    fn a_lock_keeps_out_what_is_below(w: &World) -> (u32, u32) {
        let state = w.state.lock().await;
        let a = w.bump(1).await;
        let users = state.users;
        drop(state);
        let b = w.locked("b").await;
        (a + users, b)
    }
}

twins! {
    /// Two fields of what a guard shows are one place.
    fn fields_behind_a_guard_are_one_place(w: &World) -> u32 {
        let mut state = Lent(w.state.lock().await);
        let a = refresh(&w.log, &mut state.users, 1).await;
        let b = refresh(&w.log, &mut state.posts, 2).await;
        a + b
    }
}

twins! {
    /// Of a `RefCell` too.
    fn fields_behind_a_ref_mut_are_one_place(w: &World) -> u32 {
        let state = RefCell::new(State::default());
        let mut state = state.borrow_mut();
        let a = refresh(&w.log, &mut state.users, 1).await;
        let b = refresh(&w.log, &mut state.posts, 2).await;
        a + b
    }
}

twins! {
    fn a_method_of_any_name_may_write(w: &World) -> (u32, u32) {
        let mut connection = Connection(&w.log, 1);
        let a = connection.get().await;
        let b = connection.keys().await;
        (a, b)
    }
}

twins! {
    fn a_method_that_looks_may_write_too(w: &World) -> (u32, bool, u32) {
        let mut connection = Connection(&w.log, 0);
        let a = connection.get().await;
        let open = connection.is_open();
        let b = connection.get().await;
        (a, open, b)
    }
}

twins! {
    fn a_let_that_looks_at_a_cell(w: &World) -> (u32, u32) {
        let a = w.bump(1).await;
        let seen = w.cell.get();
        (a, seen)
    }
}

twins! {
    /// Scenario 35.
    fn a_let_that_looks_at_a_file(w: &World) -> io::Result<(usize, bool)> {
        let saved = w.save("x").await?;
        let there = w.file.is_file();
        Ok((saved, there))
    }
}

twins! {
    fn an_argument_that_looks_at_a_file(w: &World) -> Result<u32, String> {
        let saved = w.save("xyz").await.map_err(|error| error.to_string())?;
        let asked = w.ask(fs::read(&w.file).unwrap_or_default().len() as u32).await?;
        Ok(asked + saved as u32)
    }
}

twins! {
    fn an_argument_that_looks_at_a_cell(w: &World) -> Result<(u32, u32), String> {
        let a = w.bump(1).await;
        let b = w.ask(w.cell.get()).await?;
        Ok((a, b))
    }
}

twins! {
    fn an_operand_that_looks_at_a_cell(w: &World) -> (u32, u32, u32) {
        let (x, y, z) = (w.bump(1).await, w.cell.get(), w.bump(2).await);
        (x, y, z)
    }
}

twins! {
    /// Scenario 34.
    fn a_let_that_acts_on_a_file(w: &World) -> io::Result<(u32, u64)> {
        let a = w.bump(1).await;
        let file = fs::File::create(&w.file)?;
        let size = w.size().await?;
        drop(file);
        Ok((a, size))
    }
}

twins! {
    fn a_log_line_that_shows_a_cell(w: &World) -> u32 {
        macro_rules! info { ($w:expr, $shown:expr) => { $w.log.push(format_args!("shown {}", $shown)) } }
        let a = w.ask(1).await.unwrap_or_default();
        info!(w, w.cell.get());
        let b = w.bump(1).await;
        a + b
    }
}

twins! {
    /// Scenario 31.
    fn a_jump_holds_back_what_is_below(w: &World) -> u32 {
        let mut sum = 0;
        for n in 0..3 {
            let asked = w.ask(n).await.unwrap_or_default();
            let left = match asked { 1 => continue, asked => asked };
            let taken = w.recv().await.unwrap_or_default();
            sum += left + taken;
        }
        sum
    }
}

twins! {
    /// Scenario 36.
    fn a_panic_does_not_overtake_a_check(w: &World) -> Result<u32, String> {
        let checked = w.fails(7).await?;
        let first = w.values[0];
        let asked = w.ask(first).await?;
        Ok(asked + checked)
    }
}

twins! {
    fn the_panic_of_an_argument_does_not_either(w: &World) -> Result<u32, String> {
        let checked = w.fails(7).await?;
        let asked = w.ask(w.values.first().copied().unwrap()).await?;
        Ok(asked + checked)
    }
}

twins! {
    fn nor_does_a_division(w: &World) -> Result<u32, String> {
        let checked = w.fails(7).await?;
        let part = 10 / w.cell.take();
        let asked = w.ask(part).await?;
        Ok(asked + checked)
    }
}

twins! {
    /// Scenario 22, where the value is there and where it is not.
    fn a_let_else_leaves_in_its_turn(w: &World) -> [Result<u32, String>; 2] {
        let found = {
            let Some(found) = w.find(2).await else { return [Ok(0), Ok(0)] };
            let more = w.find(found).await;
            more.ok_or(String::new())
        };
        let Some(missing) = w.find(7).await else { return [found, Ok(7)] };
        let more = w.gone(1).await;
        [Ok(missing), more]
    }
}

/// A derivation that fails.
fn parse(n: u32) -> Result<u32, String> {
    Err(format!("{n} is no number"))
}

twins! {
    /// Scenario 28.
    fn a_derivation_fails_in_its_turn(w: &World) -> Result<u32, String> {
        let first = w.fails(1).await?;
        let parsed = parse(first)?;
        let one = w.fails(parsed).await?;
        let second = w.gone(1).await?;
        let also_parsed = parse(second)?;
        let two = w.fails(also_parsed).await?;
        Ok(one + two)
    }
}

twins! {
    fn an_argument_that_acts_comes_after_the_operands_above(w: &World) -> (Result<u32, String>, u32) {
        let failed = run_in_foreground(async { w.gone(2).await });
        let both = (w.bump(2).await, w.ask(w.cell.replace(9)).await);
        (failed, both.0 + w.cell.get())
    }
}

twins! {
    fn a_question_mark_may_be_of_another_kind(w: &World) -> ControlFlow<u32, u32> {
        async fn step(w: &World, n: u32) -> ControlFlow<u32, u32> {
            let n = w.bump(n).await;
            if n > 2 { ControlFlow::Break(n) } else { ControlFlow::Continue(n) }
        }
        let a = step(w, 1).await?;
        let b = step(w, step(w, 1).await? + a).await?;
        ControlFlow::Continue(a + b)
    }
}

twins! {
    /// A function that waits by itself may wait for what a call below would hold.
    fn a_function_that_waits_by_itself(w: &World) -> (u32, u32, u32) {
        let a = w.locked("a").await;
        let s = w.sidebar();
        let b = w.locked("b").await;
        (a, s, b)
    }
}

/// Words of one function.
#[test]
fn a_function_has_words_of_its_own() {
    #[background(commands(audit))]
    fn own(w: &World) -> (usize, usize) {
        let audited = w.audit(7).await;
        let count = w.count().await;
        (audited, count)
    }
    #[background(serial)]
    fn serial(w: &World) -> (usize, usize) {
        let audited = w.audit(7).await;
        let count = w.count().await;
        (audited, count)
    }
    assert_eq!(run("own_words", own), run("own_words_serial", serial));
}

/// The marker overlaps a command all the same.
#[test]
fn a_marker_overrides_a_name() {
    #[background]
    fn body(w: &World) -> (usize, usize) {
        #[background]
        let inserted = w.insert(7).await;
        let count = w.count().await;
        (inserted, count)
    }
    assert!(run("marker", body).starts_with("(1, 0)"));
}

/// Sixteen functions at once, each a query and then a connection, on four connections: all end.
#[test]
fn a_pool_of_four_serves_sixteen() {
    use std::sync::Arc;
    use tokio::sync::{OwnedSemaphorePermit, Semaphore};

    #[derive(Clone)]
    struct Pool(Arc<Semaphore>);
    impl Pool {
        async fn get(&self) -> OwnedSemaphorePermit {
            let permit = Arc::clone(&self.0).acquire_owned().await;
            permit.expect("it is not closed")
        }
    }
    async fn user(pool: &Pool) -> u32 {
        let _held = pool.get().await;
        tokio::task::yield_now().await;
        1
    }
    #[background]
    fn page(pool: &Pool) -> u32 {
        let user = user(pool).await;
        let held = pool.get().await;
        let again = self::again(&held).await;
        user + again
    }

    bridge_tests::bounded(|| {
        let pool = Pool(Arc::new(Semaphore::new(4)));
        let threads: Vec<_> = (0..16)
            .map(|_| {
                let pool = pool.clone();
                std::thread::spawn(move || (0..50).map(|_| page(&pool)).sum::<u32>())
            })
            .collect();
        for thread in threads {
            assert_eq!(thread.join().expect("it ends"), 100);
        }
    });
}

async fn again(_held: &tokio::sync::OwnedSemaphorePermit) -> u32 {
    tokio::task::yield_now().await;
    1
}

/// What the plain `async fn` is, the annotated one is.
#[test]
fn a_value_that_is_not_send_stays_below() {
    #[background]
    async fn body(log: &Log) -> u32 {
        let a = log.give("a", 3, 1).await;
        let own = std::rc::Rc::new(5);
        a + *own
    }
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    virtual_time(|_, log| {
        let log = log.clone();
        assert_eq!(run_in_foreground(is_send(body(&log))), 6);
    });
}
