//! A detached SSH signature beside an event, and how well we know who wrote an entry (safety.md 3.4).
//!
//! A signature covers the whole `event.json`, hence the place in the chain. An entry that stands elsewhere now (a restored
//! record) keeps it together with the bytes that were signed, and those must say the same. What a signature is worth is
//! found out where keys are known; until then it is unchecked, which counts as none.

use super::codec;
use super::entry::Entry;

/// The namespace of our signatures, so that one made for something else is none.
pub const NAMESPACE: &str = "lanekeeper-event-v1";
/// The most bytes of one; a certificate with a long list of principals is a few kilobytes.
const MAX_BYTES: usize = 16 * 1024;

pub(super) const SIGNATURE_FILE: &str = "event.sig";
pub(super) const SIGNED_FILE: &str = "signed.json";

/// A signature as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// In the armour of `ssh-keygen`.
    pub text: String,
    /// The event as it was signed, in canonical JSON, where the entry stands at another place now.
    pub over: Option<String>,
}

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
}

/// Reads what lies beside an event. What is no signature is told as a wrong one; the entry itself stays readable.
pub(super) fn read(
    entry: &Entry,
    signature: Option<&Vec<u8>>,
    over: Option<&Vec<u8>>,
) -> (Option<Signature>, Signed) {
    let Some(bytes) = signature else {
        return (None, Signed::No);
    };
    let bad = |why: &str| (None, Signed::Bad(why.to_owned()));
    if bytes.len() > MAX_BYTES {
        return bad("it is too long for a signature");
    }
    let Ok(text) = String::from_utf8(bytes.clone()) else {
        return bad("it is not text");
    };
    let over = match over {
        None => None,
        Some(over) => match codec::parse(over) {
            Ok(signed) if signed.says_the_same(entry) => {
                // It was read as canonical JSON, which is UTF-8.
                Some(String::from_utf8_lossy(over).into_owned())
            }
            Ok(_) => return bad("it was made for another event"),
            Err(_) => return bad("what it was made for cannot be read"),
        },
    };
    let unchecked = Signed::Unchecked("it was not looked at yet".to_owned());
    (Some(Signature { text, over }), unchecked)
}
