//! Which change requests belong to a hotfix, and which of them brought its fix into RUN.

use crate::model::ChangeRequest;
use crate::model::Merged;
use crate::playbook::Playbook;
use crate::record::Record;

/// Tells whether a request belongs to this hotfix: by its marker, or from the hotfix branch without any.
///
/// A branch name is used again sooner or later. What an earlier hotfix did from a branch of that name is not ours.
pub fn is_ours(record: &Record, request: &ChangeRequest) -> bool {
    match &request.hotfix {
        Some(hotfix) => hotfix == &record.hotfix,
        None => record
            .opening
            .as_ref()
            .is_some_and(|opening| opening.branch == request.from),
    }
}

/// Returns the merged requests by which the fix left its own branch for RUN, in the order they were opened. Usually
/// one; more where commits were added after the first was merged.
pub(super) fn source_requests<'a>(
    book: &Playbook,
    record: &Record,
    requests: &'a [ChangeRequest],
) -> Vec<&'a ChangeRequest> {
    let Some(opening) = &record.opening else {
        return Vec::new();
    };
    let into = book.steps.iter().find_map(|step| {
        let lane = step.work.takes_fix_into()?;
        book.project.lane(lane)?.branch_name()
    });
    let mut found: Vec<&ChangeRequest> = requests
        .iter()
        .filter(|request| {
            request.from == opening.branch
                && Some(&request.into) == into.as_ref()
                && is_ours(record, request)
                && request.merged().is_some()
        })
        .collect();
    if found.is_empty() && !book.lands_fix() {
        found = bringers(record, requests);
    }
    found.sort_by_key(|request| request.id);
    found
}

/// Returns the merged requests that brought what somebody asked to carry, as far as history tells.
fn bringers<'a>(record: &Record, requests: &'a [ChangeRequest]) -> Vec<&'a ChangeRequest> {
    let Some(snapshot) = &record.snapshot else {
        return Vec::new();
    };
    requests
        .iter()
        .filter(|request| {
            request.merged().is_some_and(|merged| {
                merged.commit == snapshot.head || merged.head == snapshot.head
            })
        })
        .collect()
}

/// Returns the first of them: what the hotfix is named by elsewhere.
pub(super) fn source_request<'a>(
    book: &Playbook,
    record: &Record,
    requests: &'a [ChangeRequest],
) -> Option<&'a ChangeRequest> {
    source_requests(book, record, requests).into_iter().next()
}

/// Returns how each of them was merged.
pub(super) fn source_merges<'a>(
    book: &Playbook,
    record: &Record,
    requests: &'a [ChangeRequest],
) -> Vec<&'a Merged> {
    source_requests(book, record, requests)
        .into_iter()
        .filter_map(ChangeRequest::merged)
        .collect()
}
