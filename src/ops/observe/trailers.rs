//! Requests that somebody opened by hand for what was picked for a hotfix: the commit keeps the trailer that says so.

use std::collections::BTreeSet;

use crate::model::BranchName;
use crate::model::ChangeRequest;
use crate::model::HotfixId;
use crate::model::RequestId;

use super::Look;

const TRAILER: &str = "Hotfix-Id: ";

/// Returns the requests without a hotfix whose head names this one, where that was fetched.
pub(super) fn found(look: &Look, requests: &[ChangeRequest]) -> BTreeSet<RequestId> {
    let Some(record) = look.record.as_deref() else {
        return BTreeSet::new();
    };
    let targets: Vec<BranchName> = look
        .book
        .steps
        .iter()
        .filter_map(|step| step.work.carry())
        .flat_map(|carry| &carry.targets)
        .filter_map(|lane| look.book.project.lane(lane)?.branch_name())
        .collect();
    requests
        .iter()
        .filter(|request| {
            request.hotfix.is_none()
                && targets.contains(&request.into)
                // A lane takes whatever it has along; its tip says nothing of what the request is for.
                && look.book.project.lane_of_branch(&request.from).is_none()
                && (request.is_open() || request.merged().is_some())
                && names(look, request, &record.hotfix)
        })
        .map(|request| request.id)
        .collect()
}

/// Returns the requests, those that were found with their hotfix.
pub(super) fn told(
    mut requests: Vec<ChangeRequest>,
    found: &BTreeSet<RequestId>,
    hotfix: Option<&HotfixId>,
) -> Vec<ChangeRequest> {
    for request in &mut requests {
        if found.contains(&request.id) {
            request.hotfix = hotfix.cloned();
        }
    }
    requests
}

/// Tells whether the head's message has the trailer of a hotfix. A head that is not here says nothing.
fn names(look: &Look, request: &ChangeRequest, hotfix: &HotfixId) -> bool {
    let head = request
        .merged()
        .map_or(&request.head, |merged| &merged.head);
    let Ok(commit) = look.repo.commit(head) else {
        return false;
    };
    let named = |line: &str| line.strip_prefix(TRAILER) == Some(hotfix.as_str());
    commit.message.raw().lines().any(named)
}
