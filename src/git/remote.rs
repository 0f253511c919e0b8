//! Looking at the remote.
use crate::model::CommitId;
use crate::model::RefName;
/// What a fetch changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fetched {
    pub moved: Vec<Moved>,
}
/// One ref of the remote that moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Its name on the remote.
    pub name: RefName,
    /// None if it is new.
    pub from: Option<CommitId>,
    /// None if it is gone.
    pub to: Option<CommitId>,
}
