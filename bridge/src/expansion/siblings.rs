//! What runs beside a call that is waited for: it advances meanwhile.
//!
//! Siblings are a list of `&mut`s rather than trait objects, so that an `async fn`'s future
//! is as `Send` as without the attribute.

use std::task::Context;

/// What runs beside the call that is waited for.
pub trait Sibling {
    /// Polls what was woken; tells whether anything was polled.
    fn advance(&mut self, cx: &Context<'_>) -> bool;

    /// Polls what was woken of what has begun; nothing else begins.
    fn settle(&mut self, cx: &Context<'_>) -> bool {
        self.advance(cx)
    }

    /// Drops what still runs and has started after the call.
    fn cancel(&mut self);

    /// Whether nothing of it runs any more.
    fn has_ended(&self) -> bool;
}

/// All that runs beside the call that is waited for: a list of `&mut` handles,
/// `(&mut a, (&mut b, ()))`, or a list of lists.
pub trait Siblings {
    /// Polls those that were woken; tells whether any was polled.
    fn advance(&mut self, cx: &Context<'_>) -> bool;

    /// Polls those that were woken, of which none begins anything.
    fn settle(&mut self, cx: &Context<'_>) -> bool;

    /// Drops those that still run, the last first.
    fn cancel(&mut self);

    /// Whether none of them runs any more.
    fn have_ended(&self) -> bool;
}

impl Siblings for () {
    fn advance(&mut self, _: &Context<'_>) -> bool {
        false
    }

    fn settle(&mut self, _: &Context<'_>) -> bool {
        false
    }

    fn cancel(&mut self) {}

    fn have_ended(&self) -> bool {
        true
    }
}

impl<One: Sibling> Siblings for &mut One {
    fn advance(&mut self, cx: &Context<'_>) -> bool {
        One::advance(self, cx)
    }

    fn settle(&mut self, cx: &Context<'_>) -> bool {
        One::settle(self, cx)
    }

    fn cancel(&mut self) {
        One::cancel(self);
    }

    fn have_ended(&self) -> bool {
        One::has_ended(self)
    }
}

impl<First: Siblings, Rest: Siblings> Siblings for (First, Rest) {
    fn advance(&mut self, cx: &Context<'_>) -> bool {
        // Each is polled, whether or not one before it was.
        self.0.advance(cx) | self.1.advance(cx)
    }

    fn settle(&mut self, cx: &Context<'_>) -> bool {
        self.0.settle(cx) | self.1.settle(cx)
    }

    fn cancel(&mut self) {
        self.1.cancel();
        self.0.cancel();
    }

    fn have_ended(&self) -> bool {
        self.0.have_ended() && self.1.have_ended()
    }
}
