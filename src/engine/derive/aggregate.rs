//! What a step with many targets is: the worst of them that a person must see, with every reason.

use crate::engine::state::Evidence;
use crate::engine::state::StepState;
use crate::engine::state::TargetProgress;
use crate::engine::state::WaitingOn;

/// Returns the step's state from its targets': the worst that a person must see, with every reason.
pub(super) fn aggregate(targets: &[TargetProgress]) -> StepState {
    if targets.is_empty() {
        return StepState::Done(vec![Evidence::Nothing {
            why: "nothing to do: no lane needs it".to_owned(),
        }]);
    }
    let mut evidence = Vec::new();
    let mut failures = Vec::new();
    let mut waits: Vec<WaitingOn> = Vec::new();
    let mut skipped = None;
    let (mut over, mut ready, mut underway) = (0, 0, 0);
    for target in targets {
        match &target.state {
            StepState::Done(why) => {
                over += 1;
                evidence.extend(why.iter().cloned());
            }
            StepState::Skipped { .. } => {
                over += 1;
                skipped = Some(target.state.clone());
            }
            StepState::Failed(why) => failures.extend(why.iter().cloned()),
            StepState::Ready => ready += 1,
            StepState::Waiting(on) => push_new(&mut waits, on),
            StepState::Underway(on) => {
                underway += 1;
                push_new(&mut waits, on);
            }
        }
    }
    if over == targets.len() {
        return match skipped {
            Some(state) if evidence.is_empty() => state,
            Some(_) | None => StepState::Done(evidence),
        };
    }
    if !failures.is_empty() {
        return StepState::Failed(failures);
    }
    if over > 0 || underway > 0 {
        return StepState::Underway(waits);
    }
    if ready > 0 {
        StepState::Ready
    } else {
        StepState::Waiting(waits)
    }
}

fn push_new(waits: &mut Vec<WaitingOn>, on: &[WaitingOn]) {
    for reason in on {
        if !waits.contains(reason) {
            waits.push(reason.clone());
        }
    }
}
