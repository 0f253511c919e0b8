//! Running a job again: which jobs failed, and the plan for one of them.

use crate::engine::Intent;
use crate::model::CheckState;
use crate::model::JobId;
use crate::model::JobState;
use crate::model::Untrusted;

use super::choose;
use super::choose::Leads;
use super::effect::Effect;
use super::msg::Wish;
use super::state::App;
use super::wish::Able;
use super::wish::ask;
use super::wish::is_free;

/// Returns the jobs that did not succeed and could run again, the newest go-live's first.
fn failed(app: &App) -> Result<Vec<(JobId, String)>, String> {
    is_free(app)?;
    let board = app.board.as_ref().ok_or("nothing was seen yet")?;
    // The plan would say so too: what is over must not look as if it went on.
    let record = board.record.as_ref();
    if let Some(closed) = record.and_then(|record| record.closed.as_ref()) {
        return Err(format!("this hotfix was closed by {}", closed.by.show()));
    }
    if let Some(why) = &board.seen.capabilities.no_job_retry {
        return Err(why.clone());
    }
    let mut jobs: Vec<(JobId, String)> = Vec::new();
    let deployments = board.seen.deployments.value().into_iter().flatten();
    for deployment in deployments {
        let environment = &deployment.environment;
        for job in &deployment.jobs {
            let is_it = matches!(job.state, JobState::Failed | JobState::Cancelled);
            if is_it && !jobs.iter().any(|(id, _)| id == &job.id) {
                let name = Untrusted::new(job.name.as_str()).show();
                let words = format!(
                    "{name} (job {} in {environment}, {})",
                    job.id,
                    job.state.word()
                );
                jobs.push((job.id.clone(), words));
            }
        }
    }
    let requests = board.seen.requests.value().into_iter().flatten();
    for request in requests.filter(|request| request.is_open()) {
        for check in &request.checks {
            let Some(id) = &check.job else { continue };
            let is_it = matches!(check.state, CheckState::Failed | CheckState::Cancelled);
            if is_it && !jobs.iter().any(|(known, _)| known == id) {
                let name = Untrusted::new(check.name.as_str()).show();
                let words = format!(
                    "{name} (job {id}, check of {}, {})",
                    board.seen.capabilities.numbered(request.id),
                    check.state.word()
                );
                jobs.push((id.clone(), words));
            }
        }
    }
    if jobs.is_empty() {
        return Err("no job failed".to_owned());
    }
    Ok(jobs)
}

pub(super) fn can_retry(app: &App) -> Able {
    failed(app).map(drop)
}

/// Returns the one that the key is about: the job whose log is shown, or the only one; none where it asks which.
fn picked(app: &App, jobs: &[(JobId, String)]) -> Option<JobId> {
    let shown = app.selection.job.as_ref();
    let shown = shown.filter(|id| jobs.iter().any(|(known, _)| &known == id));
    match (shown, jobs) {
        (Some(id), _) => Some(id.clone()),
        (None, [(id, _)]) => Some(id.clone()),
        (None, _) => None,
    }
}

/// Returns the job that would be planned at once; none where it asks which.
pub(super) fn would_retry(app: &App) -> Option<JobId> {
    picked(app, &failed(app).ok()?)
}

/// Plans the job whose log is shown, or the only one; asks where there are several.
pub(super) fn retry(app: &mut App) -> Vec<Effect> {
    let jobs = match failed(app) {
        Ok(jobs) => jobs,
        Err(why) => {
            app.refuse(why);
            return Vec::new();
        }
    };
    if let Some(id) = picked(app, &jobs) {
        return plan(app, id);
    }
    let choices = jobs.into_iter();
    let choices = choices.map(|(id, words)| (words, Leads::Retry(id)));
    choose::open_leads(app, "Run which job again?", choices.collect())
}

pub(super) fn plan(app: &mut App, job: JobId) -> Vec<Effect> {
    ask(app, Wish::Intent(Intent::Retry { job }), false)
}
