//! Writes the attribute into files and the dependency into manifests, asks the compiler, and takes back
//! what it refuses.

mod annotated;
mod check;
mod manifest;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use annotated::Annotated;
use manifest::Manifest;

use crate::cli::Apply;
use crate::entry::Entry;
use crate::survey::Survey;

/// Annotates the functions that would gain and that are asked for.
///
/// # Errors
///
/// Something is not committed; no function has a name that is asked for; a file cannot be written; the
/// crate `bridge` is not found; the compiler refuses something that is in none of the functions.
pub fn all(survey: &Survey, asked: &Apply, out: &mut dyn Write) -> io::Result<()> {
    let chosen = chosen(survey, asked)?;
    if chosen.is_empty() {
        return writeln!(
            out,
            "nothing to apply: no function would gain that has not the attribute"
        );
    }
    let mut change = Change::of(&chosen, asked)?;
    change.write()?;
    let mut left_out = BTreeMap::new();
    let checked = match asked.check {
        true => change.check(&asked.arguments, &mut left_out),
        false => Ok(()),
    };
    change.take_back_what_is_for_nothing()?;
    change.told(&chosen, &left_out, out)?;
    checked
}

/// What is written, and where.
struct Change<'s> {
    files: BTreeMap<PathBuf, Annotated<'s>>,
    manifests: Vec<Manifest>,
    packages: Vec<check::Packages>,
    /// The lock files that are there, as they were.
    locks: BTreeMap<PathBuf, String>,
}

/// The functions that are left out, by file and line, each with what the compiler says of it.
type LeftOut = BTreeMap<(String, usize), String>;

impl<'s> Change<'s> {
    /// What may fail comes first: only the manifests are written.
    fn of(chosen: &[&'s Entry], asked: &Apply) -> io::Result<Self> {
        let mut files = BTreeMap::new();
        let mut manifests = BTreeSet::new();
        for entry in chosen {
            let path = fs::canonicalize(&entry.file)?;
            manifests.extend(manifest::of(&path));
            if !files.contains_key(&path) {
                files.insert(path.clone(), Annotated::read(&path)?);
            }
            if let Some(file) = files.get_mut(&path) {
                file.add(entry, asked.rewrites);
            }
        }
        if !asked.allow_dirty {
            files.keys().chain(&manifests).try_for_each(|file| is_committed(file))?;
        }
        let packages = check::packages(&manifests)?;
        let locks = packages.iter().filter_map(|packages| {
            let lock = packages.lock();
            fs::read_to_string(&lock).ok().map(|text| (lock, text))
        });
        let locks = locks.collect();
        let bridge = manifest::bridge(asked.bridge.as_deref())?;
        let added =
            manifests.into_iter().map(|manifest| Manifest::with_dependency(manifest, &bridge));
        let manifests = added.filter_map(Result::transpose).collect::<io::Result<_>>()?;
        Ok(Change { files, manifests, packages, locks })
    }

    fn write(&self) -> io::Result<()> {
        self.files.values().try_for_each(Annotated::write)
    }

    /// Asks the compiler, and takes back what it refuses, until it refuses nothing: a package whose
    /// dependency is refused is not looked at.
    fn check(&mut self, arguments: &[String], left_out: &mut LeftOut) -> io::Result<()> {
        loop {
            let mut refused = Vec::new();
            for packages in &self.packages {
                refused.extend(packages.refusals(arguments)?);
            }
            let mut others = Vec::new();
            let mut found = LeftOut::new();
            for refusal in &refused {
                let at = |(file, place)| self.files.get(file)?.changed_at(place);
                let mut places = refusal.places.iter().map(|(file, place)| (file, place));
                match places.find_map(at) {
                    Some(entry) => {
                        let place = (entry.file.clone(), entry.line);
                        found.entry(place).or_insert_with(|| refusal.message.clone());
                        self.files.values_mut().for_each(|file| file.take_back(entry));
                    }
                    None => others.push(refusal.rendered.as_str()),
                }
            }
            if found.is_empty() {
                return match others.is_empty() {
                    true => Ok(()),
                    false => Err(io::Error::other(format!(
                        "{}the compiler refuses what is in none of the functions: what was written stays",
                        others.concat()
                    ))),
                };
            }
            left_out.extend(found);
            self.write()?;
        }
    }

    /// Takes back what is for functions that are all left out.
    fn take_back_what_is_for_nothing(&mut self) -> io::Result<()> {
        let used: BTreeSet<PathBuf> = self.changed().filter_map(manifest::of).collect();
        for manifest in self.manifests.extract_if(.., |manifest| !used.contains(&manifest.path)) {
            manifest.take_back()?;
        }
        if used.is_empty() {
            self.locks.iter().try_for_each(|(lock, was)| fs::write(lock, was))?;
        }
        Ok(())
    }

    /// The sources that are changed.
    fn changed(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().filter(|(_, file)| file.is_changed()).map(|(path, _)| path.as_path())
    }

    fn told(&self, chosen: &[&Entry], left_out: &LeftOut, out: &mut dyn Write) -> io::Result<()> {
        let here = fs::canonicalize(std::env::current_dir()?)?;
        let shown = |path: &Path| path.strip_prefix(&here).unwrap_or(path).display().to_string();
        for manifest in &self.manifests {
            writeln!(out, "{}: `bridge` added", shown(&manifest.path))?;
        }
        for entry in chosen {
            let (place, name) = (entry.place(), &entry.name);
            match left_out.get(&(entry.file.clone(), entry.line)) {
                Some(why) => writeln!(out, "{place} {name}: left out, the compiler says: {why}")?,
                None => writeln!(out, "{place} {name}: annotated, {}", entry.steps.told())?,
            }
        }
        let manifests = self.manifests.iter().map(|manifest| manifest.path.as_path());
        let locks = self.locks.iter().filter(|(lock, was)| {
            fs::read_to_string(lock).is_ok_and(|now| now != **was) && is_of_git(lock)
        });
        let locks = locks.map(|(lock, _)| lock.as_path());
        let changed: Vec<_> = self.changed().chain(manifests).chain(locks).map(shown).collect();
        match changed.as_slice() {
            [] => writeln!(out, "nothing is changed"),
            changed => writeln!(out, "`git checkout -- {}` takes it back", changed.join(" ")),
        }
    }
}

fn chosen<'s>(survey: &'s Survey, asked: &Apply) -> io::Result<Vec<&'s Entry>> {
    let is_meant = |entry: &Entry, name: &str| {
        entry.name == name || entry.name.ends_with(&format!("::{name}")) || entry.place() == name
    };
    let unknown =
        asked.only.iter().find(|name| !survey.entries.iter().any(|entry| is_meant(entry, name)));
    if let Some(name) = unknown {
        let message = format!("no function that awaits more than once is called `{name}`");
        return Err(io::Error::other(message));
    }
    let keeps = |entry: &Entry| entry.rewrites.iter().any(|rewrite| rewrite.keeps);
    let gains = |entry: &&Entry| entry.gains || (asked.rewrites && keeps(entry));
    let entries = survey.entries.iter().filter(gains).filter(|entry| {
        let is_asked = asked.only.is_empty() || asked.only.iter().any(|name| is_meant(entry, name));
        is_asked && !entry.annotated && entry.refused.is_empty()
    });
    Ok(entries.collect())
}

/// What git says in the folder of a file, of the file.
fn git(arguments: &[&str], file: &Path) -> Option<Vec<u8>> {
    let folder = file.parent()?;
    let mut git = Command::new("git");
    git.current_dir(folder).args(arguments).arg("--").arg(file.file_name()?);
    let output = git.output().ok()?;
    output.status.success().then_some(output.stdout)
}

fn is_of_git(file: &Path) -> bool {
    git(&["ls-files"], file).is_some_and(|listed| !listed.is_empty())
}

/// Fails unless git has the file as it is.
fn is_committed(file: &Path) -> io::Result<()> {
    let why = match git(&["status", "--porcelain", "--ignored"], file) {
        Some(changes) if changes.is_empty() => return Ok(()),
        Some(_) => "it is changed, and not committed",
        None => "it is not in a git repository",
    };
    let file = file.display();
    Err(io::Error::other(format!("{file}: {why}; `--allow-dirty` changes it all the same")))
}
