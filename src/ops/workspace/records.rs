//! The records as last fetched. A chain is read again only where its head is another one, or what was seen of it here:
//! what a commit leads to never changes. What is in an archive is not read at all, unless it is asked for by its id.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use crate::engine::HotfixSummary;
use crate::engine::Rewritten;
use crate::git::across;
use crate::model::CommitId;
use crate::model::HotfixId;
use crate::model::RefName;
use crate::record::Actor;
use crate::record::Archived;
use crate::record::Record;
use crate::store::Journal;

use super::super::clock;
use super::super::fault::Fault;
use super::super::fault::FaultKind;
use super::super::rewritten::seen;
use super::super::story::Story;
use super::Workspace;

/// What was read of one chain.
pub(super) struct ReadRecord {
    head: Option<CommitId>,
    /// Where it was when it was seen here before.
    pinned: Option<CommitId>,
    record: Option<Record>,
    alarm: Option<Rewritten>,
}

impl ReadRecord {
    /// Tells whether it would be read the same again: nothing is wrong with it, and nothing new of it is to be kept.
    fn is_settled(&self) -> bool {
        let is_closed = self.record.as_ref().is_some_and(|one| one.closed.is_some());
        let is_kept = self.pinned == self.head || (self.pinned.is_none() && is_closed);
        self.alarm.is_none() && self.head.is_some() && is_kept
    }
}

impl Workspace {
    /// Returns every hotfix of the project, open ones first, newest first.
    pub async fn hotfixes(&self) -> Result<Vec<HotfixSummary>, Fault> {
        Ok(self.listed(&self.records().await?))
    }

    /// Reads every record as last fetched, newest first, each with what is kept of it here and not shared yet.
    pub(in crate::ops) async fn records(&self) -> Result<Vec<Record>, Fault> {
        let prefix = self.chains().carrier().hotfixes();
        let lookup = prefix.clone();
        let (refs, is_fetched) = self
            .on_chains(move |chains| chains.told(|chains| chains.kept(&lookup)))
            .await?;
        let heads: BTreeMap<RefName, CommitId> = refs.into_iter().collect();
        // After them: what is gone there is in the archive by then.
        let archive = self.archive().await?;
        let pins = self.pins();
        // One that was seen here and is gone from the remote is missed, not forgotten.
        let names: BTreeSet<&RefName> = heads.keys().chain(pins.keys()).collect();
        let before = self.reads().clone();
        let mut reads = BTreeMap::new();
        let mut records = Vec::new();
        let mut alarms = BTreeMap::new();
        let mut over = Vec::new();
        for name in names {
            let Some(Ok(id)) = name
                .as_str()
                .strip_prefix(&prefix)
                .map(str::parse::<HotfixId>)
            else {
                continue;
            };
            let (head, pinned) = (heads.get(name), pins.get(name));
            if let Some(archived) = archive.of(&id).filter(|_| head.is_none()) {
                match self.ended(&id, archived, pinned).await? {
                    None => over.push(name.clone()),
                    Some((record, alarm)) => {
                        records.extend(record);
                        alarms.insert(id, alarm);
                    }
                }
                continue;
            }
            let is_same = |read: &&Arc<ReadRecord>| {
                (read.head.as_ref(), read.pinned.as_ref()) == (head, pinned)
            };
            let read = match before.get(name).filter(is_same) {
                Some(read) => Arc::clone(read),
                None => Arc::new(
                    self.read_record(&id, (head.cloned(), is_fetched), pinned.cloned())
                        .await?,
                ),
            };
            records.extend(read.record.clone());
            if let Some(alarm) = &read.alarm {
                alarms.insert(id, alarm.clone());
            }
            if read.is_settled() {
                reads.insert(name.clone(), read);
            }
        }
        self.let_go(over).await;
        *self.reads() = reads;
        *self.alarms() = alarms;
        self.add_kept(&mut records);
        records.sort_by(|a, b| b.hotfix.cmp(&a.hotfix));
        Ok(records)
    }

    async fn read_record(
        &self,
        id: &HotfixId,
        (head, is_fetched): (Option<CommitId>, bool),
        pinned: Option<CommitId>,
    ) -> Result<ReadRecord, Fault> {
        self.inner.times_read.fetch_add(1, Ordering::Relaxed);
        let story = self.story(id)?;
        let dir = self.inner.state_dir.clone();
        let (at, seen_at) = ((head.clone(), is_fetched), pinned.clone());
        let read = across(move || seen(&story, &dir, at, seen_at.as_ref()))
            .await
            .map_err(|error| {
                Fault::caused(FaultKind::Internal, "reading a record ended early", &error)
            })?;
        let (record, alarm) = read?;
        Ok(ReadRecord {
            head,
            pinned,
            record,
            alarm,
        })
    }

    /// Makes sure, once, that a record which was seen here before went into the archive as it was, closed and with all that
    /// was seen of it; what is new of it is kept. Returns what is wrong, with the record, where it did not.
    async fn ended(
        &self,
        hotfix: &HotfixId,
        (year, archived): (u16, &Archived),
        pinned: Option<&CommitId>,
    ) -> Result<Option<(Option<Record>, Rewritten)>, Fault> {
        let head = &archived.head;
        let read = self.read_record(hotfix, (Some(head.clone()), true), pinned.cloned());
        let read = read.await?;
        let alarm = match (&read.record, read.alarm) {
            (Some(_) | None, Some(alarm)) => alarm,
            (Some(record), None) if archived.is_of(record) => return Ok(None),
            (Some(_) | None, None) => Rewritten {
                what: format!(
                    "the archive of {year} has a record of {hotfix} that it does not fit"
                ),
                head: Some(head.clone()),
                missing: Vec::new(),
                replaces: false,
                why_not: None,
            },
        };
        let why_not = format!("it is in the archive of {year}, where nothing is put back");
        let alarm = Rewritten {
            why_not: Some(why_not),
            ..alarm
        };
        Ok(Some((read.record, alarm)))
    }

    /// Returns how often a record was read from its chain; the others were as they had been read.
    pub fn times_read(&self) -> usize {
        self.inner.times_read.load(Ordering::Relaxed)
    }

    /// Returns the heads of records that were seen here before. A journal that cannot be read is told by the look itself.
    fn pins(&self) -> BTreeMap<RefName, CommitId> {
        let (dir, now) = (&self.inner.state_dir, clock::now());
        let pins = self.inner.pins.by(dir, now, Journal::pins);
        pins.unwrap_or_else(|error| {
            tracing::warn!(%error, "the pinned heads could not be read");
            BTreeMap::new()
        })
    }

    pub(in crate::ops) fn pinned(&self, name: &RefName) -> Option<CommitId> {
        self.pins().remove(name)
    }

    fn reads(&self) -> MutexGuard<'_, BTreeMap<RefName, Arc<ReadRecord>>> {
        let reads = self.inner.reads.lock();
        reads.unwrap_or_else(PoisonError::into_inner)
    }

    pub(in crate::ops) fn alarms(&self) -> MutexGuard<'_, BTreeMap<HotfixId, Rewritten>> {
        let alarms = self.inner.alarms.lock();
        alarms.unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns a record as last fetched, with how well it is known who wrote each entry.
    pub(in crate::ops) async fn weighed_record(&self, story: &Story) -> Result<Record, Fault> {
        let mut record = story.read()?;
        Box::pin(self.signing().check(&mut record.entries)).await;
        Ok(record)
    }

    /// Returns the story of one hotfix, which may not have begun.
    pub(in crate::ops) fn story(&self, hotfix: &HotfixId) -> Result<Story, Fault> {
        let name = self.chains().carrier().hotfix(hotfix).map_err(|error| {
            Fault::caused(FaultKind::Config, "the record prefix is not a ref", &error)
        })?;
        let actor = Actor {
            person: self.inner.me.clone(),
            device: self.inner.device.clone(),
        };
        Ok(Story {
            chains: self.inner.chains.clone(),
            name,
            hotfix: hotfix.clone(),
            actor,
            signing: Arc::clone(&self.inner.signing),
            before: Arc::clone(&self.inner.before),
        })
    }
}
