//! Which runs are still alive, so that a deployment whose console died does not block its environment for ever.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::PoisonError;

use super::event::Run;
use super::options::LocalOptions;

/// The runs of this process. Shared by all local forges in it: one may be made anew while another still runs.
static ALIVE: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// A run of this process; it is over when this is dropped.
pub(super) struct LiveRun(Run);

impl LiveRun {
    pub(super) fn new(options: &LocalOptions) -> Self {
        let token = ulid::Ulid::from_datetime(std::time::UNIX_EPOCH).to_string();
        let alive = ALIVE.lock();
        alive
            .unwrap_or_else(PoisonError::into_inner)
            .insert(token.clone());
        Self(Run {
            device: options.device.clone(),
            pid: options.pid,
            token,
        })
    }

    pub(super) fn run(&self) -> &Run {
        &self.0
    }
}

impl Drop for LiveRun {
    fn drop(&mut self) {
        let alive = ALIVE.lock();
        alive
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.0.token);
    }
}

/// Tells whether a run is known to be over without having said so. A run on another machine is never known to be.
pub(super) fn is_dead(run: &Run, options: &LocalOptions) -> bool {
    if run.device != options.device {
        return false;
    }
    if run.pid == options.pid {
        let alive = ALIVE.lock();
        return !alive
            .unwrap_or_else(PoisonError::into_inner)
            .contains(&run.token);
    }
    let pid = i32::try_from(run.pid)
        .ok()
        .and_then(rustix::process::Pid::from_raw);
    let Some(pid) = pid else {
        return true;
    };
    rustix::process::test_kill_process(pid) == Err(rustix::io::Errno::SRCH)
}
