//! What can go wrong with a call.

/// Why a call gave nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FleetError {
    /// The job has failed as often as it may; its last cause.
    #[error("`{job}` has failed {attempts} times: {cause}")]
    Failed {
        /// Which job.
        job: String,
        /// How often it has run.
        attempts: u32,
        /// What the last run said.
        cause: String,
    },
    /// No worker has ever served a job of this name.
    #[error("no worker knows the job `{job}`")]
    UnknownJob {
        /// Which.
        job: String,
    },
    /// The deadline has passed.
    #[error("`{job}` was not done in time")]
    Deadline {
        /// Which job.
        job: String,
    },
    /// The queue is full: the fleet does not keep up.
    #[error("`{job}` was not taken: the queue is full")]
    Full {
        /// Which job.
        job: String,
    },
    /// More than the server takes in one message.
    #[error(
        "`{job}` is given {size} bytes, and the server takes {limit}: send where they are, and not the bytes"
    )]
    TooLarge {
        /// Which job.
        job: String,
        /// How many bytes it is given.
        size: usize,
        /// How many the server takes.
        limit: usize,
    },
    /// What was given, or has come back, is not of the type of the job.
    #[error("`{job}`: {cause}")]
    Format {
        /// Which job.
        job: String,
        /// What serde says.
        cause: String,
    },
    /// The server cannot be reached, or refuses.
    #[error("the server: {0}")]
    Server(String),
}

impl FleetError {
    pub(crate) fn server(error: impl std::fmt::Display) -> Self {
        FleetError::Server(error.to_string())
    }
}
