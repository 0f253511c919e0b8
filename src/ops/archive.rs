//! The yearly archives of the record: closed hotfixes whose chains have no ref of their own any more (safety.md 3.8).
//!
//! Guarantees: a record in an archive is found by its id, read as it was, and no plan adds to it; only what was said before
//! anybody could hear that it was archived still goes behind it (`late`). A look reads one list for each year, and only where
//! it is another one than before; no record in it. Non-guarantee: that nobody rewrites an archive. Who may push may tidy it
//! away, as they may the record of a hotfix that was closed.

mod late;
mod plan;

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::engine::Found;
use crate::engine::gathered;
use crate::git;
use crate::git::Chains;
use crate::model::CommitId;
use crate::model::HotfixId;
use crate::model::RefName;
use crate::record::ARCHIVE_FILE;
use crate::record::ArchiveIndex;
use crate::record::Archived;
use crate::record::decode_archive;

use super::fault::Fault;
use super::fault::FaultKind;

/// The archives of all years, as last fetched.
#[derive(Debug, Default)]
pub(super) struct Archive {
    /// Which refs they were read from.
    heads: Vec<(RefName, CommitId)>,
    years: BTreeMap<u16, Year>,
}

#[derive(Debug)]
struct Year {
    head: CommitId,
    /// Its list, or why that cannot be read: nothing is found in it then, and nothing is added to it.
    listed: Result<ArchiveIndex, String>,
}

impl Archive {
    /// Reads the archives as last fetched; `before` where they are the same as then.
    pub(super) fn read(chains: &Chains, before: Arc<Self>) -> Result<Arc<Self>, git::Error> {
        let carrier = chains.carrier();
        let heads = chains.kept(&carrier.archives())?;
        if heads == before.heads {
            return Ok(before);
        }
        let mut years = BTreeMap::new();
        for (name, head) in &heads {
            let Some(year) = carrier.archive_year(name) else {
                continue;
            };
            let listed = list_at(chains, head).map_err(|fault| fault.to_string());
            if let Err(why) = &listed {
                tracing::warn!(%name, why, "an archive cannot be read");
            }
            let head = head.clone();
            years.insert(year, Year { head, listed });
        }
        Ok(Arc::new(Self { heads, years }))
    }

    /// Returns the lists that can be read, of the latest year first.
    fn lists(&self) -> impl Iterator<Item = (u16, &ArchiveIndex)> {
        let years = self.years.iter().rev();
        years.filter_map(|(year, one)| Some((*year, one.listed.as_ref().ok()?)))
    }

    /// Returns what is said of a hotfix, and in the archive of which year.
    pub(super) fn of(&self, hotfix: &HotfixId) -> Option<(u16, &Archived)> {
        self.lists()
            .find_map(|(year, list)| Some((year, list.get(hotfix)?)))
    }

    /// Returns the year in whose archive a hotfix is.
    pub(super) fn year_of(&self, hotfix: &HotfixId) -> Option<u16> {
        self.of(hotfix).map(|(year, _)| year)
    }

    /// Returns the hotfixes that `words` may mean: the one of this id, else those whose id begins so or has it as its slug.
    pub(super) fn fitting(&self, words: &str) -> BTreeSet<&HotfixId> {
        let ids = || self.lists().flat_map(|(_, list)| list.keys());
        if let Some(exact) = ids().find(|id| id.as_str() == words) {
            return BTreeSet::from([exact]);
        }
        ids().filter(|id| id.is_meant_by(words)).collect()
    }

    /// Returns where the archive of a year is.
    pub(super) fn head(&self, year: u16) -> Option<&CommitId> {
        self.years.get(&year).map(|one| &one.head)
    }

    /// Says why the archive of a year cannot be read, where that is so.
    pub(super) fn flaw(&self, year: u16) -> Option<&str> {
        let listed = &self.years.get(&year)?.listed;
        listed.as_ref().err().map(String::as_str)
    }

    /// Tells whether the archive of a year has a record whose chain ends in a head that begins so.
    pub(super) fn has(&self, year: u16, hotfix: &HotfixId, head: &str) -> bool {
        let list = self.lists().find(|(other, _)| *other == year);
        let one = list.and_then(|(_, list)| list.get(hotfix));
        one.is_some_and(|one| one.head.as_str().starts_with(head))
    }

    /// Returns what became of a call that archives records, by its words; none for every other call. All of it was one
    /// push, so that the archive alone tells: nobody can have a record there whose ref was not taken away by that.
    pub(super) fn trace_of(&self, call: &str) -> Option<Found> {
        let asked = gathered(call)?;
        let year = asked.year;
        let mut records = asked.records.iter();
        if !records.all(|(hotfix, head)| self.has(year, hotfix, head)) {
            return Some(Found::Nowhere);
        }
        Some(Found::There {
            words: format!("the archive of {year} has them"),
            missing: Vec::new(),
            undo: None,
        })
    }
}

/// Reads the list of the archive whose last commit is `head`.
pub(super) fn list_at(chains: &Chains, head: &CommitId) -> Result<ArchiveIndex, Fault> {
    let unreadable = |error: &dyn std::error::Error| {
        let what = format!("cannot read the archive at {}", head.short());
        Fault::caused(FaultKind::Remote, what, error)
    };
    let file = chains.file_in(head, ARCHIVE_FILE);
    let file = file.map_err(|error| unreadable(&error))?;
    let Some(bytes) = file else {
        let what = format!("the archive at {} has no {ARCHIVE_FILE}", head.short());
        return Err(Fault::new(FaultKind::Remote, what));
    };
    decode_archive(&bytes).map_err(|error| unreadable(&error))
}

/// Fetches a record and returns its head; where it has none, the archives after it: whoever archives a record takes its ref
/// away in the same push.
pub(super) async fn fetched(
    chains: &Chains,
    name: &RefName,
) -> Result<Option<CommitId>, git::Error> {
    let head = chains.fetch(name).await?;
    if head.is_none() {
        chains.fetch_archives().await?;
    }
    Ok(head)
}

/// Refuses to begin a record anew that went into an archive, as last fetched: what is left of it here would look like all of
/// it.
pub(super) fn may_begin(chains: &Chains, hotfix: &HotfixId) -> Result<(), Fault> {
    let archive = Archive::read(chains, Arc::default()).map_err(|error| {
        let what = format!("cannot see whether {hotfix} is in an archive");
        Fault::caused(FaultKind::Remote, what, &error)
    })?;
    match archive.year_of(hotfix) {
        None => Ok(()),
        Some(year) => Err(Fault::new(
            FaultKind::Remote,
            format!("the record of {hotfix} is in the archive of {year}: it is not begun anew"),
        )),
    }
}
