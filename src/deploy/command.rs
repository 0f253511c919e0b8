//! The home for running the team's commands: argument vector, no shell, own process group, stdin closed.
//!
//! Standard output and standard error share one pipe, so that lines keep their order. However a run ends
//! (timeout, cancel, dropped future), the whole process group is ended with it. Only after a normal exit are
//! processes that the command left behind let live: a deploy command may start a server.

use std::future::Future;
use std::path::PathBuf;
use std::pin::pin;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::Pid;
use rustix::process::Signal;
use tokio::io::AsyncReadExt as _;
use tokio::net::unix::pipe::Receiver;

use super::environment::Surroundings;

/// Bytes of output that are passed on; the rest is read and dropped, so that the command does not block.
const OUTPUT_LIMIT: usize = 10 * 1024 * 1024;
/// A longer line is passed on in parts.
const LINE_LIMIT: usize = 64 * 1024;
/// How long a group may take to end by itself after SIGTERM.
const TERM_GRACE: Duration = Duration::from_secs(5);
/// How long we wait for the end of output that a process left behind keeps open.
const OUTPUT_GRACE: Duration = Duration::from_millis(250);

/// Why a command could not be run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("run a command without a word; write at least the program")]
    Empty,
    #[error("start `{program}` in the project's files")]
    Start {
        program: String,
        source: std::io::Error,
    },
    #[error("read the output of `{program}`")]
    Output {
        program: String,
        source: std::io::Error,
    },
}

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    Exited(i32),
    Killed(i32),
    TimedOut(Duration),
    /// Somebody asked to stop: why.
    Stopped(String),
}

impl Ended {
    /// Tells whether the command exited with 0.
    pub fn is_success(&self) -> bool {
        *self == Self::Exited(0)
    }
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exited(code) => write!(f, "exit code {code}"),
            Self::Killed(signal) => write!(f, "killed by signal {signal}"),
            Self::TimedOut(limit) => write!(f, "no end within {} s", limit.as_secs()),
            Self::Stopped(why) => f.write_str(why),
        }
    }
}

/// Runs a command and passes each line of its output, without the line break, to `on_line`.
///
/// It ends early when `stop` gives a reason.
pub async fn run(
    argv: &[String],
    surroundings: &Surroundings,
    timeout: Duration,
    on_line: &mut (dyn FnMut(&[u8]) + Send),
    stop: impl Future<Output = String> + Send,
) -> Result<Ended, Error> {
    let (name, arguments) = argv.split_first().ok_or(Error::Empty)?;
    let start = |source| Error::Start {
        program: name.clone(),
        source,
    };
    let broken = |source| Error::Output {
        program: name.clone(),
        source,
    };
    let (reader, writer) = std::io::pipe().map_err(start)?;
    let mut child = {
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the home of running the team's commands"
        )]
        let mut command = tokio::process::Command::new(program(name, surroundings));
        command
            .args(arguments)
            .current_dir(&surroundings.dir)
            .env_clear()
            .envs(&surroundings.variables)
            .stdin(Stdio::null())
            .stdout(writer.try_clone().map_err(start)?)
            .stderr(writer)
            .process_group(0)
            .kill_on_drop(true);
        // The command is dropped right after: it holds the writing end, and we wait for the end of output.
        command.spawn().map_err(start)?
    };
    let mut group = Group::of(&child);
    let mut output = Receiver::from_owned_fd(reader.into()).map_err(broken)?;
    let mut lines = Lines::default();
    let mut buffer = vec![0; 16 * 1024];
    let mut is_open = true;
    let mut deadline = pin!(tokio::time::sleep(timeout));
    let mut stop = pin!(stop);
    let ended = loop {
        tokio::select! {
            read = output.read(&mut buffer), if is_open => match read.map_err(broken)? {
                0 => is_open = false,
                count => lines.push(&buffer[..count], on_line),
            },
            status = child.wait() => {
                group.forget();
                break from_status(status.map_err(broken)?);
            }
            () = &mut deadline => {
                group.end(&mut child).await;
                break Ended::TimedOut(timeout);
            }
            why = &mut stop => {
                group.end(&mut child).await;
                break Ended::Stopped(why);
            }
        }
    };
    while is_open {
        match tokio::time::timeout(OUTPUT_GRACE, output.read(&mut buffer)).await {
            Ok(Ok(count)) if count > 0 => lines.push(&buffer[..count], on_line),
            Ok(Ok(_) | Err(_)) | Err(_) => is_open = false,
        }
    }
    lines.finish(on_line);
    Ok(ended)
}

/// Returns what to start: a path in the project's files, or a name for PATH.
fn program(name: &str, surroundings: &Surroundings) -> PathBuf {
    if name.contains('/') {
        surroundings.dir.join(name)
    } else {
        PathBuf::from(name)
    }
}

fn from_status(status: std::process::ExitStatus) -> Ended {
    use std::os::unix::process::ExitStatusExt as _;
    match status.code() {
        Some(code) => Ended::Exited(code),
        None => Ended::Killed(status.signal().unwrap_or_default()),
    }
}

/// A process group that ends with this value.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &tokio::process::Child) -> Self {
        let pid = child.id().and_then(|id| i32::try_from(id).ok());
        Self(pid.and_then(Pid::from_raw))
    }

    fn signal(&self, signal: Signal) {
        if let Some(pid) = self.0 {
            // It may be gone already, which is what we want.
            let _gone = rustix::process::kill_process_group(pid, signal);
        }
    }

    /// Asks the group to end, then makes it.
    async fn end(&mut self, child: &mut tokio::process::Child) {
        self.signal(Signal::TERM);
        let _late = tokio::time::timeout(TERM_GRACE, child.wait()).await;
        self.signal(Signal::KILL);
        let _status = child.wait().await;
        self.forget();
    }

    /// The leader ended by itself: its number may soon be another's.
    fn forget(&mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

/// Cuts output into lines and counts it.
#[derive(Default)]
struct Lines {
    rest: Vec<u8>,
    passed: usize,
}

impl Lines {
    fn push(&mut self, bytes: &[u8], on_line: &mut (dyn FnMut(&[u8]) + Send)) {
        if self.passed > OUTPUT_LIMIT {
            return;
        }
        self.passed += bytes.len();
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.rest.extend_from_slice(piece);
            if piece.ends_with(b"\n") || self.rest.len() >= LINE_LIMIT {
                self.pass(on_line);
            }
        }
        if self.passed > OUTPUT_LIMIT {
            self.finish(on_line);
            on_line(b"[output over 10 MB is not kept]");
        }
    }

    fn finish(&mut self, on_line: &mut (dyn FnMut(&[u8]) + Send)) {
        if !self.rest.is_empty() {
            self.pass(on_line);
        }
    }

    fn pass(&mut self, on_line: &mut (dyn FnMut(&[u8]) + Send)) {
        let line = self.rest.strip_suffix(b"\n").unwrap_or(&self.rest);
        on_line(line.strip_suffix(b"\r").unwrap_or(line));
        self.rest.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::collections::BTreeMap;

    async fn sh(
        script: &str,
        timeout: Duration,
        stop: impl Future<Output = String> + Send,
    ) -> (Ended, Vec<String>) {
        let environment = BTreeMap::from([("PATH".to_owned(), "/usr/bin:/bin".to_owned())]);
        let folder = tempfile::tempdir().expect("a folder can be made");
        let surroundings = Surroundings::new(folder.path(), &environment, []);
        let argv = ["sh", "-c", script].map(str::to_owned);
        let mut lines = Vec::new();
        let mut on_line = |line: &[u8]| lines.push(String::from_utf8_lossy(line).into_owned());
        let ended = run(&argv, &surroundings, timeout, &mut on_line, stop)
            .await
            .expect("sh is there");
        (ended, lines)
    }

    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn lines_of_both_streams_come_in_order_with_the_exit_code() {
        let script = "echo one; echo two >&2; printf 'three'; exit 3";
        let (ended, lines) = sh(script, LONG, std::future::pending()).await;
        assert_eq!(ended, Ended::Exited(3));
        assert_eq!(lines, ["one", "two", "three"]);
    }

    #[tokio::test]
    async fn a_timeout_ends_the_whole_group() {
        let short = Duration::from_millis(50);
        let (ended, _) = sh("sleep 1000 & sleep 1000", short, std::future::pending()).await;
        assert_eq!(ended, Ended::TimedOut(short));
    }

    #[tokio::test]
    async fn a_reason_to_stop_ends_it() {
        let stop = async { "the head moved".to_owned() };
        let (ended, _) = sh("sleep 1000", LONG, stop).await;
        assert_eq!(ended, Ended::Stopped("the head moved".to_owned()));
    }

    #[tokio::test]
    async fn a_server_left_behind_does_not_hold_the_run() {
        let (ended, lines) = sh("sleep 3 & echo up", LONG, std::future::pending()).await;
        assert!(ended.is_success());
        assert_eq!(lines, ["up"]);
    }

    #[tokio::test]
    async fn stdin_is_closed_and_the_environment_is_the_one_given() {
        let script = "cat; echo \"${CARGO:-none}\"";
        let (_, lines) = sh(script, LONG, std::future::pending()).await;
        assert_eq!(lines, ["none"]);
    }

    #[test]
    fn endless_output_is_cut_with_a_mark() {
        let mut lines = Lines::default();
        let mut count = 0;
        let mut last = Vec::new();
        for _ in 0..200 {
            lines.push(&[b'x'; 100_000], &mut |line| {
                count += line.len();
                last = line.to_vec();
            });
        }
        assert!(count < OUTPUT_LIMIT + 200_000, "{count}");
        assert!(last.starts_with(b"[output over"));
    }
}
