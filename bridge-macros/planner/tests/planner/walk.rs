//! The walk of one statement through the passes, as ARCHITECTURE.md shows it.

use bridge_planner::{Arguments, Event, Planned, Step};

use super::{expand, pretty};

const EXAMPLE: &str = "fn page(id: u64) -> Result<Page> {
    let ads = ads().await?;
    let user = user(id).await?;
    let posts = posts(&user).await?;
    info!(\"loaded {id}\");
    Ok(Page::new(user, ads, posts))
}";

#[test]
fn architecture_shows_the_walk_of_a_statement() {
    let document = include_str!("../../../../ARCHITECTURE.md");
    let walk = walk(2);
    assert!(document.contains(&walk), "the document should show:\n{walk}");
}

fn walk(number: usize) -> String {
    let item = EXAMPLE.parse().expect("these are tokens");
    let planned = Planned::of(item, Arguments::default()).expect("it is a function");
    let planned = planned.expect("it awaits");
    let body = planned.body();
    let statement = body.statements().nth(number).expect("it is there");
    let name = |of: usize| {
        let code = body.statements().nth(of).expect("it is there").code();
        pretty(code).split_whitespace().nth(1).unwrap_or_default().to_owned()
    };
    let mut rows: Vec<(&str, String)> = vec![("read", pretty(statement.code()))];
    let awaited = statement.awaited().into_iter().map(pretty).collect::<Vec<_>>().join(", ");
    rows.push(("lower", format!("{:?}: starts {awaited}", statement.kind())));
    for wait in statement.waits() {
        let event = match wait.event {
            Event::Start(..) => "start",
            Event::Finish(_) => "join",
        };
        rows.push(("plan", format!("{event} after {}: {:?}", name(wait.statement), wait.reason)));
    }
    let steps = body.steps().iter().filter(|step| of(step) == number);
    let steps = steps.map(|step| format!("{step:?}")).collect::<Vec<_>>().join(" … ");
    rows.push(("", steps));
    let expanded = expand("", EXAMPLE);
    let start = format!("let mut {0} = __bridge", name(number));
    let join = format!("let {0} = __bridge", name(number));
    for begin in [start, join] {
        let from = expanded.find(&begin).expect("it is written");
        let indented = |line: &&str| line.starts_with("     ") || !line.ends_with(';');
        let mut lines = expanded[from..].lines();
        let mut code: Vec<&str> = lines.by_ref().take_while(indented).collect();
        // What ends it is the first line on its own level that ends in `;`.
        let end = expanded[from..].lines().nth(code.len()).expect("it ends");
        code.push(end);
        rows.push(("expand", code.join("\n").replace("\n    ", "\n")));
    }
    table(&rows)
}

/// The statement that a step is of.
fn of(step: &Step) -> usize {
    match *step {
        Step::Declare(at) | Step::Start(at, _) | Step::Join(at) => at,
        Step::JoinOutOfOrder(at, _) | Step::Bind(at) | Step::Run(at) => at,
    }
}

/// Two columns; a name is not said twice.
fn table(rows: &[(&str, String)]) -> String {
    let mut text = String::new();
    let mut said = "";
    for (name, value) in rows {
        for (number, line) in value.lines().enumerate() {
            let shown = if number == 0 && *name != said { name } else { "" };
            text += format!("{shown:8}{line}").trim_end();
            text += "\n";
        }
        said = name;
    }
    text
}
