//! What blocking code would change only in its own copy is refused; what is harmless is not.

use super::expand;

/// What is said of a function that is refused, or `None`.
fn refusal(signature: &str, body: &str) -> Option<String> {
    let expanded = expand("", &format!("fn f({signature}) -> u32 {{ {body} }}"));
    let message = expanded.split("compile_error!").nth(1)?;
    message.split('"').nth(1).map(str::to_owned)
}

fn refused(cases: &[(&str, &str)]) {
    for (signature, body) in cases {
        let message = refusal(signature, body).unwrap_or_else(|| panic!("compiles: {body}"));
        assert!(message.contains("does not come back"), "{body}: {message}");
        assert!(message.contains("assign it below"), "{body}: {message}");
    }
}

fn compiles(cases: &[(&str, &str)]) {
    for (signature, body) in cases {
        assert_eq!(refusal(signature, body), None, "{body}");
    }
}

#[test]
fn a_change_that_is_used_below_is_refused() {
    refused(&[
        ("", "let mut v = Vec::new(); #[background] let n = fill(&mut v); n + v.len()"),
        ("", "let mut n = 0; #[background] let x = { n += read(); 3 }; n + x"),
        ("", "let mut n = 0; #[background] { n += read(); }; n"),
        ("", "let mut n = 0; #[background] let x = { n = read(); 3 }; n + x"),
        ("", "let n; #[background] let x = { n = read(); 3 }; n + x"),
        ("", "let (mut n, m) = (0, 1); #[background] let x = { (n, _) = read(); 3 }; n + x + m"),
        ("", "let mut v = vec![2, 1]; #[background] v.sort(); v[0]"),
        ("", "let mut v = vec![1]; #[background] let x = { v.push(1); 3 }; show(&v); x"),
        ("", "let mut v = vec![1]; #[background] let x = { v[read()] = 1; 3 }; show(&v); x"),
        ("mut n: u32", "#[background] let x = { n += read(); 3 }; n + x"),
        ("mut n: u32", "#[background] let x = { let f = || { n += 1; }; run(f) }; n + x"),
        ("mut p: Point", "#[background] let x = { p.x += 1; 3 }; p.x + x"),
        ("mut p: Point", "#[background] let x = p.advance(); p.x + x"),
        ("mut p: Point", "#[background] let x = advance(&mut p.x); p.x + x"),
        ("mut self", "#[background] let x = { self.n += 1; 3 }; self.n + x"),
        (
            "mut p: Point",
            "#[background] let x = match p { Point { ref mut x } => set(x) }; p.x + x",
        ),
        (
            "mut o: Option<u32>",
            "#[background] let x = if let Some(ref mut n) = o { set(n) } else { 1 }; x + o",
        ),
        ("mut s: String", "#[background] let x = { write!(s, \"{}\", read()); 3 }; show(&s); x"),
        ("mut n: u32", "#[background] let x = swap!(n, read()); n + x"),
        ("mut next: impl FnMut() -> u32 + Copy", "#[background] let x = next(); x + next()"),
        // By the rest of its own statement, and in text.
        ("mut n: u32", "#[background] let x = set(&mut n)?.min(n); x"),
        ("mut n: u32", "#[background] let x = set(&mut n); println!(\"{n}\"); x"),
    ]);
}

/// What is outside may be used again, after the block or in the next iteration.
#[test]
fn a_change_of_what_is_outside_is_refused() {
    refused(&[
        ("mut n: u32", "if true { #[background] let x = set(&mut n); show(x); } n"),
        ("mut n: u32", "for _ in 0..3 { #[background] let x = set(&mut n); show(x); } 1"),
        ("mut n: u32", "match n { 1 => { #[background] set(&mut n); } _ => {} } n"),
        (
            "mut n: u32",
            "#[background(limit = 2)] for _ in 0..3 { #[background] let x = set(&mut n); show(x); } n",
        ),
        ("v: Vec<u32>", "for mut n in v { #[background] let x = set(&mut n); show(x + n); } 1"),
        // The rest of an iteration is below what runs ahead.
        (
            "",
            "#[background(limit = 2)] for n in 0..3 { let mut own = n; \
             #[background] let x = set(&mut own); show(own); } 1",
        ),
    ]);
}

#[test]
fn it_is_said_at_the_variable_and_by_its_field() {
    let said = refusal("mut self", "#[background] let x = { self.n += 1; 3 }; self.n + x");
    assert!(said.is_some_and(|said| said.contains("`self.n = new;`")));
    let said = refusal("&mut self", "#[background] let x = { self.n += 1; 3 }; x");
    assert!(said.is_some_and(|said| said.contains("`self.field = new;`")));
    let said = refusal("v: &mut Vec<u32>", "#[background] let x = fill(v); x");
    assert!(said.is_some_and(|said| said.contains("`*v = new;`")));
    let said = refusal("v: &str", "#[background] let x = query(format!(\"{v}\")); x");
    assert!(said.is_some_and(|said| said.contains("`v` is borrowed")));
    let said = refusal("", "let mut v = vec![1]; let r = &mut v; #[background] let x = fill(r); x");
    assert!(said.is_some_and(|said| said.contains("`*r = new;`")));
}

#[test]
fn what_is_harmless_compiles() {
    compiles(&[
        // Its own locals, whatever they are called.
        ("", "#[background] let x = { let mut n = 0; n += read(); n }; x"),
        ("n: u32", "#[background] let x = { let mut n = n; n += read(); n }; n + x"),
        ("path: &str", "#[background] let x = { let path = own(); query(&path) }; x"),
        ("v: Vec<u32>", "#[background] let x = v.iter().map(|mut n| { n += 1; n }).sum(); x"),
        ("n: u32", "#[background] let x = { for mut n in 0..3 { n += 1; show(n); } 3 }; x + n"),
        // Taken along, and not used again.
        ("", "let mut v = Vec::new(); #[background] let n = fill(&mut v); n"),
        ("mut v: Vec<u32>", "#[background] let v = { v.sort(); v }; v[0]"),
        ("mut v: Vec<u32>", "#[background] let x = fill(&mut v); let v = x + 1; v"),
        (
            "mut n: u32",
            "if true { let mut own = n; #[background] let x = set(&mut own); show(x); } n",
        ),
        ("v: Vec<u32>", "for mut n in v { #[background] let x = set(&mut n); show(x); } 1"),
        (
            "v: Vec<u32>",
            "#[background(limit = 2)] for mut n in v { #[background] let x = set(&mut n); show(x); } 1",
        ),
        // Only looked at.
        ("mut n: u32", "n += 1; #[background] let x = query(n); n + x"),
        ("mut n: u32", "n += 1; #[background] let x = n.pow(2); n + x"),
        ("mut s: String", "s.push('x'); #[background] let x = s.len(); x"),
        ("mut s: String", "s.push('x'); #[background] let x = query(&s); x"),
        ("mut p: Point", "p.advance(); #[background] let x = query(p.clone()); p.x + x"),
        ("file: File", "#[background] let x = file.read_all(); x"),
        // What is behind a reference that lives for ever is changed itself.
        ("n: &'static mut u32", "#[background] let x = { *n += 1; 3 }; x"),
    ]);
}

/// Serial code has the change.
#[test]
fn the_serial_twin_may_change_it() {
    let body = "fn f() -> u32 { let mut n = 0; #[background] let x = { n += read(); 3 }; n + x }";
    assert!(!expand("serial", body).contains("compile_error"));
}
