//! Archived records as this process reads them, and pinned heads that nobody misses any more because of them.

use std::sync::Arc;
use std::sync::PoisonError;

use crate::git::across;
use crate::model::HotfixId;
use crate::model::RefName;
use crate::record::Record;
use crate::store::Journal;

use super::super::archive::Archive;
use super::super::fault::Fault;
use super::super::fault::FaultKind;
use super::Workspace;

impl Workspace {
    /// Reads the archives as last fetched; one that is as before is not read again.
    pub(in crate::ops) async fn archive(&self) -> Result<Arc<Archive>, Fault> {
        let before = self.known_archive();
        let read = self.on_chains(move |chains| Archive::read(chains, before));
        let read = read.await?;
        let known = self.inner.archive.lock();
        *known.unwrap_or_else(PoisonError::into_inner) = Arc::clone(&read);
        Ok(read)
    }

    /// Returns the archives as the latest look read them.
    pub(in crate::ops) fn known_archive(&self) -> Arc<Archive> {
        let known = self.inner.archive.lock();
        Arc::clone(&known.unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the record of a hotfix from the archive that it is in; none where it is in none.
    pub(in crate::ops) async fn archived(
        &self,
        hotfix: &HotfixId,
    ) -> Result<Option<Record>, Fault> {
        let archive = self.archive().await?;
        let Some((year, archived)) = archive.of(hotfix) else {
            return Ok(None);
        };
        let (story, head) = (self.story(hotfix)?, archived.head.clone());
        let read = across(move || story.record(Some(&head))).await;
        let mut record = read.map_err(|error| {
            Fault::caused(FaultKind::Internal, "reading a record ended early", &error)
        })??;
        if archived.is_of(&record) {
            // What was said here before somebody archived it, and did not get there.
            self.add_kept(std::slice::from_mut(&mut record));
            return Ok(Some(record));
        }
        let what = format!("the archive of {year} says something else of {hotfix} than its record");
        Err(Fault::new(FaultKind::Remote, what)
            .hint("Somebody rewrote the archive; `git log -p` of its ref shows who and when."))
    }

    /// Returns the year in whose archive a record is, where it is none of those that have a ref.
    pub(super) fn archived_in(&self, record: Option<&Record>, records: &[Record]) -> Option<u16> {
        let hotfix = &record?.hotfix;
        let has_ref = records.iter().any(|one| &one.hotfix == hotfix);
        self.known_archive().year_of(hotfix).filter(|_| !has_ref)
    }

    /// Forgets the pinned heads of hotfixes whose records are over and well: each look would ask after them again.
    pub(super) async fn let_go(&self, names: Vec<RefName>) {
        if names.is_empty() {
            return;
        }
        let dir = self.inner.state_dir.clone();
        let let_go = across(move || {
            Journal::open_now(&dir).and_then(|journal| {
                // Another process writes just now: the next look does it.
                if journal.is_writer() {
                    journal.unpin(&names)
                } else {
                    Ok(())
                }
            })
        });
        match let_go.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "pinned heads were not let go of"),
            Err(error) => tracing::warn!(%error, "pinned heads were not let go of"),
        }
    }
}
