//! What the merge drivers of the user's clone make of what is still to be carried (flows.md 5.4.2). Which paths they merge
//! is told without running them. They run where a person trusts exactly these commands, and all of them together no longer
//! than a look may wait: what they had no time for is told to be unknown, and asked again by a later look. What took all of a
//! look's time is not: each time may leave files in the clone. Neither is what broke down, until the configuration, the
//! attributes or what is merged is another; the program that a command names does not count.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::git::Error;
use crate::git::ToDrivers;
use crate::model::ChangeRequest;
use crate::model::Driven;
use crate::model::DriverCase;
use crate::model::LaneName;
use crate::model::Prediction;
use crate::model::PredictionOutcome;
use crate::model::Presence;
use crate::model::Seen;
use crate::model::StepId;
use crate::model::Verdict;

use super::super::drivers::Asking;
use super::super::drivers::LookDrivers;
use super::super::drivers::MAY_HAVE_LEFT;
use super::super::drivers::NoAnswer;
use super::Look;
use super::carrying::Trial;
use super::carrying::trial;
use super::fix::Fix;

/// What was found of every target that a driver has to do with.
#[derive(Clone)]
pub(super) struct Told {
    pub(super) by_target: BTreeMap<(StepId, LaneName), Driven>,
    /// A later look would be told the same.
    pub(super) is_whole: bool,
}

impl Told {
    /// Says that no driver has to do with anything.
    pub(super) fn nothing() -> Self {
        Self {
            by_target: BTreeMap::new(),
            is_whole: true,
        }
    }
}

/// Tells of every target for which it is predicted what carrying the fix there does, and where that is still to be done.
pub(super) fn told(
    look: &Look,
    fix: Option<&Fix>,
    requests: &[ChangeRequest],
    predictions: &BTreeMap<(StepId, LaneName), Seen<Prediction>>,
    presence: &BTreeMap<LaneName, Seen<Presence>>,
) -> Told {
    let mut told = Told::nothing();
    let (Some(fix), Some(drivers)) = (fix, &look.drivers) else {
        return told;
    };
    let mut turn = Turn {
        look,
        drivers,
        left: drivers.patience,
        is_whole: true,
    };
    for step in &look.book.steps {
        let Some(carry) = step.work.carry() else {
            continue;
        };
        let open = carry.targets.iter();
        for target in open.filter(|lane| !is_there(presence, lane)) {
            let key = (step.id.clone(), target.clone());
            let Some(prediction) = predictions.get(&key).and_then(Seen::value) else {
                continue;
            };
            let Some(forge) = is_clean(&prediction.outcome) else {
                continue;
            };
            let onto = &prediction.target_tip;
            let Some(Ok(trial)) = trial(look, fix, carry, requests, onto) else {
                continue;
            };
            if let Some(driven) = turn.driven(&trial, forge) {
                told.by_target.insert(key, driven);
            }
        }
    }
    told.is_whole = turn.is_whole;
    told
}

fn is_there(presence: &BTreeMap<LaneName, Seen<Presence>>, lane: &LaneName) -> bool {
    let presence = presence.get(lane).and_then(Seen::value);
    presence.is_some_and(|presence| presence.verdict == Verdict::Present)
}

/// Tells whether the forge merges cleanly; none where there is nothing to compare with that.
fn is_clean(outcome: &PredictionOutcome) -> Option<bool> {
    match outcome {
        PredictionOutcome::Clean => Some(true),
        PredictionOutcome::Conflict { .. } => Some(false),
        PredictionOutcome::Already
        | PredictionOutcome::Blocked { .. }
        | PredictionOutcome::Unknown { .. } => None,
    }
}

/// One look's questions to the drivers.
struct Turn<'a> {
    look: &'a Look,
    drivers: &'a LookDrivers,
    /// For how long this look still waits.
    left: Duration,
    is_whole: bool,
}

impl Turn<'_> {
    /// Tells of one target; none where no driver has to do with it.
    fn driven(&mut self, trial: &Trial, forge: bool) -> Option<Driven> {
        let (look, own) = (self.look, self.drivers);
        let drivers = match &own.seen.found {
            Ok(drivers) => drivers,
            Err(why) => return Some(self.unknown(why.clone())),
        };
        let asking = Asking {
            repo: &look.repo,
            clone: &own.clone,
            drivers,
        };
        let paths = match asking.paths(trial) {
            Ok(Some(paths)) => paths,
            Ok(None) => return None,
            Err(error) => return Some(self.unknown(cannot(&error))),
        };
        // Of what need not be tried nobody is asked, whether trusted or not.
        let is_told = own.seen.is_trusted || trial.to_drivers().is_err();
        let case = is_told.then(|| self.case(&asking, trial, forge));
        Some(Driven { paths, case })
    }

    fn unknown(&mut self, why: String) -> Driven {
        self.is_whole = false;
        Driven::unknown(why)
    }

    /// Compares the forge's answer with that of the drivers, which are asked where they were not yet.
    fn case(&mut self, asking: &Asking<'_>, trial: &Trial, forge: bool) -> DriverCase {
        let question = match trial.to_drivers() {
            Ok(question) => question,
            Err(why) => return DriverCase::Unknown { why },
        };
        let known = asking.repo.known_with_drivers(asking.drivers, question);
        match known.map_or_else(|| self.ask(asking, question), Ok) {
            Ok(driver) => DriverCase::compared(forge, driver),
            Err(why) => {
                self.is_whole = false;
                DriverCase::Unknown { why }
            }
        }
    }

    /// Tells whether the user's git merges cleanly, or why that is not known. **Runs the drivers**, which are trusted.
    fn ask(&mut self, asking: &Asking<'_>, question: ToDrivers<'_>) -> Result<bool, String> {
        let own = self.drivers;
        if let Some(why) = asking.repo.broken_with_drivers(asking.drivers, question) {
            return Err(self.broken(&why));
        }
        let late = asking.repo.late_with_drivers(asking.drivers, question);
        if late.is_some_and(|waited| waited >= own.patience) {
            return Err(self.late());
        }
        if self.left.is_zero() {
            return Err(self.not_reached());
        }
        let has_all = self.left == own.patience;
        let begun = (own.meter)();
        let answer = asking.is_clean(question, self.left);
        let took = (own.meter)().saturating_sub(begun);
        self.left = self.left.saturating_sub(took);
        match answer {
            Ok(is_clean) => Ok(is_clean),
            Err(NoAnswer::Broken(why)) => {
                let kept = asking.repo.broken_with_drivers(asking.drivers, question);
                Err(kept.map_or(why, |why| self.broken(&why)))
            }
            Err(NoAnswer::Late(_)) => {
                self.left = Duration::ZERO;
                if !has_all {
                    return Err(self.not_reached());
                }
                Err(self.late())
            }
        }
    }

    fn broken(&self, why: &str) -> String {
        format!(
            "it broke down: {why}; looks do not ask it again; to ask it once more: {}",
            self.command()
        )
    }

    fn late(&self) -> String {
        format!(
            "no answer in the time that a look waits, and {MAY_HAVE_LEFT}; looks do not ask it again; to wait longer: {}",
            self.command()
        )
    }

    fn not_reached(&self) -> String {
        let command = self.command();
        format!("this look had no time left for it; to wait longer: {command}")
    }

    /// Returns the command that asks, whatever looks know.
    fn command(&self) -> String {
        let record = self.look.record.as_ref();
        let hotfix = record.map_or("HOTFIX", |record| record.hotfix.as_str());
        format!("lanekeeper preflight {hotfix} --with-driver")
    }
}

fn cannot(error: &Error) -> String {
    format!("cannot {error}")
}
