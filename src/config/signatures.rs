//! Settles whose signatures count and which entries need one.

use std::collections::BTreeSet;

use crate::model::DECISION_KIND;
use crate::model::ENTRY_KINDS;
use crate::model::LOCK_KINDS;
use crate::playbook::Mistake;
use crate::playbook::suggest;

use super::origin::Origins;
use super::settings::note;
use super::sources::Sources;
use super::team::Team;
use super::trust;

/// What the team says about signatures.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Signatures {
    pub signers: Signers,
    /// Kinds of entries that must be signed.
    pub required: BTreeSet<String>,
}

/// The keys that count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Signers {
    /// The team names none.
    #[default]
    None,
    /// Named, and not accepted as they stand: whoever can push could have put a key of theirs there.
    Untrusted,
    /// The content of the file, as `ssh-keygen` reads it.
    Trusted(String),
}

pub(super) fn settle(
    team: &Team,
    sources: &Sources,
    origins: &mut Origins,
    mistakes: &mut Vec<Mistake>,
) -> Signatures {
    let mut required = BTreeSet::new();
    for kind in &team.required_signatures {
        if kinds().any(|known| known == kind.value) {
            required.insert(kind.value.clone());
        } else {
            let what = format!("there is no kind of entry `{}`", kind.value);
            mistakes.push(kind.mistake(&what, suggest(&kind.value, kinds())));
        }
    }
    if let Some(first) = team.required_signatures.first() {
        let kinds: Vec<&str> = required.iter().map(String::as_str).collect();
        note(
            origins,
            "signatures.required",
            &kinds.join(", "),
            Some(first),
        );
        if team.allowed_signers.is_none() {
            let hint = "name a file: allowed_signers = \"FILE\"".to_owned();
            mistakes.push(first.mistake("nobody's key could be checked", Some(hint)));
        }
    }
    let signers = match (&team.allowed_signers, &sources.signers) {
        (None, _) => Signers::None,
        (Some(at), Some(Err(why))) => {
            mistakes.push(at.mistake(&format!("`{}` cannot be read: {why}", at.value), None));
            Signers::None
        }
        (Some(_), None) => Signers::Untrusted,
        (Some(_), Some(Ok(file))) => {
            if trust::is_trusted(&sources.trusted, &file.path, file.text.as_bytes()) {
                Signers::Trusted(file.text.clone())
            } else {
                Signers::Untrusted
            }
        }
    };
    if let Some(at) = &team.allowed_signers {
        note(origins, "signatures.allowed_signers", &at.value, Some(at));
    }
    Signatures { signers, required }
}

/// Returns every kind of entry that can be asked to be signed, of whichever chain.
fn kinds() -> impl Iterator<Item = &'static str> {
    let listed = ENTRY_KINDS.iter().chain(LOCK_KINDS).copied();
    listed.chain([DECISION_KIND])
}
