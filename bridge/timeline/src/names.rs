//! What calls are called, by the text of the lines that they stand in.

use crate::run::{Kind, Place, Run};
use crate::sources::Sources;

/// The names of what ran.
pub(crate) struct Names<'r> {
    run: &'r Run,
    sources: Sources,
}

/// How many lines a statement is looked for above its `.await`.
const LONGEST: usize = 12;

impl<'r> Names<'r> {
    pub(crate) fn of(run: &'r Run) -> Self {
        Names { run, sources: Sources::default() }
    }

    /// What a span is called.
    pub(crate) fn name(&self, span: usize) -> String {
        let span = &self.run.spans[span];
        let function = || span.function.map(last);
        match span.kind {
            Kind::Function | Kind::Task => function().map(str::to_owned),
            Kind::Iteration => self.head(span.place),
            Kind::Source => self.head(span.place).map(|head| format!("items of {head}")),
            Kind::Blocking => self.call(span.place).map(|name| format!("{name} (thread)")),
            Kind::Call | Kind::Foreground => {
                let links = span.links.iter().map(|(place, _)| *place).chain([span.last()]);
                let links: Option<Vec<String>> = links.map(|place| self.call(place)).collect();
                links.map(|links| links.join(" → "))
            }
        }
        .unwrap_or_else(|| at(span.place))
    }

    /// What stands at a place that is told by its `await`, or by its begin.
    pub(crate) fn call(&self, place: Place) -> Option<String> {
        self.bound(place).or_else(|| self.callee(place))
    }

    /// The variable that the statement of a call binds: `user`, of `let user = load(1).await?;`.
    pub(crate) fn bound(&self, place: Place) -> Option<String> {
        let text = self.statement(place)?;
        let pattern = text.trim_start().strip_prefix("let ")?.split(['=', ':']).next()?;
        let pattern = pattern.trim().trim_start_matches("mut ").trim();
        is_name(pattern).then(|| pattern.to_owned())
    }

    /// What is called: `load`, of `load(1).await`.
    pub(crate) fn callee(&self, place: Place) -> Option<String> {
        callee_of(&self.statement(place)?)
    }

    /// The begin of a loop, up to its brace.
    fn head(&self, place: Place) -> Option<String> {
        let lines = self.sources.lines(place.file);
        let line = lines.get(place.line as usize - 1)?;
        let head = line.split(" {").next()?.trim().trim_start_matches("#[background]").trim();
        (!head.is_empty()).then(|| head.to_owned())
    }

    /// The text of the statement that ends at an await: from its first line on.
    fn statement(&self, place: Place) -> Option<String> {
        let lines = self.sources.lines(place.file);
        let last = (place.line as usize).checked_sub(1)?;
        let line = lines.get(last)?;
        let upto: String = line.chars().take(place.column as usize - 1).collect();
        // One that does not end with an await begins there, as what is started by hand.
        let upto = if upto.trim_end().ends_with('.') { upto } else { line.clone() };
        let mut text = vec![upto];
        for line in lines[..last].iter().rev().take(LONGEST) {
            if begins(text.last()?) || ends(line) {
                break;
            }
            text.push(line.clone());
        }
        text.reverse();
        Some(text.join("\n"))
    }

    /// Whether what a call is given comes from what another one of its function gives, as far as the
    /// lines between them tell.
    pub(crate) fn depends(&self, call: Place, on: Place) -> bool {
        let Some(name) = self.bound(on) else { return false };
        let lines = self.sources.lines(call.file);
        let (first, last) = (on.line as usize, call.line as usize - 1);
        if on.file != call.file || first > last {
            return false;
        }
        let mut given = vec![name];
        for line in &lines[first..last] {
            let Some((pattern, value)) = line.split_once('=') else { continue };
            if line.trim_start().starts_with("let ")
                && words(value).any(|word| given.contains(&word))
            {
                given.extend(words(pattern).filter(|word| word != "let" && word != "mut"));
            }
        }
        let text = self.statement(call).unwrap_or_default();
        let value = text.split_once('=').map_or(text.as_str(), |(_, value)| value);
        words(value).any(|word| given.contains(&word))
    }
}

/// `page.rs:12`
pub(crate) fn at(place: Place) -> String {
    let file = place.file.rsplit(['/', '\\']).next().unwrap_or(place.file);
    format!("{file}:{}", place.line)
}

/// `load`, of `shop::Shop::load<u32>`.
fn last(path: &str) -> &str {
    let (mut depth, mut begin, mut end) = (0_u32, 0, path.len());
    for (at, character) in path.char_indices() {
        match character {
            '<' if depth == 0 && at > begin => (depth, end) = (1, at),
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            ':' if depth == 0 => (begin, end) = (at + 1, path.len()),
            _ => {}
        }
    }
    &path[begin..end]
}

fn is_name(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && characters.all(|other| other.is_alphanumeric() || other == '_')
}

fn words(text: &str) -> impl Iterator<Item = String> {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.filter(|word| is_name(word)).map(str::to_owned)
}

/// Whether a line is the first of a statement.
fn begins(line: &str) -> bool {
    line.trim_start().starts_with("let ")
}

/// Whether the statement above ends with this line.
fn ends(line: &str) -> bool {
    let line = line.trim_end();
    line.trim().is_empty() || line.ends_with([';', '{', '}']) || line.trim_start().starts_with("//")
}

/// The name in front of the last call of a text that ends with the dot of an `.await`.
fn callee_of(text: &str) -> Option<String> {
    let mut rest = text.trim_end().trim_end_matches('.').trim_end();
    loop {
        rest = rest.trim_end_matches('?').trim_end();
        if let Some(open) = opening(rest) {
            rest = rest[..open].trim_end();
            // `parse::<u32>`
            if let Some((name, _)) = rest.rsplit_once("::<").filter(|_| rest.ends_with('>')) {
                rest = name;
            }
        }
        // What is sent, and not that it is.
        let name_begins =
            rest.rfind(|c: char| !c.is_alphanumeric() && c != '_').map_or(0, |at| at + 1);
        let name = &rest[name_begins..];
        let before = rest[..name_begins].trim_end();
        if matches!(name, "send" | "into_future" | "boxed") && before.ends_with('.') {
            rest = before.trim_end_matches('.');
            continue;
        }
        return is_name(name).then(|| name.to_owned());
    }
}

/// Where the parentheses are opened that a text ends with.
fn opening(text: &str) -> Option<usize> {
    let (mut depth, mut in_string) = (0_u32, false);
    for (at, character) in text.char_indices().rev() {
        in_string ^= character == '"';
        match character {
            _ if in_string => {}
            ')' | ']' | '}' => depth += 1,
            '(' | '[' | '{' if depth == 1 => return Some(at),
            '(' | '[' | '{' => depth = depth.checked_sub(1)?,
            _ if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::callee_of;

    #[test]
    fn the_last_of_a_path() {
        assert_eq!(super::last("shop::Shop::load<shop::Id>"), "load");
        assert_eq!(super::last("<shop::Shop as shop::Load>::load"), "load");
        assert_eq!(super::last("main"), "main");
    }

    #[test]
    fn what_is_called_is_found() {
        let called = |text| callee_of(text).unwrap_or_default();
        assert_eq!(called("let user = load_user(&shop, (1, 2))."), "load_user");
        assert_eq!(called("client.get(url(\"a\")).send()."), "get");
        assert_eq!(called("shop\n    .prices::<u32>(id)\n    ."), "prices");
        assert_eq!(called("handle."), "handle");
        assert_eq!(called("query(\"select ( from\")."), "query");
    }
}
