//! What a promotion waits for besides its request: riders, a frozen RUN, a conflict ahead.

use crate::engine::look::Look;
use crate::engine::look::sight;
use crate::engine::other_base;
use crate::engine::state::WaitingOn;
use crate::model::CommitId;
use crate::model::PredictionOutcome;
use crate::model::StepId;
use crate::playbook::Change;
use crate::playbook::Source;

/// Returns the freeze that this promotion into production would break.
pub(in crate::engine) fn frozen_by<'a>(
    look: Look<'a>,
    change: &Change,
) -> Option<&'a crate::engine::observation::Frozen> {
    let frozen = look.seen.frozen.value()?.as_ref()?;
    let Source::Lane(from) = &change.from else {
        return None;
    };
    (from == &frozen.lane && look.is_production(&change.into)).then_some(frozen)
}

/// Returns what a promotion waits for besides its request: sight of the edge, the freeze, riders.
pub(super) fn freeze(look: Look<'_>, change: &Change, step: &StepId) -> Vec<WaitingOn> {
    let Source::Lane(from) = &change.from else {
        return Vec::new();
    };
    let mut waits = Vec::new();
    if look.is_production(&change.into) {
        waits.extend(other_base::locks(look, from));
    }
    let edge = look.edge(from, &change.into);
    waits.extend(sight(
        &format!("what {from} would bring to {}", change.into),
        edge,
    ));
    if look.is_production(&change.into) {
        waits.extend(sight("whether RUN is frozen", Some(&look.seen.frozen)));
    }
    let frozen = frozen_by(look, change);
    let Some(edge) = edge.and_then(crate::model::Seen::value) else {
        return waits;
    };
    if riders_accepted(look, step, change) {
        return waits;
    }
    if let Some(frozen) = frozen {
        waits.push(WaitingOn::Frozen {
            lane: frozen.lane.clone(),
            by: frozen.by.clone(),
        });
    }
    let count = edge.riders.count();
    if frozen.is_some() || (change.accept_riders && count > 0) {
        waits.push(WaitingOn::Riders { count });
    }
    waits
}

/// Tells whether the riders there are now were accepted, for exactly these tips.
pub(in crate::engine) fn riders_accepted(look: Look<'_>, step: &StepId, change: &Change) -> bool {
    let Source::Lane(from) = &change.from else {
        return true;
    };
    let Some(edge) = look
        .edge(from, &change.into)
        .and_then(crate::model::Seen::value)
    else {
        return false;
    };
    let Some(accepted) = look.record.riders.get(step) else {
        return false;
    };
    let listed = edge.riders.listed.iter();
    let listed: Vec<&CommitId> = listed.map(|rider| &rider.commit.id).collect();
    accepted.from_tip == edge.from_tip
        && accepted.into_tip == edge.into_tip
        && accepted.left_out == edge.riders.left_out
        && accepted.listed.len() == listed.len()
        && listed.iter().all(|rider| accepted.listed.contains(rider))
}

/// Before there is a request, a promotion that would conflict is known from memory.
pub(in crate::engine) fn predicted_conflict(look: Look<'_>, change: &Change) -> Option<WaitingOn> {
    let Source::Lane(from) = &change.from else {
        return None;
    };
    match &look.edge(from, &change.into)?.value()?.promotion {
        PredictionOutcome::Conflict { paths } => Some(WaitingOn::Conflicts {
            request: None,
            paths: paths.clone(),
        }),
        PredictionOutcome::Clean
        | PredictionOutcome::Already
        | PredictionOutcome::Blocked { .. }
        | PredictionOutcome::Unknown { .. } => None,
    }
}
