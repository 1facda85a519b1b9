//! The awaits of one expression that may overlap: its calls.
//!
//! A *unit* is an outermost `.await` with all that is under it, so that a chain
//! (`get(u).await?.text().await`) is one unit. The expression around the units
//! is evaluated when they are joined, so nothing in it that is evaluated before
//! a unit's start may be seen from outside or change what a unit sees.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::punctuated::Punctuated;
use syn::{BinOp, Expr, ExprAwait, Token};

use crate::access::{self, Access};
use crate::args::Order;
use crate::awaits;
use crate::env::Env;
use crate::in_place;
use crate::macros;
use crate::quiet;

/// One call: started by itself, joined in its place.
pub(crate) struct Unit {
    /// The whole of it, `….await`.
    pub(crate) call: ExprAwait,
    /// Its own arguments cannot be seen to be evaluated.
    pub(crate) quiet: bool,
    /// It holds a `?`, so it ends as the function's return type.
    pub(crate) fallible: bool,
    pub(crate) uses: Vec<Access>,
}

impl Unit {
    /// The span of its `await`.
    pub(crate) fn span(&self) -> Span {
        awaits::keyword_span(&self.call)
    }
}

impl Unit {
    /// The blocking code that it runs on a thread, if it does.
    fn blocking(&self) -> Option<&Expr> {
        let Expr::Call(call) = &*self.call.base else { return None };
        let Expr::Path(function) = &*call.func else { return None };
        match call.args.first() {
            Some(Expr::Closure(closure)) if is_ours(&function.path) => Some(&closure.body),
            _ => None,
        }
    }

    pub(crate) fn is_blocking(&self) -> bool {
        self.blocking().is_some()
    }

    /// What of it the user has written.
    pub(crate) fn shown(&self) -> TokenStream {
        match self.blocking() {
            Some(code) => code.to_token_stream(),
            None => self.call.to_token_stream(),
        }
    }
}

fn is_ours(path: &syn::Path) -> bool {
    path.segments.first().is_some_and(|first| first.ident == "__bridge")
}

/// An expression with its units taken out.
pub(crate) struct Split {
    pub(crate) units: Vec<Unit>,
    /// What is left, with holes for the joins.
    pub(crate) rest: Expr,
    /// The rest only hands the values on.
    pub(crate) quiet: bool,
}

/// Why an await has to stay where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stays {
    /// It depends on what runs before it in the same statement.
    Order,
    /// It takes a field out of a `Box`, of which an `async` block would take all,
    /// and drop the rest.
    OutOfBox,
}

impl Stays {
    /// What to write instead, where a marker asks to start it.
    pub(crate) fn message(self) -> &'static str {
        match self {
            Stays::Order => {
                "this cannot start in the background: its `.await` depends on what runs before it \
                 in the same statement; give the call a statement of its own"
            }
            Stays::OutOfBox => {
                "this cannot start in the background: it moves a field out of a `Box`; move that \
                 into a name above (`let own = boxed.field;`), and use the name here"
            }
        }
    }
}

/// Takes the units out of an expression, or tells why an await in it has to stay
/// where it is: in `strict` order also below a `?` between the units. Of what is marked
/// to start, it is not doubted that it can.
pub(crate) fn split(expr: &Expr, env: &Env, order: Order, marked: bool) -> Result<Split, Stays> {
    let mut splitter =
        Splitter { env, marked, units: Vec::new(), used: Vec::new(), loud: false, stays: None };
    let mut rest = expr.clone();
    splitter.operand(&mut rest);
    if let Some(stays) = splitter.stays {
        return Err(stays);
    }
    let gated = order == Order::Strict && splitter.units.len() > 1 && awaits::of_expr(&rest).tries;
    if gated || splitter.units.is_empty() || !splitter.undisturbed() {
        return Err(Stays::Order);
    }
    Ok(Split { units: splitter.units, rest, quiet: !splitter.loud })
}

struct Use {
    accesses: Vec<Access>,
    by_unit: bool,
}

struct Splitter<'a> {
    env: &'a Env,
    marked: bool,
    units: Vec<Unit>,
    /// What the units and the code between them use, in order.
    used: Vec<Use>,
    /// Something has run that can be seen from outside.
    loud: bool,
    stays: Option<Stays>,
}

impl Splitter<'_> {
    /// Visits an expression in the order of evaluation.
    fn operand(&mut self, expr: &mut Expr) {
        if self.stays.is_some() {
            return;
        }
        // An attribute may take it out, with its start and its join.
        let traits = awaits::of_expr(expr);
        if traits.awaits > 0 && in_place::outer_attrs(expr).is_some_and(|attrs| !attrs.is_empty()) {
            self.stays = Some(Stays::Order);
            return;
        }
        if let Expr::Await(call) = expr {
            let hole = hole(self.units.len(), awaits::keyword_span(call));
            self.unit(call.clone());
            *expr = hole;
            return;
        }
        if traits.awaits == 0 {
            self.used.push(Use { accesses: access::of_expr(expr, self.env), by_unit: false });
            self.loud |= !quiet::is_quiet(expr);
            // To leave the function half-way through would skip a start.
            if traits.jumps {
                self.stays = Some(Stays::Order);
            }
            return;
        }
        match expr {
            Expr::Paren(inner) => self.operand(&mut inner.expr),
            Expr::Group(inner) => self.operand(&mut inner.expr),
            Expr::Try(inner) => self.operand(&mut inner.expr),
            Expr::Field(inner) => self.operand(&mut inner.base),
            Expr::Cast(inner) => self.operand(&mut inner.expr),
            Expr::Unary(inner) => self.operand(&mut inner.expr),
            Expr::Reference(inner) => self.operand(&mut inner.expr),
            Expr::Tuple(tuple) => self.operands(&mut tuple.elems),
            Expr::Array(array) => self.operands(&mut array.elems),
            Expr::Index(index) => {
                self.operand(&mut index.expr);
                self.operand(&mut index.index);
            }
            Expr::Range(range) => {
                let ends = [&mut range.start, &mut range.end];
                ends.into_iter().flatten().for_each(|end| self.operand(end));
            }
            Expr::Struct(literal) => {
                for field in &mut literal.fields {
                    let awaits = awaits::of_expr(&field.expr).awaits > 0;
                    if awaits && !field.attrs.is_empty() {
                        self.stays = Some(Stays::Order);
                    }
                    self.operand(&mut field.expr);
                }
                if let Some(rest) = &mut literal.rest {
                    self.operand(rest);
                }
            }
            Expr::Binary(binary) if !lazy(&binary.op) && !quiet::assigns(&binary.op) => {
                self.operand(&mut binary.left);
                self.operand(&mut binary.right);
            }
            Expr::Call(call) => {
                self.operand(&mut call.func);
                self.operands(&mut call.args);
                self.loud |= !quiet::makes(&call.func);
            }
            Expr::MethodCall(call) => {
                self.operand(&mut call.receiver);
                self.operands(&mut call.args);
                self.loud |= !quiet::is_quiet_method(call);
            }
            Expr::Macro(invocation) => {
                let Some(mut expressions) = macros::expressions(&invocation.mac) else {
                    self.stays = Some(Stays::Order);
                    return;
                };
                for expr in &mut expressions {
                    match expr {
                        Expr::Assign(named) if macros::names_arguments(&invocation.mac) => {
                            self.operand(&mut named.right);
                        }
                        expr => self.operand(expr),
                    }
                }
                self.loud |= macros::kind(&invocation.mac) != Some(macros::Kind::Format);
                invocation.mac.tokens = quote::quote!(#expressions);
            }
            // Conditions, loops and the like stay where they are.
            _ => self.stays = Some(Stays::Order),
        }
    }

    fn operands(&mut self, exprs: &mut Punctuated<Expr, Token![,]>) {
        exprs.iter_mut().for_each(|expr| self.operand(expr));
    }

    fn unit(&mut self, call: ExprAwait) {
        let traits = awaits::of_expr(&call.base);
        let uses = access::of_expr(&call.base, self.env);
        self.stays = if self.loud || traits.jumps {
            Some(Stays::Order)
        } else if uses.iter().any(|access| access.out_of_box) {
            Some(Stays::OutOfBox)
        } else if !self.marked && access::entangled(&uses) {
            // An `async` block would take both at once.
            Some(Stays::Order)
        } else {
            None
        };
        if self.stays.is_some() {
            return;
        }
        self.used.push(Use { accesses: uses.clone(), by_unit: true });
        let quiet = quiet_call(&call.base);
        self.units.push(Unit { call, quiet, fallible: traits.tries, uses });
    }

    /// Whether each unit sees what it would see if all before it had run.
    fn undisturbed(&mut self) -> bool {
        access::settle(self.used.iter_mut().map(|used| &mut used.accesses));
        self.used.iter().enumerate().filter(|(_, used)| used.by_unit).all(|(at, unit)| {
            self.used[..at].iter().all(|before| !access::conflict(&before.accesses, &unit.accesses))
        })
    }
}

fn lazy(op: &BinOp) -> bool {
    matches!(op, BinOp::And(_) | BinOp::Or(_))
}

/// Whether the call itself is all of it that can be seen: its operands are
/// quiet, and so are those of the calls that it is chained to.
fn quiet_call(base: &Expr) -> bool {
    match base {
        Expr::Await(inner) => quiet_call(&inner.base),
        Expr::Try(inner) => quiet_call(&inner.expr),
        Expr::Paren(inner) => quiet_call(&inner.expr),
        Expr::Group(inner) => quiet_call(&inner.expr),
        Expr::Call(call) => {
            matches!(&*call.func, Expr::Path(_)) && call.args.iter().all(quiet_operand)
        }
        Expr::MethodCall(call) => {
            let chained = awaits::of_expr(&call.receiver).awaits > 0;
            let receiver =
                if chained { quiet_call(&call.receiver) } else { quiet::is_quiet(&call.receiver) };
            receiver && call.args.iter().all(quiet_operand)
        }
        other => quiet::is_quiet(other),
    }
}

const HOLE: &str = "__bridge_value_";

/// An argument of a call, which may be the value of another one.
fn quiet_operand(expr: &Expr) -> bool {
    match expr {
        Expr::Await(inner) => quiet_call(&inner.base),
        Expr::Try(inner) => quiet_operand(&inner.expr),
        Expr::Paren(inner) => quiet_operand(&inner.expr),
        Expr::Reference(inner) => quiet_operand(&inner.expr),
        other => quiet::is_quiet(other),
    }
}

/// Where the value of a unit goes in the rest.
fn hole(unit: usize, span: Span) -> Expr {
    let name = Ident::new(&format!("{HOLE}{unit}"), span);
    Expr::Verbatim(quote::quote!(#name))
}

/// Fills the holes of a rest.
pub(crate) fn fill(rest: TokenStream, value: &mut impl FnMut(usize) -> TokenStream) -> TokenStream {
    rest.into_iter()
        .flat_map(|token| match token {
            TokenTree::Ident(name) => match unit_of(&name) {
                Some(unit) => value(unit),
                None => TokenTree::Ident(name).into(),
            },
            TokenTree::Group(group) => {
                let mut filled = Group::new(group.delimiter(), fill(group.stream(), value));
                filled.set_span(group.span());
                TokenTree::Group(filled).into()
            }
            token => token.into(),
        })
        .collect()
}

fn unit_of(name: &Ident) -> Option<usize> {
    name.to_string().strip_prefix(HOLE)?.parse().ok()
}
