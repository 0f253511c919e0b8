//! An event of a lock log with its author and time.

use std::hash::Hash;
use std::hash::Hasher;

use serde::Deserialize;
use serde::Serialize;

use crate::model::ConsoleId;
use crate::model::EventId;
use crate::model::Person;
use crate::model::Seal;
use crate::model::Timestamp;

use super::event::LockEvent;

/// A person at one console. Two consoles of the same person are two drivers: neither knows what the other does.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Driver {
    pub console: ConsoleId,
    pub person: Person,
    /// The machine's name.
    pub device: String,
}

impl PartialEq for Driver {
    fn eq(&self, other: &Self) -> bool {
        self.console == other.console
    }
}

impl Eq for Driver {}

impl Hash for Driver {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.console.hash(state);
    }
}

/// One entry of a lock log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockEntry {
    /// Random, fixed before the first attempt: by it an append whose answer was lost is found again.
    pub id: EventId,
    pub by: Driver,
    pub at: Timestamp,
    /// The kind's stable name, also where the kind is unknown.
    pub kind: String,
    /// None where the kind is not known to this version.
    pub event: Option<LockEvent>,
    pub seal: Seal,
}
