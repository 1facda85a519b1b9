//! A TCP proxy that does something to one named request, or holds all of them.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tokio::io::{self, AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

/// What is done to a request.
#[derive(Clone)]
pub enum Kind {
    /// Its connection is closed, and it is not delivered.
    CutRequest,
    /// It is delivered. Of the answer 3 bytes come, and then the connection is closed.
    CutAnswer,
    /// From it on nothing comes through, in either direction.
    BlackHole,
    /// It is delivered, and the answer comes byte by byte.
    Dribble,
    /// It is delivered so much later.
    Late(Duration),
    /// It is delivered after this was done.
    After(Arc<dyn Fn() + Send + Sync>),
}

/// What is done, once, to the first request that has this text in it.
#[derive(Clone)]
pub struct Fault {
    /// The text.
    pub request: String,
    /// What is done.
    pub kind: Kind,
}

/// Between a client and a server, until it is dropped.
pub struct Proxy {
    /// Where it listens.
    pub address: SocketAddr,
    shared: Arc<Shared>,
    closed: watch::Sender<bool>,
    held: watch::Sender<bool>,
    cut: watch::Sender<()>,
    /// Keeps the port, and does not listen.
    refusing: OnceLock<TcpSocket>,
}

struct Shared {
    upstream: SocketAddr,
    /// How much longer each way takes.
    latency: Duration,
    faults: Mutex<Vec<Fault>>,
    struck: AtomicUsize,
    /// How many connections there are.
    open: AtomicUsize,
}

/// One of them, until it is dropped.
struct Open(Arc<Shared>);

impl Open {
    fn new(shared: &Arc<Shared>) -> Self {
        shared.open.fetch_add(1, Ordering::SeqCst);
        Open(Arc::clone(shared))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::SeqCst);
    }
}

// A runtime that is none of those that are tried.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(2).enable_all().build().expect("a runtime")
});

impl Proxy {
    /// In front of a server. Each way takes so much longer.
    ///
    /// # Errors
    ///
    /// There is no port.
    pub fn start(upstream: SocketAddr, latency: Duration) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            upstream,
            latency,
            faults: Mutex::default(),
            struck: AtomicUsize::new(0),
            open: AtomicUsize::new(0),
        });
        let (closed, mut is_closed) = watch::channel(false);
        let (held, is_held) = watch::channel(false);
        let (cut, is_cut) = watch::channel(());
        let (each, of_each) = (Arc::clone(&shared), is_closed.clone());
        RUNTIME.spawn(async move {
            let listener = TcpListener::from_std(listener).expect("it is one");
            loop {
                tokio::select! {
                    _ = is_closed.wait_for(|closed| *closed) => return,
                    accepted = listener.accept() => {
                        let Ok((client, _)) = accepted else { continue };
                        let (shared, mut is_closed) = (Arc::clone(&each), of_each.clone());
                        let is_held = is_held.clone();
                        let open = Open::new(&shared);
                        let mut is_cut = is_cut.clone();
                        is_cut.mark_unchanged();
                        tokio::spawn(async move {
                            tokio::select! {
                                _ = is_closed.wait_for(|closed| *closed) => {}
                                _ = is_cut.changed() => {}
                                _ = connection(client, &shared, &is_held) => {}
                            }
                            // Its sockets are closed by now.
                            drop(open);
                        });
                    }
                }
            }
        });
        Ok(Proxy { address, shared, closed, held, cut, refusing: OnceLock::new() })
    }

    /// What is to be done to requests that come next, each once.
    pub fn set(&self, faults: Vec<Fault>) {
        *self.shared.faults() = faults;
    }

    /// Lets nothing through in either direction, as if the cable were out; or lets all of it through again.
    pub fn hold(&self, held: bool) {
        self.held.send_replace(held);
    }

    /// Closes all connections that there are.
    pub fn cut(&self) {
        self.cut.send_replace(());
    }

    /// How often it has done something.
    pub fn struck(&self) -> usize {
        self.shared.struck.load(Ordering::SeqCst)
    }

    /// Closes all connections, and refuses others.
    pub fn refuse(&self) {
        self.closed.send_replace(true);
        // Until whoever looks finds each connection closed, and nobody listens. The port is kept: another
        // proxy could be given it, or a client that tries it could be given it as its own, and meet itself.
        loop {
            if self.shared.open.load(Ordering::SeqCst) == 0
                && let Ok(socket) = self.keep_port()
            {
                let _ = self.refusing.set(socket);
                return;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn keep_port(&self) -> io::Result<TcpSocket> {
        let socket = TcpSocket::new_v4()?;
        socket.set_reuseaddr(true)?;
        socket.bind(self.address)?;
        Ok(socket)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.closed.send_replace(true);
    }
}

impl Shared {
    fn faults(&self) -> MutexGuard<'_, Vec<Fault>> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is to be done, if the request is in these bytes.
    fn strikes(&self, bytes: &[u8]) -> Option<Kind> {
        let mut faults = self.faults();
        let is_in = |request: &[u8]| bytes.windows(request.len()).any(|part| part == request);
        let at = faults.iter().position(|fault| is_in(fault.request.as_bytes()))?;
        self.struck.fetch_add(1, Ordering::SeqCst);
        Some(faults.swap_remove(at).kind)
    }
}

/// How answers come through.
#[derive(Default)]
struct Answers(AtomicU8);

const FREELY: u8 = 0;
const CUT: u8 = 1;
const NEVER: u8 = 2;
const DRIBBLING: u8 = 3;

async fn connection(
    client: TcpStream,
    shared: &Shared,
    is_held: &watch::Receiver<bool>,
) -> io::Result<()> {
    let server = TcpStream::connect(shared.upstream).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let answers = Answers::default();
    // Whoever closes one way closes the other.
    tokio::select! {
        ended = requests(from_client, to_server, shared, &answers, is_held.clone()) => ended,
        ended = come_back(from_server, to_client, shared.latency, &answers, is_held.clone()) => ended,
    }
}

async fn requests(
    mut from: OwnedReadHalf,
    to: OwnedWriteHalf,
    shared: &Shared,
    answers: &Answers,
    is_held: watch::Receiver<bool>,
) -> io::Result<()> {
    let (sender, receiver) = mpsc::unbounded_channel();
    let read = async {
        // A request may come in two parts.
        let mut seen: Vec<u8> = Vec::new();
        let mut buffer = vec![0; 16 * 1024];
        loop {
            let read = from.read(&mut buffer).await?;
            if read == 0 {
                return Ok(());
            }
            let chunk = buffer[..read].to_vec();
            seen.extend_from_slice(&chunk);
            let mut later = shared.latency;
            match shared.strikes(&seen) {
                None => {}
                Some(Kind::CutRequest) => return Ok(()),
                Some(Kind::CutAnswer) => answers.0.store(CUT, Ordering::SeqCst),
                Some(Kind::Dribble) => answers.0.store(DRIBBLING, Ordering::SeqCst),
                Some(Kind::Late(by)) => later += by,
                Some(Kind::BlackHole) => {
                    answers.0.store(NEVER, Ordering::SeqCst);
                    while from.read(&mut buffer).await? > 0 {}
                    return Ok(());
                }
                Some(Kind::After(act)) => {
                    let _ = tokio::task::spawn_blocking(move || act()).await;
                }
            }
            let keep = seen.len().min(256);
            seen.drain(..seen.len() - keep);
            if sender.send((Instant::now() + later, chunk)).is_err() {
                return Ok(());
            }
        }
    };
    tokio::select! {
        ended = read => ended,
        ended = write(to, receiver, is_held) => ended,
    }
}

async fn come_back(
    mut from: OwnedReadHalf,
    to: OwnedWriteHalf,
    latency: Duration,
    answers: &Answers,
    is_held: watch::Receiver<bool>,
) -> io::Result<()> {
    let (sender, receiver) = mpsc::unbounded_channel();
    let read = async {
        let mut buffer = vec![0; 16 * 1024];
        loop {
            let read = from.read(&mut buffer).await?;
            if read == 0 {
                // What is on its way comes yet.
                tokio::time::sleep(latency).await;
                return Ok(());
            }
            let due = Instant::now() + latency;
            match answers.0.load(Ordering::SeqCst) {
                FREELY => _ = sender.send((due, buffer[..read].to_vec())),
                CUT => {
                    let _ = sender.send((due, buffer[..read.min(3)].to_vec()));
                    tokio::time::sleep(latency + Duration::from_millis(2)).await;
                    return Ok(());
                }
                DRIBBLING => {
                    for byte in &buffer[..read] {
                        let _ = sender.send((due, vec![*byte]));
                        // Or they would be one packet again.
                        tokio::task::yield_now().await;
                    }
                }
                _ => std::future::pending().await,
            }
        }
    };
    tokio::select! {
        ended = read => ended,
        ended = write(to, receiver, is_held) => ended,
    }
}

/// Writes each when it is due.
async fn write(
    mut to: OwnedWriteHalf,
    mut chunks: mpsc::UnboundedReceiver<(Instant, Vec<u8>)>,
    mut is_held: watch::Receiver<bool>,
) -> io::Result<()> {
    while let Some((due, chunk)) = chunks.recv().await {
        if due > Instant::now() {
            tokio::time::sleep_until(due).await;
        }
        // Or nobody holds it any more.
        let _ = is_held.wait_for(|held| !*held).await;
        to.write_all(&chunk).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_refuses_is_nobody_elses() {
        let server = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let upstream = server.local_addr().expect("it is bound");
        let proxy = Proxy::start(upstream, Duration::ZERO).expect("a port");
        proxy.refuse();
        let refused = std::net::TcpStream::connect(proxy.address).expect_err("it refuses");
        assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
        let taken = TcpSocket::new_v4().and_then(|other| other.bind(proxy.address));
        let taken = taken.expect_err("it is kept");
        assert_eq!(taken.kind(), io::ErrorKind::AddrInUse);
    }
}
