//! The jobs of a go-live: which of them stand in its way, and which are still to come.

use crate::engine::look::Look;
use crate::engine::state::WaitingOn;
use crate::model::Deployment;
use crate::model::HealthState;
use crate::model::Job;
use crate::model::JobState;

pub(super) fn job_failures(deployment: &Deployment) -> Vec<String> {
    let mut why = Vec::new();
    for job in &deployment.jobs {
        match job.state {
            JobState::Failed | JobState::Cancelled => {
                // With its number, which is what running it again and its log are asked for by.
                why.push(format!(
                    "job {} `{}` {}",
                    job.id,
                    job.name,
                    job.state.word()
                ));
            }
            // One that brings no app anywhere may have been left out on purpose.
            JobState::Skipped if job.app.is_some() => {
                why.push(format!("job {} {}", job.id, not_run(deployment, job)));
            }
            JobState::Manual
            | JobState::Queued
            | JobState::Running
            | JobState::Succeeded
            | JobState::Skipped => {}
        }
        if let HealthState::Unhealthy { why: answer, .. } = &job.health {
            why.push(format!("{} is not healthy: {answer}", app(job)));
        }
    }
    why
}

/// Says which jobs of a go-live that failed nobody has started, where the console starts them: what failed runs again first,
/// and while it does they are started as any others.
pub(super) fn left_over(look: Look<'_>, deployment: &Deployment) -> Vec<String> {
    if !look.seen.capabilities.starts_jobs || blockers(deployment).is_empty() {
        return Vec::new();
    }
    let mut left: Vec<&Job> = Vec::new();
    for job in deployment.held() {
        if !left.iter().any(|known| known.id == job.id) {
            left.push(job);
        }
    }
    let words = left.into_iter().map(|job| {
        format!(
            "job {} `{}` was not started: run what failed again first, then start it",
            job.id, job.name
        )
    });
    words.collect()
}

/// Says that a job did not run, and why where only one other job can be the reason.
pub(in crate::engine) fn not_run(deployment: &Deployment, job: &Job) -> String {
    let why = match blockers(deployment).as_slice() {
        [] => String::new(),
        [only] => format!(", since `{}` {}", only.name, only.state.word()),
        [_, _, ..] => ", since a job that it needs did not succeed".to_owned(),
    };
    format!("`{}` did not run{why}", job.name)
}

/// Returns the jobs that ended badly, each once: one may be that of several apps.
pub(in crate::engine) fn blockers(deployment: &Deployment) -> Vec<&Job> {
    let mut found: Vec<&Job> = Vec::new();
    for job in &deployment.jobs {
        if job.state.has_ended_badly() && !found.iter().any(|known| known.id == job.id) {
            found.push(job);
        }
    }
    found
}

pub(super) fn job_waits(look: Look<'_>, deployment: &Deployment) -> Vec<WaitingOn> {
    let is_worked_on = deployment
        .jobs
        .iter()
        .any(|job| job.state == JobState::Running);
    // Beside a job that runs, another waits for that one as a rule; and a console that runs them itself needs no runner.
    let needs_runner = !is_worked_on && !look.seen.capabilities.runs_deployments;
    let mut waits = Vec::new();
    for job in &deployment.jobs {
        match job.state {
            JobState::Queued if needs_runner => {
                waits.push(WaitingOn::Runner {
                    job: Some((job.name.clone(), job.since)),
                });
            }
            JobState::Manual if look.seen.capabilities.starts_jobs => {
                waits.push(WaitingOn::Held {
                    name: job.name.clone(),
                });
            }
            JobState::Manual | JobState::Queued | JobState::Running => {
                waits.push(WaitingOn::Job {
                    name: job.name.clone(),
                    since: job.since,
                });
            }
            JobState::Succeeded => {
                if job.health == HealthState::Pending {
                    waits.push(WaitingOn::Health { app: app(job) });
                }
            }
            JobState::Failed | JobState::Cancelled | JobState::Skipped => {}
        }
    }
    waits
}

/// Returns the apps of the environment that no job deployed.
pub(super) fn missing_apps(look: Look<'_>, deployment: &Deployment) -> Vec<String> {
    let Some(environment) = look.project().environment(&deployment.environment) else {
        return Vec::new();
    };
    environment
        .apps
        .iter()
        .filter(|app| {
            !deployment
                .jobs
                .iter()
                .any(|job| job.app.as_ref() == Some(app))
        })
        .map(|app| format!("no job of deployment {} deployed {app}", deployment.id))
        .collect()
}

fn app(job: &Job) -> String {
    job.app
        .as_ref()
        .map_or_else(|| job.name.clone(), ToString::to_string)
}
