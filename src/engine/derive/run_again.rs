//! Jobs that ended badly, which can run again: those of a go-live, and the checks that a merge waits for.

use crate::engine::intent::Intent;
use crate::engine::plan::Desk;
use crate::engine::state::NextAction;
use crate::engine::state::StepProgress;
use crate::engine::state::StepState;
use crate::engine::state::WaitingOn;
use crate::model::CheckState;
use crate::model::Deployment;
use crate::model::JobId;

use super::next::of_plan;

/// Offers to run them again, one by one.
pub(super) fn run_again(desk: &Desk<'_>, step: &StepProgress, actions: &mut Vec<NextAction>) {
    let mut jobs = of_golive(desk, step);
    jobs.extend(of_checks(step));
    let mut asked: Vec<&JobId> = Vec::new();
    for job in jobs {
        // One job may be that of several apps.
        if !asked.contains(&job) {
            asked.push(job);
            let again = Intent::Retry { job: job.clone() };
            actions.extend(desk.plan(&again).ok().map(of_plan));
        }
    }
}

/// Returns the failed jobs of a step's go-live; another go-live as a whole is offered by the step.
fn of_golive<'a>(desk: &Desk<'a>, step: &StepProgress) -> Vec<&'a JobId> {
    let is_its = |golive: &&Deployment| Some(&golive.id) == step.deployment.as_ref();
    let golive = desk.look.deployments().iter().find(is_its);
    let jobs = golive.into_iter().flat_map(|golive| &golive.jobs);
    jobs.filter(|job| job.state.has_ended_badly())
        .map(|job| &job.id)
        .collect()
}

/// Returns the failed checks that the merges of a step wait for.
fn of_checks(step: &StepProgress) -> Vec<&JobId> {
    let targets = step.targets.iter().map(|target| &target.state);
    let reasons = targets.chain([&step.state]).flat_map(|state| match state {
        StepState::Waiting(on) | StepState::Underway(on) => on.as_slice(),
        StepState::Ready
        | StepState::Done(_)
        | StepState::Failed(_)
        | StepState::Skipped { .. } => &[],
    });
    reasons.filter_map(failed_check).collect()
}

fn failed_check(reason: &WaitingOn) -> Option<&JobId> {
    let WaitingOn::Check { state, job, .. } = reason else {
        return None;
    };
    match state {
        CheckState::Failed | CheckState::Cancelled => job.as_ref(),
        CheckState::Missing
        | CheckState::Queued
        | CheckState::Running
        | CheckState::Passed
        | CheckState::Skipped => None,
    }
}
