//! The approvals of a project across its hotfixes: mine to decide, mine waiting for others, seen.

use crate::model::BranchName;
use crate::model::ChangeRequest;
use crate::model::Decision;
use crate::model::Deployment;
use crate::model::DeploymentState;
use crate::model::EnvironmentName;
use crate::model::HotfixId;
use crate::model::Person;
use crate::model::Project;
use crate::model::Subject;
use crate::model::Timestamp;

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
}

/// One request or deployment that asks for approvals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxItem {
    pub subject: Subject,
    pub hotfix: Option<HotfixId>,
    pub title: String,
    /// None for deployments.
    pub from: Option<BranchName>,
    /// The target branch, or the environment.
    pub into: String,
    pub author: Person,
    pub since: Timestamp,
    pub seats: Vec<SeatState>,
    /// Why the present head was rejected.
    pub rejections: Vec<String>,
    pub can_act: bool,
    /// Why I may not; none if I may.
    pub why_not: Option<String>,
}

/// Sorts every open request and waiting deployment by what `me` has to do with it.
pub fn inbox(
    project: &Project,
    requests: &[ChangeRequest],
    deployments: &[Deployment],
    me: &Person,
) -> Inbox {
    let mut inbox = Inbox::default();
    for request in requests.iter().filter(|request| request.is_open()) {
        let bench = Bench::of_request(project, request);
        let has_decided = request
            .approvals
            .iter()
            .any(|one| &one.by == me && one.head == request.head);
        let item = item(&bench, me, has_decided, |seats| InboxItem {
            subject: Subject::Request(request.id),
            hotfix: request.hotfix.clone(),
            title: request.title.show(),
            from: Some(request.from.clone()),
            into: request.into.to_string(),
            author: request.author.clone(),
            since: request.opened_at,
            seats,
            rejections: bench.rejections(),
            can_act: false,
            why_not: None,
        });
        inbox.sort_in(item, has_decided);
    }
    for deployment in deployments.iter().filter(|one| waits(one)) {
        let bench = Bench::of_deployment(project, deployment);
        let has_decided = deployment.approvals.iter().any(|one| {
            &one.by == me && one.head == deployment.commit && one.decision == Decision::Approved
        });
        let item = item(&bench, me, has_decided, |seats| InboxItem {
            subject: Subject::Deployment(deployment.id.clone()),
            hotfix: deployment.hotfix.clone(),
            title: title(&deployment.environment, deployment),
            from: None,
            into: deployment.environment.to_string(),
            author: deployment.created_by.clone(),
            since: deployment.created_at,
            seats,
            rejections: bench.rejections(),
            can_act: false,
            why_not: None,
        });
        inbox.sort_in(item, has_decided);
    }
    inbox
}

fn waits(deployment: &Deployment) -> bool {
    match deployment.state {
        DeploymentState::Blocked | DeploymentState::Approved => true,
        DeploymentState::Rejected
        | DeploymentState::Running
        | DeploymentState::Succeeded
        | DeploymentState::Failed
        | DeploymentState::Cancelled => false,
    }
}

fn title(environment: &EnvironmentName, deployment: &Deployment) -> String {
    format!("deploy {} to {environment}", deployment.commit.short())
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
