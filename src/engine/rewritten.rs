//! The record on the remote is not what this machine saw before: somebody rewrote or deleted it, or the remote was
//! restored from a backup (safety.md 3.7, F20). Nothing more is done for its hotfix until a person has decided.

use crate::model::CommitId;
use crate::model::EventId;

/// What is wrong with a record that was seen before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewritten {
    /// In words, as the alarm on record tells it.
    pub what: String,
    /// Where the remote has it now; none where it is gone.
    pub head: Option<CommitId>,
    /// Events that were seen here and are not there any more, in their old order.
    pub missing: Vec<EventId>,
    /// What stands there is no record, so nothing can be appended to it: what is put back takes its place.
    pub replaces: bool,
    /// Why what is missing cannot be put back, where it cannot.
    pub why_not: Option<String>,
}
