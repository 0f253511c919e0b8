//! The inbox: seats that wait for the operator, for others, and those that are filled.

use crate::engine::Board;
use crate::engine::Comparison;
use crate::engine::DiffOf;
use crate::engine::DiffSize;
use crate::engine::InboxItem;
use crate::engine::InboxKind;
use crate::engine::SeatState;
use crate::engine::Standing;
use crate::engine::checks_in_words;
use crate::engine::comparison;
use crate::engine::inbox;
use crate::model::CommitId;
use crate::model::HotfixId;
use crate::model::RequestId;
use crate::model::Role;
use crate::model::Subject;
use crate::model::Timestamp;

use super::effect::Effect;
use super::input::moved;
use super::input::scrolled;
use super::state::App;
use super::state::Pane;

/// Where a row belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ApprovalGroup {
    Mine,
    Waiting,
    /// Every seat is filled or overridden, and nobody has merged or started it yet.
    Approved,
    Seen,
    /// It brings no open hotfix live: nobody is asked.
    Foreign,
}

impl ApprovalGroup {
    /// Returns the heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Mine => "mine to decide",
            Self::Waiting => "waiting for others",
            Self::Approved => "approved, not carried out",
            Self::Seen => "seen",
            Self::Foreign => "not for a hotfix",
        }
    }
}

/// One change request or deployment with its seats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovalRow {
    pub subject: Subject,
    pub group: ApprovalGroup,
    pub kind: InboxKind,
    /// `PR`, `ENV` or `JOB`.
    pub word: &'static str,
    /// `preprod to production`, or the environment.
    pub path: String,
    pub hotfix: Option<HotfixId>,
    /// What a yes would be bound to.
    pub head: CommitId,
    /// Whether its diff was looked at here, as it is now.
    pub standing: Standing,
    /// How much it changes, where that is known.
    pub size: Option<DiffSize>,
    pub seats: Vec<SeatState>,
    /// `4 ok  1 running`.
    pub checks: String,
    pub by: String,
    pub since: Timestamp,
    /// Why the present head was rejected.
    pub rejections: Vec<String>,
    /// Whose yes was for an older head.
    pub stale: Vec<String>,
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
            .filter(|seat| !seat.is_settled())
            .map(|seat| &seat.role)
            .collect()
    }
}

/// Returns the rows, mine first.
pub fn approvals(app: &App) -> Vec<ApprovalRow> {
    let mut rows = all(app);
    if let Some(filter) = app.filter.get(&Pane::Approvals) {
        let wanted = filter.to_lowercase();
        rows.retain(|row| {
            let hotfix = row.hotfix.as_ref().map_or("", |hotfix| hotfix.as_str());
            format!("{} {} {hotfix} {}", row.subject, row.path, row.by)
                .to_lowercase()
                .contains(&wanted)
        });
    }
    rows
}

fn all(app: &App) -> Vec<ApprovalRow> {
    let Some(board) = &app.board else {
        return Vec::new();
    };
    let none = Vec::new();
    let requests = board.seen.requests.value().unwrap_or(&none);
    let none = Vec::new();
    let deployments = board.seen.deployments.value().unwrap_or(&none);
    let project = &board.book.project;
    let (me, record) = (&board.seen.me, board.record.as_ref());
    let inbox = inbox(project, requests, deployments, me, &app.looked, record);
    let (approved, waiting) = inbox.waiting.into_iter().partition(is_approved);
    let groups: [(ApprovalGroup, Vec<InboxItem>); 5] = [
        (ApprovalGroup::Mine, inbox.mine),
        (ApprovalGroup::Waiting, waiting),
        (ApprovalGroup::Approved, approved),
        (ApprovalGroup::Seen, inbox.seen),
        (ApprovalGroup::Foreign, inbox.foreign),
    ];
    groups
        .into_iter()
        .flat_map(|(group, items)| items.into_iter().map(move |item| (group, item)))
        // Without a seat nothing waits for anybody's yes; what waits to be started does.
        .filter(|(_, item)| !item.seats.is_empty() || item.kind == InboxKind::Job)
        .map(|(group, item)| row(app, board, group, item))
        .collect()
}

/// Tells whether nobody's yes is missing any more.
fn is_approved(item: &InboxItem) -> bool {
    let mut seats = item.seats.iter();
    item.rejections.is_empty() && seats.all(SeatState::is_settled)
}

/// Returns the row about a subject, filtered or not.
pub(super) fn row_of(app: &App, subject: &Subject) -> Option<ApprovalRow> {
    all(app).into_iter().find(|row| &row.subject == subject)
}

/// Returns the hotfix that a subject belongs to, whichever is shown; the one that is shown where it goes on with what a
/// closed one left.
pub(super) fn hotfix_of(app: &App, subject: &Subject) -> Option<HotfixId> {
    let named = row_of(app, subject)?.hotfix;
    app.board.as_ref()?.decided_for(subject, named.as_ref())
}

/// Asks how much the approvals change that were not counted at their present head.
pub(super) fn measure(app: &mut App) -> Vec<Effect> {
    let Some(board) = &app.board else {
        return Vec::new();
    };
    let unknown = all(app).into_iter().filter(|row| {
        let known = app.sizes.get(&row.subject);
        row.size.is_none() && known.is_none_or(|(head, _)| head != &row.head)
    });
    let wanted: Vec<Comparison> = unknown
        .filter_map(|row| {
            let of = DiffOf::Subject(row.subject);
            comparison(&board.seen, &board.book.project, &of).ok()
        })
        .collect();
    if wanted.is_empty() {
        Vec::new()
    } else {
        vec![Effect::Measure { wanted }]
    }
}

pub(super) fn measured(app: &mut App, sizes: Vec<(Subject, CommitId, DiffSize)>) {
    for (subject, head, size) in sizes {
        app.sizes.insert(subject, (head, size));
    }
}

fn row(app: &App, board: &Board, group: ApprovalGroup, item: InboxItem) -> ApprovalRow {
    let my_role = item
        .seats
        .iter()
        .find(|seat| seat.taken_by.is_none() && seat.why_not_me.is_none())
        .map(|seat| seat.role.clone());
    let (path, checks) = match &item.subject {
        Subject::Request(id) => {
            let requests = board.seen.requests.value().into_iter().flatten();
            let request = requests.into_iter().find(|request| &request.id == id);
            let path = request.map_or_else(
                || item.title.clone(),
                |request| {
                    format!(
                        "{} to {}",
                        lane_or_branch(app, &request.from),
                        lane_or_branch(app, &request.into)
                    )
                },
            );
            (path, request.map(checks_in_words).unwrap_or_default())
        }
        Subject::Deployment(_) => (format!("deploy to {}", item.into), String::new()),
    };
    let looked = app.looked.at_head(&item.subject, &item.head);
    let counted = app.sizes.get(&item.subject);
    let counted = counted.filter(|(head, _)| head == &item.head);
    ApprovalRow {
        size: looked
            .map(|glance| glance.size)
            .or_else(|| counted.map(|(_, size)| *size)),
        word: match item.kind {
            InboxKind::Request => "PR",
            InboxKind::Environment => "ENV",
            InboxKind::Job => "JOB",
        },
        kind: item.kind,
        subject: item.subject,
        group,
        path,
        hotfix: item.hotfix,
        head: item.head,
        standing: item.standing,
        seats: item.seats,
        checks,
        by: item.author.show(),
        since: item.since,
        my_role,
        rejections: item.rejections,
        stale: item.stale,
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

/// Returns a change request's number as its forge writes it.
pub fn numbered(app: &App, id: RequestId) -> String {
    let seen = app.board.as_ref().map(|board| &board.seen);
    seen.map_or_else(|| id.to_string(), |seen| seen.capabilities.numbered(id))
}

/// Returns the row that `a`, `x` and `d` are about: the selected one, else the first of mine, else the first at all.
pub fn chosen(app: &App) -> Option<ApprovalRow> {
    let rows = approvals(app);
    let selected = app.selection.approval.as_ref();
    rows.iter()
        .find(|row| selected == Some(&row.subject))
        .or_else(|| rows.iter().find(|row| row.group == ApprovalGroup::Mine))
        .or_else(|| rows.iter().find(|row| row.group == ApprovalGroup::Waiting))
        .or_else(|| rows.first())
        .cloned()
}

/// More lines than any page: the first or the last approval is meant.
const FAR: usize = 1_000;

/// Chooses the row after the chosen one, and the first after the last.
pub(super) fn next(app: &mut App) {
    let rows = approvals(app);
    let chosen = chosen(app).map(|row| row.subject);
    let at = rows
        .iter()
        .position(|row| Some(&row.subject) == chosen.as_ref());
    let to = at.map_or(0, |at| (at + 1) % rows.len());
    let Some(row) = rows.get(to) else {
        return;
    };
    app.selection.approval = Some(row.subject.clone());
    app.selection.inbox = 0;
    app.selection.detail = 0;
    app.limits.inbox = 0;
}

/// Moves the selection by so many approvals; one that is longer than its pane is scrolled through first.
pub(super) fn step(app: &mut App, by: isize) {
    let rows = approvals(app);
    let chosen = chosen(app).map(|row| row.subject);
    let is_chosen = |row: &ApprovalRow| Some(&row.subject) == chosen.as_ref();
    let at = rows.iter().position(is_chosen).unwrap_or_default();
    let to = moved(at, by, rows.len());
    let is_jump = by.unsigned_abs() > FAR;
    let line = app.selection.inbox.min(app.limits.inbox);
    let next = scrolled(line, by, app.limits.inbox);
    if !is_jump && next != line {
        app.selection.approval = chosen;
        app.selection.inbox = next;
        return;
    }
    if !is_jump && to == at {
        return;
    }
    app.selection.approval = rows.get(to).map(|row| row.subject.clone());
    app.selection.inbox = if is_jump && by > 0 { usize::MAX } else { 0 };
    app.selection.detail = 0;
    if to != at {
        // How far the other one goes is known once it was drawn.
        app.limits.inbox = 0;
    }
}
