//! Seats of deployments on a forge that keeps no decisions about them: the record does, and whoever looks sees them
//! where a forge would have shown them.

use crate::engine::Observation;
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

/// Adds recorded decisions to the deployments that they are about, each for the commit that was looked at.
pub(in crate::ops) fn seat_recorded(seen: &mut Observation, decisions: &[(Subject, Approval)]) {
    let deployments = match &mut seen.deployments {
        Seen::Known { value, .. } | Seen::Stale { value, .. } => value,
        Seen::Unknown { .. } => return,
    };
    for deployment in deployments {
        let subject = Subject::Deployment(deployment.id.clone());
        for (_, approval) in decisions.iter().filter(|(about, _)| *about == subject) {
            if !deployment.approvals.contains(approval) {
                deployment.approvals.push(approval.clone());
            }
        }
        // Two consoles write into records of their own; the time is all that tells which word was the last.
        deployment.approvals.sort_by_key(|approval| approval.at);
    }
}
