//! Servers of NATS on the loopback address, for as long as this lives.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_nats::jetstream;

use crate::process::Process;

/// One server, or three that keep each other's messages.
pub struct Cluster {
    nodes: Vec<Node>,
    folder: PathBuf,
}

struct Node {
    port: u16,
    config: PathBuf,
    process: Option<Process>,
}

static NEXT: AtomicU32 = AtomicU32::new(0);

/// Whether `nats-server` is installed.
pub fn is_installed() -> bool {
    let mut asked = Command::new("nats-server");
    asked.arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

fn free_ports(count: usize) -> io::Result<Vec<u16>> {
    let listeners: Vec<TcpListener> =
        (0..count).map(|_| TcpListener::bind(("127.0.0.1", 0))).collect::<Result<_, _>>()?;
    listeners.iter().map(|listener| Ok(listener.local_addr()?.port())).collect()
}

impl Cluster {
    /// Starts so many servers, in a temporary folder.
    ///
    /// # Errors
    ///
    /// They do not start.
    pub fn start(servers: usize) -> io::Result<Self> {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("fleet-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder)?;
        let (ports, routes) = (free_ports(servers)?, free_ports(servers)?);
        let all: Vec<String> =
            routes.iter().map(|port| format!("nats://127.0.0.1:{port}")).collect();
        let mut nodes = Vec::new();
        for (at, (port, route)) in ports.into_iter().zip(routes).enumerate() {
            let config = folder.join(format!("{at}.conf"));
            let store = folder.join(format!("store-{at}"));
            let mut text = format!(
                "server_name: n{at}\nlisten: 127.0.0.1:{port}\njetstream {{ store_dir: \"{}\" }}\n",
                store.display(),
            );
            if servers > 1 {
                text += &format!(
                    "cluster {{ name: fleet, listen: 127.0.0.1:{route}, routes: [{}] }}\n",
                    all.join(", "),
                );
            }
            fs::write(&config, text)?;
            nodes.push(Node { port, config, process: None });
        }
        let mut cluster = Cluster { nodes, folder };
        for at in 0..servers {
            cluster.start_node(at)?;
        }
        bridge::run_in_foreground(cluster.is_ready())?;
        Ok(cluster)
    }

    /// Where they are: a client knows all of them.
    pub fn url(&self) -> String {
        let urls = self.nodes.iter().map(|node| format!("nats://127.0.0.1:{}", node.port));
        urls.collect::<Vec<_>>().join(",")
    }

    /// Where the first one is.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.nodes[0].port))
    }

    /// How many replicas there may be.
    pub fn servers(&self) -> usize {
        self.nodes.len()
    }

    /// A client of all of them.
    ///
    /// # Errors
    ///
    /// None answers.
    pub async fn client(&self) -> io::Result<async_nats::Client> {
        connect(&self.url()).await
    }

    /// Kills a server, as `kill -9` does.
    ///
    /// # Errors
    ///
    /// It does not run.
    pub fn kill(&mut self, at: usize) -> io::Result<()> {
        match self.nodes[at].process.take() {
            Some(mut process) => process.kill(),
            None => Err(io::Error::other("it does not run")),
        }
    }

    /// Starts a server that was killed, with what it had kept.
    ///
    /// # Errors
    ///
    /// It does not start.
    pub fn start_node(&mut self, at: usize) -> io::Result<()> {
        let config = self.nodes[at].config.as_os_str();
        let log = self.folder.join(format!("{at}.log"));
        let arguments = [OsStr::new("--config"), config, OsStr::new("--log"), log.as_os_str()];
        let process = Process::start("nats-server", arguments)?;
        self.nodes[at].process = Some(process);
        Ok(())
    }

    /// The server that leads a stream, by its number.
    ///
    /// # Errors
    ///
    /// Nobody does.
    pub async fn leader(&self, client: &async_nats::Client, stream: &str) -> io::Result<usize> {
        let stream = jetstream::new(client.clone()).get_stream(stream).await;
        let stream = stream.map_err(io::Error::other)?;
        let leader =
            stream.cached_info().cluster.as_ref().and_then(|cluster| cluster.leader.clone());
        let leader = leader.and_then(|name| name.strip_prefix('n')?.parse().ok());
        leader.ok_or_else(|| io::Error::other("there is no leader"))
    }

    /// Waits until streams can be made.
    async fn is_ready(&self) -> io::Result<()> {
        let client = self.client().await?;
        let context = jetstream::new(client);
        let mut last = String::new();
        for _ in 0..300 {
            let config = jetstream::stream::Config {
                name: "ready".to_owned(),
                num_replicas: self.nodes.len(),
                ..Default::default()
            };
            match context.create_stream(config).await {
                Ok(_) => {
                    return context
                        .delete_stream("ready")
                        .await
                        .map(drop)
                        .map_err(io::Error::other);
                }
                Err(error) => last = error.to_string(),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err(io::Error::other(format!("the servers are not ready: {last}")))
    }

    /// The folder of all of them.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

/// A client that keeps trying.
///
/// # Errors
///
/// An address is none.
pub async fn connect(url: &str) -> io::Result<async_nats::Client> {
    let options = async_nats::ConnectOptions::new()
        .retry_on_initial_connect()
        .max_reconnects(None)
        .reconnect_delay_callback(|_| Duration::from_millis(50));
    options.connect(url.split(',').collect::<Vec<_>>()).await.map_err(io::Error::other)
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.nodes.clear();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
