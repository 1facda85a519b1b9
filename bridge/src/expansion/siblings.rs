//! What runs beside a call that is waited for: it advances meanwhile.
//!
//! Siblings are a list of `&mut`s rather than trait objects, so that an `async fn`'s future
//! is as `Send` as without the attribute.

use std::task::Context;

use super::state::{State, Work};

/// What runs beside the call that is waited for.
pub trait Sibling {
    /// Polls what was woken; tells whether anything was polled.
    fn advance(&mut self, cx: &Context<'_>) -> bool;

    /// The same where its type does not matter.
    fn member(&mut self) -> Member<'_>;
}

/// The iterations of a loop that are ahead of the suffix that runs.
pub trait Ahead {
    /// Polls what was woken of those that have begun; no other begins.
    fn settle(&mut self, cx: &Context<'_>) -> bool;

    /// Whether none of them runs any more.
    fn have_ended(&self) -> bool;
}

/// A [sibling](Sibling).
pub enum Member<'a> {
    Call(&'a mut State, &'a mut dyn Work),
    Iterations(&'a mut dyn Ahead),
}

impl Member<'_> {
    fn settle(&mut self, cx: &Context<'_>) -> bool {
        match self {
            Member::Call(state, work) => state.advance(*work, cx),
            Member::Iterations(iterations) => iterations.settle(cx),
        }
    }

    fn has_ended(&self) -> bool {
        match self {
            Member::Call(state, _) => state.has_ended(),
            Member::Iterations(iterations) => iterations.have_ended(),
        }
    }
}

/// All that runs beside the call that is waited for: a list of `&mut` handles,
/// `(&mut a, (&mut b, ()))`, or a list of lists.
pub trait Siblings {
    /// Polls those that were woken; tells whether any was polled.
    fn advance(&mut self, cx: &Context<'_>) -> bool;

    /// Visits each, in the order in which they started. (Compiled only for lists of which it is
    /// asked.)
    fn each(&mut self, visit: Visit<'_>)
    where
        Self: Sized;
}

type Visit<'a> = &'a mut dyn FnMut(Member<'_>);

impl Siblings for () {
    #[inline]
    fn advance(&mut self, _: &Context<'_>) -> bool {
        false
    }

    #[inline]
    fn each(&mut self, _: Visit<'_>) {}
}

impl<One: Sibling> Siblings for &mut One {
    #[inline]
    fn advance(&mut self, cx: &Context<'_>) -> bool {
        One::advance(self, cx)
    }

    #[inline]
    fn each(&mut self, visit: Visit<'_>) {
        visit(self.member());
    }
}

impl<First: Siblings, Rest: Siblings> Siblings for (First, Rest) {
    fn advance(&mut self, cx: &Context<'_>) -> bool {
        // Each is polled, whether or not one before it was.
        self.0.advance(cx) | self.1.advance(cx)
    }

    #[inline]
    fn each(&mut self, visit: Visit<'_>) {
        self.0.each(visit);
        self.1.each(visit);
    }
}

/// A list that is used again.
impl<First: Siblings, Rest: Siblings> Siblings for &mut (First, Rest) {
    fn advance(&mut self, cx: &Context<'_>) -> bool {
        (**self).advance(cx)
    }

    fn each(&mut self, visit: Visit<'_>) {
        (**self).each(visit);
    }
}

/// Polls those that were woken, of which none begins anything.
pub(super) fn settle(siblings: &mut impl Siblings, cx: &Context<'_>) -> bool {
    let mut polled = false;
    siblings.each(&mut |mut one| polled |= one.settle(cx));
    polled
}

/// Whether none of them runs any more.
pub(super) fn have_ended(siblings: &mut impl Siblings) -> bool {
    let mut ended = true;
    siblings.each(&mut |one| ended &= one.has_ended());
    ended
}
