//! What code does to which variables: reads, moves and writes, by place.
//!
//! Types are not known here. What a form leaves open is taken for the stronger
//! access, so that a doubt costs some overlap and never an error.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Expr, Ident, Macro, Member, UnOp};

use crate::env::{self, Env, Var, VarId};
use crate::macros::{self, Kind};
use crate::quiet;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Mode {
    /// Through `&`, or a copy.
    Read,
    /// By value: a move, unless the type is `Copy`.
    Value,
    /// As the receiver of a method that is not known to take `&self`: a move,
    /// unless the variable is used again.
    Receiver,
    /// Through `&mut`, or by assignment.
    Write,
}

/// A variable or a path of fields under one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) root: VarId,
    /// What the root is called.
    pub(crate) name: Rc<str>,
    fields: Vec<String>,
}

impl Place {
    fn overlaps(&self, other: &Place) -> bool {
        self.root == other.root
            && self.fields.iter().zip(&other.fields).all(|(mine, theirs)| mine == theirs)
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Access {
    pub(crate) place: Place,
    mode: Mode,
    /// The method, where the access is as its receiver.
    method: Option<String>,
    /// It may move a field out of what is known to be a `Box`.
    pub(crate) out_of_box: bool,
    /// Somewhere in code that is not looked into: it may not be this variable.
    opaque: bool,
    /// In that code another variable, or a field, has the same name.
    doubted: bool,
    /// It is written as a change: an assignment, or `&mut`.
    assigns: bool,
    /// The other variable, if it is by way of one that may borrow from the place.
    pub(crate) via: Option<VarId>,
}

impl Access {
    pub(crate) fn writes(&self) -> bool {
        self.mode == Mode::Write
    }

    /// It changes the place for certain, whatever the types are.
    pub(crate) fn assigns(&self) -> bool {
        self.assigns && self.via.is_none()
    }

    pub(crate) fn moves(&self) -> bool {
        matches!(self.mode, Mode::Value | Mode::Receiver)
    }

    /// It is of this variable, by its own name.
    pub(crate) fn names(&self, var: VarId) -> bool {
        self.place.root == var && self.via.is_none()
    }

    /// It is the receiver of a method that may take it, for all that is known.
    pub(crate) fn may_take(&self) -> bool {
        self.mode == Mode::Receiver
    }

    /// What may be borrowed by what this is used in, if anything.
    pub(crate) fn lent(&self) -> Option<Access> {
        match self.moves() {
            false => Some(self.clone()),
            true if self.opaque => Some(Access { mode: Mode::Read, ..self.clone() }),
            true => None,
        }
    }

    pub(crate) fn reads(&self) -> bool {
        self.mode == Mode::Read
    }

    /// It moves the variable itself, as a whole.
    pub(crate) fn takes_whole(&self) -> bool {
        self.mode == Mode::Value && self.place.fields.is_empty() && !self.opaque
    }

    /// Whether the two may not be in progress at the same time.
    pub(crate) fn conflicts(&self, other: &Access) -> bool {
        self.place.overlaps(&other.place) && !(self.mode == Mode::Read && other.mode == Mode::Read)
    }
}

/// Whether anything in `left` conflicts with anything in `right`.
pub(crate) fn conflict(left: &[Access], right: &[Access]) -> bool {
    left.iter().any(|access| right.iter().any(|other| access.conflicts(other)))
}

/// Whether a place is used by its own name after it was used by way of a variable
/// that may hold it through a `&mut`.
pub(crate) fn entangled(uses: &[Access]) -> bool {
    let named = |held: &Access, then: &[Access]| {
        then.iter().any(|named| named.via.is_none() && named.place.overlaps(&held.place))
    };
    let mut held = uses.iter().enumerate().filter(|(_, held)| held.via.is_some() && held.writes());
    held.any(|(at, held)| named(held, &uses[at + 1..]))
}

/// Each use of a place once: by which variable it comes is of no matter where all are
/// used by way of one, and a value has its own by many ways.
pub(crate) fn each_once(uses: impl Iterator<Item = Access>) -> Vec<Access> {
    let mut known = BTreeSet::new();
    uses.filter(|access| {
        let of = (access.place.clone(), access.mode, access.opaque, access.via.is_some());
        known.insert(of)
    })
    .collect()
}

/// Settles which by-value uses move, over all uses of a scope in source order:
/// a variable that is used by value and then again is `Copy`, and a receiver
/// that is used again was borrowed.
pub(crate) fn settle<'a>(uses: impl Iterator<Item = &'a mut Vec<Access>>) {
    let mut uses: Vec<&mut Access> = uses.flatten().collect();
    let mut named: BTreeMap<VarId, Vec<usize>> = BTreeMap::new();
    for (at, access) in uses.iter().enumerate().filter(|(_, access)| access.via.is_none()) {
        named.entry(access.place.root).or_default().push(at);
    }
    let mut copies: Vec<Place> = Vec::new();
    let mut borrowing: Vec<(VarId, String)> = Vec::new();
    for at in 0..uses.len() {
        let access = &uses[at];
        if !access.moves() {
            continue;
        }
        let after = named.get(&access.place.root).into_iter().flatten();
        let again = after
            .filter(|later| **later > at)
            .map(|later| &uses[*later])
            .find(|later| later.place.overlaps(&access.place) && !later.doubted)
            .is_some_and(|later| later.mode != Mode::Write);
        match (access.mode, again) {
            // Code that is not looked into may borrow, or move where it leaves.
            (Mode::Value, true) if !access.opaque => copies.push(access.place.clone()),
            (Mode::Receiver, true) => {
                if let Some(method) = &access.method {
                    borrowing.push((access.place.root, method.clone()));
                }
                uses[at].mode = Mode::Read;
            }
            _ => {}
        }
    }
    for access in uses {
        let copy = access.mode == Mode::Value && copies.contains(&access.place);
        let borrowed = access.mode == Mode::Receiver
            && access.method.as_ref().is_some_and(|method| {
                borrowing.iter().any(|(root, known)| *root == access.place.root && known == method)
            });
        if copy || borrowed {
            access.mode = Mode::Read;
        }
    }
}

/// The uses in an expression whose value is used.
pub(crate) fn of_expr(expr: &Expr, env: &Env) -> Vec<Access> {
    let mut collector = Collector { env, opaque: None, found: Vec::new() };
    collector.expr(expr, Mode::Value);
    collector.found
}

/// The uses in code of any form, each taken for the strongest.
pub(crate) fn of_tokens(tokens: TokenStream, env: &Env) -> Vec<Access> {
    let mut collector = Collector { env, opaque: None, found: Vec::new() };
    collector.opaque(tokens, Hidden::Any);
    collector.found
}

/// The names that code binds anew.
enum Hidden {
    /// It cannot be read, so that it may be any.
    Any,
    Names(BTreeSet<String>),
}

struct Collector<'a> {
    env: &'a Env,
    /// In code that is not looked into.
    opaque: Option<Hidden>,
    found: Vec<Access>,
}

impl Collector<'_> {
    fn expr(&mut self, expr: &Expr, mode: Mode) {
        match expr {
            Expr::Lit(_) => {}
            Expr::Path(path) => match path.path.get_ident() {
                Some(name) => self.name(name, Vec::new(), mode, None),
                None => self.opaque(path.to_token_stream(), Hidden::Any),
            },
            Expr::Field(_) => self.place(expr, mode, None),
            Expr::Paren(inner) => self.expr(&inner.expr, mode),
            Expr::Group(inner) => self.expr(&inner.expr, mode),
            Expr::Reference(borrow) => {
                let mode = if borrow.mutability.is_some() { Mode::Write } else { Mode::Read };
                self.expr(&borrow.expr, mode);
            }
            Expr::Unary(unary) if matches!(unary.op, UnOp::Deref(_)) => {
                self.expr(&unary.expr, mode);
            }
            Expr::Unary(unary) => self.expr(&unary.expr, Mode::Value),
            Expr::Index(index) => {
                // What an index takes out by value is a copy.
                let base = if mode == Mode::Write { Mode::Write } else { Mode::Read };
                self.expr(&index.expr, base);
                self.expr(&index.index, Mode::Value);
            }
            Expr::Await(inner) => self.expr(&inner.base, Mode::Value),
            Expr::Try(inner) => self.expr(&inner.expr, Mode::Value),
            Expr::Cast(inner) => self.expr(&inner.expr, Mode::Value),
            Expr::Call(call) => {
                if !matches!(&*call.func, Expr::Path(path) if path.path.get_ident().is_none()) {
                    self.expr(&call.func, Mode::Receiver);
                }
                call.args.iter().for_each(|arg| self.expr(arg, Mode::Value));
            }
            Expr::MethodCall(call) => {
                let method = call.method.to_string();
                let mode =
                    if quiet::borrows_receiver(&method) { Mode::Read } else { Mode::Receiver };
                self.receiver(&call.receiver, mode, method);
                call.args.iter().for_each(|arg| self.expr(arg, Mode::Value));
            }
            Expr::Tuple(tuple) => tuple.elems.iter().for_each(|elem| self.expr(elem, Mode::Value)),
            Expr::Array(array) => array.elems.iter().for_each(|elem| self.expr(elem, Mode::Value)),
            Expr::Repeat(repeat) => self.expr(&repeat.expr, Mode::Value),
            Expr::Struct(literal) => {
                for field in &literal.fields {
                    self.expr(&field.expr, Mode::Value);
                }
                if let Some(rest) = &literal.rest {
                    self.expr(rest, Mode::Value);
                }
            }
            Expr::Binary(binary) => {
                let assigns = quiet::assigns(&binary.op);
                self.expr(&binary.left, if assigns { Mode::Write } else { Mode::Value });
                self.expr(&binary.right, Mode::Value);
            }
            Expr::Assign(assign) => {
                self.expr(&assign.right, Mode::Value);
                self.expr(&assign.left, Mode::Write);
            }
            Expr::Range(range) => {
                let ends = [&range.start, &range.end];
                ends.into_iter().flatten().for_each(|end| self.expr(end, Mode::Value));
            }
            Expr::Macro(invocation) => self.macro_call(&invocation.mac),
            other => {
                let names = env::bound_within(other);
                self.opaque(other.to_token_stream(), Hidden::Names(names));
            }
        }
    }

    fn receiver(&mut self, receiver: &Expr, mode: Mode, method: String) {
        match receiver {
            Expr::Path(_) | Expr::Field(_) => self.place(receiver, mode, Some(method)),
            Expr::Paren(inner) => self.receiver(&inner.expr, mode, method),
            other => self.expr(other, mode),
        }
    }

    /// A path of fields under a variable, if that is what it is.
    fn place(&mut self, expr: &Expr, mode: Mode, method: Option<String>) {
        let mut fields = Vec::new();
        let mut base = expr;
        while let Expr::Field(field) = base {
            fields.push(match &field.member {
                Member::Named(name) => name.unraw().to_string(),
                Member::Unnamed(index) => index.index.to_string(),
            });
            base = &field.base;
        }
        fields.reverse();
        match base {
            Expr::Path(path) => {
                if let Some(name) = path.path.get_ident() {
                    self.name(name, fields, mode, method);
                }
            }
            other => self.expr(other, if mode == Mode::Write { mode } else { Mode::Receiver }),
        }
    }

    fn name(&mut self, name: &Ident, fields: Vec<String>, mode: Mode, method: Option<String>) {
        if let Some(var) = self.env.get(name) {
            let var = var.clone();
            self.var(&var, fields, mode, method);
        }
    }

    fn var(&mut self, var: &Var, fields: Vec<String>, mode: Mode, method: Option<String>) {
        let assigns = mode == Mode::Write && self.opaque.is_none();
        let by_value = matches!(mode, Mode::Value | Mode::Receiver);
        let out_of_box = var.boxed && !fields.is_empty() && by_value;
        let mode = match mode {
            Mode::Value | Mode::Receiver if var.exclusive => Mode::Write,
            Mode::Receiver if var.mutable => Mode::Write,
            Mode::Value | Mode::Receiver if var.copy => Mode::Read,
            mode => mode,
        };
        let place = Place { root: var.id, name: var.name.clone(), fields };
        let opaque = self.opaque.is_some();
        let doubted = match &self.opaque {
            None => false,
            Some(Hidden::Any) => true,
            Some(Hidden::Names(names)) => names.contains(&*var.name),
        };
        let access =
            Access { place, mode, method, out_of_box, opaque, doubted, assigns, via: None };
        self.found.push(access);
        let aliases = var.aliases.iter().cloned();
        self.found.extend(aliases.map(|alias| Access { via: Some(var.id), ..alias }));
    }

    fn macro_call(&mut self, mac: &Macro) {
        let (Some(kind), Some(expressions)) = (macros::kind(mac), macros::expressions(mac)) else {
            return self.opaque(mac.tokens.clone(), Hidden::Any);
        };
        let mode = if kind == Kind::Value { Mode::Value } else { Mode::Read };
        for expr in &expressions {
            match expr {
                Expr::Lit(literal) => self.captures(&literal.lit.to_token_stream().to_string()),
                Expr::Assign(named) if macros::names_arguments(mac) => {
                    self.expr(&named.right, mode)
                }
                other => self.expr(other, mode),
            }
        }
    }

    /// Names in the braces of a format string.
    fn captures(&mut self, literal: &str) {
        for part in literal.split('{').skip(1) {
            let name: String =
                part.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            // `{:width$}` and `{:.precision$}` capture names too.
            let inside = part.split('}').next().unwrap_or_default();
            let sizes = inside
                .split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'))
                .filter_map(|word| word.strip_suffix('$'));
            for name in std::iter::once(name.as_str()).chain(sizes) {
                if let Some(var) = self.env.get_str(name).cloned() {
                    self.var(&var, Vec::new(), Mode::Read, None);
                }
            }
        }
    }

    /// Any code at all: each name in it, used in the strongest way.
    fn opaque(&mut self, tokens: TokenStream, hidden: Hidden) {
        let outer = self.opaque.replace(hidden);
        self.tokens(tokens);
        self.opaque = outer;
    }

    fn tokens(&mut self, tokens: TokenStream) {
        // What comes after a dot is a field or a method, but after two.
        let mut dots = 0;
        for token in tokens {
            let after_a_dot = dots == 1;
            dots = match &token {
                TokenTree::Punct(punct) if punct.as_char() == '.' => dots + 1,
                _ => 0,
            };
            match token {
                TokenTree::Ident(_) if after_a_dot => {}
                TokenTree::Ident(name) => {
                    if let Some(var) = self.env.get(&name).cloned() {
                        let mode = if var.mutable { Mode::Write } else { Mode::Value };
                        self.var(&var, Vec::new(), mode, None);
                    }
                }
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Literal(literal) => self.captures(&literal.to_string()),
                TokenTree::Punct(_) => {}
            }
        }
    }
}

/// Whether tokens speak of `mut`, or of a name that says so: what is made there
/// may hold a `&mut`.
pub(crate) fn says_mut(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(name) => {
            let name = name.to_string();
            name == "mut" || name.ends_with("_mut") || name == "leak"
        }
        TokenTree::Group(group) => says_mut(group.stream()),
        _ => false,
    })
}
