//! What is asked in order, as the answer may change: the same call, and what takes from one
//! receiver.

use std::cell::RefCell;
use std::collections::BTreeSet;

use proc_macro2::Ident;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Expr, ExprAwait};

use crate::effects::called::called;
use crate::effects::names::Name;
use crate::effects::words;
use crate::ir::access::{Access, VarId};
use crate::syntax::evaluation::{self, Part};
use crate::syntax::tokens;

/// What two calls have in common if the order matters in which they are asked: the same call,
/// word for word, or the receiver from which both take.
pub(crate) fn asks(call: &ExprAwait, uses: &[Access]) -> Asks {
    let taken_from = called(&call.base).filter(|called| {
        let name = Name::of(&called.name);
        name.is_some_and(|name| {
            name.is_among(&words::TAKES)
                || called.arguments.is_empty() && words::TAKES_BARE.contains(&name.whole)
        })
    });
    let receiver = taken_from.and_then(|called| called.receiver);
    Asks {
        call: Question::of(&call.base, uses),
        taken_from: receiver.map(|receiver| Question::of(receiver, uses)),
    }
}

/// The same of all that a block awaits.
pub(crate) fn of_block(block: &Expr, uses: &[Access]) -> Vec<Asks> {
    let found = RefCell::new(Vec::new());
    evaluation::any_part(block, &|part| {
        if let Part::Expr(Expr::Await(call)) = part {
            found.borrow_mut().push(asks(call, uses));
        }
        None
    });
    found.into_inner()
}

/// What a call asks.
pub(crate) struct Asks {
    call: Question,
    taken_from: Option<Question>,
}

impl Asks {
    /// Whether the answers may not be exchanged.
    pub(crate) fn again(&self, other: &Asks) -> bool {
        self.call == other.call || self.taken_from.is_some() && self.taken_from == other.taken_from
    }
}

/// Code, word for word, and the variables that its names stand for: one that was bound anew is
/// another.
#[derive(PartialEq)]
struct Question {
    text: String,
    of: BTreeSet<VarId>,
}

impl Question {
    fn of(code: &Expr, uses: &[Access]) -> Self {
        let named = |used: &&Access| {
            let is_name = |ident: &Ident| ident.unraw() == *used.place.name;
            used.via.is_none() && tokens::find_name(code.to_token_stream(), &is_name).is_some()
        };
        Question {
            text: code.to_token_stream().to_string(),
            of: uses.iter().filter(named).map(|used| used.place.root).collect(),
        }
    }
}
