//! Whose yes is asked for next; and whose no, where nobody is left to say yes.

use crate::engine::intent::Intent;
use crate::engine::plan::Desk;
use crate::engine::plan::Level;
use crate::engine::state::NextAction;
use crate::engine::state::Prerequisite;
use crate::engine::state::SeatState;
use crate::engine::state::StepProgress;
use crate::engine::state::StepState;
use crate::engine::state::WaitingOn;

use super::next::mine;

/// Offers the seats of a step, or what ends a go-live that waits for them in vain.
pub(super) fn votes(desk: &Desk<'_>, step: &StepProgress, actions: &mut Vec<NextAction>) {
    match way_out(desk, step) {
        Some(action) => actions.push(action),
        None => seats(step, actions),
    }
}

/// Returns what ends a go-live that nobody can approve, since whoever could created it: somebody in another seat rejects it,
/// and somebody else creates another one.
fn way_out(desk: &Desk<'_>, step: &StepProgress) -> Option<NextAction> {
    let StepState::Underway(on) = &step.state else {
        return None;
    };
    let dead_end = on.iter().find(|reason| reason.is_dead_end())?;
    let WaitingOn::Seat { role, subject, .. } = dead_end else {
        return None;
    };
    let me = &desk.look.seen.me;
    let is_mine =
        |seat: &&SeatState| seat.why_not_me.is_none() || seat.taken_by.as_ref() == Some(me);
    let mut others = step.seats.iter().filter(|seat| !seat.allowed.is_empty());
    let seat = others.clone().find(is_mine).or_else(|| others.next())?;
    let who = if is_mine(&seat) {
        Prerequisite::Me
    } else {
        Prerequisite::Others {
            role: Some(seat.role.clone()),
            ids: seat.allowed.clone(),
        }
    };
    let intent = Intent::Reject {
        subject: subject.clone(),
        role: Some(seat.role.clone()),
        comment: None,
    };
    let text = format!(
        "reject {subject} as {}, so that somebody else creates another: nobody may take the seat of {role}",
        seat.role
    );
    Some(NextAction {
        who,
        ..mine(intent, text, Level::L3)
    })
}

/// Offers each seat to the operator, or names those who can take it; what nobody can take is not asked of anybody.
fn seats(step: &StepProgress, actions: &mut Vec<NextAction>) {
    let is_asked = |role| match &step.state {
        StepState::Underway(on) => on.iter().any(|reason| {
            matches!(
                reason,
                WaitingOn::Seat { role: wanted, .. } | WaitingOn::StaleApproval { role: wanted, .. }
                    if wanted == role
            )
        }),
        StepState::Waiting(_)
        | StepState::Ready
        | StepState::Done(_)
        | StepState::Failed(_)
        | StepState::Skipped { .. } => false,
    };
    for seat in step
        .seats
        .iter()
        .filter(|seat| seat.taken_by.is_none() && is_asked(&seat.role))
        .filter(|seat| seat.why_not_me.is_none() || !seat.allowed.is_empty())
    {
        let who = if seat.why_not_me.is_none() {
            Prerequisite::Me
        } else {
            Prerequisite::Others {
                role: Some(seat.role.clone()),
                ids: seat.allowed.clone(),
            }
        };
        actions.push(NextAction {
            intent: Intent::Approve {
                subject: seat.subject.clone(),
                role: Some(seat.role.clone()),
                comment: None,
                seen: None,
            },
            text: format!("approve {} as {}", seat.subject, seat.role),
            level: Level::L3,
            who,
            resolves: None,
            by_git: None,
        });
    }
}
