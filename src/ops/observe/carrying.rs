//! Carrying the fix into other lanes: would it apply, and which conflicts of a built branch are still undecided.

use std::collections::BTreeMap;

use crate::git::Error;
use crate::model::BranchName;
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
                Some(tip) => match predict(look, fix, carry, tip) {
                    Some(result) => look.sight.of_result(result),
                    None => continue,
                },
            };
            predictions.insert((step.id.clone(), target.clone()), seen);
        }
    }
    predictions
}

/// Predicts one target; none while there is nothing to carry.
fn predict(
    look: &Look,
    fix: &Fix,
    carry: &Carry,
    onto: &CommitId,
) -> Option<Result<Prediction, Error>> {
    let span = fix.span()?;
    Some(match carry.strategy {
        Strategy::Pick => look.repo.predict_pick(&span.head, &span.base, onto),
        Strategy::MergeFix => look.repo.predict_merge(&span.head, onto),
        Strategy::MergeLane => look.repo.predict_merge(look.lane_tip(&carry.source)?, onto),
    })
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
