//! A language server at the other end of a pipe.

use std::io::{BufRead, BufReader, Error, Result, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// The longest that the server may be silent.
const PATIENCE: Duration = Duration::from_secs(180);

pub(crate) struct Client {
    server: Child,
    to: ChildStdin,
    from: Receiver<Value>,
    last_id: u64,
}

impl Client {
    /// Starts the server on a package, and waits until it has read it.
    pub(crate) fn start(server: &Path, package: &Path) -> Result<Self> {
        let mut server = Command::new(server)
            .current_dir(package)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let to = server.stdin.take().ok_or_else(|| Error::other("no input"))?;
        let mut out =
            BufReader::new(server.stdout.take().ok_or_else(|| Error::other("no output"))?);
        let (sender, from) = channel();
        thread::spawn(move || {
            while let Ok(message) = read(&mut out) {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let mut client = Client { server, to, from, last_id: 0 };
        client.request(
            "initialize",
            json!({
                "processId": std::process::id(),
                "rootUri": uri(package),
                "capabilities": {
                    "textDocument": {
                        "hover": { "contentFormat": ["plaintext"] },
                        "completion": { "completionItem": { "snippetSupport": false } },
                        "diagnostic": {},
                    },
                    "experimental": { "serverStatusNotification": true },
                },
                "initializationOptions": {
                    "checkOnSave": false,
                    "procMacro": { "enable": true },
                    "inlayHints": { "closureReturnTypeHints": { "enable": "always" } },
                },
            }),
        )?;
        client.notify("initialized", json!({}))?;
        let settled = |message: &Value| {
            message["method"] == "experimental/serverStatus"
                && message["params"]["quiescent"] == true
        };
        client.wait(settled)?;
        Ok(client)
    }

    pub(crate) fn notify(&mut self, method: &str, params: Value) -> Result<()> {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }))
    }

    /// The answer to a request. A server that is busy with a change is asked again.
    pub(crate) fn request(&mut self, method: &str, params: Value) -> Result<Value> {
        const CONTENT_MODIFIED: i64 = -32801;
        loop {
            self.last_id += 1;
            let id = self.last_id;
            let request = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
            self.send(&request)?;
            let mut answer =
                self.wait(|message| message["id"] == id && message["method"].is_null())?;
            match &answer["error"] {
                Value::Null => return Ok(answer["result"].take()),
                error if error["code"] == CONTENT_MODIFIED => {}
                error => return Err(Error::other(format!("{method}: {error}"))),
            }
        }
    }

    /// The next message of a kind. Questions on the way are answered with nothing.
    fn wait(&mut self, wanted: impl Fn(&Value) -> bool) -> Result<Value> {
        let begun = Instant::now();
        loop {
            let left = PATIENCE.saturating_sub(begun.elapsed());
            let message = self.from.recv_timeout(left).map_err(Error::other)?;
            if wanted(&message) {
                return Ok(message);
            }
            if !message["id"].is_null() && message["method"].is_string() {
                self.send(&json!({ "jsonrpc": "2.0", "id": message["id"], "result": null }))?;
            }
        }
    }

    fn send(&mut self, message: &Value) -> Result<()> {
        let body = message.to_string();
        write!(self.to, "Content-Length: {}\r\n\r\n{body}", body.len())?;
        self.to.flush()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn read(from: &mut impl BufRead) -> Result<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if from.read_line(&mut line)? == 0 {
            return Err(Error::other("the server is gone"));
        }
        match line.trim_end().split_once(": ") {
            Some(("Content-Length", bytes)) => length = bytes.parse().map_err(Error::other)?,
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body)?;
    serde_json::from_slice(&body).map_err(Error::other)
}

pub(crate) fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}
