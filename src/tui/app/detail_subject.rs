//! What Detail tells about a change request and a deployment.

use crate::engine::golive_state;
use crate::model::ChangeRequest;
use crate::model::CheckState;
use crate::model::Deployment;
use crate::model::DeploymentId;
use crate::model::DeploymentState;
use crate::model::HealthState;
use crate::model::JobState;
use crate::model::RequestId;
use crate::model::RequestState;
use crate::model::Subject;
use crate::model::Timestamp;
use crate::model::age;

use super::approvals::lane_or_branch;
use super::approvals::row_of;
use super::detail::Detail;
use super::retry;
use super::state::App;
use super::words::Line;
use super::words::Tone;

pub(super) fn of_request(app: &App, id: RequestId, detail: &mut Detail) {
    let Some(board) = &app.board else { return };
    let requests = board.seen.requests.value().into_iter().flatten();
    let Some(request) = requests.into_iter().find(|request| request.id == id) else {
        detail.say(format!("change request {id} is not in sight"), Tone::Warn);
        return;
    };
    let now = app.clock.now;
    let number = board.seen.capabilities.numbered(id);
    detail.lines.push(
        Line::new(format!("{number} "), Tone::Strong).and(request.title.subject(), Tone::Strong),
    );
    if detail.title.is_empty() {
        detail.title = number;
    }
    detail.say(
        format!(
            "{} to {}{}",
            lane_or_branch(app, &request.from),
            lane_or_branch(app, &request.into),
            if request.is_draft { ", draft" } else { "" }
        ),
        Tone::Plain,
    );
    detail.say(
        format!(
            "opened by {} {} ago, head {}",
            request.author.show(),
            age(now, request.opened_at),
            request.head.short()
        ),
        Tone::Dim,
    );
    match &request.state {
        RequestState::Open => {}
        RequestState::Merged(merged) => detail.say(
            format!(
                "merged as {} at {}{}",
                merged.commit.short(),
                merged.at.clock(),
                merged
                    .by
                    .as_ref()
                    .map_or_else(String::new, |by| format!(" by {}", by.show()))
            ),
            Tone::Good,
        ),
        RequestState::Closed => detail.say("closed without a merge", Tone::Bad),
    }
    if !request.labels.is_empty() {
        detail.say(format!("labels {}", request.labels.join(", ")), Tone::Dim);
    }
    request_checks(request, now, detail);
    let missing = missing_seats(app, &Subject::Request(id));
    if !request.approvals.is_empty() || !missing.is_empty() {
        detail.head("approvals");
        for approval in &request.approvals {
            let is_stale = approval.head != request.head;
            let word = match approval.decision {
                crate::model::Decision::Approved => "ok  ",
                crate::model::Decision::Rejected => "no  ",
            };
            let stale = if is_stale { ", an older head" } else { "" };
            let role = approval
                .role
                .as_ref()
                .map_or_else(String::new, |role| format!("{role}: "));
            let tone = if is_stale { Tone::Warn } else { Tone::Plain };
            detail.lines.push(Line::new(
                format!(
                    " {word}{role}{} {}{stale}",
                    approval.by.show(),
                    approval.at.clock()
                ),
                tone,
            ));
        }
        detail.lines.extend(missing);
    }
    // Whether it could be merged is asked of what is open.
    if !request.is_open() {
        return;
    }
    match &request.mergeability {
        crate::model::Mergeability::Clean => {}
        crate::model::Mergeability::Conflicts(paths) => {
            if let Some(why) = board.clean_here(request) {
                detail.say(why, Tone::Warn);
                return;
            }
            // A forge may say that there are conflicts, and not where.
            detail.head(&match paths.len() {
                0 => "conflicts, as the forge says".to_owned(),
                1 => "conflicts in 1 file".to_owned(),
                many => format!("conflicts in {many} files"),
            });
            for path in paths {
                detail.say(format!(" {path}"), Tone::Warn);
            }
        }
        crate::model::Mergeability::Checking => detail.say("merge is being checked", Tone::Dim),
        crate::model::Mergeability::Blocked(why) => {
            detail.say(format!("cannot be merged: {why}"), Tone::Warn);
        }
    }
}

/// Returns the seats that nobody took, each with who may and why not the operator.
fn missing_seats(app: &App, subject: &Subject) -> Vec<Line> {
    let row = row_of(app, subject);
    let seats = row.iter().flat_map(|row| &row.seats);
    seats
        .filter(|seat| seat.taken_by.is_none())
        .map(|seat| {
            if let Some(one) = &seat.overridden {
                return Line::new(format!(" RISK {}: {}", seat.role, one.words), Tone::Bad);
            }
            let who = if seat.allowed.is_empty() {
                "nobody may".to_owned()
            } else {
                seat.allowed.join(", ")
            };
            let words = match &seat.why_not_me {
                None => format!(" you  {}: {who}", seat.role),
                Some(why) => format!(" wait {}: {who} (not you: {why})", seat.role),
            };
            Line::new(words, Tone::Warn)
        })
        .collect()
}

fn request_checks(request: &ChangeRequest, now: Timestamp, detail: &mut Detail) {
    if request.checks.is_empty() {
        return;
    }
    detail.head(&format!(
        "checks  {}",
        crate::engine::checks_in_words(request)
    ));
    for check in &request.checks {
        let (word, tone) = match check.state {
            CheckState::Passed => ("ok", Tone::Good),
            CheckState::Failed => ("failed", Tone::Bad),
            CheckState::Missing
            | CheckState::Queued
            | CheckState::Running
            | CheckState::Cancelled
            | CheckState::Skipped => (check.state.word(), Tone::Warn),
        };
        let optional = if check.is_required { "" } else { "  optional" };
        detail.lines.push(
            Line::new(format!(" {word:<9}"), tone)
                .and(
                    crate::model::Untrusted::new(check.name.as_str()).show(),
                    Tone::Plain,
                )
                .and(format!("  {}{optional}", age(now, check.since)), Tone::Dim),
        );
    }
}

pub(super) fn of_deployment(app: &App, id: &DeploymentId, detail: &mut Detail) {
    let Some(board) = &app.board else { return };
    let deployments = board.seen.deployments.value().into_iter().flatten();
    let Some(deployment) = deployments
        .into_iter()
        .find(|deployment| &deployment.id == id)
    else {
        detail.say(format!("deployment {id} is not in sight"), Tone::Warn);
        return;
    };
    if detail.title.is_empty() {
        detail.title = format!("deployment {id}");
    }
    let state = golive_state(&board.book.project, deployment, board.record.as_ref());
    deployment_lines(deployment, state, app.clock.now, detail);
    deployment_seats(app, id, detail);
    let has_failed = |state| matches!(state, JobState::Failed | JobState::Cancelled);
    if deployment.jobs.iter().any(|job| has_failed(job.state)) && retry::can_retry(app).is_ok() {
        let key = app.options.keymap.first("retry");
        detail.say(format!(" {key} runs a job that failed again"), Tone::Dim);
    }
}

/// Who said yes to a go-live that waits, and whose yes is missing.
fn deployment_seats(app: &App, id: &DeploymentId, detail: &mut Detail) {
    let subject = Subject::Deployment(id.clone());
    let Some(row) = row_of(app, &subject).filter(|row| !row.seats.is_empty()) else {
        return;
    };
    detail.head("approvals");
    for seat in &row.seats {
        let Some(person) = &seat.taken_by else {
            continue;
        };
        let at = seat
            .at
            .map_or_else(String::new, |at| format!(" {}", at.clock()));
        let words = format!(" ok  {}: {}{at}", seat.role, person.show());
        detail.lines.push(Line::plain(words));
    }
    detail.lines.extend(missing_seats(app, &subject));
}

fn deployment_lines(
    deployment: &Deployment,
    state: DeploymentState,
    now: Timestamp,
    detail: &mut Detail,
) {
    let tone = match state {
        DeploymentState::Succeeded => Tone::Good,
        DeploymentState::Failed | DeploymentState::Rejected | DeploymentState::Cancelled => {
            Tone::Bad
        }
        DeploymentState::Blocked | DeploymentState::Approved | DeploymentState::Running => {
            Tone::Plain
        }
    };
    detail.say(
        format!(
            "deployment {} of {} to {}",
            deployment.id,
            deployment.commit.short(),
            deployment.environment
        ),
        Tone::Strong,
    );
    detail.say(
        format!(
            "{}, by {} {} ago",
            state.word(),
            deployment.created_by.show(),
            age(now, deployment.created_at)
        ),
        tone,
    );
    if deployment.jobs.is_empty() {
        return;
    }
    detail.head("jobs");
    for job in &deployment.jobs {
        let tone = match job.state {
            JobState::Succeeded => Tone::Good,
            JobState::Failed | JobState::Cancelled => Tone::Bad,
            JobState::Skipped => Tone::Warn,
            JobState::Manual | JobState::Queued | JobState::Running => Tone::Plain,
        };
        let (health, health_tone) = match &job.health {
            HealthState::NotConfigured => ("", Tone::Dim),
            HealthState::Pending => ("  health not asked", Tone::Dim),
            HealthState::Healthy { .. } => ("  healthy", Tone::Good),
            HealthState::Unhealthy { .. } => ("  UNHEALTHY", Tone::Bad),
        };
        detail.lines.push(
            Line::new(format!(" {:<12}", job.state.word()), tone)
                .and(
                    crate::model::Untrusted::new(job.name.as_str()).show(),
                    Tone::Plain,
                )
                .and(health, health_tone),
        );
        if let HealthState::Unhealthy { why, .. } = &job.health {
            detail.say(format!("   {why}"), Tone::Bad);
        }
    }
}
