//! That the servers end with the process that has started them.

use std::io::{BufRead, BufReader, Read, stdin};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};

use bridge_tests::bounded;

use crate::common::with_servers;

/// What the others run in a process of its own: it says where the servers are, and fails once it may.
#[test]
#[ignore = "it is run by others"]
#[should_panic(expected = "as it should")]
fn that_fails() {
    with_servers(|setting| {
        let servers = &setting.servers;
        println!("\nat {} {} {}", servers.postgres, servers.redis, servers.pgbouncer);
        stdin().read_line(&mut String::new()).expect("it ends at the latest");
    });
    panic!("as it should");
}

/// Starts servers in another process, and ends it. They have ended soon after.
fn expect_end(end: fn(&mut Child)) {
    let mut child = Command::new(std::env::current_exe().expect("it has a path"))
        .args(["--exact", "servers::that_fails", "--ignored", "--nocapture"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let stdout = BufReader::new(child.stdout.take().expect("it is piped"));
    let mut lines = stdout.lines().map(|line| line.expect("it is text"));
    let told = lines.find(|line| line.starts_with("at ") || line.contains("left out"));
    end(&mut child);
    drop(child.stdin.take());
    // The script of the servers has this pipe as well, and closes it when it has stopped them.
    let mut stderr = String::new();
    let mut pipe = child.stderr.take().expect("it is piped");
    pipe.read_to_string(&mut stderr).expect("it is text");
    child.wait().expect("it has ended");
    let told = told.unwrap_or_else(|| panic!("it does not say where they are\n{stderr}"));
    let Some(places) = told.strip_prefix("at ") else { return println!("{told}") };
    let places: Vec<SocketAddr> = places.split(' ').flat_map(str::parse).collect();
    assert_eq!(places.len(), 3, "{told}");
    for place in places {
        assert!(TcpStream::connect(place).is_err(), "{place} still listens\n{stderr}");
    }
}

#[test]
fn none_is_left_after_a_panic() {
    bounded(|| expect_end(|_| ()));
}

#[test]
fn none_is_left_after_the_process_was_killed() {
    bounded(|| expect_end(|child| child.kill().expect("it runs")));
}
