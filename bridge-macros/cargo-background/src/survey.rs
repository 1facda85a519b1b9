//! Reads files and plans their functions, on all cores.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{fs, io, thread};

use crate::entry::Entry;
use crate::files::{self, Wanted};
use crate::functions::{self, Function};
use crate::plan;
use crate::weights::Weights;

/// Code that others generate nests deeply, and is visited by recursion.
const STACK: usize = 1 << 30;

/// How a survey is made.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What is read.
    pub wanted: Wanted,
    /// How long awaits take.
    pub weights: Weights,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Survey {
    /// All that were read.
    pub files: usize,
    /// Of these.
    pub lines: usize,
    /// Those with a body that could be annotated, or are.
    pub functions: usize,
    /// Those that await more than once, be it in a loop, by their places.
    pub entries: Vec<Entry>,
    /// Files that cannot be read or parsed, and functions that cannot be planned, each with why.
    pub failed: Vec<String>,
}

impl Survey {
    /// Those without the attribute in which two calls would be in flight at once.
    pub fn gaining(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.gains && !entry.annotated)
    }

    fn add(&mut self, other: Survey) {
        self.files += other.files;
        self.lines += other.lines;
        self.functions += other.functions;
        self.entries.extend(other.entries);
        self.failed.extend(other.failed);
    }
}

/// Surveys the files below some paths; `progress` is told how many are read, of how many.
///
/// # Errors
///
/// A path is not there.
pub fn of(
    paths: &[PathBuf],
    options: &Options,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> io::Result<Survey> {
    let files = files::below(paths, options.wanted)?;
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let all = Mutex::new(Survey::default());
    let work = || {
        let mut found = Survey::default();
        while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            file_into(file, options, &mut found);
            progress(done.fetch_add(1, Ordering::Relaxed) + 1, files.len());
        }
        all.lock().expect("nobody panics with it").add(found);
    };
    thread::scope(|scope| {
        let cores = thread::available_parallelism().map_or(1, usize::from).min(files.len().max(1));
        for _ in 0..cores {
            let thread = thread::Builder::new().stack_size(STACK);
            thread.spawn_scoped(scope, work).expect("a thread can be started");
        }
    });
    let mut survey = all.into_inner().expect("nobody panics with it");
    survey.entries.sort_by(|one, other| (&one.file, one.line).cmp(&(&other.file, other.line)));
    survey.failed.sort();
    Ok(survey)
}

/// The functions of a file of this name.
///
/// # Errors
///
/// It does not parse.
pub fn functions_of(name: &str, text: &str) -> Result<Vec<Function>, String> {
    functions::of_file(text).map_err(|error| {
        let at = error.span().start();
        format!("{name}:{}:{}: {error}", at.line, at.column + 1)
    })
}

fn file_into(file: &Path, options: &Options, survey: &mut Survey) {
    survey.files += 1;
    let name = file.strip_prefix("./").unwrap_or(file).display().to_string();
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) => return survey.failed.push(format!("{name}: {error}")),
    };
    survey.lines += text.lines().count();
    let is_read = text.contains("async") || text.contains("background");
    if !is_read || (!options.wanted.generated && files::is_generated(&text)) {
        return;
    }
    // What the positions of the file before have taken.
    proc_macro2::extra::invalidate_current_thread_spans();
    let functions = match catch_unwind(|| functions_of(&name, &text)) {
        Ok(Ok(functions)) => functions,
        Ok(Err(why)) => return survey.failed.push(why),
        Err(payload) => return survey.failed.push(format!("{name}: {}", message(&*payload))),
    };
    let wanted = functions.iter().filter(|function| options.wanted.tests || !function.is_test);
    for function in wanted {
        survey.functions += 1;
        let entry = || plan::entry(&name, &text, function, &options.weights);
        match catch_unwind(AssertUnwindSafe(entry)) {
            Ok(Ok(entry)) => survey.entries.extend(entry),
            Ok(Err(error)) => {
                survey.failed.push(format!("{name}:{} {}: {error}", function.line, function.name));
            }
            Err(payload) => survey.failed.push(format!(
                "{name}:{} {}: the planner panicked: {}",
                function.line,
                function.name,
                message(&*payload)
            )),
        }
    }
}

/// What a panic says.
pub fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or(payload.downcast_ref::<&str>().copied()).unwrap_or("it panicked").to_owned()
}
