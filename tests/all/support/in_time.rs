//! Children of a test end in time: one that waits for ever would hold the whole suite, and nobody would know which.

use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;
use std::sync::mpsc;
use std::time::Duration;

use rustix::process::Pid;
use rustix::process::Signal;
use rustix::process::kill_process_group;

/// Far more than any command needs on the slowest machine.
const LIMIT: Duration = Duration::from_secs(300);

pub(crate) trait InTime {
    /// As `output`, with nothing to read, in a process group of its own; a panic that names the command if it does not end.
    fn output_in_time(&mut self) -> std::io::Result<Output>;
}

impl InTime for Command {
    fn output_in_time(&mut self) -> std::io::Result<Output> {
        let child = self
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()?;
        let group = Pid::from_raw(child.id().cast_signed()).expect("a process has an id");
        let (ended, end) = mpsc::channel();
        std::thread::spawn(move || ended.send(child.wait_with_output()));
        end.recv_timeout(LIMIT).unwrap_or_else(|_| {
            let _gone = kill_process_group(group, Signal::KILL);
            // What it said until then helps to see what it waited for.
            let said = end.recv_timeout(Duration::from_secs(5));
            panic!("{self:?} did not end in {LIMIT:?}; it said {said:?}")
        })
    }
}
