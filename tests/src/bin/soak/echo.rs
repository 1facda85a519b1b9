//! An echo server on the loopback address, and the connections to it.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;

/// A pool of connections to a server that runs as long as the process.
#[derive(Debug)]
pub(crate) struct Echo {
    address: SocketAddr,
    idle: Mutex<Vec<TcpStream>>,
}

impl Echo {
    pub(crate) fn start() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
        let address = listener.local_addr()?;
        thread::spawn(move || runtime.block_on(serve(listener)));
        Ok(Echo { address, idle: Mutex::default() })
    }

    /// Sends a number and gives what comes back. A call that is dropped half-way
    /// takes its connection with it.
    pub(crate) async fn ask(&self, number: u64) -> io::Result<u64> {
        let idle = self.idle().pop();
        let mut stream = match idle {
            Some(stream) => stream,
            None => self.connect().await?,
        };
        stream.write_u64(number).await?;
        let answer = stream.read_u64().await?;
        self.idle().push(stream);
        Ok(answer)
    }

    async fn connect(&self) -> io::Result<TcpStream> {
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        // Or the ports of those that are closed would soon be used up.
        stream.set_zero_linger()?;
        Ok(stream)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<TcpStream>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn serve(listener: TcpListener) -> io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(async move { answer(stream).await.ok() });
    }
}

async fn answer(mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    loop {
        let number = stream.read_u64().await?;
        stream.write_u64(number).await?;
    }
}
