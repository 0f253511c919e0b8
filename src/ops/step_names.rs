//! Steps and change requests as people name them: what is not there is told with what is, as it is of lanes.

use crate::engine::Board;
use crate::model::RequestId;
use crate::model::StepId;
use crate::playbook::nearest;

use super::fault::Fault;
use super::fault::FaultKind;

/// Refuses the name of a step that the playbook does not have: words that name nothing are no question for the engine.
pub fn check_step(board: &Board, name: &StepId) -> Result<(), Fault> {
    let book = &board.book;
    if book.step(name).is_some() {
        return Ok(());
    }
    let steps: Vec<&str> = book.steps.iter().map(|step| step.id.as_str()).collect();
    let meant = nearest(name.as_str(), steps.iter().copied());
    let meant = meant.map_or_else(String::new, |near| format!("Did you mean `{near}`? "));
    let summary = format!("playbook `{}` has no step `{name}`", book.id);
    Err(Fault::new(FaultKind::User, summary).hint(format!("{meant}Steps: {}.", steps.join(", "))))
}

/// Refuses the number of a change request that is not there; where nobody could see them, that is for the engine to say.
pub fn check_request(board: &Board, id: RequestId) -> Result<(), Fault> {
    let seen = board.seen.requests.value();
    if seen.is_none_or(|all| all.iter().any(|request| request.id == id)) {
        return Ok(());
    }
    let summary = format!("there is no change request {id} here");
    Err(Fault::new(FaultKind::User, summary)
        .hint("`lanekeeper approvals` lists what can be decided, `lanekeeper status` what a hotfix opened."))
}
