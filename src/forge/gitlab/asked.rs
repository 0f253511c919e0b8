//! What GitLab itself asks for before a job may go to an environment, as it was seen last: what protects the environment,
//! which maintainers may read, and the rules of its deployments, which everybody may.

use std::collections::BTreeMap;

use crate::forge::Error;
use crate::forge::http::Ask;
use crate::model::Enforcement;
use crate::model::Environment;
use crate::model::EnvironmentName;
use crate::model::Project;
use crate::model::Role;

use super::golive::GoLive;
use super::home::Gitlab;
use super::home::degraded;
use super::seats;
use super::wire;

/// What GitLab asks for before a job may go to one environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Asked {
    /// The seats of its approval rules, each as often as people are wanted.
    pub(super) seats: Vec<Role>,
    /// How many people must approve, whoever they are, where there are no rules.
    pub(super) count: u64,
}

impl Asked {
    /// Tells whether GitLab asks anybody at all.
    fn asks_anybody(&self) -> bool {
        !self.seats.is_empty() || self.count > 0
    }

    /// Returns which of these seats no rule stands for.
    pub(super) fn unheld(&self, seats: &[Role]) -> Vec<Role> {
        let mut left = self.seats.clone();
        let mut unheld = Vec::new();
        for role in seats {
            match left.iter().position(|held| held == role) {
                Some(place) => drop(left.swap_remove(place)),
                None => unheld.push(role.clone()),
            }
        }
        unheld
    }
}

/// Returns the environments where GitLab only counts people; there the last approval starts the job, as rules do not.
pub(super) fn counted(asked: &BTreeMap<EnvironmentName, Asked>) -> Vec<EnvironmentName> {
    let counted = asked.iter().filter(|(_, asked)| asked.count > 0);
    counted.map(|(name, _)| name.clone()).collect()
}

/// Says of each environment for which GitLab asks nobody why no other go-live of a commit is made there: its jobs would
/// start as soon as they are run again, so that is left to `retry`, which says so. Whom it asks is what it answered last:
/// Free instances ask nobody, and so does an environment without a rule beside one that has some.
pub(super) fn no_second(
    project: &Project,
    asked: &BTreeMap<EnvironmentName, Asked>,
) -> BTreeMap<EnvironmentName, String> {
    let names = project.environments.iter().map(|one| &one.name);
    let unasked = names.filter(|name| !asked.get(*name).is_some_and(Asked::asks_anybody));
    let said = |name: &EnvironmentName| {
        let why = format!(
            "a commit has one go-live here: GitLab asks nobody for approvals of {name}, so a job that is run again starts at once"
        );
        (name.clone(), why)
    };
    unasked.map(said).collect()
}

/// Returns who makes sure of the seats: GitLab, only where a rule stands for every one of them.
pub(super) fn enforcement(
    project: &Project,
    asked: &BTreeMap<EnvironmentName, Asked>,
) -> Enforcement {
    let environments = project.environments.iter();
    let with_seats: Vec<&Environment> = environments.filter(|one| !one.seats.is_empty()).collect();
    if with_seats.is_empty() {
        // The team's file names none: those that there are, are GitLab's own.
        let is_asked = asked.values().any(Asked::asks_anybody);
        return if is_asked {
            Enforcement::Forge
        } else {
            Enforcement::Console
        };
    }
    let nothing = Asked::default();
    let (mut wanted, mut unheld, mut is_counted) = (0, 0, false);
    for environment in with_seats {
        let asked = asked.get(&environment.name).unwrap_or(&nothing);
        wanted += environment.seats.len();
        unheld += asked.unheld(&environment.seats).len();
        is_counted |= asked.count > 0;
    }
    match unheld {
        0 => Enforcement::Forge,
        _ if unheld < wanted || is_counted => Enforcement::Partly,
        _ => Enforcement::Console,
    }
}

impl Gitlab {
    /// Reads what protects an environment, where we may and there is such a thing: Free instances have none, and
    /// developers may not read it. Keeps in mind what it says; for an account whose role has this number.
    pub(super) async fn protection(
        &self,
        id: &str,
        name: &EnvironmentName,
        level: Option<u64>,
    ) -> Result<Option<wire::ProtectedEnvironment>, Error> {
        let ask = Ask::get(&["projects", id, "protected_environments", name.as_str()]);
        let found: Option<wire::ProtectedEnvironment> = degraded(self.http().read(&ask).await)?;
        if let Some(found) = &found {
            let project = &self.options.project;
            let seats = seats::roles_of(&found.approval_rules, name, project);
            let count = match found.approval_rules.as_slice() {
                [] => found.required_approval_count,
                // GitLab goes by the rules then.
                [..] => 0,
            };
            self.note_asked(name, Asked { seats, count });
        }
        let levels = found.as_ref().map(|found| &found.deploy_access_levels[..]);
        let starters = match levels.unwrap_or_default() {
            [] => None,
            // Boxed, since everything that is asked of a project begins with this once.
            levels => Some(Box::pin(self.who_starts(id, name, levels, level)).await?),
        };
        self.note_starters(name, starters);
        Ok(found)
    }

    /// Keeps in mind what the newest go-live to an environment is asked for; nothing where its answers do not tell.
    pub(super) fn note_rules(&self, golive: &GoLive) {
        let details = golive.parts.iter().map(|part| &part.detail);
        let mut telling =
            details.filter(|detail| detail.approval_summary.is_some() || detail.counted() > 0);
        if let Some(detail) = telling.next() {
            let (name, project) = (&golive.environment, &self.options.project);
            let seats = seats::roles_of(detail.rules(), name, project);
            let count = detail.counted();
            self.note_asked(name, Asked { seats, count });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roles(names: &[&str]) -> Vec<Role> {
        let parsed = names.iter().map(|name| name.parse());
        parsed.collect::<Result<_, _>>().expect("roles")
    }

    fn project(environments: &[(&str, &[&str])]) -> Project {
        let environment = |(name, seats): &(&str, &[&str])| Environment {
            name: name.parse().expect("a name"),
            is_production: true,
            seats: roles(seats),
            job: None,
            apps: Vec::new(),
            migrations: None,
            hotfix_sandbox: None,
            is_org: false,
        };
        Project {
            environments: environments.iter().map(environment).collect(),
            ..Project::default()
        }
    }

    fn asked(all: &[(&str, &[&str], u64)]) -> BTreeMap<EnvironmentName, Asked> {
        let one = |(name, seats, count): &(&str, &[&str], u64)| {
            let seats = roles(seats);
            let name = name.parse().expect("a name");
            (
                name,
                Asked {
                    seats,
                    count: *count,
                },
            )
        };
        all.iter().map(one).collect()
    }

    #[test]
    fn gitlab_makes_sure_of_the_seats_only_where_each_has_a_rule_in_its_own_environment() {
        let both: &[&str] = &["lead", "pm"];
        let one = project(&[("production", both)]);
        let of = |all: &[(&str, &[&str], u64)]| enforcement(&one, &asked(all));
        assert_eq!(of(&[]), Enforcement::Console);
        assert_eq!(of(&[("production", &[], 0)]), Enforcement::Console);
        assert_eq!(of(&[("production", &["board"], 0)]), Enforcement::Console);
        assert_eq!(of(&[("production", &["lead"], 0)]), Enforcement::Partly);
        assert_eq!(
            of(&[("production", &["lead", "lead"], 0)]),
            Enforcement::Partly
        );
        assert_eq!(
            of(&[("production", &["pm", "board", "lead"], 0)]),
            Enforcement::Forge
        );
        assert_eq!(of(&[("staging", both, 0)]), Enforcement::Console);
        // So many people, but nobody looks at who they are.
        assert_eq!(of(&[("production", &[], 2)]), Enforcement::Partly);

        let two = project(&[("production", both), ("eu", &["pm"])]);
        let of = |all: &[(&str, &[&str], u64)]| enforcement(&two, &asked(all));
        assert_eq!(of(&[("production", both, 0)]), Enforcement::Partly);
        assert_eq!(
            of(&[("production", both, 0), ("eu", &["pm"], 0)]),
            Enforcement::Forge
        );
    }

    #[test]
    fn another_go_live_is_made_only_where_somebody_is_asked_for_it() {
        let both = project(&[("production", &[]), ("staging", &[])]);
        let kept = |all: &[(&str, &[&str], u64)]| {
            let kept = no_second(&both, &asked(all)).into_keys();
            kept.map(|name| name.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(kept(&[]), ["production", "staging"]);
        assert_eq!(kept(&[("production", &[], 0)]), ["production", "staging"]);
        // What it asks for one environment says nothing of the other.
        assert_eq!(kept(&[("production", &["lead"], 0)]), ["staging"]);
        assert_eq!(
            kept(&[("staging", &[], 0), ("production", &[], 1)]),
            ["staging"]
        );
    }

    #[test]
    fn without_seats_in_the_teams_file_those_of_gitlab_are_all_there_are() {
        let none = project(&[("production", &[])]);
        let of = |all: &[(&str, &[&str], u64)]| enforcement(&none, &asked(all));
        assert_eq!(of(&[("production", &[], 0)]), Enforcement::Console);
        assert_eq!(of(&[("production", &["board"], 0)]), Enforcement::Forge);
        assert_eq!(of(&[("production", &[], 1)]), Enforcement::Forge);
    }
}
