//! Where an awaited expression can stand: each place that the macro rewrites.

/// The positions of the expression with this number: every fifth one, so that the test is
/// quick, and all with `PAIRS=all`.
pub(crate) fn of(number: usize) -> impl Iterator<Item = (&'static str, &'static str)> {
    let (first, step) = if all() { (0, 1) } else { (number % 5, 5) };
    POSITIONS.iter().copied().skip(first).step_by(step)
}

/// Whether each expression is tried in all positions.
pub(crate) fn all() -> bool {
    std::env::var("PAIRS").is_ok_and(|pairs| pairs == "all")
}

/// The name and the statements of a function that returns `Result<u32, Error>`;
/// `HERE` is the expression.
const POSITIONS: &[(&str, &str)] = &[
    ("tail", "Ok(HERE)"),
    ("return", "if plain(1) > 0 { return Ok(HERE); } Ok(1)"),
    ("statement", "HERE; Ok(1)"),
    ("only_let", "let x = HERE; Ok(x)"),
    ("first_let", "let x = HERE; let y = number(2).await; Ok(sum(x, y))"),
    ("second_let", "let y = number(2).await; let x = HERE; Ok(sum(x, y))"),
    ("typed_let", "let x: u32 = HERE; let y: u32 = number(2).await; Ok(x + y)"),
    ("let_else", "let 0 = HERE else { return Ok(1) }; Ok(2)"),
    ("tuple_let", "let (x, y) = (HERE, number(2).await); Ok(sum(x, y))"),
    ("operands", "Ok(sum(number(2).await, HERE))"),
    ("operands_of_a_literal", "Ok(Pair { left: HERE, right: number(2).await }.left)"),
    ("operands_of_a_let", "let x = sum(HERE, number(2).await); Ok(x)"),
    ("argument", "let x = number(HERE).await; let y = number(2).await; Ok(sum(x, y))"),
    ("chain", "let x = fallible(HERE).await?; let y = fallible(2).await?; Ok(sum(x, y))"),
    ("rest", "let x = u32::max(HERE, 1); let y = number(2).await; Ok(sum(x, y))"),
    ("condition", "if HERE > 1 { Ok(1) } else { Ok(2) }"),
    ("scrutinee", "match HERE { 0 => Ok(0), n => Ok(n) }"),
    ("arm", "match plain(1) { 0 => Ok(HERE), n => Ok(n) }"),
    (
        "branch",
        "if plain(1) > 1 { let x = HERE; let y = number(2).await; Ok(x + y) } else { Ok(1) }",
    ),
    ("assignment", "let mut x = 1; if plain(x) > 0 { x = HERE; } Ok(x)"),
    ("macro", "let x = format!(\"{}{}\", HERE, number(2).await); Ok(x.len() as u32)"),
    ("log_line", "println!(\"{}\", HERE); Ok(1)"),
    ("body", "for n in 0..3 { let x = HERE; let y = number(n).await; plain(sum(x, y)); } Ok(1)"),
    ("loop_body", "loop { let x = HERE; if number(x).await > 1 { break Ok(x); } }"),
    ("handed_on", "let x = HERE; let z = number(x).await; let y = number(2).await; Ok(sum(z, y))"),
    ("lent", "let x = HERE; let z = look(&x).await; let y = number(2).await; Ok(sum(z, y))"),
    (
        "looked_at_by_two",
        "let y = number(2).await; let x = HERE; let z = look(&x).await; let w = look(&x).await; Ok(x + y + z + w)",
    ),
    ("user_of_a_value", "let y = number(2).await; let x = sum(HERE, y); Ok(x)"),
    ("marked_foreground", "#[foreground] let x = HERE; let y = number(2).await; Ok(sum(x, y))"),
    ("marked_background", "#[background] HERE; let y = number(2).await; Ok(y)"),
    (
        "limited_call",
        "let mut all = 0; #[background(limit = 4)] for n in 0..3 { let x = HERE; all += sum(x, n); } Ok(all)",
    ),
    (
        "limited_chain",
        "let mut all = 0; #[background(limit = 4)] for n in 0..3 { let x = HERE; let y = fallible(x).await?; all += sum(y, n); } Ok(all)",
    ),
    (
        "limited_change",
        "let mut all = Vec::new(); #[background(limit = 4)] for n in 0..3 { all.push(HERE); all.push(n); } Ok(all.len() as u32)",
    ),
    (
        "limited_let_else",
        "let mut all = 0; #[background(limit = 4)] for n in 0..3 { let 0 = HERE else { continue }; all += n; } Ok(all)",
    ),
    (
        "limited_match",
        "let mut all = 0; #[background(limit = 4)] for n in 0..3 { let x = match HERE { 0 => continue, x => x }; all += sum(n, x); } Ok(all)",
    ),
    (
        "limited_statement",
        "#[background(limit = 4, unordered)] for n in 0..3 { HERE; plain(n); } Ok(1)",
    ),
    (
        "limited_skip",
        "let mut all = 0; #[background(limit = 4)] for n in 0..3 { if n == 1 { continue } let x = HERE; all += sum(n, x); } Ok(all)",
    ),
    (
        "branch_as_a_call",
        "let x = if plain(1) > 1 { HERE } else { 1 }; let y = number(2).await; Ok(sum(x, y))",
    ),
    ("block_as_a_call", "let x = { let z = HERE; z }; let y = number(2).await; Ok(sum(x, y))"),
    (
        "match_of_a_macro",
        "let x = matches!(HERE, 1 | 2); let y = number(2).await; Ok(sum(u32::from(x), y))",
    ),
    (
        "limited_source",
        "let mut all = 0; #[background(limit = 4)] while let 0 = HERE { let x = number(2).await; all += sum(x, 1); } Ok(all)",
    ),
    (
        "limited_source_of_a_call",
        "let mut all = 0; #[background(limit = 4)] while let Some(n) = next(HERE).await? { let x = number(n).await; all += sum(x, n); } Ok(all)",
    ),
    (
        "limited_rest",
        "let mut all = 0; #[background(limit = 4)] for n in 0..3 { let x = number(n).await; plain(x); all += sum(HERE, x); } Ok(all)",
    ),
];
