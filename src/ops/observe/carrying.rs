//! Carrying the fix into other lanes: would it apply, and which conflicts of a built branch are still undecided.

use std::collections::BTreeMap;

use crate::engine::FixSight;
use crate::engine::Riders;
use crate::engine::carried;
use crate::git::BuiltFrom;
use crate::git::Error;
use crate::git::Question;
use crate::git::Repo;
use crate::git::ToDrivers;
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
use crate::playbook::Playbook;
use crate::playbook::Strategy;
use crate::playbook::Work;
use crate::record::Record;

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
            match trial(look, fix, carry, requests, look.lane_tip(target)?)? {
                Ok(Trial::One(question)) => Some(question),
                // Each pick of a row begins with what the one before it made.
                Ok(Trial::Row { .. } | Trial::Impossible(_)) | Err(_) => None,
            }
        })
        .collect()
}

/// What has to be tried to know what carrying would do.
pub(in crate::ops) enum Trial {
    One(Question),
    /// Several picks, one after another.
    Row {
        commits: Vec<CommitId>,
        onto: CommitId,
    },
    /// Why it need not be tried.
    Impossible(String),
}

impl Trial {
    /// Returns what merge drivers can be asked about it; else why it need not be tried.
    pub(in crate::ops) fn to_drivers(&self) -> Result<ToDrivers<'_>, String> {
        match self {
            Self::One(question) => Ok(ToDrivers::One(question)),
            Self::Row { commits, onto } => Ok(ToDrivers::Row { commits, onto }),
            Self::Impossible(why) => Err(why.clone()),
        }
    }

    /// Returns the commit that it would be carried onto.
    pub(in crate::ops) fn onto(&self) -> Option<&CommitId> {
        match self {
            Self::One(question) => Some(question.onto()),
            Self::Row { onto, .. } => Some(onto),
            Self::Impossible(_) => None,
        }
    }

    /// Returns what a pick is compared with; of several in a row, what the first one is.
    fn base(&self, repo: &Repo) -> Option<CommitId> {
        match self {
            Self::One(Question::Pick { base, .. }) => Some(base.clone()),
            Self::Row { commits, .. } => {
                let first = repo.commit(commits.first()?).ok()?;
                first.parents.first().cloned()
            }
            Self::One(Question::Merge { .. }) | Self::Impossible(_) => None,
        }
    }

    /// Returns from where to where the change goes that is tried.
    pub(in crate::ops) fn span(&self, repo: &Repo) -> Result<Option<(CommitId, CommitId)>, Error> {
        let (base, head) = match self {
            Self::One(Question::Merge { other, onto }) => {
                (repo.merge_base(other, onto)?, Some(other))
            }
            Self::One(Question::Pick { commit, .. }) => (self.base(repo), Some(commit)),
            Self::Row { commits, .. } => (self.base(repo), commits.last()),
            Self::Impossible(_) => (None, None),
        };
        Ok(base.zip(head.cloned()))
    }
}

/// A fix, and what is known of where it is.
pub(in crate::ops) struct Cargo<'a> {
    pub(in crate::ops) repo: &'a Repo,
    pub(in crate::ops) book: &'a Playbook,
    pub(in crate::ops) record: &'a Record,
    pub(in crate::ops) fix: &'a FixSight,
    pub(in crate::ops) requests: &'a [ChangeRequest],
}

/// Predicts one target; none while there is nothing to carry.
fn predict(
    look: &Look,
    fix: &Fix,
    carry: &Carry,
    requests: &[ChangeRequest],
    onto: &CommitId,
) -> Option<Result<Prediction, Error>> {
    let trial = trial(look, fix, carry, requests, onto)?;
    Some(trial.and_then(|trial| match trial {
        Trial::One(question) => look.repo.predict(&question),
        Trial::Row { commits, onto } => look.repo.predict_picks(&commits, &onto),
        Trial::Impossible(why) => Ok(Prediction {
            outcome: PredictionOutcome::Blocked { why },
            target_tip: onto.clone(),
            tree: None,
            pending: Vec::new(),
        }),
    }))
}

/// Returns what is tried behind a prediction.
pub(super) fn trial(
    look: &Look,
    fix: &Fix,
    carry: &Carry,
    requests: &[ChangeRequest],
    onto: &CommitId,
) -> Option<Result<Trial, Error>> {
    let cargo = Cargo {
        repo: &look.repo,
        book: &look.book,
        record: look.record.as_deref()?,
        fix: &fix.sight,
        requests,
    };
    cargo.trial(carry, look.lane_tip(&carry.source), onto)
}

impl Cargo<'_> {
    /// Returns what to try for a target; none while there is nothing to carry. What is carried is chosen by the engine,
    /// so that a prediction and the plan that follows it mean the same commits.
    pub(in crate::ops) fn trial(
        &self,
        carry: &Carry,
        source: Option<&CommitId>,
        onto: &CommitId,
    ) -> Option<Result<Trial, Error>> {
        self.fix.span.as_ref()?;
        if carry.strategy == Strategy::Pick
            && let Some(why) = self.fix.picks.obstacle(carry.unit)
        {
            return Some(Ok(Trial::Impossible(why)));
        }
        let commits = carried(
            carry,
            self.book,
            self.record,
            Some(self.fix),
            self.requests,
            source,
        );
        let newest = commits.last()?.clone();
        let onto = onto.clone();
        Some(match (carry.strategy, &commits[..]) {
            (Strategy::MergeFix | Strategy::MergeLane, _) => Ok(Trial::One(Question::Merge {
                other: newest,
                onto,
            })),
            (Strategy::Pick, [one]) => {
                let commit = self.repo.commit(one);
                commit.map(|commit| match commit.parents.first() {
                    Some(base) => Trial::One(Question::Pick {
                        commit: newest,
                        base: base.clone(),
                        onto,
                    }),
                    // Compared with nothing, as it is when the branch is built.
                    None => Trial::Row { commits, onto },
                })
            }
            (Strategy::Pick, _) => Ok(Trial::Row { commits, onto }),
        })
    }
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
