//! The functions that were judged by hand, as the file has them: a JSON object a line.

use serde_json::Value;

/// One function, and what was found about overlapping in it.
pub(crate) struct Row {
    /// Its path below the root; the first component is the repository's folder.
    pub(crate) file: String,
    /// Where it begins: at `fn`, or at its first attribute.
    pub(crate) line: usize,
    /// What it is called; the rows without hazards do not say.
    pub(crate) name: Option<String>,
    /// It was drawn at random from all that overlap, not looked for.
    pub(crate) random: bool,
    /// What must not overlap. If there is nothing, all that overlapped was safe, and is a gain.
    pub(crate) hazards: Vec<Hazard>,
}

/// Statements that must not overlap.
pub(crate) struct Hazard {
    pub(crate) grade: Grade,
    /// Why not, in a word or two.
    pub(crate) kind: String,
    /// By their positions in the block that holds both, from 0.
    pub(crate) pairs: Vec<(usize, usize)>,
}

/// How bad it is if they do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Grade {
    /// The program does something else.
    Hard,
    /// It would, but a transaction that both use puts them in a row.
    Transaction,
    /// It can be seen, but hardly matters.
    Soft,
}

impl Grade {
    pub(crate) const ALL: [Grade; 3] = [Grade::Hard, Grade::Transaction, Grade::Soft];

    /// As the file has it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Grade::Hard => "hard",
            Grade::Transaction => "tx",
            Grade::Soft => "soft",
        }
    }
}

/// Reads all rows; the error says which line is wrong, and how.
pub(crate) fn read(text: &str) -> Result<Vec<Row>, String> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(number, line)| {
            let value = serde_json::from_str(line).map_err(|error| error.to_string());
            value
                .and_then(|value| row(&value))
                .map_err(|error| format!("line {} is no judged function: {error}", number + 1))
        })
        .collect()
}

fn row(value: &Value) -> Result<Row, String> {
    let hazards = value["hazards"].as_array().ok_or("`hazards` should be a list")?;
    Ok(Row {
        file: text(value, "file")?,
        line: number(&value["line"]).ok_or("`line` should be a number")?,
        name: value["name"].as_str().map(str::to_owned),
        random: value["random"].as_bool().unwrap_or_default(),
        hazards: hazards.iter().map(hazard).collect::<Result<_, _>>()?,
    })
}

fn hazard(value: &Value) -> Result<Hazard, String> {
    let word = text(value, "grade")?;
    let grade = Grade::ALL.into_iter().find(|grade| grade.word() == word);
    let pairs = value["pairs"].as_array().ok_or("`pairs` should be a list")?;
    Ok(Hazard {
        grade: grade.ok_or_else(|| format!("`grade` is hard, tx or soft, not {word}"))?,
        kind: text(value, "kind")?,
        pairs: pairs.iter().map(pair).collect::<Option<_>>().ok_or("a pair is [0, 1]")?,
    })
}

/// The smaller one first.
fn pair(value: &Value) -> Option<(usize, usize)> {
    let [one, other] = value.as_array()?.as_slice() else { return None };
    let (one, other) = (number(one)?, number(other)?);
    Some((one.min(other), one.max(other)))
}

fn text(value: &Value, name: &str) -> Result<String, String> {
    value[name].as_str().map(str::to_owned).ok_or_else(|| format!("`{name}` should be a text"))
}

fn number(value: &Value) -> Option<usize> {
    value.as_u64()?.try_into().ok()
}
