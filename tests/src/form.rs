//! One text, as each form of an annotated function and as the plain one.

/// The forms in which a function is compiled.
///
/// It is written as an `async fn` under `#[background]` on a line of its own. In each form
/// every token that is left stands where it was written, so that what the compiler says
/// can be compared by place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// An ordinary `async fn`.
    Plain,
    /// An ordinary `fn`, with `.get()` in the place of each `.await`.
    Blocking,
    /// `#[background] fn`.
    Background,
    /// `#[background(strict)] fn`.
    Strict,
    /// `#[background(serial)] fn`.
    Serial,
    /// `#[background] async fn`.
    Async,
}

impl Form {
    /// Those with the attribute.
    pub const ANNOTATED: [Form; 4] = [Form::Background, Form::Strict, Form::Serial, Form::Async];

    /// Its name, as that of a crate.
    pub fn name(self) -> &'static str {
        match self {
            Form::Plain => "plain",
            Form::Blocking => "blocking",
            Form::Background => "background",
            Form::Strict => "strict",
            Form::Serial => "serial",
            Form::Async => "asynchronous",
        }
    }

    /// The text in this form.
    pub fn of(self, text: &str) -> String {
        let mut annotated = false;
        let mut out = String::new();
        for line in text.lines() {
            let mut line = line.to_owned();
            if line.trim() == "#[background]" {
                annotated = true;
                out += &line.replace("#[background]", self.attribute());
                out.push('\n');
                continue;
            }
            if annotated && line.contains("async fn") {
                annotated = false;
                if !matches!(self, Form::Plain | Form::Async) {
                    line = line.replacen("async fn", "      fn", 1);
                }
            }
            if matches!(self, Form::Plain | Form::Blocking) {
                remove_markers(&mut line);
            }
            if self == Form::Blocking {
                line = line.replace(".await", ".get()");
            }
            out += &line;
            out.push('\n');
        }
        out
    }

    fn attribute(self) -> &'static str {
        match self {
            // Says nothing to the compiler.
            Form::Plain | Form::Blocking => "#[rustfmt::skip]",
            Form::Background | Form::Async => "#[background]",
            Form::Strict => "#[background(strict)]",
            Form::Serial => "#[background(serial)]",
        }
    }
}

/// Leaves spaces where the markers of statements were.
fn remove_markers(line: &mut String) {
    for marker in ["#[background", "#[foreground"] {
        while let Some(start) = line.find(marker) {
            let end = line[start..].find(']').expect("an attribute ends") + start + 1;
            line.replace_range(start..end, &" ".repeat(end - start));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Form;

    const TEXT: &str = "#[background]\npub async fn f() {\n    #[background] g().await;\n}\n";

    #[test]
    fn tokens_stay_where_they_are() {
        let plain = "#[rustfmt::skip]\npub async fn f() {\n                  g().await;\n}\n";
        assert_eq!(Form::Plain.of(TEXT), plain);
        assert_eq!(Form::Async.of(TEXT), TEXT);
        let blocking = plain.replace("async fn", "      fn").replace(".await", ".get()");
        assert_eq!(Form::Blocking.of(TEXT), blocking);
        let strict = "#[background(strict)]\npub       fn f() {\n    #[background] g().await;\n}\n";
        assert_eq!(Form::Strict.of(TEXT), strict);
    }
}
