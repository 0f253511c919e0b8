//! Signatures of entries: made with the operator's SSH key, checked against the keys that the team allows (safety.md 3.4).
//!
//! Guarantees: a signature covers the whole event and its place; who allowed which key was accepted by this person
//! (`lanekeeper trust`); nothing asks on the terminal; what cannot be checked is never taken for checked. Non-guarantees:
//! an allowed key proves who holds it and not what they meant; times are the writer's own word.

mod keygen;
mod notary;

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::PoisonError;

use sha2::Digest;
use sha2::Sha256;

use crate::config::Environment;
use crate::config::Settings;
use crate::config::Signatures;
use crate::config::Signers;
use crate::model::Seal;
use crate::model::Signed;
use crate::model::Timestamp;
use crate::record::Entry;
use crate::record::Signature;

use super::clock;
use keygen::Keygen;

/// The hand that signs and the eye that checks. What was found out is kept: an entry never changes.
#[derive(Debug)]
pub(super) struct Signing {
    keygen: Keygen,
    key: Option<PathBuf>,
    team: Signatures,
    found: Mutex<BTreeMap<String, Signed>>,
    kept: PathBuf,
}

impl Signing {
    pub(super) fn new(settings: &Settings, environment: &Environment, clone: &Path) -> Self {
        let kept = settings.state_dir.join("signatures");
        Self {
            keygen: Keygen::new(environment, clone),
            key: settings.person.signing_key.clone(),
            team: settings.signatures.clone(),
            found: Mutex::new(read(&kept)),
            kept,
        }
    }

    /// Returns the hand of somebody who signs nothing, in a team that wants nothing signed.
    #[cfg(test)]
    pub(super) fn of_nobody(dir: &Path) -> Self {
        Self {
            keygen: Keygen::new(&Environment::default(), dir),
            key: None,
            team: Signatures::default(),
            found: Mutex::default(),
            kept: dir.join("signatures"),
        }
    }

    /// Returns the kinds of entries that the team wants signed.
    pub(super) fn required(&self) -> &BTreeSet<String> {
        &self.team.required
    }

    /// Tells whether this person signs what they write.
    pub(super) fn is_set_up(&self) -> bool {
        self.key.is_some()
    }

    /// Returns the key's file.
    pub(super) fn key(&self) -> Option<&Path> {
        self.key.as_deref()
    }

    /// Says why an entry by `who` could not be signed now so that it counts, if so: signs nothing, and checks that.
    pub(super) async fn why_not(&self, who: &str) -> Option<String> {
        const NOTHING: &str = "";
        let signature = match self.sign(NOTHING).await {
            Ok(signature) => signature,
            Err(why) => return Some(why),
        };
        let signers = match self.signers() {
            Ok(signers) => signers,
            Err(why) => return Some(why.to_owned()),
        };
        let bytes = NOTHING.as_bytes();
        let check = self
            .keygen
            .check(signers, who, clock::now(), bytes, &signature);
        match check.await {
            Signed::By(_) => None,
            other => Some(other.why().unwrap_or("it does not count").to_owned()),
        }
    }

    /// Returns the keys that count, or why none does.
    fn signers(&self) -> Result<&str, &'static str> {
        match &self.team.signers {
            Signers::None => Err("the team names no allowed_signers"),
            Signers::Untrusted => {
                Err("allowed_signers is not accepted: read it, then lanekeeper trust")
            }
            Signers::Trusted(signers) => Ok(signers),
        }
    }

    async fn sign(&self, text: &str) -> Result<String, String> {
        let Some(key) = &self.key else {
            return Err("no signing_key is named in your config.toml".to_owned());
        };
        self.keygen.sign(key, text.as_bytes()).await
    }

    /// Gives an entry, which has its place, a signature of this person.
    pub(super) async fn seal(&self, entry: &mut Entry) -> Result<(), String> {
        let signature = self.sign(entry.to_line()).await?;
        entry.signature = Some(Signature {
            text: signature,
            over: None,
        });
        Ok(())
    }

    /// Finds out for each entry how well we know who wrote it.
    pub(super) async fn check(&self, entries: &mut [Entry]) {
        for entry in entries {
            if entry.signature.is_some() {
                entry.signed = self.judge_entry(entry).await;
            } else if entry.signed == Signed::No && self.team.required.contains(&entry.kind) {
                entry.signed = Signed::Missing;
            }
        }
    }

    async fn judge_entry(&self, entry: &Entry) -> Signed {
        let Some(signature) = &entry.signature else {
            return Signed::No;
        };
        let who = entry.actor.person.id.as_str();
        let bytes = entry.signed_bytes();
        self.judge(who, entry.at, bytes, &signature.text).await
    }

    /// Gives an event that says its place a seal of this person, where they sign what they write. Where it cannot be made
    /// the event goes unsigned and is shown so.
    pub(super) async fn seal_text(&self, kind: &str, text: String) -> Seal {
        if !self.is_set_up() {
            return Seal::None;
        }
        match self.sign(&text).await {
            Ok(signature) => Seal::On {
                over: text,
                signature,
            },
            Err(why) => {
                tracing::warn!(why, kind, "an entry goes unsigned");
                Seal::None
            }
        }
    }

    /// Finds out how well we know that `who` wrote an event of this kind.
    pub(super) async fn worth(&self, kind: &str, who: &str, at: Timestamp, seal: &Seal) -> Signed {
        match seal {
            Seal::None if self.team.required.contains(kind) => Signed::Missing,
            Seal::None => Signed::No,
            Seal::Broken(why) => Signed::Bad(why.clone()),
            Seal::On { over, signature } => self.judge(who, at, over, signature).await,
        }
    }

    async fn judge(&self, who: &str, at: Timestamp, bytes: &str, signature: &str) -> Signed {
        let signers = match self.signers() {
            Ok(signers) => signers,
            Err(why) => return Signed::Unchecked(why.to_owned()),
        };
        // All that the answer depends on: another list of keys asks anew.
        let question = digest(&[signers, who, &at.to_string(), bytes, signature]);
        if let Some(found) = self.known().get(&question) {
            return found.clone();
        }
        let check = self
            .keygen
            .check(signers, who, at, bytes.as_bytes(), signature);
        let found = check.await;
        if matches!(found, Signed::By(_) | Signed::Bad(_)) {
            self.keep(&question, &found);
            self.known().insert(question, found.clone());
        }
        found
    }

    fn known(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Signed>> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One line more in the file; without it the question is asked again at the next start.
    fn keep(&self, question: &str, found: &Signed) {
        let text = found.key().or(found.why()).unwrap_or_default();
        let line = format!("{question} {} {}\n", found.word(), text.replace('\n', " "));
        let mut options = OpenOptions::new();
        let file = options
            .append(true)
            .create(true)
            .mode(0o600)
            .open(&self.kept);
        if let Err(error) = file.and_then(|mut file| file.write_all(line.as_bytes())) {
            tracing::debug!(%error, "what a signature is worth was not kept");
        }
    }
}

/// Reads what was found out by earlier processes; a line that is none is left out.
fn read(kept: &Path) -> BTreeMap<String, Signed> {
    let text = std::fs::read_to_string(kept).unwrap_or_default();
    let one = |line: &str| {
        let mut parts = line.splitn(3, ' ');
        let question = parts.next().filter(|digest| digest.len() == 64)?;
        let (word, rest) = (parts.next()?, parts.next()?.to_owned());
        let found = match word {
            "good" => Signed::By(rest),
            "bad" => Signed::Bad(rest),
            _ => return None,
        };
        Some((question.to_owned(), found))
    };
    text.lines().filter_map(one).collect()
}

fn digest(fields: &[&str]) -> String {
    let mut digest = Sha256::new();
    for field in fields {
        digest.update(field.len().to_le_bytes());
        digest.update(field.as_bytes());
    }
    let bytes = digest.finalize();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
