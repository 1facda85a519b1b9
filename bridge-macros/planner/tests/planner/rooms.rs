//! The rooms of the planner and the arrows between them: each folder imports only from those
//! before it, and no two files import each other, by whatever way.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;

use super::corpus;

/// What a room may import, besides itself and the report.
const ROOMS: &[(&str, &[&str])] = &[
    ("report", &[]),
    ("syntax", &[]),
    ("ir", &["syntax"]),
    ("effects", &["ir", "syntax"]),
    ("lower", &["effects", "ir", "syntax"]),
    ("plan", &["effects", "ir", "syntax"]),
    ("explain", &["plan", "effects", "ir", "syntax"]),
    ("advice", &["explain", "plan", "lower", "effects", "ir", "syntax"]),
    ("expand", &["plan", "effects", "ir", "syntax"]),
    ("pipeline", &["expand", "advice", "explain", "plan", "lower", "effects", "ir", "syntax"]),
    (
        "view",
        &["pipeline", "expand", "advice", "explain", "plan", "lower", "effects", "ir", "syntax"],
    ),
];

#[test]
fn rooms_import_from_those_before_them() {
    let mut wrong = Vec::new();
    for (file, modules) in imports() {
        let room = file[0].as_str();
        let Some((_, may)) = ROOMS.iter().find(|(name, _)| *name == room) else {
            wrong.push(format!("{room} is no room: add it to the list"));
            continue;
        };
        for module in modules {
            let other = module[0].as_str();
            if other != room && other != "report" && !may.contains(&other) {
                wrong.push(format!("{} imports {}", file.join("::"), module.join("::")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The map in the document is this one.
#[test]
fn architecture_shows_the_rooms() {
    let document = include_str!("../../../../ARCHITECTURE.md");
    for (room, may) in ROOMS {
        let is_row = |line: &str| {
            line.starts_with(&format!("{room:11}")) && line.trim_end().ends_with(&may.join(" "))
        };
        assert!(document.lines().any(is_row), "a row that says: {room} imports {}", may.join(" "));
    }
}

#[test]
fn files_import_in_no_circle() {
    let imports = imports();
    let files: BTreeSet<&Vec<String>> = imports.keys().collect();
    // An import of an item in a file is one of the file.
    let file_of = |module: &Vec<String>| {
        (1..=module.len()).rev().map(|end| module[..end].to_vec()).find(|path| files.contains(path))
    };
    let mut left: BTreeMap<Vec<String>, BTreeSet<Vec<String>>> = imports
        .iter()
        .map(|(file, modules)| {
            let others = modules.iter().filter_map(file_of).filter(|other| other != file);
            (file.clone(), others.collect())
        })
        .collect();
    loop {
        let ready: Vec<Vec<String>> = left
            .iter()
            .filter(|(_, others)| others.is_empty())
            .map(|(file, _)| file.clone())
            .collect();
        if ready.is_empty() {
            break;
        }
        for file in ready {
            left.remove(&file);
            left.values_mut().for_each(|others| {
                others.remove(&file);
            });
        }
    }
    let circle: Vec<String> = left.keys().map(|file| file.join("::")).collect();
    assert!(circle.is_empty(), "in circles, or above one: {}", circle.join(", "));
}

/// Each file of the crate but its root, as a path of modules, with the modules that it
/// imports. The file of a folder declares what is in it and is imported in the folder's name:
/// what it has for those below it is passed as an argument.
fn imports() -> BTreeMap<Vec<String>, Vec<Vec<String>>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    corpus::rust_files(&root, &mut files);
    let mut found = BTreeMap::new();
    for file in files {
        let path = file.strip_prefix(&root).expect("it is in there").with_extension("");
        let mut module: Vec<String> =
            path.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        if module == ["lib"] {
            continue;
        }
        let folder = module.last().is_some_and(|name| name == "mod");
        if folder {
            module.pop();
        }
        let text = fs::read_to_string(&file).expect("it can be read");
        let parsed = syn::parse_file(&text).expect("it is Rust");
        let parent = if folder { &module[..] } else { &module[..module.len() - 1] };
        let mut modules = Vec::new();
        for item in &parsed.items {
            if let syn::Item::Use(import) = item {
                paths(&import.tree, &mut Vec::new(), &mut modules);
            }
        }
        inline(parsed.to_token_stream(), &mut modules);
        let modules = modules.into_iter().filter_map(|path| resolved(&path, &module, parent));
        found.insert(module.clone(), modules.collect());
    }
    found
}

/// A path from the root of the crate, if it leads into the crate.
fn resolved(path: &[String], module: &[String], parent: &[String]) -> Option<Vec<String>> {
    match path.first()?.as_str() {
        "crate" => Some(path[1..].to_vec()),
        "super" => Some([parent, &path[1..]].concat()),
        "self" => Some([module, &path[1..]].concat()),
        _ => None,
    }
}

/// Paths that begin with `crate`, wherever they stand.
fn inline(tokens: TokenStream, found: &mut Vec<Vec<String>>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => inline(group.stream(), found),
            TokenTree::Ident(word) if word == "crate" => {
                // Each further segment comes after two colons.
                let segments = tokens[at..].chunks(3).map_while(|chunk| match chunk {
                    [TokenTree::Ident(name), ..] => Some(name.to_string()),
                    _ => None,
                });
                // `pub(crate)` is no path.
                found.extend(Some(segments.collect::<Vec<_>>()).filter(|path| path.len() > 1));
            }
            _ => {}
        }
    }
}

fn paths(tree: &syn::UseTree, prefix: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    match tree {
        syn::UseTree::Path(path) => {
            prefix.push(path.ident.to_string());
            paths(&path.tree, prefix, found);
            prefix.pop();
        }
        syn::UseTree::Group(group) => {
            group.items.iter().for_each(|tree| paths(tree, prefix, found));
        }
        syn::UseTree::Name(name) if name.ident == "self" => found.push(prefix.clone()),
        syn::UseTree::Name(name) => found.push([&prefix[..], &[name.ident.to_string()]].concat()),
        syn::UseTree::Rename(name) => found.push([&prefix[..], &[name.ident.to_string()]].concat()),
        syn::UseTree::Glob(_) => found.push(prefix.clone()),
    }
}
