//! The local journal as the hands use it: one holder per plan, every failure saying that nothing was sent.

use std::sync::Mutex;
use std::sync::PoisonError;

use crate::store::Error;
use crate::store::Journal;

use super::fault::Fault;
use super::fault::FaultKind;

/// The journal, usable across waits: each access is short and never spans one.
pub(super) struct Ledger(Mutex<Journal>);

impl Ledger {
    /// Wraps a journal that this process may write.
    pub(super) fn new(journal: Journal) -> Self {
        Self(Mutex::new(journal))
    }

    /// Reads or writes the journal.
    pub(super) fn with<T>(
        &self,
        work: impl FnOnce(&Journal) -> Result<T, Error>,
    ) -> Result<T, Fault> {
        let journal = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        work(&journal).map_err(|error| {
            Fault::caused(FaultKind::Internal, "cannot write the local journal", &error)
                .hint("Nothing was sent. Free disk space or fix the permissions of the state directory, then try again.")
        })
    }
}
