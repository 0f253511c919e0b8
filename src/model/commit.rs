//! A commit's head: who, when, what it says.

use serde::Deserialize;
use serde::Serialize;

use super::id::CommitId;
use super::person::Person;
use super::text::Untrusted;
use super::time::Timestamp;

/// A commit without its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    pub id: CommitId,
    pub parents: Vec<CommitId>,
    pub author: Person,
    pub authored_at: Timestamp,
    pub committed_at: Timestamp,
    /// The whole message.
    pub message: Untrusted,
}

impl Commit {
    /// Returns the first line of the message, made showable.
    pub fn subject(&self) -> String {
        self.message.subject()
    }

    /// Tells whether it has more than one parent.
    pub fn is_merge(&self) -> bool {
        self.parents.len() > 1
    }
}
