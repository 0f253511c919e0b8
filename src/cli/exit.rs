//! Exit codes: what a script may count on.

use crate::engine::ChangeResult;
use crate::engine::Outcome;
use crate::engine::Plan;
use crate::model::LaneName;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    Done = 0,
    Fault = 1,
    /// Wrong words or wrong configuration.
    Usage = 2,
    Refused = 3,
    /// Conflicts wait for a person.
    Conflicts = 4,
    Unknown = 5,
    /// Some targets done, some not.
    Partial = 10,
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl Exit {
    /// Returns how carrying out `plan` ended; `results` are in the order of its changes.
    pub fn of_results(plan: &Plan, results: &[ChangeResult]) -> Self {
        if results
            .iter()
            .any(|result| result.outcome == Outcome::Unknown)
        {
            return Self::Unknown;
        }
        let is_done = ChangeResult::is_good_enough;
        if results.len() == plan.changes.len() && results.iter().all(is_done) {
            return Self::Done;
        }
        let targets: Vec<&LaneName> = plan
            .changes
            .iter()
            .filter_map(|change| change.target.as_ref())
            .collect();
        let is_target_done = |target: &&LaneName| {
            plan.changes
                .iter()
                .zip(results)
                .filter(|(change, _)| change.target.as_ref() == Some(*target))
                .all(|(_, result)| is_done(result))
        };
        if !results.is_empty() && targets.iter().any(is_target_done) {
            return Self::Partial;
        }
        // What follows a failed change is reported as refused too: only the first one tells why.
        match results.iter().find(|result| !is_done(result)) {
            Some(result) if result.outcome == Outcome::Refused => Self::Refused,
            Some(_) | None => Self::Fault,
        }
    }

    /// Returns the worse of two ends: what a person must look at first.
    pub fn worst(self, other: Self) -> Self {
        let rank = |exit: Self| match exit {
            Self::Done => 0,
            Self::Conflicts => 1,
            Self::Partial => 2,
            Self::Refused => 3,
            Self::Usage => 4,
            Self::Fault => 5,
            Self::Unknown => 6,
        };
        if rank(other) > rank(self) {
            other
        } else {
            self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Call;
    use crate::engine::Change;
    use crate::engine::Intent;
    use crate::engine::Level;
    use crate::model::Timestamp;
    use crate::record::Event;

    /// Makes a plan with one change per given target; an empty name is a change of no target.
    fn plan(targets: &[&str]) -> Plan {
        let change = |target: &&str| Change {
            call: Call::Record {
                event: Event::NoteAdded {
                    text: String::new(),
                },
            },
            expects: Vec::new(),
            step: None,
            target: target.parse().ok(),
        };
        Plan {
            hotfix: "20260412-x-000000".parse().expect("static id"),
            intent: Intent::Note {
                text: String::new(),
            },
            step: None,
            target: None,
            title: String::new(),
            level: Level::L2,
            environment: None,
            changes: targets.iter().map(change).collect(),
            facts: Vec::new(),
            will_change: Vec::new(),
            will_not_change: Vec::new(),
            way_back: String::new(),
            made_at: Timestamp::from_second(0),
            since_boot: std::time::Duration::ZERO,
            lasts: Plan::LASTS,
            settles: None,
            next: None,
            known: std::collections::BTreeSet::new(),
            hash: String::new(),
        }
    }

    fn exit(targets: &[&str], outcomes: &[Outcome]) -> Exit {
        let results: Vec<ChangeResult> = outcomes
            .iter()
            .map(|&outcome| ChangeResult {
                call: String::new(),
                outcome,
                why: String::new(),
                is_aside: false,
            })
            .collect();
        Exit::of_results(&plan(targets), &results)
    }

    #[test]
    fn done_and_already_done_are_done() {
        assert_eq!(
            exit(&["", "a"], &[Outcome::Done, Outcome::Already]),
            Exit::Done
        );
    }

    #[test]
    fn an_unknown_outcome_is_told_before_anything_else() {
        let outcomes = [Outcome::Done, Outcome::Unknown];
        assert_eq!(exit(&["a", "b"], &outcomes), Exit::Unknown);
    }

    #[test]
    fn some_targets_done_and_some_not_is_partial() {
        let outcomes = [Outcome::Done, Outcome::Done, Outcome::Failed];
        assert_eq!(exit(&["a", "a", "b"], &outcomes), Exit::Partial);
        let outcomes = [Outcome::Done, Outcome::Failed, Outcome::Failed];
        assert_eq!(exit(&["a", "a", "b"], &outcomes), Exit::Fault);
    }

    #[test]
    fn the_first_change_that_is_not_done_tells_why() {
        assert_eq!(
            exit(&["", ""], &[Outcome::Refused, Outcome::Refused]),
            Exit::Refused
        );
        assert_eq!(
            exit(&["", ""], &[Outcome::Failed, Outcome::Refused]),
            Exit::Fault
        );
    }
}
