//! Solo mode: the record is on one machine, and one comment per hotfix is the copy that others read (safety.md 3.9).
//!
//! Guaranteed: the comment is part of the plan that changes the record, like every call; it is edited in place. Not
//! guaranteed: that it is up to date where a plan stopped before it; the next plan brings it up to date.

use crate::model::RequestId;

use super::Call;
use super::Change;
use super::Desk;
use super::RequestRef;
use super::draft::Draft;

/// Adds the copy to the end of a plan, where the record is here alone and the forge shows comments.
pub(super) fn copy_along(desk: &Desk<'_>, draft: &mut Draft) {
    let seen = desk.look.seen;
    if !seen.is_record_here || !seen.capabilities.keeps_comments {
        return;
    }
    // One that goes on with an interrupted plan has it from there. A record that is only put back is copied by what is
    // done next.
    let is_no_time = |change: &Change| {
        matches!(
            change.call,
            Call::Mirror { .. } | Call::Import { .. } | Call::Archive { .. } | Call::Restore { .. }
        )
    };
    if draft.changes.is_empty() || draft.changes.iter().any(is_no_time) {
        return;
    }
    let Some(request) = first_request(desk).or_else(|| opened(&draft.changes)) else {
        return;
    };
    draft.will_change.push(format!(
        "one comment on change request {request}   the copy of the record, edited in place"
    ));
    draft.call(Call::Mirror { request }, Vec::new());
}

/// Returns the first request of the hotfix: requests are numbered in their order.
fn first_request(desk: &Desk<'_>) -> Option<RequestRef> {
    let opened = desk.look.record.requests.values();
    let first: Option<RequestId> = opened.map(|one| one.request).min();
    first.map(RequestRef::Id)
}

/// Returns the first request that the plan opens.
fn opened(changes: &[Change]) -> Option<RequestRef> {
    changes.iter().find_map(|change| {
        let Call::OpenRequest { from, into, .. } = &change.call else {
            return None;
        };
        let (from, into) = (from.clone(), into.clone());
        Some(RequestRef::Opened { from, into })
    })
}
