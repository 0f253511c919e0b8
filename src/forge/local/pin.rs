//! The newest head of the chain that this machine saw, kept across restarts: a chain that was rewritten, rolled back or
//! deleted while no console ran is noticed all the same (safety.md 3.7).
//!
//! One small file, replaced as a whole. Not guaranteed: anything on a machine that never saw the chain before.

use std::io::ErrorKind;
use std::path::Path;
use std::path::PathBuf;

use crate::forge::Error;
use crate::model::CommitId;
use crate::model::RefName;

use super::ledger::reading;

/// The file and the chain that it is about.
pub(super) struct Pin {
    path: PathBuf,
    name: RefName,
}

impl Pin {
    pub(super) fn new(path: PathBuf, name: RefName) -> Self {
        Self { path, name }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the head last kept; none if there is none, or it is about another chain.
    pub(super) fn read(&self) -> Result<Option<CommitId>, Error> {
        let text = match std::fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(reading("the last seen head of the forge's chain")(error)),
        };
        let head = text
            .trim()
            .split_once(' ')
            .filter(|(name, _)| *name == self.name.as_str())
            .and_then(|(_, head)| head.parse().ok());
        Ok(head)
    }

    /// Keeps a head. Without it only the next start knows less, so a failure is no reason to stop.
    pub(super) fn keep(&self, head: &CommitId) {
        let beside = self.path.with_extension("new");
        let written = std::fs::write(&beside, format!("{} {head}\n", self.name))
            .and_then(|()| std::fs::rename(&beside, &self.path));
        if let Err(error) = written {
            tracing::debug!(%error, "cannot keep the head of the forge's chain");
        }
    }
}
