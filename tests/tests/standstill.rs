//! A foreground that stands still, because it waits for what a call holds that nobody runs
//! meanwhile, says so: each case is a process of its own, of which it is read what it says.

use std::env;
use std::future::poll_fn;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use bridge::{Config, background, run_in_background, run_in_foreground, runtime};
use bridge_tests::{bounded, dimension};
use tokio::sync::{Notify, Semaphore, oneshot};
use tokio::task::yield_now;

/// Names the case that a process is for.
const CASE: &str = "STANDSTILL";
/// The time after which a case says what stands still.
const AFTER: Duration = Duration::from_millis(20);
/// The last line of what is said.
const END: &str = "or turns this off.\n";

/// In a `static`, so that nothing in a function tells who shares it.
static POOL: Semaphore = Semaphore::const_new(1);

async fn connection() -> u32 {
    let _held = POOL.acquire().await.expect("it is not closed");
    1
}

/// Holds a connection for longer than [`above`] takes, and wakes itself all the time.
async fn user() -> u32 {
    let _held = POOL.acquire().await.expect("it is not closed");
    for _ in 0..3 {
        yield_now().await;
    }
    2
}

/// As [`user`], but that it is woken from another thread, when somebody else waits already.
async fn posts() -> u32 {
    let _held = POOL.acquire().await.expect("it is not closed");
    let (wake, woken) = oneshot::channel();
    thread::spawn(move || {
        while !WAITS.load(Ordering::Acquire) {
            thread::yield_now();
        }
        wake.send(())
    });
    woken.await.expect("it is sent");
    2
}

/// Whether a foreground waits.
static WAITS: AtomicBool = AtomicBool::new(false);

/// A call, ahead of whose join the one below starts.
async fn above() -> u32 {
    yield_now().await;
    0
}

async fn yields() -> u32 {
    for _ in 0..3 {
        yield_now().await;
    }
    1
}

/// What waits by itself.
fn sidebar() -> u32 {
    let mut connection = Box::pin(connection());
    run_in_foreground(poll_fn(move |cx| {
        let poll = connection.as_mut().poll(cx);
        WAITS.store(true, Ordering::Release);
        poll
    }))
}

#[background]
fn annotated_sidebar() -> u32 {
    let connection = connection().await; // where it waits
    connection
}

fn sidebar_by_a_task() -> u32 {
    run_in_foreground(run_in_background(connection()))
}

#[background]
fn page() -> u32 {
    let a = above().await;
    let s = sidebar();
    let u = user().await; // of `page`
    a + s + u
}

#[background]
fn annotated_page() -> u32 {
    let a = above().await;
    let s = annotated_sidebar();
    let u = user().await; // of `annotated_page`
    a + s + u
}

#[background]
fn page_by_a_task() -> u32 {
    let a = above().await;
    let s = sidebar_by_a_task();
    let u = user().await; // of `page_by_a_task`
    a + s + u
}

#[background]
fn feed() -> u32 {
    let a = above().await;
    let s = sidebar();
    let p = posts().await; // of `feed`
    a + s + p
}

#[background]
fn page_in_order() -> u32 {
    let a = above().await;
    #[foreground]
    let s = sidebar();
    let u = user().await;
    a + s + u
}

#[background]
async fn page_async() -> u32 {
    let a = above().await;
    let s = sidebar();
    let u = user().await; // of `page_async`
    a + s + u
}

#[background]
async fn page_async_in_order() -> u32 {
    let a = above().await;
    #[foreground]
    let s = sidebar();
    let u = user().await;
    a + s + u
}

/// Plain, and polls both.
async fn joined() -> u32 {
    let (u, s) = tokio::join!(user(), async { sidebar() });
    u + s
}

#[background]
fn all() -> u32 {
    let mut sum = 0;
    #[background(limit = 3)]
    for _ in 0..2 {
        let u = user().await; // of `all`
        sum += u + sidebar();
    }
    sum
}

/// Each iteration but the last has one in flight beside it that holds the connection.
#[background]
fn all_in_order() -> u32 {
    let mut sum = 0;
    #[background(limit = 3)]
    for _ in 0..4 {
        let u = user().await;
        #[foreground]
        let s = sidebar();
        sum += u + s;
    }
    sum
}

/// As [`all_in_order`], marked in a branch of the rest.
#[background]
async fn all_async_in_order() -> u32 {
    let mut sum = 0;
    #[background(limit = 3)]
    for _ in 0..4 {
        let u = user().await;
        if u > 1 {
            #[foreground]
            let s = sidebar();
            sum += u + s;
        }
    }
    sum
}

#[background]
fn serial() -> u32 {
    let mut sum = 0;
    #[background(limit = 1)]
    for _ in 0..2 {
        let u = user().await;
        sum += u + sidebar();
    }
    sum
}

/// Some time without a wake, many times as long as a foreground is silent.
async fn slow() -> u32 {
    let (ended, end) = oneshot::channel();
    thread::spawn(move || {
        thread::sleep(10 * AFTER);
        ended.send(1)
    });
    end.await.expect("it is sent")
}

fn slow_sidebar() -> u32 {
    run_in_foreground(slow())
}

fn notifying_sidebar() -> u32 {
    let s = slow_sidebar();
    SLOW_ENDED.notify_one();
    s
}

/// A call that nothing wakes before the foreground has ended.
#[background]
fn beside_pending() -> u32 {
    let a = above().await;
    let s = notifying_sidebar();
    let n = after_slow().await;
    a + s + n
}

static SLOW_ENDED: Notify = Notify::const_new();

async fn after_slow() -> u32 {
    SLOW_ENDED.notified().await;
    1
}

#[background]
fn slow_calls() -> u32 {
    let a = slow().await;
    let b = slow().await;
    a + b
}

/// It is polled again and again, for as long as it takes.
fn busy_sidebar() -> u32 {
    let begun = Instant::now();
    run_in_foreground(poll_fn(|cx| {
        cx.waker().wake_by_ref();
        if begun.elapsed() < 10 * AFTER { Poll::Pending } else { Poll::Ready(1) }
    }))
}

#[background]
fn beside_busy() -> u32 {
    let a = above().await;
    let s = busy_sidebar();
    let u = yields().await;
    a + s + u
}

/// Whoever has the waker of a call that has ended wakes nobody.
#[background]
fn beside_ended() -> u32 {
    let a = leaves_its_waker().await;
    let s = waking_sidebar();
    let n = after_slow().await;
    a + s + n
}

static LEFT: Mutex<Option<Waker>> = Mutex::new(None);

async fn leaves_its_waker() -> u32 {
    let mut polls = 0;
    poll_fn(|cx| {
        *LEFT.lock().unwrap() = Some(cx.waker().clone());
        cx.waker().wake_by_ref();
        polls += 1;
        if polls < 2 { Poll::Pending } else { Poll::Ready(1) }
    })
    .await
}

fn waking_sidebar() -> u32 {
    LEFT.lock().unwrap().iter().for_each(Waker::wake_by_ref);
    notifying_sidebar()
}

/// A task that waits slowly, ahead of the first poll of what runs in the foreground.
fn before_the_first_poll() -> u32 {
    let task = run_in_background(async { slow_sidebar() });
    run_in_foreground(task)
}

/// A task that goes on all the time, on the thread that stands still.
fn page_beside_a_ticker() -> u32 {
    let ticker = run_in_background(async {
        loop {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    });
    let page = page();
    let _: &bridge::Task<()> = &ticker;
    ticker.cancel();
    page
}

fn in_a_task() -> u32 {
    run_in_foreground(runtime().spawn(page_async())).unwrap()
}

fn under_block_on() -> u32 {
    tokio::runtime::Runtime::new().unwrap().block_on(page_async())
}

fn under_another_executor() -> u32 {
    futures_executor::block_on(page_async())
}

fn in_the_background() -> u32 {
    run_in_foreground(run_in_background(page_async()))
}

fn joined_in_the_background() -> u32 {
    run_in_foreground(run_in_background(joined()))
}

dimension! {
    /// What a process does.
    Case {
        Sync => "sync in sync",
        Annotated => "annotated in annotated",
        ByATask => "by a task",
        FromAnotherThread => "woken from another thread",
        BesideATicker => "beside a ticker",
        Async => "sync in async",
        InATask => "in a task of tokio's",
        UnderBlockOn => "under block_on",
        UnderAnotherExecutor => "under another executor",
        InTheBackground => "in a background task",
        Joined => "in a plain future",
        JoinedInTheBackground => "in a plain background task",
        Loop => "in a loop with a limit",
        Off => "turned off",
        Marked => "marked",
        MarkedAsync => "marked in async",
        MarkedInALoop => "marked in a loop with a limit",
        MarkedInAnAsyncLoop => "marked in a loop with a limit in async",
        Serial => "in a loop of one at a time",
        Pending => "beside a pending call",
        Slow => "slow calls",
        Busy => "a busy foreground",
        Ended => "beside a call that has ended",
        New => "ahead of the first poll",
    }
}

impl Case {
    fn run(self) -> u32 {
        let after = if self == Case::Off { Duration::MAX } else { AFTER };
        Config::new().stall_warning(after).init().unwrap();
        match self {
            Case::Sync => page(),
            Case::Annotated => annotated_page(),
            Case::ByATask => page_by_a_task(),
            Case::FromAnotherThread => feed(),
            Case::BesideATicker => page_beside_a_ticker(),
            Case::Async => run_in_foreground(page_async()),
            Case::InATask => in_a_task(),
            Case::UnderBlockOn => under_block_on(),
            Case::UnderAnotherExecutor => under_another_executor(),
            Case::InTheBackground => in_the_background(),
            Case::Joined => run_in_foreground(joined()),
            Case::JoinedInTheBackground => joined_in_the_background(),
            Case::Loop => all(),
            Case::Off => page(),
            Case::Marked => page_in_order(),
            Case::MarkedAsync => run_in_foreground(page_async_in_order()),
            Case::MarkedInALoop => all_in_order(),
            Case::MarkedInAnAsyncLoop => run_in_foreground(all_async_in_order()),
            Case::Serial => serial(),
            Case::Pending => beside_pending(),
            Case::Slow => slow_calls(),
            Case::Busy => beside_busy(),
            Case::Ended => beside_ended(),
            Case::New => before_the_first_poll(),
        }
    }

    fn start(self) -> Child {
        Command::new(env::current_exe().unwrap())
            .args(["--exact", "the_process_of_a_case", "--nocapture"])
            .env(CASE, self.name())
            .env("RUST_BACKTRACE", "0")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }
}

/// The case that this process is for. Its end may need one more connection than there are: it
/// is there as soon as a line comes in.
#[test]
fn the_process_of_a_case() {
    let Ok(name) = env::var(CASE) else { return };
    let case = Case::ALL.into_iter().find(|case| case.name() == name).unwrap();
    thread::spawn(|| {
        if io::stdin().read_line(&mut String::new()).is_ok_and(|read| read > 0) {
            POOL.add_permits(4);
        }
    });
    println!("it comes to {}", case.run());
}

/// What a case says that stands still, and that it ends, and says no more, when what it waits
/// for is there.
fn said(case: Case) -> String {
    bounded(move || {
        let mut child = case.start();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut said = String::new();
        while !said.contains(END) {
            assert!(stderr.read_line(&mut said).unwrap() > 0, "it has ended: {said}");
        }
        // Time to say it again.
        thread::sleep(5 * AFTER);
        child.stdin.take().unwrap().write_all(b"\n").unwrap();
        stderr.read_to_string(&mut said).unwrap();
        assert!(child.wait().unwrap().success());
        assert_eq!(said.matches("bridge: ").count(), 1, "{said}");
        said
    })
}

/// That a case ends by itself, and says nothing.
fn says_nothing(case: Case) {
    let (status, stderr) = bounded(move || ended(case.start()));
    assert!(status.success(), "{stderr}");
    assert_eq!(stderr, "");
}

fn ended(mut child: Child) -> (ExitStatus, String) {
    let _open = child.stdin.take();
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    (child.wait().unwrap(), stderr)
}

/// The line of this file that ends with such a comment.
fn place(comment: &str) -> String {
    format!("{}:{}", file!(), line(comment))
}

fn line(comment: &str) -> usize {
    let comment = format!("// {comment}");
    let mut lines = include_str!("standstill.rs").lines();
    lines.position(|line| line.ends_with(&comment)).unwrap() + 1
}

#[track_caller]
fn expect(said: &str, parts: &[impl AsRef<str>]) {
    for part in parts.iter().map(AsRef::as_ref) {
        assert!(said.contains(part), "`{part}` is not in:\n{said}");
    }
}

#[test]
fn all_of_it() {
    let said = said(Case::Annotated);
    let said = without_columns(&said);
    let (waits, call) = (place("where it waits"), place("of `annotated_page`"));
    let expected = format!(
        "\
bridge: the foreground at {waits} (`standstill::connection`) stands still: nothing has woken it for \
         20ms.
Meanwhile nothing runs what its thread has in flight further up the stack. Of that, this was woken:
  the call at {call}, in `standstill::annotated_page`
If the foreground waits for what that holds (a lock, a permit, a connection of a pool), neither ever \
         ends.
Mark the statement of `standstill::annotated_page` that leads to the foreground with \
         `#[foreground]`: then the calls above it have ended before it runs, and those below it start \
         after it.
If the foreground is only slow, these are late, and no more. `bridge::Config::stall_warning` sets \
         the time, or turns this off.
"
    );
    assert_eq!(said, expected);
}

/// `file:line` in place of `file:line:column`.
fn without_columns(said: &str) -> String {
    let mut parts = said.split(file!());
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut numbers = part.splitn(3, ':').skip(1);
        let (line, rest) = (numbers.next().unwrap(), numbers.next().unwrap());
        let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        text += &format!("{}:{line}{rest}", file!());
    }
    text
}

#[test]
fn a_synchronous_function_in_a_synchronous_one() {
    let cases = [
        (Case::Sync, "page"),
        (Case::ByATask, "page_by_a_task"),
        (Case::BesideATicker, "page"),
        (Case::FromAnotherThread, "feed"),
    ];
    for (case, name) in cases {
        let said = said(case);
        expect(&said, &[place(&format!("of `{name}`"))]);
        expect(&said, &[format!("the statement of `standstill::{name}`")]);
    }
}

#[test]
fn a_synchronous_function_in_an_asynchronous_one() {
    let cases = [
        Case::Async,
        Case::InATask,
        Case::UnderBlockOn,
        Case::UnderAnotherExecutor,
        Case::InTheBackground,
    ];
    for case in cases {
        let said = said(case);
        expect(&said, &[place("of `page_async`")]);
        expect(&said, &["the call at", "the statement of `standstill::page_async`"]);
    }
}

#[test]
fn a_synchronous_function_in_a_plain_future() {
    let said_by = said(Case::Joined);
    expect(&said_by, &["what runs in the foreground at", "Let `standstill::joined` await"]);
    let said_by = said(Case::JoinedInTheBackground);
    let parts = ["the background task that was started at", "Let `standstill::joined` await"];
    expect(&said_by, &parts);
}

#[test]
fn a_synchronous_function_in_a_loop_with_a_limit() {
    let said = said(Case::Loop);
    let iterations = format!("1 iteration of the loop at {}:{}:", file!(), line("of `all`") - 1);
    expect(&said, &[iterations, "the statement of `standstill::all`".to_owned()]);
    expect(&said, &["In a loop with a limit, the calls that run ahead have ended too."]);
}

#[test]
fn what_is_marked_ends() {
    says_nothing(Case::Marked);
    says_nothing(Case::MarkedAsync);
    says_nothing(Case::MarkedInALoop);
    says_nothing(Case::MarkedInAnAsyncLoop);
    says_nothing(Case::Serial);
}

#[test]
fn what_is_only_slow_says_nothing() {
    for case in [Case::Pending, Case::Slow, Case::Busy, Case::Ended, Case::New] {
        says_nothing(case);
    }
}

/// It waits on, until there is a connection.
#[test]
fn what_is_turned_off_says_nothing() {
    let (status, stderr) = bounded(|| {
        let mut child = Case::Off.start();
        thread::sleep(5 * AFTER);
        child.stdin.as_mut().unwrap().write_all(b"\n").unwrap();
        ended(child)
    });
    assert!(status.success());
    assert_eq!(stderr, "");
}
