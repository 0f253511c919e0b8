//! Seats of deployments of which the forge keeps no decisions: the record does, and whoever looks sees them where a
//! forge would have shown them.

use crate::engine::Observation;
use crate::forge::Forge;
use crate::model::Approval;
use crate::model::Seen;
use crate::model::Subject;
use crate::record::Record;

/// Returns what was decided about deployments, in the order of the records.
pub(in crate::ops) fn recorded_decisions(records: &[Record]) -> Vec<(Subject, Approval)> {
    records
        .iter()
        .flat_map(|record| record.approvals.iter().cloned())
        .filter(|(subject, _)| matches!(subject, Subject::Deployment(_)))
        .collect()
}

/// Adds recorded decisions to the deployments that they are about, each for the commit that was looked at, and only in
/// seats that `forge` itself keeps none of: of the others it alone tells who sits.
pub(in crate::ops) fn seat_recorded(
    seen: &mut Observation,
    decisions: &[(Subject, Approval)],
    forge: &dyn Forge,
) {
    let deployments = match &mut seen.deployments {
        Seen::Known { value, .. } | Seen::Stale { value, .. } => value,
        Seen::Unknown { .. } => return,
    };
    for deployment in deployments {
        let subject = Subject::Deployment(deployment.id.clone());
        let about_it = decisions.iter().filter(|(about, _)| *about == subject);
        let ours: Vec<&Approval> = about_it
            .map(|(_, approval)| approval)
            .filter(|approval| !forge.keeps_decisions(deployment, approval.role.as_ref()))
            .filter(|approval| !deployment.approvals.contains(approval))
            .collect();
        if ours.is_empty() {
            // The order is the forge's.
            continue;
        }
        deployment.approvals.extend(ours.into_iter().cloned());
        // Two consoles write into records of their own; the time is all that tells which word was the last.
        deployment.approvals.sort_by_key(|approval| approval.at);
    }
}
