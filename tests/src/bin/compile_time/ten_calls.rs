//! Functions of ten calls, in each way to let them overlap.

use std::fmt::Write;

#[derive(Clone, Copy, Debug)]
pub(crate) enum Way {
    /// `#[background] fn`.
    Background,
    /// `#[background] async fn`.
    Awaited,
    /// `join!` of the calls.
    Join,
    /// `join!` of boxed calls.
    Boxed,
}

const LOAD: &str = "use std::hint::black_box;

async fn load(id: u64) -> u64 {
    tokio::task::yield_now().await;
    black_box(id)
}
";

/// A program with so many of them, and a `main` that calls each.
pub(crate) fn program(way: Way, functions: usize) -> String {
    let mut program = LOAD.to_owned();
    for number in 0..functions {
        program += &function(way, number);
    }
    program += "fn main() {\n    let id = black_box(1);\n    let mut sum = 0;\n";
    for number in 0..functions {
        let _ = writeln!(program, "    sum += page{number}(id);");
    }
    program + "    println!(\"{sum}\");\n}\n"
}

fn function(way: Way, number: usize) -> String {
    let names: Vec<String> = (0..10).map(|at| format!("a{at}")).collect();
    let (sum, list) = (names.join(" + "), names.join(", "));
    let lets = |call: &dyn Fn(usize) -> String| -> String {
        let lines = names.iter().enumerate();
        lines.map(|(at, name)| format!("    let {name} = {};\n", call(at))).collect()
    };
    let load = |at: usize| format!("load(id + {at} + {number})");
    let awaited = || lets(&|at| load(at) + ".await");
    let joined = |started: String| {
        format!(
            "fn page{number}(id: u64) -> u64 {{\n{started}    bridge::run_in_foreground(async {{\n\
                     let ({list}) = tokio::join!({list});\n        {sum}\n    }})\n}}\n"
        )
    };
    match way {
        Way::Background => format!(
            "#[bridge::background]\nfn page{number}(id: u64) -> u64 {{\n{}    {sum}\n}}\n",
            awaited()
        ),
        Way::Awaited => format!(
            "#[bridge::background]\nasync fn awaited{number}(id: u64) -> u64 {{\n{}    {sum}\n}}\n\
             fn page{number}(id: u64) -> u64 {{ bridge::run_in_foreground(awaited{number}(id)) }}\n",
            awaited()
        ),
        Way::Join => joined(lets(&load)),
        Way::Boxed => joined(lets(&|at| format!("Box::pin({})", load(at)))),
    }
}
