//! Peers that are measured in one run, turn by turn, so that what the machine does
//! meanwhile meets all of them.

use std::hint::black_box;
use std::time::{Duration, Instant};

use statrs::statistics::{Data, OrderStatistics};

/// What is measured beside others.
pub(crate) struct Peer<'a> {
    name: String,
    /// Runs it so many times, and gives the time of all.
    run: Box<dyn FnMut(u32) -> Duration + 'a>,
    /// So many runs are one sample.
    batch: u32,
    /// What one run took, in seconds, by round.
    samples: Vec<f64>,
}

/// The peers of one table; the first is ours.
pub(crate) struct Peers<'a>(Vec<Peer<'a>>);

impl<'a> Peers<'a> {
    pub(crate) fn new() -> Self {
        Peers(Vec::new())
    }

    pub(crate) fn add<R>(&mut self, name: impl Into<String>, mut run: impl FnMut() -> R + 'a) {
        self.add_timed(name, move |times| {
            let begun = Instant::now();
            for _ in 0..times {
                black_box(run());
            }
            begun.elapsed()
        });
    }

    /// Adds one that times itself: so many runs, and what all of them took.
    pub(crate) fn add_timed(
        &mut self,
        name: impl Into<String>,
        run: impl FnMut(u32) -> Duration + 'a,
    ) {
        let (name, run) = (name.into(), Box::new(run));
        self.0.push(Peer { name, run, batch: 1, samples: Vec::new() });
    }

    /// Makes a sample of so many runs that it lasts about as long as this.
    pub(crate) fn batched(mut self, sample: Duration) -> Self {
        for peer in &mut self.0 {
            while (peer.run)(peer.batch) < sample && peer.batch < 1 << 20 {
                peer.batch *= 2;
            }
        }
        self
    }

    /// Samples each once a round: forwards, then backwards, so that none always comes
    /// after the same other one. A first round is thrown away.
    pub(crate) fn interleave(mut self, rounds: usize) -> Measured {
        for round in 0..=rounds {
            let mut turns: Vec<&mut Peer<'a>> = self.0.iter_mut().collect();
            if round % 2 == 1 {
                turns.reverse();
            }
            for peer in turns {
                let sample = (peer.run)(peer.batch).as_secs_f64() / f64::from(peer.batch);
                if round > 0 {
                    peer.samples.push(sample);
                }
            }
        }
        let sampled = self.0.into_iter().map(|peer| (peer.name, peer.samples));
        Measured(sampled.collect())
    }
}

/// What the peers of one table took; the first is ours.
pub(crate) struct Measured(Vec<(String, Vec<f64>)>);

impl Measured {
    /// The median of ours, in nanoseconds.
    pub(crate) fn ours(&self) -> f64 {
        median(self.0[0].1.clone()) * 1e9
    }

    /// The median over the rounds of the ratio of ours to the one whose name begins so.
    ///
    /// # Panics
    ///
    /// If there is no such peer.
    pub(crate) fn ratio_to(&self, name: &str) -> f64 {
        let peer = self.0.iter().find(|(known, _)| known.starts_with(name));
        let (_, theirs) = peer.expect("the peer was measured");
        let ours = &self.0[0].1;
        median(ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs).collect())
    }

    /// Prints a line for each.
    pub(crate) fn print(&self, title: &str) {
        line(&format!("\n{title}"), "median", "quartiles", "ours to it");
        for (at, (name, samples)) in self.0.iter().enumerate() {
            let [lower, median, upper] = quartiles(samples.clone()).map(time);
            let spread = format!("{lower} to {upper}");
            let ratio = match at {
                0 => String::new(),
                _ => format!("{:.3}", self.ratio_to(name)),
            };
            line(&format!("  {name}"), &median, &spread, &ratio);
        }
    }
}

/// Prints a line of a table.
pub(crate) fn line(name: &str, middle: &str, spread: &str, ratio: &str) {
    println!("{name:<48} {middle:>9}   {spread:<19}  {ratio:>10}");
}

fn median(samples: Vec<f64>) -> f64 {
    Data::new(samples).median()
}

fn quartiles(samples: Vec<f64>) -> [f64; 3] {
    let mut data = Data::new(samples);
    [data.lower_quartile(), data.median(), data.upper_quartile()]
}

/// So many, in words.
pub(crate) fn counted(number: u64, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// Three digits and a unit.
fn time(seconds: f64) -> String {
    let (value, unit) = match seconds {
        ..1e-6 => (seconds * 1e9, "ns"),
        ..1e-3 => (seconds * 1e6, "µs"),
        ..1.0 => (seconds * 1e3, "ms"),
        _ => (seconds, "s"),
    };
    let decimals = match value {
        ..10.0 => 2,
        ..100.0 => 1,
        _ => 0,
    };
    format!("{value:.decimals$} {unit}")
}
