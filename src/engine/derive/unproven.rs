//! A change that is done, and how it was merged: what the checklist says of that needs more than the fix being there.

use crate::engine::look::Look;
use crate::engine::state::Evidence;
use crate::engine::state::StepProgress;
use crate::engine::state::StepState;
use crate::model::StepId;
use crate::playbook::Source;
use crate::playbook::Work;

/// Returns why nothing shows how a change that is done was merged: no request brought the fix, a promotion is no merge
/// commit, or it went into production past the plan that looks at the freeze and has its riders accepted. None for every
/// other step, and for one that is not done.
pub(super) fn unproven(look: Look<'_>, steps: &[StepProgress], id: &StepId) -> Option<String> {
    let step = steps.iter().find(|step| &step.id == id)?;
    let Work::Change(change) = &look.book.step(id)?.work else {
        return None;
    };
    let StepState::Done(evidence) = &step.state else {
        return None;
    };
    let merged = evidence.iter().find_map(|proof| {
        let Evidence::Merged {
            request, commit, ..
        } = proof
        else {
            return None;
        };
        Some((*request, commit))
    });
    let Some((request, commit)) = merged else {
        return Some(format!(
            "the fix is in {}, but no change request of this hotfix brought it there",
            change.into
        ));
    };
    let Source::Lane(from) = &change.from else {
        return None;
    };
    if look.commit(commit).is_some_and(|commit| !commit.is_merge()) {
        return Some(format!(
            "change request {request} was not merged with a merge commit"
        ));
    }
    let is_ours = look
        .record
        .merges
        .get(&(id.clone(), None))
        .is_some_and(|merge| merge.request == request);
    let accepted = look.record.riders.get(id);
    let is_accepted = accepted.is_some_and(|accepted| {
        let listed = look.requests().iter().find(|one| one.id == request);
        let head = listed.and_then(|one| Some(&one.merged()?.head));
        head == Some(&accepted.from_tip)
    });
    (look.is_production(&change.into) && !is_ours && !is_accepted).then(|| {
        format!(
            "change request {request} was merged elsewhere: nothing shows that {from} was not frozen and its riders were accepted"
        )
    })
}
