//! Writes random functions for `compare`: graphs of calls, each once under
//! `#[background]` and once under its serial twin.

mod dice;

use std::env;
use std::fmt::{self, Write as _};
use std::fs;
use std::path::Path;

use self::dice::Dice;

const GRAPHS: u64 = 40;
const CALLS: u64 = 10;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=dice.rs");
    let folder = env::var_os("OUT_DIR").expect("cargo says where to write");
    let written = graphs().expect("a string takes all that is written");
    fs::write(Path::new(&folder).join("graphs.rs"), written).expect("it may be written there");
}

fn graphs() -> Result<String, fmt::Error> {
    let mut dice = Dice::new(7);
    let mut functions = String::new();
    let mut table = format!("const GRAPHS: [Graph; {GRAPHS}] = [\n");
    for graph in 0..GRAPHS {
        let uses: Vec<Vec<u64>> = (0..CALLS).map(|at| some_of(at, &mut dice)).collect();
        let mut calls = String::new();
        for (at, uses) in uses.iter().enumerate() {
            let values: Vec<String> = uses.iter().map(|used| format!("&v{used}")).collect();
            writeln!(
                calls,
                "    let v{at}: Value = world.call({at}, &[{}]).await;",
                values.join(", ")
            )?;
        }
        for (form, name) in [("", "background"), ("(serial)", "serial")] {
            writeln!(functions, "#[background{form}]")?;
            writeln!(functions, "#[allow(unused_variables)]")?;
            writeln!(functions, "fn {name}_{graph}(world: &World<'_>) {{\n{calls}}}\n")?;
        }
        let uses: Vec<String> = uses.iter().map(|uses| format!("&{uses:?}")).collect();
        writeln!(
            table,
            "    Graph {{ uses: &[{}], background: background_{graph}, serial: serial_{graph} }},",
            uses.join(", ")
        )?;
    }
    Ok(format!("{functions}{table}];\n"))
}

/// None to three of the calls above.
fn some_of(above: u64, dice: &mut Dice) -> Vec<u64> {
    let some = dice.roll(4).min(above);
    let mut chosen: Vec<u64> = (0..some).map(|_| dice.roll(above)).collect();
    chosen.sort_unstable();
    chosen.dedup();
    chosen
}
