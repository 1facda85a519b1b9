//! The variables that a written function has, and what may be done with each so
//! that the serial twin compiles.

use std::collections::BTreeSet;

use crate::dice::Dice;
use crate::grammar::{Mode, Use};

/// Methods that give a number: of what has the names of the standard library, and is another type.
pub(crate) const ODD_LOOKS: [&str; 4] = [".count()", ".id()", ".min(4)", ".get(2)"];

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
    /// `Vec<Val>`
    Many,
    /// `[u64; 2]`, or a borrow of such a thing
    Array,
    /// A closure that looks at what it captures.
    Fun,
    /// One that changes it.
    FunMut,
    /// An `async` block, of a value, of a number, or of a `Result` of a value.
    Later,
    LaterNum,
    LaterResult,
    /// Of an unknown type: it can only be handed on.
    Any,
    /// Only its field `n` is used.
    Guard,
    /// `&self`
    Host,
    /// `&mut self`
    MutHost,
    /// `self`
    OwnHost,
    /// `self: Box<Self>`
    BoxHost,
    /// `Box<Pair>`
    Boxed,
    /// `&World`
    World,
    /// What is inside the gate.
    Permit,
    /// A connection of the pool.
    Conn,
    /// Fields behind the guard of an asynchronous mutex, or of a cell.
    Table,
    Shelf,
    /// `Cell<u64>`
    Cell,
    /// A type that is none of the standard library.
    Odd,
}

#[derive(Clone, Debug)]
pub(crate) struct Var {
    pub(crate) id: u32,
    pub(crate) name: String,
    pub(crate) ty: Ty,
    pub(crate) mutable: bool,
    /// It is known that its value is copied.
    pub(crate) copied: bool,
    /// Moved, or borrowed from what has changed since.
    pub(crate) dead: bool,
    /// An `async` block that borrows it is still there.
    pub(crate) frozen: bool,
    /// Fields that were moved out.
    gone: Vec<&'static str>,
    /// What it borrows: the variable, the field, and whether through `&mut`.
    borrows: Vec<(u32, &'static str, bool)>,
    /// The loops around its declaration.
    loops: usize,
    /// The call that an `async` block makes.
    pub(crate) site: u32,
    /// The blocks around its declaration: in another one, it might be left over.
    pub(crate) nested: usize,
}

/// A way to hand something on.
#[derive(Clone, Debug)]
pub(crate) struct Handed {
    pub(crate) text: String,
    pub(crate) uses: Vec<Use>,
    pub(crate) loud: bool,
}

impl Ty {
    pub(crate) fn is_box(self) -> bool {
        matches!(self, Ty::BoxHost | Ty::Boxed)
    }

    /// It may be dropped in a way that can be seen, and looks at what it borrows
    /// until then.
    pub(crate) fn is_later(self) -> bool {
        matches!(self, Ty::Later | Ty::LaterNum | Ty::LaterResult)
    }
}

impl Handed {
    /// A field that is a number, as it is.
    pub(crate) fn is_number(&self) -> bool {
        let looks = [".n", ".k", ".get()"].into_iter().chain(ODD_LOOKS);
        let number = looks.into_iter().any(|end| self.text.ends_with(end));
        number && !self.text.starts_with('&')
    }
}

/// A place in the function that is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    uses: usize,
    declared: u32,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Vars {
    list: Vec<Var>,
    next: u32,
    pub(crate) loops: usize,
    /// The parameters whose names may be bound anew.
    pub(crate) shadowable: Vec<&'static str>,
    /// All uses so far, in the order in which they are written.
    noted: Vec<Use>,
    owned: BTreeSet<u32>,
    guards: BTreeSet<u32>,
}

impl Vars {
    pub(crate) fn declare(&mut self, name: &str, ty: Ty, mutable: bool) -> u32 {
        self.next += 1;
        self.list.push(Var {
            id: self.next,
            name: name.to_owned(),
            ty,
            mutable,
            copied: false,
            dead: false,
            frozen: false,
            gone: Vec::new(),
            borrows: Vec::new(),
            loops: self.loops,
            site: 0,
            nested: 0,
        });
        self.next
    }

    /// The variable borrows what these uses use.
    pub(crate) fn borrow(&mut self, id: u32, from: &[Use], exclusive: bool) {
        if let Some(var) = self.list.iter_mut().find(|var| var.id == id) {
            var.borrows.extend(from.iter().map(|used| (used.var, used.field, exclusive)));
        }
    }

    /// The variable is an `async` block that makes this call, so deep in blocks.
    pub(crate) fn awaits(&mut self, id: u32, site: u32, nested: usize) {
        if let Some(var) = self.list.iter_mut().find(|var| var.id == id) {
            var.site = site;
            var.nested = nested;
        }
    }

    pub(crate) fn fresh_name(&self, dice: &mut Dice) -> String {
        // A name that is bound anew.
        let old = self.list.iter().filter(|var| var.name.starts_with('x'));
        let mut old: Vec<&str> = old.map(|var| var.name.as_str()).collect();
        old.extend(&self.shadowable);
        if !old.is_empty() && dice.chance(10) {
            return old[dice.below(old.len())].to_owned();
        }
        format!("x{}", self.next + 1)
    }

    /// "On a place that is `mut` or behind `&mut` every method may write, whatever its name"
    /// (promise 9).
    pub(crate) fn by_method(&self, uses: &mut [Use]) {
        let changes = |var: &Var| {
            let exclusive = matches!(var.ty, Ty::Mut | Ty::MutPair | Ty::MutHost);
            var.mutable || exclusive
        };
        let Some(used) = uses.first_mut().filter(|used| used.mode.looks()) else { return };
        if self.list.iter().any(|var| var.id == used.var && changes(var)) {
            used.mode = Mode::Doubted;
        }
    }

    /// The receiver of a method may be taken, as far as one sees without types, as [what is used by
    /// value](Self::may_take) may.
    pub(crate) fn by_receiver(&self, uses: &mut [Use]) {
        let Some(used) = uses.first_mut().filter(|used| used.mode == Mode::Read) else { return };
        let var = self.list.iter().find(|var| var.id == used.var);
        if var.is_some_and(|var| self.may_take(var, "")) {
            used.mode = Mode::Receiver;
        }
    }

    /// What operators are given by value is no `&mut`.
    pub(crate) fn by_operator(uses: &mut [Use]) {
        uses.iter_mut().for_each(|used| match used.mode {
            Mode::Doubted | Mode::LentOn => used.mode = Mode::Copied,
            Mode::Value => used.mode = Mode::Operand,
            _ => {}
        });
    }

    /// By its type it is known that the variable is copied.
    pub(crate) fn copied(&mut self, id: u32) {
        if let Some(var) = self.list.iter_mut().find(|var| var.id == id) {
            var.copied = true;
        }
    }

    /// A call has given the variable: "fields reached through a value that may be a guard (…, what a
    /// call or a method gave)" conflict (promise 9).
    pub(crate) fn given(&mut self, id: u32) {
        self.guards.insert(id);
    }

    /// Whether the variable may be a guard, as far as one sees without types.
    pub(crate) fn may_be_guard(&self, id: u32) -> bool {
        self.guards.contains(&id)
    }

    /// By its type it is known that the variable borrows from nothing.
    pub(crate) fn owned(&mut self, id: u32) {
        self.owned.insert(id);
    }

    /// The variables of which that is not known, and how many uses are written up to the last of
    /// each.
    pub(crate) fn borrowers(&self) -> Vec<(u32, u32)> {
        let last = |id: u32| self.noted.iter().rposition(|used| used.var == id).unwrap_or(0) as u32;
        let open = (1..=self.next).filter(|id| !self.owned.contains(id));
        open.map(|id| (id, last(id))).collect()
    }

    /// The variable was declared so deep in blocks.
    pub(crate) fn declared_at(&mut self, id: u32, nested: usize) {
        if let Some(var) = self.list.iter_mut().find(|var| var.id == id) {
            var.nested = nested;
        }
    }

    /// Whether there is a value of this type still, under whatever name.
    pub(crate) fn alive(&self, ty: Ty) -> bool {
        self.list.iter().any(|var| var.ty == ty && !var.dead)
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
        let borrowed: Vec<(u32, bool)> = self.held().collect();
        let shared = |var: &Var| !borrowed.contains(&(var.id, true));
        let seen =
            self.list.iter().enumerate().filter(|(at, var)| visible(*at, var) && shared(var));
        seen.map(|(_, var)| {
            let frozen = borrowed.iter().any(|(id, _)| *id == var.id);
            Var { frozen, mutable: var.mutable && !frozen, ..var.clone() }
        })
        .collect()
    }

    /// What `async` blocks that are still there borrow, and whether through `&mut`.
    fn held(&self) -> impl Iterator<Item = (u32, bool)> {
        let later = self.list.iter().filter(|var| !var.dead && var.ty.is_later());
        later.flat_map(|var| var.borrows.iter().map(|(id, _, exclusive)| (*id, *exclusive)))
    }

    /// Whether the whole of it can be moved here.
    pub(crate) fn movable(&self, var: &Var) -> bool {
        !var.frozen && var.gone.is_empty() && var.loops >= self.loops
    }

    /// Whether one of these holds a place through a `&mut` that is among the others.
    pub(crate) fn holds(&self, by: &[Use], places: &[Use]) -> bool {
        let mut vars = self.list.iter().filter(|var| by.iter().any(|used| used.var == var.id));
        vars.any(|var| {
            var.borrows
                .iter()
                .any(|borrow| borrow.2 && places.iter().any(|used| used.var == borrow.0))
        })
    }

    /// Whether a field of a box is used by value, which may take it out.
    pub(crate) fn unboxes(&self, uses: &[Use]) -> bool {
        let boxed = |id| self.list.iter().any(|var| var.id == id && var.ty.is_box());
        let field = |used: &Use| {
            let by_value = used.mode == Mode::Move || used.field == "k";
            by_value && !used.field.is_empty()
        };
        uses.iter().any(|used| field(used) && boxed(used.var))
    }

    /// Whether a field of it is still there.
    pub(crate) fn has(&self, var: &Var, field: &str) -> bool {
        !var.gone.iter().any(|gone| field.is_empty() || *gone == field)
    }

    /// Everything that can be handed to a call, in every way that is allowed.
    pub(crate) fn ways(&self) -> Vec<Handed> {
        let mut ways = Vec::new();
        for var in self.seen() {
            let mut way = |text: String, field: &'static str, mode: Mode| {
                let outer = mode == Mode::Move && var.loops < self.loops;
                let frozen = mode != Mode::Read && var.frozen;
                if self.has(&var, field) && !outer && !frozen {
                    let mut uses = self.uses(&var, field, mode);
                    if mode == Mode::Read && self.may_take(&var, &text) {
                        let operator = text.contains([' ']);
                        uses[0].mode = if operator { Mode::Operand } else { Mode::Value };
                    } else if mode == Mode::Read && may_lend(&var, &text) {
                        uses[0].mode = Mode::LentOn;
                    }
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
                Ty::Many => {
                    way(format!("&{name}"), "", Mode::Read);
                    way(format!("{name}.len()"), "", Mode::Read);
                    way(format!("{name}[0].n"), "", Mode::Read);
                    way(format!("&{name}[1]"), "", Mode::Read);
                    way(name.clone(), "", Mode::Move);
                    if var.mutable {
                        way(format!("&mut {name}[0]"), "", Mode::Write);
                    }
                }
                Ty::Array => {
                    way(format!("{name}[1]"), "", Mode::Read);
                    way(format!("&{name}[0]"), "", Mode::Read);
                    way(format!("{name}.len()"), "", Mode::Read);
                }
                Ty::Fun => way(format!("{name}(2)"), "", Mode::Read),
                Ty::FunMut => way(format!("{name}(3)"), "", Mode::Write),
                Ty::Later | Ty::LaterNum | Ty::LaterResult => {}
                Ty::Any => way(name.clone(), "", Mode::Move),
                Ty::Guard => way(format!("{name}.n"), "", Mode::Read),
                Ty::World | Ty::Permit | Ty::Conn => {}
                Ty::Table | Ty::Shelf => {
                    way(format!("{name}.k"), "", Mode::Read);
                    way(format!("&{name}.a"), "", Mode::Read);
                    for field in ["a", "b", "k"] {
                        way(format!("&mut {name}.{field}"), "", Mode::Write);
                    }
                }
                Ty::Cell => {
                    way(format!("{name}.get()"), "", Mode::Read);
                    way(format!("&{name}"), "", Mode::Read);
                }
                Ty::Odd => {
                    way(format!("&{name}"), "", Mode::Read);
                    way(format!("&mut {name}"), "", Mode::Write);
                    for look in ODD_LOOKS {
                        way(format!("{name}{look}"), "", Mode::Write);
                    }
                }
                Ty::Host | Ty::MutHost => {
                    for field in ["a", "b"] {
                        way(format!("&{name}.{field}"), field, Mode::Read);
                        if var.ty == Ty::MutHost {
                            way(format!("&mut {name}.{field}"), field, Mode::Write);
                        }
                    }
                    way(format!("{name}.k"), "k", Mode::Read);
                }
                Ty::OwnHost | Ty::BoxHost | Ty::Boxed => {
                    let whole = if var.ty.is_box() { "&*" } else { "&" };
                    way(format!("{whole}{name}"), "", Mode::Read);
                    way(name.clone(), "", Mode::Move);
                    for field in ["a", "b"] {
                        way(format!("&{name}.{field}"), field, Mode::Read);
                        way(format!("{name}.{field}"), field, Mode::Move);
                        if var.mutable {
                            way(format!("&mut {name}.{field}"), field, Mode::Write);
                        }
                    }
                    way(format!("{name}.k"), "k", Mode::Read);
                }
            }
        }
        ways
    }

    /// Whether a use by value may take what is used, as far as one sees without types: "what
    /// compiles serially compiles in the background" (promise 9), so that what may be moved is not
    /// moved while it is borrowed (scenario 18). What is behind a reference, is used in a further
    /// turn of a loop or has its type written down as a number is a copy.
    fn may_take(&self, var: &Var, text: &str) -> bool {
        let owned =
            matches!(var.ty, Ty::Val | Ty::Num | Ty::Pair | Ty::OwnHost | Ty::BoxHost | Ty::Boxed);
        let by_value = !text.contains(['&', '(', '{', '[']);
        owned && by_value && !var.copied && var.loops >= self.loops
    }

    /// All uses so far, in the order in which they are written.
    pub(crate) fn noted(&self) -> &[Use] {
        &self.noted
    }

    /// A look at the variable of this name.
    pub(crate) fn named(&self, name: &str) -> Vec<Use> {
        let seen = self.seen();
        let var = seen.iter().find(|var| var.name == name);
        var.map(|var| self.uses(var, "", Mode::Read)).unwrap_or_default()
    }

    /// A use of a variable, with the uses of what it borrows.
    pub(crate) fn uses(&self, var: &Var, field: &'static str, mode: Mode) -> Vec<Use> {
        let at = self.noted.len() as u32;
        let mut uses = vec![Use { var: var.id, field, mode, at }];
        for &(root, field, exclusive) in &var.borrows {
            let mode = if exclusive && mode != Mode::Read { Mode::Write } else { Mode::Read };
            uses.push(Use { var: root, field, mode, at });
        }
        uses
    }

    /// How many uses have been written, and the last variable that has been declared.
    pub(crate) fn mark(&self) -> Mark {
        Mark { uses: self.noted.len(), declared: self.next }
    }

    /// The uses since then of variables that had been declared.
    pub(crate) fn since(&self, mark: Mark) -> Vec<Use> {
        let uses = self.noted[mark.uses..].iter();
        uses.filter(|used| used.var <= mark.declared).cloned().collect()
    }

    /// Takes down what code uses that leaves the function, or ends it.
    pub(crate) fn note(&mut self, uses: &[Use]) {
        self.noted.extend_from_slice(uses);
    }

    /// Keeps account of what code has used.
    pub(crate) fn used(&mut self, uses: &[Use]) {
        self.note(uses);
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
                    root == used.var && overlap && (exclusive || !used.mode.looks())
                });
                let by_itself = uses.iter().any(|used| used.var == var.id);
                if hit && !by_itself {
                    var.dead = true;
                }
            }
        }
    }
}

/// Whether a use by value of what is behind a `&mut` may lend it on, as a field that is a `&mut`
/// itself is lent on: "calls that share a mutable place keep their order" (promise 9).
fn may_lend(var: &Var, text: &str) -> bool {
    let behind = matches!(var.ty, Ty::Mut | Ty::MutPair | Ty::MutHost);
    behind && !text.contains(['&', '(', '{', '['])
}

/// Whether the two may stand in the same call.
pub(crate) fn agree(left: &[Use], right: &[Use]) -> bool {
    left.iter().all(|used| {
        right.iter().all(|other| {
            let overlap =
                used.field.is_empty() || other.field.is_empty() || used.field == other.field;
            let exclude = !used.mode.looks() || !other.mode.looks();
            used.var != other.var || !overlap || !exclude
        })
    })
}
