//! A child process from start to end: fed, read and awaited by small threads, ended as a group when it is late or
//! when nobody waits for it any more. Which program, with what around it, is decided in `command`.
//!
//! The group is asked before it is killed. Where the remote is a folder, the other side of a push is in the group too, and
//! the lock files of a git that is killed on the spot stay there; one that is asked takes them away.

use std::io::Read;
use std::io::Write;
use std::process::Child;
use std::sync::Arc;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::mpsc;
use std::sync::mpsc::RecvTimeoutError;
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
/// The same where somebody leaves, who is promised that it takes no longer than two seconds in all.
const SHORT_GRACE: Duration = Duration::from_millis(400);
/// A daemon started by git (an ssh master connection) may keep the pipes open after git has ended.
const DRAIN: Duration = Duration::from_secs(1);

/// Who may end the process: the group while it runs, nobody before and after.
#[derive(Debug, Clone, Default)]
pub(super) struct Leash(Arc<Tether>);

#[derive(Debug, Default)]
struct Tether {
    hold: Mutex<Hold>,
    has_ended: Condvar,
}

#[derive(Debug, Default)]
enum Hold {
    #[default]
    NotStarted,
    Running(Pid),
    /// Running, and asked to end since nobody waits for it any more.
    CalledBack(Pid),
    /// Ended, or not wanted any more before it began.
    Ended,
}

impl Leash {
    fn hold(&self) -> std::sync::MutexGuard<'_, Hold> {
        // A panic while holding leaves the enum whole.
        self.0.hold.lock().unwrap_or_else(PoisonError::into_inner)
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

    /// Asks the group to end, waits a moment for it, and kills what is left; or keeps it from ever starting. The moment
    /// is waited for here, since the program may end right after.
    fn call_back(&self) {
        let mut hold = self.hold();
        match *hold {
            Hold::NotStarted => {
                *hold = Hold::Ended;
                return;
            }
            Hold::Running(pid) => {
                *hold = Hold::CalledBack(pid);
                let _gone = kill_process_group(pid, Signal::TERM);
            }
            Hold::CalledBack(_) => {}
            Hold::Ended => return,
        }
        let is_up = |hold: &mut Hold| !matches!(hold, Hold::Ended);
        let waited = self
            .0
            .has_ended
            .wait_timeout_while(hold, SHORT_GRACE, is_up);
        drop(waited);
        self.signal(Signal::KILL);
    }

    fn is_called_back(&self) -> bool {
        matches!(*self.hold(), Hold::CalledBack(_))
    }

    fn signal(&self, signal: Signal) {
        match *self.hold() {
            Hold::Running(pid) | Hold::CalledBack(pid) => {
                // The group may be gone already; that is what we want.
                let _gone = kill_process_group(pid, signal);
            }
            Hold::NotStarted | Hold::Ended => {}
        }
    }
}

/// Ends the group if the future that waits for it is dropped.
pub(super) struct EndOnDrop(Leash);

impl EndOnDrop {
    pub(super) fn new(leash: &Leash) -> Self {
        Self(leash.clone())
    }
}

impl Drop for EndOnDrop {
    fn drop(&mut self) {
        self.0.call_back();
    }
}

/// Feeds, reads and awaits the child; `Err` if it had to be ended for being late.
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
    }
    if !in_time || leash.is_called_back() {
        // Whom it started may still clean up after it has ended itself, and holds the pipes until then.
        let has_ended = in_time || end.recv_timeout(GRACE).is_ok();
        let mut pipes = stdout.iter().chain(&stderr);
        let _are_gone = has_ended && pipes.all(|reading| reading.ends_within(GRACE));
        leash.signal(Signal::KILL);
    }
    let status = {
        let mut hold = leash.hold();
        let status = child.wait();
        *hold = Hold::Ended;
        status
    };
    leash.0.has_ended.notify_all();
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
    /// Tells whether nobody holds the other end any more, or lets go of it in time.
    fn ends_within(&self, limit: Duration) -> bool {
        !matches!(
            self.done.recv_timeout(limit),
            Err(RecvTimeoutError::Timeout)
        )
    }

    fn finish(self) -> Vec<u8> {
        let _late = self.done.recv_timeout(DRAIN);
        std::mem::take(&mut *self.bytes.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
