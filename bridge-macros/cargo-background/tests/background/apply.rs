//! What is written into files, and how it is taken back.

use crate::project::{AUDITED, PAGE, Project};

fn shop() -> Project {
    Project::of(&[("src/lib.rs", PAGE), ("src/audited.rs", AUDITED)])
}

#[test]
fn writes_the_attribute_and_the_dependency() {
    let shop = shop();
    let said = shop.run(&["--apply", "--no-check"]);
    assert_eq!(said.code, Some(0), "{}", said.errors);
    let annotated = PAGE.replace("pub async fn", "#[bridge::background]\npub async fn");
    assert_eq!(shop.read("src/lib.rs"), annotated, "and nothing else");
    assert_eq!(shop.read("src/audited.rs"), AUDITED, "it would gain only with a rewrite");
    let manifest = shop.read("Cargo.toml");
    assert!(manifest.starts_with("# Stays.\n[package]"), "{manifest}");
    assert!(manifest.contains("[dependencies]\nbridge = { path = \""), "{manifest}");
    let taken_back = "`git checkout -- src/lib.rs Cargo.toml` takes it back\n";
    assert!(said.out.ends_with(taken_back), "{}", said.out);
    // What is annotated gains nothing more.
    assert!(
        shop.run(&["--apply", "--no-check", "--allow-dirty"])
            .out
            .ends_with("that has not the attribute\n")
    );
    shop.git(&["checkout", "--", "."]);
    assert_eq!(shop.read("src/lib.rs"), PAGE);
}

#[test]
fn rewrites_are_applied_if_they_keep_what_a_function_does() {
    let shop = shop();
    let said = shop.run(&["--apply", "--no-check", "--rewrites", "--only", "Shop::audited"]);
    assert_eq!(said.code, Some(0), "{}", said.errors);
    assert_eq!(shop.read("src/lib.rs"), PAGE, "it was not asked for");
    let audited = AUDITED
        .replace("    pub async fn", "    #[bridge::background]\n    pub async fn")
        .replace("        load_prices", "        #[background]\n        load_prices");
    assert_eq!(shop.read("src/audited.rs"), audited);
    // One that may act is for a person to decide.
    shop.git(&["checkout", "--", "."]);
    let acts = AUDITED.replace("load_prices", "audit");
    shop.write("src/audited.rs", &acts);
    shop.run(&["--apply", "--no-check", "--rewrites", "--allow-dirty"]);
    assert_eq!(shop.read("src/audited.rs"), acts);
}

#[test]
fn refuses_what_is_not_committed() {
    let shop = shop();
    let changed = format!("{PAGE}// more\n");
    shop.write("src/lib.rs", &changed);
    let said = shop.run(&["--apply", "--no-check"]);
    assert_eq!(said.code, Some(101));
    assert!(
        said.errors.contains("src/lib.rs: it is changed, and not committed"),
        "{}",
        said.errors
    );
    assert_eq!(shop.read("src/lib.rs"), changed);
    assert!(!shop.read("Cargo.toml").contains("bridge"));
    assert_eq!(shop.run(&["--apply", "--no-check", "--allow-dirty"]).code, Some(0));
}

#[test]
fn a_name_that_is_not_there_is_told() {
    let said = shop().run(&["--apply", "--no-check", "--only", "pages"]);
    assert_eq!(said.code, Some(101));
    assert!(said.errors.contains("is called `pages`"), "{}", said.errors);
}

/// Functions that would gain, as far as names tell.
const BOOKS: &str = "\
use std::sync::{Mutex, MutexGuard};

pub struct Shop(Mutex<u32>);

impl Shop {
    async fn shelf(&self) -> MutexGuard<'_, u32> {
        self.0.lock().unwrap()
    }

    async fn price(&self) -> u32 {
        1
    }

    pub async fn locked(&self) -> u32 {
        let shelf = self.shelf().await;
        let price = self.price().await;
        *shelf + price
    }

    pub async fn twice(&self) -> u32 {
        let one = price(1).await;
        let other = price(2).await;
        one + other
    }
}

async fn price(of: u32) -> u32 {
    of
}
";

/// What the compiler is asked in one place, for all tests.
const OFFLINE: &[&str] = &["--", "--offline", "--target-dir", env!("CARGO_TARGET_TMPDIR")];

fn applied(to: &Project, arguments: &[&str]) -> crate::project::Said {
    to.run(&[&["--apply"], arguments, OFFLINE].concat())
}

#[test]
fn what_the_compiler_refuses_is_left_out() {
    let shop = Project::of(&[("src/lib.rs", BOOKS)]);
    let said = applied(&shop, &[]);
    assert_eq!(said.code, Some(0), "{}", said.errors);
    assert!(said.out.contains("Shop::locked: left out, the compiler says: "), "{}", said.out);
    assert!(said.out.contains("Shop::twice: annotated, 2 calls in 1 step\n"), "{}", said.out);
    let twice = "    pub async fn twice";
    let annotated = BOOKS.replace(twice, &format!("    #[bridge::background]\n{twice}"));
    assert_eq!(shop.read("src/lib.rs"), annotated);
    // Nothing is left of what was for nothing.
    shop.git(&["checkout", "--", "."]);
    let said = applied(&shop, &["--only", "locked"]);
    assert_eq!(said.code, Some(0), "{}", said.errors);
    assert!(said.out.ends_with("nothing is changed\n"), "{}", said.out);
    assert_eq!(shop.read("src/lib.rs"), BOOKS);
    assert!(!shop.read("Cargo.toml").contains("bridge"));
}

#[test]
fn an_error_elsewhere_is_told() {
    let broken = format!("{BOOKS}\nconst ONE: u32 = \"one\";\n");
    let shop = Project::of(&[("src/lib.rs", &broken)]);
    let said = applied(&shop, &["--only", "twice"]);
    assert_eq!(said.code, Some(101), "{}", said.out);
    assert!(said.errors.contains("const ONE: u32 = \"one\""), "{}", said.errors);
    assert!(
        said.out.contains("`git checkout -- src/lib.rs Cargo.toml` takes it back"),
        "{}",
        said.out
    );
}
