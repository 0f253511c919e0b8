//! What the console keeps about a project on this machine.

use std::collections::BTreeMap;

use sha2::Digest;
use sha2::Sha256;

use crate::store::Error;
use crate::store::Papers;
use crate::store::keep_desk;
use crate::store::read_desk;

use super::super::fault::Fault;
use super::super::resolve::unkept;
use super::Workspace;

/// The folder of texts that are being written.
const DRAFTS: &str = "drafts";

impl Workspace {
    /// Returns what the console kept when it was left, if anything.
    pub fn arrangement(&self) -> Option<String> {
        read_desk(self.state_dir())
    }

    /// Keeps how the console was left. It is a comfort only: what goes wrong is said in the log and nowhere else.
    pub fn keep_arrangement(&self, text: &str) {
        if let Err(error) = keep_desk(self.state_dir(), text) {
            tracing::debug!("the arrangement of the screen was not kept: {error}");
        }
    }

    /// Returns the texts that a console left unsent, each by the line that says what it is for. What cannot be read is as
    /// if it had never been written.
    pub fn drafts(&self) -> BTreeMap<String, String> {
        let papers = Papers::open(self.state_dir(), DRAFTS).and_then(|papers| papers.all());
        let papers = papers.unwrap_or_else(|error| {
            tracing::warn!("drafts were not read: {error}");
            Vec::new()
        });
        papers
            .iter()
            .filter_map(|paper| paper.split_once('\n'))
            .map(|(key, text)| (key.to_owned(), text.to_owned()))
            .collect()
    }

    /// Keeps a text that is being written, by one line that says what it is for; none takes it away.
    ///
    /// # Errors
    /// The state folder cannot be written.
    pub fn keep_draft(&self, key: &str, text: Option<&str>) -> Result<(), Fault> {
        // Each has a paper of its own, so that two consoles do not take each other's texts away.
        let keep = || -> Result<(), Error> {
            let papers = Papers::open(self.state_dir(), DRAFTS)?;
            match text {
                Some(text) => papers.write(&name(key), &format!("{key}\n{text}")),
                None => papers.remove(&name(key)),
            }
        };
        keep().map_err(|error| unkept("a text that is being written", &error))
    }
}

/// Returns the file name of a draft's paper. A key may hold any character.
fn name(key: &str) -> String {
    let digest = Sha256::digest(key.as_bytes());
    let short = digest.iter().take(16);
    short.map(|byte| format!("{byte:02x}")).collect()
}
