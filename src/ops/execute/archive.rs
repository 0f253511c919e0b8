//! The call that puts closed records into the archive of their year: built here, then one push that moves the archive and
//! takes each record's ref away, all or nothing. What came of it is read back where the push does not say.

use std::collections::BTreeMap;

use crate::engine::Outcome;
use crate::git::Chains;
use crate::git::MOST_HEADS;
use crate::git::NewLink;
use crate::git::Pushed;
use crate::git::RefUpdate;
use crate::git::Refusal;
use crate::git::across;
use crate::model::CommitId;
use crate::model::NameError;
use crate::model::Person;
use crate::model::RefName;
use crate::model::Timestamp;
use crate::model::Untrusted;
use crate::model::chain_text;
use crate::record::Archived;
use crate::record::encode_archive;

use super::super::archive::list_at;
use super::super::clock;
use super::super::fault::Fault;
use super::super::fault::FaultKind;
use super::calls::Answer;
use super::calls::Caller;

/// What goes into the archive of one year.
struct Gathering {
    year: u16,
    previous: Option<CommitId>,
    records: Vec<Archived>,
    author: Person,
    at: Timestamp,
}

impl Caller<'_> {
    /// Puts closed records into the archive of their year and takes their refs away.
    pub(super) async fn archive(
        &self,
        year: u16,
        previous: Option<&CommitId>,
        records: &[Archived],
    ) -> Answer {
        // Git packs what leads to the heads, so they must be here: somebody else may have planned this.
        if let Err(fault) = self.workspace.refresh().await {
            return fault.into();
        }
        let gathering = Gathering {
            year,
            previous: previous.cloned(),
            records: records.to_vec(),
            author: self.story.actor.person.clone(),
            at: clock::now(),
        };
        let chains = self.workspace.chains().clone();
        let built = across(move || -> Result<(CommitId, Vec<RefUpdate>), Fault> {
            let head = gathering.build(&chains)?;
            let updates = gathering.updates(&chains, &head)?;
            Ok((head, updates))
        });
        let built = built.await.unwrap_or_else(|error| {
            let what = "building the archive ended early";
            Err(Fault::caused(FaultKind::Internal, what, &error))
        });
        let (head, updates) = match built {
            Ok(built) => built,
            Err(fault) => return fault.into(),
        };
        self.ledger.reach("an archive is built");
        let pushed = self.workspace.chains().push_all(&updates).await;
        self.ledger.reach("an archive is pushed");
        let pushed = match pushed {
            Ok(pushed) => pushed,
            Err(error) => return Answer::plain(Outcome::Failed, chain_text(&error)),
        };
        let odd = pushed
            .into_iter()
            .find(|one| !matches!(one, Pushed::Done | Pushed::UpToDate));
        match odd {
            None | Some(Pushed::Done | Pushed::UpToDate) => {
                Answer::plain(Outcome::Done, format!("the archive is at {}", head.short()))
            }
            Some(Pushed::Rejected(why)) => Answer::plain(Outcome::Refused, refused(&why)),
            // The rest is settled by reading: a lost race shows who was faster, a lost answer may show ours.
            Some(Pushed::Stale) => {
                let why = "something moved since this was planned";
                self.settle_archive(year, previous, records, why).await
            }
            Some(Pushed::Locked(why)) => self.settle_archive(year, previous, records, &why).await,
            Some(Pushed::Unknown(why)) => {
                let why = unsaid(why);
                self.settle_archive(year, previous, records, &why).await
            }
        }
    }

    /// Reads back what came of a push whose outcome is open.
    async fn settle_archive(
        &self,
        year: u16,
        previous: Option<&CommitId>,
        records: &[Archived],
        why: &str,
    ) -> Answer {
        let unread = |fault: &Fault| {
            Answer::plain(
                Outcome::Unknown,
                format!("{why}; reading it back failed: {fault}"),
            )
        };
        if let Err(fault) = self.workspace.refresh().await {
            return unread(&fault);
        }
        let archive = match self.workspace.archive().await {
            Ok(archive) => archive,
            Err(fault) => return unread(&fault),
        };
        let moved = match self.moved(records).await {
            Ok(moved) => moved,
            Err(fault) => return unread(&fault),
        };
        let is_in = |one: &Archived| archive.has(year, &one.hotfix, one.head.as_str());
        let is_gone = |one: &Archived| moved.get(one.hotfix.as_str()) == Some(&None);
        if records.iter().all(|one| is_in(one) && is_gone(one)) {
            return Answer::plain(Outcome::Already, format!("the archive of {year} has them"));
        }
        let reason = moved.iter().next().map(|(hotfix, found)| match found {
            Some(found) => format!("the record of {hotfix} is at {} now", found.short()),
            None => format!("the record of {hotfix} has no ref any more"),
        });
        let is_same = archive.head(year) == previous;
        let reason = reason.or_else(|| {
            let words = || format!("somebody has written the archive of {year}");
            (!is_same).then(words)
        });
        let words = match reason {
            Some(reason) => format!("{reason}; nothing was archived, plan again"),
            None => format!("{why}; nothing was archived"),
        };
        Answer::plain(Outcome::Refused, words)
    }

    /// Returns the records that are not where they were, by their hotfix, each with where it is as last fetched.
    async fn moved(
        &self,
        records: &[Archived],
    ) -> Result<BTreeMap<String, Option<CommitId>>, Fault> {
        let records = records.to_vec();
        let read = self.workspace.on_chains(move |chains| {
            let mut moved = BTreeMap::new();
            for one in records {
                let Ok(name) = chains.carrier().hotfix(&one.hotfix) else {
                    continue;
                };
                let found = chains.head(&name)?;
                if found.as_ref() != Some(&one.head) {
                    moved.insert(one.hotfix.to_string(), found);
                }
            }
            Ok(moved)
        });
        read.await
    }
}

impl Gathering {
    /// Stores the commits of the archive, and returns the last of them.
    fn build(&self, chains: &Chains) -> Result<CommitId, Fault> {
        let mut head = self.previous.clone();
        let mut list = match &head {
            Some(head) => list_at(chains, head)?,
            None => BTreeMap::new(),
        };
        for part in self.records.chunks(MOST_HEADS) {
            list.extend(part.iter().map(|one| (one.hotfix.clone(), one.clone())));
            let heads: Vec<CommitId> = part.iter().map(|one| one.head.clone()).collect();
            let link = NewLink {
                author: self.author.clone(),
                at: self.at,
                message: format!("archive {} of {}", heads.len(), self.year),
                files: encode_archive(&list).map_err(|error| unbuilt(&error))?,
            };
            let built = chains.gather(head.as_ref(), &heads, &link);
            head = Some(built.map_err(|error| unbuilt(&error))?);
        }
        head.filter(|_| !self.records.is_empty())
            .ok_or_else(|| Fault::new(FaultKind::Internal, "an archive needs at least one record"))
    }

    /// Returns what moves the archive to `head` and takes the refs of its records away.
    fn updates(&self, chains: &Chains, head: &CommitId) -> Result<Vec<RefUpdate>, Fault> {
        let carrier = chains.carrier();
        let named = |name: Result<RefName, NameError>| {
            name.map_err(|error| {
                Fault::caused(FaultKind::Config, "the record prefix is not a ref", &error)
            })
        };
        let mut updates = vec![RefUpdate {
            name: named(carrier.archive(self.year))?,
            new: Some(head.clone()),
            expected: self.previous.clone(),
            replaces: false,
        }];
        for one in &self.records {
            updates.push(RefUpdate {
                name: named(carrier.hotfix(&one.hotfix))?,
                new: None,
                expected: Some(one.head.clone()),
                replaces: true,
            });
        }
        Ok(updates)
    }
}

fn unbuilt(error: &dyn std::error::Error) -> Fault {
    Fault::caused(FaultKind::Internal, "cannot build the archive", error)
}

/// Says why the remote does not let refs of records go: each is somebody else's to change.
fn refused(reason: &Untrusted) -> String {
    let words = reason.show();
    let why = match Refusal::of(reason) {
        Refusal::Policy => {
            format!("a rule of the remote keeps the refs of records where they are ({words})")
        }
        Refusal::Hidden => format!("the remote hides such refs ({words})"),
        Refusal::Quota => format!("the remote has no room left ({words})"),
        Refusal::Other => format!("the remote refused it: {words}"),
    };
    format!("{why}; nothing was archived")
}

/// Returns why a push did not say what came of it; a server that moves refs one by one is asked for nothing.
fn unsaid(why: String) -> String {
    if why.contains("--atomic") {
        return format!("the remote cannot move several refs at once ({why})");
    }
    why
}
