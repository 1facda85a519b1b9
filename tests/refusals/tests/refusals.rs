//! What does not compile, and what the compiler says then.
//!
//! The messages are those of the pinned toolchain; elsewhere the test is skipped
//! and says so. `TRYBUILD=overwrite cargo test -p bridge-refusals`
//! writes them anew.

#[test]
fn refusals() {
    let pinned = include_str!("../../../rust-toolchain.toml")
        .lines()
        .find_map(|line| line.strip_prefix("channel = "))
        .expect("the toolchain is pinned")
        .trim_matches('"');
    let output = std::process::Command::new(env!("CARGO"))
        .arg("--version")
        .output()
        .expect("cargo tells its version");
    let version = String::from_utf8_lossy(&output.stdout);
    if !version.contains(pinned) {
        eprintln!("skipped: the messages are those of {pinned}, this is {version}");
        return;
    }
    trybuild::TestCases::new().compile_fail("cases/*.rs");
}
