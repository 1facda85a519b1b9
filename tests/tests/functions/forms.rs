//! Every form in which an await can stand: the value and the effects are those
//! of the serial twin, and of the `async fn`.

#![expect(
    clippy::dbg_macro,
    clippy::let_and_return,
    clippy::never_loop,
    clippy::redundant_pattern_matching,
    clippy::todo,
    clippy::toplevel_ref_arg,
    clippy::unimplemented,
    clippy::useless_vec,
    reason = "a form is what it is"
)]

use std::fmt::Write;

use bridge::{background, run_in_foreground};
use bridge_tests::{Log, virtual_time};

/// Compiles a function under each form of the attribute, and compares them.
macro_rules! twins {
    ($(#[$doc:meta])* fn $name:ident($log:ident: &Log) -> $ty:ty { $($body:tt)* }) => {
        $(#[$doc])*
        #[test]
        fn $name() {
            #[background]
            fn background_form($log: &Log) -> $ty { $($body)* }
            #[background(serial)]
            fn serial_form($log: &Log) -> $ty { $($body)* }
            #[background]
            async fn async_form($log: &Log) -> $ty { $($body)* }

            let serial = run(serial_form);
            assert_eq!(run(background_form), serial);
            assert_eq!(run(|log| run_in_foreground(async_form(log))), serial);
        }
    };
}

/// The value and the effects, without the calls' own starts, ends and
/// cancellations.
fn run<T: Send + 'static>(body: impl Fn(&Log) -> T + Send + 'static) -> (T, Vec<String>) {
    virtual_time(move |_, log| {
        let value = body(log);
        let events = log.take().into_iter().filter_map(|entry| {
            let (_, event) = entry.split_once(' ').expect("an entry has a time");
            let call = ["S ", "E ", "D number"].iter().any(|kind| event.starts_with(kind));
            (!call).then(|| event.to_owned())
        });
        (value, events.collect())
    })
}

async fn number(log: &Log, n: u32) -> u32 {
    log.give(&format!("number {n}"), u64::from(n % 4), n).await
}

async fn fallible(log: &Log, n: u32) -> Result<u32, String> {
    let n = number(log, n).await;
    if n < 10 { Ok(n) } else { Err(format!("{n} is too much")) }
}

fn seen(log: &Log, n: u32) -> u32 {
    log.push(format_args!("seen {n}"));
    n
}

twins! {
    fn conditions(log: &Log) -> u32 {
        let a = number(log, 1).await;
        let b = number(log, 2).await;
        if number(log, 3).await > a && b == 2 && number(log, 2).await == b {
            let c = number(log, 5).await;
            let d = number(log, 6).await;
            seen(log, c + d)
        } else if let 1..=4 = number(log, 2).await {
            seen(log, 0)
        } else {
            number(log, 9).await
        }
    }
}

twins! {
    fn scrutinees(log: &Log) -> Vec<u32> {
        let mut out = Vec::new();
        match (number(log, 1).await, number(log, 2).await) {
            (1, n) if number(log, n).await == 2 => out.push(seen(log, n)),
            _ => out.push(number(log, 7).await),
        }
        while number(log, 3).await > out.len() as u32 {
            let a = number(log, 1).await;
            let b = number(log, 2).await;
            out.push(seen(log, a + b));
        }
        for n in 0..number(log, 2).await {
            let a = number(log, n).await;
            out.push(a);
        }
        out
    }
}

twins! {
    fn operands(log: &Log) -> String {
        struct Pair { left: u32, right: u32 }
        let pair = Pair { left: number(log, 3).await, right: number(log, 1).await };
        let array = [number(log, 2).await, number(log, 1).await];
        let tuple = (number(log, 1).await, seen(log, 4), number(log, 2).await);
        let sum = number(log, 3).await + number(log, 2).await * number(log, 1).await;
        let list = vec![number(log, 1).await, number(log, 2).await];
        let index = list[number(log, 1).await as usize];
        let range: Vec<u32> = (number(log, 1).await..number(log, 3).await).collect();
        let negative = -(i64::from(number(log, 2).await));
        let text = format!("{}{x}", number(log, 1).await, x = number(log, 2).await);
        assert_eq!(number(log, 2).await, number(log, 2).await, "{}", number(log, 1).await);
        format!("{}{}{array:?}{tuple:?}{sum}{index}{range:?}{negative}{text}", pair.left, pair.right)
    }
}

twins! {
    fn macros(log: &Log) -> String {
        macro_rules! assert_some { ($value:expr) => { $value.unwrap() }; }
        macro_rules! twice { ($value:expr) => { $value + $value }; }
        let is_one = matches!(number(log, 1).await, 1 | 7);
        let larger = matches!(fallible(log, 2).await, Ok(n) if n > 1);
        assert!(matches!(fallible(log, 20).await, Err(_)), "{}", number(log, 3).await);
        let repeated = vec![number(log, 4).await; 2];
        let repeat = vec![0; number(log, 2).await as usize];
        let pinned = std::pin::pin!(number(log, 5).await);
        let shown = dbg!(number(log, 6).await);
        let mut text = String::new();
        write!(text, "{}", number(log, 7).await).unwrap();
        tokio::join!(number(log, 8), number(log, 9));
        if is_one {
            tokio::join! { number(log, 1), number(log, 2) };
        }
        let (a, b) = tokio::join!(biased; number(log, 1), number(log, 2));
        tracing::info!(target: "forms", n = number(log, 3).await, "{}", number(log, 2).await);
        tracing::debug!(text, shown = %number(log, 1).await, log.pinned = ?pinned, %a, ?b, "{larger}");
        let c = tokio::try_join!(fallible(log, 1), fallible(log, 2));
        assert_some!(Some(futures_util::poll!(std::future::ready(7)).is_ready()));
        let mut late = Box::pin(number(log, 7));
        assert!(futures_util::poll!(late.as_mut()).is_pending());
        let first = futures_util::poll!(&mut late);
        let late = (late.await, first.is_ready());
        assert_some!(fallible(log, 3).await);
        let d = assert_some!(fallible(log, 3).await);
        let e = twice!(number(log, 4).await);
        format!("{is_one}{larger}{repeated:?}{repeat:?}{pinned}{shown}{text}{a}{b}{c:?}{d}{e}{late:?}")
    }
}

twins! {
    /// Those that show, and those that make an error or leave with one, by their names.
    fn macros_that_show_or_leave(log: &Log) -> Result<u32, String> {
        macro_rules! anyhow { ($($text:tt)*) => { format!($($text)*) }; }
        macro_rules! eyre { ($error:expr) => { $error.to_string() }; }
        macro_rules! bail { ($($text:tt)*) => { return Err(format!($($text)*)) }; }
        macro_rules! ensure {
            ($holds:expr, $($text:tt)*) => { if !$holds { return Err(format!($($text)*)) } };
        }
        print!("{}", number(log, 1).await);
        println!("{} {n}", number(log, 2).await, n = number(log, 3).await);
        eprintln!("{:?}", fallible(log, 4).await);
        let shown = format_args!("{} {}", number(log, 1).await, number(log, 2).await).to_string();
        let mut text = String::new();
        writeln!(text, "{shown} {}", number(log, 3).await).unwrap();
        debug_assert!(number(log, 1).await == 1);
        debug_assert_eq!(number(log, 2).await, fallible(log, 2).await?);
        assert_ne!(number(log, 1).await, number(log, 2).await, "{}", number(log, 3).await);
        ensure!(number(log, 2).await == 2, "not {}", number(log, 3).await);
        match number(log, 1).await {
            2 => panic!("{}", number(log, 3).await),
            3 => todo!("{}", number(log, 4).await),
            4 => unimplemented!("{}", number(log, 5).await),
            5 => bail!("{}", number(log, 6).await),
            n => seen(log, n),
        };
        let first = anyhow!("{} and {}", number(log, 5).await, number(log, 6).await);
        let second = eyre!(fallible(log, 20).await.unwrap_err());
        ensure!(number(log, 7).await == 8, "{first}, {second}, {text}");
        Ok(seen(log, 1))
    }
}

twins! {
    fn conditional_blocks(log: &Log) -> u32 {
        cfg_if::cfg_if! {
            if #[cfg(not(test))] {
                let a = missing(log).await;
                let b = 1;
            } else if #[cfg(any(test, windows))] {
                let a = number(log, 1).await;
                let b = number(log, 2).await;
                seen(log, a);
            } else {
                compile_error!("this is a test");
            }
        }
        if b > 1 {
            cfg_if::cfg_if! {
                if #[cfg(test)] {
                    number(log, 3).await;
                }
            }
        }
        cfg_if::cfg_if! {
            if #[cfg(not(test))] { missing(log).await } else { number(log, a + b).await }
        }
    }
}

twins! {
    fn streams(log: &Log) -> u32 {
        let one = number(log, 1).await;
        let stream = async_stream::stream! {
            for n in one..4 {
                yield number(log, n).await;
            }
        };
        let mut stream = std::pin::pin!(stream);
        let mut sum = 0;
        while let Some(n) = futures_util::StreamExt::next(&mut stream).await {
            sum += n;
        }
        sum
    }
}

twins! {
    fn errors(log: &Log) -> Result<u32, String> {
        let a = fallible(log, 1).await?;
        let b = fallible(log, 2).await.map_err(|error| error + "!")?;
        let c = fallible(log, fallible(log, 3).await?).await?;
        seen(log, a + b + c);
        let d = fallible(log, 20).await?;
        let e = fallible(log, 30).await?;
        Ok(seen(log, d + e))
    }
}

twins! {
    fn options(log: &Log) -> Option<u32> {
        let a = log.give("a", 2, Some(1)).await?;
        let b = number(log, log.give("b", 1, Some(2)).await?).await;
        let c: Option<u32> = log.give("c", 1, None).await;
        seen(log, a + b);
        Some(a + c?)
    }
}

/// Of which the macro does not see that it is none of `Result`.
type Flow = std::ops::ControlFlow<String, u32>;

twins! {
    fn control_flow_by_another_name(log: &Log) -> Flow {
        async fn flow(log: &Log, n: u32) -> Flow {
            match number(log, n).await {
                n if n < 10 => Flow::Continue(n),
                n => Flow::Break(format!("{n} is too much")),
            }
        }
        let a = flow(log, 3).await?;
        let b = flow(log, a).await?;
        let c = flow(log, 2).await?;
        let mut sum = seen(log, a + b + c);
        #[background(limit = 2)]
        for n in 0..4 {
            let x = flow(log, n).await?;
            let y = flow(log, x + n).await?;
            sum += seen(log, y);
        }
        Flow::Continue(sum)
    }
}

twins! {
    fn let_else_and_shadowing(log: &Log) -> u32 {
        let Ok(a) = fallible(log, 1).await else { return 0 };
        let a = number(log, a + 1).await;
        let (a, b) = (number(log, a + 1).await, a);
        let c = b;
        let a = number(log, a).await + c;
        let Err(error) = fallible(log, 11).await else { return seen(log, a) };
        seen(log, error.len() as u32 + a)
    }
}

twins! {
    fn labels_and_returns(log: &Log) -> u32 {
        let found = 'search: {
            for n in 0..5 {
                let a = number(log, n).await;
                if a == 3 {
                    break 'search number(log, a).await;
                }
                if a == 1 {
                    continue;
                }
                seen(log, a);
            }
            0
        };
        let last = loop {
            let a = number(log, found).await;
            break a;
        };
        if last == 3 {
            return number(log, last).await;
        }
        seen(log, 99)
    }
}

twins! {
    fn places(log: &Log) -> Vec<u32> {
        #[derive(Default)]
        struct State { left: Vec<u32>, right: Vec<u32>, count: u32 }
        async fn push(log: &Log, list: &mut Vec<u32>, n: u32) -> usize {
            let n = number(log, n).await;
            list.push(n);
            list.len()
        }
        let mut state = State::default();
        let a = push(log, &mut state.left, 3).await;
        let b = push(log, &mut state.right, 1).await;
        let c = push(log, &mut state.left, 2).await;
        state.count += 1;
        let d = push(log, &mut state.left, state.count).await;
        let borrowed = &mut state.right;
        let e = push(log, borrowed, 5).await;
        let f = push(log, borrowed, 6).await;
        let State { mut left, right, .. } = state;
        left.extend(right);
        left.extend([a, b, c, d, e, f].map(|len| len as u32));
        left
    }
}

twins! {
    fn moves_and_drops(log: &Log) -> usize {
        async fn look(log: &Log, name: &str, value: &impl Sized) -> usize {
            log.give(name, 2, size_of_val(value)).await
        }
        async fn consume(log: &Log, name: &str, value: impl Sized) -> usize {
            log.call(name, 1).await;
            size_of_val(&value)
        }
        let first = log.droppable("first");
        let second = log.droppable("second");
        let a = look(log, "a", &first).await;
        let b = look(log, "b", &second).await;
        let c = consume(log, "c", first).await;
        let third = log.give("d", 1, log.droppable("third")).await;
        let d = look(log, "e", &third).await;
        let fourth = log.droppable("fourth");
        let e = look(log, "f", &(&fourth, 1)).await;
        log.push("end");
        a + b + c + d + e
    }
}

twins! {
    fn nested_code_is_left_alone(log: &Log) -> u32 {
        async fn inner(log: &Log) -> u32 {
            let a = number(log, 1).await;
            let b = number(log, 2).await;
            a + b
        }
        let closure = async |n: u32| number(log, n).await;
        let block = async {
            let a = number(log, 3).await;
            a
        };
        let a = inner(log).await;
        let b = closure(2).await;
        let c = block.await;
        seen(log, a + b + c)
    }
}

twins! {
    fn markers(log: &Log) -> u32 {
        #[foreground]
        let a = number(log, 3).await;
        #[background]
        number(log, 2).await;
        let b = number(log, 1).await;
        #[foreground]
        seen(log, a);
        #[background]
        let _ = number(log, 1).await;
        let mut list = [0; 2];
        #[foreground]
        list[0] = number(log, 2).await;
        let last = &mut list[1];
        #[background]
        *last = number(log, 3).await;
        seen(log, list[0] + list[1]);
        seen(log, b)
    }
}

twins! {
    fn attributes_on_statements(log: &Log) -> u32 {
        #[cfg(not(test))]
        let a = number(log, 100).await;
        #[cfg(test)]
        let a = number(log, 1).await;
        #[allow(unused_variables)]
        let unused = number(log, 2).await;
        #[rustfmt::skip]
        let b = number(log, 3).await;
        a + b
    }
}

twins! {
    fn blocks_in_lets(log: &Log) -> u32 {
        let a = {
            let x = number(log, 1).await;
            let y = number(log, 2).await;
            x + y
        };
        let b = if a > 2 { number(log, 3).await } else { 0 };
        // SAFETY is not at stake: the block is here for its form.
        #[allow(unused_unsafe)]
        let c = match b {
            3 => number(log, 1).await,
            _ => number(log, 2).await,
        };
        let d: u32 = number(log, 1).await as u8 as u32;
        let ref e = number(log, 2).await;
        let f @ 0..=u32::MAX = number(log, 2).await;
        a + b + c + d + *e + f
    }
}

twins! {
    fn let_chains_and_guards(log: &Log) -> u32 {
        let some = log.give("some", 1, Some(3)).await;
        if let Some(n) = some
            && number(log, n).await == 3
            && let Ok(m) = fallible(log, n).await
            && m > number(log, 1).await
        {
            let a = number(log, m).await;
            let b = number(log, n).await;
            seen(log, a + b);
        }
        while let Some(n) = log.give("again", 1, some).await
            && number(log, n).await > 5
        {
            seen(log, n);
        }
        match fallible(log, 4).await {
            Ok(n) if n > number(log, 3).await && n < number(log, 5).await => {
                let a = number(log, n).await;
                seen(log, a)
            }
            Ok(n) => seen(log, n),
            Err(_) => unreachable!("{}", number(log, 1).await),
        }
    }
}

twins! {
    /// What an `async` block would take at once, or as a whole.
    fn places_that_a_block_would_take(log: &Log) -> usize {
        struct Pair {
            left: String,
            right: String,
        }
        async fn taken(log: &Log, text: String) -> usize {
            number(log, 1).await as usize + text.len()
        }
        async fn both(log: &Log, lengths: (usize, usize)) -> usize {
            number(log, 2).await as usize + lengths.0 * lengths.1
        }
        let mut pair = Pair { left: "ab".into(), right: "c".into() };
        let held = &mut pair;
        held.left.push('!');
        let zero = number(log, 3).await as usize;
        let one = both(log, (held.left.len(), pair.right.len())).await;
        let made = Box::new(pair);
        let boxed = made;
        let two = taken(log, boxed.left).await;
        let three = taken(log, boxed.right).await;
        let stated: Box<Pair> = Pair { left: "x".into(), right: "yz".into() }.into();
        let four = taken(log, stated.left).await;
        let five = taken(log, stated.right).await;
        zero * 100_000 + one * 10_000 + two * 1000 + three * 100 + four * 10 + five
    }
}

twins! {
    /// Code that names something else by the same name does not use the variable: a
    /// call that takes it comes after what borrows it.
    fn names_bound_anew(log: &Log) -> usize {
        struct Fields {
            text: usize,
        }
        async fn look(log: &Log, text: &str) -> usize {
            number(log, 3).await as usize + text.len()
        }
        async fn taken(log: &Log, text: String) -> usize {
            number(log, 1).await as usize + text.len()
        }
        let text = String::from("ab");
        let slow = number(log, 2).await as usize;
        let one = look(log, if slow > 0 { &text } else { "" }).await;
        let two = taken(log, text).await;
        let mut sum = one * 10 + two;
        if number(log, 1).await == 1 {
            let text = number(log, 2).await as usize;
            sum += text;
        }
        match number(log, 1).await as usize {
            text if text > 5 => sum += 1,
            _ => sum += Fields { text: 3 }.text,
        }
        sum
    }
}

twins! {
    /// A stated reference borrows, a stated `String` does not.
    fn stated_types(log: &Log) -> usize {
        async fn look(log: &Log, text: &str) -> String {
            format!("{text}{}", number(log, 3).await)
        }
        async fn taken(log: &Log, text: String) -> usize {
            number(log, 1).await as usize + text.len()
        }
        let text = look(log, "a").await;
        let view: &str = &text;
        let seen = look(log, view).await;
        let one = taken(log, text).await;
        let value: String = look(log, "b").await;
        let made: String = look(log, &value).await;
        let two = taken(log, made).await;
        let three = taken(log, value).await;
        seen.len() * 1000 + one * 100 + two * 10 + three
    }
}

mod methods {
    use super::*;

    struct Store<'a, const N: usize> {
        log: &'a Log,
        written: [u32; N],
    }

    trait Load {
        async fn load(&self, n: u32) -> u32;

        /// A method that a trait provides.
        #[background]
        fn both(&self) -> u32 {
            let a = self.load(1).await;
            let b = self.load(2).await;
            a + b
        }
    }

    impl<const N: usize> Load for Store<'_, N> {
        async fn load(&self, n: u32) -> u32 {
            number(self.log, n).await
        }
    }

    impl<'a, const N: usize> Store<'a, N> {
        async fn write(&mut self, at: usize, n: u32) -> &mut u32 {
            self.written[at] = number(self.log, n).await;
            &mut self.written[at]
        }

        #[background]
        fn by_ref(&self, n: u32) -> u32
        where
            Self: Load,
        {
            let a = self.load(n).await;
            let b = self.load(n + 1).await;
            a + b
        }

        #[background]
        fn by_mut(&mut self) -> &mut u32 {
            let a = *self.write(0, 1).await;
            let b = self.write(1, a + 1).await;
            *b += 1;
            self.write(2, 3).await
        }

        #[background]
        fn by_value(mut self) -> [u32; N] {
            let a = self.load(3).await;
            self.written[0] = a;
            self.written
        }

        #[background]
        fn by_box(self: Box<Self>) -> u32 {
            let a = self.load(3).await;
            let b = self.load(1).await;
            a + b
        }

        #[background]
        fn iterator(&self) -> impl Iterator<Item = u32> + use<'a, N> {
            let a = self.load(3).await;
            let b = self.load(1).await;
            (a..).step_by(b as usize)
        }
    }

    #[background]
    fn recursive(log: &Log, n: u32) -> u32 {
        let a = number(log, n).await;
        let b = number(log, n + 1).await;
        if n == 0 { a + b } else { a + b + recursive(log, n - 1) }
    }

    #[background]
    fn generic<T, E>(log: &Log, value: T) -> Result<impl Iterator<Item = T>, E>
    where
        T: Clone,
        E: From<String>,
    {
        let a = fallible(log, fallible(log, 2).await?).await?;
        let b = fallible(log, fallible(log, 1).await?).await?;
        Ok(std::iter::repeat_n(value, (a + b) as usize))
    }

    #[test]
    fn of_every_kind() {
        virtual_time(|_, log| {
            let mut store = Store { log, written: [0; 3] };
            assert_eq!(store.both(), 3);
            assert_eq!(store.by_ref(4), 9);
            assert_eq!(*store.by_mut(), 3);
            assert_eq!(store.written, [1, 3, 3]);
            assert_eq!(store.iterator().nth(2), Some(5));
            assert_eq!(store.by_value(), [3, 3, 3]);
            assert_eq!(Box::new(Store { log, written: [0; 1] }).by_box(), 4);
            assert_eq!(recursive(log, 3), 16);
            assert_eq!(generic::<_, String>(log, 'x').map(Iterator::count), Ok(3));
        });
    }
}

/// Leaves the function that it stands in, which nothing of it tells.
macro_rules! refused {
    ($text:literal) => {
        return Err($text.to_owned())
    };
}

twins! {
    /// A macro that leaves the function gives the value of a branch: the branch is no call of its own.
    fn a_macro_that_leaves_is_a_branch(log: &Log) -> Result<u32, String> {
        let first = if let Ok(first) = fallible(log, 1).await { first } else { refused!("first") };
        let second = match fallible(log, 20).await {
            Ok(second) => second,
            Err(_) => refused!("second"),
        };
        let third = number(log, 3).await;
        Ok(first + second + third)
    }
}

/// Synchronous code of the function may make what needs a runtime around it.
#[test]
fn the_runtime_is_current() {
    use std::time::Duration;
    use tokio::time::{sleep, timeout};

    #[background]
    fn body() -> u32 {
        sleep(Duration::ZERO).await;
        let limit = timeout(Duration::from_secs(60), async { 1 });
        let a = limit.await;
        let spawned = tokio::spawn(async { 2 });
        let b = spawned.await;
        a.unwrap() + b.unwrap()
    }
    assert_eq!(bridge_tests::bounded(body), 3);
}

/// Also where it awaits nothing itself.
#[test]
fn the_runtime_is_current_without_an_await() {
    fn client() -> tokio::task::JoinHandle<u32> {
        tokio::spawn(async { 1 })
    }
    #[expect(deprecated, reason = "it finds no `.await`")]
    #[background]
    fn connect() -> tokio::task::JoinHandle<u32> {
        client()
    }
    assert_eq!(bridge_tests::bounded(|| run_in_foreground(connect()).unwrap()), 1);
}

/// A marked block that acts is one call, whose guard ends with it.
#[test]
fn a_marked_block_is_a_call() {
    use tokio::sync::Mutex;

    #[background]
    fn body(log: &Log, state: &Mutex<u32>) -> Result<u32, &'static str> {
        #[background]
        let a = {
            let mut state = state.lock().await;
            *state += log.give("under the lock", 10, 1).await;
            log.push("written");
            *state
        };
        #[background]
        let b = if a_is_asked() { log.give("insert", 5, Err("full")).await? } else { 0 };
        let c = log.give("c", 3, 3).await;
        Ok(a + b + c)
    }
    fn a_is_asked() -> bool {
        true
    }
    virtual_time(|_, log| {
        let state = Mutex::new(1);
        assert_eq!(body(log, &state), Err("full"));
        assert_eq!(*state.try_lock().expect("it is free"), 2);
        log.expect([
            "0 S under the lock",
            "0 S insert",
            "0 S c",
            "3 E c",
            "5 E insert",
            "10 E under the lock",
            "10 written",
        ]);
    });
}
