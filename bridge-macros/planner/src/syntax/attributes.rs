//! The attributes in front of statements and expressions.

use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, Meta, Stmt, Token};

/// One table for attributes that are read and for those that are taken off.
macro_rules! outer_attributes {
    ($(#[$doc:meta])* $name:ident $(, $mutable:tt)?) => {
        $(#[$doc])*
        pub(crate) fn $name(expr: &$($mutable)? Expr) -> Option<&$($mutable)? Vec<Attribute>> {
            Some(match expr {
                Expr::Assign(expr) => return $name(&$($mutable)? expr.left),
                Expr::Binary(expr) => return $name(&$($mutable)? expr.left),
                Expr::Cast(expr) => return $name(&$($mutable)? expr.expr),
                Expr::Array(expr) => &$($mutable)? expr.attrs,
                Expr::Async(expr) => &$($mutable)? expr.attrs,
                Expr::Await(expr) => &$($mutable)? expr.attrs,
                Expr::Block(expr) => &$($mutable)? expr.attrs,
                Expr::Break(expr) => &$($mutable)? expr.attrs,
                Expr::Call(expr) => &$($mutable)? expr.attrs,
                Expr::Closure(expr) => &$($mutable)? expr.attrs,
                Expr::Const(expr) => &$($mutable)? expr.attrs,
                Expr::Field(expr) => &$($mutable)? expr.attrs,
                Expr::ForLoop(expr) => &$($mutable)? expr.attrs,
                Expr::If(expr) => &$($mutable)? expr.attrs,
                Expr::Index(expr) => &$($mutable)? expr.attrs,
                Expr::Lit(expr) => &$($mutable)? expr.attrs,
                Expr::Loop(expr) => &$($mutable)? expr.attrs,
                Expr::Macro(expr) => &$($mutable)? expr.attrs,
                Expr::Match(expr) => &$($mutable)? expr.attrs,
                Expr::MethodCall(expr) => &$($mutable)? expr.attrs,
                Expr::Paren(expr) => &$($mutable)? expr.attrs,
                Expr::Path(expr) => &$($mutable)? expr.attrs,
                Expr::Reference(expr) => &$($mutable)? expr.attrs,
                Expr::Repeat(expr) => &$($mutable)? expr.attrs,
                Expr::Return(expr) => &$($mutable)? expr.attrs,
                Expr::Struct(expr) => &$($mutable)? expr.attrs,
                Expr::Try(expr) => &$($mutable)? expr.attrs,
                Expr::Tuple(expr) => &$($mutable)? expr.attrs,
                Expr::Unary(expr) => &$($mutable)? expr.attrs,
                Expr::Unsafe(expr) => &$($mutable)? expr.attrs,
                Expr::While(expr) => &$($mutable)? expr.attrs,
                _ => return None,
            })
        }
    };
}

outer_attributes! {
    /// The attributes in front of an expression statement, wherever syn keeps them.
    of_expr
}

outer_attributes! {
    of_expr_mut, mut
}

/// The attributes of a statement that is no item.
pub(crate) fn of_stmt(stmt: &Stmt) -> Option<&Vec<Attribute>> {
    match stmt {
        Stmt::Local(local) => Some(&local.attrs),
        Stmt::Macro(call) => Some(&call.attrs),
        Stmt::Expr(expr, _) => of_expr(expr),
        Stmt::Item(_) => None,
    }
}

/// The same, to take some off.
pub(crate) fn of_stmt_mut(stmt: &mut Stmt) -> Option<&mut Vec<Attribute>> {
    match stmt {
        Stmt::Local(local) => Some(&mut local.attrs),
        Stmt::Macro(call) => Some(&mut call.attrs),
        Stmt::Expr(expr, _) => of_expr_mut(expr),
        Stmt::Item(_) => None,
    }
}

/// An attribute that stays with the binding, wherever that goes.
pub(crate) fn is_lint(attr: &Attribute) -> bool {
    is_lint_meta(&attr.meta)
}

fn is_lint_meta(meta: &Meta) -> bool {
    let path: Vec<String> =
        meta.path().segments.iter().map(|segment| segment.ident.to_string()).collect();
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    match (path.as_slice(), meta) {
        (["allow" | "expect" | "warn" | "deny" | "forbid" | "doc"] | ["rustfmt", "skip"], _) => {
            true
        }
        (["cfg_attr"], Meta::List(list)) => {
            let parts = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
            parts.is_ok_and(|parts| parts.iter().skip(1).all(is_lint_meta))
        }
        _ => false,
    }
}
