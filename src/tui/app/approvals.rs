//! The inbox: seats that wait for the operator, for others, and those that are filled.

use crate::engine::Board;
use crate::engine::InboxItem;
use crate::engine::SeatState;
use crate::engine::inbox;
use crate::model::ChangeRequest;
use crate::model::CheckState;
use crate::model::CommitId;
use crate::model::Role;
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
    pub since: Timestamp,
    /// Why the present head was rejected.
    pub rejections: Vec<String>,
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

/// Returns the rows, mine first.
pub fn approvals(app: &App) -> Vec<ApprovalRow> {
    let Some(board) = &app.board else {
        return Vec::new();
    };
    let none = Vec::new();
    let requests = board.seen.requests.value().unwrap_or(&none);
    let none = Vec::new();
    let deployments = board.seen.deployments.value().unwrap_or(&none);
    let inbox = inbox(&board.book.project, requests, deployments, &board.seen.me);
    let groups = [
        (ApprovalGroup::Mine, inbox.mine),
        (ApprovalGroup::Waiting, inbox.waiting),
        (ApprovalGroup::Seen, inbox.seen),
    ];
    let mut rows: Vec<ApprovalRow> = groups
        .into_iter()
        .flat_map(|(group, items)| items.into_iter().map(move |item| (group, item)))
        // Without a seat nothing waits for anybody's yes.
        .filter(|(_, item)| !item.seats.is_empty())
        .map(|(group, item)| row(app, board, group, item))
        .collect();
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

fn row(app: &App, board: &Board, group: ApprovalGroup, item: InboxItem) -> ApprovalRow {
    let my_role = item
        .seats
        .iter()
        .find(|seat| seat.taken_by.is_none() && seat.why_not_me.is_none())
        .map(|seat| seat.role.clone());
    let (word, path, head, checks) = match &item.subject {
        Subject::Request(id) => {
            let requests = board.seen.requests.value().into_iter().flatten();
            let request = requests.into_iter().find(|request| &request.id == id);
            (
                "PR",
                request.map_or_else(
                    || item.title.clone(),
                    |request| {
                        format!(
                            "{} to {}",
                            lane_or_branch(app, &request.from),
                            lane_or_branch(app, &request.into)
                        )
                    },
                ),
                request.map(|request| request.head.clone()),
                request.map(checks).unwrap_or_default(),
            )
        }
        Subject::Deployment(id) => {
            let deployments = board.seen.deployments.value().into_iter().flatten();
            let deployment = deployments
                .into_iter()
                .find(|deployment| &deployment.id == id);
            (
                "ENV",
                format!("deploy to {}", item.into),
                deployment.map(|deployment| deployment.commit.clone()),
                String::new(),
            )
        }
    };
    ApprovalRow {
        subject: item.subject,
        group,
        word,
        path,
        head,
        seats: item.seats,
        checks,
        by: item.author.show(),
        since: item.since,
        my_role,
        rejections: item.rejections,
        why_not: if item.can_act {
            None
        } else {
            Some(
                item.why_not
                    .unwrap_or_else(|| "you have decided already".to_owned()),
            )
        },
    }
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
        .find(|row| selected == Some(&row.subject))
        .or_else(|| rows.iter().find(|row| row.group == ApprovalGroup::Mine))
        .or_else(|| rows.iter().find(|row| row.group == ApprovalGroup::Waiting))
        .cloned()
}
