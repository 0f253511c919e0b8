//! Entries to bytes and back: the files of one commit of a record's chain (safety.md 3.2).
//!
//! Guaranteed: the same entry always gives the same bytes; what was read is written back byte for byte,
//! kinds and fields of newer versions included; a chain whose entries were changed, reordered or left out
//! does not pass [`verify`]. Not guaranteed: that the author is who they say they are; that is what a signature is for.

use std::collections::BTreeMap;
use std::collections::HashSet;

use serde::Deserialize;
use serde::Deserializer;
use serde::de::IgnoredAny;
use serde_json::Value;
use sha2::Digest;
use sha2::Sha256;

use crate::model::CommitId;
use crate::model::ENTRY_KINDS;
use crate::model::EventId;
use crate::model::HotfixId;
use crate::model::Person;
use crate::model::SIGNATURE_FILE;
use crate::model::Signed;
use crate::model::Timestamp;
use crate::model::Untrusted;

use super::canonical;
use super::entry::Actor;
use super::entry::Entry;
use super::signature;
use super::signature::SIGNED_FILE;
use super::signature::Signature;

/// The empty file whose name is the format's version, readable before anything is decoded.
const VERSION_FILE: &str = "v1";
const EVENT_FILE: &str = "event.json";

/// Why an entry cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("write the event: {why}")]
    Write { why: String },
    #[error(
        "read the event: it has no file `{file}`, so it was not made by a version that we know"
    )]
    NoFile { file: &'static str },
    #[error("read the event: {why}")]
    Read { why: String },
    #[error("read the event: it is not well-formed")]
    Parse(#[from] serde_json::Error),
    #[error("write the list of the archive: {why}")]
    WriteArchive { why: String },
    #[error("read the list of the archive: {why}")]
    ReadArchive { why: String },
    #[error("event {id} says that it belongs to {found}, but stands in {expected}")]
    Misplaced {
        id: EventId,
        expected: String,
        found: String,
    },
    #[error("entry {seq} of the record ({id}) does not follow the one before it: {why}")]
    Broken {
        seq: u64,
        id: EventId,
        why: &'static str,
    },
}

/// The envelope around an event's body. Fields that are not named here stay in `Entry::json`.
#[derive(Deserialize)]
struct Envelope {
    v: u64,
    id: EventId,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    critical: bool,
    run: HotfixId,
    prev: Option<CommitId>,
    seq: u64,
    actor: ActorFields,
    at: AtFields,
    #[serde(default)]
    prev_digest: Value,
    #[serde(default)]
    intent: Value,
    /// Whether it has one; what is in it is read as an event.
    #[serde(default, deserialize_with = "is_there")]
    body: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct ActorFields {
    uid: String,
    #[serde(default)]
    login: Untrusted,
    #[serde(default)]
    device: String,
}

#[derive(Deserialize)]
struct AtFields {
    wall: Timestamp,
}

/// Returns the files of the entry's commit.
pub fn encode(entry: &Entry) -> BTreeMap<String, Vec<u8>> {
    let bytes = entry.line.as_bytes().to_vec();
    let mut files = BTreeMap::from([
        (VERSION_FILE.to_owned(), Vec::new()),
        (EVENT_FILE.to_owned(), bytes),
    ]);
    if let Some(Signature { text, over }) = &entry.signature {
        files.insert(SIGNATURE_FILE.to_owned(), text.clone().into_bytes());
        if let Some(over) = over {
            files.insert(SIGNED_FILE.to_owned(), over.clone().into_bytes());
        }
    }
    files
}

/// Reads an entry from the files of its commit, which stands in the chain of `hotfix` after `parent`.
pub fn decode(
    files: &BTreeMap<String, Vec<u8>>,
    hotfix: &HotfixId,
    parent: Option<&CommitId>,
) -> Result<Entry, Error> {
    if !files.contains_key(VERSION_FILE) {
        return Err(Error::NoFile { file: VERSION_FILE });
    }
    let bytes = files
        .get(EVENT_FILE)
        .ok_or(Error::NoFile { file: EVENT_FILE })?;
    let mut entry = parse(bytes)?;
    let (signature, signed) =
        signature::read(&entry, files.get(SIGNATURE_FILE), files.get(SIGNED_FILE));
    entry.signature = signature;
    entry.signed = signed;
    let misplaced = |expected: String, found: String| Error::Misplaced {
        id: entry.id.clone(),
        expected,
        found,
    };
    if &entry.hotfix != hotfix {
        return Err(misplaced(hotfix.to_string(), entry.hotfix.to_string()));
    }
    if entry.prev.as_ref() != parent {
        let place = |commit: Option<&CommitId>| match commit {
            Some(commit) => format!("the place after {}", commit.short()),
            None => "the first place".to_owned(),
        };
        return Err(misplaced(place(parent), place(entry.prev.as_ref())));
    }
    Ok(entry)
}

/// Reads an entry from the bytes of its `event.json`, wherever it stands.
pub(super) fn parse(bytes: &[u8]) -> Result<Entry, Error> {
    if bytes.len() > canonical::MAX_BYTES {
        let why = format!(
            "it is {} bytes long, more than {}",
            bytes.len(),
            canonical::MAX_BYTES
        );
        return Err(Error::Read { why });
    }
    if !canonical::is_spelled(bytes) {
        judge_spelling(bytes)?;
    }
    if !bytes.starts_with(b"{") {
        let why = "it is not an object".to_owned();
        return Err(Error::Read { why });
    }
    let envelope: Envelope = serde_json::from_slice(bytes)?;
    if envelope.v != 1 {
        let why = format!("its format version is {}, we know 1", envelope.v);
        return Err(Error::Read { why });
    }
    let event = envelope
        .body
        .and_then(|_is_there| serde_json::from_slice(bytes).ok());
    // A kind that we know and yet cannot read was changed by a newer version: going on without it could
    // repeat what it tells of.
    let is_garbled = event.is_none() && ENTRY_KINDS.contains(&envelope.kind.as_str());
    Ok(Entry {
        id: envelope.id,
        hotfix: envelope.run,
        actor: Actor {
            person: Person {
                id: envelope.actor.uid,
                name: envelope.actor.login,
                login: None,
            },
            device: envelope.actor.device,
        },
        at: envelope.at.wall,
        seq: envelope.seq,
        prev: envelope.prev,
        event,
        kind: envelope.kind,
        is_critical: envelope.critical || is_garbled,
        cites: text_of(envelope.prev_digest),
        intent: text_of(envelope.intent),
        // It was read as JSON, which is UTF-8.
        line: String::from_utf8_lossy(bytes).into(),
        signature: None,
        signed: Signed::No,
    })
}

/// Says what is wrong with how an entry is spelled, if anything is.
fn judge_spelling(bytes: &[u8]) -> Result<(), Error> {
    let json: Value = serde_json::from_slice(bytes)?;
    let spelled = canonical::write(&json).map_err(|why| Error::Read { why })?;
    if spelled != bytes {
        // Another spelling could not be written back byte for byte, and could hide a doubled key.
        let why = "it is not spelled canonically".to_owned();
        return Err(Error::Read { why });
    }
    Ok(())
}

fn text_of(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        _other => None,
    }
}

fn is_there<'de, D: Deserializer<'de>>(value: D) -> Result<Option<IgnoredAny>, D::Error> {
    IgnoredAny::deserialize(value).map(Some)
}

/// Returns `sha256:` and the hex digest of an entry's line, as the next entry cites it.
pub(super) fn digest(line: &str) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = "sha256:".to_owned();
    for byte in Sha256::digest(line.as_bytes()) {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

/// Checks that `entries` (oldest first) follow each other and the one `before` them, none for a chain's
/// beginning: numbers in sequence, each citing the digest of the one before, no id twice.
pub fn verify(before: Option<&Entry>, entries: &[Entry]) -> Result<(), Error> {
    let mut ids: HashSet<&EventId> = before.iter().map(|entry| &entry.id).collect();
    let mut previous = before;
    for entry in entries {
        let broken = |why| Error::Broken {
            seq: entry.seq,
            id: entry.id.clone(),
            why,
        };
        if !ids.insert(&entry.id) {
            return Err(broken("the same event stands there twice"));
        }
        let cited = entry.cites.as_deref();
        match previous {
            None if entry.seq != 0 || entry.prev.is_some() || cited.is_some() => {
                return Err(broken("it is the first, but names one before it"));
            }
            None => {}
            Some(previous) if entry.seq != previous.seq + 1 => {
                return Err(broken("its number is not the next"));
            }
            Some(_) if entry.prev.is_none() => {
                return Err(broken("it does not name the commit before it"));
            }
            Some(previous) if cited != Some(previous.digest().as_str()) => {
                return Err(broken("the digest that it cites is of another entry"));
            }
            Some(_) => {}
        }
        previous = Some(entry);
    }
    Ok(())
}
