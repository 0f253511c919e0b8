//! The inbox: seats that wait for the operator, for others, and those that are filled.

use crate::engine::SeatState;
use crate::engine::StepProgress;
use crate::model::ChangeRequest;
use crate::model::CheckState;
use crate::model::CommitId;
use crate::model::Role;
use crate::model::StepId;
use crate::model::Subject;
use crate::model::Timestamp;

use super::state::App;
use super::state::Pane;

/// Where a row belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ApprovalGroup {
    Mine,
    Waiting,
    Seen,
}

impl ApprovalGroup {
    /// Returns the heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Mine => "mine to decide",
            Self::Waiting => "waiting for others",
            Self::Seen => "seen",
        }
    }
}

/// One change request or deployment with its seats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovalRow {
    pub subject: Subject,
    pub step: StepId,
    pub group: ApprovalGroup,
    /// `PR` or `ENV`.
    pub word: &'static str,
    /// `preprod to production`, or the environment.
    pub path: String,
    /// What a yes would be bound to.
    pub head: Option<CommitId>,
    pub seats: Vec<SeatState>,
    /// `4 ok  1 running`.
    pub checks: String,
    pub by: String,
    pub since: Option<Timestamp>,
    /// The seat that the operator would take.
    pub my_role: Option<Role>,
    /// Why the operator cannot decide.
    pub why_not: Option<String>,
}

impl ApprovalRow {
    /// Returns how many seats are filled.
    pub fn filled(&self) -> usize {
        self.seats
            .iter()
            .filter(|seat| seat.taken_by.is_some())
            .count()
    }

    /// Returns the roles that are missing.
    pub fn missing(&self) -> Vec<&Role> {
        self.seats
            .iter()
            .filter(|seat| seat.taken_by.is_none())
            .map(|seat| &seat.role)
            .collect()
    }
}

/// Returns the identity of a row, by which it stays selected.
pub(super) fn key_of(row: &ApprovalRow) -> (Subject, StepId) {
    (row.subject.clone(), row.step.clone())
}

/// Returns the rows, mine first.
pub fn approvals(app: &App) -> Vec<ApprovalRow> {
    let Some(progress) = app.board.as_ref().and_then(|board| board.progress.as_ref()) else {
        return Vec::new();
    };
    let mut rows: Vec<ApprovalRow> = Vec::new();
    for step in &progress.steps {
        let mut subjects: Vec<&Subject> = step.seats.iter().map(|seat| &seat.subject).collect();
        subjects.dedup();
        for subject in subjects {
            rows.push(row(app, step, subject));
        }
    }
    rows.sort_by_key(|row| row.group);
    if let Some(filter) = app.filter.get(&Pane::Approvals) {
        let wanted = filter.to_lowercase();
        rows.retain(|row| {
            format!("{} {}", row.subject, row.path)
                .to_lowercase()
                .contains(&wanted)
        });
    }
    rows
}

fn row(app: &App, step: &StepProgress, subject: &Subject) -> ApprovalRow {
    let seats: Vec<SeatState> = step
        .seats
        .iter()
        .filter(|seat| &seat.subject == subject)
        .cloned()
        .collect();
    let open: Vec<&SeatState> = seats
        .iter()
        .filter(|seat| seat.taken_by.is_none())
        .collect();
    let mine = open.iter().find(|seat| seat.why_not_me.is_none());
    let group = if step.state.is_over() || open.is_empty() {
        ApprovalGroup::Seen
    } else if mine.is_some() {
        ApprovalGroup::Mine
    } else {
        ApprovalGroup::Waiting
    };
    let why_not = match (mine, open.first()) {
        _ if step.state.is_over() => Some("it is done".to_owned()),
        (Some(_), _) => None,
        (None, Some(seat)) => seat.why_not_me.clone(),
        (None, None) => Some("every seat is filled".to_owned()),
    };
    let my_role = mine.map(|seat| seat.role.clone());
    let mut row = ApprovalRow {
        subject: subject.clone(),
        step: step.id.clone(),
        group,
        word: "",
        path: step.title.clone(),
        head: None,
        seats,
        checks: String::new(),
        by: String::new(),
        since: None,
        my_role,
        why_not,
    };
    let Some(board) = &app.board else {
        return row;
    };
    match subject {
        Subject::Request(id) => {
            row.word = "PR";
            let requests = board.seen.requests.value().into_iter().flatten();
            if let Some(request) = requests.into_iter().find(|request| &request.id == id) {
                row.path = format!(
                    "{} to {}",
                    lane_or_branch(app, &request.from),
                    lane_or_branch(app, &request.into)
                );
                row.head = Some(request.head.clone());
                row.checks = checks(request);
                row.by = request.author.show();
                row.since = Some(request.opened_at);
            }
        }
        Subject::Deployment(id) => {
            row.word = "ENV";
            let deployments = board.seen.deployments.value().into_iter().flatten();
            if let Some(deployment) = deployments
                .into_iter()
                .find(|deployment| &deployment.id == id)
            {
                row.path = format!("deploy to {}", deployment.environment);
                row.head = Some(deployment.commit.clone());
                row.by = deployment.created_by.show();
                row.since = Some(deployment.created_at);
            }
        }
    }
    row
}

/// Returns the lane's name where the branch is one, else the branch.
pub(super) fn lane_or_branch(app: &App, branch: &crate::model::BranchName) -> String {
    app.board
        .as_ref()
        .and_then(|board| board.book.project.lane_of_branch(branch))
        .map_or_else(|| branch.to_string(), |lane| lane.name.to_string())
}

/// Returns the checks of a request in one line.
pub(super) fn checks(request: &ChangeRequest) -> String {
    let count = |wanted: &[CheckState]| {
        request
            .checks
            .iter()
            .filter(|check| wanted.contains(&check.state))
            .count()
    };
    let parts = [
        (count(&[CheckState::Passed]), "ok"),
        (count(&[CheckState::Running, CheckState::Queued]), "running"),
        (count(&[CheckState::Failed]), "failed"),
        (
            count(&[
                CheckState::Missing,
                CheckState::Cancelled,
                CheckState::Skipped,
            ]),
            "not run",
        ),
    ];
    let words: Vec<String> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    if words.is_empty() {
        "none".to_owned()
    } else {
        words.join("  ")
    }
}

/// Returns the row that `a` and `x` are about: the selected one, else the first of mine.
pub fn chosen(app: &App) -> Option<ApprovalRow> {
    let rows = approvals(app);
    let selected = app.selection.approval.as_ref();
    rows.iter()
        .find(|row| selected == Some(&key_of(row)))
        .or_else(|| rows.iter().find(|row| row.group == ApprovalGroup::Mine))
        .or_else(|| rows.iter().find(|row| row.group == ApprovalGroup::Waiting))
        .cloned()
}
