//! What picks stand on: earlier changes to the same files that a target lacks (flows.md 5.4). It helps a person; nothing
//! depends on it, and so only a plan and `preflight` ask for it.

use std::collections::BTreeMap;

use crate::engine::Board;
use crate::git::Error;
use crate::git::Question;
use crate::git::Repo;
use crate::model::Commit;
use crate::model::CommitId;
use crate::model::LaneName;
use crate::model::PredictionOutcome;
use crate::model::Seen;
use crate::model::StepId;
use crate::playbook::Carry;
use crate::playbook::Strategy;

use super::fault::Fault;
use super::observe::Cargo;
use super::observe::Trial;
use super::workspace::Workspace;

/// More missing prerequisites than this help nobody.
const PREREQUISITES: usize = 10;

/// Returns what the picked files stand on and the target lacks, whether or not the picks apply there.
pub(super) fn prerequisites(repo: &Repo, trial: &Trial) -> Vec<Commit> {
    let found = match trial {
        Trial::One(Question::Pick { commit, base, onto }) => {
            let pair = (base.clone(), commit.clone());
            lacking(repo, onto, base, &[pair])
        }
        Trial::Row { commits, onto } => lacking_row(repo, onto, commits),
        // A merge brings what it stands on.
        Trial::One(Question::Merge { .. }) | Trial::Impossible(_) => return Vec::new(),
    };
    found.unwrap_or_else(|error| {
        tracing::debug!(%error, "missing prerequisites could not be told");
        Vec::new()
    })
}

/// Returns what several picks in a row stand on: what lies before the last of them and is not one of them.
fn lacking_row(repo: &Repo, onto: &CommitId, commits: &[CommitId]) -> Result<Vec<Commit>, Error> {
    let mut picks = Vec::with_capacity(commits.len());
    for id in commits {
        if let Some(parent) = repo.commit(id)?.parents.into_iter().next() {
            picks.push((parent, id.clone()));
        }
    }
    match picks.last() {
        Some((base, _)) => lacking(repo, onto, base, &picks),
        None => Ok(Vec::new()),
    }
}

fn lacking(
    repo: &Repo,
    onto: &CommitId,
    base: &CommitId,
    picks: &[(CommitId, CommitId)],
) -> Result<Vec<Commit>, Error> {
    let mut paths = Vec::new();
    for (before, commit) in picks {
        paths.extend(repo.touched(before, commit)?);
    }
    let along: Vec<CommitId> = picks.iter().map(|(_, commit)| commit.clone()).collect();
    repo.missing_prerequisites(base, onto, &paths, &along, PREREQUISITES)
}

impl Workspace {
    /// Returns what the picks of a step stand on, for each of its targets, or the one that is named, where a conflict is
    /// predicted.
    pub(super) async fn prerequisites(
        &self,
        board: &Board,
        step: &StepId,
        target: Option<&LaneName>,
    ) -> Result<BTreeMap<(StepId, LaneName), Vec<Commit>>, Fault> {
        let Some(carry) = picks(board, step) else {
            return Ok(BTreeMap::new());
        };
        let wanted = carry.targets.iter();
        let lanes: Vec<LaneName> = wanted
            .filter(|lane| target.is_none_or(|only| only == *lane))
            .filter(|lane| conflicted(board, step, lane).is_some())
            .cloned()
            .collect();
        if lanes.is_empty() {
            return Ok(BTreeMap::new());
        }
        let (board, step) = (board.clone(), step.clone());
        let found = self.git(move |repo| {
            let of_lane = |lane: LaneName| {
                let found = of_target(repo, &board, &step, &lane)?;
                Some(((step.clone(), lane), found))
            };
            Ok(lanes.into_iter().filter_map(of_lane).collect())
        });
        found.await
    }
}

/// Returns what a step picks; none where it carries in another way, or nothing.
fn picks<'a>(board: &'a Board, step: &StepId) -> Option<&'a Carry> {
    let carry = board.book.step(step)?.work.carry()?;
    (carry.strategy == Strategy::Pick).then_some(carry)
}

/// Returns the tip of a target for which a conflict is predicted.
fn conflicted<'a>(board: &'a Board, step: &StepId, lane: &LaneName) -> Option<&'a CommitId> {
    let key = (step.clone(), lane.clone());
    let prediction = board.seen.predictions.get(&key).and_then(Seen::value)?;
    match &prediction.outcome {
        PredictionOutcome::Conflict { .. } => Some(&prediction.target_tip),
        PredictionOutcome::Clean
        | PredictionOutcome::Already
        | PredictionOutcome::Blocked { .. }
        | PredictionOutcome::Unknown { .. } => None,
    }
}

fn of_target(repo: &Repo, board: &Board, step: &StepId, lane: &LaneName) -> Option<Vec<Commit>> {
    let cargo = Cargo {
        repo,
        book: &board.book,
        record: board.record.as_ref()?,
        fix: board.seen.fix.value()?,
        requests: board.seen.requests.value().map_or(&[][..], Vec::as_slice),
    };
    let onto = conflicted(board, step, lane)?;
    let trial = cargo.trial(picks(board, step)?, None, onto)?;
    Some(prerequisites(repo, &trial.ok()?))
}
