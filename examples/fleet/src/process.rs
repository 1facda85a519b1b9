//! Processes that end with this one, however it ends.

use std::ffi::OsStr;
use std::io;
use std::process::{Child, Command, Stdio};

/// Runs the program that it is given, passes on what it is told, and kills it at the end of its input: a pipe
/// from a process that is gone has ended.
const GUARD: &str = r#"
exec 3<&0
"$@" 3<&- </dev/null & pid=$!
trap 'told=1; kill -TERM $pid 2>/dev/null' TERM
(read -r _ <&3; kill -9 $pid 2>/dev/null) & guard=$!
wait $pid; code=$?
while [ "$told" ]; do told=; wait $pid; code=$?; done
kill $guard 2>/dev/null
exit $code
"#;

/// A process that ends with this one.
pub struct Process(Child);

impl Process {
    /// Starts a program, which says nothing.
    ///
    /// # Errors
    ///
    /// It does not start.
    pub fn start<A: AsRef<OsStr>>(
        program: impl AsRef<OsStr>,
        arguments: impl IntoIterator<Item = A>,
    ) -> io::Result<Self> {
        let mut process = Command::new("sh");
        process.args(["-c", GUARD, "sh"]).arg(program).args(arguments);
        process.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        process.spawn().map(Process)
    }

    /// Kills it, as `kill -9` does.
    ///
    /// # Errors
    ///
    /// It cannot be waited for.
    pub fn kill(&mut self) -> io::Result<()> {
        drop(self.0.stdin.take());
        self.0.wait().map(drop)
    }

    /// Tells it to end, as `kill` does; gives what it exits with.
    ///
    /// # Errors
    ///
    /// It cannot be told.
    pub fn terminate(&mut self) -> io::Result<Option<i32>> {
        Command::new("kill").arg(self.0.id().to_string()).status()?;
        // Waiting closes the pipe, which would kill it.
        let pipe = self.0.stdin.take();
        let ended = self.0.wait()?;
        drop(pipe);
        Ok(ended.code())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.kill();
    }
}
