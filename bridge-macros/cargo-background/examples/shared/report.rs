//! What a program that counts says, and how it ends.
//!
//! The examples that read the code of others share this file.

use std::process::ExitCode;

/// What is behind the counts: the lines of each part that has some, under its title.
pub(crate) fn list<const N: usize>(parts: [(&str, &Vec<String>); N]) -> String {
    let mut text = String::new();
    for (title, lines) in parts.into_iter().filter(|(_, lines)| !lines.is_empty()) {
        text += &format!("\n{title}:\n");
        lines.iter().for_each(|line| text += &format!("  {line}\n"));
    }
    text
}

/// Prints what was counted, or why nothing was.
pub(crate) fn end(counted: Result<String, String>) -> ExitCode {
    match counted {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
