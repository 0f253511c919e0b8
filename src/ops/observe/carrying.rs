//! Carrying the fix into other lanes: would it apply, and which conflicts of a built branch are still undecided.

use std::collections::BTreeMap;

use crate::engine::Riders;
use crate::engine::carried;
use crate::git::BuiltFrom;
use crate::git::Error;
use crate::git::Question;
use crate::model::BranchName;
use crate::model::ChangeRequest;
use crate::model::CommitId;
use crate::model::ConflictPath;
use crate::model::LaneName;
use crate::model::Prediction;
use crate::model::PredictionOutcome;
use crate::model::Seen;
use crate::model::StepId;
use crate::model::Untrusted;
use crate::playbook::Carry;
use crate::playbook::ConflictPolicy;
use crate::playbook::Strategy;
use crate::playbook::Work;

use super::Look;
use super::fix::Fix;
use super::lanes::riders;
use super::owners::OwnerBook;

/// A patch in the text of a request is read up to here; the smallest forge takes less.
const MOST_SHOWN: usize = 12_000;

/// Predicts every target of every carrying step.
pub(super) fn predictions(
    look: &Look,
    fix: Option<&Fix>,
    requests: &[ChangeRequest],
) -> BTreeMap<(StepId, LaneName), Seen<Prediction>> {
    let mut predictions = BTreeMap::new();
    let Some(fix) = fix else { return predictions };
    let mut owners = OwnerBook::new(&look.repo, look.forge.capabilities().owners);
    for step in &look.book.steps {
        let Work::Carry(carry) = &step.work else {
            continue;
        };
        for target in &carry.targets {
            let seen = match look.lane_tip(target) {
                None => Seen::unknown(format!("the branch of {target} is not on the remote")),
                Some(tip) => match predict(look, fix, carry, requests, tip) {
                    Some(mut result) => {
                        if let Ok(Prediction {
                            outcome: PredictionOutcome::Conflict { paths },
                            ..
                        }) = &mut result
                        {
                            owners.name(tip, paths);
                        }
                        look.sight.of_result(result)
                    }
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
    let steps = look.book.steps.iter();
    let carries = steps.filter_map(|step| step.work.carry());
    carries
        .flat_map(|carry| carry.targets.iter().map(move |target| (carry, target)))
        .filter_map(|(carry, target)| {
            match question(look, fix, carry, requests, look.lane_tip(target)?)? {
                Ok(Asked::One(question)) => Some(question),
                // Each pick of a row begins with what the one before it made.
                Ok(Asked::Row(_) | Asked::Impossible(_)) | Err(_) => None,
            }
        })
        .collect()
}

/// What a prediction asks.
enum Asked {
    One(Question),
    /// Several picks, one after another.
    Row(Vec<CommitId>),
    /// Why it need not be asked.
    Impossible(String),
}

/// Predicts one target; none while there is nothing to carry.
fn predict(
    look: &Look,
    fix: &Fix,
    carry: &Carry,
    requests: &[ChangeRequest],
    onto: &CommitId,
) -> Option<Result<Prediction, Error>> {
    let asked = question(look, fix, carry, requests, onto)?;
    Some(asked.and_then(|asked| match asked {
        Asked::One(Question::Pick { commit, base, onto }) => {
            look.repo.predict_pick(&commit, &base, &onto)
        }
        Asked::One(Question::Merge { other, onto }) => look.repo.predict_merge(&other, &onto),
        Asked::Row(commits) => look.repo.predict_picks(&commits, onto),
        Asked::Impossible(why) => Ok(Prediction {
            outcome: PredictionOutcome::Blocked { why },
            target_tip: onto.clone(),
            tree: None,
            is_approximate: false,
        }),
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
) -> Option<Result<Asked, Error>> {
    let record = look.record.as_deref()?;
    fix.span()?;
    if carry.strategy == Strategy::Pick
        && let Some(why) = fix.sight.picks.obstacle(carry.unit)
    {
        return Some(Ok(Asked::Impossible(why)));
    }
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
        (Strategy::MergeFix | Strategy::MergeLane, _) => Ok(Asked::One(Question::Merge {
            other: newest,
            onto,
        })),
        (Strategy::Pick, [one]) => first_parent(look, one).map(|base| {
            Asked::One(Question::Pick {
                commit: newest,
                base,
                onto,
            })
        }),
        (Strategy::Pick, _) => Ok(Asked::Row(commits)),
    })
}

/// Returns what conflicting picks would have changed, for the targets whose request says so.
pub(super) fn attempts(
    look: &Look,
    predictions: &BTreeMap<(StepId, LaneName), Seen<Prediction>>,
) -> BTreeMap<(StepId, LaneName), Seen<Untrusted>> {
    let is_shown = |step: &StepId| {
        look.book.step(step).is_some_and(|step| {
            matches!(&step.work, Work::Carry(carry) if carry.conflict == ConflictPolicy::EmptyCommit)
        })
    };
    predictions
        .iter()
        .filter(|((step, _), _)| is_shown(step))
        .filter_map(|(key, seen)| {
            let prediction = seen.value()?;
            let PredictionOutcome::Conflict { .. } = prediction.outcome else {
                return None;
            };
            let patch = look.repo.attempt(
                &prediction.target_tip,
                prediction.tree.as_ref()?,
                MOST_SHOWN,
            );
            Some((key.clone(), look.sight.of_result(patch.map(Untrusted::new))))
        })
        .collect()
}

fn first_parent(look: &Look, commit: &CommitId) -> Result<CommitId, Error> {
    let commit = look.repo.commit(commit)?;
    // A root commit is compared with itself: nothing is left to pick.
    Ok(commit.parents.first().unwrap_or(&commit.id).clone())
}

/// Returns what comes along where a whole lane is merged into a target: everything that the target lacks.
pub(super) fn along(
    look: &Look,
    fix: Option<&Fix>,
    requests: &[ChangeRequest],
) -> BTreeMap<(StepId, LaneName), Seen<Riders>> {
    let mut along = BTreeMap::new();
    for step in &look.book.steps {
        let Work::Carry(carry) = &step.work else {
            continue;
        };
        let Some(from) = look.lane_tip(&carry.source) else {
            continue;
        };
        if carry.strategy != Strategy::MergeLane {
            continue;
        }
        for target in &carry.targets {
            let Some(into) = look.lane_tip(target) else {
                continue;
            };
            let found = riders(look, fix, requests, from, into);
            let key = (step.id.clone(), target.clone());
            along.insert(key, look.sight.of_result(found));
        }
    }
    along
}

/// Returns the paths of a step in which markers are content.
fn ignored<'a>(look: &'a Look, step: &StepId) -> &'a [String] {
    let carry = look.book.step(step).and_then(|step| step.work.carry());
    carry.map_or(&[], |carry| &carry.ignore_markers)
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
            let built_from = BuiltFrom {
                onto: &built.onto,
                picks: &built.picks,
                conflicts: &built.conflicts,
                pending: &built.pending,
                ignored: ignored(look, &key.0),
            };
            let seen = look.repo.open_paths(head, &built_from).map(|paths| {
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
