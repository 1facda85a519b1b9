//! Functions of so many statements, of the kinds that real code has.

use std::fmt::Write;

#[derive(Clone, Copy, Debug)]
pub(crate) enum Form {
    /// `#[background] fn`.
    Background,
    /// `#[background] async fn`.
    Awaited,
    /// `async fn`.
    Plain,
}

const CLIENT: &str = r#"#![allow(unused_variables)]
pub struct Client;
pub type Result<T> = std::result::Result<T, std::io::Error>;
impl Client {
    pub async fn get(&self, id: usize) -> Result<String> { Ok(id.to_string()) }
    pub async fn more(&self, text: &str) -> Result<String> { Ok(text.to_owned()) }
    pub async fn save(&self, text: &str) -> Result<()> { Ok(()) }
}
pub async fn count(text: &str) -> usize { text.len() }
"#;

/// A program with copies of a function of so many statements.
pub(crate) fn program(form: Form, statements: usize, copies: usize) -> String {
    let mut program = CLIENT.to_owned();
    let head = match form {
        Form::Background => "#[bridge::background]\npub fn",
        Form::Awaited => "#[bridge::background]\npub async fn",
        Form::Plain => "pub async fn",
    };
    for copy in 0..copies {
        let _ = writeln!(program, "{head} function{copy}(client: &Client) -> Result<usize> {{");
        (0..statements).for_each(|at| statement(at, &mut program));
        let _ = writeln!(program, "Ok({copy})\n}}");
    }
    program + "fn main() {}\n"
}

/// Calls side by side and in a chain, plain code, a log line, a branch.
fn statement(at: usize, program: &mut String) {
    let before = at.saturating_sub(1);
    let _ = match at % 8 {
        0 | 1 => writeln!(program, "let v{at} = client.get({at}).await?;"),
        2 => writeln!(program, "let v{at} = client.more(&v{before}).await?;"),
        3 => writeln!(program, "let v{at} = v{before}.len() + 1;"),
        4 => writeln!(
            program,
            "let v{at} = client.get(v{before}).await.map_err(std::io::Error::other)?;"
        ),
        5 => writeln!(program, "println!(\"{{v{before}}}\");"),
        6 => writeln!(program, "if v{} > 100 {{ client.save(&v{}).await?; }}", at - 3, at - 2),
        _ => writeln!(program, "let v{at} = count(&v{}).await;", at - 3),
    };
}
