//! Who decided the merged requests of a hotfix, where the forge's list does not tell: asked of those alone that its record
//! or its steps name, so that none of them is left out, however many others were merged since. What was told stays so.

use std::collections::BTreeMap;

use crate::engine::Observation;
use crate::engine::Own;
use crate::engine::Progress;
use crate::forge::Forge;
use crate::model::Approval;
use crate::model::RequestId;
use crate::model::Seen;
use crate::model::chain_text;
use crate::record::Record;

use super::Ended;

/// Adds the decisions that an earlier look asked for to the merged requests that were seen.
pub(in crate::ops) fn decided_before(ended: &Ended, seen: &mut Observation) {
    add(&ended.decisions(), seen);
}

/// Asks for those of the hotfix's merged requests of which nobody knows any yet, and adds them; tells whether anything is
/// seen otherwise now. Where they cannot be asked for, the requests are only as they were seen last: nobody's yes must look
/// as if it had not been given.
pub(in crate::ops) async fn decided(
    forge: &dyn Forge,
    ended: &Ended,
    record: &Record,
    progress: &Progress,
    seen: &mut Observation,
) -> bool {
    if forge.lists_decisions() {
        return false;
    }
    let requests = Own::about(record, seen, progress).requests();
    let mut merged: Vec<RequestId> = requests
        .filter(|request| request.merged().is_some())
        .map(|request| request.id)
        .collect();
    merged.retain(|id| !ended.decisions().contains_key(id));
    if merged.is_empty() {
        return false;
    }
    let found = match forge.decisions(&merged).await {
        Ok(found) => found,
        Err(error) => {
            seen.requests = Seen::unknown(chain_text(&error)).or_previous(&seen.requests);
            return true;
        }
    };
    add(&found, seen);
    let is_other = !found.is_empty();
    ended.decisions().extend(found);
    is_other
}

fn add(found: &BTreeMap<RequestId, Vec<Approval>>, seen: &mut Observation) {
    let requests = match &mut seen.requests {
        Seen::Known { value, .. } | Seen::Stale { value, .. } => value,
        Seen::Unknown { .. } => return,
    };
    for request in requests.iter_mut().filter(|one| one.merged().is_some()) {
        if let Some(decisions) = found.get(&request.id) {
            request.approvals.clone_from(decisions);
        }
    }
}
