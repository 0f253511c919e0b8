//! Who decided the merged requests of a hotfix, where the forge's list does not tell: asked of those alone that its record
//! or its steps name, so that none of them is left out, however many others were merged since.

use crate::engine::Observation;
use crate::engine::Own;
use crate::engine::derive;
use crate::forge::Forge;
use crate::model::RequestId;
use crate::model::Seen;
use crate::model::chain_text;
use crate::playbook::Playbook;
use crate::record::Record;

/// Adds those decisions to the requests that were seen. Where they cannot be asked for, the requests are only as they were
/// seen last: nobody's yes must look as if it had not been given.
pub(in crate::ops) async fn decided(
    forge: &dyn Forge,
    book: &Playbook,
    record: &Record,
    seen: &mut Observation,
) {
    if forge.lists_decisions() {
        return;
    }
    let merged = named(book, record, seen);
    if merged.is_empty() {
        return;
    }
    let found = match forge.decisions(&merged).await {
        Ok(found) => found,
        Err(error) => {
            seen.requests = Seen::unknown(chain_text(&error)).or_previous(&seen.requests);
            return;
        }
    };
    if let Seen::Known { value, .. } | Seen::Stale { value, .. } = &mut seen.requests {
        for request in value {
            if let Some(decisions) = found.get(&request.id) {
                request.approvals.clone_from(decisions);
            }
        }
    }
}

fn named(book: &Playbook, record: &Record, seen: &Observation) -> Vec<RequestId> {
    let progress = derive(book, record, seen);
    let requests = Own::about(record, seen, &progress).requests();
    let merged = requests.filter(|request| request.merged().is_some());
    merged.map(|request| request.id).collect()
}
