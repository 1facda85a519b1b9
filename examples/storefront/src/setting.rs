//! Servers with data in them, and what leads to them.

use std::io;
use std::time::Duration;

use bridge::run_in_foreground;

use crate::clients::{Places, Shop};
use crate::error::Error;
use crate::seed;
use crate::servers::Servers;
use crate::service::Service;
use bridge_tests::proxy::Proxy;

/// All servers.
pub struct Setting {
    pub servers: Servers,
    pub service: Service,
}

/// Proxies in front of all servers.
pub struct Proxies {
    pub postgres: Proxy,
    pub redis: Proxy,
    pub service: Proxy,
}

impl Setting {
    /// Starts and fills them; or says what is not installed.
    ///
    /// # Errors
    ///
    /// They do not start.
    pub fn start() -> io::Result<Result<Self, String>> {
        let servers = match Servers::start()? {
            Ok(servers) => servers,
            Err(missing) => return Ok(Err(missing)),
        };
        let setting = Setting { servers, service: Service::start()? };
        setting.fill().map_err(io::Error::other)?;
        Ok(Ok(setting))
    }

    /// Makes all data anew.
    ///
    /// # Errors
    ///
    /// A server does not answer.
    pub fn fill(&self) -> Result<(), Error> {
        self.service.clear();
        run_in_foreground(async {
            let places = Places { limit: Duration::from_secs(60), ..self.places() };
            let shop = Shop::connect(&places).await?;
            seed::fill(&shop).await?;
            shop.close().await;
            Ok(())
        })
    }

    /// The servers themselves.
    pub fn places(&self) -> Places {
        Places::new(self.servers.postgres, self.servers.redis, self.service.address)
    }

    /// Proxies with so much latency each way.
    ///
    /// # Errors
    ///
    /// There are no ports.
    pub fn proxies(&self, latency: Duration) -> io::Result<Proxies> {
        Ok(Proxies {
            postgres: Proxy::start(self.servers.postgres, latency)?,
            redis: Proxy::start(self.servers.redis, latency)?,
            service: Proxy::start(self.service.address, latency)?,
        })
    }
}

impl Proxies {
    /// What leads to the servers by them.
    pub fn places(&self) -> Places {
        Places::new(self.postgres.address, self.redis.address, self.service.address)
    }
}
