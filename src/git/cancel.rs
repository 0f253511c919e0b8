//! Cancelling: a look that nobody waits for any more must not go on using the machine. Whoever holds the token kills
//! the processes that run for it, and keeps those from starting that would follow.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use super::error::Error;
use super::process::Leash;

/// A token that ends merges in memory. Clones are one token; it cannot be taken back.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    is_cancelled: bool,
    next: u64,
    running: HashMap<u64, Leash>,
}

impl Cancel {
    /// Kills what runs for this token; what would follow answers [`Error::Cancelled`].
    pub fn cancel(&self) {
        let mut state = self.state();
        state.is_cancelled = true;
        for leash in state.running.values() {
            leash.kill();
        }
    }

    /// Cancels when the guard is dropped: a task that is aborted takes its processes along.
    pub fn on_drop(&self) -> CancelOnDrop {
        CancelOnDrop(self.clone())
    }

    /// Returns an error once cancelled.
    pub(super) fn check(&self) -> Result<(), Error> {
        if self.state().is_cancelled {
            return Err(Error::Cancelled);
        }
        Ok(())
    }

    /// Takes responsibility for one process while it runs.
    pub(super) fn hold(&self, leash: &Leash) -> Result<Held, Error> {
        let mut state = self.state();
        if state.is_cancelled {
            return Err(Error::Cancelled);
        }
        let key = state.next;
        state.next += 1;
        state.running.insert(key, leash.clone());
        Ok(Held {
            cancel: self.clone(),
            key,
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic while holding leaves flag and map whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Cancels its token when dropped.
#[derive(Debug)]
pub struct CancelOnDrop(Cancel);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// One process under a token.
#[derive(Debug)]
pub(super) struct Held {
    cancel: Cancel,
    key: u64,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.cancel.state().running.remove(&self.key);
    }
}
