//! The guide's pages lead to each other, in the documentation and where the files lie.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The targets of the labels in a text: `[label]: target`.
fn targets(text: &str) -> BTreeMap<String, String> {
    text.lines()
        .filter_map(|line| line.strip_prefix('[')?.split_once("]: "))
        .map(|(label, target)| (label.to_owned(), target.to_owned()))
        .collect()
}

/// The labels that the prose of a page uses: `[text][label]`, or `[label]` of those that are known.
fn used(text: &str, known: &BTreeMap<String, String>) -> BTreeSet<String> {
    // What is between fences or backticks is code.
    let prose: String = text.split("```").step_by(2).collect();
    let prose: String = prose.split('`').step_by(2).collect();
    let mut used = BTreeSet::new();
    for (at, _) in prose.match_indices('[') {
        let Some((label, rest)) = prose[at + 1..].split_once(']') else { continue };
        let defines = prose[..at].ends_with('\n') && rest.starts_with(": ");
        let is_target = prose[..at].ends_with(']');
        let is_shortcut = !rest.starts_with(['[', '(']) && known.contains_key(label);
        if is_target || (is_shortcut && !defines) {
            used.insert(label.to_owned());
        }
    }
    used
}

/// The anchors of a page's headings, as those who show it make them.
fn anchors(page: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(page).unwrap_or_else(|error| panic!("{page:?}: {error}"));
    let headings = text.lines().filter_map(|line| line.strip_prefix("## "));
    headings
        .map(|heading| {
            let kept = heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
            kept.collect::<String>().to_lowercase().replace(' ', "-")
        })
        .collect()
}

/// Panics unless `target` is a page, and its anchor a heading of it.
fn check(folder: &Path, page: &Path, target: &str) {
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let file = if file.is_empty() { page.to_owned() } else { folder.join(file) };
    let anchors = anchors(&file);
    assert!(
        anchor.is_empty() || anchors.contains(anchor),
        "{page:?} leads to {target}, which is not among {anchors:?}"
    );
}

#[test]
fn pages_lead_to_each_other() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guide");
    let known = targets(&fs::read_to_string(folder.join("links.md")).unwrap());
    let pages: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| !path.ends_with("links.md") && !path.ends_with("README.md"))
        .collect();
    assert!(pages.len() > 10, "these are the pages");
    for page in pages {
        let text = fs::read_to_string(&page).unwrap();
        let own = targets(&text);
        let used = used(&text, &known);
        assert_eq!(used, own.keys().cloned().collect(), "the targets below {page:?}");
        for (label, target) in &own {
            check(&folder, &page, target);
            let documented = known.get(label).unwrap_or_else(|| panic!("{label} in links.md"));
            let path = documented.trim_start_matches("crate::guide::").replace('#', ".md#");
            let path = if path.contains('#') { path } else { format!("{path}.md") };
            assert_eq!(&path, target, "{label} leads to one place in both");
        }
        for (at, _) in text.match_indices("](#") {
            let target = text[at + 2..].split(')').next().unwrap();
            check(&folder, &page, target);
        }
    }
}
