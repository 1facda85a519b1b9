//! What can go wrong, in one line each.

use bridge::Elapsed;

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A call to a server has failed.
    #[error("{call}: {cause}")]
    Call {
        /// Which.
        call: &'static str,
        /// Why.
        cause: Cause,
    },
    #[error("there is no flight {0}")]
    NoFlight(i32),
    #[error("there is no customer {0}")]
    NoCustomer(i32),
    #[error("there is no order {0}")]
    NoOrder(i64),
    #[error("customer {0} may not order")]
    Inactive(i32),
    #[error("{left} seats are left on flight {flight}")]
    SoldOut {
        /// Of which flight.
        flight: i32,
        /// How many there are.
        left: i32,
    },
    #[error("the payment of order {0} was refused")]
    Refused(i64),
}

/// Why a call has failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    #[error("no answer in time")]
    TimedOut,
    #[error("the connection was lost")]
    ConnectionLost,
    #[error("{0}")]
    Answer(String),
}

impl From<Elapsed> for Cause {
    fn from(_: Elapsed) -> Self {
        Cause::TimedOut
    }
}

impl From<sqlx::Error> for Cause {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::PoolTimedOut => Cause::TimedOut,
            sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => {
                Cause::ConnectionLost
            }
            // The server stops: it says so, and closes the connection.
            sqlx::Error::Database(error)
                if error.code().is_some_and(|code| code.starts_with("57P")) =>
            {
                Cause::ConnectionLost
            }
            error => Cause::Answer(error.to_string()),
        }
    }
}

impl From<redis::RedisError> for Cause {
    fn from(error: redis::RedisError) -> Self {
        if error.is_timeout() {
            Cause::TimedOut
        } else if error.is_io_error() || error.is_connection_dropped() || is_cut_off(&error) {
            Cause::ConnectionLost
        } else {
            Cause::Answer(error.to_string())
        }
    }
}

/// An answer that ends in its middle is an answer that cannot be read.
fn is_cut_off(error: &redis::RedisError) -> bool {
    error.kind() == redis::ErrorKind::Parse
}

impl From<reqwest::Error> for Cause {
    fn from(error: reqwest::Error) -> Self {
        if error.is_timeout() {
            Cause::TimedOut
        } else if let Some(status) = error.status() {
            Cause::Answer(status.to_string())
        } else {
            Cause::ConnectionLost
        }
    }
}
