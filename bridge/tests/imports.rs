//! The modules of the crate import each other in one direction: there is no circle.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// A module by its path from the root: `["expansion", "call"]`.
type Module = Vec<String>;

#[test]
fn imports_have_no_circle() {
    let mut sources = BTreeMap::new();
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &[], &mut sources);
    assert!(sources.len() > 20, "these are the sources");
    let mut graph: BTreeMap<Module, BTreeSet<Module>> = sources
        .iter()
        .map(|(module, text)| (module.clone(), imports(module, text, &sources)))
        .collect();
    for (module, imported) in &graph {
        let imported: Vec<String> = imported.iter().map(name).collect();
        println!("{:<24} {}", name(module), imported.join(" "));
    }
    // What imports nothing that is left is in no circle.
    while let Some(module) = graph.keys().find(|module| is_free(&graph[*module], &graph)).cloned() {
        graph.remove(&module);
    }
    let left: Vec<String> = graph.keys().map(name).collect();
    assert!(left.is_empty(), "these are in a circle of imports, or above one: {left:?}");
}

fn is_free(imported: &BTreeSet<Module>, graph: &BTreeMap<Module, BTreeSet<Module>>) -> bool {
    !imported.iter().any(|module| graph.contains_key(module))
}

/// The text of each module below a folder.
fn read(folder: &Path, above: &[String], sources: &mut BTreeMap<Module, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let mut module = above.to_vec();
        match path.file_stem().unwrap().to_str().unwrap() {
            "lib" | "mod" => {}
            stem => module.push(stem.to_owned()),
        }
        if path.is_dir() {
            read(&path, &module, sources);
        } else {
            sources.insert(module, fs::read_to_string(path).unwrap());
        }
    }
}

/// The modules that a module names: by `crate::…` anywhere in its code, by `super::…` or as
/// a child of its own in a `use`. (What is indented is in an inline module, whose `super` is
/// the module itself.)
fn imports(module: &Module, text: &str, sources: &BTreeMap<Module, String>) -> BTreeSet<Module> {
    let mut imported = BTreeSet::new();
    for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
        for (at, _) in line.match_indices("crate::") {
            imported.insert(resolve(&[], &line[at + "crate::".len()..], sources));
        }
        let Some(used) = used(line) else { continue };
        if let Some(path) = used.strip_prefix("super::") {
            imported.insert(resolve(&module[..module.len() - 1], path, sources));
        } else if !used.starts_with("crate::") {
            // A path of another crate leads to the module itself.
            imported.insert(resolve(module, used, sources));
        }
    }
    imported.remove(module);
    imported
}

/// What a line uses.
fn used(line: &str) -> Option<&str> {
    ["use ", "pub use ", "pub(crate) use ", "pub(super) use "]
        .iter()
        .find_map(|start| line.strip_prefix(start))
}

/// The longest beginning of a path that is a module.
fn resolve(base: &[String], path: &str, sources: &BTreeMap<Module, String>) -> Module {
    let mut module = base.to_vec();
    for segment in path.split("::") {
        let word: String =
            segment.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        module.push(word);
        if !sources.contains_key(&module) {
            module.pop();
            break;
        }
    }
    module
}

fn name(module: &Module) -> String {
    if module.is_empty() { "crate".to_owned() } else { module.join("::") }
}
