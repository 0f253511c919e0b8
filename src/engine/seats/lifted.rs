//! Which seats go on without anybody in them: a second person lifted the rule that nobody approves their own work or sits
//! twice, where that keeps everybody out who has the role.

use crate::model::Approval;
use crate::model::Person;
use crate::model::Role;
use crate::record::Record;

use super::super::overrides::Override;
use super::super::overrides::of_seats;
use super::Bench;

impl<'a> Bench<'a> {
    /// Returns the same bench with what the record has of overrides of its seats.
    pub(in crate::engine) fn lifting(mut self, record: &'a Record) -> Self {
        self.overrides = of_seats(record, self.rules, &self.subject, self.head);
        self
    }

    /// Returns for each seat the override that counts for it. Nobody lifts a rule that keeps themselves out, here or because
    /// they have another seat; and nothing is lifted that somebody could still fill.
    pub(super) fn lifted_of(&self, filled: &[Option<&'a Approval>]) -> Vec<Option<Override<'a>>> {
        let mut lifted = vec![None; self.seats.len()];
        for one in &self.overrides {
            let is_kept_out =
                self.barred(one.by).is_some() || sitting(filled).any(|person| person == one.by);
            let free = (0..self.seats.len()).find(|&seat| {
                &self.seats[seat] == one.role && filled[seat].is_none() && lifted[seat].is_none()
            });
            if let Some(seat) = free
                && !is_kept_out
                && self.is_stuck(one.role, filled)
            {
                lifted[seat] = Some(*one);
            }
        }
        lifted
    }

    /// Tells whether everybody who has a role is kept out of its seat, by the rule that no one approves their own work or
    /// sits twice. Who may sit in a seat of the forge's own, only the forge knows.
    fn is_stuck(&self, role: &Role, filled: &[Option<&'a Approval>]) -> bool {
        let members = self.roles.members(role);
        let is_out = |id: &String| self.is_out(id, filled);
        !self.is_of_forge(role) && !members.is_empty() && members.iter().all(is_out)
    }

    fn is_out(&self, id: &str, filled: &[Option<&'a Approval>]) -> bool {
        let mut barred = self.barred.iter().map(|(person, _)| *person);
        barred.any(|person| person.is_called(id))
            || sitting(filled).any(|person| person.is_called(id))
    }

    /// Tells whether whoever the team's file calls so may lift no rule here.
    pub(in crate::engine) fn keeps_out(&self, id: &str) -> bool {
        self.is_out(id, &self.fill())
    }

    /// Returns the seats that nobody can take, each with who has its role and why not they; those that were overridden are
    /// left out.
    pub(in crate::engine) fn stuck(&self) -> Vec<(&Role, Vec<String>)> {
        let filled = self.fill();
        let lifted = self.lifted_of(&filled);
        let mut stuck: Vec<(&Role, Vec<String>)> = Vec::new();
        for (seat, role) in self.seats.iter().enumerate() {
            let is_open = filled[seat].is_none() && lifted[seat].is_none();
            let is_known = stuck.iter().any(|(known, _)| *known == role);
            if is_open && !is_known && self.is_stuck(role, &filled) {
                let mut why = self.kept_out(role);
                let elsewhere = self.seats.iter().zip(&filled).filter_map(|(other, vote)| {
                    let by = &(*vote)?.by;
                    let is_member = self.roles.has(by, role);
                    is_member.then(|| format!("{} sits as {other}", by.show()))
                });
                why.extend(elsewhere);
                stuck.push((role, why));
            }
        }
        stuck
    }

    /// Returns why `person` may lift no rule here, as said to them.
    pub(in crate::engine) fn why_no_override(&self, person: &Person) -> Option<String> {
        if let Some(why) = self.barred(person) {
            return Some(why.to_owned());
        }
        let filled = self.fill();
        let mut taken = self.seats.iter().zip(&filled);
        taken
            .find(|(_, vote)| vote.is_some_and(|vote| &vote.by == person))
            .map(|(role, _)| format!("you sit as {role}"))
    }

    /// Returns the roles whose seats go on without anybody in them.
    pub(in crate::engine) fn lifted(&self) -> Vec<Role> {
        let lifted = self.lifted_of(&self.fill());
        let seats = self.seats.iter().zip(lifted);
        seats
            .filter(|(_, lifted)| lifted.is_some())
            .map(|(role, _)| role.clone())
            .collect()
    }
}

/// Returns who sits in one of the seats.
fn sitting<'a, 'b>(filled: &'b [Option<&'a Approval>]) -> impl Iterator<Item = &'a Person> + 'b
where
    'a: 'b,
{
    filled.iter().flatten().map(|vote| &vote.by)
}
