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
    let mut borrowing: Vec<(VarId, String)> = Vec::new();
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
                if let Some(method) = access.method.as_ref().filter(|_| !access.doubted) {
                    borrowing.push((access.place.root, method.clone()));
                }
                uses[at].mode = Mode::Read;
            }
            _ => {}
        }
    }
    for access in uses {
        let copy = access.mode == Mode::Value && copies.contains(&access.place);
        let borrowed = access.mode == Mode::Receiver
            && access.method.as_ref().is_some_and(|method| {
                borrowing.iter().any(|(root, known)| *root == access.place.root && known == method)
            });
        if copy || borrowed {
            access.mode = Mode::Read;
        }
    }
}
