//! PostgreSQL, Redis and PgBouncer, as they are installed, for as long as this lives.

use std::io::{self, BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Servers on the loopback address. They end with this process at the latest: the script that has started
/// them stops them at the end of its input.
pub struct Servers {
    pub postgres: SocketAddr,
    pub redis: SocketAddr,
    pub pgbouncer: SocketAddr,
    script: Child,
    pipes: Mutex<(ChildStdin, BufReader<ChildStdout>)>,
}

/// Which one is to be started once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    Postgres,
    Redis,
}

impl Servers {
    /// Starts them, or says what is not installed.
    ///
    /// # Errors
    ///
    /// They cannot be started.
    pub fn start() -> io::Result<Result<Self, String>> {
        let mut script = Command::new("bash")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/servers"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdin = script.stdin.take().expect("it is piped");
        let mut stdout = BufReader::new(script.stdout.take().expect("it is piped"));
        let mut places = Vec::new();
        loop {
            let mut line = String::new();
            if stdout.read_line(&mut line)? == 0 {
                script.wait()?;
                return Err(io::Error::other("the servers could not be started"));
            }
            match line.trim().split_once(' ') {
                Some(("missing", what)) => {
                    script.wait()?;
                    return Ok(Err(what.to_owned()));
                }
                Some((_, place)) => places.push(place.parse().map_err(io::Error::other)?),
                None => break,
            }
        }
        let [postgres, redis, pgbouncer] = *places else {
            return Err(io::Error::other("the servers do not say where they are"));
        };
        let pipes = Mutex::new((stdin, stdout));
        Ok(Ok(Servers { postgres, redis, pgbouncer, script, pipes }))
    }

    fn pipes(&self) -> MutexGuard<'_, (ChildStdin, BufReader<ChildStdout>)> {
        self.pipes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until one that is being started is there.
    pub fn wait(&self) {
        drop(self.pipes());
    }

    /// Stops a server and starts it, on its port.
    ///
    /// # Errors
    ///
    /// It does not start.
    pub fn restart(&self, which: Which) -> io::Result<()> {
        let mut pipes = self.pipes();
        let name = match which {
            Which::Postgres => "postgres",
            Which::Redis => "redis",
        };
        writeln!(pipes.0, "restart {name}")?;
        let mut line = String::new();
        pipes.1.read_line(&mut line)?;
        match line.trim() == format!("done restart {name}") {
            true => Ok(()),
            false => Err(io::Error::other(format!("{name} does not start"))),
        }
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        // The end of its input, if it has not ended.
        let pipes = self.pipes.get_mut().unwrap_or_else(PoisonError::into_inner);
        let _ = writeln!(pipes.0, "stop");
        let _ = self.script.wait();
    }
}
