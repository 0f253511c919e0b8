//! What follows by itself: the next stage of a step that a playbook calls automatic, and the merge of a request where
//! its step allows that (flows.md 5.7). Each is the plan that an operator would get who asked for it.
//!
//! Nothing of it can reach RUN or production: building branches, opening requests and merging into BUILD what was
//! clean from the beginning, at the head that we built, after its checks passed. The forge's own "merge when the checks
//! pass" is not used: it would merge whatever was pushed in the meantime.

use std::collections::BTreeMap;

use crate::model::Check;
use crate::model::CheckState;
use crate::model::CommitId;
use crate::model::LaneName;
use crate::model::Layer;
use crate::model::RequestId;
use crate::model::Seen;
use crate::model::StepId;
use crate::model::Verdict;
use crate::playbook::Carry;
use crate::playbook::Playbook;
use crate::playbook::Work;
use crate::record::Event;
use crate::record::Record;

use super::intent::Intent;
use super::look::acknowledged;
use super::observation::LockSight;
use super::observation::Observation;
use super::plan::Call;
use super::plan::Level;
use super::plan::Plan;
use super::plan::plan;
use super::refused::is_refused;
use super::state::Progress;
use super::state::StepState;
use super::state::TargetProgress;
use super::state::WaitingOn;

/// Returns the plan of what follows by itself now, if anything does.
pub fn follow_up(
    book: &Playbook,
    record: &Record,
    seen: &Observation,
    progress: &Progress,
) -> Option<Plan> {
    let world = World {
        book,
        record,
        seen,
        progress,
    };
    world.opening().or_else(|| world.merge())
}

/// Tells whether it falls to this console to carry out what follows: to the driver's where somebody drives, else to those
/// of the person and machine that carried something out last. Several consoles watch one hotfix, and one is enough.
pub fn falls_to_me(record: &Record, seen: &Observation) -> bool {
    let sights = || seen.locks.values().filter_map(Seen::value);
    let driven = || sights().filter(|sight| sight.lock.driver.is_some());
    if driven().next().is_some() {
        return driven().any(|sight| sight.lock.is_driven_by(&sight.me));
    }
    let mut entries = record.entries.iter().rev();
    let last = entries.find(|entry| matches!(entry.event, Some(Event::IntentDeclared { .. })));
    // A forge knows us by an account; the record, as the seat does, by what git calls us.
    last.is_some_and(|entry| match sights().next() {
        Some(LockSight { me, .. }) => {
            me.person.id == entry.actor.person.id && me.device == entry.actor.device
        }
        None => entry.actor.person.id == seen.me.id,
    })
}

/// Returns the lanes whose change request was closed without a merge, or lost a branch of it, with that request: whether it
/// is built again is a person's decision, and closed never counts as done.
pub fn closed(progress: &Progress, seen: &Observation) -> BTreeMap<LaneName, RequestId> {
    let targets = progress.steps.iter().flat_map(|step| &step.targets);
    targets
        .filter(|target| !target.state.is_over())
        .filter_map(|target| {
            let request = seen.request(target.request?)?;
            let is_closed = !request.is_open() && request.merged().is_none();
            let is_over = is_closed || seen.lacks_branch(request).is_some();
            is_over.then(|| (target.lane.clone(), request.id))
        })
        .collect()
}

struct World<'a> {
    book: &'a Playbook,
    record: &'a Record,
    seen: &'a Observation,
    progress: &'a Progress,
}

impl World<'_> {
    fn plan(&self, step: &StepId, target: Option<&LaneName>) -> Option<Plan> {
        let intent = Intent::Do {
            step: step.clone(),
            target: target.cloned(),
            note: None,
            riders: None,
        };
        plan(&intent, self.book, self.record, self.seen).ok()
    }

    /// Returns the plan of the first automatic step that can be carried on.
    fn opening(&self) -> Option<Plan> {
        let automatic = self.book.steps.iter().filter(|step| step.is_automatic);
        automatic
            .filter(|step| {
                let next = self.progress.next.iter();
                next.filter_map(|action| action.intent.does())
                    .any(|(id, _)| id == &step.id)
            })
            .find_map(|step| {
                let mut plan = self.plan(&step.id, None)?;
                // What somebody closed is not opened again without being asked.
                let closed = closed(self.progress, self.seen);
                let asked_about = self.asked_about(&step.id);
                plan.changes.retain(|change| {
                    let target = change.target.as_ref();
                    target.is_none_or(|target| {
                        !closed.contains_key(target) && !asked_about.contains(&target)
                    })
                });
                let plan = plan.rehashed();
                only_opens(&plan).then_some(plan)
            })
    }

    /// Returns the lanes whose request was merged and that get the fix once more only if somebody asks for it: unless more of
    /// it came later, somebody took it out there; and what was opened for the rest and closed was refused.
    fn asked_about(&self, step: &StepId) -> Vec<&LaneName> {
        let more_came = |target: &TargetProgress| match &target.state {
            StepState::Underway(on) => on
                .iter()
                .any(|one| matches!(one, WaitingOn::Verdict { later: Some(_), .. })),
            StepState::Waiting(_)
            | StepState::Ready
            | StepState::Done(_)
            | StepState::Failed(_)
            | StepState::Skipped { .. } => false,
        };
        let was_refused = |lane: &LaneName| {
            let key = (step.clone(), Some(lane.clone()));
            let opened = self.record.requests.get(&key);
            let request = opened.and_then(|opened| self.seen.request(opened.request));
            request.is_some_and(|request| !request.is_open() && request.merged().is_none())
        };
        let progress = self.progress.steps.iter().filter(|one| &one.id == step);
        progress
            .flat_map(|progress| &progress.targets)
            .filter(|target| target.is_open_again())
            .filter(|target| !more_came(target) || was_refused(&target.lane))
            .map(|target| &target.lane)
            .collect()
    }

    /// Returns the merge of the first request that may be merged by itself.
    fn merge(&self) -> Option<Plan> {
        self.progress.steps.iter().find_map(|progress| {
            let step = self.book.steps.iter().find(|step| step.id == progress.id)?;
            let Work::Carry(carry) = &step.work else {
                return None;
            };
            let allowed = progress.targets.iter().filter(|target| {
                !target.state.is_over() && self.may_merge(carry, &step.id, target)
            });
            allowed
                .filter_map(|target| self.plan(&step.id, Some(&target.lane)))
                .find(only_merges)
        })
    }

    /// Only where the step allows it, the target is in BUILD, nothing ever conflicted, nobody else pushed to the branch
    /// or opened the request, CI has said yes, the fix is in what comes of the merge, and no change freeze is on.
    fn may_merge(&self, carry: &Carry, step: &StepId, target: &TargetProgress) -> bool {
        let project = &self.book.project;
        let lane = project.lane(&target.lane);
        let is_allowed = carry.auto_merge.contains(&target.lane)
            && project.freeze_of(&target.lane, self.seen.now).is_none()
            && lane.is_some_and(|lane| lane.layer == Layer::Build);
        let key = (step.clone(), Some(target.lane.clone()));
        let request = target.request.and_then(|id| self.seen.request(id));
        let (Some(request), Some(opened)) = (request, self.record.requests.get(&key)) else {
            return false;
        };
        let is_ours = request.id == opened.request && request.head == opened.head;
        is_allowed
            && request.is_open()
            && !request.is_draft
            && is_ours
            && is_verified(&request.checks)
            && self.keeps_the_fix(&target.lane, &request.head)
            && !is_refused(&target.state)
            && !self.ever_conflicted(step, &target.lane)
    }

    /// Tells whether the fix is in what a commit makes of a lane: PRESENT, or accepted as it is. Where that could not be
    /// told, a person looks.
    fn keeps_the_fix(&self, lane: &LaneName, head: &CommitId) -> bool {
        let key = (lane.clone(), head.clone());
        let weighed = self.seen.weighed.get(&key).and_then(Seen::fresh);
        let fix = weighed.and_then(|weighed| weighed.fix.as_ref());
        fix.is_some_and(|fix| {
            fix.verdict == Verdict::Present || acknowledged(self.record, fix).is_some()
        })
    }

    /// Tells whether a branch that was built for a target ever held conflicts, however they were resolved since.
    fn ever_conflicted(&self, of: &StepId, lane: &LaneName) -> bool {
        self.record.entries.iter().any(|entry| {
            matches!(
                &entry.event,
                Some(Event::TargetBuilt { step, target, conflicts, pending, .. })
                    if step == of && target == lane && !(conflicts.is_empty() && pending.is_empty())
            )
        })
    }
}

/// Tells whether CI has said yes: every required check passed; where none is required, one passed and no other says or
/// may still say no. Where nothing was checked, nothing was verified.
fn is_verified(checks: &[Check]) -> bool {
    let mut required = checks.iter().filter(|check| check.is_required).peekable();
    let has_passed = |check: &Check| check.state == CheckState::Passed;
    if required.peek().is_some() {
        return required.all(has_passed);
    }
    checks.iter().any(has_passed)
        && checks
            .iter()
            .all(|check| matches!(check.state, CheckState::Passed | CheckState::Skipped))
}

/// Tells whether a plan only merges, and not into production.
fn only_merges(plan: &Plan) -> bool {
    let calls = || plan.changes.iter().map(|change| &change.call);
    plan.level < Level::L4
        && calls().any(|call| matches!(call, Call::Merge { .. }))
        && calls().all(|call| {
            matches!(
                call,
                Call::Merge { .. } | Call::Record { .. } | Call::Mirror { .. }
            )
        })
}

/// Tells whether a plan makes only branches of ours, requests and words about them: never a merge, an approval or a
/// deployment.
fn only_opens(plan: &Plan) -> bool {
    plan.level < Level::L4
        && plan
            .changes
            .iter()
            .any(|change| matches!(change.call, Call::OpenRequest { .. } | Call::Comment { .. }))
        && plan.changes.iter().all(|change| match &change.call {
            Call::Record { .. }
            | Call::BuildTarget { .. }
            | Call::BuildConflict { .. }
            | Call::BuildResolved { .. }
            | Call::SetStatus { .. }
            | Call::OpenRequest { .. }
            | Call::RunChecks { .. }
            | Call::Comment { .. }
            | Call::Mirror { .. } => true,
            Call::CreateBranch { .. }
            | Call::Import { .. }
            | Call::Archive { .. }
            | Call::Restore { .. }
            | Call::DeleteBranch { .. }
            | Call::CloseRequest { .. }
            | Call::MarkReady { .. }
            | Call::Decide { .. }
            | Call::Merge { .. }
            | Call::CreateDeployment { .. }
            | Call::StartDeployment { .. }
            | Call::RunMigrations { .. }
            | Call::RetryJob { .. }
            | Call::PushResolution { .. }
            | Call::PushLocal { .. }
            | Call::Drive { .. } => false,
        })
}
