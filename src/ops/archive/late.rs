//! What was said here of a hotfix that somebody archived before it could be shared: added behind its record, within the
//! archive of its year.
//!
//! Guarantees: nothing that was archived is lost, since the commit before and the longer chain are both parents of what is
//! pushed, and one push moves the archive from just where it was read, or not at all. What landed there before a death is
//! found by its id. Nothing but what is kept in the journal is ever added: a plan for an archived hotfix is refused.

use crate::git::Chains;
use crate::git::NewLink;
use crate::git::Pushed;
use crate::git::across;
use crate::model::CommitId;
use crate::model::HotfixId;
use crate::model::RefName;
use crate::model::chain_text;
use crate::record::Archived;
use crate::record::encode_archive;

use super::super::clock;
use super::super::fault::Fault;
use super::super::fault::FaultKind;
use super::super::ledger::Ledger;
use super::super::ledger::Sent;
use super::super::story::ROUNDS;
use super::super::story::Shared;
use super::super::story::Story;
use super::super::story::pause;
use super::super::story::refused;
use super::super::workspace::Workspace;
use super::list_at;

/// A record where it was archived.
struct Place {
    name: RefName,
    year: u16,
    /// The archive's last commit.
    previous: CommitId,
    archived: Archived,
}

impl Workspace {
    /// Adds what is kept here of a hotfix to its record in an archive; to the record itself where that has its ref again.
    pub(in crate::ops) async fn share_late(
        &self,
        ledger: &Ledger,
        hotfix: &HotfixId,
    ) -> Result<Shared, Fault> {
        let story = self.story(hotfix)?;
        let mut why = String::from("the archive kept moving");
        for round in 0..ROUNDS {
            if round > 0 {
                pause(round).await;
            }
            let pending = ledger.with(|journal| journal.pending(hotfix))?;
            if pending.is_empty() {
                return Ok(Shared::Yes);
            }
            if let Err(fault) = self.refresh().await {
                let why = fault.to_string();
                return Ok(Shared::NotYet { why });
            }
            if story.head()?.is_some() {
                return Box::pin(story.share(ledger)).await;
            }
            let place = self.place_of(hotfix).await?;
            let head = place.archived.head.clone();
            let built = Box::pin(story.build_behind(ledger, Some(&head), pending)).await?;
            let Some((head, placed)) = built else {
                return Ok(Shared::Yes);
            };
            let (name, previous) = (place.name.clone(), place.previous.clone());
            let gathered = gather(&story, place, &head).await?;
            ledger.reach("the record is built");
            ledger.sends(Sent::Words);
            let pushed = story.chains.push(&name, &gathered, Some(&previous)).await;
            ledger.reach("the record is pushed");
            match pushed {
                Ok(Pushed::Done | Pushed::UpToDate) => {
                    ledger.with(|journal| journal.see(&story.name, &head, &placed))?;
                    return Ok(Shared::Yes);
                }
                Ok(Pushed::Stale) => {}
                Ok(Pushed::Rejected(reason)) => {
                    let why = refused(&reason);
                    return Ok(Shared::NotYet { why });
                }
                Ok(Pushed::Locked(reason)) => why = reason,
                // It may have landed: the next round reads first and drops what is there.
                Ok(Pushed::Unknown(reason)) => why = reason,
                Err(error) => {
                    let why = chain_text(&error);
                    return Ok(Shared::NotYet { why });
                }
            }
        }
        Ok(Shared::NotYet { why })
    }

    /// Returns where the record of a hotfix is, as last fetched. It is read, and must be what the archive says of it.
    async fn place_of(&self, hotfix: &HotfixId) -> Result<Place, Fault> {
        let gone = || {
            let what = format!("the record of {hotfix} is in no archive any more");
            Fault::new(FaultKind::Remote, what)
        };
        self.archived(hotfix).await?.ok_or_else(gone)?;
        let archive = self.known_archive();
        let (year, archived) = archive.of(hotfix).ok_or_else(gone)?;
        let previous = archive.head(year).ok_or_else(gone)?;
        let name = self.chains().carrier().archive(year).map_err(|error| {
            Fault::caused(FaultKind::Config, "the record prefix is not a ref", &error)
        })?;
        Ok(Place {
            name,
            year,
            previous: previous.clone(),
            archived: archived.clone(),
        })
    }
}

/// Stores a commit of the archive in which the record's chain ends at `head`.
async fn gather(story: &Story, place: Place, head: &CommitId) -> Result<CommitId, Fault> {
    let (story, head) = (story.clone(), head.clone());
    let gathered = across(move || place.gather(&story.chains, &story, &head));
    gathered.await.unwrap_or_else(|error| {
        let what = "building the archive ended early";
        Err(Fault::caused(FaultKind::Internal, what, &error))
    })
}

impl Place {
    fn gather(self, chains: &Chains, story: &Story, head: &CommitId) -> Result<CommitId, Fault> {
        let unbuilt = |error: &dyn std::error::Error| {
            Fault::caused(FaultKind::Internal, "cannot build the archive", error)
        };
        let record = story.record(Some(head))?;
        let archived = Archived::of(&record, head).map_err(|error| unbuilt(&error))?;
        let archived = archived.ok_or_else(|| {
            let what = format!("{} is archived and not closed", story.hotfix);
            Fault::new(FaultKind::Remote, what)
        })?;
        let mut list = list_at(chains, &self.previous)?;
        let archived = Archived {
            more: self.archived.more,
            ..archived
        };
        list.insert(story.hotfix.clone(), archived);
        let link = NewLink {
            author: story.actor.person.clone(),
            at: clock::now(),
            message: format!("add to {} of {}", story.hotfix, self.year),
            files: encode_archive(&list).map_err(|error| unbuilt(&error))?,
        };
        let gathered = chains.gather(Some(&self.previous), std::slice::from_ref(head), &link);
        gathered.map_err(|error| unbuilt(&error))
    }
}
