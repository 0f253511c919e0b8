//! The local journal as the hands use it: one holder per plan, every failure saying how far the plan had come by then.

use std::sync::Mutex;
use std::sync::PoisonError;

use crate::store::Error;
use crate::store::Journal;
use crate::store::ReadOnly;

use super::disk::remedy;
use super::fault::Fault;
use super::fault::FaultKind;
use super::points::Points;

/// The journal, usable across waits: each access is short and never spans one.
pub(super) struct Ledger {
    journal: Mutex<Journal>,
    points: Points,
    sent: Mutex<Sent>,
}

/// The most that has left this machine, as far as a failure of the journal has to tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sent {
    Nothing,
    /// Entries of the record or of the lock log; no call was made.
    Words,
    /// A call was made, or may have been.
    Call,
}

impl Ledger {
    /// Wraps a journal that this process may write.
    pub(super) fn new(journal: Journal, points: Points) -> Self {
        Self {
            journal: Mutex::new(journal),
            points,
            sent: Mutex::new(Sent::Nothing),
        }
    }

    /// Notes what leaves now, before its first byte does.
    pub(super) fn sends(&self, what: Sent) {
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        *sent = (*sent).max(what);
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
        let sent = *self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        worked.map_err(|error| unusable_after(sent, "cannot use the local journal", &error))
    }
}

/// Makes the fault for a plan whose journal can only be read: nothing is sent of what could not be written down.
pub(super) fn read_only(why: &ReadOnly) -> Fault {
    let hint = match why {
        ReadOnly::Disk { dir, source } => remedy(source.kind(), dir).unwrap_or_else(|| {
            format!(
                "Make {} writable for you, or set XDG_STATE_HOME to a folder that is; then try again.",
                dir.display()
            )
        }),
        ReadOnly::Held { .. } | ReadOnly::Look => {
            "Wait until the other one has ended; then look again.".to_owned()
        }
    };
    Fault::new(FaultKind::Internal, format!("nothing was done: {why}")).hint(hint)
}

/// Makes the fault for a journal that cannot be used before anything was sent.
pub(super) fn unusable(summary: &str, error: &Error) -> Fault {
    unusable_after(Sent::Nothing, summary, error)
}

/// Makes the fault for a journal that cannot be used, with what was sent before and what to do about it.
fn unusable_after(sent: Sent, summary: &str, error: &Error) -> Fault {
    let mend = match error {
        Error::Damaged { path, .. } => format!(
            "What was shared is safe on the remote; what was not is only in that file. Keep it and begin a new one: \
             mv '{path}' '{path}.damaged'",
            path = path.display()
        ),
        Error::Newer { .. } => {
            "Update Lanekeeper, or use another state directory: XDG_STATE_HOME".to_owned()
        }
        Error::Unsafe { path, .. } => format!(
            "Find out who put it there; then move it away: {}",
            path.display()
        ),
        Error::Folder { .. }
        | Error::Network { .. }
        | Error::ReadOnly { .. }
        | Error::Full { .. }
        | Error::Database { .. }
        | Error::Content { .. }
        | Error::Event(_) => {
            let then = match sent {
                Sent::Nothing | Sent::Words => "try again",
                Sent::Call => "look",
            };
            format!("Free disk space or fix the permissions of the state directory, then {then}.")
        }
    };
    match sent {
        Sent::Nothing => Fault::caused(FaultKind::Internal, summary, error)
            .hint(format!("Nothing was sent. {mend}")),
        Sent::Words => Fault::caused(FaultKind::Internal, summary, error).hint(format!(
            "No call was made, but what was already told to the others stays on record. {mend}"
        )),
        Sent::Call => Fault::caused(FaultKind::Unknown, summary, error).hint(format!(
            "A call was made before this, and what came of it could not be kept here. {mend} `lanekeeper resume` shows \
             what it did."
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn whoever_cannot_write_is_told_to_wait_only_for_somebody() {
        let hint = |why: &ReadOnly| read_only(why).hint.expect("a hint");
        let disk = |kind: io::ErrorKind| ReadOnly::Disk {
            dir: "/proc/self/state".into(),
            source: kind.into(),
        };
        let held = ReadOnly::Held { by: "7".into() };
        assert!(hint(&held).starts_with("Wait until the other one has ended"));
        for (kind, words) in [
            (io::ErrorKind::StorageFull, "is full. Free space there"),
            (io::ErrorKind::ReadOnlyFilesystem, "Mount it for writing"),
            (
                io::ErrorKind::PermissionDenied,
                "Make /proc/self/state writable",
            ),
        ] {
            let hint = hint(&disk(kind));
            assert!(hint.contains(words), "{kind}: {hint}");
            assert!(!hint.contains("Wait"), "{kind}: {hint}");
        }
    }
}
