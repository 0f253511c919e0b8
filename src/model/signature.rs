//! How well it is known who wrote something: a signature beside it, and what that is worth.
//!
//! What a signature is worth is found out where keys are known; until then it is unchecked, which counts as none.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;

use super::id::CommitId;

/// The file beside an event that holds its signature.
pub const SIGNATURE_FILE: &str = "event.sig";
/// The most bytes of one; a certificate with a long list of principals is a few kilobytes.
const MAX_BYTES: usize = 16 * 1024;

/// How well we know who wrote an entry. Level 1 is [`Signed::By`] alone; everything else is level 0.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Signed {
    /// It has no signature.
    #[default]
    No,
    /// It has none, though the team requires one for its kind.
    Missing,
    /// It has one that could not be checked, and why.
    Unchecked(String),
    /// By a key that the team gives to this person; its fingerprint.
    By(String),
    /// It has one that is wrong, and why.
    Bad(String),
}

impl Signed {
    /// Returns the level: 1 where a known key of the author signed it, else 0.
    pub fn level(&self) -> u8 {
        match self {
            Self::By(_) => 1,
            Self::No | Self::Missing | Self::Unchecked(_) | Self::Bad(_) => 0,
        }
    }

    /// Returns the word in JSON.
    pub fn word(&self) -> &'static str {
        match self {
            Self::No => "none",
            Self::Missing => "missing",
            Self::Unchecked(_) => "unchecked",
            Self::By(_) => "good",
            Self::Bad(_) => "bad",
        }
    }

    /// Returns what stands beside an entry.
    pub fn words(&self) -> &'static str {
        match self {
            Self::No => "unsigned",
            Self::Missing => "UNSIGNED",
            Self::Unchecked(_) => "not checked",
            Self::By(_) => "signed",
            Self::Bad(_) => "WRONG SIGNATURE",
        }
    }

    /// Returns the same behind a comma, and nothing where nobody signs and nobody has to.
    pub fn tail(&self) -> String {
        match self {
            Self::No => String::new(),
            Self::Missing | Self::Unchecked(_) | Self::By(_) | Self::Bad(_) => {
                format!(", {}", self.words())
            }
        }
    }

    /// Returns why it is no better, where there is more to say.
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Unchecked(why) | Self::Bad(why) => Some(why),
            Self::No | Self::Missing | Self::By(_) => None,
        }
    }

    /// Returns the fingerprint of the key.
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::By(key) => Some(key),
            Self::No | Self::Missing | Self::Unchecked(_) | Self::Bad(_) => None,
        }
    }

    /// Says what is wrong with it; a missing or unchecked signature only is where one must be there.
    pub fn flaw(&self, is_required: bool) -> Option<String> {
        match self {
            Self::Bad(why) => Some(format!("has a wrong signature: {why}")),
            Self::Unchecked(why) if is_required => Some(format!(
                "must be signed, and its signature could not be checked: {why}"
            )),
            Self::Missing => Some("must be signed, and nobody signed it".to_owned()),
            Self::No | Self::Unchecked(_) | Self::By(_) => None,
        }
    }
}

/// What lies beside an event of a chain: what a signature was made for, and the signature.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seal {
    #[default]
    None,
    On {
        /// The bytes of the event.
        over: String,
        /// In the armour of `ssh-keygen`.
        signature: String,
    },
    /// What lies there is no signature of this event at this place, and why.
    Broken(String),
}

impl Seal {
    /// Reads what lies beside an event that says it stands at `place`, in the commit after `parent`.
    pub fn read(
        files: &BTreeMap<String, Vec<u8>>,
        event: &[u8],
        place: Option<&str>,
        parent: Option<&CommitId>,
    ) -> Self {
        let Some(signature) = files.get(SIGNATURE_FILE) else {
            return Self::None;
        };
        if place != Some(place_after(parent).as_str()) {
            // Whoever can push could have copied it from where it was said.
            return Self::Broken("it was made for another place".to_owned());
        }
        match (signature_text(signature), std::str::from_utf8(event)) {
            (Ok(signature), Ok(over)) => Self::On {
                over: over.to_owned(),
                signature,
            },
            (Err(why), _) => Self::Broken(why.to_owned()),
            (Ok(_), Err(_)) => Self::Broken("what it was made for is not text".to_owned()),
        }
    }
}

/// Returns how a signed event of a chain names its place, so that its signature is for no other.
pub fn place_after(parent: Option<&CommitId>) -> String {
    parent.map_or_else(|| "first".to_owned(), ToString::to_string)
}

/// Reads the text of a signature, or says why it is none.
pub fn signature_text(bytes: &[u8]) -> Result<String, &'static str> {
    if bytes.len() > MAX_BYTES {
        return Err("it is too long for a signature");
    }
    String::from_utf8(bytes.to_vec()).map_err(|_| "it is not text")
}
