//! A child process from start to end: fed, read and awaited by small threads, killed as a group when it is late or
//! when nobody waits for it any more. Which program, with what around it, is decided in `command`.

use std::io::Read;
use std::io::Write;
use std::process::Child;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use rustix::process::Pid;
use rustix::process::Signal;
use rustix::process::WaitId;
use rustix::process::WaitIdOptions;
use rustix::process::kill_process_group;
use rustix::process::waitid;

use crate::model::Untrusted;

use super::command::Output;

/// Between the polite and the hard signal.
const GRACE: Duration = Duration::from_secs(2);
/// A daemon started by git (an ssh master connection) may keep the pipes open after git has ended.
const DRAIN: Duration = Duration::from_secs(1);

/// Who may kill the process: the group while it runs, nobody before and after.
#[derive(Debug, Clone, Default)]
pub(super) struct Leash(Arc<Mutex<Hold>>);

#[derive(Debug, Default)]
enum Hold {
    #[default]
    NotStarted,
    Running(Pid),
    /// Ended, or not wanted any more before it began.
    Ended,
}

impl Leash {
    fn hold(&self) -> std::sync::MutexGuard<'_, Hold> {
        // A panic while holding leaves the enum whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn spawn(&self, command: &mut std::process::Command) -> std::io::Result<Child> {
        let mut hold = self.hold();
        if matches!(*hold, Hold::Ended) {
            return Err(std::io::Error::from(std::io::ErrorKind::Interrupted));
        }
        let child = command.spawn()?;
        if let Some(pid) = Pid::from_raw(child.id().cast_signed()) {
            *hold = Hold::Running(pid);
        }
        Ok(child)
    }

    /// Kills the group, or keeps it from ever starting.
    pub(super) fn kill(&self) {
        self.signal(Signal::KILL);
        let mut hold = self.hold();
        if matches!(*hold, Hold::NotStarted) {
            *hold = Hold::Ended;
        }
    }

    fn signal(&self, signal: Signal) {
        if let Hold::Running(pid) = *self.hold() {
            // The group may be gone already; that is what we want.
            let _gone = kill_process_group(pid, signal);
        }
    }
}

/// Kills the group if the future that waits for it is dropped.
pub(super) struct KillOnDrop(Leash);

impl KillOnDrop {
    pub(super) fn new(leash: &Leash) -> Self {
        Self(leash.clone())
    }
}

impl Drop for KillOnDrop {
    fn drop(&mut self) {
        self.0.kill();
    }
}

/// Feeds, reads and awaits the child; `Err` if it had to be killed for being late.
pub(super) fn wait(
    mut child: Child,
    input: Option<Vec<u8>>,
    limit: Duration,
    leash: &Leash,
) -> Result<Output, ()> {
    if let (Some(mut stdin), Some(input)) = (child.stdin.take(), input) {
        // A child that ends early closes the pipe; its exit code tells the story.
        thread::spawn(move || drop(stdin.write_all(&input)));
    }
    let stdout = child.stdout.take().map(read_in_background);
    let stderr = child.stderr.take().map(read_in_background);
    let (ended, end) = mpsc::channel();
    if let Some(pid) = Pid::from_raw(child.id().cast_signed()) {
        thread::spawn(move || {
            // Only looks: the process stays a zombie, so its id is not reused while we may signal it.
            let look = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
            while matches!(waitid(WaitId::Pid(pid), look), Err(rustix::io::Errno::INTR)) {}
            let _nobody_waits = ended.send(());
        });
    }
    let in_time = end.recv_timeout(limit).is_ok();
    if !in_time {
        leash.signal(Signal::TERM);
        if end.recv_timeout(GRACE).is_err() {
            leash.signal(Signal::KILL);
        }
    }
    let status = {
        let mut hold = leash.hold();
        let status = child.wait();
        *hold = Hold::Ended;
        status
    };
    let collect = |from: Option<Reading>| from.map(Reading::finish).unwrap_or_default();
    let (stdout, stderr) = (collect(stdout), collect(stderr));
    if !in_time {
        return Err(());
    }
    Ok(Output {
        code: status.ok().and_then(|status| status.code()),
        stdout,
        stderr: Untrusted::from_bytes(&stderr),
    })
}

/// A pipe being read by its own thread.
struct Reading {
    bytes: Arc<Mutex<Vec<u8>>>,
    done: mpsc::Receiver<()>,
}

fn read_in_background(mut pipe: impl Read + Send + 'static) -> Reading {
    let bytes = Arc::new(Mutex::new(Vec::new()));
    let (ended, done) = mpsc::channel();
    let shared = Arc::clone(&bytes);
    thread::spawn(move || {
        let mut block = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = pipe.read(&mut block) {
            shared
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .extend_from_slice(&block[..count]);
        }
        let _nobody_waits = ended.send(());
    });
    Reading { bytes, done }
}

impl Reading {
    fn finish(self) -> Vec<u8> {
        let _late = self.done.recv_timeout(DRAIN);
        std::mem::take(&mut *self.bytes.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
