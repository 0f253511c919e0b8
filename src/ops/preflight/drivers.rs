//! Two answers beside each other: the forge's, which knows no merge drivers, and that of the user's own git.

use crate::git::DRIVER_LIMIT;
use crate::git::Error;
use crate::git::Forecast;
use crate::git::Question;

use super::super::ground::Ground;
use super::super::observe::Trial;
use super::PreflightOutcome;
use super::PreflightWish;

/// What the drivers of the clone have to do with a pick.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Driven {
    /// The paths of the fix that a configured driver merges, with the driver's name.
    pub paths: Vec<(String, String)>,
    /// How both answers compare; none while the drivers were not run.
    pub case: Option<DriverCase>,
}

/// The forge's answer and the user's (flows.md 5.4.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DriverCase {
    BothClean,
    /// Expected where a driver merges structured files: resolve locally and push the result.
    OnlyForgeConflicts,
    /// The driver is configured wrongly.
    OnlyDriverConflicts,
    BothConflict,
    Unknown {
        why: String,
    },
}

impl DriverCase {
    /// Returns the word in output.
    pub fn word(&self) -> &'static str {
        match self {
            Self::BothClean => "both-clean",
            Self::OnlyForgeConflicts => "only-forge-conflicts",
            Self::OnlyDriverConflicts => "only-driver-conflicts",
            Self::BothConflict => "both-conflict",
            Self::Unknown { .. } => "unknown",
        }
    }
}

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
        found.unwrap_or_else(|error| {
            Some(Driven {
                paths: Vec::new(),
                case: Some(unknown(&error)),
            })
        })
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
        let (base, newest) = match trial {
            Trial::One(Question::Merge { other, onto }) => {
                (self.repo.merge_base(other, onto)?, Some(other))
            }
            Trial::One(Question::Pick { commit, .. }) => (self.base_of(trial), Some(commit)),
            Trial::Row { commits, .. } => (self.base_of(trial), commits.last()),
            Trial::Impossible(_) => (None, None),
        };
        let (Some(base), Some(newest), Some(onto)) = (base, newest, trial.onto()) else {
            return Ok(None);
        };
        let touched = self.repo.touched(&base, newest)?;
        let paths = match self.clone.driven_paths(onto, &touched, &drivers)? {
            Some(paths) if paths.is_empty() => return Ok(None),
            Some(paths) => paths.into_iter().collect(),
            // This git cannot read attributes of a tree: all that is known is that there are drivers.
            None => Vec::new(),
        };
        let case = match trial {
            _ if !wish.with_drivers => None,
            Trial::One(question) => {
                let theirs = self
                    .repo
                    .forecast_with_drivers(&self.clone, question, DRIVER_LIMIT);
                Some(theirs.map_or_else(|error| unknown(&error), |theirs| compare(outcome, theirs)))
            }
            Trial::Row { .. } | Trial::Impossible(_) => Some(DriverCase::Unknown {
                why: "several picks in a row are not tried with drivers".to_owned(),
            }),
        };
        Ok(Some(Driven { paths, case }))
    }
}

fn unknown(error: &Error) -> DriverCase {
    DriverCase::Unknown {
        why: format!("cannot {error}"),
    }
}

fn compare(forge: &PreflightOutcome, driver: Forecast) -> DriverCase {
    let forge = match forge {
        PreflightOutcome::Clean { .. } | PreflightOutcome::Already { .. } => true,
        PreflightOutcome::Conflict { .. } => false,
        PreflightOutcome::Blocked { why } | PreflightOutcome::Unknown { why } => {
            return DriverCase::Unknown { why: why.clone() };
        }
    };
    let driver = match driver {
        Forecast::Clean { .. } | Forecast::Already { .. } => true,
        Forecast::Conflict { .. } => false,
        Forecast::Blocked { why } | Forecast::Unknown { why } => {
            return DriverCase::Unknown { why };
        }
    };
    match (forge, driver) {
        (true, true) => DriverCase::BothClean,
        (false, true) => DriverCase::OnlyForgeConflicts,
        (true, false) => DriverCase::OnlyDriverConflicts,
        (false, false) => DriverCase::BothConflict,
    }
}
