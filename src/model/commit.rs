//! A commit's head: who, when, what it says.

use serde::Deserialize;
use serde::Serialize;

use super::id::CommitId;
use super::person::Person;
use super::text::Untrusted;
use super::time::Timestamp;

/// A commit without its content.
/// Words that make CI leave out a commit, in lower case.
pub const SKIPS: [&str; 5] = [
    "[skip ci]",
    "[ci skip]",
    "[no ci]",
    "[skip actions]",
    "[actions skip]",
];

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

    /// Returns the first word in the subject by which CI leaves a commit out; a backport must be tested.
    pub fn skips_ci(&self) -> Option<&'static str> {
        let subject = self.message.raw().lines().next().unwrap_or_default();
        let subject = subject.to_ascii_lowercase();
        SKIPS.into_iter().find(|skip| subject.contains(skip))
    }

    /// Tells whether it has more than one parent.
    pub fn is_merge(&self) -> bool {
        self.parents.len() > 1
    }
}
