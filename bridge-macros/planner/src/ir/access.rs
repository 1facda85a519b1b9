//! What code does to which variables: reads, moves and writes, by place.

use std::collections::BTreeSet;
use std::rc::Rc;

/// Which variable: shadowing makes a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct VarId(pub(crate) usize);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mode {
    /// Through `&`, or a copy.
    Read,
    /// By value: a move, unless the type is `Copy`.
    Value,
    /// As the receiver of a method that is not known to take `&self`: a move,
    /// unless the variable is used again.
    Receiver,
    /// Through `&mut`, or by assignment.
    Write,
}

/// A variable or a path of fields under one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) root: VarId,
    /// What the root is called.
    pub(crate) name: Rc<str>,
    pub(crate) fields: Vec<String>,
}

impl Place {
    pub(crate) fn overlaps(&self, other: &Place) -> bool {
        self.root == other.root
            && self.fields.iter().zip(&other.fields).all(|(mine, theirs)| mine == theirs)
    }
}

/// One use of a place.
#[derive(Clone, Debug)]
pub(crate) struct Access {
    pub(crate) place: Place,
    pub(crate) mode: Mode,
    /// The method, where the access is as its receiver.
    pub(crate) method: Option<String>,
    /// It may move a field out of what is known to be a `Box`.
    pub(crate) out_of_box: bool,
    /// Somewhere in code that is not looked into: it may not be this variable.
    pub(crate) opaque: bool,
    /// In that code another variable, or a field, has the same name.
    pub(crate) doubted: bool,
    /// It is written as a change: an assignment, or `&mut`.
    pub(crate) assigns: bool,
    /// What is not looked into is a closure or an `async` block, which takes it along if that is
    /// evaluated.
    pub(crate) captured: bool,
    /// It is given a value, so that it may have had none.
    pub(crate) sets: bool,
    /// No value borrows from it: it stands in code that only leaves, or is a copy that an operator is
    /// given.
    pub(crate) detached: bool,
    /// The other variable, if it is by way of one that may borrow from the place.
    pub(crate) via: Option<VarId>,
}

impl Access {
    pub(crate) fn writes(&self) -> bool {
        self.mode == Mode::Write
    }

    pub(crate) fn reads(&self) -> bool {
        self.mode == Mode::Read
    }

    pub(crate) fn moves(&self) -> bool {
        matches!(self.mode, Mode::Value | Mode::Receiver)
    }

    /// It changes the place for certain, whatever the types are.
    pub(crate) fn assigns(&self) -> bool {
        self.assigns && self.via.is_none()
    }

    /// It is of this variable, by its own name.
    pub(crate) fn names(&self, var: VarId) -> bool {
        self.place.root == var && self.via.is_none()
    }

    /// It is the receiver of a method that may take it, for all that is known.
    pub(crate) fn may_take(&self) -> bool {
        self.mode == Mode::Receiver
    }

    /// Both take the same place by value.
    pub(crate) fn takes_by_value(&self, other: &Access) -> bool {
        let by_value = |access: &Access| access.mode == Mode::Value;
        by_value(self) && by_value(other) && self.place == other.place
    }

    /// It is known to borrow.
    pub(crate) fn borrow(&mut self) {
        self.mode = Mode::Read;
    }

    /// It moves the variable itself, as a whole.
    pub(crate) fn takes_whole(&self) -> bool {
        self.mode == Mode::Value && self.place.fields.is_empty() && !self.opaque
    }

    /// What may be borrowed by what this is used in, if anything.
    pub(crate) fn lent(&self) -> Option<Access> {
        match self.moves() {
            _ if self.detached => None,
            false => Some(self.clone()),
            true if self.opaque => Some(Access { mode: Mode::Read, ..self.clone() }),
            true => None,
        }
    }

    /// Whether the two may not be in progress at the same time.
    pub(crate) fn conflicts(&self, other: &Access) -> bool {
        self.place.overlaps(&other.place) && !(self.mode == Mode::Read && other.mode == Mode::Read)
    }
}

/// Whether a place is used by its own name after it was used by way of a variable
/// that may hold it through a `&mut`.
pub(crate) fn entangled(uses: &[Access]) -> bool {
    let named = |held: &Access, then: &[Access]| {
        then.iter().any(|named| named.via.is_none() && named.place.overlaps(&held.place))
    };
    let mut held = uses.iter().enumerate().filter(|(_, held)| held.via.is_some() && held.writes());
    held.any(|(at, held)| named(held, &uses[at + 1..]))
}

/// Each use of a place once: by which variable it comes is of no matter where all are
/// used by way of one, and a value has its own by many ways.
pub(crate) fn each_once(uses: impl Iterator<Item = Access>) -> Vec<Access> {
    let mut known = BTreeSet::new();
    uses.filter(|access| {
        let of = (access.place.clone(), access.mode, access.opaque, access.via.is_some());
        known.insert(of)
    })
    .collect()
}

/// Whether any of the variables is used, by whatever way.
pub(crate) fn uses_any(uses: &[Access], vars: &[VarId]) -> bool {
    uses.iter().any(|access| vars.contains(&access.place.root))
}
