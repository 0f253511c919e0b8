//! What of the project the calls of an interrupted run are about: they say branches, and whoever finds them asks whether
//! production is changed.

use crate::model::BranchName;
use crate::model::EnvironmentName;
use crate::model::Lane;
use crate::model::Project;

use super::interrupted::Found;
use super::interrupted::Interrupted;

/// The lane or the environment that a call goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The name of the lane and, where it is another one, of its environment.
    names: Vec<String>,
    pub is_production: bool,
    /// The call changes it; one that only asks for something there does not.
    changes: bool,
}

/// Whether production is changed by a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Touched {
    /// No call of it is about that.
    Never,
    /// What would have changed it did not arrive.
    No,
    Perhaps,
    Yes,
}

impl Touched {
    /// Returns it in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Never => "production is not changed by any of this",
            Self::No => "PRODUCTION is not changed: that did not arrive",
            Self::Perhaps => "PRODUCTION may be changed by it",
            Self::Yes => "PRODUCTION is changed by it",
        }
    }
}

impl Place {
    /// Returns where a call with this text goes, if to a lane or an environment of the project.
    pub fn of(call: &str, project: &Project) -> Option<Self> {
        let word = |text: &str| text.split(' ').next().map(str::to_owned);
        let to = |rest: &str, last: &str| word(rest.rsplit_once(last)?.1);
        if let Some(rest) = call.strip_prefix("merge change request ") {
            let (_, into) = rest.split_once(" into ")?;
            return Self::lane(&word(into)?, project, true);
        }
        if let Some(rest) = call.strip_prefix("open change request ") {
            let (_, into) = rest.split_once(" -> ")?;
            return Self::lane(&word(into)?, project, false);
        }
        if let Some(rest) = call.strip_prefix("git push ") {
            let rest = rest.strip_prefix("--delete ").unwrap_or(rest);
            return Self::lane(&word(rest.strip_prefix("refs/heads/")?)?, project, true);
        }
        if let Some(rest) = call.strip_prefix("create deployment of ") {
            return Self::environment(&to(rest, " to ")?, project, false);
        }
        if let Some(rest) = call.strip_prefix("start deployment ") {
            return Self::environment(&to(rest, " to ")?, project, true);
        }
        let runs = ["run migrations of ", "run job "];
        if let Some(rest) = runs.iter().find_map(|begin| call.strip_prefix(begin)) {
            return Self::environment(&to(rest, " in ")?, project, true);
        }
        let (_, seat) = call.strip_prefix("lock.")?.split_once(' ')?;
        Self::environment(&word(seat)?, project, false)
    }

    fn lane(branch: &str, project: &Project, changes: bool) -> Option<Self> {
        let branch: BranchName = branch.parse().ok()?;
        let lane = project.lane_of_branch(&branch)?;
        let mut names = vec![lane.name.to_string()];
        let environment = lane.environment.as_ref().map(ToString::to_string);
        names.extend(environment.filter(|name| name != lane.name.as_str()));
        let production = project.production();
        let is_production = project.is_production(&lane.name)
            || production.is_some_and(|production| production.name == lane.name);
        Some(Self {
            names,
            is_production,
            changes,
        })
    }

    fn environment(name: &str, project: &Project, changes: bool) -> Option<Self> {
        let name: EnvironmentName = name.parse().ok()?;
        // A production lane without an environment is its own.
        let is_lane =
            |lane: &Lane| lane.environment.is_none() && lane.name.as_str() == name.as_str();
        let is_production = match project.environment(&name) {
            Some(environment) => environment.is_production,
            None => project.production().is_some_and(is_lane),
        };
        Some(Self {
            names: vec![name.to_string()],
            is_production,
            changes,
        })
    }

    /// Returns what a call with this text does not say of it: PRODUCTION, and every name of that which does not say so
    /// itself; else the names that are not in it.
    pub fn beside(&self, call: &str) -> Option<String> {
        let names = self.names.iter().map(String::as_str);
        if !self.is_production {
            let missing: Vec<&str> = names.filter(|name| !call.contains(name)).collect();
            return (!missing.is_empty()).then(|| missing.join(", "));
        }
        let names: Vec<&str> = names.filter(|name| *name != "production").collect();
        Some(if names.is_empty() {
            "PRODUCTION".to_owned()
        } else {
            format!("PRODUCTION ({})", names.join(", "))
        })
    }
}

impl Interrupted {
    /// Says whether production is changed by what is left of it.
    pub fn touched(&self, project: &Project) -> Touched {
        let mut most = Touched::Never;
        for call in &self.calls {
            let place = Place::of(&call.call, project);
            let changes = place.is_some_and(|place| place.is_production && place.changes);
            if !changes {
                continue;
            }
            most = most.max(match call.found {
                Found::There { .. } => Touched::Yes,
                Found::Untold | Found::NotSeen => Touched::Perhaps,
                Found::NotBegun | Found::Nowhere | Found::Written | Found::Recorded => Touched::No,
            });
        }
        most
    }
}
