//! The sources of what ran, where they are at hand.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::{Mutex, PoisonError};
use std::{env, fs};

/// A name of a file, of which there are few.
pub(crate) fn interned(file: &str) -> &'static str {
    static FILES: Mutex<Option<HashSet<&'static str>>> = Mutex::new(None);
    let mut files = FILES.lock().unwrap_or_else(PoisonError::into_inner);
    let files = files.get_or_insert_default();
    if let Some(known) = files.get(file) {
        return known;
    }
    let new: &'static str = Box::leak(file.into());
    files.insert(new);
    new
}

/// Lines of files, each read once.
#[derive(Default)]
pub(crate) struct Sources(RefCell<HashMap<&'static str, Rc<[String]>>>);

impl Sources {
    /// The lines of a file; none if it is not found. The compiler names a file from the root of a
    /// workspace, which may be above the folder in which the program runs.
    pub(crate) fn lines(&self, file: &'static str) -> Rc<[String]> {
        let read = || {
            let text = find(file).and_then(|path| fs::read_to_string(path).ok());
            text.unwrap_or_default().lines().map(str::to_owned).collect()
        };
        Rc::clone(self.0.borrow_mut().entry(file).or_insert_with(read))
    }
}

fn find(file: &str) -> Option<PathBuf> {
    let here = env::current_dir().ok()?;
    let folders = here.ancestors().map(Path::to_owned);
    folders.map(|folder| folder.join(file)).find(|path| path.is_file())
}
