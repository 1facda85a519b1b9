//! What the user is warned of: in one awaited expression of type `u32` or above it, and in
//! whole functions.

/// A name, the first lines of the function, and the expression.
pub(crate) const TRIGGERS: &[(&str, &str, &str)] = &[
    ("unused_mut", "let mut n = 1;", "number(n).await"),
    ("unused_variables", "let unused = 1;", "number(1).await"),
    ("unused_assignments", "let mut n = 1; n = 2;", "number(n).await"),
    ("unused_must_use", "", "noted(1).await"),
    ("unused_must_use_above", "fallible(1).await;", "number(1).await"),
    ("unused_future", "number(1);", "number(1).await"),
    ("unused_parens", "", "number((1)).await"),
    ("unused_braces", "", "number({ 1 }).await"),
    ("unused_labels", "'unused: loop { break; }", "number(1).await"),
    ("unused_imports", "use std::fmt::Debug;", "number(1).await"),
    ("unused_comparisons", "", "number(u32::from(plain(1) >= 0)).await"),
    ("unused_doc_comments", "/// Of a statement.\nplain(1);", "number(1).await"),
    ("dead_code", "const UNUSED: u32 = 1;", "number(1).await"),
    ("dead_function", "fn unused() {}", "number(1).await"),
    ("unreachable_call", "if plain(1) > 0 { return Ok(1); plain(2); }", "number(1).await"),
    ("non_snake_case", "let Name = 1;", "number(Name).await"),
    ("non_upper_case", "const name: u32 = 1;", "number(name).await"),
    ("deprecated", "", "old(1).await"),
    ("redundant_semicolons", ";;", "number(1).await"),
    ("dropped_reference", "let n = 1; drop(&n);", "number(n).await"),
    ("path_statements", "let n = 1; n;", "number(n).await"),
    (
        "clippy_needless_borrow",
        "let text = String::new(); let text = &text;",
        "length(&text).await",
    ),
    (
        "clippy_needless_borrow_of_a_receiver",
        "let store = Store::fresh();",
        "(&store).load(1).await",
    ),
    ("clippy_clone_on_copy", "", "number(plain(1).clone()).await"),
    ("clippy_clone_on_copy_of_the_value", "", "number(1).await.clone()"),
    ("clippy_useless_conversion", "", "number(u32::from(1_u32)).await"),
    ("clippy_useless_conversion_of_the_value", "", "u32::from(number(1).await)"),
    ("clippy_unnecessary_cast", "", "number(1_u32 as u32).await"),
    ("clippy_identity_op", "", "number(plain(1) + 0).await"),
    ("clippy_identity_op_of_the_value", "", "number(1).await + 0"),
    ("clippy_redundant_closure", "", "apply(|n| plain(n)).await"),
    ("clippy_bool_comparison", "let flag = plain(1) > 0;", "number(u32::from(flag == true)).await"),
    ("clippy_len_zero", "let text = String::new();", "number(u32::from(text.len() == 0)).await"),
    ("clippy_len_zero_of_the_value", "", "u32::from(listed().await.len() == 0)"),
    ("clippy_map_identity", "", "option(1).await.map(|n| n).unwrap_or(1)"),
    ("clippy_unnecessary_lazy_evaluations", "", "option(1).await.unwrap_or_else(|| 1)"),
    ("clippy_op_ref", "", "number(u32::from(&plain(1) == &1)).await"),
    ("clippy_explicit_auto_deref", "let text = Box::new(String::new());", "length(&**text).await"),
    ("clippy_redundant_slicing", "let text = \"x\";", "length(&text[..]).await"),
    (
        "clippy_single_char_add_str",
        "let mut s = String::new(); s.push_str(\"x\");",
        "length(&s).await",
    ),
    ("clippy_useless_format", "", "taken(format!(\"x\")).await"),
    ("clippy_to_string_in_format_args", "", "taken(format!(\"x{}\", plain(1).to_string())).await"),
    ("clippy_useless_vec", "", "length_of(&vec![1]).await"),
    ("clippy_unit_arg", "", "nothing(unit()).await"),
    ("clippy_manual_range_contains", "let n = 1;", "number(u32::from(n >= 1 && n < 3)).await"),
    (
        "clippy_await_holding_lock",
        "let m = std::sync::Mutex::new(1); let guard = m.lock().unwrap();",
        "number(*guard).await",
    ),
    ("clippy_let_underscore_future", "let _ = number(1);", "number(1).await"),
    ("clippy_redundant_locals", "let n = 1; let n = n;", "number(n).await"),
    ("clippy_needless_late_init", "let n; n = 1;", "number(n).await"),
    ("clippy_assign_op_pattern", "let mut n = 1; n = n + 1;", "number(n).await"),
    ("clippy_nonminimal_bool", "let flag = plain(1) > 0;", "number(u32::from(!!flag)).await"),
    (
        "clippy_blocks_in_conditions",
        "",
        "number(if { let n = plain(1); n > 0 } { 1 } else { 2 }).await",
    ),
    ("clippy_no_effect", "plain(1) + 1;", "number(1).await"),
    ("clippy_double_parens", "", "number(((1))).await"),
    ("clippy_int_plus_one", "let n = 1;", "number(u32::from(n >= 1 + 1)).await"),
];

/// A name, and a function that begins below `#[background]`.
pub(crate) const FUNCTIONS: &[(&str, &str)] = &[
    (
        "dead_function_itself",
        "async fn f() -> u32 { let x = number(1).await; let y = number(2).await; x + y }",
    ),
    (
        "unused_parameter",
        "pub async fn f(unused: u32) -> u32 { let x = number(1).await; let y = number(2).await; x + y }",
    ),
    (
        "unused_mut_parameter",
        "pub async fn f(mut n: u32) -> u32 { let x = number(n).await; let y = number(2).await; x + y }",
    ),
    (
        "unused_call",
        "pub async fn f() -> u32 { let unused = number(1).await; let y = number(2).await; y }",
    ),
    (
        "unused_mut_call",
        "pub async fn f() -> u32 { let mut x = number(1).await; let y = number(2).await; x + y }",
    ),
    ("unused_mut_call_alone", "pub async fn f() -> u32 { let mut x = number(1).await; x }"),
    (
        "unused_in_a_pattern",
        "pub async fn f() -> u32 { let (x, unused) = (number(1).await, number(2).await); x }",
    ),
    (
        "unused_in_a_closure",
        "pub async fn f() -> u32 { let x = number(1).await; let g = |unused: u32| x; let y = number(2).await; g(y) }",
    ),
    (
        "unused_in_an_arm",
        "pub async fn f() -> u32 { match option(1).await { Some(unused) => number(1).await, None => 0 } }",
    ),
    (
        "unused_in_an_if_let",
        "pub async fn f() -> u32 { if let Some(unused) = option(1).await { number(1).await } else { 0 } }",
    ),
    (
        "unused_in_a_loop",
        "pub async fn f() { for unused in 0..3 { let x = number(1).await; let y = number(2).await; plain(x + y); } }",
    ),
    (
        "unused_in_a_limited_loop",
        "pub async fn f() { #[background(limit = 2)] for unused in 0..3 { let x = number(1).await; plain(x); } }",
    ),
    (
        "unused_call_of_a_limited_loop",
        "pub async fn f() { #[background(limit = 2)] for n in 0..3 { let unused = number(n).await; plain(1); } }",
    ),
    (
        "unused_mut_of_a_limited_loop",
        "pub async fn f() { #[background(limit = 2)] for n in 0..3 { let mut x = number(n).await; plain(x); } }",
    ),
    (
        "unused_assignment_of_a_value",
        "pub async fn f() -> u32 { let mut x = number(1).await; x = number(2).await; x }",
    ),
    (
        "unused_value",
        "pub async fn f() -> u32 { let x = number(1).await; let y = number(2).await; x; y }",
    ),
    (
        "unused_operation",
        "pub async fn f() { let x = number(1).await; let y = number(2).await; x + y; }",
    ),
    ("unused_result", "pub async fn f() { fallible(1).await; let y = number(2).await; plain(y); }"),
    (
        "unused_result_of_a_block",
        "pub async fn f() { if number(1).await > 1 { fallible(1).await; } }",
    ),
    ("unused_closure", "pub async fn f() { let x = number(1).await; || x; }"),
    (
        "unreachable_below",
        "pub async fn f() -> u32 { let x = number(1).await; return x; let y = number(2).await; y }",
    ),
    (
        "unreachable_argument",
        "pub async fn f() -> u32 { let x = number(return 1).await; let y = number(2).await; x + y }",
    ),
    (
        "unreachable_arm",
        "pub async fn f() -> u32 { match number(1).await { _ => number(1).await, 1 => 2 } }",
    ),
    (
        "unreachable_below_a_panic",
        "pub async fn f() -> u32 { let x = number(1).await; panic!(\"{x}\"); let y = number(2).await; y }",
    ),
    (
        "unreachable_below_a_loop",
        "pub async fn f() -> u32 { loop { let x = number(1).await; plain(x); } number(2).await }",
    ),
    ("irrefutable_let", "pub async fn f() -> u32 { if let x = number(1).await { x } else { 0 } }"),
    (
        "irrefutable_let_else",
        "pub async fn f() -> u32 { let x = number(1).await else { return 0 }; x }",
    ),
    (
        "clippy_needless_return",
        "pub async fn f() -> u32 { let x = number(1).await; let y = number(2).await; return x + y; }",
    ),
    ("clippy_needless_return_of_an_await", "pub async fn f() -> u32 { return number(1).await; }"),
    (
        "clippy_let_and_return",
        "pub async fn f() -> u32 { let x = plain(1); let y = number(x).await; let z = plain(y); z }",
    ),
    ("clippy_let_and_return_of_a_call", "pub async fn f() -> u32 { let x = number(1).await; x }"),
    (
        "clippy_let_and_return_of_two",
        "pub async fn f() -> u32 { let y = number(1).await; plain(y); let x = number(2).await; x }",
    ),
    ("clippy_let_unit_value", "pub async fn f() { let x = pause().await; x }"),
    (
        "clippy_needless_question_mark",
        "pub async fn f() -> Result<u32, Error> { Ok(fallible(1).await?) }",
    ),
    (
        "clippy_question_mark",
        "pub async fn f() -> Option<u32> { let x = option(1).await; if x.is_none() { return None; } let y = option(2).await; y }",
    ),
    (
        "clippy_redundant_pattern_matching",
        "pub async fn f() -> u32 { if let Some(_) = option(1).await { number(1).await } else { 0 } }",
    ),
    (
        "clippy_single_match",
        "pub async fn f() { match option(1).await { Some(n) => { number(n).await; } _ => {} } }",
    ),
    (
        "clippy_match_single_binding",
        "pub async fn f() -> u32 { match number(1).await { n => n + 1 } }",
    ),
    (
        "clippy_match_like_matches",
        "pub async fn f() -> bool { match option(1).await { Some(_) => true, None => false } }",
    ),
    (
        "clippy_manual_map",
        "pub async fn f() -> Option<u32> { match option(1).await { Some(n) => Some(n + 1), None => None } }",
    ),
    (
        "clippy_needless_range_loop",
        "pub async fn f(list: &[u32]) { for n in 0..list.len() { let x = number(list[n]).await; let y = number(2).await; plain(x + y); } }",
    ),
    (
        "clippy_explicit_counter_loop",
        "pub async fn f(list: &[u32]) { let mut n = 0; for x in list { let x = number(*x).await; plain(x + n); n += 1; } }",
    ),
    ("clippy_never_loop", "pub async fn f() -> u32 { loop { let x = number(1).await; break x; } }"),
    (
        "clippy_collapsible_if",
        "pub async fn f() { if number(1).await > 1 { if number(2).await > 1 { pause().await; } } }",
    ),
    (
        "clippy_if_same_then_else",
        "pub async fn f() -> u32 { if number(1).await > 1 { plain(1) } else { plain(1) } }",
    ),
    (
        "clippy_needless_bool",
        "pub async fn f() -> bool { if number(1).await > 1 { true } else { false } }",
    ),
    (
        "clippy_ptr_arg",
        "pub async fn f(text: &String) -> u32 { let x = length(text).await; let y = number(2).await; x + y }",
    ),
    (
        "clippy_too_many_arguments",
        "pub async fn f(a: u32, b: u32, c: u32, d: u32, e: u32, g: u32, h: u32, i: u32) -> u32 { let x = number(a + b + c + d).await; let y = number(e + g + h + i).await; x + y }",
    ),
    (
        "clippy_needless_lifetimes",
        "pub async fn f<'a>(text: &'a str) -> u32 { let x = length(text).await; let y = number(2).await; x + y }",
    ),
    (
        "clippy_needless_borrow_of_a_value",
        "pub async fn f() -> u32 { let text = named(1).await; let part = text.as_str(); let y = length(&part).await; y + 1 }",
    ),
    (
        "clippy_redundant_clone_of_a_value",
        "pub async fn f() -> u32 { let x = number(1).await; let y = number(x.clone()).await; x + y }",
    ),
    (
        "clippy_toplevel_ref_arg",
        "pub async fn f() -> u32 { let ref x = number(1).await; let y = number(2).await; x + y }",
    ),
    (
        "clippy_redundant_field_names",
        "pub async fn f() -> Pair { let left = number(1).await; let right = number(2).await; Pair { left: left, right: right } }",
    ),
    (
        "clippy_eq_op",
        "pub async fn f() -> bool { let x = number(1).await; let y = number(2).await; x == x && y == y }",
    ),
    ("clippy_erasing_op", "pub async fn f() -> u32 { let x = number(1).await; x * 0 }"),
    (
        "clippy_print_with_newline",
        "pub async fn f() { let x = number(1).await; print!(\"{x}\\n\"); }",
    ),
    (
        "clippy_assertions_on_constants",
        "pub async fn f() { let x = number(1).await; assert!(true); plain(x); }",
    ),
];
