//! Raw TCP, with a new connection for each load.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::server::ANSWER;
use super::{Server, Source};

#[derive(Clone, Debug)]
pub(crate) struct Tcp {
    address: SocketAddr,
    request: [u8; 8],
}

impl Tcp {
    pub(crate) fn new(server: &Server, delay: Duration) -> Self {
        let delay = u64::try_from(delay.as_micros()).expect("it is short");
        Tcp { address: server.tcp, request: delay.to_be_bytes() }
    }
}

impl Source for Tcp {
    async fn load(&self) -> usize {
        let loaded = async {
            let mut stream = tokio::net::TcpStream::connect(self.address).await?;
            stream.write_all(&self.request).await?;
            let mut answer = Vec::with_capacity(ANSWER.len());
            stream.read_to_end(&mut answer).await
        };
        loaded.await.expect("the server answers")
    }

    fn load_blocking(&self) -> usize {
        let loaded = || {
            let mut stream = std::net::TcpStream::connect(self.address)?;
            stream.write_all(&self.request)?;
            let mut answer = Vec::with_capacity(ANSWER.len());
            stream.read_to_end(&mut answer)
        };
        loaded().expect("the server answers")
    }

    fn another(&self) -> Self {
        self.clone()
    }
}
