//! Entries as the files of their commits: `v1` (empty, the format's version), `event.json`, `event.sig`, `att/<sha256>`.
//!
//! Decoding never fails: one commit that cannot be read must not hide all others. What is not understood
//! becomes an entry without an event; its bytes stay in the chain, which is append-only.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;
use sha2::Digest as _;

use crate::model::CommitId;
use crate::model::EventId;
use crate::model::Person;
use crate::model::SIGNATURE_FILE;
use crate::model::Seal;
use crate::model::Timestamp;
use crate::model::Untrusted;

use super::event::Entry;
use super::event::Event;

/// Bytes of `event.json` at most: a request's description is the longest text in it.
pub(super) const EVENT_LIMIT: usize = 256 * 1024;
/// Bytes of one attachment at most.
pub(super) const ATTACHMENT_LIMIT: usize = 256 * 1024;

const EVENT_FILE: &str = "event.json";

/// Why an entry cannot be kept.
#[derive(Debug, thiserror::Error)]
#[error("`{kind}` takes {bytes} bytes, at most {EVENT_LIMIT} can be kept: shorten its text")]
pub(super) struct TooLarge {
    pub(super) kind: String,
    pub(super) bytes: usize,
}

#[derive(Serialize, Deserialize)]
struct Wire {
    v: u32,
    id: EventId,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    critical: bool,
    /// Where it stands, said by those that are signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    place: Option<String>,
    actor: WireActor,
    at: Timestamp,
    #[serde(default)]
    body: Value,
}

#[derive(Serialize, Deserialize)]
struct WireActor {
    id: String,
    name: Untrusted,
    #[serde(default)]
    device: String,
}

/// Returns the files of an entry and its attachments; of a sealed one what was sealed. The same entry always gives the
/// same bytes.
pub(super) fn encode(
    entry: &Entry,
    event: &Event,
    attachments: &[Vec<u8>],
) -> Result<BTreeMap<String, Vec<u8>>, TooLarge> {
    let mut files = BTreeMap::from([("v1".to_owned(), Vec::new())]);
    let json = match &entry.seal {
        Seal::None | Seal::Broken(_) => text(entry, event, None)?,
        Seal::On { over, signature } => {
            files.insert(SIGNATURE_FILE.to_owned(), signature.clone().into_bytes());
            over.clone()
        }
    };
    files.insert(EVENT_FILE.to_owned(), json.into_bytes());
    for attachment in attachments {
        files.insert(attachment_path(&digest(attachment)), attachment.clone());
    }
    Ok(files)
}

/// Returns an entry as it is written, with its place in the chain where it is to be signed.
pub(super) fn text(
    entry: &Entry,
    event: &Event,
    place: Option<String>,
) -> Result<String, TooLarge> {
    let tagged = serde_json::to_value(event).expect("events are plain data");
    let wire = Wire {
        v: 1,
        id: entry.id.clone(),
        kind: event.name().to_owned(),
        critical: entry.is_critical,
        place,
        actor: WireActor {
            id: entry.by.id.clone(),
            name: entry.by.name.clone(),
            device: entry.device.clone(),
        },
        at: entry.at,
        body: tagged.get("body").cloned().unwrap_or(Value::Null),
    };
    let json = serde_json::to_string(&wire).expect("events are plain data");
    if json.len() > EVENT_LIMIT {
        return Err(TooLarge {
            kind: wire.kind,
            bytes: json.len(),
        });
    }
    Ok(json)
}

/// Reads the entry of one commit, which comes after `parent`. What cannot be read is an entry without an event, with the commit's id as its own.
pub(super) fn decode(
    id: &CommitId,
    parent: Option<&CommitId>,
    author: &Person,
    at: Timestamp,
    files: &BTreeMap<String, Vec<u8>>,
) -> Entry {
    let json = files.get(EVENT_FILE);
    let json = json.filter(|json| json.len() <= EVENT_LIMIT);
    let read = json.and_then(|json| Some((json, serde_json::from_slice::<Wire>(json).ok()?)));
    let Some((json, wire)) = read else {
        return Entry {
            id: id.as_str().parse().expect("hex digits are an event id"),
            by: author.clone(),
            device: String::new(),
            at,
            kind: "unreadable".to_owned(),
            is_critical: false,
            event: None,
            seal: Seal::None,
        };
    };
    let tagged = serde_json::json!({ "type": wire.kind, "body": wire.body });
    let event = if wire.v == 1 {
        serde_json::from_value(tagged).ok()
    } else {
        None
    };
    Entry {
        id: wire.id,
        by: Person {
            id: wire.actor.id.trim().to_lowercase(),
            name: wire.actor.name,
            login: None,
        },
        device: wire.actor.device,
        at: wire.at,
        kind: wire.kind,
        is_critical: wire.critical,
        event,
        seal: Seal::read(files, json, wire.place.as_deref(), parent),
    }
}

/// Returns the name under which an attachment is kept: its SHA-256.
pub(super) fn digest(attachment: &[u8]) -> String {
    let mut hex = String::with_capacity(64);
    for byte in sha2::Sha256::digest(attachment) {
        hex.push_str(&format!("{byte:02x}"));
    }
    hex
}

/// Returns the path of an attachment in its commit.
pub(super) fn attachment_path(digest: &str) -> String {
    format!("att/{digest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::model::RequestId;

    fn commit() -> CommitId {
        "c".repeat(40).parse().expect("static id")
    }

    fn entry(event: Event) -> Entry {
        Entry {
            id: "01J00000000000000000000000".parse().expect("static id"),
            by: Person::from_email("Ana", "Ana@example.org"),
            device: "laptop".to_owned(),
            at: Timestamp::from_second(1_775_986_267),
            kind: event.name().to_owned(),
            is_critical: false,
            event: Some(event),
            seal: Seal::None,
        }
    }

    fn comment(text: &str) -> Event {
        Event::RequestCommented {
            request: RequestId(3),
            text: text.to_owned(),
        }
    }

    fn decode_files(files: &BTreeMap<String, Vec<u8>>) -> Entry {
        let nobody = Person::from_email("Bob", "bob@example.org");
        decode(&commit(), None, &nobody, Timestamp::from_second(7), files)
    }

    #[test]
    fn an_entry_survives_its_files_and_its_attachments_are_named_by_digest() {
        let event = comment("looks good\n\u{1b}[31m");
        let entry = entry(event.clone());
        let files = encode(&entry, &event, &[b"log".to_vec()]).expect("small");
        assert_eq!(decode_files(&files), entry);
        assert_eq!(
            files,
            encode(&entry, &event, &[b"log".to_vec()]).expect("small")
        );
        let kept = &files[&attachment_path(&digest(b"log"))];
        assert_eq!(kept, b"log");
    }

    #[test]
    fn an_unknown_kind_is_an_entry_without_an_event() {
        let json = br#"{"v":1,"id":"01J1","type":"request.teleported","critical":true,
            "actor":{"id":"ana@example.org","name":"Ana","device":"d","hat":"red"},
            "at":"2026-04-12T09:31:07Z","body":{"x":1},"ext":{}}"#;
        let files = BTreeMap::from([("event.json".to_owned(), json.to_vec())]);
        let entry = decode_files(&files);
        assert_eq!(entry.kind, "request.teleported");
        assert_eq!(entry.event, None);
        assert!(entry.is_critical);
    }

    #[test]
    fn rubbish_is_an_unreadable_entry_by_the_commits_author() {
        for rubbish in [&b"not json"[..], b"{}", b"[]", b"{\"v\":1}", b"\xff"] {
            let files = BTreeMap::from([("event.json".to_owned(), rubbish.to_vec())]);
            let entry = decode_files(&files);
            assert_eq!(entry.kind, "unreadable");
            assert_eq!(entry.by.id, "bob@example.org");
            assert_eq!(entry.id.as_str(), commit().as_str());
        }
        assert_eq!(decode_files(&BTreeMap::new()).kind, "unreadable");
    }

    #[test]
    fn a_text_that_is_too_long_is_refused_with_its_size() {
        let event = comment(&"x".repeat(EVENT_LIMIT));
        let error = encode(&entry(event.clone()), &event, &[]).expect_err("too long");
        assert!(error.to_string().contains("request.commented"), "{error}");
    }
}
