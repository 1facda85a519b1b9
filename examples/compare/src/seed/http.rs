//! HTTP, with clients that keep their connections.

use std::time::Duration;

use super::{Server, Source};

/// `reqwest`, and `ureq` where it is to block.
#[derive(Clone, Debug)]
pub(super) struct Http {
    url: String,
    client: reqwest::Client,
    agent: ureq::Agent,
}

impl Http {
    pub(super) fn new(server: &Server, delay: Duration) -> Self {
        Http::of(format!("http://{}/{}", server.http, delay.as_micros()))
    }

    fn of(url: String) -> Self {
        // Only the first call of the process sets it; the others fail.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build();
        Http {
            url,
            client: client.expect("nothing in it can fail"),
            agent: ureq::Agent::new_with_config(ureq::Agent::config_builder().proxy(None).build()),
        }
    }

    /// The same with `reqwest` where it is to block.
    pub(super) fn on_threads(&self) -> OnThreads {
        let client = reqwest::blocking::Client::builder().no_proxy().tls_certs_only([]).build();
        OnThreads { url: self.url.clone(), client: client.expect("nothing in it can fail") }
    }
}

impl Source for Http {
    async fn load(&self) -> usize {
        let loaded = async { self.client.get(&self.url).send().await?.bytes().await };
        loaded.await.expect("the server answers").len()
    }

    fn load_blocking(&self) -> usize {
        let loaded = || self.agent.get(&self.url).call()?.body_mut().read_to_vec();
        loaded().expect("the server answers").len()
    }

    fn another(&self) -> Self {
        Http::of(self.url.clone())
    }
}

/// `reqwest::blocking`.
#[derive(Clone, Debug)]
pub(super) struct OnThreads {
    url: String,
    client: reqwest::blocking::Client,
}

impl OnThreads {
    pub(super) fn load(&self) -> usize {
        let loaded = || self.client.get(&self.url).send()?.bytes();
        loaded().expect("the server answers").len()
    }
}
