//! How a place of a worker asks for the next job.
//!
//! The client's own batches subscribe anew for each question. Here one inbox serves all of them.

use std::time::Duration;

use async_nats::jetstream::{self, Context};
use async_nats::{Client, StatusCode, Subject, Subscriber};
use futures_util::StreamExt;
use tokio::time::timeout;

use crate::error::FleetError;

/// How long one question is open at the server: so late it is noticed at the latest that one was lost.
const OPEN: Duration = Duration::from_secs(3);

/// How long its answer may be on the way.
const ON_ITS_WAY: Duration = Duration::from_secs(1);

pub(crate) struct Questions {
    client: Client,
    context: Context,
    subject: String,
    inbox: Subject,
    answers: Subscriber,
    /// A question may be open.
    is_open: bool,
}

fn question() -> String {
    format!("{{\"batch\":1,\"expires\":{}}}", OPEN.as_nanos())
}

impl Questions {
    /// For the jobs of a consumer.
    pub(crate) async fn new(
        context: &Context,
        stream: &str,
        consumer: &str,
    ) -> Result<Self, FleetError> {
        let client = context.client();
        let inbox = Subject::from(client.new_inbox());
        let answers = client.subscribe(inbox.clone()).await.map_err(FleetError::server)?;
        Ok(Questions {
            subject: format!("$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}"),
            context: context.clone(),
            client,
            inbox,
            answers,
            is_open: false,
        })
    }

    /// The next job, if one comes in time.
    pub(crate) async fn next(&mut self) -> Option<jetstream::Message> {
        if !self.is_open {
            let (subject, inbox) = (self.subject.clone(), self.inbox.clone());
            let asked = self.client.publish_with_reply(subject, inbox, question().into()).await;
            asked.ok()?;
            self.is_open = true;
        }
        // One that does not come was lost, with the server that it was asked of.
        let answer = timeout(OPEN + ON_ITS_WAY, self.answers.next()).await;
        self.is_open = false;
        let message = answer.ok()??;
        match message.status {
            None => Some(jetstream::Message { message, context: self.context.clone() }),
            // Nobody keeps the queue just now.
            Some(StatusCode::NO_RESPONDERS) => {
                tokio::time::sleep(Duration::from_millis(100)).await;
                None
            }
            Some(_) => None,
        }
    }
}
