//! Made-up repositories, and what is found and counted in them.

use std::path::PathBuf;
use std::{env, fs, process};

use cargo_background::functions;

use crate::sources::place;
use crate::tally::{Count, Tally};
use crate::{Arguments, rows, tally};

const SOURCE: &str = "\
use std::io;

/// What it does.
#[inline]
pub async fn page() -> Page {
    let user = user().await;
    let ads = ads().await;
    Page { user, ads }
}

impl Store {
    async fn page(&self) {
        if self.open {
            let one = one().await;
            let other = other().await;
            show(one, other);
        }
    }
}

trait Load {
    async fn nothing(&self);
    async fn load(&self) -> u8 {
        let (one, other) = (one().await, other().await);
        let last = last(one).await;
        save(&other).await;
        last
    }
}

async fn operands() {
    show(one().await, other().await);
}

async fn serial() {
    let one = one().await;
    show(one).await;
}
";

/// A folder with one repository of one file; it goes when this is dropped.
struct Root(PathBuf);

impl Root {
    fn new(test: &str) -> Self {
        let root = env::temp_dir().join(format!("judged-{}-{test}", process::id()));
        fs::create_dir_all(root.join("shop/src")).expect("a folder can be made");
        fs::write(root.join("shop/src/lib.rs"), SOURCE).expect("a file can be written");
        Root(root)
    }

    fn tally(&self, text: &str) -> Tally {
        tally(&rows::read(text).expect("these are rows"), &self.0)
    }

    /// Where a row is placed: the line of its `fn`, or why it is not.
    fn line(&self, row: &str) -> Result<usize, String> {
        let rows = rows::read(row).expect("it is a row");
        place(&self.0, &rows[0]).map(|placed| *placed.found.head.end())
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn safe(line: usize) -> String {
    format!(r#"{{"file": "shop/src/lib.rs", "line": {line}, "hazards": []}}"#) + "\n"
}

fn named(file: &str, line: usize, name: &str, hazards: &str) -> String {
    format!(
        r#"{{"file": "shop/{file}", "line": {line}, "name": "{name}", "random": false, "hazards": [{hazards}]}}"#
    ) + "\n"
}

fn hard(pairs: &str) -> String {
    format!(r#"{{"grade": "hard", "kind": "lock", "pairs": {pairs}}}"#)
}

#[test]
fn a_function_has_a_body_and_its_lines() {
    let found = functions::of_file(SOURCE).expect("it parses");
    let found: Vec<_> = found.iter().map(|it| (it.name.as_str(), it.head.clone())).collect();
    assert_eq!(
        found,
        [
            ("page", 3..=5),
            ("Store::page", 12..=12),
            ("Load::load", 23..=23),
            ("operands", 31..=31),
            ("serial", 35..=35),
        ],
    );
}

#[test]
fn without_a_name_a_function_begins_at_the_line() {
    let root = Root::new("line");
    for line in 3..=5 {
        assert_eq!(root.line(&safe(line)), Ok(5));
    }
    let error = root.line(&safe(6)).expect_err("it is inside of a function");
    assert!(error.contains("no function begins at this line"), "{error}");
}

#[test]
fn of_a_name_the_nearest_is_taken_wherever_it_has_moved() {
    let root = Root::new("name");
    assert_eq!(root.line(&named("src/lib.rs", 1, "page", "")), Ok(5));
    assert_eq!(root.line(&named("src/lib.rs", 20, "page", "")), Ok(12));
    assert_eq!(root.line(&named("src/old.rs", 1, "load", "")), Ok(23));
    let error = |file, name| root.line(&named(file, 1, name, "")).expect_err("it is not there");
    assert_eq!(error("src/old.rs", "page"), "it is not in its file, and 2 others have its name");
    assert_eq!(error("src/lib.rs", "gone"), "no async function of its repository has its name");
    let elsewhere = root.line(r#"{"file": "else/a.rs", "line": 1, "name": "a", "hazards": []}"#);
    assert!(elsewhere.expect_err("it is not there").starts_with("its repository is not at "));
}

#[test]
fn hazards_are_counted_by_position_in_any_block() {
    let root = Root::new("hazards");
    let tally = root.tally(
        &[
            // In the body; one pair is enough.
            named("src/lib.rs", 5, "page", &hard("[[0, 2], [0, 1]]")),
            // In a block, as the body has but one statement.
            named("src/lib.rs", 12, "page", &hard("[[0, 1]]")),
            // The elements of a tuple are one statement; `last` needs one of them only.
            named("src/lib.rs", 23, "load", &hard("[[0, 1]]")),
            named("src/lib.rs", 35, "serial", &hard("[[0, 1]]")),
            named("src/lib.rs", 35, "serial", &hard("[[0, 2]]")),
        ]
        .concat(),
    );
    assert_eq!((tally.placed, tally.rows), (5, 5));
    assert_eq!(tally.grade(rows::Grade::Hard), [Count::default(), Count { met: 3, of: 4 }]);
    assert_eq!(
        tally.remaining[1],
        "shop/src/lib.rs:12 Store::page, hard, lock: [(0, 1)], at lines [(14, 15)]",
    );
    let [not_placed] = tally.not_placed.as_slice() else { panic!("one has no such statements") };
    assert!(not_placed.ends_with("[(0, 2)]: no block has so many statements"), "{not_placed}");
}

#[test]
fn a_gain_is_two_calls_or_two_awaits_of_one_statement() {
    let root = Root::new("gains");
    let tally = root.tally(&[5, 12, 23, 31, 35, 36].map(safe).concat());
    assert_eq!((tally.placed, tally.rows), (5, 6));
    assert_eq!(tally.gains, Count { met: 1, of: 5 });
    assert_eq!(tally.lost, ["shop/src/lib.rs:35 serial"]);
    assert!(tally.to_string().contains("safe gains lost: 1 of 5"), "{tally}");
    assert!(tally.list().contains("not placed:\n  shop/src/lib.rs:36: no function"));
}

#[test]
fn what_is_wrong_with_a_row_is_said() {
    let error = |text: &str| rows::read(text).err().expect("it is wrong");
    assert!(error("\n{").starts_with("line 2 is no judged function: "));
    assert!(error(r#"{"file": "a"}"#).ends_with("`hazards` should be a list"));
    assert!(error(r#"{"file": "a", "hazards": []}"#).ends_with("`line` should be a number"));
    let graded = named("a", 1, "a", r#"{"grade": "odd", "kind": "", "pairs": []}"#);
    assert!(error(&graded).ends_with("`grade` is hard, tx or soft, not odd"));
    assert!(error(&named("a", 1, "a", &hard("[[0]]"))).ends_with("a pair is [0, 1]"));
}

#[test]
fn arguments_are_two_paths() {
    let read = |words: &str| Arguments::read(words.split_whitespace().map(str::to_owned));
    assert!(read("a b --list").is_ok_and(|arguments| arguments.list));
    assert!(read("a").err().is_some_and(|error| error.starts_with("give two paths, not 1\n")));
    let unknown = read("a b --all").err();
    assert!(unknown.is_some_and(|error| error.starts_with("there is no option --all\n")));
}
