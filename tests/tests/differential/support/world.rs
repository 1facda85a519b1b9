//! The world that the calls of a function share with its synchronous code, and with each
//! other: rows behind a mutex, cells, an atomic number, a file, a gate that one passes at a
//! time, a pool of one connection, a queue.
//!
//! All commands write to it, each in its own way, and all queries look at the whole of it, when
//! they begin and when they end: so what runs out of turn gives another value.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::ops::{Deref, DerefMut};
use std::panic::panic_any;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, TryLockError};

use tokio::sync::{OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};

use super::calls::run;
use super::cx::{Cx, Fate, Key};
use super::values::*;
use crate::dice::mix;

/// The numbers of the calls that take none.
pub const CONNECTION: u32 = 11;
pub const RECEIVE: u32 = 12;
pub const TABLE: u32 = 13;

/// See above.
pub struct World {
    pub rows: Mutex<BTreeMap<u64, u64>>,
    pub total: AtomicU64,
    pub last: Cell<u64>,
    pub notes: RefCell<Vec<u64>>,
    pub shelf: RefCell<Shelf>,
    /// The path of a file, which is not there yet.
    pub file: String,
    pub gate: Gate,
    pub table: Table,
    pub pool: Pool,
    pub queue: Queue,
}

/// Fields of which two can be changed at once, unless they lie behind a guard.
#[derive(Debug)]
pub struct Shelf {
    pub a: u64,
    pub b: u64,
    pub k: u64,
}

/// One may be inside.
pub struct Gate(Arc<Semaphore>);

/// Fields behind an asynchronous mutex.
pub struct Table(Arc<tokio::sync::Mutex<Shelf>>);

/// One connection.
#[derive(Clone)]
pub struct Pool(Arc<Semaphore>);

/// What is taken from it is gone.
pub struct Queue(RefCell<VecDeque<u64>>);

/// A guard, and that it is held, until it is dropped.
pub struct Held<G> {
    key: Key,
    cx: Cx,
    guard: G,
}

impl<G> Held<G> {
    /// Of what is taken when the call at `site` has run.
    async fn of(site: u32, take: impl Future<Output = G>) -> Self {
        let cx = here();
        let (key, ..) = run(&cx, site, true, &mut ()).await;
        let guard = take.await;
        cx.hold(key);
        Held { key, cx, guard }
    }
}

impl<G> Drop for Held<G> {
    fn drop(&mut self) {
        self.cx.release(self.key);
    }
}

pub type Permit = Held<OwnedSemaphorePermit>;
pub type TableGuard = Held<OwnedMutexGuard<Shelf>>;

pub struct Conn(Held<OwnedSemaphorePermit>);

/// The one permit there is.
async fn only(semaphore: &Arc<Semaphore>) -> OwnedSemaphorePermit {
    Arc::clone(semaphore).acquire_owned().await.unwrap()
}

impl Deref for TableGuard {
    type Target = Shelf;

    fn deref(&self) -> &Shelf {
        &self.guard
    }
}

impl DerefMut for TableGuard {
    fn deref_mut(&mut self) -> &mut Shelf {
        &mut self.guard
    }
}

impl World {
    pub fn new() -> Self {
        let thread = format!("{:?}", std::thread::current().id());
        let thread = thread.replace(|c: char| !c.is_ascii_digit(), "");
        let name = format!("bridge-differential-{}-{thread}", std::process::id());
        let shelf = || Shelf { a: 1, b: 2, k: 3 };
        World {
            rows: Mutex::default(),
            total: AtomicU64::new(7),
            last: Cell::new(0),
            notes: RefCell::default(),
            shelf: RefCell::new(shelf()),
            file: std::env::temp_dir().join(name).to_string_lossy().into_owned(),
            gate: Gate(Arc::new(Semaphore::new(1))),
            table: Table(Arc::new(tokio::sync::Mutex::new(shelf()))),
            pool: Pool(Arc::new(Semaphore::new(1))),
            queue: Queue(RefCell::new((1..100).collect())),
        }
    }

    /// The rows, after a panic too; nothing while an argument of this very call holds them.
    fn seen_rows(&self) -> Option<MutexGuard<'_, BTreeMap<u64, u64>>> {
        match self.rows.try_lock() {
            Ok(rows) => Some(rows),
            Err(TryLockError::Poisoned(rows)) => Some(rows.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// What a query sees.
    pub fn digest(&self) -> u64 {
        let file = fs::read_to_string(&self.file).unwrap_or_default();
        let rows = self.seen_rows();
        let rows = rows.map_or(0, |rows| {
            rows.iter().fold(1, |value, (key, row)| mix(mix(value, *key), *row))
        });
        let notes = self.notes.try_borrow();
        let notes = notes.map_or(0, |notes| notes.iter().fold(2, |value, note| mix(value, *note)));
        let text = file.bytes().fold(3, |value, byte| mix(value, u64::from(byte)));
        let numbers = mix(self.total.load(Ordering::SeqCst), self.last.get());
        mix(mix(rows, notes), mix(text, numbers))
    }

    /// All that is left of it. The file is removed.
    pub fn shown(&self) -> String {
        let file = fs::read_to_string(&self.file).ok();
        let _ = fs::remove_file(&self.file);
        format!(
            "rows {:?}, total {:?}, last {}, notes {:?}, file {file:?}, gate {}, pool {}",
            self.seen_rows(),
            self.total,
            self.last.get(),
            self.notes.borrow(),
            self.gate.0.available_permits(),
            self.pool.0.available_permits(),
        )
    }

    /// The fields behind guards, as calls have changed them that were lent them.
    pub fn lent(&self) -> String {
        let table = self.table.0.try_lock().map(|table| (table.a, table.b, table.k));
        format!("shelf {:?}, table {:?}", self.shelf.borrow(), table.ok())
    }

    /// Synchronous code of an unknown name that changes it.
    pub fn write(&self, site: u32, value: u64) -> u64 {
        match site % 5 {
            0 => {
                self.seen_rows().and_then(|mut rows| rows.insert(value % 3, value)).unwrap_or(1)
            }
            1 => self.total.fetch_xor(value, Ordering::SeqCst) % 1000,
            2 => self.last.replace(value),
            3 => {
                if let Ok(mut notes) = self.notes.try_borrow_mut() {
                    notes.push(value);
                }
                value
            }
            _ => u64::from(fs::write(&self.file, value.to_string()).is_ok()),
        }
    }
}

/// Where code finds the world of its run without being given it.
pub struct Ambient;

/// Used as a thread-local is.
pub static WORLD: Ambient = Ambient;

thread_local! {
    static HERE: RefCell<Option<Cx>> = const { RefCell::new(None) };
}

impl Ambient {
    pub fn with<R>(&self, look: impl FnOnce(&World) -> R) -> R {
        look(&here().world)
    }

    pub fn with_borrow<R>(&self, look: impl FnOnce(&World) -> R) -> R {
        look(&here().world)
    }

    pub fn with_borrow_mut<R>(&self, change: impl FnOnce(&World) -> R) -> R {
        change(&here().world)
    }
}

/// From now on, this is the run of this thread.
pub fn enter(cx: &Cx) {
    HERE.set(Some(cx.clone()));
}

/// The run of this thread.
pub fn here() -> Cx {
    HERE.with_borrow(|cx| cx.clone().unwrap())
}

pub fn file() -> String {
    here().world.file.clone()
}

pub fn pool() -> Pool {
    here().world.pool.clone()
}

async fn act(site: u32, n: u64) -> Outcome<u64> {
    let cx = here();
    let (key, value, fate) = run(&cx, site, true, &mut { n }).await;
    match fate {
        Fate::Well => Ok(cx.world.write(site, value) % 1000),
        _ => Err(Fail(key.site)),
    }
}

async fn ask(site: u32, n: u64) -> Outcome<u64> {
    let cx = here();
    let before = cx.world.digest();
    let (key, value, fate) = run(&cx, site, false, &mut { n }).await;
    match fate {
        Fate::Well => Ok(mix(value, mix(before, cx.world.digest())) % 1000),
        _ => Err(Fail(key.site)),
    }
}

macro_rules! calls {
    ($does:ident: $($name:ident)*) => {
        $(
            pub async fn $name(site: u32, n: u64) -> Outcome<u64> {
                $does(site, n).await
            }
        )*
        impl World {
            $(
                pub async fn $name(&self, site: u32, n: u64) -> Outcome<u64> {
                    $does(site, n).await
                }
            )*
        }
        impl Conn {
            $(
                pub async fn $name(&self, site: u32, n: u64) -> Outcome<u64> {
                    $does(site, n).await
                }
            )*
        }
    };
}

calls! { act:
    insert_row update_row delete_row save_row set_total append_note remove_row replace_row
    publish_row charge_row submit_row mark_row increment_total try_insert_row bulk_update_rows
    write_row put_row post push record execute upsert_row archive_row
    handle_row process_row touch_row row
}

calls! { ask:
    fetch_row load_rows find_row list_rows count_rows get_row lookup_row query_rows select_row
}

/// What runs a statement that was made before.
pub struct Statement {
    writes: bool,
    n: u64,
}

macro_rules! statements {
    ($writes:literal: $($name:ident)*) => {
        $(
            pub fn $name(n: u64) -> Statement {
                Statement { writes: $writes, n }
            }
        )*
        impl World {
            $(
                pub fn $name(&self, n: u64) -> Statement {
                    Statement { writes: $writes, n }
                }
            )*
        }
    };
}

statements! { true: insert_into update delete_from put }
statements! { false: select from by_key }

/// SQL, of which the verb tells what it does.
pub fn sql(text: &str, n: u64) -> Statement {
    Statement { writes: !text.starts_with("SELECT"), n }
}

impl World {
    pub fn sql(&self, text: &str, n: u64) -> Statement {
        sql(text, n)
    }
}

impl Statement {
    pub fn returning(self) -> Self {
        self
    }

    pub fn filter(self, n: u64) -> Self {
        Statement { n: mix(self.n, n) % 1000, ..self }
    }

    pub async fn fetch_one(self, site: u32) -> Outcome<u64> {
        if self.writes { act(site, self.n).await } else { ask(site, self.n).await }
    }

    pub async fn load(self, site: u32) -> Outcome<u64> {
        self.fetch_one(site).await
    }

    pub async fn run(self, site: u32) -> Outcome<u64> {
        self.fetch_one(site).await
    }
}

impl Gate {
    pub async fn acquire(&self, site: u32) -> Permit {
        Held::of(site, only(&self.0)).await
    }
}

/// The same without being given the gate.
pub async fn acquire_gate(site: u32) -> Permit {
    here().world.gate.acquire(site).await
}

/// The same under a name that does not tell.
pub async fn enter_gate(site: u32) -> Permit {
    here().world.gate.acquire(site).await
}

/// A query that is alone inside the gate.
pub async fn fetch_alone(site: u32, n: u64) -> Outcome<u64> {
    let _inside = only(&here().world.gate.0).await;
    ask(site, n).await
}

impl World {
    pub async fn fetch_alone(&self, site: u32, n: u64) -> Outcome<u64> {
        fetch_alone(site, n).await
    }
}

/// A synchronous function that waits for such a query by itself.
pub fn sidebar(_: &World, site: u32, n: u64) -> u64 {
    bridge::run_in_foreground(fetch_alone(site, n)).unwrap_or(3)
}

/// A synchronous function that looks at the world, under a name that does not tell.
pub fn tally(world: &World) -> u64 {
    world.digest() % 1000
}

/// One that changes it.
pub fn bill(world: &World, site: u32, n: u64) -> u64 {
    world.write(site, n)
}

impl Table {
    pub async fn lock(&self) -> TableGuard {
        Held::of(TABLE, Arc::clone(&self.0).lock_owned()).await
    }
}

pub async fn lock_table() -> TableGuard {
    here().world.table.lock().await
}

impl Pool {
    pub async fn get(&self) -> Conn {
        Conn(Held::of(CONNECTION, only(&self.0)).await)
    }
}

pub async fn get_conn() -> Conn {
    here().world.pool.get().await
}

/// A query that takes a connection for itself.
pub async fn user(pool: &Pool, site: u32, n: u64) -> Outcome<u64> {
    let _connection = only(&pool.0).await;
    ask(site, n).await
}

pub async fn user_by_id(site: u32, n: u64) -> Outcome<u64> {
    user(&here().world.pool, site, n).await
}

impl Queue {
    async fn take_one(&self) -> u64 {
        let cx = here();
        let (_, value, _) = run(&cx, RECEIVE, false, &mut ()).await;
        self.0.borrow_mut().pop_front().unwrap_or(value)
    }

    pub async fn recv(&self) -> u64 {
        self.take_one().await
    }

    pub async fn next(&self) -> u64 {
        self.take_one().await
    }

    pub async fn pop_front(&self) -> u64 {
        self.take_one().await
    }
}

pub async fn recv() -> u64 {
    here().world.queue.recv().await
}

/// A derivation that fails; it is given nothing that a call has.
pub fn parse(site: u32, n: u64) -> Outcome<u64> {
    let cx = here();
    let key = cx.turn(site);
    match cx.fate(key) {
        Fate::Well => Ok(n + 1),
        Fate::Fails => Err(Fail(site)),
        Fate::Panics => panic_any(format!("panic at {key}")),
    }
}

/// The names of the standard library on a type that is none: all that look change it.
#[derive(Debug)]
pub struct Odd {
    n: u64,
    looked: u64,
}

macro_rules! looks {
    ($($name:ident($($argument:ident)?))*) => {
        impl Odd {
            $(
                pub fn $name(&mut self $(, $argument: u64)?) -> u64 {
                    self.looked += 1;
                    (self.n $(+ $argument)?) * self.looked % 1000
                }
            )*
        }
    };
}

looks! { count() id() min(n) get(n) }

impl Odd {
    pub fn new(n: u64) -> Self {
        Odd { n, looked: 0 }
    }
}

impl Arg for &Odd {
    fn look(&self) -> String {
        format!("{} {}", self.n, self.looked)
    }
}

impl Arg for &mut Odd {
    fn look(&self) -> String {
        format!("{} {}", self.n, self.looked)
    }
    fn touch(&mut self, by: u64) {
        self.n = self.n * 3 % 1000 + by % 7;
    }
}

impl Arg for &Cell<u64> {
    fn look(&self) -> String {
        self.get().to_string()
    }
    fn touch(&mut self, by: u64) {
        self.set(self.get() * 3 % 1000 + by % 7);
    }
}
