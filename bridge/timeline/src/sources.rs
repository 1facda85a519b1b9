//! The sources of what ran, where they are at hand.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::{env, fs};

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
