//! The ways to make a written function smaller.

use std::collections::BTreeSet;

use crate::grammar::{Function, Stmt};

/// All ways to leave out one statement, but for those that bind a name which is
/// bound elsewhere too: it would mean another variable then.
pub(crate) fn smaller(function: &Function) -> Vec<Function> {
    (0..count(&function.body))
        .filter_map(|at| {
            let mut function = function.clone();
            let left_out = remove(&mut function.body, &mut { at })?;
            let names = names(&left_out);
            let text = function.shown();
            let again = names.iter().any(|name| {
                [
                    format!("let {name}"),
                    format!("let mut {name}"),
                    format!("({name})"),
                    format!("for {name} "),
                    format!("({name}, "),
                    format!(", {name})"),
                    format!("a: {name}"),
                ]
                .iter()
                .any(|binding| text.contains(binding.as_str()))
            });
            (!again && !any_still(&function.body)).then_some(function)
        })
        .collect()
}

/// The names that a statement mentions and that could be its own.
fn names(stmt: &Stmt) -> BTreeSet<String> {
    let text = match stmt {
        Stmt::Line { text, .. } => text,
        Stmt::Scope { open, .. } => open,
    };
    let head = text.split('=').next().unwrap_or_default();
    head.split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| word.starts_with('x') || ["p", "q", "s", "t"].contains(word))
        .map(str::to_owned)
        .collect()
}

/// Whether a statement is another kind of statement now, without its awaits.
fn any_still(body: &[Stmt]) -> bool {
    body.iter().any(|stmt| match stmt {
        Stmt::Line { .. } => false,
        Stmt::Scope { arms, .. } => stmt.is_still() || arms.iter().any(|arm| any_still(&arm.body)),
    })
}

fn count(body: &[Stmt]) -> usize {
    body.iter()
        .map(|stmt| match stmt {
            Stmt::Line { .. } => 1,
            Stmt::Scope { arms, .. } => 1 + arms.iter().map(|arm| count(&arm.body)).sum::<usize>(),
        })
        .sum()
}

/// Removes the statement with this number, counted from outside to inside.
fn remove(body: &mut Vec<Stmt>, at: &mut usize) -> Option<Stmt> {
    for place in 0..body.len() {
        if *at == 0 {
            return Some(body.remove(place));
        }
        *at -= 1;
        if let Stmt::Scope { arms, .. } = &mut body[place] {
            let found = arms.iter_mut().find_map(|arm| remove(&mut arm.body, at));
            if found.is_some() {
                return found;
            }
        }
    }
    None
}

impl Function {
    /// Under another number.
    pub(crate) fn renumber(&mut self, index: u32) {
        self.index = index;
    }
}
