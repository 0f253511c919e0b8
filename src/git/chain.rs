//! Append-only chains.
use crate::model::CommitId;
use crate::model::Person;
use crate::model::Timestamp;
use crate::model::Untrusted;
use std::collections::BTreeMap;
/// One commit of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub id: CommitId,
    pub parent: Option<CommitId>,
    pub author: Person,
    pub at: Timestamp,
    pub message: Untrusted,
    /// Every file of its tree by path, `att/x` for one in a folder.
    pub files: BTreeMap<String, Vec<u8>>,
}
/// What a new commit of a chain holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLink {
    pub author: Person,
    pub at: Timestamp,
    pub message: String,
    pub files: BTreeMap<String, Vec<u8>>,
}
