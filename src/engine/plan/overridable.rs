//! Which rules of ours an override would lift now: one seat at one head that nobody can fill, one takeover of the driver's
//! seat that waits for a second person (safety.md 1.5, 5.2).

use crate::engine::overrides::is_cosigned;
use crate::engine::overrides::takeover_rule;
use crate::engine::state::WaitingOn;
use crate::model::Approval;
use crate::model::Decision;
use crate::model::Enforcement;
use crate::model::EnvironmentName;
use crate::model::Person;
use crate::model::Role;
use crate::model::Subject;
use crate::model::plural;
use crate::record::TakenOver;

use super::Desk;
use super::about::About;

/// A rule that blocks something now and that an override lifts.
pub(in crate::engine) struct Rule<'a> {
    /// What is said to override it: `12/tech-lead`, `takeover`.
    pub(in crate::engine) key: String,
    /// What it is about, and whom it keeps out.
    pub(in crate::engine) words: String,
    pub(super) what: What<'a>,
}

pub(super) enum What<'a> {
    Seat {
        of: About<'a>,
        role: Role,
    },
    Takeover {
        environment: &'a EnvironmentName,
        taken: &'a TakenOver,
        /// The operator, as the lock log names them.
        me: &'a Person,
    },
}

impl<'a> Desk<'a> {
    /// Returns every rule that could be overridden now, by whomever, in the playbook's order.
    pub(in crate::engine) fn overridable(&self) -> Vec<Rule<'a>> {
        let mut rules = Vec::new();
        for of in self.waiting_for_seats() {
            let bench = of.bench(self).lifting(self.look.record);
            let subject = of.subject();
            for (role, why) in bench.stuck() {
                let on = match &subject {
                    Subject::Request(id) => id.to_string(),
                    Subject::Deployment(id) => format!("deployment:{id}"),
                };
                rules.push(Rule {
                    key: format!("{on}/{role}"),
                    words: format!("the seat of {role} on {subject}: {}", why.join("; ")),
                    what: What::Seat {
                        of,
                        role: role.clone(),
                    },
                });
            }
        }
        rules.extend(self.takeovers());
        rules
    }

    /// Returns what waits for a seat now, each once.
    fn waiting_for_seats(&self) -> Vec<About<'a>> {
        let look = self.look;
        let of_targets = self.steps.iter().flat_map(|step| &step.targets);
        let states = self.steps.iter().map(|step| &step.state);
        let states = states.chain(of_targets.map(|target| &target.state));
        let mut subjects: Vec<&Subject> = Vec::new();
        for wait in states.flat_map(|state| state.waits()) {
            let (WaitingOn::Seat { subject, .. } | WaitingOn::StaleApproval { subject, .. }) = wait
            else {
                continue;
            };
            if !subjects.contains(&subject) {
                subjects.push(subject);
            }
        }
        let found = subjects
            .into_iter()
            .filter_map(|subject| About::find(look, subject));
        let goes_on = found.filter(|of| match of {
            About::Request(request) => request.is_open(),
            About::Deployment(_) => true,
        });
        goes_on.collect()
    }

    /// Returns the takeovers that wait for a second person, where the team wants one.
    fn takeovers(&self) -> Vec<Rule<'a>> {
        let (look, project) = (self.look, self.look.project());
        let sights = look.seen.locks.iter();
        let waiting = sights.filter_map(|(environment, seen)| {
            let sight = seen.value()?;
            let taken = sight.taken_over.as_ref()?;
            let is_asked = project.overrides.cosigns_takeover
                && !is_cosigned(look.record, project.overrides, environment, taken);
            is_asked.then(|| Rule {
                key: takeover_rule(project, environment),
                words: format!(
                    "the driver's seat of {environment}, which {} took over (epoch {})",
                    taken.by.show(),
                    taken.epoch
                ),
                what: What::Takeover {
                    environment,
                    taken,
                    me: &sight.me.person,
                },
            })
        });
        waiting.collect()
    }

    /// Says how a request or a go-live goes on whose seat nobody can take, where that is our rule alone.
    pub(super) fn way_around(&self, subject: &Subject) -> Option<String> {
        let rules = self.overridable();
        let found = rules.iter().find(|rule| match &rule.what {
            What::Seat { of, role } => {
                &of.subject() == subject && of_the_forge(self, *of, role).is_none()
            }
            What::Takeover { .. } => false,
        })?;
        let line = self.override_line(&found.key);
        Some(format!("a second person can lift that rule: `{line}`"))
    }

    /// Returns the command that lifts a rule.
    pub(super) fn override_line(&self, key: &str) -> String {
        self.line(format!("override {key} --reason R"))
    }
}

/// Says what the forge itself asks for, so that lifting our rule would help nobody.
pub(super) fn of_the_forge(desk: &Desk<'_>, of: About<'_>, role: &Role) -> Option<String> {
    let capabilities = &desk.look.seen.capabilities;
    if capabilities.lifts_seats {
        return None;
    }
    let forge = &capabilities.forge;
    match of {
        About::Request(request) => {
            let count = capabilities.approvals_into(&request.into)?;
            let is_yes =
                |one: &&Approval| one.head == request.head && one.decision == Decision::Approved;
            let mut given: Vec<&Person> = Vec::new();
            for one in request.approvals.iter().filter(is_yes) {
                if !given.contains(&&one.by) {
                    given.push(&one.by);
                }
            }
            (given.len() < count).then(|| {
                format!(
                    "{forge} itself wants {count} approval{} before it merges into {}, and has {}",
                    plural(count),
                    request.into,
                    given.len()
                )
            })
        }
        About::Deployment(deployment) => {
            let is_theirs =
                capabilities.seats == Enforcement::Forge || deployment.seats.contains(role);
            is_theirs.then(|| {
                format!(
                    "{forge} itself asks for the {role} on deployment {}",
                    deployment.id
                )
            })
        }
    }
}
