//! Carrying the fix into other lanes: would it apply, and which conflicts of a built branch are still undecided.

use std::collections::BTreeMap;

use crate::engine::carried;
use crate::git::Error;
use crate::git::Question;
use crate::model::BranchName;
use crate::model::ChangeRequest;
use crate::model::CommitId;
use crate::model::ConflictPath;
use crate::model::LaneName;
use crate::model::Prediction;
use crate::model::Seen;
use crate::model::StepId;
use crate::playbook::Carry;
use crate::playbook::Strategy;
use crate::playbook::Work;

use super::Look;
use super::fix::Fix;

/// Predicts every target of every carrying step.
pub(super) fn predictions(
    look: &Look,
    fix: Option<&Fix>,
    requests: &[ChangeRequest],
) -> BTreeMap<(StepId, LaneName), Seen<Prediction>> {
    let mut predictions = BTreeMap::new();
    let Some(fix) = fix else { return predictions };
    for step in &look.book.steps {
        let Work::Carry(carry) = &step.work else {
            continue;
        };
        for target in &carry.targets {
            let seen = match look.lane_tip(target) {
                None => Seen::unknown(format!("the branch of {target} is not on the remote")),
                Some(tip) => match predict(look, fix, carry, requests, tip) {
                    Some(result) => look.sight.of_result(result),
                    None => continue,
                },
            };
            predictions.insert((step.id.clone(), target.clone()), seen);
        }
    }
    predictions
}

/// Returns what the predictions will ask of git.
pub(super) fn questions(look: &Look, fix: &Fix, requests: &[ChangeRequest]) -> Vec<Question> {
    let carries = look.book.steps.iter().filter_map(|step| match &step.work {
        Work::Carry(carry) => Some(carry),
        Work::Commits { .. }
        | Work::Change(_)
        | Work::Deploy { .. }
        | Work::Compare { .. }
        | Work::Seed { .. }
        | Work::Migration { .. }
        | Work::Confirm { .. }
        | Work::Postmortem => None,
    });
    carries
        .flat_map(|carry| carry.targets.iter().map(move |target| (carry, target)))
        .filter_map(|(carry, target)| {
            question(look, fix, carry, requests, look.lane_tip(target)?)?.ok()
        })
        .collect()
}

/// Predicts one target; none while there is nothing to carry.
fn predict(
    look: &Look,
    fix: &Fix,
    carry: &Carry,
    requests: &[ChangeRequest],
    onto: &CommitId,
) -> Option<Result<Prediction, Error>> {
    let question = question(look, fix, carry, requests, onto)?;
    Some(question.and_then(|question| match question {
        Question::Pick { commit, base, onto } => look.repo.predict_pick(&commit, &base, &onto),
        Question::Merge { other, onto } => look.repo.predict_merge(&other, &onto),
    }))
}

/// Returns the question behind a prediction. What is carried is chosen by the engine, so that a prediction and the
/// plan that follows it mean the same commits.
fn question(
    look: &Look,
    fix: &Fix,
    carry: &Carry,
    requests: &[ChangeRequest],
    onto: &CommitId,
) -> Option<Result<Question, Error>> {
    let record = look.record.as_deref()?;
    let span = fix.span()?;
    let source = look.lane_tip(&carry.source);
    let commits = carried(
        carry,
        &look.book,
        record,
        Some(&fix.sight),
        requests,
        source,
    );
    let newest = commits.last()?.clone();
    let onto = onto.clone();
    Some(match (carry.strategy, &commits[..]) {
        (Strategy::MergeFix | Strategy::MergeLane, _) => Ok(Question::Merge {
            other: newest,
            onto,
        }),
        (Strategy::Pick, [one]) => first_parent(look, one).map(|base| Question::Pick {
            commit: newest,
            base,
            onto,
        }),
        // Several picks in a row bring the same change as the span they make.
        (Strategy::Pick, _) => Ok(Question::Pick {
            commit: span.head,
            base: span.base,
            onto,
        }),
    })
}

fn first_parent(look: &Look, commit: &CommitId) -> Result<CommitId, Error> {
    let commit = look.repo.commit(commit)?;
    // A root commit is compared with itself: nothing is left to pick.
    Ok(commit.parents.first().unwrap_or(&commit.id).clone())
}

/// Asks the gate (flows.md 5.8.3) of every branch that was built with conflicts and is still there.
pub(super) fn undecided(look: &Look) -> BTreeMap<BranchName, Seen<Vec<ConflictPath>>> {
    let Some(record) = look.record.as_deref() else {
        return BTreeMap::new();
    };
    record
        .built
        .iter()
        .filter(|(_, built)| !built.conflicts.is_empty())
        .filter_map(|(key, built)| {
            let head = look.tips.get(&built.branch)?;
            let decided = record.decided.get(key).map_or(&[][..], Vec::as_slice);
            let seen = look.repo.undecided(head, &built.conflicts).map(|paths| {
                paths
                    .into_iter()
                    .filter(|path| {
                        !decided
                            .iter()
                            .any(|decided| decided.path == path.path && &decided.head == head)
                    })
                    .collect()
            });
            Some((built.branch.clone(), look.sight.of_result(seen)))
        })
        .collect()
}
