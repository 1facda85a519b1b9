//! More calls in flight than the compiler follows a list to its end: 128. And so many that their
//! futures lie in one piece of memory.

use bridge::{background, run_in_foreground};
use bridge_tests::{Clock, Log, both_forms, virtual_time};

macro_rules! many {
    ($($name:ident)*) => {
        #[background]
        fn many(log: &Log) -> u32 {
            $(let $name = log.give(stringify!($name), 10, 1).await;)*
            [$($name),*].iter().sum()
        }
    };
}

many! {
    v0 v1 v2 v3 v4 v5 v6 v7 v8 v9 v10 v11 v12 v13 v14 v15
    v16 v17 v18 v19 v20 v21 v22 v23 v24 v25 v26 v27 v28 v29 v30 v31
    v32 v33 v34 v35 v36 v37 v38 v39 v40 v41 v42 v43 v44 v45 v46 v47
    v48 v49 v50 v51 v52 v53 v54 v55 v56 v57 v58 v59 v60 v61 v62 v63
    v64 v65 v66 v67 v68 v69 v70 v71 v72 v73 v74 v75 v76 v77 v78 v79
    v80 v81 v82 v83 v84 v85 v86 v87 v88 v89 v90 v91 v92 v93 v94 v95
    v96 v97 v98 v99 v100 v101 v102 v103 v104 v105 v106 v107 v108 v109 v110 v111
    v112 v113 v114 v115 v116 v117 v118 v119 v120 v121 v122 v123 v124 v125 v126 v127
    v128 v129
}

#[test]
fn all_are_in_flight_at_once() {
    virtual_time(|clock: &Clock, log: &Log| {
        assert_eq!(many(log), 130);
        assert_eq!(clock.now(), 10);
    });
}

/// Holds something while it runs.
async fn holding<T>(log: &Log, name: &str, ticks: u64, value: T) -> T {
    let _held = log.droppable(&format!("what {name} holds"));
    log.give(name, ticks, value).await
}

both_forms!(ended, |log| -> u32 {
    let a = holding(log, "a", 1, 1).await;
    let b = holding(log, "b", 2, 1).await;
    let c = holding(log, "c", 3, 1).await;
    let d = holding(log, "d", 4, 1).await;
    let sum = a + b + c + d;
    log.push("below");
    sum
});

#[test]
fn what_a_call_holds_is_dropped_at_its_own_end() {
    virtual_time(|_: &Clock, log: &Log| {
        for function in [ended, |log: &Log| run_in_foreground(ended::awaited(log))] {
            assert_eq!(function(log), 4);
            let seen: Vec<String> = log.take().iter().map(|entry| untimed(entry)).collect();
            let ends = ["a", "b", "c", "d"];
            let ends = ends.iter().flat_map(|call| [format!("E {call}"), dropped(call)]);
            let starts = ["a", "b", "c", "d"].map(|call| format!("S {call}")).into_iter();
            let below = ["below".to_owned()];
            assert_eq!(seen, starts.chain(ends).chain(below).collect::<Vec<_>>());
        }
    });
}

const ONE: Result<u32, u32> = Ok(1);

both_forms!(left, |log| -> Result<u32, u32> {
    let a = holding(log, "a", 2, ONE).await?;
    let b = holding(log, "b", 1, Err::<u32, u32>(7)).await?;
    let c = holding(log, "c", 9, ONE).await?;
    let d = holding(log, "d", 9, ONE).await?;
    let e = holding(log, "e", 9, ONE).await?;
    Ok(a + b + c + d + e)
});

#[test]
fn those_that_run_are_cancelled_in_reverse_order() {
    virtual_time(|_: &Clock, log: &Log| {
        for function in [left, |log: &Log| run_in_foreground(left::awaited(log))] {
            assert_eq!(function(log), Err(7));
            let seen: Vec<String> = log.take().iter().map(|entry| untimed(entry)).collect();
            let cancelled = ["e", "d", "c"];
            let cancelled = cancelled.iter().flat_map(|call| [format!("D {call}"), dropped(call)]);
            let cancelled: Vec<String> = cancelled.collect();
            assert!(seen.ends_with(&cancelled), "{seen:?}");
        }
    });
}

fn dropped(call: &str) -> String {
    format!("D what {call} holds")
}

/// An entry without its tick.
fn untimed(entry: &str) -> String {
    entry.split_once(' ').map_or(entry, |(_, event)| event).to_owned()
}

async fn fails() -> u32 {
    panic!("b fails")
}

both_forms!(panics, |log| -> u32 {
    let a = holding(log, "a", 1, 1).await;
    let b = log.trace("b", fails()).await;
    let c = holding(log, "c", 2, 1).await;
    let d = holding(log, "d", 3, 1).await;
    a + b + c + d
});

#[test]
fn a_panic_among_many_comes_out_at_its_join() {
    virtual_time(|_: &Clock, log: &Log| {
        for function in [panics, |log: &Log| run_in_foreground(panics::awaited(log))] {
            let call = std::panic::AssertUnwindSafe(|| function(log));
            let panic = std::panic::catch_unwind(call).unwrap_err();
            assert_eq!(panic.downcast_ref(), Some(&"b fails"));
            assert!(log.take().iter().any(|entry| entry.ends_with(" E a")), "it came before");
        }
    });
}

/// It is as `Send` as the plain one: its calls may go on on another thread.
#[test]
fn many_calls_of_an_async_fn_may_move_between_threads() {
    #[background]
    async fn page() -> u32 {
        let a = after(1).await;
        let b = after(2).await;
        let c = after(3).await;
        let d = after(4).await;
        a + b + c + d
    }

    async fn after(yields: u32) -> u32 {
        for _ in 0..100 * yields {
            tokio::task::yield_now().await;
        }
        yields
    }

    let tasks: Vec<_> = (0..64).map(|_| bridge::runtime().spawn(page())).collect();
    for task in tasks {
        assert_eq!(run_in_foreground(task).unwrap(), 10);
    }
}
