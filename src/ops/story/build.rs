//! What is pending, built behind a head of the record that was just fetched: an entry in each commit, signed where its author
//! signs. What landed there before is found by its id and not built again.

use std::collections::BTreeMap;

use crate::git::NewLink;
use crate::git::Pushed;
use crate::git::RefUpdate;
use crate::model::CommitId;
use crate::model::EventId;
use crate::record::Entry;
use crate::record::encode;

use super::super::fault::Fault;
use super::super::fault::FaultKind;
use super::super::ledger::Ledger;
use super::super::ledger::Sent;
use super::super::rewritten::Placed;
use super::Shared;
use super::Story;
use super::Unread;
use super::refused;
use super::unwritable;

impl Story {
    /// Builds what is pending behind a head that was just fetched, which is checked first; none where all of it has landed
    /// there before.
    pub(in crate::ops) async fn build_behind(
        &self,
        ledger: &Ledger,
        head: Option<&CommitId>,
        pending: Vec<Entry>,
    ) -> Result<Option<(CommitId, Vec<Placed>)>, Fault> {
        let known = self.chain(head).map_err(Unread::fault)?;
        self.accept(ledger, head, &known)?;
        let landed: BTreeMap<&EventId, &CommitId> = known
            .iter()
            .map(|(entry, commit)| (&entry.id, commit))
            .collect();
        let mut missing = Vec::new();
        for entry in pending {
            match landed.get(&entry.id) {
                Some(commit) => {
                    ledger.with(|journal| journal.mark_shared(&entry.id, commit))?;
                }
                None => missing.push(entry),
            }
        }
        if missing.is_empty() {
            return Ok(None);
        }
        let last = known.last().map(|(entry, _)| entry);
        self.place(ledger, head, last, missing).await.map(Some)
    }

    /// Puts what is pending in the place of a head that is no record, if that is still where the ref is. Not in rounds: who
    /// moved the ref meanwhile may have put the record back.
    pub(super) async fn replace(
        &self,
        ledger: &Ledger,
        broken: &CommitId,
    ) -> Result<Shared, Fault> {
        let pending = ledger.with(|journal| journal.pending(&self.hotfix))?;
        let (head, placed) = self.place(ledger, None, None, pending).await?;
        ledger.reach("the record is built");
        let update = RefUpdate {
            name: self.name.clone(),
            new: Some(head.clone()),
            expected: Some(broken.clone()),
            replaces: true,
        };
        ledger.sends(Sent::Words);
        let pushed = self.chains.push_one(update).await;
        ledger.reach("the record is pushed");
        let why = match pushed {
            Ok(Pushed::Done | Pushed::UpToDate) => {
                ledger.with(|journal| journal.see(&self.name, &head, &placed))?;
                return Ok(Shared::Yes);
            }
            Ok(Pushed::Stale) => {
                "the record has moved since it was looked at; look again".to_owned()
            }
            Ok(Pushed::Rejected(reason)) => refused(&reason),
            Ok(Pushed::Locked(reason) | Pushed::Unknown(reason)) => reason,
            Err(error) => error.to_string(),
        };
        Ok(Shared::NotYet { why })
    }

    /// Builds one commit per entry on `head`, signed where this console made it and its operator signs.
    async fn place(
        &self,
        ledger: &Ledger,
        head: Option<&CommitId>,
        last: Option<&Entry>,
        entries: Vec<Entry>,
    ) -> Result<(CommitId, Vec<Placed>), Fault> {
        let mut parent = head.cloned();
        let mut previous = last.cloned();
        let mut placed = Vec::new();
        for entry in entries {
            let placed_entry = match (&parent, &previous) {
                (Some(commit), Some(previous)) => entry.after(commit, previous),
                _ => entry.first(),
            };
            let mut entry = placed_entry.map_err(|error| unwritable(&error))?;
            self.sign(ledger, &mut entry).await?;
            let files = encode(&entry);
            let link = NewLink {
                author: entry.actor.person.clone(),
                at: entry.at,
                message: entry.message(),
                files,
            };
            let built = self.chains.build(parent.as_ref(), &link);
            let built = built.map_err(|error| unwritable(&error))?;
            parent = Some(built.clone());
            previous = Some(entry.clone());
            placed.push((entry, built));
        }
        let head = parent
            .ok_or_else(|| Fault::new(FaultKind::Internal, "an append needs at least one event"))?;
        Ok((head, placed))
    }

    /// Signs an entry of ours for its place, unless a signature for just that was made before. The signature is durable
    /// before it is sent: a repeated append must be the same commit. Where it cannot be made the entry goes unsigned and is
    /// shown so; what must not be done without one was refused before it began.
    async fn sign(&self, ledger: &Ledger, entry: &mut Entry) -> Result<(), Fault> {
        let has_one = entry
            .signature
            .as_ref()
            .is_some_and(|one| one.over.is_none());
        let is_wanted = self.signing.is_set_up() && !has_one;
        if !is_wanted || !ledger.with(|journal| journal.is_to_sign(entry))? {
            return Ok(());
        }
        match self.signing.seal(entry).await {
            Ok(()) => ledger.with(|journal| journal.keep_signature(entry)),
            Err(why) => {
                tracing::warn!(why, kind = entry.kind, "an entry goes unsigned");
                Ok(())
            }
        }
    }
}
