//! What a person does about a target with git, as no plan does it: offered as git's own line.

use crate::engine::intent::Intent;
use crate::engine::plan::Desk;
use crate::engine::plan::Level;
use crate::engine::plan::merge_by_hand;
use crate::engine::state::NextAction;
use crate::engine::state::StepProgress;
use crate::engine::state::TargetProgress;
use crate::engine::taken_out::taken_out;
use crate::engine::taken_out::taken_out_of_run;
use crate::model::LaneName;
use crate::playbook::Change;

use super::change::find_request;
use super::next::mine;
use super::target_request::target_request;

/// Offers git's own merge where a target conflicts with a branch that people worked on: no plan throws that away.
pub(super) fn merge_in(
    desk: &Desk<'_>,
    step: &StepProgress,
    target: &TargetProgress,
) -> Option<NextAction> {
    let line = merge_by_hand(desk, step, target)?;
    let branch = target.branch.as_ref();
    let text = format!(
        "merge {} into {}, resolve and push",
        target.lane,
        branch.map_or("the branch of its change request", |branch| branch.as_str())
    );
    Some(by_git(step, Some(&target.lane), text, line))
}

/// Offers to take back what took the fix out of a target where git would not bring it there a second time.
pub(super) fn take_back(
    desk: &Desk<'_>,
    step: &StepProgress,
    target: &TargetProgress,
) -> Option<NextAction> {
    let (look, lane) = (desk.look, &target.lane);
    let carry = look.book.step(&step.id)?.work.carry()?;
    let request = target_request(look, &step.id, carry, lane)?;
    let taken_out = taken_out(look, &step.id, carry, lane, request)?;
    let line = taken_out.line();
    Some(by_git(step, Some(lane), taken_out.sentence(lane), line))
}

/// Offers the same in the lane of RUN that a change step brought it into.
pub(super) fn take_back_in_run(
    desk: &Desk<'_>,
    step: &StepProgress,
    change: &Change,
) -> Option<NextAction> {
    let request = find_request(desk.look, &step.id, change)?;
    let taken_out = taken_out_of_run(desk.look, &change.into, request)?;
    let (text, line) = (taken_out.sentence(&change.into), taken_out.line());
    Some(by_git(step, None, text, line))
}

fn by_git(
    step: &StepProgress,
    target: Option<&LaneName>,
    text: String,
    line: String,
) -> NextAction {
    let intent = Intent::Do {
        step: step.id.clone(),
        target: target.cloned(),
        note: None,
        riders: None,
    };
    NextAction {
        by_git: Some(line),
        ..mine(intent, text, Level::L0)
    }
}
