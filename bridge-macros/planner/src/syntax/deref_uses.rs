//! Rewrites the uses of a variable that has become a reference.
//!
//! ```text
//! // Input:
//! load(&user, user.id, &user.name)
//! // Output:
//! load(user, (*user).id, &(*user).name)
//! ```

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, ExprAsync, ExprClosure, FieldValue, Item, Macro, Stmt};

use crate::syntax::{evaluation, macros, tokens};

/// Rewrites a statement. Tells whether every use could be rewritten.
pub(crate) fn of_stmt(stmt: &mut Stmt, name: &Ident) -> bool {
    match stmt {
        Stmt::Expr(expr, _) => of_expr(expr, name),
        Stmt::Local(local) => local.init.as_mut().is_some_and(|init| of_expr(&mut init.expr, name)),
        Stmt::Macro(call) => shows_alike(&call.mac, name),
        Stmt::Item(_) => false,
    }
}

/// Rewrites an expression: `&x` to `x`, and `x` to `(*x)`. Tells whether every use could be
/// rewritten.
pub(crate) fn of_expr(expr: &mut Expr, name: &Ident) -> bool {
    let mut rewriter = Rewriter { name, complete: true };
    rewriter.visit_expr_mut(expr);
    rewriter.complete
}

/// Whether uses in an expression that is not looked into could be left as they are: there
/// are none.
pub(crate) fn is_unused(code: TokenStream, name: &Ident) -> bool {
    !tokens::mentions(code, name)
}

struct Rewriter<'a> {
    name: &'a Ident,
    complete: bool,
}

impl Rewriter<'_> {
    fn is_name(&self, expr: &Expr) -> bool {
        matches!(expr, Expr::Path(path) if path.path.is_ident(self.name))
    }

    /// Code that may bind the name anew, or hide it.
    fn opaque(&mut self, code: &impl ToTokens) {
        self.complete &= is_unused(code.to_token_stream(), self.name);
    }
}

impl VisitMut for Rewriter<'_> {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        match expr {
            Expr::Reference(borrow)
                if borrow.mutability.is_none() && self.is_name(&borrow.expr) =>
            {
                *expr = (*borrow.expr).clone();
            }
            Expr::Path(_) if self.is_name(expr) => {
                let path = &*expr;
                *expr = Expr::Verbatim(quote!((*#path)));
            }
            Expr::Block(_)
            | Expr::If(_)
            | Expr::Match(_)
            | Expr::Loop(_)
            | Expr::While(_)
            | Expr::ForLoop(_)
            | Expr::Let(_)
            | Expr::Unsafe(_)
            | Expr::Const(_)
            | Expr::Assign(_)
            | Expr::Verbatim(_) => self.opaque(expr),
            _ => visit_mut::visit_expr_mut(self, expr),
        }
    }

    fn visit_field_value_mut(&mut self, field: &mut FieldValue) {
        if self.is_name(&field.expr) {
            field.colon_token.get_or_insert_default();
        }
        visit_mut::visit_field_value_mut(self, field);
    }

    fn visit_macro_mut(&mut self, mac: &mut Macro) {
        self.complete &= shows_alike(mac, self.name);
    }

    fn visit_expr_closure_mut(&mut self, closure: &mut ExprClosure) {
        self.opaque(closure);
    }

    fn visit_expr_async_mut(&mut self, block: &mut ExprAsync) {
        self.opaque(block);
    }

    fn visit_item_mut(&mut self, item: &mut Item) {
        self.opaque(item);
    }
}

/// A macro that formats shows a reference as it shows the value, and a field is the same field
/// behind a reference.
fn shows_alike(mac: &Macro, name: &Ident) -> bool {
    let kind = macros::kind(mac);
    let formats = matches!(kind, Some(macros::Kind::Format | macros::Kind::Log));
    let reads = formats || kind == Some(macros::Kind::Query);
    let known = reads.then(|| macros::expressions(mac)).flatten().is_some_and(|exprs| {
        exprs.iter().all(|expr| match expr {
            Expr::Path(_) if formats => true,
            Expr::Field(_) if evaluation::is_path_of_fields(expr) => true,
            Expr::Lit(literal) => {
                let name = name.unraw();
                let literal = literal.lit.to_token_stream().to_string();
                // A size is no reference.
                !tokens::captures(&literal).any(|capture| capture.is_size && name == capture.name)
            }
            other => is_unused(other.to_token_stream(), name),
        })
    });
    known || is_unused(mac.tokens.clone(), name)
}
