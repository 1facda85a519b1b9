//! The local variables that code can see, and what is known of each.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Expr, ExprUnary, FnArg, Ident, Lit, Local, Pat, ReceiverKind, Signature, Type, UnOp};

use crate::effects::{purity, words};
use crate::ir::access::{self, Access, VarId};
use crate::ir::word::Word;
use crate::syntax::{evaluation, patterns, tokens, types};

#[derive(Clone, Debug)]
pub(crate) struct Var {
    pub(crate) id: VarId,
    pub(crate) name: Rc<str>,
    /// Declared `mut`: a method call on it may change it.
    pub(crate) mutable: bool,
    /// It is or may hold a `&mut`: any use of it but `&` may change what is
    /// behind it.
    pub(crate) exclusive: bool,
    /// Known to be `Copy`: using it by value moves nothing.
    pub(crate) copy: bool,
    /// Known to be a `Box`: a block that moves a field of it takes all of it.
    pub(crate) boxed: bool,
    /// Known to be a reference that does not live for ever.
    pub(crate) borrowed: bool,
    /// Known to be a value of the standard library, whose methods are known by their names.
    pub(crate) standard: bool,
    /// It may be a guard, of which each field is all of it when it is changed.
    pub(crate) guard: bool,
    /// Known to change through a shared reference.
    pub(crate) interior: bool,
    /// Known to be a cell, which a call that is given it may change without a lock, or by its name a
    /// transaction.
    pub(crate) cell: bool,
    /// A closure that only computes when it is called, or a parameter that is an `Fn`.
    pub(crate) computes: bool,
    /// What the `let` that made it tells of it, if there is one.
    pub(crate) made: Option<Made>,
    /// A parameter whose type may hide a `&mut`, as an alias does: `Tx<'_>`.
    pub(crate) may_hide_mut: bool,
    /// The function is given it, so that it is there from the beginning.
    pub(crate) parameter: bool,
    /// The places that it may borrow from: using it uses them.
    pub(crate) aliases: Rc<[Access]>,
}

/// How a variable was made.
#[derive(Clone, Debug, Default)]
pub(crate) struct Made {
    /// By names that act.
    pub(crate) by_acting: bool,
    /// The word by which it acts when a runner runs it, or what it is given to.
    pub(crate) runs: Option<Word>,
    /// The word by which it acts when it is awaited itself.
    pub(crate) awaited: Option<Word>,
    /// It is a command of Redis, or a pipeline of some.
    pub(crate) redis: bool,
}

impl Made {
    /// Whether it matters how it is used.
    pub(crate) fn is_run(&self) -> bool {
        self.runs.is_some() || self.awaited.is_some() || self.redis
    }
}

/// The variables in scope, by name.
#[derive(Clone)]
pub(crate) struct Env {
    vars: BTreeMap<String, Var>,
    next: Rc<Cell<usize>>,
    /// Variables from this one on are of the innermost block.
    own: VarId,
}

/// What a new variable is initialised with, as far as it matters here.
#[derive(Default)]
pub(crate) struct Origin {
    copy: bool,
    /// Its type is known to hold no reference.
    owned: bool,
    boxed: bool,
    borrowed: bool,
    exclusive: bool,
    standard: bool,
    guard: bool,
    interior: bool,
    cell: bool,
    computes: bool,
    made: Option<Made>,
    may_hide_mut: bool,
    aliases: Vec<Access>,
}

/// What a `let` does to the environment.
#[derive(Default)]
pub(crate) struct Binding {
    /// The new variables.
    pub(crate) binds: Vec<VarId>,
    /// Those that they hide.
    pub(crate) shadows: Vec<VarId>,
    /// They are known to borrow from nothing.
    pub(crate) owns: bool,
}

impl Env {
    /// The parameters of a function.
    pub(crate) fn of(signature: &Signature) -> Self {
        let mut env = Env { vars: BTreeMap::new(), next: Rc::default(), own: VarId(0) };
        for input in &signature.inputs {
            match input {
                FnArg::Receiver(receiver) => {
                    let origin = match &receiver.kind {
                        ReceiverKind::Reference(_, _, mutability) => Origin {
                            copy: mutability.is_none(),
                            exclusive: mutability.is_some(),
                            borrowed: true,
                            ..Origin::default()
                        },
                        ReceiverKind::Typed(_, ty) => Origin::of_type(ty),
                        _ => Origin::default(),
                    };
                    env.insert("self", receiver.mutability.is_some(), &origin);
                }
                FnArg::Typed(parameter) => {
                    let simple = matches!(*parameter.pat, Pat::Ident(_));
                    let origin = Origin::of_type(&parameter.ty);
                    // What a pattern takes out of a `Copy` need not be `Copy`.
                    let origin = Origin { copy: origin.copy && simple, ..origin };
                    env.bind(&parameter.pat, &origin);
                }
            }
        }
        env.vars.values_mut().for_each(|var| var.parameter = true);
        env
    }

    /// Adds what a closure takes from around it. It may be a `&mut`, or declared `mut`.
    pub(crate) fn add_captured(&mut self, name: &Ident) {
        if self.get(name).is_none() {
            let origin = Origin { exclusive: true, ..Origin::default() };
            self.insert(&name.unraw().to_string(), true, &origin);
        }
    }

    pub(crate) fn get(&self, name: &Ident) -> Option<&Var> {
        self.vars.get(&name.unraw().to_string())
    }

    pub(crate) fn get_str(&self, name: &str) -> Option<&Var> {
        self.vars.get(name)
    }

    /// Whether code here can see this variable.
    pub(crate) fn holds(&self, var: VarId) -> bool {
        self.vars.values().any(|known| known.id == var)
    }

    /// The same variables, all of which are from outside of what comes.
    pub(crate) fn inside(&self) -> Self {
        Env { own: VarId(self.next.get()), ..self.clone() }
    }

    /// Whether a variable ends with the innermost block.
    pub(crate) fn owns(&self, var: &Var) -> bool {
        var.id >= self.own
    }

    /// Adds the names that a pattern binds, and gives their variables.
    pub(crate) fn bind(&mut self, pat: &Pat, origin: &Origin) -> Vec<VarId> {
        let names = patterns::bound_names(pat);
        names
            .iter()
            .map(|name| self.insert(&name.ident.unraw().to_string(), name.mutable, origin))
            .collect()
    }

    /// Adds what a `let` binds, whose initialiser has these uses.
    pub(crate) fn bind_let(
        &mut self,
        local: &Local,
        uses: &[Access],
        made: Option<Made>,
    ) -> Binding {
        let hidden = patterns::bound_names(&local.pat);
        let hidden = hidden.iter().filter_map(|bound| self.get(&bound.ident));
        let shadows = hidden.map(|var| var.id).collect();
        let origin = Origin { made, ..self.origin_of(local, uses) };
        Binding { owns: origin.owned, binds: self.bind(&local.pat, &origin), shadows }
    }

    /// A variable is run as this word says, if not as one before.
    pub(crate) fn add_run(&mut self, name: &Ident, word: Word) {
        if let Some(var) = self.vars.get_mut(&name.unraw().to_string()) {
            let made = var.made.get_or_insert_with(|| Made { by_acting: true, ..Made::default() });
            made.runs.get_or_insert(word);
        }
    }

    fn origin_of(&self, local: &Local, uses: &[Access]) -> Origin {
        let stated = match &local.pat {
            Pat::Type(typed) => Origin::of_type(&typed.ty),
            _ => Origin::default(),
        };
        let Some(init) = local.init.as_ref().filter(|_| !stated.owned) else { return stated };
        if makes_primitive(&init.expr) {
            return Origin::primitive();
        }
        let code = init.expr.to_token_stream();
        let mut found = Origin::of_uses(uses, tokens::says_mut(code));
        let makes_cell = maker(&init.expr).is_some_and(types::is_cell_name);
        if makes_own(&init.expr) {
            found.aliases.retain(|alias| alias.via.is_some());
        }
        let copy = stated.copy || is_copy(&init.expr) || self.takes_copy(local, &init.expr);
        if copy {
            // A `&mut` is none.
            found.exclusive = false;
            found.aliases.iter_mut().for_each(Access::borrow);
        }
        Origin {
            copy,
            boxed: stated.boxed || self.makes_box(&init.expr),
            standard: stated.standard || makes_standard(&init.expr),
            guard: match local.pat {
                Pat::Type(_) => stated.guard,
                _ => may_give_guard(&init.expr),
            },
            interior: stated.interior || makes_cell,
            cell: stated.cell || makes_cell,
            computes: matches!(&*init.expr, Expr::Closure(closure) if purity::is_pure(&closure.body)),
            borrowed: stated.borrowed || self.borrows_local(&init.expr),
            ..found
        }
    }

    /// Whether a `let` takes by value what only a copy can be taken of: the element of a collection, or
    /// what is behind a reference.
    fn takes_copy(&self, local: &Local, init: &Expr) -> bool {
        let is_reference = |name| self.get(name).is_some_and(|var| var.copy || var.borrowed);
        let is_name =
            matches!(local.pat, Pat::Ident(_)) && patterns::plain_name(&local.pat).is_some();
        is_name
            && match init {
                Expr::Index(_) => true,
                Expr::Field(_) => root(init).is_some_and(is_reference),
                Expr::Unary(ExprUnary { op: UnOp::Deref(_), expr, .. }) => match &**expr {
                    Expr::Path(path) => path.path.get_ident().is_some_and(is_reference),
                    _ => false,
                },
                _ => false,
            }
    }

    /// Whether an initialiser is a `&mut` of a local, which does not live for ever.
    fn borrows_local(&self, expr: &Expr) -> bool {
        matches!(expr, Expr::Reference(borrow) if borrow.mutability.is_some()
            && matches!(&*borrow.expr, Expr::Path(path)
                if path.path.get_ident().is_some_and(|name| self.get(name).is_some())))
    }

    /// Whether an initialiser is known to give a `Box`.
    fn makes_box(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Path(path) => {
                path.path.get_ident().and_then(|name| self.get(name)).is_some_and(|var| var.boxed)
            }
            Expr::Call(_) => maker(expr).is_some_and(|owner| owner == "Box"),
            Expr::Paren(inner) => self.makes_box(&inner.expr),
            Expr::Group(inner) => self.makes_box(&inner.expr),
            _ => false,
        }
    }

    fn insert(&mut self, name: &str, mutable: bool, origin: &Origin) -> VarId {
        let id = VarId(self.next.replace(self.next.get() + 1));
        let var = Var {
            id,
            name: name.into(),
            mutable,
            exclusive: origin.exclusive,
            copy: origin.copy,
            boxed: origin.boxed,
            borrowed: origin.borrowed,
            standard: origin.standard,
            guard: origin.guard,
            interior: origin.interior,
            // What is in one transaction keeps its order, also if it is only given a `&` of it.
            cell: origin.cell || words::is_transaction(name),
            computes: origin.computes && !mutable,
            made: origin.made.clone(),
            may_hide_mut: origin.may_hide_mut,
            parameter: false,
            aliases: origin.aliases.clone().into(),
        };
        self.vars.insert(name.to_owned(), var);
        id
    }
}

impl Origin {
    /// A variable of a stated type.
    fn of_type(ty: &Type) -> Self {
        match ty {
            Type::Reference(reference) if reference.mutability.is_none() => {
                let interior = types::has_interior(&reference.elem);
                let (borrowed, cell) = (types::is_borrowed(ty), types::is_cell(&reference.elem));
                let computes = types::is_fn(ty);
                Origin { copy: true, borrowed, interior, cell, computes, ..Origin::default() }
            }
            Type::Paren(inner) => Origin::of_type(&inner.elem),
            Type::Group(inner) => Origin::of_type(&inner.elem),
            ty if is_primitive(ty) => Origin::primitive(),
            _ => {
                let boxed = matches!(ty, Type::Path(path)
                    if path.path.segments.last().is_some_and(|last| last.ident == "Box"));
                let behind = match ty {
                    Type::Reference(reference) => &reference.elem,
                    ty => ty,
                };
                Origin {
                    exclusive: types::mentions_mut(ty),
                    owned: types::is_owned(ty),
                    standard: types::is_standard(behind),
                    guard: types::may_be_guard(behind),
                    interior: types::has_interior(ty),
                    cell: types::is_cell(ty),
                    may_hide_mut: types::may_hide_mut(ty),
                    boxed,
                    computes: types::is_fn(ty),
                    borrowed: types::is_borrowed(ty),
                    ..Origin::default()
                }
            }
        }
    }

    /// A number, a `bool` or a `char`.
    fn primitive() -> Self {
        Origin { copy: true, owned: true, standard: true, ..Origin::default() }
    }

    /// A variable of which nothing is known but that it comes out of something
    /// that is used so: the arm of a `match`, the element of a loop.
    pub(crate) fn of_uses(uses: &[Access], says_mut: bool) -> Self {
        // Out of a `&` to what holds a `&mut` comes a `&`.
        let lends = |var: VarId| uses.iter().filter(|used| used.names(var)).all(Access::reads);
        let of = |used: &Access| {
            let mut used = used.clone();
            if used.via.is_some_and(lends) {
                used.borrow();
            }
            used
        };
        let uses: Vec<Access> = uses.iter().map(of).collect();
        Origin {
            exclusive: says_mut || uses.iter().any(|used| used.writes() && !used.detached),
            guard: true,
            aliases: access::each_once(uses.iter().filter_map(Access::lent)),
            ..Origin::default()
        }
    }
}

/// Whether an initialiser gives a value of the standard library: `Vec::new()`, `vec![…]`.
fn makes_standard(expr: &Expr) -> bool {
    match expr {
        Expr::Lit(_) | Expr::Array(_) => true,
        Expr::Call(_) => maker(expr).is_some_and(types::is_standard_name),
        Expr::Macro(call) => {
            let name = call.mac.path.segments.last().map(|segment| segment.ident.to_string());
            matches!(name.as_deref(), Some("vec" | "format"))
        }
        Expr::Paren(inner) => makes_standard(&inner.expr),
        _ => false,
    }
}

fn is_primitive(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.get_ident().is_some_and(types::is_primitive))
}

/// Whether an initialiser gives a number or a `bool` whatever it is made of.
fn makes_primitive(expr: &Expr) -> bool {
    match expr {
        Expr::Cast(cast) => is_primitive(&cast.ty),
        Expr::Binary(binary) => evaluation::compares(&binary.op) || evaluation::is_lazy(&binary.op),
        Expr::Paren(inner) => makes_primitive(&inner.expr),
        _ => false,
    }
}

/// The type whose function an initialiser calls, by its name: `Cell` of `Cell::new(0)`.
fn maker(expr: &Expr) -> Option<&Ident> {
    let Expr::Call(call) = expr else { return None };
    let Expr::Path(path) = &*call.func else { return None };
    path.path.segments.iter().rev().nth(1).map(|owner| &owner.ident)
}

/// Whether an initialiser may give a guard, which is more than the fields that it shows: what a
/// call or a method gives may be one.
fn may_give_guard(expr: &Expr) -> bool {
    match expr {
        Expr::Lit(_) | Expr::Struct(_) | Expr::Tuple(_) | Expr::Array(_) | Expr::Path(_) => false,
        Expr::Reference(inner) => may_give_guard(&inner.expr),
        Expr::Field(inner) => may_give_guard(&inner.base),
        Expr::Paren(inner) => may_give_guard(&inner.expr),
        expr => !makes_standard(expr),
    }
}

/// Whether an initialiser is a literal or a shared borrow: its value is `Copy`.
fn is_copy(expr: &Expr) -> bool {
    match expr {
        Expr::Lit(literal) => !matches!(literal.lit, Lit::Verbatim(_)),
        Expr::Reference(reference) => reference.mutability.is_none(),
        Expr::Unary(unary) => is_copy(&unary.expr),
        Expr::Paren(inner) => is_copy(&inner.expr),
        Expr::Group(inner) => is_copy(&inner.expr),
        _ => false,
    }
}

/// Whether an initialiser makes a value of its own out of a place, from which it
/// then does not borrow: `path.clone()`, `Arc::clone(&pool)`.
fn makes_own(expr: &Expr) -> bool {
    const OWN: &[&str] = &["clone", "to_owned", "to_path_buf", "to_string", "to_vec"];
    match expr {
        Expr::MethodCall(call) => {
            OWN.iter().any(|own| call.method == own)
                && evaluation::is_path_of_fields(&call.receiver)
        }
        Expr::Call(call) => {
            let clone = matches!(&*call.func, Expr::Path(path) if path.path.segments.len() > 1
                && path.path.segments.last().is_some_and(|last| last.ident == "clone"));
            clone
                && call
                    .args
                    .iter()
                    .all(|arg| matches!(arg, Expr::Reference(borrow) if evaluation::is_path_of_fields(&borrow.expr)))
        }
        _ => false,
    }
}

/// The variable of a path of fields.
fn root(expr: &Expr) -> Option<&Ident> {
    match expr {
        Expr::Path(path) => path.path.get_ident(),
        Expr::Field(field) => root(&field.base),
        _ => None,
    }
}
