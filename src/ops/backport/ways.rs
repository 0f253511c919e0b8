//! What can be done about a lane in which a backport was merged and is not, or not as it was: asked of the planner, so that
//! nothing is named that it refuses.

use std::collections::BTreeMap;

use crate::engine::Board;
use crate::engine::Intent;
use crate::engine::TargetProgress;
use crate::model::ChangeRequest;
use crate::model::LaneName;
use crate::model::PredictionOutcome;
use crate::model::Seen;
use crate::model::StepId;
use crate::record::Record;

use super::newest::UNDER_ANOTHER;
use super::newest::UNDER_NEW_NAME;
use super::newest::is_over;
use super::standing::is_lost;
use super::standing::targets_of;

/// Returns the way out of each lane that was merged and needs a person, by lane.
pub(super) fn ways(board: &Board, record: &Record, step: &StepId) -> BTreeMap<LaneName, String> {
    targets_of(board)
        .filter(|target| !target.state.is_over() && is_merged(board, target))
        .filter_map(|target| Some((target.lane.clone(), way(board, record, step, target)?)))
        .collect()
}

fn is_merged(board: &Board, target: &TargetProgress) -> bool {
    let request = target.request.and_then(|id| board.seen.request(id));
    request.and_then(ChangeRequest::merged).is_some()
}

fn way(board: &Board, record: &Record, step: &StepId, target: &TargetProgress) -> Option<String> {
    if is_over(board, record) {
        // The planner adds nothing to this one: whether another would carry it is told by what it sees.
        return Some(if can_change(target) {
            UNDER_ANOTHER.to_owned()
        } else {
            format!(
                "look at {}, and carry it there by hand if it is missing: its record is closed",
                target.lane
            )
        });
    }
    let again = Intent::Do {
        step: step.clone(),
        target: Some(target.lane.clone()),
        note: None,
        riders: None,
    };
    match board.plan(&again, record) {
        Ok(_) if is_lost(target) => Some(UNDER_NEW_NAME.to_owned()),
        Ok(_) => None,
        Err(refusal) => refusal.hint,
    }
}

/// Tells whether the same once more would change something in the lane.
fn can_change(target: &TargetProgress) -> bool {
    let seen = target.prediction.as_ref().and_then(Seen::value);
    let is_already =
        seen.is_some_and(|prediction| prediction.outcome == PredictionOutcome::Already);
    is_lost(target) && target.is_open_again() && !is_already
}
