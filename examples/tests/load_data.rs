//! What `load_data` prints, and how it fails. Nothing leaves the loopback
//! address.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Command, Output};
use std::thread;

/// Runs the program to its end.
fn load_data(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_load_data"));
    // A proxy would stand between the program and the servers below.
    for proxy in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        command.env_remove(proxy);
    }
    command.args(arguments).output().expect("it starts")
}

/// The exit code, standard output and standard error.
fn outcome(output: &Output) -> (Option<i32>, &str, &str) {
    (
        output.status.code(),
        str::from_utf8(&output.stdout).expect("it prints text"),
        str::from_utf8(&output.stderr).expect("it prints text"),
    )
}

/// Fails in one line on standard error, which is `line`.
#[track_caller]
fn assert_fails(arguments: &[&str], code: i32, line: &str) {
    let output = load_data(arguments);
    assert_eq!(outcome(&output), (Some(code), "", &*format!("load_data: {line}\n")));
}

/// Serves `response` to whoever connects, and returns the URL to ask.
fn serve(response: &'static str) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
    let port = listener.local_addr().expect("it is bound").port();
    thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.expect("it accepts");
            // One read takes the whole request, as it is short.
            let _ = connection.read(&mut [0; 4096]);
            let _ = connection.write_all(response.as_bytes());
        }
    });
    format!("http://127.0.0.1:{port}/data.csv")
}

/// A URL whose server takes connections and says nothing.
fn silence() -> (String, TcpListener) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
    let port = listener.local_addr().expect("it is bound").port();
    (format!("http://127.0.0.1:{port}/data.csv"), listener)
}

/// The last line's three numbers.
fn numbers(stdout: &str) -> Option<(u64, u64, &str)> {
    let line = stdout.strip_suffix('\n')?.lines().last()?;
    let (serial, rest) = line.strip_prefix("serial ")?.split_once(" ms, background ")?;
    let (background, ratio) = rest.split_once(" ms, ratio ")?;
    Some((serial.parse().ok()?, background.parse().ok()?, ratio))
}

#[test]
fn the_tables_are_joined_and_the_times_compared() {
    let output = load_data(&["--delay", "100"]);
    let (code, stdout, stderr) = outcome(&output);
    assert_eq!((code, stderr), (Some(0), ""));

    let row = |airline| {
        let row = stdout.lines().find_map(|line| line.strip_prefix(airline));
        row.map(|row| row.split_whitespace().collect::<Vec<_>>())
    };
    assert_eq!(row("JetBlue Airways"), Some(vec!["163", "1", "10.5", "160", "7.3", "137.6"]));
    assert_eq!(row("Hawaiian Airlines Inc."), Some(vec!["1", "0", "-3.0", "1", "3.0", "377.0"]));

    for call in ["  flights ", "  airlines ", "  planes "] {
        let bars = stdout.lines().filter(|line| line.starts_with(call));
        assert_eq!(bars.filter(|line| line.contains(['#', '-'])).count(), 2, "{call}");
    }

    let (serial, background, ratio) = numbers(stdout).expect("the last line has its form");
    assert!(serial >= 200, "the two delays follow each other");
    assert!(background >= 100, "and overlap, but do not vanish");
    assert_eq!(ratio, format!("{:.2}", background as f64 / serial as f64));
}

#[test]
fn the_run_is_written_as_a_picture_a_page_or_json() {
    let folder = env!("CARGO_TARGET_TMPDIR");
    let written = |name: &str| {
        let file = format!("{folder}/{name}");
        let output = load_data(&["--delay", "50", "--timeline", &file]);
        assert_eq!(output.status.code(), Some(0));
        std::fs::read_to_string(file).expect("it is written")
    };
    assert!(written("run.svg").contains(">flights</text>"));
    assert!(written("run.html").contains("\"name\":\"airlines\""));
    let json: serde_json::Value = serde_json::from_str(&written("run.json")).expect("it is JSON");
    let times = |name: &str| {
        let events = json["traceEvents"].as_array().expect("they are a list");
        let event = events.iter().find(|event| event["name"] == name).expect("it is there");
        let begin = event["ts"].as_f64().expect("a number");
        (begin, begin + event["dur"].as_f64().expect("a number"))
    };
    let (flights, airlines) = (times("flights"), times("airlines"));
    assert!(flights.0 < airlines.1 && airlines.0 < flights.1, "{flights:?} {airlines:?}");
}

#[test]
fn a_timeline_of_another_form() {
    assert_fails(
        &["--timeline", "run.txt"],
        2,
        "`run.txt` is no .svg, .html or .json (try `load_data --help`)",
    );
}

#[test]
fn given_urls_replace_the_data() {
    let flights = serve(
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n\
         dep_delay,carrier,tailnum,gate,year\n4,AA,N102UW,B7,2013\nNA,ZZ,NA,,2013\n",
    );
    let output = load_data(&["--delay", "0", &flights]);
    let (code, stdout, stderr) = outcome(&output);
    assert_eq!((code, stderr), (Some(0), ""));
    let rows: Vec<Vec<_>> = stdout
        .lines()
        .skip(2)
        .take_while(|line| !line.is_empty())
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(
        rows,
        [
            vec!["American", "Airlines", "Inc.", "1", "0", "4.0", "1", "15.0", "182.0"],
            vec!["ZZ", "1", "1", "-", "0", "-", "-"],
        ]
    );
    assert!(numbers(stdout).is_some());
}

#[test]
fn a_refused_connection() {
    let (url, listener) = silence();
    drop(listener);
    let output = load_data(&[&url]);
    let (code, stdout, stderr) = outcome(&output);
    assert_eq!((code, stdout), (Some(1), ""));
    // The rest of the line is the system's.
    assert!(stderr.starts_with(&format!("load_data: {url}: cannot connect: ")), "{stderr}");
    assert_eq!(stderr.lines().count(), 1);
}

#[test]
fn a_server_that_never_answers() {
    let (url, _listener) = silence();
    assert_fails(
        &["--timeout", "200", &url],
        1,
        &format!("{url}: no complete answer within 200 ms"),
    );
}

#[test]
fn a_body_that_is_cut_short() {
    let url = serve("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nyear,carrier\n");
    // The connection is closed before the promised length.
    let output = load_data(&[&url]);
    let (code, stdout, stderr) = outcome(&output);
    assert_eq!((code, stdout), (Some(1), ""));
    assert!(stderr.starts_with(&format!("load_data: {url}: no usable answer: ")), "{stderr}");
    assert_eq!(stderr.lines().count(), 1);
}

#[test]
fn a_missing_file() {
    let url = serve("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    assert_fails(&[&url], 1, &format!("{url}: answered 404 Not Found"));
}

#[test]
fn a_body_that_does_not_parse() {
    let page = serve("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n<html>Hello</html>");
    assert_fails(&[&page], 1, &format!("{page}: not the expected CSV: it has no rows"));

    let other = serve("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\na,b\n1,2\n");
    let output = load_data(&[&other]);
    let (code, stdout, stderr) = outcome(&output);
    assert_eq!((code, stdout), (Some(1), ""));
    assert!(stderr.starts_with(&format!("load_data: {other}: not the expected CSV: ")), "{stderr}");
    assert_eq!(stderr.lines().count(), 1);
}

#[test]
fn the_first_source_to_fail_is_the_first_in_the_text() {
    let slow_to_fail = silence();
    let quick_to_fail = serve("HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n");
    assert_fails(
        &["--timeout", "200", &slow_to_fail.0, &quick_to_fail],
        1,
        &format!("{}: no complete answer within 200 ms", slow_to_fail.0),
    );
}

#[test]
fn wrong_usage() {
    let hint = "(try `load_data --help`)";
    assert_fails(&["--fast"], 2, &format!("invalid option '--fast' {hint}"));
    assert_fails(&["--delay"], 2, &format!("missing argument for option '--delay' {hint}"));
    assert_fails(
        &["--timeout", "soon"],
        2,
        &format!("cannot parse argument \"soon\": invalid digit found in string {hint}"),
    );
    assert_fails(
        &["ftp://127.0.0.1/"],
        2,
        &format!(
            "cannot parse argument \"ftp://127.0.0.1/\": `ftp` is neither http nor https {hint}"
        ),
    );
    assert_fails(
        &["http://127.0.0.1/", "http://127.0.0.1/", "third"],
        2,
        &format!("unexpected argument \"third\" {hint}"),
    );
}

#[test]
fn help() {
    let output = load_data(&["--help"]);
    let (code, stdout, stderr) = outcome(&output);
    assert_eq!((code, stderr), (Some(0), ""));
    assert!(stdout.contains("\nUsage: load_data "));
}
