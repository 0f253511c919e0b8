//! Entries of a lock log to bytes and back; the files of one commit, as for a record's chain.
//!
//! Guaranteed: the same entry gives the same bytes; a kind of a newer version is read as such. The chain of commits
//! is the only order: an entry names its lock, so that it cannot be moved to another one.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use serde_json::json;

use crate::model::CommitId;
use crate::model::ConsoleId;
use crate::model::EventId;
use crate::model::LockId;
use crate::model::Person;
use crate::model::SIGNATURE_FILE;
use crate::model::Seal;
use crate::model::Timestamp;
use crate::model::Untrusted;

use super::super::canonical;
use super::entry::Driver;
use super::entry::LockEntry;

/// The empty file whose name is the format's version, readable before anything is decoded.
const VERSION_FILE: &str = "v1";
const EVENT_FILE: &str = "event.json";

/// Why an entry of a lock log cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    #[error("write the entry: {why}")]
    Write { why: String },
    #[error("read the entry: it has no file `{file}`")]
    NoFile { file: &'static str },
    #[error("read the entry: {why}")]
    Read { why: String },
    #[error("read the entry: it is not well-formed")]
    Parse(#[from] serde_json::Error),
    #[error("the entry {id} belongs to the lock {found}, but stands in {expected}")]
    Misplaced {
        id: EventId,
        expected: LockId,
        found: LockId,
    },
}

#[derive(Deserialize)]
struct Envelope {
    v: u64,
    id: EventId,
    #[serde(rename = "type")]
    kind: String,
    lock: LockId,
    /// Where it stands, said by those that are signed.
    #[serde(default)]
    place: Option<String>,
    actor: ActorFields,
    at: AtFields,
}

#[derive(Deserialize)]
struct ActorFields {
    uid: String,
    #[serde(default)]
    name: Untrusted,
    #[serde(default)]
    login: Option<String>,
    #[serde(default)]
    device: String,
    console: ConsoleId,
}

#[derive(Deserialize)]
struct AtFields {
    wall: Timestamp,
}

/// Returns the files of the entry's commit in the log of `lock`; of a sealed one what was sealed.
pub fn encode_lock(
    entry: &LockEntry,
    lock: &LockId,
) -> Result<BTreeMap<String, Vec<u8>>, LockError> {
    let mut files = BTreeMap::from([(VERSION_FILE.to_owned(), Vec::new())]);
    let bytes = match &entry.seal {
        Seal::None | Seal::Broken(_) => lock_text(entry, lock, None)?.into_bytes(),
        Seal::On { over, signature } => {
            files.insert(SIGNATURE_FILE.to_owned(), signature.clone().into_bytes());
            over.clone().into_bytes()
        }
    };
    files.insert(EVENT_FILE.to_owned(), bytes);
    Ok(files)
}

/// Returns the entry as it is written, with its place in the log where it is to be signed.
pub fn lock_text(
    entry: &LockEntry,
    lock: &LockId,
    place: Option<&str>,
) -> Result<String, LockError> {
    let tagged = serde_json::to_value(&entry.event)?;
    let mut json = json!({
        "v": 1,
        "id": entry.id,
        "type": tagged.get("type"),
        "lock": lock,
        "actor": {
            "uid": entry.by.person.id,
            "name": entry.by.person.name,
            "login": entry.by.person.login,
            "device": entry.by.device,
            "console": entry.by.console,
        },
        "at": {"wall": entry.at},
        "body": tagged.get("body"),
        "ext": {},
    });
    if let Some(place) = place {
        json["place"] = json!(place);
    }
    let bytes = canonical::write(&json).map_err(|why| LockError::Write { why })?;
    String::from_utf8(bytes).map_err(|error| LockError::Write {
        why: error.to_string(),
    })
}

/// Reads an entry from the files of its commit in the log of `lock`, which comes after `parent`.
pub fn decode_lock(
    files: &BTreeMap<String, Vec<u8>>,
    lock: &LockId,
    parent: Option<&CommitId>,
) -> Result<LockEntry, LockError> {
    if !files.contains_key(VERSION_FILE) {
        return Err(LockError::NoFile { file: VERSION_FILE });
    }
    let bytes = files
        .get(EVENT_FILE)
        .ok_or(LockError::NoFile { file: EVENT_FILE })?;
    if bytes.len() > canonical::MAX_BYTES {
        let why = format!("it is {} bytes long", bytes.len());
        return Err(LockError::Read { why });
    }
    let json: Value = serde_json::from_slice(bytes)?;
    // Limits of depth and length, and one spelling only.
    let spelled = canonical::write(&json).map_err(|why| LockError::Read { why })?;
    if &spelled != bytes {
        let why = "it is not spelled canonically".to_owned();
        return Err(LockError::Read { why });
    }
    let envelope = Envelope::deserialize(&json)?;
    if envelope.v != 1 {
        let why = format!("its format version is {}, we know 1", envelope.v);
        return Err(LockError::Read { why });
    }
    if &envelope.lock != lock {
        return Err(LockError::Misplaced {
            id: envelope.id,
            expected: lock.clone(),
            found: envelope.lock,
        });
    }
    let tagged = json!({"type": &envelope.kind, "body": json.get("body")});
    Ok(LockEntry {
        id: envelope.id,
        by: Driver {
            console: envelope.actor.console,
            person: Person {
                id: envelope.actor.uid,
                name: envelope.actor.name,
                login: envelope.actor.login,
            },
            device: envelope.actor.device,
        },
        at: envelope.at.wall,
        event: serde_json::from_value(tagged).ok(),
        kind: envelope.kind,
        seal: Seal::read(files, bytes, envelope.place.as_deref(), parent),
    })
}
