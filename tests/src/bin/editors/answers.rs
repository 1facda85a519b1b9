//! What the language server answers, as text that can be compared.

use std::io::Result;

use serde_json::{Value, json};

use crate::client::{Client, uri};
use crate::fixture::{Fixture, Form, Place};

pub(crate) struct Editor<'a> {
    client: Client,
    fixture: &'a Fixture,
    version: u32,
}

/// What is asked of a whole file.
pub(crate) const OF_FILE: &[&str] = &["types", "errors"];

/// What is asked at a place. What the server makes of a bracket that stays open is
/// followed by an error of the macro's own, which the plain function does not have.
pub(crate) fn kinds(place: &Place) -> &'static [&'static str] {
    let Some(typed) = &place.typed else {
        return &["hover", "definition", "references", "rename", "highlight"];
    };
    let many = |brackets: &[char]| typed.matches(brackets).count();
    match many(&['(', '{']) == many(&[')', '}']) {
        true => &["completions", "types", "errors"],
        false => &["completions"],
    }
}

impl<'a> Editor<'a> {
    pub(crate) fn open(mut client: Client, fixture: &'a Fixture) -> Result<Self> {
        for form in [Form::Annotated, Form::Plain] {
            let document = json!({
                "uri": uri(&form.path(&fixture.package)),
                "languageId": "rust",
                "version": 0,
                "text": form.text(),
            });
            client.notify("textDocument/didOpen", json!({ "textDocument": document }))?;
        }
        Ok(Editor { client, fixture, version: 0 })
    }

    /// The answer at a place, or for the whole of a file.
    pub(crate) fn ask(&mut self, kind: &str, form: Form, place: Option<&Place>) -> Result<String> {
        let typed = place.and_then(|place| place.typed.as_deref());
        let (before, after) = typed.and_then(|typed| typed.split_once('|')).unwrap_or_default();
        if let Some(place) = place.filter(|_| typed.is_some()) {
            self.change(form, form.typing(place, &format!("{before}{after}")))?;
        }
        let answer =
            self.client.request(method(kind), self.params(kind, form, place, before.len()));
        if typed.is_some() {
            self.change(form, form.text())?;
        }
        Ok(match answer {
            Ok(answer) => self.told(kind, form, &answer),
            // To have nothing to rename is an answer too.
            Err(error) => error.to_string(),
        })
    }

    fn params(&self, kind: &str, form: Form, place: Option<&Place>, typed: usize) -> Value {
        let mut params = json!({ "textDocument": self.document(form) });
        if let Some(place) = place {
            // In a name, or behind what is typed.
            let column = place.column + if place.typed.is_some() { typed } else { 1 };
            params["position"] = position(place.line, column);
        }
        match kind {
            "references" => params["context"] = json!({ "includeDeclaration": true }),
            "rename" => params["newName"] = json!("renamed"),
            "types" => {
                let end = position(form.text().lines().count(), 0);
                params["range"] = json!({ "start": position(0, 0), "end": end });
            }
            _ => {}
        }
        params
    }

    /// What of an answer a person sees.
    fn told(&self, kind: &str, form: Form, answer: &Value) -> String {
        let text = form.text();
        let entries = || {
            let entries = answer["items"].as_array().or(answer.as_array());
            entries.into_iter().flatten()
        };
        // Of two functions one is asynchronous, and the other is not.
        let asynchronous = |entry: &&Value| {
            let line = entry["range"]["start"]["line"].as_u64();
            let line = line.and_then(|line| text.lines().nth(line.try_into().ok()?));
            line.is_some_and(|line| line.contains("async fn"))
        };
        let mut lines: Vec<String> = match kind {
            "hover" => vec![answer["contents"]["value"].as_str().unwrap_or_default().to_owned()],
            "completions" => {
                entries().map(|item| format!("{} {}", label(item), item["detail"])).collect()
            }
            "rename" => {
                let changes = answer["changes"].as_object().into_iter().flatten();
                changes.map(|(file, edits)| format!("{file} {edits}")).collect()
            }
            "types" => {
                entries().map(|hint| format!("{} {}", hint["position"], label(hint))).collect()
            }
            "errors" => {
                entries().map(|error| format!("{} {}", error["range"], label(error))).collect()
            }
            "highlight" => {
                entries().filter(|entry| !asynchronous(entry)).map(Value::to_string).collect()
            }
            _ => entries().map(Value::to_string).collect(),
        };
        // Each form is `here` to itself, and but one of them is asynchronous.
        let file = |form: Form| uri(&form.path(&self.fixture.package));
        let other = if form == Form::Annotated { Form::Plain } else { Form::Annotated };
        for line in &mut lines {
            *line = line.replace(&file(form), "here").replace(&file(other), "there");
            *line = line.replace("async fn", "fn");
        }
        lines.sort();
        lines.dedup();
        lines.join("\n  ")
    }

    fn change(&mut self, form: Form, text: String) -> Result<()> {
        self.version += 1;
        let mut document = self.document(form);
        document["version"] = json!(self.version);
        let params = json!({ "textDocument": document, "contentChanges": [{ "text": text }] });
        self.client.notify("textDocument/didChange", params)
    }

    fn document(&self, form: Form) -> Value {
        json!({ "uri": uri(&form.path(&self.fixture.package)) })
    }
}

fn method(kind: &str) -> &'static str {
    match kind {
        "hover" => "textDocument/hover",
        "definition" => "textDocument/definition",
        "references" => "textDocument/references",
        "rename" => "textDocument/rename",
        "highlight" => "textDocument/documentHighlight",
        "types" => "textDocument/inlayHint",
        "errors" => "textDocument/diagnostic",
        _ => "textDocument/completion",
    }
}

fn position(line: usize, character: usize) -> Value {
    json!({ "line": line, "character": character })
}

/// What a person reads of an entry.
fn label(entry: &Value) -> String {
    match (&entry["label"], &entry["message"]) {
        (Value::String(label), _) => label.clone(),
        (Value::Array(parts), _) => {
            parts.iter().filter_map(|part| part["value"].as_str()).collect()
        }
        (_, message) => message.to_string(),
    }
}
