//! Jobs that are done, and whose messages are at the server all the same.
//!
//! Where a server of a cluster is killed, others may keep messages that their consumer knows to be acknowledged: seen
//! with nats-server 2.9.10, of which cases have been mended since (its pull request 5227, for one). Nobody is given
//! them any more, but they count as jobs that wait.

use std::time::Duration;

use async_nats::jetstream::stream::RawMessageErrorKind;
use tokio::time::sleep;

use crate::error::FleetError;
use crate::server::Server;

/// How often it is looked for them.
const LOOKS: Duration = Duration::from_secs(60);

/// Removes them, of all these jobs, now and again.
pub(crate) async fn remove(server: Server, jobs: Vec<&'static str>) {
    loop {
        for &job in &jobs {
            match of_job(&server, job).await {
                Ok(0) => {}
                Ok(removed) => {
                    tracing::warn!(target: "bridge_fleet", job, removed, "were done and still there");
                }
                // Those that come to the next minute.
                Err(error) => {
                    tracing::debug!(target: "bridge_fleet", job, %error, "not looked through");
                }
            }
        }
        sleep(LOOKS).await;
    }
}

/// Removes those of a job: all that its consumer has gone past, and is told to be done. Gives how many.
async fn of_job(server: &Server, job: &str) -> Result<usize, FleetError> {
    let subject = server.names.job(job);
    let consumer = server.jobs.consumer_info(server.names.consumer(job)).await;
    let done = consumer.map_err(FleetError::server)?.ack_floor.stream_sequence;
    let (mut removed, mut from) = (0, 1);
    while from <= done {
        let first = match server.jobs.get_first_raw_message_by_subject(&subject, from).await {
            Ok(message) => message.sequence,
            Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => break,
            Err(error) => return Err(FleetError::server(error)),
        };
        if first > done {
            break;
        }
        // Another worker may have been sooner.
        if server.jobs.delete_message(first).await.unwrap_or(false) {
            removed += 1;
        }
        from = first + 1;
    }
    Ok(removed)
}
