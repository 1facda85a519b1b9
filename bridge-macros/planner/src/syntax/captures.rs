//! What a closure takes from around it, as far as its syntax tells.

use std::collections::BTreeSet;

use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Arm, Block, Expr, ExprCall, ExprClosure, ExprForLoop, ExprIf, ExprLet, ExprPath, ExprWhile,
    Item, Local, Macro, Pat,
};

use crate::syntax::{macros, patterns, tokens};

/// The variables from around a closure that its body uses. A name in upper case is a constant, and
/// what is called is a function.
pub(crate) fn of_closure(closure: &ExprClosure) -> Vec<Ident> {
    let mut finder = Finder::default();
    finder.visit_expr_closure_mut(&mut closure.clone());
    finder.found
}

#[derive(Default)]
struct Finder {
    /// The names that are bound where it is.
    bound: Vec<String>,
    known: BTreeSet<String>,
    found: Vec<Ident>,
}

impl Finder {
    fn uses(&mut self, name: &Ident) {
        let text = name.unraw().to_string();
        let is_variable = text.starts_with(|first: char| first.is_lowercase() || first == '_');
        if is_variable && !self.bound.contains(&text) && self.known.insert(text) {
            self.found.push(name.clone());
        }
    }

    fn bind(&mut self, pat: &Pat) {
        let names = patterns::bound_names(pat).into_iter();
        self.bound.extend(names.map(|name| name.ident.unraw().to_string()));
    }

    /// Visits what binds its names for itself.
    fn inside(&mut self, visit: impl FnOnce(&mut Self)) {
        let outer = self.bound.len();
        visit(self);
        self.bound.truncate(outer);
    }
}

impl VisitMut for Finder {
    fn visit_expr_path_mut(&mut self, path: &mut ExprPath) {
        if let Some(name) = path.path.get_ident() {
            self.uses(name);
        }
    }

    fn visit_expr_call_mut(&mut self, call: &mut ExprCall) {
        if !matches!(*call.func, Expr::Path(_)) {
            self.visit_expr_mut(&mut call.func);
        }
        call.args.iter_mut().for_each(|arg| self.visit_expr_mut(arg));
    }

    fn visit_local_mut(&mut self, local: &mut Local) {
        if let Some(init) = &mut local.init {
            self.visit_expr_mut(&mut init.expr);
            if let Some((_, other)) = &mut init.diverge {
                self.visit_expr_mut(other);
            }
        }
        self.bind(&local.pat);
    }

    fn visit_block_mut(&mut self, block: &mut Block) {
        self.inside(|inner| visit_mut::visit_block_mut(inner, block));
    }

    fn visit_expr_closure_mut(&mut self, closure: &mut ExprClosure) {
        self.inside(|inner| {
            closure.inputs.iter().for_each(|input| inner.bind(input));
            inner.visit_expr_mut(&mut closure.body);
        });
    }

    fn visit_expr_let_mut(&mut self, condition: &mut ExprLet) {
        self.visit_expr_mut(&mut condition.expr);
        self.bind(&condition.pat);
    }

    fn visit_expr_if_mut(&mut self, branch: &mut ExprIf) {
        self.inside(|inner| {
            inner.visit_expr_mut(&mut branch.cond);
            inner.visit_block_mut(&mut branch.then_branch);
        });
        if let Some((_, other)) = &mut branch.else_branch {
            self.visit_expr_mut(other);
        }
    }

    fn visit_expr_while_mut(&mut self, repeat: &mut ExprWhile) {
        self.inside(|inner| {
            inner.visit_expr_mut(&mut repeat.cond);
            inner.visit_block_mut(&mut repeat.body);
        });
    }

    fn visit_expr_for_loop_mut(&mut self, repeat: &mut ExprForLoop) {
        self.visit_expr_mut(&mut repeat.expr);
        self.inside(|inner| {
            inner.bind(&repeat.pat);
            inner.visit_block_mut(&mut repeat.body);
        });
    }

    fn visit_arm_mut(&mut self, arm: &mut Arm) {
        self.inside(|inner| {
            inner.bind(&arm.pat);
            visit_mut::visit_arm_mut(inner, arm);
        });
    }

    fn visit_macro_mut(&mut self, mac: &mut Macro) {
        match macros::expressions(mac) {
            Some(mut all) => all.iter_mut().for_each(|expr| self.visit_expr_mut(expr)),
            None => tokens::each_name(mac.tokens.clone(), &mut |name| self.uses(name)),
        }
    }

    fn visit_item_mut(&mut self, _: &mut Item) {}
}
