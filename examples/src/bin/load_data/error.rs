//! What can go wrong, in one line each.

use std::error::Error;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::{StatusCode, Url};

/// Why the data could not be loaded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    #[error("{url}: {cause}")]
    Http { url: Url, cause: HttpError },
    #[error("the planes' database: {0}")]
    Planes(#[from] sqlx::Error),
    #[error("the program's own server: {0}")]
    Server(io::Error),
    #[error("{}: {cause}", file.display())]
    Timeline { file: PathBuf, cause: io::Error },
}

/// Why a URL gave no table.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HttpError {
    #[error("no client for it: {}", root(.0))]
    Client(reqwest::Error),
    #[error("no complete answer within {} ms", .0.as_millis())]
    TimedOut(Duration),
    #[error("cannot connect: {}", root(.0))]
    Connect(reqwest::Error),
    #[error("no usable answer: {}", root(.0))]
    Request(reqwest::Error),
    #[error("answered {0}")]
    Status(StatusCode),
    #[error("not the expected CSV: {0}")]
    Parse(#[from] csv::Error),
    #[error("not the expected CSV: it has no rows")]
    Empty,
}

impl HttpError {
    /// Sorts the errors of one request, which had `timeout` to complete.
    pub(crate) fn of_request(error: reqwest::Error, timeout: Duration) -> Self {
        if error.is_timeout() {
            Self::TimedOut(timeout)
        } else if error.is_connect() {
            Self::Connect(error)
        } else {
            Self::Request(error)
        }
    }
}

/// The innermost cause: the outer ones only say that a request failed.
fn root(error: &reqwest::Error) -> &dyn Error {
    let mut cause: &dyn Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause
}
