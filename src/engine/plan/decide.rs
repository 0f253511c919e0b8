//! Taking a seat, or saying no.

use crate::engine::comparison::DiffOf;
use crate::engine::look::sight;
use crate::engine::seats::Bench;
use crate::engine::state::SeatState;
use crate::model::CommitId;
use crate::model::Decision;
use crate::model::DeploymentState;
use crate::model::Role;
use crate::model::Subject;

use super::Call;
use super::Desk;
use super::Expectation;
use super::Level;
use super::Refusal;
use super::about::About;
use super::deploy::is_production;
use super::draft::Draft;
use super::refuse;
use super::request::open_at_head;

/// What is said about a subject.
pub(super) struct Vote<'a> {
    pub(super) decision: Decision,
    pub(super) role: Option<&'a Role>,
    pub(super) comment: Option<&'a String>,
    /// The head whose diff the operator looked at; only a yes needs it.
    pub(super) seen: Option<&'a CommitId>,
}

pub(super) fn plan_decision(
    desk: &Desk<'_>,
    subject: &Subject,
    vote: &Vote<'_>,
) -> Result<Draft, Refusal> {
    let Vote {
        decision,
        role,
        comment,
        seen,
    } = *vote;
    let verb = match decision {
        Decision::Approved => "approve",
        Decision::Rejected => "reject",
    };
    let wanted = format!("{verb} {subject}");
    match subject {
        Subject::Request(_) => desk.can_see(&wanted)?,
        Subject::Deployment(_) => {
            if let Some(blind) = sight("the deployments", Some(&desk.look.seen.deployments)) {
                return Err(refuse(wanted, blind.words(desk.look.seen.now)));
            }
        }
    }
    let Some(what) = About::find(desk.look, subject) else {
        return Err(refuse(wanted, format!("there is no {subject} here"))
            .hint("`lanekeeper approvals` lists what can be decided"));
    };
    if let Some(why) = what.is_past() {
        return Err(refuse(wanted, why));
    }
    let bench = what.bench(desk);
    let seat = seat(desk, &wanted, decision, &bench, role)?;
    let looked = match decision {
        Decision::Approved => Some(has_looked(&wanted, subject, bench.head(), seen)?),
        Decision::Rejected => None,
    };
    let mut draft = Draft::new(
        match &seat {
            Some(role) => format!("{wanted} as {role}"),
            None => wanted,
        },
        Level::L3,
    );
    if let (About::Deployment(deployment), Decision::Approved) = (what, decision)
        && desk
            .look
            .seen
            .capabilities
            .is_started_by_approval(&deployment.environment)
    {
        draft.warn("on this forge the last approval starts the deployment".to_owned());
        if is_production(desk, &deployment.environment) {
            draft.level = Level::L4;
            draft.environment = Some(deployment.environment.clone());
        }
    }
    draft.call(
        Call::Decide {
            subject: subject.clone(),
            head: bench.head().clone(),
            role: seat,
            decision,
            comment: comment.cloned(),
        },
        vec![what.expectation()],
    );
    draft.ok(format!("you decide about {}", bench.head().short()));
    if let Some(looked) = looked {
        draft.ok(looked);
    }
    draft.will_change.push(format!(
        "your decision on {subject}; a new head makes it void"
    ));
    draft.will_not_change = vec!["branches, environments".to_owned()];
    draft.way_back = match decision {
        Decision::Approved => "reject it".to_owned(),
        Decision::Rejected => "approve it".to_owned(),
    };
    Ok(draft)
}

/// Refuses a yes about something that was not looked at as it stands; else returns the fact.
fn has_looked(
    wanted: &str,
    subject: &Subject,
    head: &CommitId,
    seen: Option<&CommitId>,
) -> Result<String, Refusal> {
    let of = DiffOf::Subject(subject.clone());
    match seen {
        Some(seen) if seen == head => Ok(format!("its diff was looked at, at {}", head.short())),
        Some(seen) => Err(refuse(
            wanted,
            format!(
                "it changed since you looked: that was {}, and it stands at {} now",
                seen.short(),
                head.short()
            ),
        )
        .hint(format!("look again: `lanekeeper diff {of}`"))),
        None => Err(refuse(
            wanted,
            format!("its diff was not opened at {}", head.short()),
        )
        .hint(format!(
            "`lanekeeper diff {of}` shows it; a script names the head that it approves: --seen {}",
            head.short()
        ))),
    }
}

impl About<'_> {
    fn is_past(self) -> Option<String> {
        match self {
            Self::Request(request) if request.merged().is_some() => {
                Some(format!("change request {} is merged", request.id))
            }
            Self::Request(request) if !request.is_open() => {
                Some(format!("change request {} is closed", request.id))
            }
            Self::Request(_) => None,
            Self::Deployment(deployment) => match deployment.state {
                DeploymentState::Blocked | DeploymentState::Approved => None,
                DeploymentState::Rejected
                | DeploymentState::Running
                | DeploymentState::Succeeded
                | DeploymentState::Failed
                | DeploymentState::Cancelled => Some(format!(
                    "deployment {} is past deciding: {}",
                    deployment.id,
                    deployment.state.word()
                )),
            },
        }
    }

    fn expectation(self) -> Expectation {
        match self {
            Self::Request(request) => open_at_head(request),
            Self::Deployment(deployment) => Expectation::DeploymentIs {
                deployment: deployment.id.clone(),
                state: deployment.state,
            },
        }
    }
}

/// Returns the seat to decide in: the one asked for, or the only one that is open to me.
fn seat(
    desk: &Desk<'_>,
    wanted: &str,
    decision: Decision,
    bench: &Bench<'_>,
    role: Option<&Role>,
) -> Result<Option<Role>, Refusal> {
    let me = &desk.look.seen.me;
    if let Some(why) = bench.barred(me) {
        return Err(
            refuse(wanted, format!("you cannot decide here: {why}")).hint("somebody else must")
        );
    }
    let seats = bench.seats(me);
    if seats.is_empty() {
        return match role {
            Some(role) => Err(refuse(wanted, format!("no {role} is asked for here"))),
            None => Ok(None),
        };
    }
    let open = |seat: &&SeatState| match decision {
        Decision::Approved => seat.why_not_me.is_none(),
        // Whoever holds a seat's role may say no, also after a yes, their own or another's.
        Decision::Rejected => {
            bench.is_of_forge(&seat.role) || desk.look.project().roles.has(me, &seat.role)
        }
    };
    if let Some(role) = role {
        let Some(seat) = seats.iter().find(|seat| &seat.role == role) else {
            let asked: Vec<&str> = bench.roles().iter().map(Role::as_str).collect();
            return Err(refuse(wanted, format!("no {role} is asked for here"))
                .hint(format!("seats: {}", asked.join(", "))));
        };
        if open(&seat) {
            return Ok(Some(seat.role.clone()));
        }
        return Err(refuse(wanted, why_not(seat)));
    }
    let mine: Vec<&SeatState> = seats.iter().filter(open).collect();
    match mine.as_slice() {
        [] => Err(Refusal {
            wanted: wanted.to_owned(),
            reasons: seats.iter().map(why_not).collect(),
            hint: None,
        }),
        [only] => Ok(Some(only.role.clone())),
        [..] => {
            let roles: Vec<&str> = mine.iter().map(|seat| seat.role.as_str()).collect();
            Err(refuse(
                wanted,
                "you may sit in more than one seat, but only in one of them",
            )
            .hint(format!("say which: --role {}", roles.join(" or --role "))))
        }
    }
}

fn why_not(seat: &SeatState) -> String {
    let why = seat
        .why_not_me
        .as_deref()
        .unwrap_or("you do not have this role");
    format!("{}: {why}", seat.role)
}
