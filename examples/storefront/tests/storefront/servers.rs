//! That the servers end with the process that has started them.

use std::io::Read;
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};

use crate::common::with_servers;

/// What the next test runs in a process of its own.
#[test]
#[ignore = "it fails"]
fn that_fails() {
    with_servers(|setting| {
        let servers = &setting.servers;
        println!("at {} {} {} ", servers.postgres, servers.redis, servers.pgbouncer);
        panic!("it fails");
    });
}

#[test]
fn nothing_is_left_after_a_panic() {
    bridge_tests::bounded(|| {
        let this = std::env::current_exe().expect("it has a path");
        let mut tests = Command::new(this)
            .args(["--exact", "servers::that_fails", "--ignored", "--nocapture"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let (mut stdout, mut stderr) = (String::new(), String::new());
        let pipes = (tests.stdout.take(), tests.stderr.take());
        let (Some(mut out), Some(mut err)) = pipes else { unreachable!("they are piped") };
        out.read_to_string(&mut stdout).expect("it is text");
        // The script has this pipe as well: it is closed when the servers have been stopped.
        err.read_to_string(&mut stderr).expect("it is text");
        let has_passed = tests.wait().expect("it ends").success();
        if let Some(missing) = stdout.lines().find(|line| line.contains("left out")) {
            return println!("{missing}");
        }
        assert!(!has_passed, "{stdout}");
        let places = stdout.split_once("at ").expect("it says where they are").1.split(' ').take(3);
        let places: Vec<SocketAddr> = places.flat_map(str::parse).collect();
        assert_eq!(places.len(), 3, "{stdout}");
        for place in places {
            assert!(TcpStream::connect(place).is_err(), "{place} still listens\n{stderr}");
        }
    });
}
