//! Who may decide, which decisions count, which seats are vacant. Asked when a decision is written *and* when
//! it is read, because anybody who can push could write an event by hand.

use crate::model::Approval;
use crate::model::CommitId;
use crate::model::Decision;
use crate::model::Person;
use crate::model::Role;
use crate::model::Roles;

/// The seats of one subject and what was decided about one head.
pub(super) struct Seats<'a> {
    pub(super) seats: &'a [Role],
    pub(super) roles: &'a Roles,
    pub(super) head: &'a CommitId,
    /// People whose own work this is: with the reason why they may not decide.
    pub(super) own: Vec<(&'a Person, &'static str)>,
    pub(super) decisions: &'a [Approval],
}

/// What a decision would do.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Seating {
    /// It is new; in which seat.
    Take(Option<Role>),
    /// The same was decided before.
    Already(Box<Approval>),
}

impl Seats<'_> {
    /// Finds the seat for a decision, or says why there is none.
    pub(super) fn seat_for(
        &self,
        me: &Person,
        role: Option<&Role>,
        decision: Decision,
    ) -> Result<Seating, String> {
        if let Some((_, why)) = self.own.iter().find(|(person, _)| *person == me) {
            return Err(format!("{} {why}; somebody else must decide", me.show()));
        }
        let role = match role {
            Some(role) => Some(self.asked_seat(me, role)?),
            None => self.free_seat(me)?,
        };
        let earlier = self.decisions.iter().find(|earlier| {
            // One that counts for nothing can be said again, signed.
            earlier.by == *me && earlier.head == *self.head && earlier.proof.void.is_none()
        });
        let Some(earlier) = earlier else {
            return Ok(Seating::Take(role));
        };
        if earlier.decision != decision {
            return Ok(Seating::Take(role));
        }
        if earlier.role == role || role.is_none() {
            return Ok(Seating::Already(Box::new(earlier.clone())));
        }
        let seat = earlier.role.as_ref().map_or("no seat", Role::as_str);
        Err(format!(
            "{} decided already as {seat}; every seat needs another person",
            me.show()
        ))
    }

    fn asked_seat(&self, me: &Person, role: &Role) -> Result<Role, String> {
        if !self.seats.contains(role) {
            return Err(format!("no seat `{role}` is asked for here"));
        }
        if !self.roles.has(me, role) {
            return Err(format!("{} is not in the role `{role}`", me.show()));
        }
        Ok(role.clone())
    }

    /// Returns the seat that I have, else a vacant one that I may take, else any that I may take.
    fn free_seat(&self, me: &Person) -> Result<Option<Role>, String> {
        if self.seats.is_empty() {
            return Ok(None);
        }
        let mine = |role: &&Role| self.roles.has(me, role);
        let taken = self
            .counting()
            .find(|approval| approval.by == *me)
            .and_then(|approval| approval.role.as_ref());
        let vacant = self.vacant();
        let seat = taken
            .or_else(|| vacant.iter().copied().find(mine))
            .or_else(|| self.seats.iter().find(mine));
        match seat {
            Some(role) => Ok(Some(role.clone())),
            None => {
                let names: Vec<&str> = self.seats.iter().map(Role::as_str).collect();
                Err(format!(
                    "{} is in none of the roles asked for: {}",
                    me.show(),
                    names.join(", ")
                ))
            }
        }
    }

    /// Returns the decisions about this head by people who may decide.
    pub(super) fn counting(&self) -> impl Iterator<Item = &Approval> {
        self.decisions.iter().filter(|decision| {
            decision.head == *self.head
                && decision.proof.void.is_none()
                && self.own.iter().all(|(person, _)| **person != decision.by)
                && match &decision.role {
                    Some(role) => self.roles.has(&decision.by, role),
                    None => self.seats.is_empty(),
                }
        })
    }

    /// Returns the seats that nobody fills. Every seat needs a person of its own.
    pub(super) fn vacant(&self) -> Vec<&Role> {
        let filled = self
            .counting()
            .filter(|decision| decision.decision == Decision::Approved)
            .filter_map(|decision| decision.role.as_ref());
        unfilled(self.seats, filled.collect())
    }

    /// Returns who said no.
    pub(super) fn rejection(&self) -> Option<&Approval> {
        self.counting()
            .find(|decision| decision.decision == Decision::Rejected)
    }

    /// Says what is missing, if something is. A seat whose rule was lifted may stay empty; a no stays one.
    pub(super) fn obstacle(&self, lifted: &[Role]) -> Option<String> {
        if let Some(no) = self.rejection() {
            return Some(format!("{} rejected it", no.by.show()));
        }
        let vacant = unfilled(self.vacant(), lifted.iter().collect());
        if vacant.is_empty() {
            return None;
        }
        let vacant: Vec<&str> = vacant.into_iter().map(Role::as_str).collect();
        let here = self.decisions.iter().filter(|one| one.head == *self.head);
        let void = here.filter_map(|one| {
            let why = one.proof.void.as_ref()?;
            Some(format!(
                "; that of {} does not count: it {why}",
                one.by.show()
            ))
        });
        let void: String = void.collect();
        Some(format!(
            "approval is missing by {}{void}",
            vacant.join(", ")
        ))
    }

    /// Returns all decisions for showing; a seat is named only where its person may sit in it.
    pub(super) fn shown(&self) -> Vec<Approval> {
        let may_sit = |decision: &Approval, role: &Role| {
            decision.proof.void.is_none()
                && self.roles.has(&decision.by, role)
                && self.own.iter().all(|(person, _)| **person != decision.by)
        };
        let show = |decision: &Approval| Approval {
            role: decision.role.clone().filter(|role| may_sit(decision, role)),
            ..decision.clone()
        };
        self.decisions.iter().map(show).collect()
    }
}

/// Returns the seats for which none of these is left: each of them fills one.
fn unfilled<'a>(
    seats: impl IntoIterator<Item = &'a Role>,
    mut filled: Vec<&Role>,
) -> Vec<&'a Role> {
    let mut vacant = Vec::new();
    for role in seats {
        match filled.iter().position(|seat| *seat == role) {
            Some(place) => drop(filled.swap_remove(place)),
            None => vacant.push(role),
        }
    }
    vacant
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::model::Timestamp;

    fn person(name: &str) -> Person {
        Person::from_email(name, &format!("{name}@example.org"))
    }

    fn role(name: &str) -> Role {
        name.parse().expect("static name")
    }

    fn head(digit: &str) -> CommitId {
        digit.repeat(40).parse().expect("static id")
    }

    fn roles() -> Roles {
        let members = |names: &[&str]| -> Vec<String> {
            names
                .iter()
                .map(|name| format!("{name}@example.org"))
                .collect()
        };
        Roles(
            [
                (role("lead"), members(&["ana", "bob", "tia"])),
                (role("pm"), members(&["bob", "pia"])),
            ]
            .into(),
        )
    }

    fn says(name: &str, seat: &str, decision: Decision) -> Approval {
        Approval {
            proof: Default::default(),
            by: person(name),
            role: Some(role(seat)),
            head: head("a"),
            decision,
            at: Timestamp::from_second(0),
            comment: None,
        }
    }

    /// Asks with seats `lead` and `pm` on work of ana.
    fn ask<T>(decisions: &[Approval], question: impl FnOnce(&Seats<'_>) -> T) -> T {
        let (roles, ana, head) = (roles(), person("ana"), head("a"));
        question(&Seats {
            seats: &[role("lead"), role("pm")],
            roles: &roles,
            head: &head,
            own: vec![(&ana, "opened it")],
            decisions,
        })
    }

    fn seat(decisions: &[Approval], me: &str, seat: Option<&str>) -> Result<Seating, String> {
        let asked = seat.map(role);
        ask(decisions, |seats| {
            seats.seat_for(&person(me), asked.as_ref(), Decision::Approved)
        })
    }

    const YES: Decision = Decision::Approved;

    #[test]
    fn own_work_a_foreign_role_and_a_seat_not_asked_for_are_refused() {
        assert!(
            seat(&[], "ana", Some("lead"))
                .unwrap_err()
                .contains("opened it")
        );
        assert!(
            seat(&[], "pia", Some("lead"))
                .unwrap_err()
                .contains("not in the role")
        );
        assert!(
            seat(&[], "bob", Some("qa"))
                .unwrap_err()
                .contains("no seat")
        );
        assert!(
            seat(&[], "zoe", None)
                .unwrap_err()
                .contains("none of the roles")
        );
    }

    #[test]
    fn one_person_fills_one_seat() {
        let lead = [says("bob", "lead", YES)];
        assert!(
            seat(&lead, "bob", Some("pm"))
                .unwrap_err()
                .contains("another person")
        );
        assert!(matches!(seat(&lead, "bob", None), Ok(Seating::Already(_))));
        assert_eq!(
            seat(&lead, "pia", None),
            Ok(Seating::Take(Some(role("pm"))))
        );
        assert_eq!(ask(&lead, |seats| seats.vacant().len()), 1);
    }

    #[test]
    fn without_a_named_seat_a_vacant_one_is_taken() {
        let lead = [says("tia", "lead", YES)];
        assert_eq!(
            seat(&lead, "bob", None),
            Ok(Seating::Take(Some(role("pm"))))
        );
        assert_eq!(
            seat(&[], "bob", None),
            Ok(Seating::Take(Some(role("lead"))))
        );
    }

    #[test]
    fn decisions_by_hand_do_not_count() {
        let forged = [says("ana", "lead", YES), says("zoe", "pm", YES)];
        assert_eq!(ask(&forged, |seats| seats.vacant().len()), 2);
        assert!(
            ask(&forged, |seats| seats.shown())
                .iter()
                .all(|shown| shown.role.is_none())
        );
        let other_head = [Approval {
            head: head("b"),
            ..says("tia", "lead", YES)
        }];
        assert_eq!(ask(&other_head, |seats| seats.vacant().len()), 2);
    }

    #[test]
    fn a_seat_whose_rule_was_lifted_may_stay_empty_and_no_other() {
        let lead = [says("tia", "lead", YES)];
        let without = |roles: &[Role]| ask(&lead, |seats| seats.obstacle(roles));
        assert!(without(&[]).is_some_and(|why| why.contains("by pm")));
        assert!(without(&[role("lead")]).is_some_and(|why| why.contains("by pm")));
        assert_eq!(without(&[role("pm")]), None);
        let no = [says("tia", "lead", Decision::Rejected)];
        let rejected = ask(&no, |seats| seats.obstacle(&[role("lead"), role("pm")]));
        assert!(rejected.is_some_and(|why| why.contains("tia rejected")));
    }

    #[test]
    fn a_rejection_stands_until_its_person_approves() {
        let no = [
            says("tia", "lead", Decision::Rejected),
            says("bob", "lead", YES),
        ];
        assert!(
            ask(&no, |seats| seats.obstacle(&[])).is_some_and(|why| why.contains("tia rejected"))
        );
        assert_eq!(
            seat(&no, "tia", None),
            Ok(Seating::Take(Some(role("lead"))))
        );
    }
}
