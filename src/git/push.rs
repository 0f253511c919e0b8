//! Compare-and-swap pushes.
use crate::model::CommitId;
use crate::model::RefName;
use crate::model::Untrusted;
/// One ref to change on the remote, if it still is what was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefUpdate {
    pub name: RefName,
    /// The new value; none deletes.
    pub new: Option<CommitId>,
    /// The value seen; none means that it must not exist.
    pub expected: Option<CommitId>,
    /// The new value may leave out commits of the expected one (our own backport branch, started over).
    pub replaces: bool,
}
/// How one ref update ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pushed {
    Done,
    /// The remote had that value already.
    UpToDate,
    /// Somebody else moved the ref; nothing was changed.
    Stale,
    /// The remote refused: a hook or a policy.
    Rejected(Untrusted),
    /// Nobody knows whether it happened; look before trying again.
    Unknown(String),
}
