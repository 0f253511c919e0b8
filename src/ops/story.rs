//! The shared record: read from its chain, appended by compare-and-swap, retried on a lost race (safety.md 3.5).
//!
//! Guarantees: an event that was acknowledged is on the remote exactly once (ids are fixed before the first
//! attempt and dropped if already there). An event that could not be shared stays in the local journal as
//! pending and goes first at the next append. Non-guarantee: a remote whose administrator rewrites the ref.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::git::NewLink;
use crate::git::Pushed;
use crate::git::Repo;
use crate::model::CommitId;
use crate::model::EventId;
use crate::model::HotfixId;
use crate::model::RefName;
use crate::record::Actor;
use crate::record::Entry;
use crate::record::Event;
use crate::record::Record;
use crate::record::decode;
use crate::record::encode;
use crate::record::verify;

use super::clock;
use super::fault::Fault;
use super::fault::FaultKind;
use super::ledger::Ledger;

/// Rounds before we say that the record is too busy; at human rates two are seldom needed.
const ROUNDS: u32 = 12;

/// One hotfix's record on the remote.
#[derive(Debug, Clone)]
pub(super) struct Story {
    pub(super) repo: Repo,
    pub(super) name: RefName,
    pub(super) hotfix: HotfixId,
    pub(super) actor: Actor,
}

/// Whether an append reached the remote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shared {
    Yes,
    /// Durable in the local journal only.
    NotYet {
        why: String,
    },
}

impl Story {
    /// Reads the record as last fetched, pending events of this machine at its end.
    pub(super) fn read(&self) -> Result<Record, Fault> {
        let entries = self.entries(self.head()?.as_ref())?;
        Ok(Record::fold(self.hotfix.clone(), entries))
    }

    fn head(&self) -> Result<Option<CommitId>, Fault> {
        self.repo
            .chain(&self.name)
            .map_err(|error| unreadable(&self.hotfix, &error))
    }

    fn entries(&self, head: Option<&CommitId>) -> Result<Vec<Entry>, Fault> {
        let Some(head) = head else {
            return Ok(Vec::new());
        };
        let links = self
            .repo
            .chain_read(head, None)
            .map_err(|error| unreadable(&self.hotfix, &error))?;
        let entries: Result<Vec<Entry>, _> = links
            .iter()
            .map(|link| decode(&link.files, &self.hotfix, link.parent.as_ref()))
            .collect();
        let entries = entries.map_err(|error| unreadable(&self.hotfix, &error))?;
        verify(None, &entries).map_err(|error| unreadable(&self.hotfix, &error))?;
        Ok(entries)
    }

    /// Appends events in one push; returns whether they are shared. They are durable in the journal before any byte leaves.
    pub(super) async fn append(
        &self,
        ledger: &Ledger,
        events: Vec<Event>,
    ) -> Result<Shared, Fault> {
        for event in events {
            let entry = self.entry(event)?;
            ledger.with(|journal| journal.put_event(&entry))?;
        }
        self.share(ledger).await
    }

    /// Makes an entry of `event`, by this operator, now; its place in the chain is decided when it is pushed.
    pub(super) fn entry(&self, event: Event) -> Result<Entry, Fault> {
        Entry::new(
            new_event_id(),
            self.hotfix.clone(),
            self.actor.clone(),
            clock::now(),
            event,
        )
        .map_err(|error| unwritable(&error))
    }

    /// Pushes what is pending.
    pub(super) async fn share(&self, ledger: &Ledger) -> Result<Shared, Fault> {
        let mut why = String::from("the record kept moving");
        for round in 0..ROUNDS {
            if round > 0 {
                pause(round).await;
            }
            let pending = ledger.with(|journal| journal.pending(&self.hotfix))?;
            if pending.is_empty() {
                return Ok(Shared::Yes);
            }
            let head = match self.repo.chain_fetch(&self.name).await {
                Ok(head) => head,
                Err(error) => {
                    return Ok(Shared::NotYet {
                        why: error.to_string(),
                    });
                }
            };
            let known = self.entries(head.as_ref())?;
            let landed: BTreeSet<&EventId> = known.iter().map(|entry| &entry.id).collect();
            let (there, missing): (Vec<Entry>, Vec<Entry>) = pending
                .into_iter()
                .partition(|entry| landed.contains(&entry.id));
            mark_shared(ledger, &there, head.as_ref())?;
            if missing.is_empty() {
                return Ok(Shared::Yes);
            }
            let (new_head, placed) = self.build(head.as_ref(), known.last(), missing)?;
            match self
                .repo
                .chain_push(&self.name, &new_head, head.as_ref())
                .await
            {
                Ok(Pushed::Done | Pushed::UpToDate) => {
                    mark_shared(ledger, &placed, Some(&new_head))?;
                    return Ok(Shared::Yes);
                }
                Ok(Pushed::Stale) => {}
                Ok(Pushed::Rejected(reason)) => {
                    return Ok(Shared::NotYet {
                        why: format!("the remote refused it: {}", reason.show()),
                    });
                }
                // It may have landed: the next round reads first and drops what is there.
                Ok(Pushed::Unknown(reason)) => why = reason,
                Err(error) => {
                    return Ok(Shared::NotYet {
                        why: error.to_string(),
                    });
                }
            }
        }
        Ok(Shared::NotYet { why })
    }

    /// Builds one commit per entry on `head`.
    fn build(
        &self,
        head: Option<&CommitId>,
        last: Option<&Entry>,
        entries: Vec<Entry>,
    ) -> Result<(CommitId, Vec<Entry>), Fault> {
        let mut parent = head.cloned();
        let mut previous = last.cloned();
        let mut placed = Vec::new();
        for entry in entries {
            let entry = match (&parent, &previous) {
                (Some(commit), Some(previous)) => entry
                    .after(commit, previous)
                    .map_err(|error| unwritable(&error))?,
                _ => entry.first(),
            };
            let files = encode(&entry).map_err(|error| unwritable(&error))?;
            let link = NewLink {
                author: entry.actor.person.clone(),
                at: entry.at,
                message: entry.message(),
                files,
            };
            let built = self.repo.chain_build(parent.as_ref(), &link);
            parent = Some(built.map_err(|error| unwritable(&error))?);
            previous = Some(entry.clone());
            placed.push(entry);
        }
        let head = parent
            .ok_or_else(|| Fault::new(FaultKind::Internal, "an append needs at least one event"))?;
        Ok((head, placed))
    }
}

fn mark_shared(ledger: &Ledger, entries: &[Entry], head: Option<&CommitId>) -> Result<(), Fault> {
    let Some(head) = head else { return Ok(()) };
    entries
        .iter()
        .try_for_each(|entry| ledger.with(|journal| journal.mark_shared(&entry.id, head)))
}

/// Waits between rounds: doubling from 50 ms, at most 2 s, shifted by this process's id so that two writers part.
async fn pause(round: u32) {
    let base = 50u64 << round.min(5);
    let shift = u64::from(std::process::id() % 50);
    tokio::time::sleep(Duration::from_millis((base + shift).min(2_000))).await;
}

/// Makes an id that no other event has.
pub(super) fn new_event_id() -> EventId {
    clock::fresh_id()
        .to_string()
        .parse()
        .expect("a ULID is alphanumeric")
}

fn unreadable(hotfix: &HotfixId, error: &dyn std::error::Error) -> Fault {
    Fault::caused(
        FaultKind::Remote,
        format!("cannot read the record of {hotfix}"),
        error,
    )
}

fn unwritable(error: &dyn std::error::Error) -> Fault {
    Fault::caused(
        FaultKind::Internal,
        "cannot write an event of the record",
        error,
    )
}
