//! The retrofit debt clock: hotfixes that RUN took and a BUILD lane lacks, by how long ago they came into RUN. Until the
//! debt is paid, the next version would bring the bug back.
//!
//! Every lane of RUN counts. What came into one is owed from then on: that a later hotfix changed its lines there pays
//! nothing, and neither does that nobody can tell. Only what was taken out there again is owed to nobody.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::model::CommitId;
use crate::model::HotfixId;
use crate::model::LaneName;
use crate::model::Layer;
use crate::model::Presence;
use crate::model::Project;
use crate::model::Seen;
use crate::model::Timestamp;
use crate::model::Verdict;
use crate::record::Event;
use crate::record::Record;

use super::carried::is_alone_record;
use super::look::acknowledged;
use super::look::has_taken;

/// Where one hotfix is, as it was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whereabouts {
    pub presence: BTreeMap<LaneName, Seen<Presence>>,
    /// When the commit was made that brought it into a lane of RUN, where that is known.
    pub landed: BTreeMap<LaneName, Timestamp>,
    /// Its commits, and those that brought it into a lane.
    pub own: BTreeSet<CommitId>,
}

/// One hotfix that is owed to BUILD.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Debt {
    pub hotfix: HotfixId,
    pub title: String,
    /// When RUN first took it.
    pub since: Timestamp,
    /// The BUILD lanes that do not have it, in the project's order, and what they have instead.
    pub missing: Vec<(LaneName, Verdict)>,
}

/// Returns what is owed, the oldest first. A lane that could not be judged counts: not seen is never paid. A target
/// that was given up on record does not. What is carried of a hotfix without it is owed once, as the hotfix.
pub fn debts<'a>(
    project: &Project,
    fixes: impl IntoIterator<Item = (&'a Record, &'a Whereabouts)>,
) -> Vec<Debt> {
    let accounts: Vec<Account<'_>> = fixes
        .into_iter()
        .filter_map(|(record, seen)| {
            Some(Account {
                record,
                seen,
                debt: debt(project, record, seen)?,
            })
        })
        .collect();
    let is_told_elsewhere =
        |account: &&Account<'_>| accounts.iter().any(|other| other.covers(account));
    let mut debts: Vec<Debt> = accounts
        .iter()
        .filter(|account| !is_told_elsewhere(account))
        .map(|account| account.with_covered(&accounts))
        .collect();
    debts.sort_by(|a, b| (a.since, &a.hotfix).cmp(&(b.since, &b.hotfix)));
    debts
}

/// What is owed of one record, and what it was made from.
struct Account<'a> {
    record: &'a Record,
    seen: &'a Whereabouts,
    debt: Debt,
}

impl Account<'_> {
    /// Tells whether the other carries commits of this hotfix without it, into lanes that this one lists anyway.
    fn covers(&self, other: &Account<'_>) -> bool {
        if is_alone_record(self.record) || !is_alone_record(other.record) {
            return false;
        }
        let snapshot = other.record.snapshot.as_ref();
        let asked = snapshot.map_or(&[][..], |snapshot| &snapshot.commits);
        let is_listed = |lane: &LaneName| self.debt.missing.iter().any(|(own, _)| own == lane);
        let mut lanes = other.debt.missing.iter().map(|(lane, _)| lane);
        !asked.is_empty()
            && asked.iter().all(|commit| self.seen.own.contains(commit))
            && lanes.all(is_listed)
    }

    /// Returns the debt with what is on its way by the others that it covers.
    fn with_covered(&self, all: &[Account<'_>]) -> Debt {
        let mut debt = self.debt.clone();
        for other in all.iter().filter(|other| self.covers(other)) {
            for (lane, verdict) in &mut debt.missing {
                let mut theirs = other.debt.missing.iter();
                let is_pending =
                    theirs.any(|(name, theirs)| name == lane && *theirs == Verdict::Pending);
                if is_pending && *verdict == Verdict::Absent {
                    *verdict = Verdict::Pending;
                }
            }
        }
        debt
    }
}

fn debt(project: &Project, record: &Record, seen: &Whereabouts) -> Option<Debt> {
    let opening = record.opening.as_ref()?;
    let is_alive = |presence: &Presence| {
        presence.verdict == Verdict::Present || acknowledged(record, presence).is_some()
    };
    let mut run = project.lanes.iter().filter(|lane| lane.layer == Layer::Run);
    let is_in = |lane: &LaneName| {
        let has_landed = seen.landed.contains_key(lane);
        has_taken(project, record, lane, seen.presence.get(lane), has_landed)
    };
    if !run.any(|lane| is_in(&lane.name)) {
        return None;
    }
    let is_given_up = |lane: &LaneName| record.abandoned.keys().any(|(_, given)| given == lane);
    let build = project
        .lanes
        .iter()
        .filter(|lane| lane.layer == Layer::Build && !is_given_up(&lane.name));
    let missing: Vec<(LaneName, Verdict)> = build
        .filter_map(|lane| {
            // A lane that was not looked at has no branch: there is nothing to owe to.
            let presence = seen.presence.get(&lane.name)?.value();
            let verdict = presence.map_or(Verdict::Unknown, |presence| presence.verdict);
            let is_paid = presence.is_some_and(is_alive);
            (!is_paid).then(|| (lane.name.clone(), verdict))
        })
        .collect();
    if missing.is_empty() {
        return None;
    }
    Some(Debt {
        hotfix: record.hotfix.clone(),
        title: opening.title.clone(),
        since: seen
            .landed
            .values()
            .copied()
            .chain(came_into_run(project, record))
            .min()
            .unwrap_or(opening.at),
        missing,
    })
}

/// Returns when RUN first took the fix, as the record has it: a merge into a BUILD lane pays a debt and begins none. A
/// step that merged a second part later has not forgotten when the first one came.
fn came_into_run(project: &Project, record: &Record) -> Option<Timestamp> {
    let first = record
        .entries
        .iter()
        .filter_map(|entry| match &entry.event {
            Some(Event::RequestMerged { target, .. }) => Some((target, entry.at)),
            Some(_) | None => None,
        });
    let last = record.merges.iter();
    let merges = first.chain(last.map(|((_, target), merge)| (target, merge.at)));
    // A step without targets is one that leads into RUN.
    let is_run = |target: &Option<LaneName>| {
        let lane = target.as_ref().and_then(|lane| project.lane(lane));
        target.is_none() || lane.is_some_and(|lane| lane.layer == Layer::Run)
    };
    merges
        .filter(|(target, _)| is_run(target))
        .map(|(_, at)| at)
        .min()
}

#[cfg(test)]
mod tests;
