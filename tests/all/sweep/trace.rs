//! The real binary under strace, which kills it at a certain system call. One thread does everything
//! (`LANEKEEPER_RUNTIME=current-thread`), and only that thread is counted, so the moments of one run are those of the next.

use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use super::kills::program;

use crate::support::in_time::InTime as _;

/// The calls that change something outside of the process, or after which something else goes on by itself: files made and
/// written, connections, other processes. Between two of them nothing outside can tell one moment from another, so a
/// kill at each is a kill at every call.
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

/// A traced run: how it ended, and the calls that were counted.
pub(super) struct Run {
    pub(super) end: End,
    pub(super) calls: Vec<String>,
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

/// One call of a run: strace counts the calls of each name for themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Moment {
    name: String,
    number: usize,
}

impl Run {
    /// Returns the counted calls as moments at which another run can be killed.
    pub(super) fn moments(&self) -> Vec<Moment> {
        let mut counts = std::collections::BTreeMap::new();
        let names = self.calls.iter().filter_map(|call| call.split_once('('));
        names
            .map(|(name, _)| {
                let count = counts.entry(name.to_owned()).or_insert(0);
                *count += 1;
                Moment {
                    name: name.to_owned(),
                    number: *count,
                }
            })
            .collect()
    }
}

/// Runs `command`, killed at a certain call if that is given. Returns when every process that it started
/// has ended too: they hold the pipe that this reads to its end.
pub(super) fn run(command: &Command, log: &Path, at: Option<&Moment>) -> Run {
    let mut traced = program("sh");
    traced
        .args([
            "-c",
            "exec \"$@\" 9>&1",
            "sh",
            "strace",
            "-qq",
            "-y",
            "-s",
            "0",
            "-o",
        ])
        .arg(log)
        .arg("-e")
        .arg(format!("trace={CALLS}"));
    if let Some(at) = at {
        traced.arg("-e").arg(format!(
            "inject={}:signal=SIGKILL:when={}",
            at.name, at.number
        ));
    }
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
    let calls = std::fs::read_to_string(log).unwrap_or_default();
    let calls: Vec<String> = calls
        .lines()
        .filter(|line| !line.starts_with("+++") && !line.starts_with("---"))
        .map(str::to_owned)
        .collect();
    let end = match output.status.signal() {
        Some(_) => End::Killed(calls.last().cloned().unwrap_or_default()),
        None => End::Ended {
            code: output.status.code().unwrap_or(-1),
            text: format!(
                "{}{}",
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            ),
        },
    };
    Run { end, calls }
}
