//! Signs that another attribute has rewritten a function, and has taken the calls out of sight.
//!
//! An attribute that stands above sees the function first. What it hands on awaits one future with
//! the whole body in it, or calls another function or a closure that has the body, and would be
//! serial without a word, or not compile for another reason.
//!
//! ```text
//! // What `#[rstest]` hands on of `fn load() { … }`:
//! fn load() {
//!     fn load() { … }
//!     load()
//! }
//! // What `#[instrument(err)]` does:
//! fn load() -> Result<(), Error> {
//!     match (move || { … })() { … }
//! }
//! ```

use proc_macro2::TokenStream;
use quote::quote;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Block, Expr, ExprAsync, ExprCall, ExprClosure, ItemFn, Local, Macro, Path, Stmt, UseTree,
    parse_quote,
};

use crate::syntax::control_flow::ControlFlow;
use crate::syntax::evaluation::{self, Part};
use crate::syntax::{macros, markers, patterns};

/// The function, if it or the body that would be planned shows one of these signs. Its awaits stand
/// where they may, so that nothing else is said of them.
pub(crate) fn by_another_attribute(
    function: &ItemFn,
    body: &Block,
    krate: &TokenStream,
) -> Option<ItemFn> {
    let shows = |stmt: &Stmt| match stmt {
        Stmt::Local(local) => is_body(local, body) || is_time_of_cached(local),
        Stmt::Item(item) => imports_cached(item),
        Stmt::Expr(..) | Stmt::Macro(_) => false,
    };
    let mut written = function.clone();
    let mut moved = Moved { krate, inside: false, found: false };
    if function.sig.asyncness.is_none() && ControlFlow::of_block(&function.block).awaits == 0 {
        moved.visit_block_mut(&mut written.block);
    }
    (moved.found || body.stmts.iter().any(shows)).then_some(written)
}

/// The body of a synchronous function, moved into one that stands in it, or into a closure that it
/// calls. An await there is none.
struct Moved<'a> {
    krate: &'a TokenStream,
    /// What is visited is such a body.
    inside: bool,
    /// It awaits.
    found: bool,
}

impl Moved<'_> {
    fn within(&mut self, visit: impl FnOnce(&mut Self)) {
        let outer = std::mem::replace(&mut self.inside, true);
        visit(self);
        self.inside = outer;
    }
}

impl VisitMut for Moved<'_> {
    fn visit_item_fn_mut(&mut self, function: &mut ItemFn) {
        let waits = function.sig.asyncness.is_some();
        if !waits && !function.attrs.iter().any(markers::is_background) {
            self.within(|inner| inner.visit_block_mut(&mut function.block));
        }
    }

    fn visit_expr_call_mut(&mut self, call: &mut ExprCall) {
        match &mut *call.func {
            Expr::Paren(callee) => match &mut *callee.expr {
                Expr::Closure(closure) if closure.asyncness.is_none() => {
                    self.within(|inner| inner.visit_expr_mut(&mut closure.body));
                }
                callee => self.visit_expr_mut(callee),
            },
            callee => self.visit_expr_mut(callee),
        }
        call.args.iter_mut().for_each(|argument| self.visit_expr_mut(argument));
    }

    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        visit_mut::visit_expr_mut(self, expr);
        if let Expr::Await(call) = expr
            && self.inside
        {
            self.found = true;
            let (krate, future) = (self.krate, &call.base);
            *expr = parse_quote!(#krate::run_in_foreground(#future));
        }
    }

    fn visit_macro_mut(&mut self, mac: &mut Macro) {
        let Some(mut expressions) = macros::expressions(mac).filter(|_| self.inside) else {
            return;
        };
        expressions.iter_mut().for_each(|expr| self.visit_expr_mut(expr));
        mac.tokens = quote!(#expressions);
    }

    fn visit_expr_async_mut(&mut self, _: &mut ExprAsync) {}
    fn visit_expr_closure_mut(&mut self, _: &mut ExprClosure) {}
}

/// The body in an `async` block: `let __tracing_instrument_future = async move { … };`, or
/// `let body = async { … };` above a `block_on`, of tokio's `main` and `test`.
fn is_body(local: &Local, body: &Block) -> bool {
    let is_block = matches!(local.init.as_ref().map(|init| &*init.expr), Some(Expr::Async(_)));
    let Some(name) = patterns::plain_name(&local.pat).filter(|_| is_block) else { return false };
    name.to_string().starts_with("__") || name == "body" && blocks(body)
}

/// Whether the last statement runs a future on the thread.
fn blocks(body: &Block) -> bool {
    let last = body.stmts.last();
    last.is_some_and(|stmt| {
        evaluation::any_part_of_stmt(stmt, &|part| match part {
            Part::Expr(Expr::MethodCall(call)) if call.method == "block_on" => Some(true),
            _ => None,
        })
    })
}

/// `let now = ::cached::…;`, above the function with the body.
fn is_time_of_cached(local: &Local) -> bool {
    let Some(Expr::Call(call)) = local.init.as_ref().map(|init| &*init.expr) else { return false };
    let is_cached = |path: &Path| {
        path.leading_colon.is_some() && path.segments.first().is_some_and(|it| it.ident == "cached")
    };
    patterns::plain_name(&local.pat).is_some_and(|name| name == "now")
        && matches!(&*call.func, Expr::Path(callee) if is_cached(&callee.path))
}

/// `use cached::Cached;`: a function that looks into a cache, ahead of the one with the body.
fn imports_cached(item: &syn::Item) -> bool {
    matches!(item, syn::Item::Use(import)
        if matches!(&import.tree, UseTree::Path(path) if path.ident == "cached"))
}
