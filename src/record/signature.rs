//! A detached SSH signature beside an event, and how well we know who wrote an entry (safety.md 3.4).
//!
//! A signature covers the whole `event.json`, hence the place in the chain. An entry that stands elsewhere now (a restored
//! record) keeps it together with the bytes that were signed, and those must say the same. What a signature is worth is
//! found out where keys are known; until then it is unchecked, which counts as none.

use crate::model::Signed;
use crate::model::signature_text;

use super::codec;
use super::entry::Entry;

/// The namespace of our signatures, so that one made for something else is none.
pub const NAMESPACE: &str = "lanekeeper-event-v1";

pub(super) const SIGNED_FILE: &str = "signed.json";

/// A signature as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// In the armour of `ssh-keygen`.
    pub text: String,
    /// The event as it was signed, in canonical JSON, where the entry stands at another place now.
    pub over: Option<String>,
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
    let text = match signature_text(bytes) {
        Ok(text) => text,
        Err(why) => return bad(why),
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
