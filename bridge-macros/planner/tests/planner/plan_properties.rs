//! Whatever the body, its plan respects every value, every effect and every `?`.
//!
//! `PLAN_BODIES=100000 cargo test -p bridge-planner plan_properties` tries as many
//! random bodies as one likes.

use std::fmt::Write;

use bridge_planner::{Arguments, Planned, Step};

use super::critical_path::Random;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Call,
    Quiet,
    Loud,
    Effect,
    Log,
}

struct Line {
    kind: Kind,
    /// It may leave the function.
    leaves: bool,
    /// The lines whose values it uses.
    uses: Vec<usize>,
}

struct Body(Vec<Line>);

impl Body {
    fn random(random: &mut Random) -> Self {
        let mut lines: Vec<Line> = Vec::new();
        for at in 0..3 + random.below(9) as usize {
            let kind = match random.below(10) {
                0..5 => Kind::Call,
                5 => Kind::Quiet,
                6 => Kind::Loud,
                7 => Kind::Log,
                _ => Kind::Effect,
            };
            let binds =
                |at: &usize| matches!(lines[*at].kind, Kind::Call | Kind::Quiet | Kind::Loud);
            let mut uses: Vec<usize> = (0..at).filter(binds).collect();
            uses.retain(|_| random.below(3) == 0);
            let may_leave = matches!(kind, Kind::Call | Kind::Effect | Kind::Loud);
            let leaves = may_leave && random.below(3) == 0;
            lines.push(Line { kind, leaves, uses });
        }
        Body(lines)
    }

    fn source(&self) -> String {
        let mut body = String::new();
        for (at, Line { kind, leaves, uses }) in self.0.iter().enumerate() {
            // Some values are taken by their last user.
            let last =
                |value: usize| !self.0[at + 1..].iter().any(|line| line.uses.contains(&value));
            let uses = uses.iter().map(|&value| match value % 2 == 0 && last(value) {
                true => format!("v{value}"),
                false => format!("&v{value}"),
            });
            let uses = uses.collect::<Vec<_>>().join(", ");
            let mark = if *leaves { "?" } else { "" };
            let _ = match kind {
                Kind::Call if at % 5 == 4 => {
                    writeln!(body, "let v{at} = (call{at}({uses}).await{mark}, one{at}().await);")
                }
                Kind::Call => writeln!(body, "let v{at}: String = call{at}({uses}).await{mark};"),
                Kind::Quiet => writeln!(body, "let v{at} = ({uses});"),
                Kind::Loud => writeln!(body, "let v{at}: String = loud{at}({uses}){mark};"),
                Kind::Effect => writeln!(body, "act{at}({uses}).await{mark};"),
                Kind::Log => writeln!(body, "info!(\"{at}\", {uses});"),
            };
        }
        format!("fn body() -> Result<Out> {{ {body} }}")
    }

    /// The plan, if the body awaits anything.
    fn plan(&self) -> Option<Planned> {
        let item = self.source().parse().expect("these are tokens");
        let planned = Planned::of(item, Arguments::default());
        planned.expect("the source is a function")
    }

    /// What is wrong with the plan, if anything is.
    fn check(&self, plan: &Planned) -> Option<String> {
        let steps = plan.body().steps();
        let forwards: Vec<bool> =
            plan.body().statements().map(|statement| statement.forward().is_some()).collect();
        // The operands of a line may be statements of their own, ahead of what is left of it.
        let lines: Vec<usize> =
            plan.body().statements().map(|statement| statement.position()).collect();
        let first = |line: usize| lines.iter().position(|of| *of == line).unwrap_or(usize::MAX);
        let last = |line: usize| lines.iter().rposition(|of| *of == line).unwrap_or(usize::MAX);
        let position = |wanted: &dyn Fn(&Step) -> bool| steps.iter().position(wanted);
        let start = |line: usize| {
            let at = first(line);
            position(&|step| *step == Step::Start(at, 0) || *step == Step::Run(at))
        };
        // A derivation that a call needs runs ahead as one.
        let derives = |line: usize| steps.contains(&Step::Start(first(line), 0));
        let ended = |at: usize| {
            position(&|step| match step {
                Step::Join(done) | Step::JoinOutOfOrder(done, _) | Step::Run(done) => *done == at,
                Step::Declare(_) | Step::Start(..) | Step::Bind(_) => false,
            })
        };
        let finish = |line: usize| ended(last(line));
        // A failure of a call that is joined ahead waits for those above it.
        let gated = |at: usize, above: usize| {
            steps.iter().any(|step| match step {
                Step::JoinOutOfOrder(done, gates) => {
                    *done == first(at) && gates.contains(&last(above))
                }
                _ => false,
            })
        };
        for (at, line) in self.0.iter().enumerate() {
            let (Some(started), Some(finished)) = (start(at), finish(at)) else {
                return Some(format!("line {at} is not in the plan"));
            };
            if started > finished {
                return Some(format!("line {at} is joined before it starts"));
            }
            for &value in &line.uses {
                let passed = forwards[last(value)] && derives(at);
                let ready = if passed { start(value) } else { finish(value) };
                if ready > Some(started) {
                    return Some(format!("line {at} uses {value} before it is there"));
                }
                // It would never end, should the other one fail.
                if passed && finish(value) > Some(finished) {
                    return Some(format!("line {at} is joined before {value}, which it takes"));
                }
            }
            for (above, earlier) in self.0[..at].iter().enumerate() {
                let is_over = finish(above).is_some_and(|end| end < started);
                let waits = match line.kind {
                    Kind::Effect | Kind::Log => true,
                    Kind::Loud => !derives(at),
                    Kind::Call | Kind::Quiet => false,
                };
                let held = earlier.kind == Kind::Effect;
                let call_above = earlier.kind == Kind::Call;
                if (waits && (call_above || line.kind != Kind::Loud) || held) && !is_over {
                    return Some(format!("line {at} does not wait for {above}"));
                }
                // A `?` is on the first operand.
                let left = finish(above) < ended(first(at));
                // Of what only computes nobody can tell whether it has run.
                let seen = earlier.kind != Kind::Quiet;
                if line.leaves && seen && !left && !gated(at, above) {
                    return Some(format!("line {at} may leave before {above} has ended"));
                }
            }
        }
        let mut once = steps.to_vec();
        once.sort_by_key(|step| format!("{step:?}"));
        once.dedup();
        (once.len() != steps.len()).then(|| "a step comes twice".to_owned())
    }
}

#[test]
fn plan_properties() {
    let wanted = std::env::var("PLAN_BODIES").ok().and_then(|many| many.parse().ok());
    let mut random = Random::new(0x0bad_cafe);
    for _ in 0..wanted.unwrap_or(1500) {
        let body = Body::random(&mut random);
        let Some(plan) = body.plan() else { continue };
        if let Some(wrong) = body.check(&plan) {
            panic!("{wrong}\n{}\n{:#?}", body.source(), plan.body().steps());
        }
    }
}
