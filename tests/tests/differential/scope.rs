//! The variables that a written function has, and what may be done with each so
//! that the serial twin compiles.

use crate::dice::Dice;
use crate::grammar::{Mode, Use};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ty {
    Val,
    Num,
    Text,
    Opt,
    Pair,
    /// `&Val`
    Ref,
    /// `&mut Val`
    Mut,
    /// `&mut Pair`
    MutPair,
    /// Only its field `n` is used.
    Guard,
    /// `&self`
    Host,
    /// `&mut self`
    MutHost,
}

#[derive(Clone, Debug)]
pub(crate) struct Var {
    pub(crate) id: u32,
    pub(crate) name: String,
    pub(crate) ty: Ty,
    pub(crate) mutable: bool,
    /// Moved, or borrowed from what has changed since.
    pub(crate) dead: bool,
    /// Fields that were moved out.
    gone: Vec<&'static str>,
    /// What it borrows: the variable, the field, and whether through `&mut`.
    borrows: Vec<(u32, &'static str, bool)>,
    /// The loops around its declaration.
    loops: usize,
}

/// A way to hand something on.
#[derive(Clone, Debug)]
pub(crate) struct Handed {
    pub(crate) text: String,
    pub(crate) uses: Vec<Use>,
    pub(crate) loud: bool,
}

impl Handed {
    /// A field that is a number, as it is.
    pub(crate) fn is_number(&self) -> bool {
        let field = self.text.ends_with(".n") || self.text.ends_with(".k");
        field && !self.text.starts_with('&')
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Vars {
    list: Vec<Var>,
    next: u32,
    pub(crate) loops: usize,
}

impl Vars {
    pub(crate) fn declare(&mut self, name: &str, ty: Ty, mutable: bool) -> u32 {
        self.next += 1;
        self.list.push(Var {
            id: self.next,
            name: name.to_owned(),
            ty,
            mutable,
            dead: false,
            gone: Vec::new(),
            borrows: Vec::new(),
            loops: self.loops,
        });
        self.next
    }

    /// The variable borrows what these uses use.
    pub(crate) fn borrow(&mut self, id: u32, from: &[Use], exclusive: bool) {
        if let Some(var) = self.list.iter_mut().find(|var| var.id == id) {
            var.borrows.extend(from.iter().map(|used| (used.var, used.field, exclusive)));
        }
    }

    pub(crate) fn fresh_name(&self, dice: &mut Dice) -> String {
        // A name that is bound anew.
        let old: Vec<&Var> = self.list.iter().filter(|var| var.name.starts_with('x')).collect();
        if !old.is_empty() && dice.chance(10) {
            return old[dice.below(old.len())].name.clone();
        }
        format!("x{}", self.next + 1)
    }

    pub(crate) fn depth(&self) -> usize {
        self.list.len()
    }

    pub(crate) fn leave(&mut self, depth: usize) {
        self.list.truncate(depth);
    }

    /// The variables that code sees here.
    pub(crate) fn seen(&self) -> Vec<Var> {
        let visible = |at: usize, var: &Var| {
            !var.dead && self.list[at + 1..].iter().all(|later| later.name != var.name)
        };
        self.list
            .iter()
            .enumerate()
            .filter(|(at, var)| visible(*at, var))
            .map(|(_, var)| var.clone())
            .collect()
    }

    /// Everything that can be handed to a call, in every way that is allowed.
    pub(crate) fn ways(&self) -> Vec<Handed> {
        let mut ways = Vec::new();
        for var in self.seen() {
            let mut way = |text: String, field: &'static str, mode: Mode| {
                let gone = var.gone.iter().any(|gone| field.is_empty() || *gone == field);
                let outer = mode == Mode::Move && var.loops < self.loops;
                if !gone && !outer {
                    let uses = self.uses(&var, field, mode);
                    ways.push(Handed { text, uses, loud: false });
                }
            };
            let name = &var.name;
            match var.ty {
                Ty::Val => {
                    way(format!("&{name}"), "", Mode::Read);
                    way(format!("{name}.n"), "", Mode::Read);
                    way(format!("{name}.n + 1"), "", Mode::Read);
                    way(format!("{name}.clone()"), "", Mode::Read);
                    way(name.clone(), "", Mode::Move);
                    if var.mutable {
                        way(format!("&mut {name}"), "", Mode::Write);
                        way(format!("&mut {name}.n"), "", Mode::Write);
                    }
                }
                Ty::Num => {
                    way(name.clone(), "", Mode::Read);
                    way(format!("{name} * 2"), "", Mode::Read);
                    way(format!("&{name}"), "", Mode::Read);
                    way(format!("format!(\"{{{name}}}\")"), "", Mode::Read);
                    if var.mutable {
                        way(format!("&mut {name}"), "", Mode::Write);
                    }
                }
                Ty::Text => {
                    way(format!("&{name}"), "", Mode::Read);
                    way(format!("{name}.len()"), "", Mode::Read);
                    way(format!("format!(\"{{}}!\", {name})"), "", Mode::Read);
                    way(name.clone(), "", Mode::Move);
                }
                Ty::Opt => {
                    way(format!("&{name}"), "", Mode::Read);
                    way(name.clone(), "", Mode::Move);
                }
                Ty::Pair => {
                    way(format!("&{name}"), "", Mode::Read);
                    way(name.clone(), "", Mode::Move);
                    for field in ["a", "b"] {
                        way(format!("&{name}.{field}"), field, Mode::Read);
                        way(format!("{name}.{field}.n"), field, Mode::Read);
                        way(format!("{name}.{field}"), field, Mode::Move);
                        if var.mutable {
                            way(format!("&mut {name}.{field}"), field, Mode::Write);
                        }
                    }
                    way(format!("{name}.k"), "k", Mode::Read);
                    if var.mutable {
                        way(format!("&mut {name}.k"), "k", Mode::Write);
                    }
                }
                Ty::Ref => {
                    way(name.clone(), "", Mode::Read);
                    way(format!("{name}.n"), "", Mode::Read);
                }
                Ty::Mut => {
                    way(format!("&mut *{name}"), "", Mode::Write);
                    way(format!("&*{name}"), "", Mode::Read);
                    way(format!("{name}.n"), "", Mode::Read);
                }
                Ty::MutPair => {
                    way(format!("&*{name}"), "", Mode::Read);
                    way(format!("&mut *{name}"), "", Mode::Write);
                    for field in ["a", "b"] {
                        way(format!("&{name}.{field}"), field, Mode::Read);
                        way(format!("&mut {name}.{field}"), field, Mode::Write);
                    }
                    way(format!("{name}.k"), "k", Mode::Read);
                    way(format!("&mut {name}.k"), "k", Mode::Write);
                }
                Ty::Guard => way(format!("{name}.n"), "", Mode::Read),
                Ty::Host | Ty::MutHost => {
                    for field in ["a", "b"] {
                        way(format!("&{name}.{field}"), field, Mode::Read);
                        if var.ty == Ty::MutHost {
                            way(format!("&mut {name}.{field}"), field, Mode::Write);
                        }
                    }
                    way(format!("{name}.k"), "k", Mode::Read);
                }
            }
        }
        ways
    }

    /// A use of a variable, with the uses of what it borrows.
    pub(crate) fn uses(&self, var: &Var, field: &'static str, mode: Mode) -> Vec<Use> {
        let mut uses = vec![Use { var: var.id, field, mode }];
        for &(root, field, exclusive) in &var.borrows {
            let mode = if exclusive && mode != Mode::Read { Mode::Write } else { Mode::Read };
            uses.push(Use { var: root, field, mode });
        }
        uses
    }

    /// Keeps account of what code has used.
    pub(crate) fn used(&mut self, uses: &[Use]) {
        for used in uses {
            if used.mode == Mode::Move
                && let Some(var) = self.list.iter_mut().find(|var| var.id == used.var)
            {
                if used.field.is_empty() {
                    var.dead = true;
                } else {
                    var.gone.push(used.field);
                }
            }
            for var in &mut self.list {
                let hit = var.borrows.iter().any(|&(root, field, exclusive)| {
                    let overlap = field.is_empty() || used.field.is_empty() || field == used.field;
                    root == used.var && overlap && (exclusive || used.mode != Mode::Read)
                });
                let by_itself = uses.iter().any(|used| used.var == var.id);
                if hit && !by_itself {
                    var.dead = true;
                }
            }
        }
    }
}

/// Whether the two may stand in the same call.
pub(crate) fn agree(left: &[Use], right: &[Use]) -> bool {
    left.iter().all(|used| {
        right.iter().all(|other| {
            let overlap =
                used.field.is_empty() || other.field.is_empty() || used.field == other.field;
            let exclude = used.mode != Mode::Read || other.mode != Mode::Read;
            used.var != other.var || !overlap || !exclude
        })
    })
}
