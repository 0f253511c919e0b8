//! What lies on a desk is noted beside the session. A console that dies while the editor is open leaves the text there: the
//! next session says where it is. It is taken when a person says so, since nobody knows whether it was finished.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde::Serialize;
use sha2::Digest;
use sha2::Sha256;

use crate::engine::named;
use crate::engine::resolve::Session;
use crate::engine::resolve::Subject;
use crate::model::Untrusted;
use crate::store::Papers;

use super::super::fault::Fault;
use super::super::workspace::Workspace;
use super::session::name;
use super::session::unkept;

/// A desk, by its folder; each path with the digest of what lay there before anybody worked.
#[derive(Debug, Serialize, Deserialize)]
struct Laid {
    folder: String,
    files: BTreeMap<String, String>,
}

/// The note about one desk; gone when it is dropped, with the desk.
#[derive(Debug)]
pub(super) struct Noted {
    papers: Papers,
    name: String,
    folder: String,
}

impl Drop for Noted {
    fn drop(&mut self) {
        let mut all = read(&self.papers, &self.name);
        all.retain(|one| one.folder != self.folder);
        if let Err(fault) = write(&self.papers, &self.name, &all) {
            tracing::warn!(%fault, "the note about a desk stays");
        }
    }
}

impl Workspace {
    /// Notes a desk of a session. None where its folder has no name in text.
    pub(super) fn note_desk(
        &self,
        subject: &Subject,
        folder: &Path,
        paths: &[&str],
    ) -> Result<Option<Noted>, Fault> {
        let Some(text) = folder.to_str() else {
            return Ok(None);
        };
        let (papers, name) = (self.papers()?, paper(subject));
        let lies = |path: &&str| Some(((*path).to_owned(), digest(&folder.join(path))?));
        let mut all = read(&papers, &name);
        all.push(Laid {
            folder: text.to_owned(),
            files: paths.iter().filter_map(lies).collect(),
        });
        write(&papers, &name, &all)?;
        Ok(Some(Noted {
            papers,
            name,
            folder: text.to_owned(),
        }))
    }

    /// Says of every text that somebody wrote on a desk, and that was never taken from it, where it is; of paths that are
    /// open only. The command that takes it names the hotfix as it is `called`, where it must be named.
    pub(super) fn left_on_desks(&self, session: &Session, called: Option<&str>) -> Vec<String> {
        let Ok(papers) = self.papers() else {
            return Vec::new();
        };
        let about = &session.subject;
        let mut told = Vec::new();
        for desk in read(&papers, &paper(about)) {
            for (path, before) in &desk.files {
                let file = Path::new(&desk.folder).join(path);
                let is_other = digest(&file).is_some_and(|now| &now != before);
                let mut works = session.files.iter();
                let is_open = works.any(|work| &work.file.path == path && !work.is_decided());
                if is_other && is_open {
                    let path = Untrusted::new(path.as_str()).show();
                    let file = Untrusted::new(file.to_string_lossy()).show();
                    let (step, target) = (&about.step, &about.target);
                    let take =
                        format!("resolve {step} --target {target} --path {path} --with FILE");
                    let take = named(take, called);
                    told.push(format!(
                        "a text of {path} was written and not taken: {file}; its editor ended early, or is open; look, then `lanekeeper {take}` takes it"
                    ));
                }
            }
        }
        told
    }

    /// Forgets the desks of a session that is over.
    pub(super) fn forget_desks(&self, paper: &str) -> Result<(), Fault> {
        let forgotten = self.papers()?.remove(&on_desk(paper));
        forgotten.map_err(|error| unkept("what lies on a desk", &error))
    }
}

fn paper(subject: &Subject) -> String {
    on_desk(&name(subject))
}

/// Returns the name of the paper about the desks of the session that has this one.
fn on_desk(paper: &str) -> String {
    format!("desk-{paper}")
}

/// A paper of another version, or a damaged one, is as if it were not there.
fn read(papers: &Papers, name: &str) -> Vec<Laid> {
    let text = papers.read(name).ok().flatten();
    text.and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default()
}

fn write(papers: &Papers, name: &str, all: &[Laid]) -> Result<(), Fault> {
    const WHAT: &str = "what lies on a desk";
    if all.is_empty() {
        let removed = papers.remove(name);
        return removed.map_err(|error| unkept(WHAT, &error));
    }
    let text = serde_json::to_string(all).map_err(|error| unkept(WHAT, &error))?;
    let written = papers.write(name, &text);
    written.map_err(|error| unkept(WHAT, &error))
}

/// Returns what tells one text from another; none where there is no plain file.
fn digest(file: &Path) -> Option<String> {
    let is_file = file.symlink_metadata().is_ok_and(|found| found.is_file());
    let text = is_file.then(|| std::fs::read(file).ok()).flatten()?;
    let bytes = Sha256::digest(text);
    Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
