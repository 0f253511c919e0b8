//! Logs of jobs: of those that were heard of in this session, and of those that the board shows, which somebody else or an
//! earlier session set going.

use crate::engine::Board;
use crate::engine::Own;
use crate::engine::is_ours;
use crate::model::ChangeRequest;
use crate::model::CheckState;
use crate::model::JobId;
use crate::model::JobState;
use crate::model::Timestamp;
use crate::model::Untrusted;

use super::effect::Effect;
use super::input;
use super::log::Job;
use super::state::App;
use super::state::Pane;

/// A job of the board.
struct Sighted {
    id: JobId,
    name: String,
    state: &'static str,
    since: Timestamp,
}

/// Returns the jobs that the board shows of its hotfix: of the checks that did not pass, then of the go-lives, the newest
/// last.
fn in_sight(board: &Board) -> Vec<Sighted> {
    let (Some(own), Some(record)) = (Own::of(board), &board.record) else {
        return Vec::new();
    };
    let requests = board.seen.requests.value().into_iter().flatten();
    let open = requests.filter(|request| request.is_open() && is_ours(record, request));
    let mut found: Vec<Sighted> = open.flat_map(checks).collect();
    let mut golives: Vec<_> = own.deployments().collect();
    golives.reverse();
    let jobs = golives.into_iter().flat_map(|golive| &golive.jobs);
    // One that nobody started has written nothing.
    let begun = jobs.filter(|job| job.state != JobState::Manual);
    found.extend(begun.map(|job| Sighted {
        id: job.id.clone(),
        name: Untrusted::new(job.name.as_str()).show(),
        state: job.state.word(),
        since: job.since,
    }));
    found
}

fn checks(request: &ChangeRequest) -> impl Iterator<Item = Sighted> {
    request.checks.iter().filter_map(|check| {
        let is_told = match check.state {
            CheckState::Failed | CheckState::Cancelled | CheckState::Running => true,
            CheckState::Missing | CheckState::Queued | CheckState::Passed | CheckState::Skipped => {
                false
            }
        };
        Some(Sighted {
            id: check.job.clone().filter(|_| is_told)?,
            name: Untrusted::new(check.name.as_str()).show(),
            state: check.state.word(),
            since: check.since,
        })
    })
}

pub(super) fn can_show(app: &App) -> Result<(), String> {
    let is_seen = app
        .board
        .as_ref()
        .is_some_and(|board| !in_sight(board).is_empty());
    if app.log.jobs.is_empty() && !is_seen {
        return Err("no job was heard of in this session, and none is in sight".to_owned());
    }
    Ok(())
}

/// Shows a job's log: the running one, else the latest that failed, else the latest; again shows the next.
pub(super) fn show(app: &mut App) -> Vec<Effect> {
    let _ = input::focus(app, Pane::Log);
    let sighted = app.board.as_ref().map(in_sight).unwrap_or_default();
    for job in sighted {
        take(app, job);
    }
    let jobs = &app.log.jobs;
    let shown = app
        .selection
        .job
        .as_ref()
        .and_then(|id| jobs.iter().position(|job| &job.id == id));
    let next = match shown {
        Some(at) => jobs.get((at + 1) % jobs.len()),
        None => jobs
            .iter()
            .rev()
            .find(|job| job.is_running())
            .or_else(|| jobs.iter().rev().find(|job| has_failed(job)))
            .or(jobs.last()),
    };
    let Some(next) = next else {
        return Vec::new();
    };
    let id = next.id.clone();
    app.selection.job = Some(id.clone());
    read(app, id)
}

/// Takes in how the jobs stand after a look, and reads on in the log that is shown.
pub(super) fn looked(app: &mut App) -> Vec<Effect> {
    let sighted = app.board.as_ref().map(in_sight).unwrap_or_default();
    for job in sighted {
        if app.log.jobs.iter().any(|known| known.id == job.id) {
            take(app, job);
        }
    }
    let shown = app.selection.job.clone();
    shown.map(|id| read(app, id)).unwrap_or_default()
}

fn take(app: &mut App, job: Sighted) {
    let Sighted {
        id,
        name,
        state,
        since,
    } = job;
    app.log.job_changed(id, name, state.to_owned(), since);
}

/// Reads what is new in a job's log.
fn read(app: &mut App, job: JobId) -> Vec<Effect> {
    let from = app.log.job_asked(&job);
    from.map(|offset| Effect::ReadLog { job, offset })
        .into_iter()
        .collect()
}

fn has_failed(job: &Job) -> bool {
    job.state == JobState::Failed.word() || job.state == JobState::Cancelled.word()
}
