//! How a fleet is set up: the same for callers and workers.

use std::time::Duration;

use crate::wire::Format;

/// The name and the limits of a fleet. Callers and workers of one fleet have the same.
///
/// ```
/// use std::time::Duration;
/// use bridge_fleet::Settings;
///
/// let settings = Settings { attempts: 3, replicas: 3, ..Settings::named("reports") };
/// assert_eq!(settings.acknowledgement, Duration::from_secs(30));
/// ```
#[derive(Clone, Debug)]
pub struct Settings {
    /// With what the names of its streams, consumers and subjects begin: `fleet` gives `fleet-jobs`,
    /// `fleet-results` and `fleet.>`.
    pub name: String,
    /// How many servers of a cluster keep each job: 1 to 5, and 3 survives the loss of one.
    pub replicas: usize,
    /// How often a job is run until its error is given to the caller.
    pub attempts: u32,
    /// How long a worker may be silent until its job is given to another one. A worker that lives says so
    /// three times in it.
    pub acknowledgement: Duration,
    /// How many jobs may wait: one more is refused ([`FleetError::Full`](crate::FleetError::Full)).
    pub queue: u64,
    /// How long a result is kept whose caller was not there.
    pub kept: Duration,
    /// How what is given to a job is written. Results come back in the same form.
    pub format: Format,
}

impl Default for Settings {
    /// One server, `fleet`.
    fn default() -> Self {
        Settings {
            name: "fleet".to_owned(),
            replicas: 1,
            attempts: 5,
            acknowledgement: Duration::from_secs(30),
            queue: 1_000_000,
            kept: Duration::from_secs(60 * 60),
            format: Format::Json,
        }
    }
}

impl Settings {
    /// Those of a fleet with this name: letters, digits, `-` and `_`.
    pub fn named(name: impl Into<String>) -> Self {
        Settings { name: name.into(), ..Settings::default() }
    }
}
