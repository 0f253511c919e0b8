//! Seats of deployments of which the forge keeps no decisions: the record does, and whoever looks sees them where a
//! forge would have shown them.

use crate::engine::Observation;
use crate::forge::Forge;
use crate::model::Approval;
use crate::model::Seen;
use crate::model::Subject;
use crate::model::Timestamp;
use crate::record::Record;

/// A decision, with the time by which it is compared with those of other lists. Within its own list the order tells: the
/// clocks of two machines do not say which of their words was the last.
#[derive(Debug, Clone)]
pub(in crate::ops) struct Spoken {
    not_before: Timestamp,
    approval: Approval,
}

/// Returns the decisions of a list, none of them earlier than the one before it.
fn spoken<'a>(list: impl IntoIterator<Item = &'a Approval>) -> Vec<Spoken> {
    let mut not_before = Timestamp::from_second(i64::MIN);
    let spoken = list.into_iter().map(|approval| {
        not_before = not_before.max(approval.at);
        Spoken {
            not_before,
            approval: approval.clone(),
        }
    });
    spoken.collect()
}

/// Marks what was said as what no forge was told.
fn marked(mut spoken: Vec<Spoken>) -> Vec<Spoken> {
    for said in &mut spoken {
        said.approval.proof.is_recorded = true;
    }
    spoken
}

/// Returns the decisions of several lists in one, each list in its own order.
fn in_one(mut all: Vec<Spoken>) -> Vec<Approval> {
    all.sort_by_key(|said| said.not_before);
    all.into_iter().map(|said| said.approval).collect()
}

/// Returns what was decided about deployments, record by record.
pub(in crate::ops) fn recorded_decisions(records: &[Record]) -> Vec<(Subject, Spoken)> {
    let of_record = |record: &Record| {
        let decisions = record.approvals.iter();
        let decisions: Vec<&(Subject, Approval)> = decisions
            .filter(|(subject, _)| matches!(subject, Subject::Deployment(_)))
            .collect();
        let spoken = marked(spoken(decisions.iter().map(|(_, approval)| approval)));
        let subjects = decisions.into_iter().map(|(subject, _)| subject.clone());
        subjects.zip(spoken).collect::<Vec<_>>()
    };
    records.iter().flat_map(of_record).collect()
}

/// Adds recorded decisions to the deployments that they are about, each for the commit that was looked at, and only in
/// seats that `forge` itself keeps none of: of the others it alone tells who sits.
pub(in crate::ops) fn seat_recorded(
    seen: &mut Observation,
    decisions: &[(Subject, Spoken)],
    forge: &dyn Forge,
) {
    let deployments = match &mut seen.deployments {
        Seen::Known { value, .. } | Seen::Stale { value, .. } => value,
        Seen::Unknown { .. } => return,
    };
    for deployment in deployments {
        let mut numbers = forge.earlier_numbers(deployment);
        numbers.push(deployment.id.clone());
        let about_it = decisions.iter().filter(|(about, _)| match about {
            Subject::Deployment(id) => numbers.contains(id),
            Subject::Request(_) => false,
        });
        let ours: Vec<&Spoken> = about_it
            .map(|(_, said)| said)
            .filter(|said| !forge.keeps_decisions(deployment, said.approval.role.as_ref()))
            .filter(|said| !deployment.approvals.contains(&said.approval))
            .collect();
        if ours.is_empty() {
            // The order is the forge's.
            continue;
        }
        let mut all = spoken(&deployment.approvals);
        all.extend(ours.into_iter().cloned());
        // Two records know nothing of each other; the time is all that tells which of their words was the last.
        deployment.approvals = in_one(all);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Decision;
    use crate::model::Person;

    fn said(at: i64, decision: Decision) -> Approval {
        Approval {
            by: Person::from_account(7, "ben", ""),
            role: None,
            head: "a".repeat(40).parse().expect("an id"),
            decision,
            at: Timestamp::from_second(at),
            comment: None,
            proof: Default::default(),
        }
    }

    #[test]
    fn a_wrong_clock_does_not_make_an_earlier_word_of_a_record_the_last_one() {
        // Said on a machine whose clock is an hour ahead, and taken back on another one.
        let one = [
            said(3_700, Decision::Approved),
            said(200, Decision::Rejected),
        ];
        let other = [said(150, Decision::Approved)];
        let all = spoken(&other).into_iter().chain(spoken(&one)).collect();
        let order: Vec<i64> = in_one(all).iter().map(|said| said.at.as_second()).collect();
        assert_eq!(order, [150, 3_700, 200]);
    }

    #[test]
    fn what_a_record_says_of_a_deployment_is_known_from_it_and_not_from_the_forge() {
        let mut record = Record::empty("20260412-x-000000".parse().expect("static id"));
        let subject = Subject::Deployment("41".parse().expect("static id"));
        let approval = said(150, Decision::Approved);
        record.approvals.push((subject.clone(), approval));
        let found = recorded_decisions(&[record]);
        let told = found
            .iter()
            .map(|(about, said)| (about, said.approval.proof.is_recorded));
        assert_eq!(told.collect::<Vec<_>>(), [(&subject, true)]);
    }
}
