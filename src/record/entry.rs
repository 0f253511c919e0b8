//! An event with author, time and place in the chain.

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
    /// The JSON object as it was read, kept so that unknown kinds and fields survive.
    pub json: Value,
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
        let json = json!({
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
        });
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
            json,
            signature: None,
            signed: Signed::No,
        })
    }

    /// Returns the same entry as the next one after `previous`, whose commit is `commit`.
    ///
    /// Who lost a race takes the place behind the winner: only place and digest change, never the id.
    pub fn after(mut self, commit: &CommitId, previous: &Self) -> Result<Self, Error> {
        let before = self.to_line()?;
        self.seq = previous.seq + 1;
        self.prev = Some(commit.clone());
        self.json["prev"] = json!(commit);
        self.json["prev_digest"] = json!(codec::digest(previous)?);
        self.json["seq"] = json!(self.seq);
        self.keep_signed(before)?;
        Ok(self)
    }

    /// Returns the same entry with the intent that it was written down for: whoever goes on after a death knows by it that
    /// it is there.
    pub fn of_intent(mut self, intent: &IntentId) -> Self {
        self.json["intent"] = json!(intent.as_str());
        self
    }

    /// Returns the intent that it was written down for, where it names one.
    pub fn intent(&self) -> Option<&str> {
        self.json.get("intent")?.as_str()
    }

    /// A signature is for one place; at another the bytes that it was made for go along.
    fn keep_signed(&mut self, before: String) -> Result<(), Error> {
        let now = self.to_line()?;
        if let Some(signature) = &mut self.signature {
            let over = signature.over.take().unwrap_or(before);
            signature.over = (over != now).then_some(over);
        }
        Ok(())
    }

    /// Returns the bytes that its signature is for, or would be.
    pub fn signed_bytes(&self) -> Result<String, Error> {
        let over = self.signature.as_ref().and_then(|one| one.over.clone());
        over.map_or_else(|| self.to_line(), Ok)
    }

    /// Tells whether two entries of one id say the same, wherever they stand.
    pub fn says_the_same(&self, other: &Self) -> bool {
        let anywhere = |entry: &Self| {
            let mut json = entry.json.clone();
            for field in ["prev", "prev_digest", "seq"] {
                json[field] = Value::Null;
            }
            json
        };
        anywhere(self) == anywhere(other)
    }

    /// Returns the same entry as the first of its chain.
    pub fn first(mut self) -> Result<Self, Error> {
        let before = self.to_line()?;
        self.seq = 0;
        self.prev = None;
        self.json["prev"] = Value::Null;
        self.json["prev_digest"] = Value::Null;
        self.json["seq"] = json!(0);
        self.keep_signed(before)?;
        Ok(self)
    }

    /// Returns `sha256:` and the hex digest of its bytes, as the next entry cites it.
    pub fn digest(&self) -> Result<String, Error> {
        codec::digest(self)
    }

    /// Returns the entry as one line of canonical JSON, for the journal and `export`.
    pub fn to_line(&self) -> Result<String, Error> {
        let bytes = super::canonical::write(&self.json).map_err(|why| Error::Write { why })?;
        String::from_utf8(bytes).map_err(|error| Error::Write {
            why: error.to_string(),
        })
    }

    /// Reads an entry from such a line, wherever it stands in its chain.
    pub fn from_line(line: &str) -> Result<Self, Error> {
        codec::parse(line.as_bytes())
    }

    /// Returns the line to take away: the entry with its signature as one field more, where it has one.
    pub fn to_export_line(&self) -> Result<String, Error> {
        let Some(Signature { text, over }) = &self.signature else {
            return self.to_line();
        };
        let mut whole = self.json.clone();
        whole[SIGNATURE_FIELD] = json!({"text": text, "over": over});
        let bytes = super::canonical::write(&whole).map_err(|why| Error::Write { why })?;
        String::from_utf8(bytes).map_err(|error| Error::Write {
            why: error.to_string(),
        })
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
