//! What is sent: subjects, headers, and the two forms of values.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_nats::HeaderMap;
use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::FleetError;

/// How values are written. Both name their fields: a field more, on either side, is no error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// As text, for who looks at the queue.
    #[default]
    Json,
    /// As MessagePack, which is shorter.
    Binary,
}

impl Format {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Format::Json => "json",
            Format::Binary => "msgpack",
        }
    }

    pub(crate) fn of(name: &str) -> Option<Self> {
        [Format::Json, Format::Binary].into_iter().find(|format| format.name() == name)
    }

    pub(crate) fn write<T: Serialize>(self, value: &T) -> Result<Vec<u8>, String> {
        match self {
            Format::Json => serde_json::to_vec(value).map_err(|error| error.to_string()),
            Format::Binary => rmp_serde::to_vec_named(value).map_err(|error| error.to_string()),
        }
    }

    pub(crate) fn read<T: DeserializeOwned>(self, bytes: &[u8]) -> Result<T, String> {
        match self {
            Format::Json => serde_json::from_slice(bytes).map_err(|error| error.to_string()),
            Format::Binary => rmp_serde::from_slice(bytes).map_err(|error| error.to_string()),
        }
    }
}

/// Subjects and names, all below the name of the fleet.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    fleet: String,
}

impl Names {
    pub(crate) fn new(fleet: &str) -> Self {
        Names { fleet: fleet.to_owned() }
    }

    /// The stream of jobs.
    pub(crate) fn jobs(&self) -> String {
        format!("{}-jobs", self.fleet)
    }

    /// The stream of results whose callers were not there.
    pub(crate) fn results(&self) -> String {
        format!("{}-results", self.fleet)
    }

    /// The consumer of a job, which its workers share.
    pub(crate) fn consumer(&self, job: &str) -> String {
        format!("{}-{job}", self.fleet)
    }

    pub(crate) fn job(&self, job: &str) -> String {
        format!("{}.jobs.{job}", self.fleet)
    }

    pub(crate) fn all_jobs(&self) -> String {
        format!("{}.jobs.*", self.fleet)
    }

    /// Where a caller listens.
    pub(crate) fn caller(&self, caller: &str) -> String {
        format!("{}.caller.{caller}", self.fleet)
    }

    /// Where a result is kept.
    pub(crate) fn result(&self, id: &str) -> String {
        format!("{}.results.{id}", self.fleet)
    }

    pub(crate) fn all_results(&self) -> String {
        format!("{}.results.*", self.fleet)
    }

    /// Where workers hear of calls that nobody waits for any more.
    pub(crate) fn cancelled(&self) -> String {
        format!("{}.cancelled", self.fleet)
    }
}

const FORMAT: &str = "Fleet-Format";
const CALLER: &str = "Fleet-Caller";
const DEADLINE: &str = "Fleet-Deadline";
const ID: &str = "Fleet-Id";
const OUTCOME: &str = "Fleet-Outcome";
const ATTEMPTS: &str = "Fleet-Attempts";
const WORKER: &str = "Fleet-Worker";
const TOOK: &str = "Fleet-Took";

/// A job on its way.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) id: String,
    pub(crate) caller: String,
    pub(crate) format: Format,
    pub(crate) deadline: Option<SystemTime>,
}

impl Request {
    pub(crate) fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(ID, self.id.as_str());
        headers.insert(CALLER, self.caller.as_str());
        headers.insert(FORMAT, self.format.name());
        if let Some(deadline) = self.deadline {
            let since = deadline.duration_since(UNIX_EPOCH).unwrap_or_default();
            headers.insert(DEADLINE, since.as_millis().to_string());
        }
        headers
    }

    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let text = |name: &str| headers.get(name).map(|value| value.as_str().to_owned());
        let deadline = text(DEADLINE).and_then(|text| text.parse().ok());
        Some(Request {
            id: text(ID)?,
            caller: text(CALLER)?,
            format: Format::of(&text(FORMAT)?)?,
            deadline: deadline.map(|since| UNIX_EPOCH + Duration::from_millis(since)),
        })
    }
}

/// What a run has come to.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    Done(Bytes),
    Failed {
        attempts: u32,
        cause: String,
    },
    Deadline,
    /// What was given is not what the worker knows.
    Format(String),
}

/// An outcome on its way back.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) id: String,
    pub(crate) format: Format,
    pub(crate) worker: String,
    /// How long the run took.
    pub(crate) took: Duration,
    pub(crate) outcome: Outcome,
}

impl Reply {
    pub(crate) fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(ID, self.id.as_str());
        headers.insert(FORMAT, self.format.name());
        headers.insert(WORKER, self.worker.as_str());
        headers.insert(TOOK, self.took.as_micros().to_string());
        headers.insert(
            OUTCOME,
            match &self.outcome {
                Outcome::Done(_) => "done",
                Outcome::Failed { .. } => "failed",
                Outcome::Deadline => "deadline",
                Outcome::Format(_) => "format",
            },
        );
        if let Outcome::Failed { attempts, .. } = &self.outcome {
            headers.insert(ATTEMPTS, attempts.to_string());
        }
        headers
    }

    pub(crate) fn payload(&self) -> Bytes {
        match &self.outcome {
            Outcome::Done(bytes) => bytes.clone(),
            Outcome::Failed { cause, .. } | Outcome::Format(cause) => cause.clone().into(),
            Outcome::Deadline => Bytes::new(),
        }
    }

    pub(crate) fn of(headers: &HeaderMap, payload: Bytes) -> Option<Self> {
        let text = |name: &str| headers.get(name).map(|value| value.as_str().to_owned());
        let cause = || String::from_utf8_lossy(&payload).into_owned();
        let outcome = match text(OUTCOME)?.as_str() {
            "done" => Outcome::Done(payload.clone()),
            "failed" => {
                let attempts = text(ATTEMPTS).and_then(|text| text.parse().ok());
                Outcome::Failed { attempts: attempts.unwrap_or(1), cause: cause() }
            }
            "deadline" => Outcome::Deadline,
            "format" => Outcome::Format(cause()),
            _ => return None,
        };
        let took = text(TOOK).and_then(|text| text.parse().ok());
        Some(Reply {
            id: text(ID)?,
            format: Format::of(&text(FORMAT)?)?,
            worker: text(WORKER).unwrap_or_default(),
            took: Duration::from_micros(took.unwrap_or_default()),
            outcome,
        })
    }

    /// The value, for the caller.
    pub(crate) fn value<O: DeserializeOwned>(self, job: &str) -> Result<O, FleetError> {
        let job = job.to_owned();
        match self.outcome {
            Outcome::Done(bytes) => {
                let failed = |cause| FleetError::Format { job, cause };
                self.format.read(&bytes).map_err(failed)
            }
            Outcome::Failed { attempts, cause } => Err(FleetError::Failed { job, attempts, cause }),
            Outcome::Deadline => Err(FleetError::Deadline { job }),
            Outcome::Format(cause) => Err(FleetError::Format { job, cause }),
        }
    }
}
