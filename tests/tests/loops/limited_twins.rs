//! Loops with a limit beside their serial twins, in both forms, over random
//! durations, failures, panics and limits: the same value, error or panic, the same
//! effects and drops of the rest in the same order, and nothing left in flight.

use bridge::{background, run_in_foreground};
use bridge_tests::virtual_time;
use bridge_tests::worlds::World;

/// How many worlds each body is run in, in each of its forms.
const WORLDS: u64 = 400;

/// One body in four forms, and a test that runs them all.
macro_rules! twins {
    ($name:ident, |$world:ident| -> $output:ty $body:block) => {
        mod $name {
            use super::*;

            #[background]
            fn overlapping($world: &World) -> Result<$output, String> $body
            #[background(serial)]
            fn serial($world: &World) -> Result<$output, String> $body
            #[background]
            async fn overlapping_async($world: &World) -> Result<$output, String> $body

            #[test]
            fn does_what_its_twin_does() {
                virtual_time(|clock, _| {
                    let (mut overlapped, mut failed) = (0, 0);
                    for seed in 0..WORLDS {
                        let world = || World::new(seed, clock);
                        let twin = world().outcome(serial);
                        let awaited =
                            world().outcome(|world| run_in_foreground(overlapping_async(world)));
                        for ours in [world().outcome(overlapping), awaited] {
                            assert_eq!(ours.result, twin.result, "seed {seed}");
                            assert_eq!(ours.seen, twin.seen, "seed {seed}");
                            overlapped += usize::from(ours.peak > twin.peak);
                        }
                        failed += usize::from(!matches!(twin.result, Ok(Ok(_))));
                    }
                    // They are about something.
                    let worlds = WORLDS as usize;
                    assert!(overlapped > worlds, "{overlapped}");
                    assert!(failed > worlds / 20 && failed < worlds, "{failed}");
                });
            }
        }
    };
}

twins!(chains, |world| -> Vec<u64> {
    let mut found = Vec::new();
    #[background(limit = world.limit)]
    for item in world.items() {
        let a = world.get("a", item.n).await?;
        let twice = a * 2;
        let b = world.get("b", twice).await?;
        let c = world.get("c", item.n).await?;
        world.say("rest", item.n);
        if b.is_multiple_of(5) {
            continue;
        }
        if c.is_multiple_of(11) {
            break;
        }
        let d = world.get("d", b + c).await?;
        found.push(a + d);
        if d.is_multiple_of(13) {
            return Ok(found);
        }
    }
    world.say("after", 0);
    Ok(found)
});

twins!(moved, |world| -> u64 {
    let mut sum = 0;
    #[background(limit = world.limit)]
    for item in world.items() {
        let first = world.get("first", item.n).await;
        let second = world.get("second", item.n).await;
        world.say("rest", item.n);
        let kept = item;
        sum += match first {
            Ok(first) => first + world.get("third", kept.n).await?,
            Err(error) => {
                world.say("failed", error.len() as u64);
                second?
            }
        };
    }
    Ok(sum)
});

twins!(nested, |world| -> Vec<u64> {
    let mut found = Vec::new();
    #[background(limit = world.limit)]
    'outer: for item in world.items() {
        let rows = world.get("rows", item.n).await?;
        world.say("rest", item.n);
        #[background(limit = 1 + world.limit / 2)]
        for row in 0..rows % 4 {
            let cell = world.get("cell", row + 10 * item.n).await?;
            world.say("cell", cell);
            let more = world.get("more", cell).await?;
            if more.is_multiple_of(7) {
                continue 'outer;
            }
            found.push(more);
        }
        world.say("end", item.n);
    }
    Ok(found)
});

twins!(foregrounds, |world| -> Vec<u64> {
    let mut found = Vec::new();
    #[background(limit = world.limit)]
    for item in world.items() {
        let rows = world.get("rows", item.n).await?;
        if rows.is_multiple_of(3) {
            #[foreground]
            world.alone(item.n);
        }
        #[background(limit = 2)]
        for row in 0..rows % 4 {
            let cell = world.get("cell", row + 10 * item.n).await?;
            let more = world.get("more", cell).await?;
            #[foreground]
            world.alone(more);
            found.push(world.get("last", more).await?);
        }
        world.say("rest", item.n);
    }
    Ok(found)
});

twins!(pushes, |world| -> (Vec<u64>, Vec<u64>) {
    let mut found = Vec::new();
    let mut twice = Vec::new();
    #[background(limit = world.limit)]
    for item in world.items() {
        found.push(world.get("a", item.n).await?);
        twice.push(2 * world.get("b", item.n).await?);
        world.say("rest", item.n);
    }
    Ok((found, twice))
});

twins!(skips, |world| -> Vec<u64> {
    let mut found = Vec::new();
    #[background(limit = world.limit)]
    for item in world.items() {
        let key = world.get("key", item.n).await?;
        let Ok(row) = world.get("row", key).await else {
            world.say("skip", key);
            continue;
        };
        world.say("rest", item.n);
        found.push(row);
    }
    Ok(found)
});

twins!(failures, |world| -> (Vec<u64>, Vec<(u64, String)>) {
    let (mut found, mut failed) = (Vec::new(), Vec::new());
    #[background(limit = world.limit)]
    for item in world.items() {
        let row = match world.get("row", item.n).await {
            Ok(row) => row,
            Err(error) => {
                failed.push((item.n, error));
                continue;
            }
        };
        world.say("rest", item.n);
        found.push(row + world.get("more", row).await?);
    }
    Ok((found, failed))
});

twins!(sums, |world| -> u64 {
    let mut sum = 0;
    #[background(limit = world.limit)]
    for item in world.items() {
        sum += world.get("size", item.n).await?;
        world.say("rest", item.n);
        if sum > 500 {
            break;
        }
    }
    Ok(sum)
});

twins!(statements, |world| -> u64 {
    #[background(limit = world.limit)]
    for item in world.items() {
        world.get("upload", item.n).await?;
        world.say("rest", item.n);
    }
    Ok(0)
});

twins!(marked_statements, |world| -> u64 {
    #[background(limit = world.limit)]
    for item in world.items() {
        let key = world.get("key", item.n).await?;
        #[background]
        world.get("upload", key).await?;
        world.say("rest", item.n);
    }
    Ok(0)
});

twins!(branches, |world| -> Vec<u64> {
    let mut found = Vec::new();
    #[background(limit = world.limit)]
    for item in world.items() {
        if let Err(error) = world.get("row", item.n).await {
            world.say("rest", item.n);
            found.push(world.get(&error, item.n).await?);
        }
    }
    Ok(found)
});

twins!(choices, |world| -> Vec<u64> {
    let mut found = Vec::new();
    #[background(limit = world.limit)]
    for item in world.items() {
        match world.get("cell", item.n).await? % 3 {
            0 => continue,
            1 => found.push(world.get("one", item.n).await?),
            _ => world.say("rest", item.n),
        }
    }
    Ok(found)
});

twins!(skipped_ahead, |world| -> Vec<u64> {
    let mut found = Vec::new();
    #[background(limit = world.limit)]
    for item in world.items() {
        if item.n % 3 == 1 {
            continue;
        }
        let key = world.get("key", item.n).await?;
        if key.is_multiple_of(4) {
            continue;
        }
        found.push(world.get("row", key).await?);
        world.say("rest", item.n);
    }
    Ok(found)
});

twins!(sources, |world| -> Vec<u64> {
    let mut source = world.source();
    let mut found = Vec::new();
    #[background(limit = world.limit)]
    while let Some(item) = source.next().await {
        let key = world.get("key", item.n).await?;
        if key.is_multiple_of(4) {
            continue;
        }
        found.push(world.get("row", key).await?);
        world.say("rest", item.n);
        if key.is_multiple_of(17) {
            break;
        }
    }
    Ok(found)
});

twins!(failing_sources, |world| -> Vec<u64> {
    let mut source = world.source();
    let mut found = Vec::new();
    #[background(limit = world.limit)]
    while let Some(mut item) = source.try_next().await? {
        let Ok(row) = world.get("row", item.n).await else { continue };
        world.say("rest", item.n);
        item.n += row;
        found.push(world.get("more", item.n).await?);
        #[foreground]
        world.alone(row);
    }
    Ok(found)
});

twins!(sources_that_stop_matching, |world| -> u64 {
    let mut source = world.source();
    let mut sum = 0;
    #[background(limit = world.limit)]
    while let Ok(Some(item)) = source.try_next().await {
        sum += world.get("size", item.n).await?;
        world.say("rest", item.n);
    }
    Ok(sum)
});
