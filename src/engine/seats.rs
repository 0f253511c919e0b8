//! Who took which seat, who may, and why not me (flows.md 7). A yes counts for one person, one seat, one head.

mod lifted;

use crate::model::Approval;
use crate::model::ChangeRequest;
use crate::model::CommitId;
use crate::model::Decision;
use crate::model::Deployment;
use crate::model::EnvironmentName;
use crate::model::OverrideRules;
use crate::model::Person;
use crate::model::Project;
use crate::model::Role;
use crate::model::Roles;
use crate::model::Signed;
use crate::model::Subject;

use super::overrides::Override;
use super::state::Overridden;
use super::state::SeatState;
use super::state::WaitingOn;

/// What is to be approved, with everything that decides about its seats.
pub(super) struct Bench<'a> {
    subject: Subject,
    head: &'a CommitId,
    roles: &'a Roles,
    seats: Vec<Role>,
    /// Seats that only the forge knows: it alone says who may take them, and whom it let in sits.
    of_forge: Vec<Role>,
    approvals: &'a [Approval],
    /// People who may take no seat here, each with the reason as said to them.
    barred: Vec<(&'a Person, &'static str)>,
    rules: OverrideRules,
    overrides: Vec<Override<'a>>,
}

impl<'a> Bench<'a> {
    /// Returns the bench of a request into the lane that its target branch is.
    pub(super) fn of_request(project: &'a Project, request: &'a ChangeRequest) -> Self {
        let seats = project
            .lane_of_branch(&request.into)
            .map(|lane| lane.seats.clone())
            .unwrap_or_default();
        let mut barred = vec![(&request.author, "you opened it")];
        let pusher = request.last_pusher.as_ref();
        if let Some(pusher) = pusher.filter(|pusher| **pusher != request.author) {
            barred.push((pusher, "you pushed its head"));
        }
        Self {
            subject: Subject::Request(request.id),
            head: request
                .merged()
                .map_or(&request.head, |merged| &merged.head),
            roles: &project.roles,
            seats,
            of_forge: Vec::new(),
            approvals: &request.approvals,
            barred,
            rules: project.overrides,
            overrides: Vec::new(),
        }
    }

    /// Returns the bench of a deployment: the seats that the forge asks for and those that the team configured.
    pub(super) fn of_deployment(project: &'a Project, deployment: &'a Deployment) -> Self {
        let mut seats = deployment.seats.clone();
        let configured = project.environment(&deployment.environment);
        let is_ours = |role: &Role| {
            project.roles.0.contains_key(role)
                || configured.is_some_and(|environment| environment.seats.contains(role))
        };
        let of_forge = seats
            .iter()
            .filter(|role| !is_ours(role))
            .cloned()
            .collect();
        if let Some(environment) = configured {
            for role in &environment.seats {
                if !seats.contains(role) {
                    seats.push(role.clone());
                }
            }
        }
        Self {
            subject: Subject::Deployment(deployment.id.clone()),
            head: &deployment.commit,
            roles: &project.roles,
            seats,
            of_forge,
            approvals: &deployment.approvals,
            barred: vec![(&deployment.created_by, "you created it")],
            rules: project.overrides,
            overrides: Vec::new(),
        }
    }

    pub(super) fn head(&self) -> &'a CommitId {
        self.head
    }

    pub(super) fn roles(&self) -> &[Role] {
        &self.seats
    }

    /// Tells whether a seat is one that the forge asks for and the team's file does not name.
    pub(super) fn is_of_forge(&self, role: &Role) -> bool {
        self.of_forge.contains(role)
    }

    /// Returns why `person` may take no seat here at all.
    pub(super) fn barred(&self, person: &Person) -> Option<&'static str> {
        self.barred
            .iter()
            .find(|(barred, _)| *barred == person)
            .map(|(_, why)| *why)
    }

    /// Returns each person's latest decisions about the present head, one per seat they spoke in.
    fn latest(&self) -> Vec<&'a Approval> {
        let mut latest: Vec<&Approval> = Vec::new();
        // In the forge's order: the clocks of two machines do not tell which decision came last.
        for approval in self
            .approvals
            .iter()
            .filter(|approval| &approval.head == self.head && approval.proof.void.is_none())
        {
            latest.retain(|known| {
                known.by != approval.by
                    || (known.role != approval.role && known.decision == approval.decision)
            });
            latest.push(approval);
        }
        latest
    }

    fn fits(&self, approval: &Approval, role: &Role) -> bool {
        if self.is_of_forge(role) {
            return approval.role.as_ref() == Some(role);
        }
        self.roles.has(&approval.by, role)
            && approval.role.as_ref().is_none_or(|named| named == role)
    }

    /// Gives every seat at most one person and every person at most one seat, filling as many as possible.
    fn fill(&self) -> Vec<Option<&'a Approval>> {
        let votes: Vec<&Approval> = self
            .latest()
            .into_iter()
            .filter(|approval| {
                approval.decision == Decision::Approved && self.barred(&approval.by).is_none()
            })
            .collect();
        let mut people: Vec<&Person> = Vec::new();
        for vote in &votes {
            if !people.contains(&&vote.by) {
                people.push(&vote.by);
            }
        }
        let may_sit = |person: usize, seat: usize| {
            votes
                .iter()
                .any(|vote| &vote.by == people[person] && self.fits(vote, &self.seats[seat]))
        };
        let mut sitting: Vec<Option<usize>> = vec![None; self.seats.len()];
        for person in 0..people.len() {
            let mut tried = vec![false; self.seats.len()];
            find_seat(person, &may_sit, &mut sitting, &mut tried);
        }
        sitting
            .iter()
            .enumerate()
            .map(|(seat, person)| {
                let person = people[(*person)?];
                votes
                    .iter()
                    .find(|vote| &vote.by == person && self.fits(vote, &self.seats[seat]))
                    .copied()
            })
            .collect()
    }

    /// Returns every seat as `me` sees it.
    pub(super) fn seats(&self, me: &Person) -> Vec<SeatState> {
        let filled = self.fill();
        let lifted = self.lifted_of(&filled);
        let mine = filled
            .iter()
            .position(|vote| vote.is_some_and(|vote| &vote.by == me));
        self.seats
            .iter()
            .zip(filled.iter().zip(lifted))
            .map(|(role, (vote, lifted))| {
                let why_not_me = if let Some(vote) = vote {
                    Some(format!("taken by {}", vote.by.show()))
                } else if let Some(why) = self.barred(me) {
                    Some(why.to_owned())
                } else if !self.is_of_forge(role) && !self.roles.has(me, role) {
                    Some(format!("you do not have the role {role}"))
                } else {
                    mine.map(|seat| format!("you already sit as {}", self.seats[seat]))
                };
                SeatState {
                    role: role.clone(),
                    subject: self.subject.clone(),
                    allowed: self.allowed(role),
                    taken_by: vote.map(|vote| vote.by.clone()),
                    at: vote.map(|vote| vote.at),
                    signed: vote.map_or_else(Signed::default, |vote| vote.proof.signed.clone()),
                    why_not_me,
                    overridden: lifted.map(|one| Overridden {
                        by: one.by.clone(),
                        at: one.at,
                        words: one.words(),
                    }),
                }
            })
            .collect()
    }

    /// Returns who may take a seat: those who have the role, without those who may not approve here.
    fn allowed(&self, role: &Role) -> Vec<String> {
        if self.is_of_forge(role) {
            return vec!["whom the forge lets in".to_owned()];
        }
        self.roles
            .members(role)
            .iter()
            .filter(|id| !self.barred.iter().any(|(person, _)| person.is_called(id)))
            .cloned()
            .collect()
    }

    /// Returns who has a role and may not approve here, each with the reason.
    fn kept_out(&self, role: &Role) -> Vec<String> {
        let members = self.roles.members(role);
        let kept_out = self
            .barred
            .iter()
            .filter(|(person, _)| members.iter().any(|id| person.is_called(id)));
        kept_out
            .map(|(person, why)| {
                let why = why.strip_prefix("you ").unwrap_or(why);
                format!("{} {why}", person.show())
            })
            .collect()
    }

    /// Returns whose decision about the present head counts for nothing, in words.
    pub(super) fn void(&self) -> Vec<String> {
        let void = self.approvals.iter().filter_map(|approval| {
            let why = approval.proof.void.as_ref()?;
            let word = match approval.decision {
                Decision::Approved => "approval",
                Decision::Rejected => "rejection",
            };
            let by = approval.by.show();
            (&approval.head == self.head)
                .then(|| format!("the {word} of {by} does not count: it {why}"))
        });
        void.collect()
    }

    /// Returns whose yes was for an older head and was not given again, in words.
    pub(super) fn stale(&self) -> Vec<String> {
        let mut stale: Vec<(&Person, String)> = Vec::new();
        let latest = self.latest();
        for approval in self.approvals.iter().rev() {
            let is_again = latest.iter().any(|known| known.by == approval.by);
            let is_known = stale.iter().any(|(person, _)| *person == &approval.by);
            if &approval.head == self.head
                || approval.decision != Decision::Approved
                || is_again
                || is_known
            {
                continue;
            }
            let words = format!(
                "{} approved {}, which is not its head any more",
                approval.by.show(),
                approval.head.short()
            );
            stale.push((&approval.by, words));
        }
        stale.into_iter().map(|(_, words)| words).collect()
    }

    /// Returns the seats that are still to be taken, as reasons.
    pub(super) fn waits(&self) -> Vec<WaitingOn> {
        let filled = self.fill();
        let lifted = self.lifted_of(&filled);
        self.seats
            .iter()
            .zip(filled.iter().zip(lifted))
            .filter(|(_, (vote, lifted))| vote.is_none() && lifted.is_none())
            .map(|(role, _)| {
                let older = self.approvals.iter().rfind(|approval| {
                    &approval.head != self.head
                        && approval.decision == Decision::Approved
                        && self.fits(approval, role)
                });
                match older {
                    Some(older) => WaitingOn::StaleApproval {
                        role: role.clone(),
                        subject: self.subject.clone(),
                        by: older.by.show(),
                    },
                    None => WaitingOn::Seat {
                        role: role.clone(),
                        subject: self.subject.clone(),
                        allowed: self.allowed(role),
                        kept_out: self.kept_out(role),
                    },
                }
            })
            .collect()
    }

    /// Returns the rejections of the present head by people who hold one of the seats' roles, in words.
    pub(super) fn rejections(&self) -> Vec<String> {
        self.latest()
            .into_iter()
            .filter(|approval| approval.decision == Decision::Rejected)
            .filter_map(|approval| {
                let role = self.seats.iter().find(|role| self.fits(approval, role))?;
                let why = match &approval.comment {
                    Some(comment) if !comment.is_empty() => format!(": {}", comment.show()),
                    Some(_) | None => String::new(),
                };
                Some(format!(
                    "{} rejected by {} as {role}{why}",
                    self.subject,
                    approval.by.show()
                ))
            })
            .collect()
    }
}

/// Says which seats of a go-live to an environment nobody but `person` can take: whoever creates it takes none. None where
/// others can take them.
pub(super) fn only_by(
    project: &Project,
    environment: &EnvironmentName,
    person: &Person,
) -> Option<String> {
    let seats = project
        .environment(environment)
        .map_or(&[][..], |environment| &environment.seats);
    let is_alone = |role: &&Role| {
        let members = project.roles.members(role);
        !members.is_empty() && members.iter().all(|id| person.is_called(id))
    };
    let roles: Vec<&str> = seats.iter().filter(is_alone).map(Role::as_str).collect();
    (!roles.is_empty()).then(|| {
        format!(
            "only you can take the seat of {} in it, and whoever creates it takes none",
            roles.join(" and ")
        )
    })
}

/// Returns everybody else who has a role, as configured.
pub(super) fn everybody_but(project: &Project, person: &Person) -> Vec<String> {
    let members = project.roles.0.values().flatten();
    let mut others: Vec<String> = members
        .filter(|id| !person.is_called(id))
        .cloned()
        .collect();
    others.sort();
    others.dedup();
    others
}

/// Seats `person`, moving others to a free seat of theirs where that helps (an augmenting path).
fn find_seat(
    person: usize,
    may_sit: &impl Fn(usize, usize) -> bool,
    sitting: &mut [Option<usize>],
    tried: &mut [bool],
) -> bool {
    for seat in 0..sitting.len() {
        if tried[seat] || !may_sit(person, seat) {
            continue;
        }
        tried[seat] = true;
        let is_free = match sitting[seat] {
            None => true,
            Some(other) => find_seat(other, may_sit, sitting, tried),
        };
        if is_free {
            sitting[seat] = Some(person);
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests;
