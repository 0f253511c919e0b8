//! Gates: environments on GitHub with reviewers, and the seats that they hold.

use crate::forge::Error;
use crate::model::Enforcement;
use crate::model::Environment;
use crate::model::Project;
use crate::model::Role;

use super::actions;
use super::hub::Hub;
use super::second::ungated;

/// More environments than any repository has.
const MOST: usize = 500;

/// An environment at which a run waits for one of its reviewers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Gate {
    /// The environment's name on GitHub.
    pub(super) name: String,
    /// The seat that it holds; a gate without one is the start of a run whose seats are all held by others.
    pub(super) role: Option<Role>,
    /// Whoever started the run may not pass it.
    pub(super) bars_starter: bool,
    /// Administrators may let a run through without a reviewer.
    pub(super) admins_bypass: bool,
}

/// The gates of one environment of ours, and the seats that none of them holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Gates {
    pub(super) gates: Vec<Gate>,
    pub(super) unheld: Vec<Role>,
}

impl Gates {
    /// Returns the gates of an environment: `NAME-ROLE` for each seat; `NAME` itself holds the only seat left, if one is.
    pub(super) fn of(environment: &Environment, found: &[actions::Environment]) -> Self {
        let mut gates = Self::default();
        for role in &environment.seats {
            let name = format!("{}-{role}", environment.name);
            match reviewed(found, &name) {
                Some(gate) => gates.gates.push(Gate {
                    role: Some(role.clone()),
                    ..gate
                }),
                None => gates.unheld.push(role.clone()),
            }
        }
        if let Some(own) = reviewed(found, environment.name.as_str()) {
            let role = match gates.unheld.as_slice() {
                [_] => gates.unheld.pop(),
                [] | [_, _, ..] => None,
            };
            gates.gates.push(Gate { role, ..own });
        }
        gates
    }

    /// Returns the gate that holds a seat.
    pub(super) fn of_role(&self, role: &Role) -> Option<&Gate> {
        self.gates
            .iter()
            .find(|gate| gate.role.as_ref() == Some(role))
    }

    pub(super) fn named(&self, name: &str) -> Option<&Gate> {
        self.gates
            .iter()
            .find(|gate| gate.name.eq_ignore_ascii_case(name))
    }

    /// Returns the environments of seats that administrators may go around.
    pub(super) fn bypassable(&self) -> Vec<&str> {
        let of_seats = self.gates.iter().filter(|gate| gate.role.is_some());
        let open = of_seats.filter(|gate| gate.admins_bypass);
        open.map(|gate| gate.name.as_str()).collect()
    }

    /// Says why nothing may be approved through us here, if seats are held by nothing.
    pub(super) fn gap(&self, environment: &Environment) -> Option<String> {
        let first = self.unheld.first()?;
        let names: Vec<&str> = self.unheld.iter().map(Role::as_str).collect();
        Some(format!(
            "GitHub would start the run without {}: on GitHub one approval is enough per environment, so give each seat an environment with reviewers, such as `{}-{first}`",
            names.join(" and "),
            environment.name
        ))
    }
}

fn reviewed(found: &[actions::Environment], name: &str) -> Option<Gate> {
    let environment = found
        .iter()
        .find(|one| one.name.eq_ignore_ascii_case(name))?;
    let rule = environment
        .protection_rules
        .iter()
        .find(|rule| rule.kind == "required_reviewers" && !rule.reviewers.is_empty())?;
    Some(Gate {
        name: environment.name.clone(),
        role: None,
        bars_starter: rule.prevent_self_review,
        admins_bypass: environment.can_admins_bypass != Some(false),
    })
}

/// Returns who makes sure of the seats: the forge, only where it holds every one of them against everybody. GitHub lets
/// administrators around a gate by default.
pub(super) fn enforcement(project: &Project, found: &[actions::Environment]) -> Enforcement {
    let all: Vec<Gates> = project
        .environments
        .iter()
        .filter(|environment| !environment.seats.is_empty())
        .map(|environment| Gates::of(environment, found))
        .collect();
    if all.is_empty() || all.iter().any(|gates| !gates.unheld.is_empty()) {
        Enforcement::Console
    } else if all.iter().all(|gates| gates.bypassable().is_empty()) {
        Enforcement::Forge
    } else {
        Enforcement::Partly
    }
}

impl Hub {
    /// Returns the repository's environments; none where the repository cannot have any.
    pub(super) async fn environments(&self) -> Result<Vec<actions::Environment>, Error> {
        let ask = self.get(&["environments"]).with("per_page", "100");
        let read = self.http().read_pages(&ask, MOST, |answer| {
            answer
                .json::<actions::Environments>()
                .map(|page| page.environments)
        });
        let found = match read.await {
            Ok(found) => found,
            Err(error) if error.status() == Some(404) => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        let project = &self.options.project;
        let (seats, ungated) = (enforcement(project, &found), ungated(project, &found));
        self.known().seats = Some(seats);
        self.known().ungated = ungated;
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on_github(names: &[(&str, bool)]) -> Vec<actions::Environment> {
        names
            .iter()
            .map(|(name, has_reviewers)| {
                let rules = if *has_reviewers {
                    r#"[{"type":"wait_timer"},{"type":"required_reviewers","prevent_self_review":true,"reviewers":[{"type":"User"}]}]"#
                } else {
                    r#"[{"type":"branch_policy"}]"#
                };
                let text = format!(r#"{{"name":"{name}","protection_rules":{rules}}}"#);
                serde_json::from_str(&text).expect("an environment")
            })
            .collect()
    }

    fn ours(seats: &[&str]) -> Environment {
        Environment {
            name: "production".parse().expect("a name"),
            is_production: true,
            seats: seats
                .iter()
                .map(|seat| seat.parse().expect("a role"))
                .collect(),
            job: None,
            apps: Vec::new(),
            migrations: None,
            hotfix_sandbox: None,
            is_org: false,
        }
    }

    fn shown(seats: &[&str], names: &[(&str, bool)]) -> (Vec<String>, Vec<String>) {
        let gates = Gates::of(&ours(seats), &on_github(names));
        let gate = |gate: &Gate| match &gate.role {
            Some(role) => format!("{} for {role}", gate.name),
            None => format!("{} to start", gate.name),
        };
        (
            gates.gates.iter().map(gate).collect(),
            gates.unheld.iter().map(ToString::to_string).collect(),
        )
    }

    #[test]
    fn two_environments_in_a_chain_hold_two_seats() {
        let chain = [
            ("production-tech-lead", true),
            ("production-pm", true),
            ("production", false),
        ];
        assert_eq!(
            shown(&["tech-lead", "pm"], &chain),
            (
                vec![
                    "production-tech-lead for tech-lead".to_owned(),
                    "production-pm for pm".to_owned()
                ],
                vec![]
            )
        );
    }

    #[test]
    fn the_environment_itself_holds_the_last_seat_or_is_the_start() {
        let two = [("production-tech-lead", true), ("production", true)];
        let (gates, unheld) = shown(&["tech-lead", "pm"], &two);
        assert_eq!(gates[1], "production for pm");
        assert!(unheld.is_empty());
        let (gates, unheld) = shown(&["tech-lead"], &two);
        assert_eq!(gates[1], "production to start");
        assert!(unheld.is_empty());
        assert_eq!(shown(&[], &two).0, ["production to start"]);
    }

    #[test]
    fn a_gate_that_administrators_may_go_around_holds_in_part() {
        let project = Project {
            environments: vec![ours(&["tech-lead"])],
            ..Project::default()
        };
        let mut found = on_github(&[("production", true)]);
        assert_eq!(enforcement(&project, &found), Enforcement::Partly);
        found[0].can_admins_bypass = Some(true);
        assert_eq!(enforcement(&project, &found), Enforcement::Partly);
        found[0].can_admins_bypass = Some(false);
        assert_eq!(enforcement(&project, &found), Enforcement::Forge);
    }

    #[test]
    fn one_environment_holds_no_two_seats_and_that_is_said() {
        let one = [("production", true)];
        let (gates, unheld) = shown(&["tech-lead", "pm"], &one);
        assert_eq!(gates, ["production to start"]);
        assert_eq!(unheld, ["tech-lead", "pm"]);
        let environment = ours(&["tech-lead", "pm"]);
        let why = Gates::of(&environment, &on_github(&one)).gap(&environment);
        assert!(
            why.is_some_and(|why| why.contains("`production-tech-lead`")),
            "the way out is named"
        );
        let project = Project {
            environments: vec![environment],
            ..Project::default()
        };
        assert_eq!(
            enforcement(&project, &on_github(&one)),
            Enforcement::Console
        );
    }
}
