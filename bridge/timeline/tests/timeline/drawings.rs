//! Text, pictures and JSON of runs of all sizes.

use bridge::background;
use bridge_timeline::{Run, Timeline};
use serde_json::Value;

use crate::{call, recorded, recorded_by};

#[background]
async fn two() -> u64 {
    let first = call(100).await;
    let second = call(50).await;
    first + second
}

#[test]
fn two_calls() {
    let text = recorded(two()).text(60);
    let expected = "\
two       ------------------------------------------  100 ms
  first   ##########################################  100 ms
  second  ---------------------                        50 ms
          0                                   100 ms
100 ms; 100 ms of them `first`; the thread waited 100 ms
";
    assert_eq!(text, expected, "\n{text}");
}

async fn ready(n: u64) -> u64 {
    n
}

#[background]
async fn many(count: u64) -> u64 {
    let mut sum = 0;
    #[background(limit = 16)]
    for n in 0..count {
        let more = ready(n).await;
        sum += more;
    }
    sum
}

fn longest_line(text: &str) -> usize {
    text.lines().map(|line| line.chars().count()).max().unwrap_or_default()
}

/// Those of one loop share a row, and every drawing stays small.
#[test]
fn many_calls_are_readable() {
    for count in [1, 10, 1_000, 100_000] {
        let run = recorded(many(count));
        assert_eq!(run.spans.len() as u64, count + 1);
        let text = run.text(80);
        let drawing: Vec<&str> = text.lines().collect();
        assert!(drawing.len() <= 12, "{text}");
        assert!(longest_line(&drawing[..drawing.len() - 1].join("\n")) <= 80, "{text}");
        if count > 8 {
            assert!(text.contains(&format!("for n in 0..count ×{count}")), "{text}");
        }
        assert!(run.svg(900).len() < 400_000, "{}", run.svg(900).len());
        assert!(run.html().len() < 400_000, "{}", run.html().len());
    }
}

#[test]
fn memory_has_a_limit() {
    let run = recorded_by(|| Timeline::with_limit(100), many(1_000));
    assert_eq!(run.spans.len(), 100);
    assert_eq!(run.left_out.spans, 901);
    assert!(run.joins.len() <= 100);
    let text = run.text(80);
    assert!(text.contains("901 calls were not recorded: the limit was reached"), "{text}");
}

#[test]
fn a_narrow_terminal_cuts_no_name_to_nothing() {
    #[background]
    async fn long() -> u64 {
        let a_name_that_is_very_long_indeed = call(100).await;
        let another_name_of_that_kind = call(50).await;
        a_name_that_is_very_long_indeed + another_name_of_that_kind
    }
    let text = recorded(long()).text(40);
    assert!(text.contains("  a_name…_indeed"), "{text}");
    assert!(text.contains("  anothe…at_kind"), "{text}");
}

fn events(run: &Run) -> Vec<Value> {
    let json: Value = serde_json::from_str(&run.trace_events()).unwrap();
    json["traceEvents"].as_array().unwrap().clone()
}

#[test]
fn json_has_the_times() {
    let events = events(&recorded(two()));
    let of = |name: &str| {
        let event = events.iter().find(|event| event["name"] == name).unwrap();
        let begin = event["ts"].as_f64().unwrap();
        (begin, begin + event["dur"].as_f64().unwrap(), event["tid"].as_u64().unwrap())
    };
    let (first, second) = (of("first"), of("second"));
    assert!(first.0 < second.1 && second.0 < first.1, "they overlap");
    assert_ne!(first.2, second.2, "and so have lanes of their own");
    assert_eq!(first.1 - first.0, 100_000.0);
}

#[test]
fn a_picture_and_a_page_hold_no_markup_of_names() {
    let run = recorded(two());
    let svg = run.svg(900);
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
    assert!(svg.contains(">first</text>") && svg.contains("class=\"c\""), "{svg}");
    let html = run.html();
    assert!(!html.contains("{{"), "all is filled in");
    assert!(html.contains("\"name\":\"second\""));
}

#[test]
fn weights_are_by_what_is_called() {
    #[background]
    async fn page() -> u64 {
        let first = call(100).await;
        let second = ready(50).await;
        first + second
    }
    assert_eq!(recorded(page()).weights(), "call 100.000\nready 0.000\n");
}
