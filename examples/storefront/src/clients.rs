//! The three clients that all functions share.

use std::net::SocketAddr;
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::io::tcp::TcpSettings;
use redis::{ConnectionAddr, IntoConnectionInfo};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};

use crate::error::{Cause, Error};

/// Where the servers are, and how they are used.
#[derive(Clone, Debug)]
pub struct Places {
    pub postgres: SocketAddr,
    pub redis: SocketAddr,
    pub service: SocketAddr,
    /// How many connections the pool has.
    pub connections: u32,
    /// How long one call may take.
    pub limit: Duration,
    /// Whether statements are sent with their text each time: where a proxy looks for them.
    pub with_texts: bool,
}

impl Places {
    /// With a pool of 16, and two seconds for each call.
    pub fn new(postgres: SocketAddr, redis: SocketAddr, service: SocketAddr) -> Self {
        Places {
            postgres,
            redis,
            service,
            connections: 16,
            limit: Duration::from_secs(2),
            with_texts: false,
        }
    }
}

/// The clients.
#[derive(Clone)]
pub struct Shop {
    pub db: PgPool,
    pub cache: ConnectionManager,
    pub http: reqwest::Client,
    service: String,
    limit: Duration,
}

impl Shop {
    /// Connects.
    ///
    /// # Errors
    ///
    /// The cache or the database is not there.
    pub async fn connect(places: &Places) -> Result<Self, Error> {
        // It is installed already where this is not the first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let limit = places.limit;
        let options = PgConnectOptions::new_without_pgpass()
            .host(&places.postgres.ip().to_string())
            .port(places.postgres.port())
            .username("storefront")
            .database("storefront")
            .application_name("storefront")
            .statement_cache_capacity(if places.with_texts { 0 } else { 100 });
        let pool = PgPoolOptions::new()
            .max_connections(places.connections)
            .acquire_timeout(limit)
            // sqlx 0.9.0 leaves a connection in a transaction if its `begin` is cancelled. One that does not
            // answer is given up, or it would keep its place for ever.
            .after_release(move |connection, _| {
                Box::pin(async move {
                    let rollback = sqlx::query("ROLLBACK").execute(connection);
                    Ok(matches!(bridge::timeout(limit, rollback).await, Ok(Ok(_))))
                })
            });
        let db = pool.connect_with(options).await;

        let address = ConnectionAddr::Tcp(places.redis.ip().to_string(), places.redis.port());
        // Two commands in flight wait for each other's packets else.
        let tcp = TcpSettings::default().set_nodelay(true);
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(1)
            .set_connection_timeout(Some(limit))
            .set_response_timeout(Some(limit));
        let failed = |cause: Cause| Error::Call { call: "connect", cause };
        let info = address.into_connection_info().map_err(|error| failed(error.into()))?;
        let client = redis::Client::open(info.set_tcp_settings(tcp));
        let client = client.map_err(|error| failed(error.into()))?;
        let cache = client.get_connection_manager_with_config(config).await;

        Ok(Shop {
            db: db.map_err(|error| failed(error.into()))?,
            cache: cache.map_err(|error| failed(error.into()))?,
            http: reqwest::Client::builder().no_proxy().build().expect("it has no TLS to set up"),
            service: format!("http://{}", places.service),
            limit,
        })
    }

    /// The address of something at the service.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.service)
    }

    /// What a call gives, with its name if it fails, or takes longer than one may.
    pub async fn call<T, E: Into<Cause>>(
        &self,
        call: &'static str,
        future: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Error> {
        match bridge::timeout(self.limit, future).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => Err(Error::Call { call, cause: error.into() }),
            Err(elapsed) => Err(Error::Call { call, cause: elapsed.into() }),
        }
    }

    /// Closes the pool: those that still answer are told.
    pub async fn close(self) {
        let _ = bridge::timeout(self.limit, self.db.close()).await;
    }
}
