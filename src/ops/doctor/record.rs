//! Can records be written: some hosts refuse refs of our own, and some take no compare-and-swap or no atomic push. Where
//! the team's carrier is refused, the others are tried in their order, and the line to write is told.

use std::collections::BTreeMap;

use crate::git::Chains;
use crate::git::NewLink;
use crate::git::Pushed;
use crate::git::RefUpdate;
use crate::git::Repo;
use crate::model::Carrier;
use crate::model::CarrierKind;
use crate::model::CommitId;
use crate::model::NameError;
use crate::model::RefName;

use super::Examined;
use super::credential;
use crate::ops::clock;
use crate::ops::fault::Fault;
use crate::ops::fault::FaultKind;
use crate::ops::ledger::unusable;
use crate::ops::workspace::Workspace;
use crate::store::Journal;

const WHAT: &str = "record";
const KEPT: &str = "not shared";

/// So many refs of closed hotfixes may lie on the remote (safety.md 3.8): each look lists and reads them.
const MOST_CLOSED: usize = 50;

/// What a probe found, where it could be made.
enum Probed {
    Good,
    /// There is nothing in the repository yet, so that a ref of ours would become its default branch.
    Empty,
}

impl Workspace {
    /// Really does on the remote what a record needs, with a ref of our own, and removes it again: create, refuse a
    /// stale writer, move two together or none.
    pub(super) async fn examine_record(&self) -> Vec<Examined> {
        let chains = self.chains();
        let carrier = chains.carrier();
        if carrier.kind == CarrierKind::Local {
            return self.examine_solo().await;
        }
        let mut examined = Vec::new();
        match self.probe_record(chains).await {
            Ok(Probed::Good) => examined.push(Examined::good(
                WHAT,
                format!(
                    "{}/* can be written{}; a stale writer is refused, and two refs move together or not at all",
                    carrier.prefix,
                    place_words(carrier)
                ),
            )),
            Ok(Probed::Empty) if carrier.kind == CarrierKind::Repository => {
                examined.push(Examined::doubtful(
                    WHAT,
                    "the records' repository is empty",
                    "Push a first commit there, a README, so that no record becomes its default branch.",
                ));
            }
            Ok(Probed::Empty) => examined.push(Examined::doubtful(
                WHAT,
                "there is no commit to probe with",
                "Push a first commit.",
            )),
            // Each carrier would fail in the same way.
            Err(fault) if credential::is_lacking(&fault) => {
                examined.push(credential::examined(WHAT, &fault));
            }
            // So it would where this machine is at fault; the remote was asked nothing.
            Err(fault) if fault.kind == FaultKind::Internal => {
                examined.push(Examined::bad(WHAT, &fault));
                return examined;
            }
            Err(fault) => {
                let (others, advice) = self.try_others(carrier.kind).await;
                let hint = fault.hint.clone().unwrap_or_default();
                let mut bad = Examined::bad(WHAT, &fault);
                bad.hint = Some(format!("{hint} {advice}").trim().to_owned());
                examined.push(bad);
                examined.extend(others);
            }
        }
        examined.extend(self.examine_forge_chain(carrier).await);
        examined
    }

    /// Says of each hotfix how much of it is kept on this machine and seen by nobody else, whether or not it counts.
    pub(super) async fn examine_kept(&self) -> Vec<Examined> {
        let read = Journal::look(self.state_dir())
            .and_then(|journal| Ok((journal.all_pending()?, journal.open_intents()?)));
        let (pending, open) = match read {
            Ok(read) => read,
            Err(error) => {
                let fault = unusable("cannot read what is kept on this machine", &error);
                return vec![Examined::bad(KEPT, &fault)];
            }
        };
        // One that cannot be read is told by every look.
        let archive = self.archive().await.unwrap_or_default();
        let told = pending.into_iter().map(|(hotfix, entries)| {
            let count = entries.len();
            let what = if count == 1 { "entry is" } else { "entries are" };
            let hint = if open.iter().any(|call| call.hotfix == hotfix) {
                "An earlier run was interrupted: lanekeeper resume decides about it first."
            } else if archive.year_of(&hotfix).is_some() {
                "Its record was archived meanwhile: lanekeeper resume --share adds it there"
            } else {
                "A console sends it when it reaches the remote; without one: lanekeeper resume --share"
            };
            let detail = format!("{count} {what} kept on this machine only, of {hotfix}");
            Examined::doubtful(KEPT, detail, hint)
        });
        told.collect()
    }

    /// Says when so many closed hotfixes have refs of their own that an archive is due.
    pub(super) async fn examine_closed(&self) -> Option<Examined> {
        // One that cannot be read is told by every look.
        let records = self.records().await.ok()?;
        let closed = records.iter().filter(|record| record.closed.is_some());
        let count = closed.count();
        (count > MOST_CLOSED).then(|| {
            Examined::doubtful(
                "archive",
                format!("{count} closed hotfixes keep a ref"),
                "Archive them: lanekeeper archive; those that were closed this year with --year.",
            )
        })
    }

    /// The record is on this machine only: says what that means, and whether it need be so.
    async fn examine_solo(&self) -> Vec<Examined> {
        let (others, advice) = self.try_others(CarrierKind::Local).await;
        let words = "solo mode: the record is kept on this machine only, nobody else sees it, and no lock can be kept";
        let mut examined = vec![Examined::doubtful(WHAT, words, &advice)];
        examined.extend(others);
        examined.extend(self.examine_forge_chain(self.chains().carrier()).await);
        examined
    }

    /// Tries the carriers that lie in the project's remote, in order, but for the one that is configured; returns what
    /// was found and what to write.
    async fn try_others(&self, configured: CarrierKind) -> (Vec<Examined>, String) {
        let mut examined = Vec::new();
        let mut first = None;
        for kind in CarrierKind::ALL {
            let is_in_project = !matches!(kind, CarrierKind::Repository | CarrierKind::Local);
            if kind == configured || !is_in_project {
                continue;
            }
            let carrier = Carrier::usual(kind);
            let what = format!("carrier {}", kind.word());
            let chains = Chains::within(self.repo(), carrier);
            examined.push(match self.probe_record(&chains).await {
                Ok(Probed::Good) => {
                    first = first.or(Some(kind));
                    let prefix = kind.default_prefix();
                    Examined::good(&what, format!("{prefix}/* can be written"))
                }
                Ok(Probed::Empty) => Examined::doubtful(
                    &what,
                    "there is no commit to probe with",
                    "Push a first commit.",
                ),
                Err(fault) => Examined::bad(&what, &fault),
            });
        }
        let advice = match first {
            Some(kind) => format!(
                "Write into lanekeeper.toml, for the whole team: [project] record_carrier = \"{}\"",
                kind.word()
            ),
            None => "The project's remote takes no record. Make a repository for records and write into lanekeeper.toml: [project] record_carrier = \"repository\" and record_remote = \"URL\"; until then record_carrier = \"local\" (solo mode, no lock)."
                .to_owned(),
        };
        (examined, advice)
    }

    /// The local forge's chain moves with branches and so lies in the project, also where the records do not.
    async fn examine_forge_chain(&self, carrier: &Carrier) -> Option<Examined> {
        let of_forge = carrier.of_forge();
        if self.reach().is_some() || of_forge == *carrier {
            return None;
        }
        let what = "local forge";
        let prefix = of_forge.prefix.clone();
        let chains = Chains::within(self.repo(), of_forge);
        Some(match self.probe_record(&chains).await {
            Ok(_) => Examined::good(what, format!("{prefix}/forge can be written")),
            Err(fault) => Examined::bad(what, &fault),
        })
    }

    async fn probe_record(&self, chains: &Chains) -> Result<Probed, Fault> {
        let is_begun = match chains.carrier().kind {
            CarrierKind::Repository => chains
                .is_begun()
                .await
                .map_err(|error| unreadable(&error))?,
            CarrierKind::Refs | CarrierKind::Notes | CarrierKind::Branches | CarrierKind::Local => {
                !self.git(Repo::tips).await?.is_empty()
            }
        };
        if !is_begun {
            return Ok(Probed::Empty);
        }
        let id = clock::fresh_id().to_string().to_lowercase();
        // A commit of its own: a branch at a commit of the project's would be built by its CI. And like no other before:
        // an object that is there already would get a new time, in the clone that we borrow from as well.
        let link = NewLink {
            author: self.me().clone(),
            at: clock::now(),
            message: "probe".to_owned(),
            files: BTreeMap::from([("probe".to_owned(), id.clone().into_bytes())]),
        };
        let at = chains.build(None, &link).map_err(|error| {
            Fault::caused(
                FaultKind::Internal,
                "cannot make a commit to probe with",
                &error,
            )
            .hint("This machine could not write it, and the remote was asked nothing. Free disk space or fix the permissions of the state directory, then try again.")
        })?;
        let name = |part: &str| {
            let name = chains.carrier().probe(&format!("{id}-{part}"));
            name.map_err(|error: NameError| {
                Fault::caused(FaultKind::Config, "the record prefix is not a ref", &error)
            })
        };
        let (first, second) = (name("a")?, name("b")?);
        move_probe(chains, &[(&first, Some(&at), None)], true).await?;
        let examined = probe_rules(chains, &first, &second, &at).await;
        // Removed whatever came of it.
        move_probe(chains, &[(&first, None, Some(&at))], true).await?;
        examined.map(|()| Probed::Good)
    }
}

/// Says where the refs lie, where that is not the project's remote itself.
fn place_words(carrier: &Carrier) -> &'static str {
    match carrier.kind {
        CarrierKind::Repository => " in the records' repository",
        CarrierKind::Refs | CarrierKind::Notes | CarrierKind::Branches | CarrierKind::Local => "",
    }
}

async fn probe_rules(
    chains: &Chains,
    first: &RefName,
    second: &RefName,
    at: &CommitId,
) -> Result<(), Fault> {
    // Somebody who believes that the ref is at a commit that nobody ever made.
    let nowhere = "1".repeat(at.as_str().len());
    let nowhere: CommitId = nowhere
        .parse()
        .map_err(|error| Fault::caused(FaultKind::Internal, "cannot make up a commit", &error))?;
    move_probe(chains, &[(first, None, Some(&nowhere))], false).await?;
    // One of the two cannot be, so the other must not be either.
    let both = [(second, Some(at), None), (first, None, Some(&nowhere))];
    move_probe(chains, &both, false).await?;
    let seen = chains.list().await.map_err(|error| unreadable(&error))?;
    if seen.contains_key(second) {
        move_probe(chains, &[(second, None, Some(at))], true).await?;
        return Err(Fault::new(
            FaultKind::Remote,
            "the remote moved one of two refs that were to move together",
        )
        .hint("Its server lacks atomic pushes; a merge on the local forge could be half done. Use a forge with an API."));
    }
    Ok(())
}

/// Pushes these moves (ref, new, expected) as one, and makes sure that they were taken or refused as they should be.
async fn move_probe(
    chains: &Chains,
    moves: &[(&RefName, Option<&CommitId>, Option<&CommitId>)],
    is_right: bool,
) -> Result<(), Fault> {
    let updates: Vec<RefUpdate> = moves
        .iter()
        .map(|(name, new, expected)| RefUpdate {
            name: (*name).clone(),
            new: new.cloned(),
            expected: expected.cloned(),
            replaces: true,
        })
        .collect();
    let name = moves
        .first()
        .map_or_else(String::new, |(name, ..)| name.to_string());
    let hint = || {
        format!(
            "Ask for push rights on {}/*, or use another carrier.",
            chains.carrier().prefix
        )
    };
    let pushed = chains.push_all(&updates).await.map_err(|error| {
        Fault::caused(FaultKind::Remote, format!("cannot write {name}"), &error).hint(hint())
    })?;
    let is_taken = pushed
        .iter()
        .all(|one| matches!(one, Pushed::Done | Pushed::UpToDate));
    if is_taken == is_right {
        return Ok(());
    }
    if is_taken {
        return Err(Fault::new(
            FaultKind::Remote,
            format!("the remote let a stale writer move {name}"),
        )
        .hint("Two consoles could overwrite each other's record there; use another remote."));
    }
    let why = pushed.into_iter().find_map(|one| match one {
        Pushed::Done | Pushed::UpToDate => None,
        Pushed::Rejected(why) => Some(why.show()),
        Pushed::Stale => Some("it moved under the probe".to_owned()),
        Pushed::Locked(why) | Pushed::Unknown(why) => Some(why),
    });
    let why = why.unwrap_or_default();
    Err(Fault::new(
        FaultKind::Remote,
        format!("the remote refuses {name}: {why}"),
    )
    .hint(hint()))
}

fn unreadable(error: &dyn std::error::Error) -> Fault {
    Fault::caused(FaultKind::Remote, "cannot read the probe's refs", error)
}
