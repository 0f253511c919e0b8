//! What of the project the calls of an interrupted run are about: they say branches, and whoever finds them asks whether
//! production is changed.

use crate::model::BranchName;
use crate::model::EnvironmentName;
use crate::model::Lane;
use crate::model::Project;
use crate::record::EffectState;

use super::board::Board;
use super::interrupted::Found;
use super::interrupted::Interrupted;
use super::plan::Outcome;

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
    /// What would have changed it left no trace there; what was sent a moment ago may still arrive.
    No,
    Perhaps,
    Yes,
}

impl Touched {
    /// Returns it in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Never => "none of the calls below changes production",
            Self::No => "PRODUCTION: no trace that it was changed by this",
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
    /// Says whether production is changed by it: by what is left of it, and by what it did before, which the record of the
    /// board tells.
    pub fn touched(&self, board: &Board) -> Touched {
        let left = self.calls.iter();
        let left = left.map(|call| (call.call.as_str(), as_found(&call.found)));
        let effects = board.record.as_ref().map(|record| &record.effects);
        let effects = effects.and_then(|effects| effects.get(&self.intent));
        let over = effects.into_iter().flatten().filter_map(|effect| {
            let is_left = self.calls.iter().any(|call| call.call == effect.call);
            let became = as_recorded(&effect.state).filter(|_| !is_left)?;
            Some((effect.call.as_str(), became))
        });
        left.chain(over)
            .filter_map(|(call, became)| Some(became.min(most(call, board)?)))
            .max()
            .unwrap_or(Touched::Never)
    }
}

/// Returns the most that a call with this text does to production; none where it does nothing there.
fn most(call: &str, board: &Board) -> Option<Touched> {
    let capabilities = &board.seen.capabilities;
    let approval_starts =
        capabilities.approval_starts || !capabilities.approval_starts_in.is_empty();
    if approval_starts && call.starts_with("approve deployment ") {
        // It says neither where to nor whether it is the last one.
        return Some(Touched::Perhaps);
    }
    let place = Place::of(call, &board.book.project)?;
    (place.is_production && place.changes).then_some(Touched::Yes)
}

/// Returns what was found of a call as if it changed production.
fn as_found(found: &Found) -> Touched {
    match found {
        Found::There { .. } => Touched::Yes,
        Found::Untold | Found::NotSeen => Touched::Perhaps,
        Found::NotBegun | Found::Nowhere | Found::Written | Found::Recorded => Touched::No,
    }
}

/// Returns what the record tells of a call as if it changed production; none where it did nothing.
fn as_recorded(state: &EffectState) -> Option<Touched> {
    let EffectState::Observed { outcome, .. } = state else {
        // It is left open, or never began.
        return None;
    };
    let is = |one: Outcome| one.word() == outcome;
    if is(Outcome::Refused) {
        None
    } else if is(Outcome::Done) || is(Outcome::Already) {
        Some(Touched::Yes)
    } else {
        // A job or a migration that failed did some of it.
        Some(Touched::Perhaps)
    }
}
