//! Carrying the fix into other lanes: would it apply, and which conflicts of a built branch are still undecided.

use std::collections::BTreeMap;

use crate::engine::carried;
use crate::git::Error;
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

/// Predicts one target; none while there is nothing to carry. What is carried is chosen by the engine, so that a
/// prediction and the plan that follows it mean the same commits.
fn predict(
    look: &Look,
    fix: &Fix,
    carry: &Carry,
    requests: &[ChangeRequest],
    onto: &CommitId,
) -> Option<Result<Prediction, Error>> {
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
    let newest = commits.last()?;
    Some(match (carry.strategy, &commits[..]) {
        (Strategy::MergeFix | Strategy::MergeLane, _) => look.repo.predict_merge(newest, onto),
        (Strategy::Pick, [one]) => {
            first_parent(look, one).and_then(|base| look.repo.predict_pick(one, &base, onto))
        }
        // Several picks in a row bring the same change as the span they make.
        (Strategy::Pick, _) => look.repo.predict_pick(&span.head, &span.base, onto),
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
