//! The program's own server: HTTP, and raw TCP, on the loopback address.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::thread;
use std::time::Duration;

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::task::spawn_blocking;

/// What is loaded.
pub(super) const ANSWER: [u8; 1024] = [b'.'; 1024];

/// Runs on a runtime of its own, so that none of those that are measured drives it.
#[derive(Debug)]
pub(crate) struct Server {
    pub(super) http: SocketAddr,
    pub(super) tcp: SocketAddr,
    _runtime: Runtime,
}

impl Server {
    pub(crate) fn start() -> io::Result<Self> {
        let runtime = Runtime::new()?;
        let (listener, http) = bind()?;
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            let answer = |Path(delay): Path<u64>| async move {
                wait(Duration::from_micros(delay)).await;
                ANSWER
            };
            axum::serve(listener, Router::new().route("/{delay}", get(answer))).await
        });
        let (listener, tcp) = bind()?;
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            loop {
                let (stream, _) = listener.accept().await?;
                // A client that has gone is no affair of the others.
                tokio::spawn(async move { answer(stream).await.ok() });
            }
            #[expect(unreachable_code, reason = "it says what the block is to give")]
            io::Result::Ok(())
        });
        Ok(Server { http, tcp, _runtime: runtime })
    }
}

fn bind() -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// The request is the delay, in microseconds.
async fn answer(mut stream: TcpStream) -> io::Result<()> {
    let delay = stream.read_u64().await?;
    wait(Duration::from_micros(delay)).await;
    stream.write_all(&ANSWER).await
}

/// On a thread, as tokio's timers are good to the millisecond only.
async fn wait(delay: Duration) {
    if !delay.is_zero() {
        spawn_blocking(move || thread::sleep(delay)).await.expect("it ends");
    }
}
