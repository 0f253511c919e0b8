//! The real binary under strace, which kills it at a certain system call. One thread does everything
//! (`LANEKEEPER_RUNTIME=current-thread`), and only that thread is counted, so the calls of one run are those of the next.

use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use super::kills::program;
use super::moments::Moment;
use super::moments::Moments;

use crate::support::in_time::InTime as _;

/// The calls that may change something outside of the process, or after which something else goes on by itself: files made
/// and written, connections, other processes. Which of them are moments of their own is told in `moments`.
const CALLS: &str = "openat,creat,clone,clone3,vfork,write,writev,pwrite64,pwritev,pwritev2,sendto,sendmsg,sendmmsg,connect,shutdown,fsync,fdatasync,\
    sync_file_range,ftruncate,truncate,fallocate,copy_file_range,rename,renameat,renameat2,link,linkat,symlink,\
    symlinkat,unlink,unlinkat,rmdir,mkdir,mkdirat,chmod,fchmod,fchmodat,utimensat,flock,kill,epoll_wait,epoll_pwait";

/// How a run ended.
pub(super) enum End {
    /// It was killed at the call that is described.
    Killed(String),
    /// It came to its end with this code and these words.
    Ended { code: i32, text: String },
}

/// Says why nothing can be traced here; none if it can.
pub(super) fn why_not() -> Option<&'static str> {
    static WHY: OnceLock<Option<&'static str>> = OnceLock::new();
    *WHY.get_or_init(|| {
        let tried = program("strace")
            .args(["-o", "/dev/null", "true"])
            .output_in_time();
        match tried {
            Ok(output) if output.status.success() => None,
            Ok(_) => Some("strace may not trace here"),
            Err(_) => Some("there is no strace"),
        }
    })
}

/// Runs `command` to its end, and returns the calls at which another run can be killed.
pub(super) fn listed(command: &Command, log: &Path) -> (End, Moments) {
    // Threads are followed, since what they do makes moments of the calls after it; other programs are not.
    let list = ["-f", "-b", "execve", "-e", &format!("trace={CALLS}")].map(str::to_owned);
    let (end, text) = run(command, log, &list);
    (end, Moments::read(&text))
}

/// Runs `command`, killed at a certain call.
pub(super) fn killed(command: &Command, log: &Path, at: &Moment) -> End {
    let (name, number) = (&at.name, at.number);
    let (list, death) = (
        format!("trace={name}"),
        format!("inject={name}:signal=SIGKILL:when={number}"),
    );
    let how = ["-e", &list, "-e", &death].map(str::to_owned);
    run(command, log, &how).0
}

/// Runs `command`, a certain call of which answers `instead` of being made; returns how it ended, and the call as it was
/// made then, none where the run did not come to it.
pub(super) fn failed(
    command: &Command,
    log: &Path,
    at: &Moment,
    instead: &str,
) -> (End, Option<String>) {
    let (name, number) = (&at.name, at.number);
    let (list, failure) = (
        format!("trace={name}"),
        format!("inject={name}:{instead}:when={number}"),
    );
    let (end, text) = run(
        command,
        log,
        &["-e", &list, "-e", &failure].map(str::to_owned),
    );
    let hit = text.lines().find(|line| line.contains("(INJECTED)"));
    (end, hit.map(str::to_owned))
}

/// Runs `command` under strace, and returns how it ended and what was logged. It returns when every process that it started
/// has ended too: they hold the pipe that this reads to its end.
fn run(command: &Command, log: &Path, how: &[String]) -> (End, String) {
    let mut traced = program("sh");
    let strace = [
        "exec \"$@\" 9>&1",
        "sh",
        "strace",
        "-qq",
        "-y",
        "-s",
        "0",
        "-o",
    ];
    traced.arg("-c").args(strace).arg(log).args(how);
    traced.arg(command.get_program()).args(command.get_args());
    traced.env_clear();
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            traced.env(name, value);
        }
    }
    traced
        .env("LANEKEEPER_RUNTIME", "current-thread")
        .current_dir(command.get_current_dir().expect("a project"))
        .stdin(std::process::Stdio::null());
    let output = traced.output_in_time().expect("sh runs");
    let log = std::fs::read_to_string(log).unwrap_or_default();
    let end = match output.status.signal() {
        Some(_) => End::Killed(
            log.lines()
                .rfind(|line| !line.starts_with("+++"))
                .unwrap_or_default()
                .to_owned(),
        ),
        None => End::Ended {
            code: output.status.code().unwrap_or(-1),
            text: format!(
                "{}{}",
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            ),
        },
    };
    (end, log)
}
