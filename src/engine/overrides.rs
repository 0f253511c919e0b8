//! Which overrides on a record count, and for what. Weighed at each look, so that one that somebody wrote by hand, or that
//! nobody signed where the team wants that, lifts nothing.

use crate::model::ChangeRequest;
use crate::model::CommitId;
use crate::model::Deployment;
use crate::model::EnvironmentName;
use crate::model::OverrideRules;
use crate::model::Person;
use crate::model::Project;
use crate::model::Role;
use crate::model::Subject;
use crate::model::Timestamp;
use crate::model::Untrusted;
use crate::record::Entry;
use crate::record::Event;
use crate::record::Lifted;
use crate::record::Record;
use crate::record::Signed;
use crate::record::TakenOver;

use super::seats::Bench;

/// An override of a seat. Whether its author may lift it is for the bench to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Override<'a> {
    pub(super) role: &'a Role,
    pub(super) by: &'a Person,
    /// Who wrote the entry, as git names them: an account is no more than their word.
    author: &'a Person,
    pub(super) reason: &'a str,
    pub(super) at: Timestamp,
}

impl Override<'_> {
    /// Says it as a plan and a seat do.
    pub(super) fn words(&self) -> String {
        let reason = Untrusted::new(self.reason).show();
        let by = self.by.show();
        if self.by == self.author {
            return format!("overridden by {by}: {reason}");
        }
        let author = Untrusted::new(self.author.id.as_str()).show();
        format!("overridden by {by} (written by {author}): {reason}")
    }
}

/// Returns the overrides of seats of exactly this head, oldest first.
pub(super) fn of_seats<'a>(
    record: &'a Record,
    rules: OverrideRules,
    subject: &Subject,
    head: &CommitId,
) -> Vec<Override<'a>> {
    let found = counting(record, rules).filter_map(|(entry, lifts, reason)| match lifts {
        Lifted::Seat {
            subject: about,
            role,
            head: at_head,
            by,
        } if about == subject && at_head == head && is_author(entry, by, rules) => Some(Override {
            role,
            by,
            author: &entry.actor.person,
            reason,
            at: entry.at,
        }),
        Lifted::Seat { .. } | Lifted::Takeover { .. } => None,
    });
    found.collect()
}

/// Returns the seats of a request that its merge goes on without, since their rule was lifted.
pub fn lifted_of_request(project: &Project, request: &ChangeRequest, record: &Record) -> Vec<Role> {
    Bench::of_request(project, request).lifting(record).lifted()
}

/// Returns the seats of a go-live that it starts without, since their rule was lifted.
pub fn lifted_of_deployment(
    project: &Project,
    deployment: &Deployment,
    record: &Record,
) -> Vec<Role> {
    Bench::of_deployment(project, deployment)
        .lifting(record)
        .lifted()
}

/// Tells whether somebody else than the new driver has co-signed a takeover of this environment's seat.
pub fn is_cosigned(
    record: &Record,
    rules: OverrideRules,
    environment: &EnvironmentName,
    taken: &TakenOver,
) -> bool {
    counting(record, rules).any(|(entry, lifts, _)| match lifts {
        Lifted::Takeover {
            environment: of,
            epoch,
            by,
        } => {
            of == environment
                && *epoch == taken.epoch
                && by.login.is_some() == rules.by_account
                && by == &entry.actor.person
                && !by.is_also(&taken.by)
        }
        Lifted::Seat { .. } => false,
    })
}

/// Returns the word by which the takeover of an environment's seat is co-signed: production's needs no name.
pub fn takeover_rule(project: &Project, environment: &EnvironmentName) -> String {
    if project.production_name().as_ref() == Some(environment) {
        "takeover".to_owned()
    } else {
        format!("takeover:{environment}")
    }
}

/// Returns the overrides that everybody sees and whose signature is what the team asks for.
fn counting(
    record: &Record,
    rules: OverrideRules,
) -> impl Iterator<Item = (&Entry, &Lifted, &str)> {
    let shared = record.shared().iter();
    shared.filter_map(move |entry| match &entry.event {
        Some(Event::OverrideUsed {
            reason,
            lifts: Some(lifts),
            ..
        }) if is_good(&entry.signed, rules) => Some((entry, lifts, reason.as_str())),
        Some(_) | None => None,
    })
}

fn is_good(signed: &Signed, rules: OverrideRules) -> bool {
    match signed {
        Signed::By(_) => true,
        Signed::No | Signed::Unchecked(_) => !rules.must_be_signed,
        Signed::Missing | Signed::Bad(_) => false,
    }
}

/// A plain remote names people as git does, so that nobody can say to be somebody else there; a forge by accounts, which
/// the author of an entry does not have. Whoever is named in the other way is compared with nobody who may not lift it.
fn is_author(entry: &Entry, by: &Person, rules: OverrideRules) -> bool {
    by.login.is_some() == rules.by_account && (rules.by_account || by == &entry.actor.person)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(name: &str) -> Person {
        Person::from_email(name, &format!("{name}@example.org"))
    }

    fn environment(name: &str) -> EnvironmentName {
        name.parse().expect("a name")
    }

    /// Returns a record on which `author` wrote that `by` was there when production was taken over.
    fn record(author: &str, by: &str, epoch: u64) -> Record {
        let mut record = Record::empty("20260412-refund-7f3a9c".parse().expect("an id"));
        let event = Event::OverrideUsed {
            rule: "the takeover of production".to_owned(),
            reason: "ana is offline".to_owned(),
            lifts: Some(Lifted::Takeover {
                environment: environment("production"),
                epoch,
                by: person(by),
            }),
        };
        record.suppose(event, &person(author), Timestamp::from_second(0));
        record
    }

    #[test]
    fn a_takeover_is_cosigned_by_a_second_person_for_its_epoch_and_target() {
        let rules = OverrideRules::default();
        let taken = TakenOver {
            epoch: 3,
            by: person("ben"),
        };
        let is_good =
            |record: &Record| is_cosigned(record, rules, &environment("production"), &taken);
        assert!(is_good(&record("mia", "mia", 3)));
        assert!(!is_good(&record("ben", "ben", 3)), "his own");
        assert!(!is_good(&record("ben", "mia", 3)), "in her name");
        assert!(!is_good(&record("mia", "mia", 2)), "another epoch");
        let good = record("mia", "mia", 3);
        assert!(!is_cosigned(&good, rules, &environment("uat"), &taken));
        let signed = OverrideRules {
            must_be_signed: true,
            ..rules
        };
        let production = environment("production");
        assert!(!is_cosigned(&good, signed, &production, &taken), "unsigned");
        let accounts = OverrideRules {
            by_account: true,
            ..rules
        };
        let is_known = is_cosigned(&good, accounts, &production, &taken);
        assert!(!is_known, "an address, where people are accounts");
    }

    #[test]
    fn what_is_on_this_machine_only_counts_for_nothing() {
        let mut kept = record("mia", "mia", 3);
        kept.not_shared = 1;
        let taken = TakenOver {
            epoch: 3,
            by: person("ben"),
        };
        let production = environment("production");
        let rules = OverrideRules::default();
        assert!(!is_cosigned(&kept, rules, &production, &taken));
    }
}
