//! What can be done about a lane in which a backport was merged and is not, or not as it was: asked of the planner, so that
//! nothing is named that it refuses.

use std::collections::BTreeMap;

use crate::engine::Board;
use crate::engine::Intent;
use crate::engine::TargetProgress;
use crate::engine::plan;
use crate::model::ChangeRequest;
use crate::model::LaneName;
use crate::model::StepId;
use crate::record::Record;

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
    let again = Intent::Do {
        step: step.clone(),
        target: Some(target.lane.clone()),
        note: None,
        riders: None,
    };
    match plan(&again, &board.book, record, &board.seen) {
        Ok(_) if is_lost(target) => {
            Some("--start-over builds it again under a new name".to_owned())
        }
        Ok(_) => None,
        Err(refusal) => refusal.hint,
    }
}
