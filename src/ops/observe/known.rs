//! What git answered to the look before. An unchanged poll asks git nothing and derives nothing from it: the answers
//! depend on the refs, the records, the requests, the playbook and the clone's merge drivers alone, and those were read
//! anew.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::git::Error;
use crate::model::BranchName;
use crate::model::ChangeRequest;
use crate::model::CommitId;
use crate::model::PredictionOutcome;
use crate::model::RefName;
use crate::model::Seen;
use crate::model::Verdict;
use crate::playbook::Playbook;
use crate::record::Record;

use super::super::drivers::DriversSeen;
use super::Depth;
use super::InGit;
use super::Look;
use super::Sight;
use super::unclosed::Answered;

/// Everything that the answers of git depend on, besides objects, whose content is in their names.
#[derive(PartialEq, Eq)]
pub(in crate::ops) struct Ground {
    tips: BTreeMap<BranchName, CommitId>,
    tags: Vec<(RefName, CommitId)>,
    book: Arc<Playbook>,
    record: Option<Arc<Record>>,
    records: Vec<Record>,
    requests: Vec<ChangeRequest>,
    depth: Depth,
    drivers: Option<DriversSeen>,
}

impl Ground {
    pub(super) fn of(
        look: &Look,
        requests: Vec<ChangeRequest>,
        records: Vec<Record>,
    ) -> Result<Self, Error> {
        let tags = match look.depth {
            Depth::Drawing => look.repo.remote_refs("refs/tags/")?,
            Depth::Sketch | Depth::Steps => Vec::new(),
        };
        Ok(Self {
            tips: look.tips.clone(),
            tags,
            book: Arc::clone(&look.book),
            record: look.record.clone(),
            records,
            requests,
            depth: look.depth,
            drivers: look.drivers.as_ref().map(|drivers| drivers.seen.clone()),
        })
    }

    pub(super) fn requests(&self) -> &[ChangeRequest] {
        &self.requests
    }

    pub(super) fn records(&self) -> &[Record] {
        &self.records
    }
}

/// What git answered about a ground.
pub(in crate::ops) struct Known {
    ground: Arc<Ground>,
    in_git: InGit,
    /// Which was asked before, to tell the requests of the ground.
    unclosed: Arc<Answered>,
}

impl Known {
    /// Keeps answers; none if one of them is a failure, which may pass.
    pub(super) fn new(
        ground: Arc<Ground>,
        in_git: &InGit,
        look: &Look,
        unclosed: Arc<Answered>,
    ) -> Option<Self> {
        let is_there = |lane| look.lane_tip(lane).is_some();
        let mut edges = in_git.edges.iter();
        let mut presence = in_git.presence.iter();
        // A lane without a branch is no failure: it is answered the same until the branch comes.
        let is_whole = is_seen(&in_git.fix)
            && is_seen(&in_git.frozen)
            && is_seen(&in_git.history)
            && is_seen(&in_git.unreached)
            && in_git.weighed.values().all(is_seen)
            && in_git.debt.is_whole
            && in_git.driven.is_whole
            && in_git.predictions.values().all(|seen| {
                let prediction = seen.value();
                prediction.is_some_and(|one| is_told(&one.outcome))
            })
            && in_git.undecided.values().all(is_seen)
            && in_git.attempts.values().all(is_seen)
            && in_git.along.values().all(is_seen)
            && edges.all(|(edge, seen)| match seen.value() {
                Some(sight) => is_told(&sight.promotion),
                None => !is_there(&edge.from) || !is_there(&edge.into),
            })
            && presence.all(|(lane, seen)| match seen.value() {
                Some(presence) => presence.verdict != Verdict::Unknown,
                None => !is_there(lane),
            });
        is_whole.then(|| Self {
            ground,
            in_git: in_git.clone(),
            unclosed,
        })
    }

    pub(super) fn unclosed(&self) -> &Arc<Answered> {
        &self.unclosed
    }

    pub(super) fn is_about(&self, ground: &Ground) -> bool {
        *self.ground == *ground
    }

    /// Returns the answers as they are known now.
    pub(super) fn as_of(&self, sight: &Sight) -> InGit {
        let InGit {
            fix,
            edges,
            presence,
            unreached,
            dropped,
            taken_out,
            weighed,
            predictions,
            driven,
            undecided,
            attempts,
            along,
            frozen,
            history,
            debt,
            by_trailer,
        } = &self.in_git;
        InGit {
            fix: again(fix, sight),
            edges: all_again(edges, sight),
            presence: all_again(presence, sight),
            unreached: again(unreached, sight),
            dropped: dropped.clone(),
            taken_out: taken_out.clone(),
            weighed: all_again(weighed, sight),
            predictions: all_again(predictions, sight),
            driven: driven.clone(),
            undecided: all_again(undecided, sight),
            attempts: all_again(attempts, sight),
            along: all_again(along, sight),
            frozen: again(frozen, sight),
            history: again(history, sight),
            debt: debt.clone(),
            by_trailer: by_trailer.clone(),
        }
    }
}

/// Tells whether git could say what would come of a merge.
fn is_told(outcome: &PredictionOutcome) -> bool {
    !matches!(outcome, PredictionOutcome::Unknown { .. })
}

fn is_seen<T>(seen: &Seen<T>) -> bool {
    seen.value().is_some()
}

fn again<T: Clone>(seen: &Seen<T>, sight: &Sight) -> Seen<T> {
    match seen.value() {
        Some(value) => sight.of(value.clone()),
        None => seen.clone(),
    }
}

fn all_again<K: Clone + Ord, T: Clone>(
    all: &BTreeMap<K, Seen<T>>,
    sight: &Sight,
) -> BTreeMap<K, Seen<T>> {
    let all = all.iter();
    all.map(|(key, seen)| (key.clone(), again(seen, sight)))
        .collect()
}
