//! Each function does what its serial twin does: as it is, under faults, and after many orders at random. The
//! servers are those of this test alone, as some cases stop them, and as it counts what they have done.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use bridge_storefront::setting::Setting;
use bridge_storefront::{batching, connections, faults, pages, random};

#[test]
fn outcomes_are_those_of_the_serial_twins() {
    let setting = match Setting::start().expect("the servers start") {
        Ok(setting) => Arc::new(setting),
        Err(missing) => {
            println!("left out: not installed: {missing}");
            return;
        }
    };
    let before = connections::count(&setting).expect("all servers answer");

    for pair in pages::all(&setting, Duration::ZERO).expect("all servers answer") {
        assert!(pair.is_same, "{pair:?}");
    }
    come_in_batches(&batching::all(&setting, Duration::ZERO).expect("all servers answer"));

    let cases = faults::all(&setting, 2).expect("all servers answer");
    assert!(cases.len() > 250, "{}", cases.len());
    for case in &cases {
        assert!(case.is_same(), "{case:?}");
        assert!(case.has_struck, "{case:?}");
    }
    // They are met, or all would be the same for nothing.
    let failed = cases.iter().filter(|case| case.serial.starts_with("error: ")).count();
    assert!(failed > 150, "{failed} of {} have failed", cases.len());

    setting.fill().expect("all servers answer");
    let outcome = random::run(&setting, 300).expect("all servers answer");
    assert!(outcome.broken.is_empty(), "{outcome:?}");
    assert!(outcome.struck > 100 && outcome.given > 30, "{outcome:?}");

    let end = Instant::now() + Duration::from_secs(10);
    while connections::count(&setting).expect("all servers answer") > before {
        assert!(Instant::now() < end, "connections are left");
        thread::sleep(Duration::from_millis(50));
    }
}

/// The statements that the server has counted.
fn come_in_batches(ways: &[batching::Way]) {
    let statements: Vec<_> = ways.iter().map(|way| (way.name, way.statements)).collect();
    let expected = [
        ("serial", 100),
        ("`join_all`, by hand", 100),
        ("a loop with `limit = 100`", 100),
        ("the same, in batches", 1),
        ("in batches, serially", 100),
        ("eight `let`s, in batches", 1),
        ("100 chains of two, in batches", 2),
    ];
    assert_eq!(statements, expected);
    for way in &ways[..5] {
        assert_eq!(way.total, ways[0].total, "{way:?}");
    }
}
