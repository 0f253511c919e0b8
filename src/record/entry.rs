//! An event with author, time and place in the chain.

use std::sync::Arc;

use serde_json::Value;
use serde_json::json;

use crate::model::CommitId;
use crate::model::EventId;
use crate::model::HotfixId;
use crate::model::IntentId;
use crate::model::Person;
use crate::model::Signed;
use crate::model::Timestamp;

use super::codec;
use super::codec::Error;
use super::event::Event;
use super::signature;
use super::signature::Signature;

/// The field of an exported entry that is not part of the event: no envelope has one of this name.
const SIGNATURE_FIELD: &str = "signature";

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
    /// The digest of the entry before this one, as this one cites it.
    pub(super) cites: Option<String>,
    pub(super) intent: Option<String>,
    /// Its JSON object in the only spelling, so that unknown kinds and fields survive. As text: a record of ten thousand
    /// entries is kept, copied and digested, and its objects are hardly ever looked into again.
    pub(super) line: Arc<str>,
    pub signature: Option<Signature>,
    /// What the signature is worth, as far as it was looked at.
    pub signed: Signed,
}

impl Entry {
    /// Makes the first entry of a chain; [`Entry::after`] gives it another place.
    pub fn new(
        id: EventId,
        hotfix: HotfixId,
        actor: Actor,
        at: Timestamp,
        event: Event,
    ) -> Result<Self, Error> {
        let kind = event.name().to_owned();
        let is_critical = event.is_critical();
        let tagged = serde_json::to_value(&event)?;
        let line = spell(&json!({
            "v": 1,
            "id": id,
            "type": kind,
            "critical": is_critical,
            "run": hotfix,
            "prev": null,
            "prev_digest": null,
            "seq": 0,
            "actor": {
                "uid": actor.person.id,
                "login": actor.person.name,
                "device": actor.device,
            },
            "at": {"wall": at},
            "body": tagged.get("body"),
            "ext": {},
        }))?;
        Ok(Self {
            id,
            hotfix,
            actor,
            at,
            seq: 0,
            prev: None,
            event: Some(event),
            kind,
            is_critical,
            cites: None,
            intent: None,
            line,
            signature: None,
            signed: Signed::No,
        })
    }

    /// Returns the same entry as the next one after `previous`, whose commit is `commit`.
    ///
    /// Who lost a race takes the place behind the winner: only place and digest change, never the id.
    pub fn after(mut self, commit: &CommitId, previous: &Self) -> Result<Self, Error> {
        self.seq = previous.seq + 1;
        self.prev = Some(commit.clone());
        self.cites = Some(previous.digest());
        self.placed()
    }

    /// Returns the same entry with the intent that it was written down for: whoever goes on after a death knows by it that
    /// it is there.
    pub fn of_intent(mut self, intent: &IntentId) -> Result<Self, Error> {
        self.intent = Some(intent.to_string());
        self.with_json(|json| json["intent"] = json!(intent.as_str()))
    }

    /// Returns the intent that it was written down for, where it names one.
    pub fn intent(&self) -> Option<&str> {
        self.intent.as_deref()
    }

    /// Returns its JSON object.
    pub fn json(&self) -> Value {
        // What was spelled here, or read as spelled so, can be read.
        serde_json::from_str(&self.line).unwrap_or_default()
    }

    /// Returns the same entry with its JSON object changed, as long as that keeps within the limits.
    pub fn with_json(mut self, change: impl FnOnce(&mut Value)) -> Result<Self, Error> {
        let mut json = self.json();
        change(&mut json);
        self.line = spell(&json)?;
        Ok(self)
    }

    /// Writes the place into the object. A signature is for one place; at another the bytes that it was made for go along.
    fn placed(self) -> Result<Self, Error> {
        let before = Arc::clone(&self.line);
        let (prev, cites, seq) = (json!(self.prev), json!(self.cites), json!(self.seq));
        let mut placed = self.with_json(|json| {
            json["prev"] = prev;
            json["prev_digest"] = cites;
            json["seq"] = seq;
        })?;
        if let Some(signature) = &mut placed.signature {
            let over = signature.over.take().unwrap_or_else(|| before.to_string());
            signature.over = (*over != *placed.line).then_some(over);
        }
        Ok(placed)
    }

    /// Returns the bytes that its signature is for, or would be.
    pub fn signed_bytes(&self) -> &str {
        let over = self.signature.as_ref().and_then(|one| one.over.as_deref());
        over.unwrap_or(&self.line)
    }

    /// Tells whether two entries of one id say the same, wherever they stand.
    pub fn says_the_same(&self, other: &Self) -> bool {
        let anywhere = |entry: &Self| {
            let mut json = entry.json();
            for field in ["prev", "prev_digest", "seq"] {
                json[field] = Value::Null;
            }
            json
        };
        anywhere(self) == anywhere(other)
    }

    /// Returns the same entry as the first of its chain.
    pub fn first(mut self) -> Result<Self, Error> {
        self.seq = 0;
        self.prev = None;
        self.cites = None;
        self.placed()
    }

    /// Returns `sha256:` and the hex digest of its bytes, as the next entry cites it.
    pub fn digest(&self) -> String {
        codec::digest(&self.line)
    }

    /// Returns the entry as one line of canonical JSON, for the journal and `export`.
    pub fn to_line(&self) -> &str {
        &self.line
    }

    /// Reads an entry from such a line, wherever it stands in its chain.
    pub fn from_line(line: &str) -> Result<Self, Error> {
        codec::parse(line.as_bytes())
    }

    /// Returns the line to take away: the entry with its signature as one field more, where it has one.
    pub fn to_export_line(&self) -> Result<String, Error> {
        let Some(Signature { text, over }) = &self.signature else {
            return Ok(self.line.to_string());
        };
        let mut whole = self.json();
        whole[SIGNATURE_FIELD] = json!({"text": text, "over": over});
        Ok(spell(&whole)?.to_string())
    }

    /// Reads an entry from a line that was taken away, with its signature, which was not looked at yet.
    pub fn from_export_line(line: &str) -> Result<Self, Error> {
        let mut whole: Value = serde_json::from_str(line)?;
        let taken = whole.as_object_mut();
        let Some(beside) = taken.and_then(|fields| fields.remove(SIGNATURE_FIELD)) else {
            return Self::from_line(line);
        };
        let bytes = super::canonical::write(&whole).map_err(|why| Error::Read { why })?;
        let mut entry = codec::parse(&bytes)?;
        let file = |name: &str| Some(beside.get(name)?.as_str()?.as_bytes().to_vec());
        let text = file("text").unwrap_or_default();
        let (signature, signed) = signature::read(&entry, Some(&text), file("over").as_ref());
        entry.signature = signature;
        entry.signed = signed;
        Ok(entry)
    }

    /// Returns the message of the entry's commit: `<type> <id>`, ASCII only.
    pub fn message(&self) -> String {
        let kind: String = self.kind.chars().filter(char::is_ascii_graphic).collect();
        format!("{kind} {}", self.id)
    }
}

/// Writes an object in its only spelling.
fn spell(json: &Value) -> Result<Arc<str>, Error> {
    let bytes = super::canonical::write(json).map_err(|why| Error::Write { why })?;
    let text = String::from_utf8(bytes).map_err(|error| Error::Write {
        why: error.to_string(),
    })?;
    Ok(text.into())
}
