//! Where an error is not the same, and why.

/// Mistakes in all positions whose names begin so.
pub(crate) struct Known {
    pub(crate) positions: &'static str,
    pub(crate) mistakes: &'static [&'static str],
}

pub(crate) const KNOWN: &[Known] = &[
    // What outlives the function is kept by an `async` block, of which the compiler names
    // the variable (`text`), not the borrow (`&text`) or the closure around it.
    Known { positions: "", mistakes: &["borrowed_for_ever", "closure_outlives"] },
    // Where an await stays in its place, what it runs is once more wrong as a whole, at the
    // same place, as long as the compiler infers the types of a closure.
    Known { positions: "", mistakes: &["wrong_closure"] },
    // An `async` block takes along once what is moved and borrowed there, so that the next
    // iteration has both of it wrong.
    Known { positions: "body", mistakes: &["moved_and_borrowed"] },
    // What runs ahead is a closure that is called again and again: what it may not move or
    // change, it may not twice over.
    Known {
        positions: "limited",
        mistakes: &["immutable_receiver", "move_after_move", "moved_and_borrowed", "moved_twice"],
    },
    // What waits beside iterations of an `async fn` is no future, and not to be awaited:
    // the same error twice at the same place.
    Known { positions: "limited_rest", mistakes: &["not_a_future", "not_called"] },
    // So it is with any await that stays in its place in an `async fn`.
    Known { positions: "", mistakes: &["missing_bound", "missing_bound_of_a_method", "not_send"] },
    // A value that calls look at is a reference, so that `&x` became `x`.
    Known { positions: "looked_at_by_two", mistakes: &["missing_question_mark"] },
    Known { positions: "lent", mistakes: &["missing_question_mark"] },
    Known { positions: "function", mistakes: &["wrong_user_of_a_lent_value"] },
    // Said of a synchronous function in other words: at the type that it returns, and that
    // no loop is around.
    Known {
        positions: "function",
        mistakes: &["break_outside_of_a_loop", "nothing_returned", "tail_is_a_unit"],
    },
    // What is no iterator gives no items to the closure that takes them.
    Known { positions: "function", mistakes: &["limited_over_nothing"] },
];

/// Whether a difference is listed, and under which number.
pub(crate) fn listed(mistake: &str, position: &str) -> Option<(usize, &'static str)> {
    KNOWN.iter().enumerate().find_map(|(number, known)| {
        let name = known.mistakes.iter().find(|name| **name == mistake)?;
        position.starts_with(known.positions).then_some((number, *name))
    })
}
