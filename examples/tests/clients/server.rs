//! A small HTTP server on the loopback address, which keeps connections alive
//! and counts them: the answer to `/4` is 8.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::sync::oneshot;

/// Runs on a thread and a runtime of its own until it is dropped.
pub(crate) struct Server {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    /// Ends it when it is dropped.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(crate) fn start() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let (stop, stopped) = oneshot::channel();
        let counted = Arc::clone(&connections);
        let thread = thread::spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = serve(listener, &counted) => {}
                    _ = stopped => {}
                }
            });
        });
        Server { address, connections, stop: Some(stop), thread: Some(thread) }
    }

    pub(crate) fn url(&self, number: u64) -> String {
        format!("http://{}/{number}", self.address)
    }

    pub(crate) async fn connect(&self) -> io::Result<BufReader<TcpStream>> {
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        Ok(BufReader::new(stream))
    }

    /// How many there have been.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || thread::panicking(), "the server has panicked");
        }
    }
}

async fn serve(listener: TcpListener, connections: &AtomicUsize) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        connections.fetch_add(1, Ordering::Relaxed);
        stream.set_nodelay(true).unwrap();
        // A client that goes away in the middle is no concern of the server's.
        tokio::spawn(async move { answer_all(BufReader::new(stream)).await.ok() });
    }
}

async fn answer_all(mut connection: BufReader<TcpStream>) -> io::Result<()> {
    while let Some(request) = head(&mut connection).await? {
        let path = request.split_whitespace().nth(1).unwrap_or_default();
        let (status, body) = match path.trim_start_matches('/').parse::<u64>() {
            Ok(number) => ("200 OK", (2 * number).to_string()),
            Err(_) => ("404 Not Found", String::new()),
        };
        let length = body.len();
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{body}");
        connection.write_all(answer.as_bytes()).await?;
    }
    Ok(())
}

/// The lines before the body, if there are any.
async fn head(connection: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Option<String>> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if connection.read_line(&mut head).await? == 0 {
            return Ok(None);
        }
    }
    Ok(Some(head))
}

/// A request by hand, and its answer.
pub(crate) async fn ask(connection: &mut BufReader<TcpStream>, number: u64) -> io::Result<u64> {
    let request = format!("GET /{number} HTTP/1.1\r\nhost: localhost\r\n\r\n");
    connection.write_all(request.as_bytes()).await?;
    let head = head(connection).await?.ok_or(io::ErrorKind::UnexpectedEof)?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length: usize = length.and_then(|length| length.parse().ok()).unwrap_or_default();
    let mut body = vec![0; length];
    connection.read_exact(&mut body).await?;
    let body = String::from_utf8(body).map_err(io::Error::other)?;
    body.parse().map_err(io::Error::other)
}
