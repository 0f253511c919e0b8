//! One job once more: the job of a go-live, under a permit as pressing start is; or the job of a check.
//!
//! A job that ran is run again as it was, at its commit. So it must still be the newest go-live there, or running it
//! again would quietly put back what somebody has replaced.

use crate::engine::derive::blockers;
use crate::engine::derive::current_deployment;
use crate::engine::derive::not_run;
use crate::engine::look::sight;
use crate::engine::seats::Bench;
use crate::engine::second_run::is_retry_of;
use crate::model::ChangeRequest;
use crate::model::Check;
use crate::model::CheckState;
use crate::model::Deployment;
use crate::model::DeploymentState;
use crate::model::Enforcement;
use crate::model::Job;
use crate::model::JobId;
use crate::model::JobState;
use crate::model::Untrusted;
use crate::playbook::Step;
use crate::playbook::Work;
use crate::record::EffectState;

use super::Call;
use super::Desk;
use super::Level;
use super::Outcome;
use super::Refusal;
use super::deploy::draft_of;
use super::deploy::somebody_else;
use super::draft::Draft;
use super::failed_job::tell_check;
use super::failed_job::tell_job;
use super::refuse;
use super::request::open_at_head;

pub(super) fn plan_retry(desk: &Desk<'_>, id: &JobId) -> Result<Draft, Refusal> {
    let wanted = format!("run job {id} again");
    if let Some(why) = &desk.look.seen.capabilities.no_job_retry {
        let is_on_its_page = !desk.look.seen.capabilities.no_second_golive.is_empty();
        let hint = if is_on_its_page {
            let status = desk.line("status");
            format!("`{status}` shows the address of its page")
        } else {
            let next = desk.line("next");
            format!("`{next}` shows how its step can be carried on")
        };
        return Err(refuse(wanted, why.clone()).hint(hint));
    }
    desk.can_see(&wanted)?;
    if let Some(blind) = sight("the deployments", Some(&desk.look.seen.deployments)) {
        return Err(refuse(wanted, blind.words(desk.look.seen.now)));
    }
    let deployed = desk.look.deployments().iter().find_map(|deployment| {
        let job = deployment.jobs.iter().find(|job| &job.id == id)?;
        Some((deployment, job))
    });
    if let Some((deployment, job)) = deployed {
        return plan_job(desk, &wanted, deployment, job);
    }
    let checked = desk.look.requests().iter().find_map(|request| {
        let is_it = |check: &&Check| check.job.as_ref() == Some(id);
        Some((request, request.checks.iter().find(is_it)?))
    });
    match checked {
        Some((request, check)) => plan_check(desk, &wanted, id, request, check),
        None => Err(unseen(desk, wanted, id)),
    }
}

fn unseen(desk: &Desk<'_>, wanted: String, id: &JobId) -> Refusal {
    if let Some(call) = said_before(desk, id) {
        // Most forges give a job that runs again another number: the old one is gone, and nothing is to be done again.
        return refuse(
            wanted,
            format!("no go-live or check here has a job {id} any more; {call}"),
        )
        .hint(format!(
            "`{}` shows the job that runs now; `lanekeeper resume` settles a call that was interrupted",
            desk.line("status")
        ));
    }
    let refusal = refuse(wanted, format!("no go-live or check here has a job {id}"));
    let jobs = desk.look.deployments().iter().flat_map(|one| &one.jobs);
    let ended = jobs.filter(|job| job.state.has_ended_badly());
    let known: Vec<String> = ended
        .map(|job| format!("{} ({})", job.id, shown(&job.name)))
        .collect();
    if known.is_empty() {
        refusal
    } else {
        refusal.hint(format!("jobs that failed: {}", known.join(", ")))
    }
}

/// Returns the latest call that ran this job again, with what is known of it: from the record, or left behind here.
fn said_before(desk: &Desk<'_>, id: &JobId) -> Option<String> {
    let is_it = |call: &str| is_retry_of(call, id);
    let mut left = desk.look.seen.interrupted.iter().flat_map(|one| &one.calls);
    if let Some(call) = left.rfind(|left| is_it(&left.call)) {
        return Some(format!("interrupted was: {}", call.call));
    }
    let effects = desk.look.record.effects.values().flatten();
    let latest = effects
        .filter(|effect| is_it(&effect.call))
        .max_by_key(|effect| effect.at)?;
    match &latest.state {
        EffectState::Observed { outcome, .. } if was_not_done(outcome) => None,
        EffectState::Observed { outcome, detail } => {
            let what = if detail.is_empty() { outcome } else { detail };
            Some(format!("on record is: {}: {what}", latest.call))
        }
        EffectState::Declared | EffectState::Unknown { .. } => Some(format!(
            "on record is, without what came of it: {}",
            latest.call
        )),
    }
}

fn was_not_done(outcome: &str) -> bool {
    [Outcome::Refused, Outcome::Failed]
        .iter()
        .any(|one| one.word() == outcome)
}

fn shown(name: &str) -> String {
    Untrusted::new(name).show()
}

/// Runs a job of a go-live again: what starts a go-live guards this as well.
fn plan_job(
    desk: &Desk<'_>,
    wanted: &str,
    deployment: &Deployment,
    job: &Job,
) -> Result<Draft, Refusal> {
    let environment = &deployment.environment;
    let Some(step) = step_of(desk, deployment) else {
        return Err(refuse(
            wanted,
            format!(
                "it belongs to deployment {}, which is no go-live of this hotfix",
                deployment.id
            ),
        ));
    };
    if job.state == JobState::Skipped {
        return Err(skipped(desk, wanted, deployment, job));
    }
    if !job.state.has_ended_badly() {
        return Err(refuse(
            wanted,
            format!("`{}` did not fail: {}", shown(&job.name), job.state.word()),
        ));
    }
    if deployment.state == DeploymentState::Rejected {
        return Err(refuse(
            wanted,
            format!("deployment {} was rejected", deployment.id),
        ));
    }
    is_newest(desk, wanted, deployment)?;
    let bench = Bench::of_deployment(desk.look.project(), deployment).lifting(desk.look.record);
    let enforcement = desk.look.seen.capabilities.seats;
    let waits = bench.waits();
    if enforcement != Enforcement::Forge && !waits.is_empty() {
        return Err(Refusal {
            wanted: wanted.to_owned(),
            reasons: desk.words(&waits),
            hint: None,
        });
    }
    // To run a deploy job again is to start it, for the forge too.
    if let Some(kept_out) = desk.kept_out(environment) {
        let retry = format!("retry {}", job.id);
        return Err(refuse(wanted, kept_out).hint(somebody_else(desk, &retry)));
    }
    let quiet = desk.is_quiet(wanted, environment)?;
    let title = format!("run job {} again in {environment}", shown(&job.name));
    let (draft, expects) = draft_of(desk, wanted, title, deployment, quiet)?;
    let mut draft = draft.step(&step.id, None);
    tell_job(desk, &mut draft, deployment, job);
    draft.call(
        Call::RetryJob {
            job: job.id.clone(),
            name: job.name.clone(),
            commit: deployment.commit.clone(),
            environment: Some(environment.clone()),
        },
        expects,
    );
    let seats = bench.seats(&desk.look.seen.me);
    desk.tell_overrides(&mut draft, wanted, &seats, Some(environment))?;
    draft.ok(format!(
        "job {} of deployment {} {}",
        job.id,
        deployment.id,
        job.state.word()
    ));
    draft.ok(format!(
        "no later deployment to {environment}, and none is running"
    ));
    desk.tell_starters(&mut draft, environment);
    let asks_itself = match enforcement {
        Enforcement::Forge => !bench.roles().is_empty(),
        Enforcement::Partly => !deployment.seats.is_empty(),
        Enforcement::Console => false,
    };
    if asks_itself {
        draft.ok(format!(
            "{} asks for its approvals itself, perhaps anew",
            desk.look.seen.capabilities.forge
        ));
    }
    if let Some(only_we) = desk.only_we_ask(bench.roles(), &deployment.seats, "run it") {
        draft.warn(only_we);
    }
    draft.will_change.push(format!(
        "{environment}   {} is deployed by the job, as it is at that commit",
        deployment.commit.short()
    ));
    draft.will_not_change = if desk.look.seen.capabilities.retries_dependents {
        draft.will_change.push(format!(
            "the jobs that need `{}` run again with it, also those that succeeded",
            shown(&job.name)
        ));
        vec!["branches, tags, the other jobs that succeeded".to_owned()]
    } else {
        vec!["branches, tags, the jobs that succeeded".to_owned()]
    };
    draft.way_back = "deploy the commit that ran before; a deployment cannot be undone".to_owned();
    Ok(draft)
}

/// Refuses to run a job that did not run: alone, it would run without what it needs.
fn skipped(desk: &Desk<'_>, wanted: &str, deployment: &Deployment, job: &Job) -> Refusal {
    let refusal = refuse(wanted, not_run(deployment, job));
    match blockers(deployment).as_slice() {
        [] => refusal,
        [only] => refusal.hint(format!(
            "it runs once `{}` is run again: {}",
            shown(&only.name),
            desk.line(format!("retry {}", only.id))
        )),
        [_, _, ..] => refusal.hint("it runs once the jobs that it needs are run again"),
    }
}

/// Returns the step whose go-live this is.
fn step_of<'a>(desk: &Desk<'a>, deployment: &Deployment) -> Option<&'a Step> {
    desk.look.book.steps.iter().find(|step| {
        let Work::Deploy { environment, lane } = &step.work else {
            return false;
        };
        let current = current_deployment(desk.look, &step.id, environment, lane);
        current.is_some_and(|current| current.id == deployment.id)
    })
}

/// Refuses where another commit went to the same environment since.
fn is_newest(desk: &Desk<'_>, wanted: &str, deployment: &Deployment) -> Result<(), Refusal> {
    let went_live = |other: &&Deployment| match other.state {
        DeploymentState::Running | DeploymentState::Succeeded | DeploymentState::Failed => {
            other.environment == deployment.environment && other.commit != deployment.commit
        }
        DeploymentState::Blocked
        | DeploymentState::Approved
        | DeploymentState::Rejected
        | DeploymentState::Cancelled => false,
    };
    let since = desk.look.deployments().iter();
    let since = since.take_while(|other| other.id != deployment.id);
    match since.into_iter().find(went_live) {
        None => Ok(()),
        Some(other) => Err(refuse(
            wanted,
            format!(
                "deployment {} put {} into {} since; running this job again would put {} back",
                other.id,
                other.commit.short(),
                other.environment,
                deployment.commit.short()
            ),
        )
        .hint("deploy what is to run there instead")),
    }
}

/// Runs the job of a check again, at the head that it judged.
fn plan_check(
    desk: &Desk<'_>,
    wanted: &str,
    id: &JobId,
    request: &ChangeRequest,
    check: &Check,
) -> Result<Draft, Refusal> {
    let name = shown(check.name.as_str());
    if !request.is_open() || check.head != request.head {
        return Err(refuse(
            wanted,
            format!(
                "`{name}` is of {}, and change request {} no longer waits for it",
                check.head.short(),
                request.id
            ),
        ));
    }
    match check.state {
        CheckState::Failed | CheckState::Cancelled => {}
        CheckState::Missing
        | CheckState::Queued
        | CheckState::Running
        | CheckState::Passed
        | CheckState::Skipped => {
            return Err(refuse(
                wanted,
                format!("`{name}` did not fail: {}", check.state.word()),
            ));
        }
    }
    let mut draft = Draft::new(format!("run check {name} again"), Level::L2);
    tell_check(desk, &mut draft, id, request, check);
    draft.call(
        Call::RetryJob {
            job: id.clone(),
            name: check.name.to_string(),
            commit: check.head.clone(),
            environment: None,
        },
        vec![open_at_head(request)],
    );
    draft.ok(format!(
        "check {name} of change request {} {} at {}",
        request.id,
        check.state.word(),
        check.head.short()
    ));
    draft
        .will_change
        .push(format!("what {name} says of {}", check.head.short()));
    draft.will_not_change = vec!["branches, environments".to_owned()];
    Ok(draft)
}
