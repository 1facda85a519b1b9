//! What of a judged function overlaps.

use bridge_planner::{Planned, Scope, ScopeStatement};

/// What has become of a hazard.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// These still overlap: the lines at which both begin.
    Overlaps(Vec<(usize, usize)>),
    /// None does.
    Apart,
    /// No block has so many statements: it is another function, or it has changed.
    NoSuchStatements,
}

/// Whether some pair of statements overlaps, in any block that has so many.
///
/// Which block a pair was found in is not written down; it is the outermost one in which the
/// two overlapped. Taking any makes no hazard look mended because an outer block has as many
/// statements. It may count one that is mended, if the same numbers overlap in another block:
/// the lines tell.
pub(crate) fn hazard(planned: &Planned, pairs: &[(usize, usize)]) -> Outcome {
    let scopes = planned.scopes();
    let has = |scope: &Scope<'_>, position| {
        scope.statements().any(|statement| statement.position() == position)
    };
    if !scopes.iter().any(|scope| pairs.iter().all(|pair| has(scope, pair.1))) {
        return Outcome::NoSuchStatements;
    }
    let overlapping = scopes.into_iter().flat_map(|scope| {
        let of_hazard = |(one, other): &(ScopeStatement<'_>, ScopeStatement<'_>)| {
            pairs.contains(&(one.position(), other.position()))
        };
        overlaps(scope).into_iter().filter(of_hazard)
    });
    let mut lines: Vec<_> = overlapping.map(|(one, other)| (line(one), line(other))).collect();
    lines.dedup();
    if lines.is_empty() { Outcome::Apart } else { Outcome::Overlaps(lines) }
}

/// The pairs of statements that overlap, the upper one first.
fn overlaps(scope: Scope<'_>) -> Vec<(ScopeStatement<'_>, ScopeStatement<'_>)> {
    let statements: Vec<_> = scope.statements().collect();
    let pairs = scope.overlaps().into_iter();
    pairs.map(|(one, other)| (statements[one], statements[other])).collect()
}

fn line(statement: ScopeStatement<'_>) -> usize {
    statement.span().start().line
}
