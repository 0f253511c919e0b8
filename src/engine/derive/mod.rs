//! What state each step is in, and why: one file per kind of step, then checklist, findings and what is next.
//!
//! Derived from evidence at every look, never stored. A step that somebody carried out behind our back is
//! done; a fact that could not be seen is a reason to wait, never "not done".

mod aggregate;
mod arrived;
mod by_git;
mod carry;
mod change;
mod checklist;
mod commits;
mod confirm;
mod deploy;
mod findings;
mod freeze;
mod gate;
mod jobs;
mod mergeability;
mod mishaps;
mod next;
mod run_again;
mod target_request;
mod unproven;
mod votes;

use crate::model::StepId;
use crate::playbook::Playbook;
use crate::playbook::Step;
use crate::playbook::Work;
use crate::record::Record;

use super::look::Look;
use super::observation::Observation;
use super::state::Progress;
use super::state::StepProgress;
use super::state::StepState;
use super::state::WaitingOn;

pub(super) use change::find_request;
pub use change::merge_lacks;
pub(super) use change::rank;
pub(super) use commits::only_in_build;
pub(super) use deploy::current as current_deployment;
pub(super) use freeze::frozen_by;
pub(super) use freeze::predicted_conflict;
pub(super) use freeze::riders_accepted;
pub(super) use gate::Gate;
pub(super) use gate::gate;
pub(super) use gate::gate_at;
pub(super) use jobs::blockers;
pub(super) use jobs::not_run;
pub(super) use mergeability::clean_here;
pub(super) use mergeability::conflict_with;
pub(super) use mergeability::leaves_out;
pub(super) use target_request::last_request;
pub(super) use target_request::target_request;

/// Returns where a hotfix stands.
pub fn derive(book: &Playbook, record: &Record, seen: &Observation) -> Progress {
    let look = Look { book, record, seen };
    let steps = steps(look);
    let checklist = checklist::items(look, &steps);
    let is_complete = record.opening.is_some()
        && steps.iter().all(|step| step.state.is_over())
        && checklist.iter().all(|item| item.state.is_over());
    let findings = findings::all(look, &steps);
    let next = next::actions(look, &steps, &checklist, is_complete);
    Progress {
        steps,
        checklist,
        next,
        findings,
        is_complete,
    }
}

/// Returns every step's state, in the playbook's order.
pub(super) fn steps(look: Look<'_>) -> Vec<StepProgress> {
    let mut done: Vec<StepProgress> = Vec::new();
    for step in &look.book.steps {
        let mut progress = one(look, step, &done);
        if let Some(skip) = look.record.skipped.get(&step.id)
            && !progress.state.is_over()
        {
            progress.state = StepState::Skipped {
                by: skip.by.show(),
                why: skip.note.clone(),
            };
        } else {
            progress.state = after(step, progress.state, &done);
        }
        done.push(progress);
    }
    done
}

/// Returns the steps that must be over before `step`, and are not.
fn before(step: &Step, done: &[StepProgress]) -> Vec<WaitingOn> {
    step.after
        .iter()
        .filter(|id| !is_over(done, id))
        .cloned()
        .map(WaitingOn::Step)
        .collect()
}

fn is_over(done: &[StepProgress], id: &StepId) -> bool {
    done.iter()
        .any(|step| &step.id == id && step.state.is_over())
}

/// Holds a step back until those before it are over. What is done already stays done, and what has begun
/// early stays visible with what it waits for.
fn after(step: &Step, state: StepState, done: &[StepProgress]) -> StepState {
    let mut before = before(step, done);
    if before.is_empty() {
        return state;
    }
    match state {
        StepState::Done(_) | StepState::Skipped { .. } | StepState::Failed(_) => state,
        StepState::Ready => StepState::Waiting(before),
        // What it would wait for later is noise until its turn comes; only a blind spot matters now.
        StepState::Waiting(on) => {
            before.extend(
                on.into_iter()
                    .filter(|reason| matches!(reason, WaitingOn::Sight { .. })),
            );
            StepState::Waiting(before)
        }
        StepState::Underway(on) => {
            before.extend(on);
            StepState::Underway(before)
        }
    }
}

fn one(look: Look<'_>, step: &Step, done: &[StepProgress]) -> StepProgress {
    let blank = StepProgress {
        id: step.id.clone(),
        kind: step.work.kind(),
        title: step.title.clone(),
        state: StepState::Ready,
        request: None,
        deployment: None,
        stages: Vec::new(),
        seats: Vec::new(),
        targets: Vec::new(),
    };
    match &step.work {
        Work::Commits { sandbox } => commits::derive_commits(look, sandbox.as_ref(), blank),
        Work::Change(change) => change::derive_change(look, change, blank),
        Work::Deploy { environment, lane } => deploy::derive_deploy(look, environment, lane, blank),
        Work::Carry(carry) => {
            // Targets move only when it is their turn; until then a conflict ahead is a forecast, not a failure.
            carry::derive_carry(look, carry, &before(step, done), blank)
        }
        Work::Compare {
            environment,
            against,
        } => confirm::derive_compare(look, environment, against, blank),
        Work::Seed { environment } => confirm::derive_seed(look, environment, blank),
        Work::Migration { environment } => confirm::derive_migration(look, environment, blank),
        Work::Confirm { prompt } => confirm::derive_note(look, prompt, blank),
        Work::Postmortem => confirm::derive_note(
            look,
            "the post mortem is filed: say where it is to be found",
            blank,
        ),
    }
}
