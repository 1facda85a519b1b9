//! What is written into files, and how it is taken back.

use crate::project::{AUDITED, PAGE, Project};

fn shop() -> Project {
    Project::of(&[("src/lib.rs", PAGE), ("src/audited.rs", AUDITED)])
}

#[test]
fn writes_the_attribute_and_the_dependency() {
    let shop = shop();
    let said = shop.run(&["--apply"]);
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
    assert!(shop.run(&["--apply", "--allow-dirty"]).out.ends_with("that has not the attribute\n"));
    shop.git(&["checkout", "--", "."]);
    assert_eq!(shop.read("src/lib.rs"), PAGE);
}

#[test]
fn rewrites_are_applied_if_they_keep_what_a_function_does() {
    let shop = shop();
    let said = shop.run(&["--apply", "--rewrites", "--only", "Shop::audited"]);
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
    shop.run(&["--apply", "--rewrites", "--allow-dirty"]);
    assert_eq!(shop.read("src/audited.rs"), acts);
}

#[test]
fn refuses_what_is_not_committed() {
    let shop = shop();
    let changed = format!("{PAGE}// more\n");
    shop.write("src/lib.rs", &changed);
    let said = shop.run(&["--apply"]);
    assert_eq!(said.code, Some(101));
    assert!(
        said.errors.contains("src/lib.rs: it is changed, and not committed"),
        "{}",
        said.errors
    );
    assert_eq!(shop.read("src/lib.rs"), changed);
    assert!(!shop.read("Cargo.toml").contains("bridge"));
    assert_eq!(shop.run(&["--apply", "--allow-dirty"]).code, Some(0));
}

#[test]
fn a_name_that_is_not_there_is_told() {
    let said = shop().run(&["--apply", "--only", "pages"]);
    assert_eq!(said.code, Some(101));
    assert!(said.errors.contains("is called `pages`"), "{}", said.errors);
}
