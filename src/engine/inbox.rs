//! The approvals of a project across its hotfixes: mine to decide, mine waiting for others, seen.

use crate::model::BranchName;
use crate::model::ChangeRequest;
use crate::model::CheckState;
use crate::model::CommitId;
use crate::model::Decision;
use crate::model::Deployment;
use crate::model::DeploymentState;
use crate::model::EnvironmentName;
use crate::model::HotfixId;
use crate::model::JobState;
use crate::model::Person;
use crate::model::Project;
use crate::model::Subject;
use crate::model::Timestamp;
use crate::record::Record;

use super::begun::begun_jobs;
use super::begun::left_jobs;
use super::looked::Looked;
use super::looked::Standing;
use super::seats::Bench;
use super::state::SeatState;

/// Everything that asks for a yes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inbox {
    /// I may take a seat now.
    pub mine: Vec<InboxItem>,
    /// Open, and waiting for somebody else.
    pub waiting: Vec<InboxItem>,
    /// I have decided about the present head.
    pub seen: Vec<InboxItem>,
    /// Go-lives that bring no open hotfix live: nobody is asked.
    pub foreign: Vec<InboxItem>,
}

/// What asks for a yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InboxKind {
    Request,
    /// A go-live whose seats are not all filled.
    Environment,
    /// A go-live that everybody agreed to and nobody has started.
    Job,
}

impl InboxKind {
    /// Returns the word in documents.
    pub fn word(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Environment => "environment",
            Self::Job => "job",
        }
    }
}

/// One request or deployment that asks for approvals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxItem {
    pub subject: Subject,
    pub kind: InboxKind,
    pub hotfix: Option<HotfixId>,
    pub title: String,
    /// None for deployments.
    pub from: Option<BranchName>,
    /// The target branch, or the environment.
    pub into: String,
    pub author: Person,
    pub since: Timestamp,
    /// What a yes would be bound to.
    pub head: CommitId,
    /// Whether its diff was looked at here, as it is now.
    pub standing: Standing,
    pub seats: Vec<SeatState>,
    /// Why the present head was rejected.
    pub rejections: Vec<String>,
    /// Whose yes was for an older head, in words.
    pub stale: Vec<String>,
    /// The operator may take a seat; approving also needs a look at the diff.
    pub can_act: bool,
    /// Why I may not; none if I may.
    pub why_not: Option<String>,
}

/// Sorts every open request and waiting deployment by what `me` has to do with it. Seats are shown as overridden where the
/// record, that of the hotfix which is looked at, says so.
pub fn inbox(
    project: &Project,
    requests: &[ChangeRequest],
    deployments: &[Deployment],
    me: &Person,
    looked: &Looked,
    record: Option<&Record>,
) -> Inbox {
    let mut inbox = Inbox::default();
    for request in requests.iter().filter(|request| request.is_open()) {
        let bench = lifted(Bench::of_request(project, request), record);
        let has_decided = request
            .approvals
            .iter()
            .any(|one| &one.by == me && one.head == request.head && one.proof.void.is_none());
        let item = item(&bench, me, has_decided, |seats| InboxItem {
            subject: Subject::Request(request.id),
            kind: InboxKind::Request,
            hotfix: request.hotfix.clone(),
            title: request.title.show(),
            from: Some(request.from.clone()),
            into: request.into.to_string(),
            author: request.author.clone(),
            since: request.opened_at,
            head: request.head.clone(),
            standing: looked.standing(&Subject::Request(request.id), &request.head),
            seats,
            rejections: bench.rejections(),
            stale: [bench.void(), bench.stale()].concat(),
            can_act: false,
            why_not: None,
        });
        inbox.sort_in(item, has_decided);
    }
    for deployment in deployments.iter().filter(|one| waits(one)) {
        let bench = lifted(Bench::of_deployment(project, deployment), record);
        let has_decided = deployment.approvals.iter().any(|one| {
            &one.by == me && one.head == deployment.commit && one.decision == Decision::Approved
        });
        let item = item(&bench, me, has_decided, |seats| InboxItem {
            subject: Subject::Deployment(deployment.id.clone()),
            kind: kind(project, deployment, &seats, record),
            hotfix: deployment.hotfix.clone(),
            title: title(&deployment.environment, deployment),
            from: None,
            into: deployment.environment.to_string(),
            author: deployment.created_by.clone(),
            since: deployment.created_at,
            head: deployment.commit.clone(),
            standing: looked.standing(
                &Subject::Deployment(deployment.id.clone()),
                &deployment.commit,
            ),
            seats,
            rejections: bench.rejections(),
            stale: [bench.void(), bench.stale()].concat(),
            can_act: false,
            why_not: None,
        });
        if deployment.hotfix.is_some() {
            inbox.sort_in(item, has_decided);
        } else {
            inbox.foreign.push(InboxItem {
                can_act: false,
                why_not: Some("it brings no open hotfix live".to_owned()),
                ..item
            });
        }
    }
    inbox
}

/// Returns a bench with what is on record of overrides of its seats.
fn lifted<'a>(bench: Bench<'a>, record: Option<&'a Record>) -> Bench<'a> {
    match record {
        Some(record) => bench.lifting(record),
        None => bench,
    }
}

fn waits(deployment: &Deployment) -> bool {
    match deployment.state {
        DeploymentState::Blocked | DeploymentState::Approved => true,
        // Somebody began with some of its jobs, and the others wait for whoever starts them.
        DeploymentState::Running => deployment.begun().next().is_some(),
        DeploymentState::Rejected
        | DeploymentState::Succeeded
        | DeploymentState::Failed
        | DeploymentState::Cancelled => false,
    }
}

/// Returns how a go-live stands for people. Where its forge keeps no seats, and so calls it blocked until somebody starts
/// it, it is approved once everybody's yes is on record, or what lifts it. What a plan expects is still the forge's own word.
pub fn golive_state(
    project: &Project,
    deployment: &Deployment,
    record: Option<&Record>,
) -> DeploymentState {
    let is_kept_elsewhere = deployment.seats.is_empty() && deployment.jobs.is_empty();
    if deployment.state != DeploymentState::Blocked || !is_kept_elsewhere {
        return deployment.state;
    }
    let bench = lifted(Bench::of_deployment(project, deployment), record);
    if bench.waits().is_empty() && bench.rejections().is_empty() {
        DeploymentState::Approved
    } else {
        DeploymentState::Blocked
    }
}

/// Tells whether a go-live waits for people or for somebody who starts it.
fn kind(
    project: &Project,
    deployment: &Deployment,
    seats: &[SeatState],
    record: Option<&Record>,
) -> InboxKind {
    let is_filled = seats.iter().all(SeatState::is_settled);
    let jobs = &deployment.jobs;
    let is_held = jobs.is_empty() || jobs.iter().any(|job| job.state == JobState::Manual);
    let is_agreed = match golive_state(project, deployment, record) {
        DeploymentState::Approved | DeploymentState::Running => true,
        DeploymentState::Blocked
        | DeploymentState::Rejected
        | DeploymentState::Succeeded
        | DeploymentState::Failed
        | DeploymentState::Cancelled => false,
    };
    if is_filled && is_agreed && is_held && deployment.behind.is_none() {
        InboxKind::Job
    } else {
        InboxKind::Environment
    }
}

fn title(environment: &EnvironmentName, deployment: &Deployment) -> String {
    let commit = deployment.commit.short();
    match begun_jobs(deployment) {
        None => format!("deploy {commit} to {environment}"),
        Some(begun) => format!(
            "deploy the rest of {commit} to {environment}: {}; started: {begun}",
            left_jobs(deployment)
        ),
    }
}

fn item(
    bench: &Bench<'_>,
    me: &Person,
    has_decided: bool,
    make: impl FnOnce(Vec<SeatState>) -> InboxItem,
) -> InboxItem {
    let seats = bench.seats(me);
    let can_act = if seats.is_empty() {
        bench.barred(me).is_none() && !has_decided
    } else {
        seats.iter().any(|seat| seat.why_not_me.is_none())
    };
    let why_not = (!can_act).then(|| why_not(bench, me, &seats));
    InboxItem {
        can_act,
        why_not,
        ..make(seats)
    }
}

fn why_not(bench: &Bench<'_>, me: &Person, seats: &[SeatState]) -> String {
    if let Some(why) = bench.barred(me) {
        return why.to_owned();
    }
    if seats.is_empty() {
        return "you have decided".to_owned();
    }
    let mut reasons: Vec<String> = seats
        .iter()
        .filter_map(|seat| Some(format!("{}: {}", seat.role, seat.why_not_me.as_ref()?)))
        .collect();
    reasons.dedup();
    reasons.join("; ")
}

impl Inbox {
    /// Returns the item about a subject, in whatever group.
    pub fn item(&self, subject: &Subject) -> Option<&InboxItem> {
        self.items().find(|item| &item.subject == subject)
    }

    /// Returns all of it, group by group.
    pub fn items(&self) -> impl Iterator<Item = &InboxItem> {
        let Self {
            mine,
            waiting,
            seen,
            foreign,
        } = self;
        mine.iter().chain(waiting).chain(seen).chain(foreign)
    }

    fn sort_in(&mut self, item: InboxItem, has_decided: bool) {
        let is_asked = item.can_act && !item.seats.is_empty();
        if is_asked {
            self.mine.push(item);
        } else if has_decided {
            self.seen.push(item);
        } else {
            self.waiting.push(item);
        }
    }
}

/// Returns the checks of a request in one line.
pub fn checks_in_words(request: &ChangeRequest) -> String {
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
