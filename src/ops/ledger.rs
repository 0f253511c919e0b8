//! The local journal as the hands use it: one holder per plan, every failure saying that nothing was sent.

use std::sync::Mutex;
use std::sync::PoisonError;

use crate::store::Error;
use crate::store::Journal;

use super::fault::Fault;
use super::fault::FaultKind;
use super::points::Points;

/// The journal, usable across waits: each access is short and never spans one.
pub(super) struct Ledger {
    journal: Mutex<Journal>,
    points: Points,
}

impl Ledger {
    /// Wraps a journal that this process may write.
    pub(super) fn new(journal: Journal, points: Points) -> Self {
        Self {
            journal: Mutex::new(journal),
            points,
        }
    }

    /// Says that a moment was reached, to whoever listens.
    pub(super) fn reach(&self, name: &'static str) {
        self.points.reach(name);
    }

    /// Reads or writes the journal.
    pub(super) fn with<T>(
        &self,
        work: impl FnOnce(&Journal) -> Result<T, Error>,
    ) -> Result<T, Fault> {
        self.reach("before the journal");
        let worked = {
            let journal = self.journal.lock().unwrap_or_else(PoisonError::into_inner);
            work(&journal)
        };
        self.reach("after the journal");
        worked.map_err(|error| unusable("cannot use the local journal", &error))
    }
}

/// Makes the fault for a journal that cannot be used, with what to do about it.
pub(super) fn unusable(summary: &str, error: &Error) -> Fault {
    let hint = match error {
        Error::Damaged { path, .. } => format!(
            "Nothing was sent. What was shared is safe on the remote; what was not is only in that file. Keep it and \
             begin a new one: mv '{path}' '{path}.damaged'",
            path = path.display()
        ),
        Error::Newer { .. } => {
            "Nothing was sent. Update Lanekeeper, or use another state directory: XDG_STATE_HOME".to_owned()
        }
        Error::Unsafe { path, .. } => format!(
            "Nothing was sent. Find out who put it there; then move it away: {}",
            path.display()
        ),
        Error::Folder { .. }
        | Error::Network { .. }
        | Error::ReadOnly { .. }
        | Error::Full { .. }
        | Error::Database { .. }
        | Error::Content { .. }
        | Error::Event(_) => {
            "Nothing was sent. Free disk space or fix the permissions of the state directory, then try again."
                .to_owned()
        }
    };
    Fault::caused(FaultKind::Internal, summary, error).hint(hint)
}
