//! Spans are below what has started them.

use bridge::{background, run_in_background, run_in_foreground};
use bridge_timeline::{Kind, Run};
use tracing::instrument;

use crate::{call, recorded, seen};

/// What each is in, by name: `page < user`.
fn lines(run: &Run) -> Vec<String> {
    let name = |at: usize| {
        let span = &run.spans[at];
        let function = span.function.unwrap_or_default();
        let function = function.split("<'").next().unwrap_or_default();
        let function = function.rsplit("::").next().unwrap_or_default();
        match span.kind {
            Kind::Function => function.to_owned(),
            kind => format!("{kind:?}").to_lowercase(),
        }
    };
    let line = |(at, span): (usize, &bridge_timeline::Span)| {
        let mut line = name(at);
        let mut parent = span.parent;
        while let Some(above) = parent {
            line = format!("{} > {line}", name(above));
            parent = run.spans[above].parent;
        }
        line
    };
    run.spans.iter().enumerate().map(line).collect()
}

#[background]
fn inner() -> u64 {
    let a = call(1).await;
    let b = call(2).await;
    a + b
}

#[background]
async fn inner_async() -> u64 {
    let a = call(1).await;
    let b = call(2).await;
    a + b
}

#[test]
fn calls_are_below_their_function() {
    assert_eq!(lines(&seen(|| _ = inner())), ["inner", "inner > call", "inner > call"]);
    let run = seen(|| _ = run_in_foreground(inner_async()));
    assert_eq!(
        lines(&run),
        [
            "foreground",
            "foreground > inner_async",
            "foreground > inner_async > call",
            "foreground > inner_async > call"
        ]
    );
}

#[test]
fn nested_foregrounds_are_below_what_calls_them() {
    #[background]
    fn outer() -> u64 {
        let a = async { inner() }.await;
        let b = call(a).await;
        b + inner()
    }
    let run = seen(|| _ = outer());
    assert_eq!(
        lines(&run),
        [
            "outer",
            "outer > call",
            "outer > call > inner",
            "outer > call > inner > call",
            "outer > call > inner > call",
            "outer > call",
            "outer > inner",
            "outer > inner > call",
            "outer > inner > call"
        ]
    );
}

#[test]
fn an_async_fn_has_what_it_awaits_in_place() {
    #[background]
    async fn outer() -> u64 {
        #[foreground]
        let first = inner_async().await;
        // Between two awaits other code may have run.
        let second = inner_async().await;
        let third = call(3).await;
        first + second + third
    }
    async fn two() -> u64 {
        let (one, other) = tokio::join!(outer(), inner_async());
        one + other
    }
    let run = seen(|| _ = run_in_foreground(two()));
    let lines = lines(&run);
    let count = |line: &str| lines.iter().filter(|other| *other == line).count();
    assert_eq!(count("foreground > outer"), 1, "{lines:#?}");
    assert_eq!(count("foreground > inner_async"), 1, "{lines:#?}");
    assert_eq!(count("foreground > inner_async > call"), 2, "{lines:#?}");
    assert_eq!(count("foreground > outer > call"), 3, "{lines:#?}");
    assert_eq!(count("foreground > outer > call > inner_async"), 2, "{lines:#?}");
    assert_eq!(count("foreground > outer > call > inner_async > call"), 4, "{lines:#?}");
    assert_eq!(run.joins.iter().filter(|join| join.call.is_none()).count(), 0);
}

/// While a loop waits, what others start in its task is not its own.
#[test]
fn a_loop_that_waits_has_nothing_of_others() {
    #[background]
    async fn all() -> u64 {
        let mut sum = 0;
        #[background(limit = 2)]
        for n in 1..=3 {
            let more = call(n).await;
            sum += more;
        }
        sum
    }
    async fn other() {
        run_in_background(call(1)).await;
    }
    // Under no foreground, whose span would keep the two apart.
    let lines = lines(&recorded(async { tokio::join!(all(), other()) }));
    assert!(lines.contains(&"all > iteration".to_owned()), "{lines:#?}");
    assert!(lines.contains(&"task".to_owned()), "{lines:#?}");
}

#[test]
fn below_instrument() {
    #[background]
    #[instrument]
    fn instrumented() -> u64 {
        let a = call(1).await;
        let b = call(2).await;
        a + b
    }
    #[instrument]
    fn around() -> u64 {
        inner()
    }
    // A span of others in between is none of ours.
    assert_eq!(
        lines(&seen(|| _ = instrumented())),
        ["instrumented", "instrumented > call", "instrumented > call"]
    );
    #[background]
    fn outer() -> u64 {
        let a = async { around() }.await;
        let b = call(2).await;
        a + b
    }
    let lines = lines(&seen(|| _ = outer()));
    assert!(lines.contains(&"outer > call > inner > call".to_owned()), "{lines:#?}");
}

#[test]
fn in_an_async_trait() {
    #[async_trait::async_trait]
    trait Load {
        async fn load(&self) -> u64;
    }
    struct Shop;
    #[async_trait::async_trait]
    impl Load for Shop {
        #[background]
        async fn load(&self) -> u64 {
            let a = call(1).await;
            let b = call(2).await;
            a + b
        }
    }
    let lines = lines(&seen(|| _ = run_in_foreground(Shop.load())));
    assert_eq!(
        lines,
        ["foreground", "foreground > load", "foreground > load > call", "foreground > load > call"]
    );
}

/// A thread has no subscriber but that of the process, so that the one of this test is handed to it.
#[test]
fn on_a_thread() {
    #[background]
    fn outer() -> u64 {
        let subscriber = tracing::dispatcher::get_default(Clone::clone);
        let a =
            run_in_background(move || tracing::dispatcher::with_default(&subscriber, inner)).await;
        let b = call(2).await;
        a + b
    }
    let lines = lines(&seen(|| _ = outer()));
    assert!(lines.contains(&"outer > call > blocking > inner > call".to_owned()), "{lines:#?}");
}

#[test]
fn iterations_and_tasks() {
    #[background]
    fn all() -> u64 {
        let mut sum = 0;
        #[background(limit = 2)]
        for n in 1..=3 {
            let more = call(n).await;
            sum += more;
        }
        sum
    }
    let run = seen(|| _ = all());
    let iterations = |line: &&String| *line == "all > iteration";
    assert_eq!(lines(&run).iter().filter(iterations).count(), 3);
    assert!(run.joins.iter().filter(|join| join.call.is_some()).count() >= 3);

    let lines = lines(&seen(|| {
        let task = run_in_background(async { inner_async().await });
        run_in_foreground(task);
    }));
    assert_eq!(
        lines,
        [
            "task",
            "task > inner_async",
            "task > inner_async > call",
            "task > inner_async > call",
            "foreground"
        ]
    );
}
