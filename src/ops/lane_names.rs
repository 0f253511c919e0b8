//! Names of lanes as people type them: what is no lane is told with those that there are.

use crate::engine::Board;
use crate::model::LaneName;
use crate::playbook::nearest;

use super::fault::Fault;
use super::fault::FaultKind;

/// More lanes than this are not listed in a sentence.
const LISTED: usize = 12;

/// Returns the lane of that name or branch.
pub(super) fn find_lane(board: &Board, name: &str) -> Result<LaneName, Fault> {
    let lanes = &board.book.project.lanes;
    let found = lanes
        .iter()
        .find(|lane| lane.name.as_str() == name || lane.branch.as_str() == name);
    found
        .map(|lane| lane.name.clone())
        .ok_or_else(|| no_lane(board, name))
}

/// Refuses the name of a lane that is not there: words that name nothing are no question for the engine.
pub fn check_lane(board: &Board, name: &LaneName) -> Result<(), Fault> {
    match board.book.project.lane(name) {
        Some(_) => Ok(()),
        None => Err(no_lane(board, name.as_str())),
    }
}

fn no_lane(board: &Board, name: &str) -> Fault {
    let lanes = board.book.project.lanes.iter();
    let lanes: Vec<&str> = lanes.map(|lane| lane.name.as_str()).collect();
    let fault = Fault::new(FaultKind::User, format!("there is no lane `{name}`"));
    match listed(name, &lanes) {
        Some(listed) => fault.hint(format!("{listed} `lanekeeper lanes` shows them.")),
        None => fault.hint("Describe the lanes first: lanekeeper init"),
    }
}

/// Says which lanes there are, and which of them was meant where a slip of the keys may have been; none where there are
/// none.
pub(super) fn listed(name: &str, lanes: &[&str]) -> Option<String> {
    if lanes.is_empty() {
        return None;
    }
    let meant = nearest(name, lanes.iter().copied());
    let meant = meant.map_or_else(String::new, |near| format!("Did you mean `{near}`? "));
    let shown = &lanes[..lanes.len().min(LISTED)];
    let more = if lanes.len() > LISTED { ", …" } else { "" };
    Some(format!("{meant}Lanes: {}{more}.", shown.join(", ")))
}
