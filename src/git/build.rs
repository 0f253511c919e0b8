//! Building commits without a checkout.
use crate::model::CommitId;
use crate::model::ConflictPath;
use crate::model::Person;
use crate::model::Timestamp;
/// What happens where a pick conflicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConflictPolicy {
    /// Commit the tree with its markers, for a draft.
    DraftWithMarkers,
    /// One empty commit onto the target.
    EmptyCommit,
    /// Answer `Error::Conflicts`, build nothing.
    Fail,
}
/// Which commits to pick onto what.
#[derive(Debug, Clone)]
pub struct PickOrder {
    pub onto: CommitId,
    /// Oldest first. A merge commit is picked against its first parent.
    pub commits: Vec<CommitId>,
    pub policy: ConflictPolicy,
    /// Added to each message after the `cherry picked from` line, as `Key: value`.
    pub trailers: Vec<(String, String)>,
    pub committer: Person,
    pub at: Timestamp,
}
/// What to merge, or squash, onto what.
#[derive(Debug, Clone)]
pub struct MergeBuild {
    pub onto: CommitId,
    pub other: CommitId,
    pub message: String,
    pub committer: Person,
    pub at: Timestamp,
    /// Commit the tree with markers instead of answering `Error::Conflicts`.
    pub keep_conflicts: bool,
}
/// What was built. Nothing is on the remote yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// The new commit; the target itself if nothing was left to do.
    pub head: CommitId,
    pub tree: CommitId,
    /// What a person must decide.
    pub conflicts: Vec<ConflictPath>,
    /// Commits that could not be applied onto an earlier conflict.
    pub pending: Vec<CommitId>,
}
