//! Which uses by value move, as far as the uses below tell.

use std::collections::BTreeMap;

use crate::ir::access::{Access, Mode, Place, VarId};

/// Resolves uses by value, over all uses of a scope in source order: a variable that is used
/// by value and then again is `Copy`, and a receiver that is used again was borrowed.
pub(crate) fn resolve<'a>(uses: impl Iterator<Item = &'a mut Vec<Access>>) {
    let mut uses: Vec<&mut Access> = uses.flatten().collect();
    let mut named: BTreeMap<VarId, Vec<usize>> = BTreeMap::new();
    for (at, access) in uses.iter().enumerate().filter(|(_, access)| access.via.is_none()) {
        named.entry(access.place.root).or_default().push(at);
    }
    let mut copies: Vec<Place> = Vec::new();
    // By method, or as it is called itself.
    let mut borrowing: Vec<(VarId, Option<String>)> = Vec::new();
    for at in 0..uses.len() {
        let access = &uses[at];
        if !access.moves() {
            continue;
        }
        let after = named.get(&access.place.root).into_iter().flatten();
        let again = after
            .filter(|later| **later > at)
            .map(|later| &uses[*later])
            .find(|later| later.place.overlaps(&access.place) && !later.doubted)
            .is_some_and(|later| !later.sets);
        match (access.mode, again) {
            // Code that is not looked into may borrow, or move where it leaves.
            (Mode::Value, true) if !access.opaque || access.captured => {
                copies.push(access.place.clone())
            }
            (Mode::Receiver, true) => {
                if !access.doubted {
                    borrowing.push((access.place.root, access.method.clone()));
                }
                uses[at].mode = Mode::Read;
            }
            _ => {}
        }
    }
    for access in uses {
        let copy = access.mode == Mode::Value && copies.contains(&access.place);
        let by_same = |known: &(VarId, Option<String>)| {
            known.0 == access.place.root && known.1 == access.method
        };
        let borrowed = access.mode == Mode::Receiver && borrowing.iter().any(by_same);
        if copy || borrowed {
            access.mode = Mode::Read;
        }
    }
}
