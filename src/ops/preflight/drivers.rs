//! Two answers beside each other: the forge's, which knows no merge drivers, and that of the user's own git.

use crate::git::DRIVER_LIMIT;
use crate::git::Error;
use crate::git::ToDrivers;
use crate::model::Driven;
use crate::model::DriverCase;

use super::super::drivers::Asking;
use super::super::drivers::MAY_HAVE_LEFT;
use super::super::drivers::NoAnswer;
use super::super::ground::Ground;
use super::super::observe::Trial;
use super::PreflightOutcome;
use super::PreflightWish;

impl Ground {
    /// Tells what the drivers of the clone have to do with a pick; none where none is configured for its paths. Where that
    /// cannot be found out it is unknown: silence would say that there are none.
    pub(super) fn driven(
        &self,
        trial: &Trial,
        outcome: &PreflightOutcome,
        wish: PreflightWish,
    ) -> Option<Driven> {
        let found = self.driven_by(trial, outcome, wish);
        found.unwrap_or_else(|error| Some(Driven::unknown(format!("cannot {error}"))))
    }

    fn driven_by(
        &self,
        trial: &Trial,
        outcome: &PreflightOutcome,
        wish: PreflightWish,
    ) -> Result<Option<Driven>, Error> {
        let drivers = self.clone.merge_drivers()?;
        if drivers.is_empty() {
            return Ok(None);
        }
        let asking = Asking {
            repo: &self.repo,
            clone: &self.clone,
            drivers: &drivers,
        };
        let Some(paths) = asking.paths(trial)? else {
            return Ok(None);
        };
        let case = if wish.with_drivers {
            Some(case(&asking, trial, outcome))
        } else {
            known(&asking, trial, outcome)
        };
        Ok(Some(Driven { paths, case }))
    }
}

/// Returns what the drivers said when they were asked before, here or by a look; none where they were not, or gave no
/// answer. Runs nothing.
fn known(asking: &Asking<'_>, trial: &Trial, outcome: &PreflightOutcome) -> Option<DriverCase> {
    let (question, forge) = both(trial, outcome).ok()?;
    let driver = asking.repo.known_with_drivers(asking.drivers, question)?;
    Some(DriverCase::compared(forge, driver))
}

/// Asks the drivers. **Runs their commands.**
fn case(asking: &Asking<'_>, trial: &Trial, outcome: &PreflightOutcome) -> DriverCase {
    let unknown = |why: String| DriverCase::Unknown { why };
    let (question, forge) = match both(trial, outcome) {
        Ok(both) => both,
        Err(why) => return unknown(why),
    };
    match asking.is_clean(question, DRIVER_LIMIT) {
        Ok(driver) => DriverCase::compared(forge, driver),
        Err(NoAnswer::Late(why)) => unknown(format!("{why}; {MAY_HAVE_LEFT}")),
        Err(NoAnswer::Broken(why)) => unknown(why),
    }
}

/// Returns what is asked of the drivers, and whether it is clean for the forge; or why there is nothing to compare.
fn both<'a>(trial: &'a Trial, outcome: &PreflightOutcome) -> Result<(ToDrivers<'a>, bool), String> {
    let question = trial.to_drivers()?;
    match outcome {
        PreflightOutcome::Clean { .. } | PreflightOutcome::Already { .. } => Ok((question, true)),
        PreflightOutcome::Conflict { .. } => Ok((question, false)),
        PreflightOutcome::Blocked { why } | PreflightOutcome::Unknown { why } => Err(why.clone()),
    }
}
