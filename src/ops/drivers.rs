//! What the merge drivers of the user's clone have to do with a pick, and what they make of it (flows.md 5.4.2). One
//! implementation for `preflight`, which runs them where its flag says so, and for looks and resolutions, which run them
//! where a person trusts exactly these commands.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::config::trust;
use crate::git::Error;
use crate::git::Forecast;
use crate::git::MergeDrivers;
use crate::git::Repo;
use crate::git::ToDrivers;
use crate::git::UserClone;

use super::observe::Trial;

/// For so long a look waits for drivers, for all its targets together.
pub(super) const LOOK_LIMIT: Duration = Duration::from_secs(5);

/// Whoever asks about drivers.
pub(super) struct Asking<'a> {
    pub(super) repo: &'a Repo,
    pub(super) clone: &'a UserClone,
    pub(super) drivers: &'a MergeDrivers,
}

/// Why the drivers gave no answer.
pub(super) enum NoAnswer {
    /// They took longer than somebody waits.
    Late(String),
    Broken(String),
}

impl Asking<'_> {
    /// Returns the paths of what is tried that a driver merges, with its name; none where there are none. Empty where
    /// this git cannot tell them: all that is known then is that there are drivers. Runs nothing.
    pub(super) fn paths(&self, trial: &Trial) -> Result<Option<Vec<(String, String)>>, Error> {
        let (Some((base, newest)), Some(onto)) = (trial.span(self.repo)?, trial.onto()) else {
            return Ok(None);
        };
        let sides = [&base, &newest, onto];
        let driven = self
            .repo
            .driven_between(self.clone, self.drivers, sides)?
            .map(|paths| paths.into_iter().collect::<Vec<_>>());
        Ok(match driven {
            Some(paths) if paths.is_empty() => None,
            Some(paths) => Some(paths),
            None => Some(Vec::new()),
        })
    }

    /// Tells whether the user's own git merges cleanly. **Runs the drivers.**
    pub(super) fn is_clean(
        &self,
        question: ToDrivers<'_>,
        limit: Duration,
    ) -> Result<bool, NoAnswer> {
        let asked = self
            .repo
            .forecast_with_drivers(self.clone, self.drivers, question, limit);
        match asked {
            Ok(Forecast::Clean { .. } | Forecast::Already { .. }) => Ok(true),
            Ok(Forecast::Conflict { .. }) => Ok(false),
            Ok(Forecast::Blocked { why } | Forecast::Unknown { why }) => Err(NoAnswer::Broken(why)),
            Err(error @ Error::TimedOut { .. }) => Err(NoAnswer::Late(error.to_string())),
            Err(error) => Err(NoAnswer::Broken(format!("cannot {error}"))),
        }
    }
}

/// What is said where a git that asked drivers had to be killed.
pub(super) const MAY_HAVE_LEFT: &str = "git may have left files `.merge_file_*` in your clone";

/// The drivers as a look finds them.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct DriversSeen {
    /// Never empty; or why they could not be read.
    pub(super) found: Result<MergeDrivers, String>,
    /// A person accepted exactly these commands, so that looks may run them.
    pub(super) is_trusted: bool,
}

impl DriversSeen {
    /// Reads which drivers the clone has, and whether they are trusted; none where there are none.
    pub(super) fn read(clone: &UserClone, state_home: &Path) -> Option<Self> {
        match clone.merge_drivers() {
            Ok(drivers) if drivers.is_empty() => None,
            Ok(drivers) => {
                let place = clone.common_dir();
                Some(Self {
                    is_trusted: trust::are_drivers_trusted(state_home, place, drivers.list()),
                    found: Ok(drivers),
                })
            }
            Err(error) => Some(Self::unread(format!("cannot {error}"))),
        }
    }

    pub(super) fn unread(why: String) -> Self {
        Self {
            found: Err(why),
            is_trusted: false,
        }
    }
}

/// The drivers of a clone that has some, for one look.
#[derive(Clone)]
pub(super) struct LookDrivers {
    pub(super) clone: UserClone,
    pub(super) seen: DriversSeen,
    /// For how long a look waits for all its answers together.
    pub(super) patience: Duration,
    /// What time is measured by.
    pub(super) meter: Arc<dyn Fn() -> Duration + Send + Sync>,
}

impl LookDrivers {
    /// Returns the drivers that may run; none where nobody trusts them, or they could not be read.
    pub(super) fn trusted(&self) -> Option<&MergeDrivers> {
        let found = self.seen.found.as_ref().ok();
        found.filter(|_| self.seen.is_trusted)
    }
}
