//! An event with author, time and place in the chain.

use crate::model::CommitId;
use crate::model::EventId;
use crate::model::HotfixId;
use crate::model::Person;
use crate::model::Timestamp;

use super::event::Event;

/// Who wrote an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    pub person: Person,
    /// The machine's name, so that two consoles of one person can be told apart.
    pub device: String,
}

/// One entry of a record, read from its commit or made to be appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Random, fixed before the first attempt to append: the key by which a repeated entry is dropped.
    pub id: EventId,
    pub hotfix: HotfixId,
    pub actor: Actor,
    pub at: Timestamp,
    /// 0 for the first entry.
    pub seq: u64,
    /// The commit before this one, none for the first.
    pub prev: Option<CommitId>,
    /// The event, or none where its kind is not known to this version.
    pub event: Option<Event>,
    /// The kind's stable name, also where the kind is unknown.
    pub kind: String,
    /// An unknown kind with this mark stops effects.
    pub is_critical: bool,
    /// The JSON object as it was read, kept so that unknown kinds and fields survive.
    pub json: serde_json::Value,
}
