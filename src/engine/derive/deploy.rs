//! A go-live: created, seats, started by hand, every app's job, every health check.

use crate::engine::begun::begun;
use crate::engine::ended::only_there;
use crate::engine::look::Look;
use crate::engine::look::sight;
use crate::engine::other_base;
use crate::engine::ours::began_after_closing;
use crate::engine::ours::is_ours;
use crate::engine::seats::Bench;
use crate::engine::state::Evidence;
use crate::engine::state::StepProgress;
use crate::engine::state::StepState;
use crate::engine::state::WaitingOn;
use crate::model::AppName;
use crate::model::ChangeRequest;
use crate::model::CommitId;
use crate::model::Deployment;
use crate::model::DeploymentState;
use crate::model::EnvironmentName;
use crate::model::HealthState;
use crate::model::JobState;
use crate::model::LaneName;
use crate::model::StepId;
use crate::model::Subject;
use crate::model::Timestamp;
use crate::record::Event;

use super::jobs::job_failures;
use super::jobs::job_waits;
use super::jobs::left_over;
use super::jobs::missing_apps;

pub(super) fn derive_deploy(
    look: Look<'_>,
    environment: &EnvironmentName,
    lane: &LaneName,
    blank: StepProgress,
) -> StepProgress {
    let current = current(look, &blank.id, environment, lane);
    let state = state(look, current, environment, lane);
    StepProgress {
        seats: current
            .map(|deployment| bench(look, deployment).seats(&look.seen.me))
            .unwrap_or_default(),
        deployment: current.map(|deployment| deployment.id.clone()),
        stages: stages(look, current, &state),
        state,
        ..blank
    }
}

fn bench<'a>(look: Look<'a>, deployment: &'a Deployment) -> Bench<'a> {
    Bench::of_deployment(look.project(), deployment).lifting(look.record)
}

/// Returns the deployment that a step is about: one that brought the fix live, else the newest that holds it.
pub(in crate::engine) fn current<'a>(
    look: Look<'a>,
    step: &StepId,
    environment: &EnvironmentName,
    lane: &LaneName,
) -> Option<&'a Deployment> {
    let recorded = look.record.deployments.get(step);
    let mut holding = look
        .deployments()
        .iter()
        .filter(|deployment| &deployment.environment == environment)
        // A closed hotfix is shown as of its closing.
        .filter(|deployment| !began_after_closing(look, deployment))
        // One of ours may be from before commits that were added to the fix: it does not hold all of it.
        .filter(|deployment| {
            holds_fix(look, lane, &deployment.commit).unwrap_or(Some(&deployment.id) == recorded)
        });
    let newest = holding.clone().next();
    holding
        .find(|deployment| succeeded(look, deployment).is_some())
        .or(newest)
}

/// Tells whether a commit of a lane's history holds the fix; none where the history seen does not tell.
fn holds_fix(look: Look<'_>, lane: &LaneName, commit: &CommitId) -> Option<bool> {
    // A go-live from before the fix has its first commit brings no fix live.
    if look.fix().is_some_and(|fix| fix.commits.is_empty()) {
        return Some(false);
    }
    if look
        .is_present(lane)
        .is_some_and(|presence| &presence.tip == commit)
    {
        return Some(true);
    }
    let history = look.seen.history.value()?;
    let landing = landing(look, lane)?;
    Some(history.place(lane, commit)? <= history.place(lane, &landing)?)
}

/// Returns the commit on a lane that brought the whole fix: as history tells, else the last merge of ours there.
fn landing(look: Look<'_>, lane: &LaneName) -> Option<CommitId> {
    if let Some(landed) = look.fix().and_then(|fix| fix.landed.get(lane)) {
        return Some(landed.clone());
    }
    let branch = look.branch_of(lane)?;
    let seen = look
        .requests()
        .iter()
        .filter(|request| request.into == branch)
        .filter(|request| is_ours(look.record, request) || look.record.has_opened(request.id))
        .filter(|request| request.merged().is_some())
        .max_by_key(|request| request.id)
        .and_then(ChangeRequest::merged)
        .map(|merged| merged.commit.clone());
    seen.or_else(|| {
        let opened = look
            .record
            .requests
            .values()
            .filter(|opened| opened.into == branch)
            .max_by_key(|opened| opened.request)?;
        look.record
            .merges
            .values()
            .find(|merged| merged.request == opened.request)
            .map(|merged| merged.commit.clone())
    })
}

fn state(
    look: Look<'_>,
    current: Option<&Deployment>,
    environment: &EnvironmentName,
    lane: &LaneName,
) -> StepState {
    let proof = current.and_then(|deployment| {
        succeeded(look, deployment).or_else(|| succeeded_on_record(look, deployment))
    });
    if let Some(evidence) = proof {
        return match overtaken(look, current, environment, lane) {
            Some(why) => StepState::Failed(vec![why]),
            None => StepState::Done(vec![evidence]),
        };
    }
    let blind = sight("the deployments", Some(&look.seen.deployments));
    let other = other_running(look, current, environment);
    let Some(deployment) = current else {
        let mut waits: Vec<WaitingOn> = blind.into_iter().collect();
        if look.is_present(lane).is_none() {
            waits.extend(super::change::verdict(look, lane, None, None));
        }
        waits.extend(other);
        waits.extend(other_base::locks(look, lane));
        return if waits.is_empty() {
            StepState::Ready
        } else {
            StepState::Waiting(waits)
        };
    };
    let mut waits: Vec<WaitingOn> = blind.into_iter().collect();
    match deployment.state {
        DeploymentState::Blocked | DeploymentState::Approved => {
            let bench = bench(look, deployment);
            let rejections = bench.rejections();
            if !rejections.is_empty() {
                return StepState::Failed(rejections);
            }
            let seats = bench.waits();
            match (&deployment.behind, lost_run(look, deployment)) {
                (Some(what), _) => waits.push(WaitingOn::Behind { what: what.clone() }),
                (None, Some(lost)) => waits.push(lost),
                (None, None) if seats.is_empty() => waits.extend(starts(look, deployment)),
                (None, None) => {}
            }
            waits.extend(seats);
            waits.extend(other);
            waits.extend(other_base::locks(look, lane));
            StepState::Underway(waits)
        }
        DeploymentState::Running => {
            let failed = job_failures(deployment);
            if !failed.is_empty() {
                return StepState::Failed(failed);
            }
            let mut jobs = job_waits(look, deployment);
            if jobs.is_empty() {
                jobs.push(on_the_whole(look, deployment));
            }
            if jobs
                .iter()
                .any(|wait| matches!(wait, WaitingOn::Held { .. }))
            {
                waits.extend(bench(look, deployment).waits());
                waits.extend(other);
                waits.extend(other_base::locks(look, lane));
            }
            waits.extend(jobs);
            waits.extend(begun(look, deployment).map(|said| WaitingOn::Begun { said }));
            StepState::Underway(waits)
        }
        DeploymentState::Rejected => {
            let reasons = bench(look, deployment).rejections();
            StepState::Failed(if reasons.is_empty() {
                vec![format!("deployment {} was rejected", deployment.id)]
            } else {
                reasons
            })
        }
        DeploymentState::Failed | DeploymentState::Cancelled => {
            let mut why = vec![format!(
                "deployment {} {}",
                deployment.id,
                deployment.state.word()
            )];
            why.extend(job_failures(deployment));
            why.extend(left_over(look, deployment));
            why.extend(only_there(look, deployment));
            StepState::Failed(why)
        }
        DeploymentState::Succeeded => {
            // The forge's word for the whole is not enough: some app or health check has not followed.
            let mut why = job_failures(deployment);
            why.extend(missing_apps(look, deployment));
            if why.is_empty() {
                waits.extend(job_waits(look, deployment));
                StepState::Underway(waits)
            } else {
                why.extend(only_there(look, deployment));
                StepState::Failed(why)
            }
        }
    }
}

/// Returns what pressing start ends: the wait of the whole, or where somebody began with some jobs, that of the others.
fn starts(look: Look<'_>, deployment: &Deployment) -> Vec<WaitingOn> {
    let begun = begun(look, deployment).filter(|_| look.seen.capabilities.starts_jobs);
    let Some(said) = begun else {
        return vec![WaitingOn::Start {
            subject: Subject::Deployment(deployment.id.clone()),
        }];
    };
    let held = deployment.held().map(|job| WaitingOn::Held {
        name: job.name.clone(),
    });
    held.chain([WaitingOn::Begun { said }]).collect()
}

/// Returns what a go-live that runs waits for where it waits for no job.
fn on_the_whole(look: Look<'_>, deployment: &Deployment) -> WaitingOn {
    // A server may tell of a job only when a runner took it, or when what it needs has ended.
    if deployment.jobs.is_empty() && !look.seen.capabilities.runs_deployments {
        return WaitingOn::Runner { job: None };
    }
    WaitingOn::End {
        subject: Subject::Deployment(deployment.id.clone()),
    }
}

/// Returns the proof that every app is live, and healthy where somebody asked.
fn succeeded(look: Look<'_>, deployment: &Deployment) -> Option<Evidence> {
    let is_live = deployment.state == DeploymentState::Succeeded
        && job_failures(deployment).is_empty()
        && job_waits(look, deployment).is_empty()
        && missing_apps(look, deployment).is_empty();
    is_live.then(|| Evidence::Deployed {
        subject: Subject::Deployment(deployment.id.clone()),
        apps: deployment
            .jobs
            .iter()
            .filter_map(|job| job.app.as_ref())
            .map(ToString::to_string)
            .collect(),
        unasked: unasked(look, deployment),
        at: deployment.updated_at,
    })
}

/// Returns the last that the record has of a go-live which the forge says nobody started, and tells no job of: it shows the
/// latest runs only, and starting what left them would deploy a second time.
fn started_on_record(
    look: Look<'_>,
    deployment: &Deployment,
) -> Option<(DeploymentState, Timestamp)> {
    let is_unstarted = match deployment.state {
        DeploymentState::Blocked | DeploymentState::Approved => deployment.jobs.is_empty(),
        DeploymentState::Rejected
        | DeploymentState::Running
        | DeploymentState::Succeeded
        | DeploymentState::Failed
        | DeploymentState::Cancelled => false,
    };
    if !is_unstarted {
        return None;
    }
    look.record.entries.iter().rev().find_map(|entry| {
        let Some(Event::DeploymentFinished {
            deployment: about,
            state,
            ..
        }) = &entry.event
        else {
            return None;
        };
        (about == &deployment.id).then_some((*state, entry.at))
    })
}

/// Returns the proof that such a go-live ended well.
fn succeeded_on_record(look: Look<'_>, deployment: &Deployment) -> Option<Evidence> {
    let (state, at) = started_on_record(look, deployment)?;
    (state == DeploymentState::Succeeded).then(|| Evidence::Deployed {
        subject: Subject::Deployment(deployment.id.clone()),
        apps: Vec::new(),
        unasked: Vec::new(),
        at,
    })
}

/// Says that the run of such a go-live is out of sight, where a commit has one for good: how it ended nobody can tell.
fn lost_run(look: Look<'_>, deployment: &Deployment) -> Option<WaitingOn> {
    look.seen
        .capabilities
        .no_second_golive
        .get(&deployment.environment)?;
    let (state, _) = started_on_record(look, deployment)?;
    (state == DeploymentState::Running).then(|| WaitingOn::Sight {
        what: format!("the run of deployment {}", deployment.id),
        last_seen: None,
        why: "it was started, and the forge does not list it any more; its page shows how it ended"
            .to_owned(),
    })
}

/// Returns the deployed apps whose health check was not asked: where the forge runs the jobs nobody asks it.
fn unasked(look: Look<'_>, deployment: &Deployment) -> Vec<String> {
    let has_check = |name: &AppName| {
        let mut apps = look.project().apps.iter();
        apps.any(|app| &app.name == name && app.health.is_some())
    };
    deployment
        .jobs
        .iter()
        .filter(|job| job.health == HealthState::NotConfigured)
        .filter_map(|job| job.app.as_ref())
        .filter(|name| has_check(name))
        .map(ToString::to_string)
        .collect()
}

/// Returns what a later go-live took away again: production runs without the fix.
fn overtaken(
    look: Look<'_>,
    current: Option<&Deployment>,
    environment: &EnvironmentName,
    lane: &LaneName,
) -> Option<String> {
    let newest = look.deployments().iter().find(|deployment| {
        &deployment.environment == environment && deployment.state == DeploymentState::Succeeded
    })?;
    let is_without = Some(&newest.id) != current.map(|deployment| &deployment.id)
        && holds_fix(look, lane, &newest.commit) == Some(false);
    is_without.then(|| {
        format!(
            "deployment {} put {} into {environment}, which does not hold the fix",
            newest.id,
            newest.commit.short()
        )
    })
}

/// Returns another deployment that is running to the same environment.
pub(super) fn other_running(
    look: Look<'_>,
    current: Option<&Deployment>,
    environment: &EnvironmentName,
) -> Option<WaitingOn> {
    look.deployments()
        .iter()
        .find(|deployment| {
            &deployment.environment == environment
                && deployment.is_running()
                && Some(&deployment.id) != current.map(|current| &current.id)
        })
        .map(|deployment| WaitingOn::OtherDeployment {
            subject: Subject::Deployment(deployment.id.clone()),
            environment: environment.to_string(),
        })
}

fn stages(
    look: Look<'_>,
    current: Option<&Deployment>,
    state: &StepState,
) -> Vec<(&'static str, bool)> {
    let is_done = matches!(state, StepState::Done(_));
    let is = |fact: &dyn Fn(&Deployment) -> bool| is_done || current.is_some_and(fact);
    let is_started = |deployment: &Deployment| match deployment.state {
        DeploymentState::Running | DeploymentState::Succeeded | DeploymentState::Failed => true,
        DeploymentState::Blocked
        | DeploymentState::Approved
        | DeploymentState::Rejected
        | DeploymentState::Cancelled => false,
    };
    let all_jobs = |deployment: &Deployment| {
        is_started(deployment)
            && missing_apps(look, deployment).is_empty()
            && deployment
                .jobs
                .iter()
                .all(|job| job.state == JobState::Succeeded)
    };
    let is_asked = current.is_none_or(|deployment| unasked(look, deployment).is_empty());
    let last = if is_asked {
        "healthy"
    } else {
        "health not asked"
    };
    vec![
        ("created", is(&|_| true)),
        (
            "seats",
            is(&|deployment| bench(look, deployment).waits().is_empty()),
        ),
        ("started", is(&is_started)),
        ("jobs", is(&all_jobs)),
        (last, is_done),
    ]
}
