//! What people did on the forge's own pages and the record has no event of: a merge, a decision, a go-live that was started
//! there; and how a go-live ended that the forge carried out after it was started. It is told in the story at the time that
//! the forge gives, and marked as seen there.
//!
//! No look writes any of it: a look changes nothing, and two consoles would say it twice. The plan that closes the hotfix
//! puts it on record, since nobody asks the forge about it after that. A start, past the driver's seat, is put there by the
//! driver's next plan.

use crate::model::Approval;
use crate::model::ChangeRequest;
use crate::model::Deployment;
use crate::model::DeploymentState;
use crate::model::Merged;
use crate::model::Person;
use crate::model::Subject;
use crate::model::Timestamp;
use crate::model::Untrusted;
use crate::record::Entry;
use crate::record::Event;
use crate::record::Record;

use super::board::Board;
use super::observation::Observation;
use super::ours::has_run;
use super::ours::was_begun;
use super::own::Own;

/// One thing that was done outside of Lanekeeper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outside {
    pub at: Timestamp,
    /// Who did it, where the forge says so.
    pub by: Option<Person>,
    /// Nobody did it: the forge came to the end of what was started.
    is_by_forge: bool,
    /// `merged change request 12 into preprod as b1b1b1b`, as it came.
    did: String,
    /// What it is, without what may be told otherwise later: times, shown names, words of jobs.
    about: String,
    /// The reason that was written with a decision.
    written: Option<Untrusted>,
}

impl Outside {
    /// Returns who did it, made showable.
    pub fn who(&self) -> String {
        let nobody = if self.is_by_forge {
            "the forge"
        } else {
            "somebody"
        };
        self.by
            .as_ref()
            .map_or_else(|| nobody.to_owned(), Person::show)
    }

    /// Returns what was done, in one showable line that says where it is known from.
    pub fn sentence(&self) -> String {
        Untrusted::new(format!("{} (seen on the forge)", self.did)).show()
    }

    /// Returns what a person wrote with it, as it came; none where nothing was written.
    pub fn written(&self) -> Option<&Untrusted> {
        self.written.as_ref()
    }

    /// Returns the event that puts it on record; the same on every console.
    pub(super) fn event(&self) -> Event {
        Event::OutOfBandSeen {
            what: self.on_record(),
            about: Some(self.about.clone()),
        }
    }

    fn on_record(&self) -> String {
        format!("{} {}, {}", self.who(), self.did, self.at)
    }

    /// Tells whether an event is what closing put on record of it.
    fn is_told_by(&self, event: &Event) -> bool {
        let Event::OutOfBandSeen { what, about } = event else {
            return false;
        };
        match about {
            Some(about) => *about == self.about,
            // From before there was anything but words.
            None => *what == self.on_record(),
        }
    }
}

impl Board {
    /// Returns what was done for the hotfix outside of Lanekeeper, oldest first.
    pub fn outside(&self) -> Vec<Outside> {
        Own::of(self).map_or_else(Vec::new, outside)
    }
}

/// One line of the story.
#[derive(Debug, Clone, Copy)]
pub enum Told<'a> {
    /// An entry, with its place on the record.
    Entry(usize, &'a Entry),
    Outside(&'a Outside),
}

/// Returns entries and what was done outside in one row: the entries as they follow each other, and what else there is
/// before the first that is younger.
pub fn story<'a>(record: &'a Record, outside: &'a [Outside]) -> Vec<Told<'a>> {
    let mut rest = outside.iter().peekable();
    let mut told = Vec::new();
    for (place, entry) in record.entries.iter().enumerate() {
        while let Some(one) = rest.next_if(|one| one.at < entry.at) {
            told.push(Told::Outside(one));
        }
        told.push(Told::Entry(place, entry));
    }
    told.extend(rest.map(Told::Outside));
    told
}

/// Returns the merges, decisions and ends of go-lives that were seen of a hotfix and that its record does not tell, oldest
/// first.
pub(super) fn outside(own: Own<'_>) -> Vec<Outside> {
    let merges = own.requests().filter_map(|request| {
        let merged = request.merged()?;
        (!tells_merge(own.record, request)).then(|| merge(request, merged))
    });
    let on_requests = own
        .decisions()
        .map(|(request, approval)| (Subject::Request(request.id), approval));
    let on_deployments = own.deployments().flat_map(|deployment| {
        let subject = Subject::Deployment(deployment.id.clone());
        let all = deployment.approvals.iter();
        // What another hotfix's record has was not done on the forge.
        let all = all.filter(|approval| !approval.proof.is_recorded);
        all.map(move |approval| (subject.clone(), approval))
    });
    let decisions = on_requests
        .chain(on_deployments)
        // What counts for nothing was perhaps never said about that head.
        .filter(|(_, approval)| approval.proof.void.is_none())
        .filter(|(subject, approval)| !tells_decision(own.record, subject, approval))
        .map(|(subject, approval)| decision(&subject, approval));
    let ends = own
        .deployments()
        .filter(|deployment| !tells_state(own.record, deployment))
        .filter_map(end);
    let starts = own
        .deployments()
        .filter(|deployment| own.shows(&deployment.id))
        .filter_map(|deployment| started(own.record, own.seen, deployment));
    let all = merges.chain(decisions).chain(starts).chain(ends);
    let mut found: Vec<Outside> = all.collect();
    // Closing puts it there.
    found.retain(|one| !tells(own.record, |event| one.is_told_by(event)));
    found.sort_by_key(|one| one.at);
    found
}

fn merge(request: &ChangeRequest, merged: &Merged) -> Outside {
    Outside {
        at: merged.at,
        by: merged.by.clone(),
        is_by_forge: false,
        did: format!(
            "merged change request {} into {} as {}",
            request.id,
            request.into,
            merged.commit.short()
        ),
        about: format!("merged {}", Subject::Request(request.id)),
        written: None,
    }
}

fn decision(subject: &Subject, approval: &Approval) -> Outside {
    let verb = approval.decision.verb();
    Outside {
        at: approval.at,
        by: Some(approval.by.clone()),
        is_by_forge: false,
        did: approval.told(subject),
        about: format!("{} {verb} {subject} at {}", approval.by.id, approval.head),
        written: approval.comment.clone(),
    }
}

/// Returns the start of a go-live that no call of the hotfix asked for, where the forge waits for somebody to press start
/// and the environment has a driver's seat; none once it is on record. The plan of another hotfix may have done it.
pub(super) fn started(
    record: &Record,
    seen: &Observation,
    deployment: &Deployment,
) -> Option<Outside> {
    let capabilities = &seen.capabilities;
    let is_pressed =
        capabilities.starts_jobs && !capabilities.is_started_by_approval(&deployment.environment);
    let sight = seen.locks.get(&deployment.environment)?.value()?;
    let has_no_seat = sight.refused.is_some();
    if !is_pressed || has_no_seat || !has_run(deployment) || was_begun(record, deployment) {
        return None;
    }
    let id = &deployment.id;
    let start = Outside {
        at: deployment.updated_at,
        by: None,
        is_by_forge: false,
        did: format!("started deployment {id}, by no plan of this hotfix"),
        about: format!("started deployment {id}"),
        written: None,
    };
    (!tells(record, |event| start.is_told_by(event))).then_some(start)
}

/// Returns the end of a go-live, with what became of each job; none while it has none.
fn end(deployment: &Deployment) -> Option<Outside> {
    let (verb, after) = match deployment.state {
        DeploymentState::Succeeded => ("carried out", ""),
        DeploymentState::Failed => ("ended", " as failed"),
        DeploymentState::Cancelled => ("ended", " as cancelled"),
        // Nobody started it, it goes on, or a decision tells its end.
        DeploymentState::Blocked
        | DeploymentState::Approved
        | DeploymentState::Rejected
        | DeploymentState::Running => return None,
    };
    let jobs = deployment.jobs.iter();
    let jobs: Vec<String> = jobs
        .map(|job| format!("{} {}", job.name, job.state.word()))
        .collect();
    let jobs = if jobs.is_empty() {
        String::new()
    } else {
        format!(": {}", jobs.join(", "))
    };
    Some(Outside {
        at: deployment.updated_at,
        by: None,
        is_by_forge: true,
        did: format!("{verb} deployment {}{after}{jobs}", deployment.id),
        about: format!("{verb} deployment {}{after}", deployment.id),
        written: None,
    })
}

fn tells(record: &Record, is_it: impl Fn(&Event) -> bool) -> bool {
    let mut entries = record.entries.iter();
    entries.any(|entry| entry.event.as_ref().is_some_and(&is_it))
}

fn tells_merge(record: &Record, merged: &ChangeRequest) -> bool {
    tells(
        record,
        |event| matches!(event, Event::RequestMerged { request, .. } if *request == merged.id),
    )
}

fn tells_decision(record: &Record, about: &Subject, seen: &Approval) -> bool {
    let is_same = |approval: &Approval| {
        approval.by.id == seen.by.id
            && approval.head == seen.head
            && approval.decision == seen.decision
    };
    tells(
        record,
        |event| matches!(event, Event::ApprovalSeen { subject, approval } if subject == about && is_same(approval)),
    )
}

/// Tells whether the last that the record has of a deployment is how it stands.
fn tells_state(record: &Record, seen: &Deployment) -> bool {
    let told = record.entries.iter().rev().find_map(|entry| {
        let Some(Event::DeploymentFinished {
            deployment, state, ..
        }) = &entry.event
        else {
            return None;
        };
        (deployment == &seen.id).then_some(*state)
    });
    told == Some(seen.state)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Decision;

    fn ended(state: DeploymentState, at: i64) -> Deployment {
        Deployment {
            id: "41".parse().expect("static id"),
            environment: "production".parse().expect("static name"),
            commit: "a".repeat(40).parse().expect("an id"),
            state,
            created_by: Person::from_account(7, "ben", ""),
            created_at: Timestamp::from_second(100),
            updated_at: Timestamp::from_second(at),
            seats: Vec::new(),
            approvals: Vec::new(),
            jobs: Vec::new(),
            hotfix: None,
            url: None,
            behind: None,
        }
    }

    #[test]
    fn what_closing_put_on_record_is_known_again_when_the_forge_says_another_time() {
        let told = |state, at| end(&ended(state, at)).expect("it has ended");
        let put = told(DeploymentState::Succeeded, 200).event();
        assert!(told(DeploymentState::Succeeded, 260).is_told_by(&put));
        assert!(!told(DeploymentState::Failed, 200).is_told_by(&put));
        // An older version put only the words there.
        let Event::OutOfBandSeen { what, .. } = put else {
            panic!("it is what was seen");
        };
        let put = Event::OutOfBandSeen { what, about: None };
        assert!(told(DeploymentState::Succeeded, 200).is_told_by(&put));
        assert!(!told(DeploymentState::Succeeded, 260).is_told_by(&put));
    }

    #[test]
    fn a_decision_is_known_again_under_another_name_of_the_person() {
        let mut approval = Approval {
            by: Person::from_account(7, "ben", ""),
            role: None,
            head: "b".repeat(40).parse().expect("an id"),
            decision: Decision::Approved,
            at: Timestamp::from_second(150),
            comment: None,
            proof: Default::default(),
        };
        let subject = Subject::Deployment("41".parse().expect("static id"));
        let put = decision(&subject, &approval).event();
        approval.by = Person::from_account(7, "ben", "Ben Ode");
        assert!(decision(&subject, &approval).is_told_by(&put));
        approval.decision = Decision::Rejected;
        assert!(!decision(&subject, &approval).is_told_by(&put));
    }
}
