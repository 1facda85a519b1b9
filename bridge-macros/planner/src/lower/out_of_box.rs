//! Fields that a call takes out of a `Box`, of which its `async` block would take all: they are
//! taken out ahead of the block.

use quote::ToTokens;
use syn::ext::IdentExt;
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, Member};

use super::{Below, blocks};
use crate::effects::environment::Env;
use crate::ir::access::{Access, Mode, Place};
use crate::syntax::evaluation::{self, Part};

/// The fields that an awaited expression takes out of a box; `None` if it may take one in a way
/// that cannot stand ahead of it.
pub(super) fn taken(
    base: &Expr,
    uses: &mut [Access],
    env: &Env,
    below: Below<'_>,
) -> Option<Vec<Expr>> {
    // What is used below is copied, or was borrowed.
    for used in uses.iter_mut().filter(|used| used.out_of_box) {
        let again = blocks::is_used_below(&used.place, below) && !is_assigned(used, below);
        used.out_of_box = !again;
    }
    let mut fields = Vec::new();
    for used in uses.iter().filter(|used| used.out_of_box) {
        let alone = uses.iter().filter(|other| other.place.overlaps(&used.place)).count() == 1;
        // In a loop it would be taken again and again.
        let own = env.get_str(&used.place.name).is_some_and(|var| env.owns(var));
        let field = find(base, used).filter(|_| alone && own && used.mode == Mode::Value)?;
        fields.push(field);
    }
    uses.iter_mut().for_each(|used| used.out_of_box = false);
    Some(fields)
}

/// The field as it is written, if it is written down once, and not in a macro.
fn find(base: &Expr, used: &Access) -> Option<Expr> {
    struct Finder<'a> {
        place: &'a Place,
        found: Vec<Expr>,
    }
    impl VisitMut for Finder<'_> {
        fn visit_expr_mut(&mut self, expr: &mut Expr) {
            match expr {
                Expr::Field(_) if is_at(expr, self.place) => self.found.push(expr.clone()),
                expr => visit_mut::visit_expr_mut(self, expr),
            }
        }
    }
    let mut finder = Finder { place: &used.place, found: Vec::new() };
    finder.visit_expr_mut(&mut base.clone());
    match finder.found.as_slice() {
        [field] => Some(field.clone()),
        _ => None,
    }
}

/// Whether code is a place, field by field.
fn is_at(expr: &Expr, place: &Place) -> bool {
    let mut base = expr;
    for name in place.fields.iter().rev() {
        let Expr::Field(field) = base else { return false };
        let is_named = match &field.member {
            Member::Named(member) => member.unraw() == *name,
            Member::Unnamed(index) => index.index.to_string() == *name,
        };
        if !is_named {
            return false;
        }
        base = &field.base;
    }
    matches!(base, Expr::Path(path)
        if path.path.get_ident().is_some_and(|ident| ident.unraw() == *place.name))
}

/// Whether a statement below gives the variable or a part of it a new value.
fn is_assigned(used: &Access, below: Below<'_>) -> bool {
    let name = used.place.name.to_string();
    let of_variable = |target: &Expr| {
        let code = target.to_token_stream().into_iter().next();
        code.is_some_and(|first| first.to_string() == name)
    };
    below.iter().copied().flatten().any(|stmt| {
        evaluation::any_part_of_stmt(stmt, &|part| match part {
            Part::Expr(Expr::Assign(assign)) => of_variable(&assign.left).then_some(true),
            _ => None,
        })
    })
}
