//! A data set behind a URL.

use std::iter;
use std::time::Duration;

use reqwest::{Client, ClientBuilder, Url};
use serde::de::DeserializeOwned;

use crate::error::{HttpError, LoadError};

/// A CSV file behind a URL, and a client to fetch it with.
#[derive(Debug)]
pub(crate) struct HttpSource {
    url: Url,
    client: Client,
    timeout: Duration,
}

impl HttpSource {
    /// A file on this program's own server: no proxy leads there, and with no
    /// certificate to check, the system's need not be there.
    pub(crate) fn own(url: Url, timeout: Duration) -> Result<Self, LoadError> {
        let client = Client::builder().no_proxy().tls_certs_only(iter::empty());
        Self::new(url, client, timeout)
    }

    /// A file elsewhere, reached in the way that the system is set up for.
    pub(crate) fn elsewhere(url: Url, timeout: Duration) -> Result<Self, LoadError> {
        Self::new(url, Client::builder(), timeout)
    }

    fn new(url: Url, client: ClientBuilder, timeout: Duration) -> Result<Self, LoadError> {
        // Only the first call of the process sets it; the others fail.
        let _ = rustls::crypto::ring::default_provider().install_default();
        match client.timeout(timeout).build() {
            Ok(client) => Ok(Self { url, client, timeout }),
            Err(error) => Err(LoadError::Http { url, cause: HttpError::Client(error) }),
        }
    }

    /// Fetches the file and reads its rows.
    pub(crate) async fn rows<Row: DeserializeOwned>(&self) -> Result<Vec<Row>, LoadError> {
        let rows = async { parse(&self.body().await?) };
        rows.await.map_err(|cause| LoadError::Http { url: self.url.clone(), cause })
    }

    async fn body(&self) -> Result<Vec<u8>, HttpError> {
        let failed = |error| HttpError::of_request(error, self.timeout);
        let response = self.client.get(self.url.clone()).send().await;
        let response = response.map_err(failed)?;
        if !response.status().is_success() {
            return Err(HttpError::Status(response.status()));
        }
        Ok(response.bytes().await.map_err(failed)?.into())
    }
}

fn parse<Row: DeserializeOwned>(csv: &[u8]) -> Result<Vec<Row>, HttpError> {
    let rows: Vec<Row> =
        csv::Reader::from_reader(csv).into_deserialize().collect::<Result<_, _>>()?;
    if rows.is_empty() {
        // Any text without a line break would do for a header.
        return Err(HttpError::Empty);
    }
    Ok(rows)
}
