//! Mistakes that are more than one expression: whole functions.

/// Names, and functions that begin below `#[background]`.
pub(crate) const FUNCTIONS: &[(&str, &str)] = &[
    (
        "tail_of_another_type",
        "pub async fn f() -> u32 { let x = number(1).await; let y = number(2).await; (x + y).to_string() }",
    ),
    (
        "tail_is_a_unit",
        "pub async fn f() -> u32 { let x = number(1).await; let y = number(2).await; plain(x + y); }",
    ),
    ("tail_is_an_await", "pub async fn f() -> String { number(1).await }"),
    ("tail_is_an_await_of_a_unit", "pub async fn f() -> u32 { async {}.await }"),
    (
        "tail_without_ok",
        "pub async fn f() -> Result<u32, Error> { let x = fallible(1).await?; let y = fallible(2).await?; x + y }",
    ),
    ("tail_without_an_error", "pub async fn f() -> u32 { fallible(1).await }"),
    ("nothing_returned", "pub async fn f() -> u32 { number(1).await; }"),
    (
        "return_of_another_type",
        "pub async fn f() -> u32 { if number(1).await > 1 { return \"x\"; } let x = number(2).await; x }",
    ),
    (
        "return_without_a_value",
        "pub async fn f() -> u32 { if number(1).await > 1 { return; } number(2).await }",
    ),
    (
        "let_of_another_type",
        "pub async fn f() { let x: String = number(1).await; let y = number(2).await; println!(\"{x}{y}\"); }",
    ),
    (
        "let_of_another_pattern",
        "pub async fn f() { let (x, z) = number(1).await; let y = number(2).await; plain(y); }",
    ),
    (
        "let_may_fail",
        "pub async fn f() { let Ok(x) = fallible(1).await; let y = number(2).await; plain(x + y); }",
    ),
    (
        "let_of_unknown_type",
        "pub async fn f() { let x = made().await; let y = number(2).await; plain(y); }",
    ),
    (
        "turbofish_missing",
        "pub async fn f() { let x = \"5\".parse().unwrap(); let y = number(2).await; plain(y); }",
    ),
    (
        "unknown_type",
        "pub async fn f() { let x: Missing = number(1).await; let y = number(2).await; plain(y); }",
    ),
    (
        "unknown_type_returned",
        "pub async fn f() -> Missing { let x = number(1).await; let y = number(2).await; plain(x + y) }",
    ),
    (
        "unknown_lifetime",
        "pub async fn f(text: &'a str) -> u32 { let x = length(text).await; let y = number(2).await; x + y }",
    ),
    (
        "missing_lifetime",
        "pub async fn f(a: &str, b: &str) -> &str { let x = length(a).await; let y = length(b).await; if x > y { a } else { b } }",
    ),
    (
        "wrong_lifetime",
        "pub async fn f<'a, 'b>(a: &'a str, b: &'b str) -> &'a str { let x = length(a).await; let y = length(b).await; if x > y { a } else { b } }",
    ),
    (
        "lifetime_of_a_local",
        "pub async fn f() -> &'static str { let text = String::new(); let x = length(&text).await; let y = number(x).await; plain(y); &text }",
    ),
    (
        "borrowed_from_a_block",
        "pub async fn f() { let kept; { let text = String::new(); kept = &text; let x = length(&text).await; plain(x); } let y = length(kept).await; plain(y); }",
    ),
    (
        "value_borrows_from_a_block",
        "pub async fn f() { let kept; { let text = String::new(); kept = seen(&text).await; } let y = length(kept).await; plain(y); }",
    ),
    (
        "temporary_is_dropped",
        "pub async fn f() { let part = seen(&String::new()).await; let y = length(part).await; plain(y); }",
    ),
    (
        "assigned_twice",
        "pub async fn f() { let x = number(1).await; let y = number(2).await; x = y; plain(x); }",
    ),
    (
        "added_to_an_immutable",
        "pub async fn f() { let x = number(1).await; x += number(2).await; plain(x); }",
    ),
    (
        "value_changed_without_mut",
        "pub async fn f() { let list = listed().await; let y = number(2).await; list.push(y); }",
    ),
    (
        "used_after_a_call_took_it",
        "pub async fn f() { let text = String::new(); let x = taken(text).await; let y = number(2).await; plain(x + y); println!(\"{text}\"); }",
    ),
    (
        "taken_by_two_calls",
        "pub async fn f() { let text = String::new(); let x = taken(text).await; let y = taken(text).await; plain(x + y); }",
    ),
    (
        "taken_in_a_loop",
        "pub async fn f() { let text = String::new(); for n in 0..3 { let x = taken(text).await; plain(x + n); } }",
    ),
    (
        "parameter_taken_twice",
        "pub async fn f(text: String) -> u32 { let x = taken(text).await; let y = taken(text).await; x + y }",
    ),
    (
        "changed_while_a_value_borrows",
        "pub async fn f() { let mut text = String::new(); let part = seen(&text).await; text.push('x'); let y = length(part).await; plain(y); }",
    ),
    (
        "moved_while_a_value_borrows",
        "pub async fn f() { let text = String::new(); let part = seen(&text).await; drop(text); let y = length(part).await; plain(y); }",
    ),
    ("arm_missing", "pub async fn f() -> u32 { match fallible(1).await { Ok(n) => n } }"),
    (
        "arm_missing_of_a_value",
        "pub async fn f() -> u32 { let x = fallible(1).await; let y = number(2).await; match x { Ok(n) if n > y => n, Err(_) => y } }",
    ),
    (
        "arm_of_another_type",
        "pub async fn f() -> u32 { match number(1).await { 0 => number(2).await, _ => \"x\" } }",
    ),
    (
        "arm_of_another_pattern",
        "pub async fn f() -> u32 { match number(1).await { Some(n) => n, _ => 0 } }",
    ),
    (
        "else_missing",
        "pub async fn f() -> u32 { let x = if number(1).await > 1 { number(2).await }; x }",
    ),
    (
        "else_of_another_type",
        "pub async fn f() -> u32 { if number(1).await > 1 { number(2).await } else { \"x\" } }",
    ),
    (
        "condition_of_another_type",
        "pub async fn f() -> u32 { if number(1).await { number(2).await } else { 1 } }",
    ),
    (
        "question_mark_in_a_plain_function",
        "pub async fn f() -> u32 { let x = fallible(1).await?; let y = number(2).await; x + y }",
    ),
    (
        "question_mark_in_a_unit_function",
        "pub async fn f() { let x = fallible(1).await?; plain(x); }",
    ),
    (
        "question_mark_on_another_error",
        "pub async fn f() -> Result<u32, Error> { let x = other_error(1).await?; let y = other_error(2).await?; Ok(x + y) }",
    ),
    (
        "question_mark_of_an_option",
        "pub async fn f() -> Option<u32> { let x = fallible(1).await?; let y = option(2).await?; Some(x + y) }",
    ),
    (
        "mapped_to_another_error",
        "pub async fn f() -> Result<u32, Error> { let x = fallible(1).await.map_err(|_| Other)?; let y = fallible(2).await?; Ok(x + y) }",
    ),
    (
        "wrong_method_of_a_chain",
        "pub async fn f() -> Result<u32, Error> { let x = fallible(1).await?.missing().await?; let y = fallible(2).await?; Ok(x + y) }",
    ),
    (
        "wrong_step_of_a_chain",
        "pub async fn f() -> Result<u32, Error> { let x = fallible(fallible(\"1\").await?).await?; let y = fallible(2).await?; Ok(x + y) }",
    ),
    (
        "wrong_user_of_a_value",
        "pub async fn f() -> u32 { let x = number(1).await; let y = length(x).await; let z = number(2).await; y + z }",
    ),
    (
        "wrong_user_of_a_lent_value",
        "pub async fn f() -> u32 { let w = number(3).await; let x = number(1).await; let y = length(&x).await; let z = look(&x).await; w + x + y + z }",
    ),
    (
        "wrong_operator_of_values",
        "pub async fn f() -> bool { let x = number(1).await; let y = stored(store()).await; x && y }",
    ),
    (
        "wrong_field_of_a_value",
        "pub async fn f() -> u32 { let s = stores().await; let y = number(2).await; s.missing + y }",
    ),
    (
        "private_field_of_a_value",
        "pub async fn f() -> u32 { let s = stores().await; let y = number(2).await; s.conceals + y }",
    ),
    (
        "unknown_name_below",
        "pub async fn f() -> u32 { let x = number(1).await; let y = number(2).await; x + missing }",
    ),
    (
        "unknown_name_in_a_format",
        "pub async fn f() { let x = number(1).await; println!(\"{missing} {x}\"); }",
    ),
    (
        "missing_argument_of_a_format",
        "pub async fn f() { let x = number(1).await; println!(\"{} {}\", x); }",
    ),
    (
        "bound_of_a_parameter",
        "pub async fn f<T>(value: T) -> u32 { let x = show(value).await; let y = number(2).await; x + y }",
    ),
    (
        "generic_returned",
        "pub async fn f<T>(value: T) -> T { let x = number(1).await; let y = number(2).await; x + y }",
    ),
    (
        "immutable_parameter",
        "pub async fn f(list: Vec<u32>) -> u32 { let x = push(&mut list).await; let y = number(2).await; x + y }",
    ),
    (
        "immutable_reference_parameter",
        "pub async fn f(list: &Vec<u32>) -> u32 { let x = push(list).await; let y = number(2).await; x + y }",
    ),
    (
        "moved_out_of_a_parameter",
        "pub async fn f(store: &Store) -> u32 { let x = taken(store.text).await; let y = number(2).await; x + y }",
    ),
    (
        "closure_keeps_a_parameter",
        "pub async fn f(text: &str) -> u32 { let x = owned(|| text.len()).await; let y = number(2).await; x + y }",
    ),
    (
        "parameter_for_ever",
        "pub async fn f(text: &str) -> u32 { let x = for_ever(text).await; let y = number(2).await; x + y }",
    ),
    (
        "break_outside_of_a_loop",
        "pub async fn f() { let x = number(1).await; if x > 1 { break; } }",
    ),
    (
        "unknown_label",
        "pub async fn f() { loop { let x = number(1).await; if x > 1 { break 'outer; } } }",
    ),
    (
        "break_with_a_value",
        "pub async fn f() -> u32 { for n in 0..3 { let x = number(n).await; break x; } 1 }",
    ),
    (
        "not_iterable",
        "pub async fn f() { for n in number(3).await { let x = number(n).await; plain(x); } }",
    ),
    (
        "moved_item",
        "pub async fn f(list: Vec<String>) { for text in list { let x = taken(text).await; println!(\"{x} {text}\"); } }",
    ),
    (
        "list_moved_by_the_loop",
        "pub async fn f(list: Vec<u32>) -> usize { for n in list { let x = number(n).await; plain(x); } list.len() }",
    ),
    (
        "limited_over_nothing",
        "pub async fn f() { #[background(limit = 4)] for n in 5 { let x = number(n).await; plain(x); } }",
    ),
    (
        "limited_item_of_another_type",
        "pub async fn f() { #[background(limit = 4)] for n in [\"x\"] { let x = number(n).await; plain(x); } }",
    ),
    (
        "limited_rest_of_another_type",
        "pub async fn f() { #[background(limit = 4)] for n in 0..3 { let x = number(n).await; length(x).await; } }",
    ),
    (
        "limited_unknown_name",
        "pub async fn f() { #[background(limit = 4)] for n in 0..3 { let x = number(n).await; plain(x + missing); } }",
    ),
];
