//! A record to take away, also from an archive: JSON lines for people and scripts, a git bundle for whoever must restore it.

use std::path::Path;

use crate::git::across;
use crate::model::CommitId;
use crate::model::HotfixId;

use super::fault::Fault;
use super::fault::FaultKind;
use super::workspace::Workspace;

impl Workspace {
    /// Returns the record as JSON lines, one event each, oldest first, as they are on the chain, each with the signature
    /// that lies beside it there.
    pub async fn export_lines(&self, hotfix: &HotfixId) -> Result<String, Fault> {
        let story = self.story(hotfix)?;
        let archived = self.archived_at(hotfix).await?;
        let read = across(move || {
            let head = story.head()?.or(archived);
            story.record(head.as_ref())
        });
        let record = read.await.map_err(|error| {
            Fault::caused(
                FaultKind::Internal,
                "reading the record ended early",
                &error,
            )
        })??;
        let mut lines = String::new();
        for entry in &record.entries {
            let line = entry.to_export_line().map_err(|error| {
                Fault::caused(FaultKind::Internal, "cannot write an event", &error)
            })?;
            lines.push_str(&line);
            lines.push('\n');
        }
        Ok(lines)
    }

    /// Writes the record's chain as a git bundle; `git fetch FILE 'refs/*:refs/*'` reads it back.
    pub async fn export_bundle(&self, hotfix: &HotfixId, file: &Path) -> Result<(), Fault> {
        let name = self.story(hotfix)?.name;
        let file = std::path::absolute(file).map_err(|error| {
            Fault::caused(
                FaultKind::User,
                format!("cannot write {}", file.display()),
                &error,
            )
        })?;
        let archived = self.archived_at(hotfix).await?;
        self.on_chains(move |chains| match archived {
            Some(head) if chains.head(&name)?.is_none() => chains.bundle_at(&name, &head, &file),
            Some(_) | None => chains.bundle(&name, &file),
        })
        .await
    }

    /// Returns where the chain of a hotfix ends that is in an archive.
    async fn archived_at(&self, hotfix: &HotfixId) -> Result<Option<CommitId>, Fault> {
        let archive = self.archive().await?;
        let archived = archive.of(hotfix);
        Ok(archived.map(|(_, one)| one.head.clone()))
    }
}
