//! A chain read into entries. The one that was read last is kept: a change asks for its record at every step, each time
//! with a few entries more.
//!
//! Guarantees: what is returned is what reading the chain from its first entry would give; what does not follow what is
//! kept is read whole, and told as that tells it.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use crate::git;
use crate::git::Link;
use crate::model::CommitId;
use crate::model::EventId;
use crate::model::RefName;
use crate::record;
use crate::record::Entry;
use crate::record::decode;
use crate::record::verify;

use super::super::fault::Fault;
use super::super::rewritten::Placed;
use super::Story;
use super::unreadable;

/// The chain that was read last, by its ref.
#[derive(Debug, Default)]
pub(in crate::ops) struct ReadBefore(Mutex<Option<(RefName, Arc<Vec<Placed>>)>>);

impl ReadBefore {
    fn of(&self, name: &RefName) -> Option<Arc<Vec<Placed>>> {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, chain) = last.as_ref().filter(|(known, _)| known == name)?;
        Some(Arc::clone(chain))
    }

    fn keep(&self, name: &RefName, chain: &Arc<Vec<Placed>>) {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *last = Some((name.clone(), Arc::clone(chain)));
    }
}

/// Why a chain was not read.
#[derive(Debug)]
pub(in crate::ops) enum Unread {
    /// What stands there is no record: so it is for everybody.
    Broken(Fault),
    /// It could not be seen here just now, which says nothing about what the remote has. An object that our copy lacks is that
    /// too: git takes over no chain that is not whole.
    Trouble(Fault),
}

impl Unread {
    /// Returns it for those to whom both are the same.
    pub(in crate::ops) fn fault(self) -> Fault {
        match self {
            Self::Broken(fault) | Self::Trouble(fault) => fault,
        }
    }
}

impl Story {
    /// Reads a chain from its first entry to `head`, each with its commit, and verifies it.
    pub(in crate::ops) fn chain(&self, head: Option<&CommitId>) -> Result<Vec<Placed>, Unread> {
        let Some(head) = head else {
            return Ok(Vec::new());
        };
        let before = self.before.of(&self.name);
        let chain = match before.and_then(|before| self.grown(before, head)) {
            Some(chain) => chain,
            None => Arc::new(self.whole(head)?),
        };
        self.before.keep(&self.name, &chain);
        Ok(Arc::unwrap_or_clone(chain))
    }

    fn whole(&self, head: &CommitId) -> Result<Vec<Placed>, Unread> {
        let links = self.chains.read_whole(&self.name, head);
        let links = links.map_err(|error| self.unread(&error))?;
        let broken = |error: record::Error| Unread::Broken(unreadable(&self.hotfix, &error));
        let entries = self.decoded(&links).map_err(broken)?;
        verify(None, &entries).map_err(broken)?;
        Ok(placed(entries, links).collect())
    }

    fn unread(&self, error: &git::Error) -> Unread {
        let fault = unreadable(&self.hotfix, error);
        match error {
            git::Error::NotLinear { .. } | git::Error::BadObject { .. } => Unread::Broken(fault),
            git::Error::NoSuchObject { .. } => Unread::Trouble(fault.hint(
                "Our copy of the remote is damaged. `repo` and `records` in the state directory are copies: remove them, and they are made anew.",
            )),
            _trouble => Unread::Trouble(fault),
        }
    }

    /// Adds what came after `before`; none where `head` does not follow it, or what came is not in order.
    fn grown(&self, before: Arc<Vec<Placed>>, head: &CommitId) -> Option<Arc<Vec<Placed>>> {
        let (last, at) = before.last()?;
        if at == head {
            return Some(before);
        }
        let links = self.chains.read(head, Some(at)).ok()?;
        let entries = self.decoded(&links).ok()?;
        verify(Some(last), &entries).ok()?;
        if has_one_of(&before, &entries) {
            return None;
        }
        let mut chain = Arc::unwrap_or_clone(before);
        chain.extend(placed(entries, links));
        Some(Arc::new(chain))
    }

    fn decoded(&self, links: &[Link]) -> Result<Vec<Entry>, record::Error> {
        links
            .iter()
            .map(|link| decode(&link.files, &self.hotfix, link.parent.as_ref()))
            .collect()
    }
}

fn has_one_of(before: &[Placed], entries: &[Entry]) -> bool {
    let new: HashSet<&EventId> = entries.iter().map(|entry| &entry.id).collect();
    before.iter().any(|(entry, _)| new.contains(&entry.id))
}

fn placed(entries: Vec<Entry>, links: Vec<Link>) -> impl Iterator<Item = Placed> {
    let commits = links.into_iter().map(|link| link.id);
    entries.into_iter().zip(commits)
}
