//! Every block of Rust in the README compiles, with what its functions call.

use bridge_tests::compiler::Crates;

/// What stands in for a program around the blocks.
const PRELUDE: &str = "
#![allow(unused)]
extern crate bridge;
use std::path::PathBuf;
use bridge::background;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;
struct Report;
async fn load_remote_data_set1() -> u32 { 1 }
async fn load_remote_data_set2() -> u32 { 2 }
fn process_data(_: u32, _: u32) -> Report { Report }

#[derive(Clone)]
struct Url;
struct Client;
impl Client {
    fn get(&self, _: Url) -> &Self { self }
    async fn send(&self) -> Result<Response> { Ok(Response) }
}
struct Response;
impl Response {
    async fn text(self) -> Result<String> { Ok(String::new()) }
}
";

#[test]
fn blocks_of_the_readme_compile() {
    let readme = include_str!("../../README.md");
    let blocks = readme.split("```rust\n").skip(1);
    let blocks: Vec<String> = blocks
        .map(|rest| rest.split("```").next().expect("a fence ends"))
        // The prelude has it.
        .map(|block| PRELUDE.to_owned() + &block.replace("use bridge::background;\n", ""))
        .collect();
    assert!(blocks.len() >= 3, "these are the blocks");
    let mut crates = Crates::new("readme", env!("CARGO_TARGET_TMPDIR"));
    for (number, block) in blocks.iter().enumerate() {
        crates.add(&format!("block{number}"), "2024", [("lib.rs", block.as_str())]);
    }
    let said = crates.run("check", &[]);
    assert!(said.is_empty(), "{said:#?}");
}
