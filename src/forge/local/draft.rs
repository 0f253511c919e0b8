//! An event before it is in the chain: who writes it when, and the id that stays over all tries.

use std::time::Duration;

use crate::model::EventId;
use crate::model::Person;
use crate::model::Seal;
use crate::model::Timestamp;

use super::event::Entry;
use super::event::Event;

/// What is fixed about an event before the first try: its id, and who writes it when.
#[derive(Clone)]
pub(super) struct Stamp {
    pub(super) id: EventId,
    pub(super) by: Person,
    pub(super) device: String,
    pub(super) at: Timestamp,
}

/// An entry to append, with its attachments.
#[derive(Clone)]
pub(super) struct Draft {
    pub(super) entry: Entry,
    pub(super) event: Event,
    pub(super) attachments: Vec<Vec<u8>>,
}

impl Draft {
    pub(super) fn new(stamp: Stamp, event: Event, attachments: Vec<Vec<u8>>) -> Self {
        let Stamp { id, by, device, at } = stamp;
        let entry = Entry {
            id,
            by,
            device,
            at,
            kind: event.name().to_owned(),
            is_critical: false,
            event: Some(event.clone()),
            seal: Seal::None,
        };
        Self {
            entry,
            event,
            attachments,
        }
    }
}

/// Returns a fresh event id.
pub(super) fn new_event_id(at: Timestamp) -> EventId {
    let second = u64::try_from(at.as_second()).unwrap_or(0);
    let time = std::time::UNIX_EPOCH + Duration::from_secs(second);
    let id = ulid::Ulid::from_datetime(time).to_string();
    id.parse().expect("a ULID is letters and digits")
}
