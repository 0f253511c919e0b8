//! What signatures tell, of a record, of lock logs and of decisions: a wrong one, and entries that the team wants signed
//! and nobody signed.

use std::collections::BTreeSet;

use crate::model::Approval;
use crate::model::DECISION_KIND;
use crate::model::Seen;
use crate::model::Signed;
use crate::model::Subject;
use crate::record::Entry;
use crate::record::Record;

use super::observation::Observation;
use super::state::Finding;
use super::state::Severity;

/// Finds entries whose signature is wrong, and those below the level that the team requires of their kind. They stay on
/// the record and are shown as what they are: what was done was done. What is not shared yet is signed when it is.
pub fn of_signatures(record: &Record, required: &BTreeSet<String>) -> Vec<Finding> {
    let found = |entry: &Entry| {
        let is_required = required.contains(&entry.kind);
        let how = entry.signed.flaw(is_required)?;
        let text = format!(
            "{} of {}, {}, {how}",
            entry.kind,
            entry.actor.person.show(),
            entry.at.date_clock()
        );
        Some(finding(&entry.signed, text))
    };
    record.shared().iter().filter_map(found).collect()
}

/// Finds decisions on what was seen that count for nothing, or whose signature is wrong.
pub fn of_decisions(seen: &Observation) -> Vec<Finding> {
    let requests = seen.requests.value().into_iter().flatten();
    let requests = requests.map(|one| (Subject::Request(one.id), &one.approvals));
    let deployments = seen.deployments.value().into_iter().flatten();
    let deployments = deployments.map(|one| (Subject::Deployment(one.id.clone()), &one.approvals));
    let found = |subject: &Subject, one: &Approval| {
        let void = one.proof.void.as_ref();
        let how = match void {
            Some(why) => format!("does not count: it {why}"),
            None => one.proof.signed.flaw(false)?,
        };
        let text = format!(
            "{DECISION_KIND} of {} about {subject}, {}, {how}",
            one.by.show(),
            one.at.date_clock()
        );
        Some(finding(&one.proof.signed, text))
    };
    let all = requests.chain(deployments);
    all.flat_map(|(subject, approvals)| {
        let flawed = approvals.iter().filter_map(|one| found(&subject, one));
        flawed.collect::<Vec<Finding>>()
    })
    .collect()
}

/// Finds what is wrong with the signatures in the lock logs, as far as the present drivers rest on them.
pub fn of_locks(seen: &Observation) -> Vec<Finding> {
    let locks = seen.locks.iter().filter_map(|(environment, lock)| {
        let sight = Seen::value(lock)?;
        Some((environment, sight))
    });
    locks
        .flat_map(|(environment, sight)| {
            sight.flaws.iter().map(move |(signed, what)| {
                finding(signed, format!("lock log of {environment}: {what}"))
            })
        })
        .collect()
}

fn finding(signed: &Signed, text: String) -> Finding {
    let severity = match signed {
        // Without any signature something else is wrong with it: it was said about an older head.
        Signed::No | Signed::Unchecked(_) => Severity::Warning,
        Signed::Missing | Signed::By(_) | Signed::Bad(_) => Severity::Alarm,
    };
    Finding {
        severity,
        step: None,
        text,
    }
}
