//! A plan and what became of it, as data: printed, confirmed, compared, written as JSON, carried out by `ops` and by
//! nobody else. The calls that it is made of are in `call`.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use crate::engine::Intent;
use crate::model::BranchName;
use crate::model::CommitId;
use crate::model::DeploymentId;
use crate::model::DeploymentState;
use crate::model::EnvironmentName;
use crate::model::EventId;
use crate::model::HotfixId;
use crate::model::IntentId;
use crate::model::LaneName;
use crate::model::LockId;
use crate::model::Project;
use crate::model::RequestId;
use crate::model::StepId;
use crate::model::Timestamp;

use super::call::Call;

/// How dangerous a change is (console.md 2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Level {
    L0,
    L1,
    L2,
    L3,
    L4,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

/// What will be done, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub hotfix: HotfixId,
    pub intent: Intent,
    pub step: Option<StepId>,
    pub target: Option<LaneName>,
    /// In a sentence: `merge change request 12 into production`.
    pub title: String,
    pub level: Level,
    /// The name to type for L4.
    pub environment: Option<EnvironmentName>,
    pub changes: Vec<Change>,
    /// Facts that were looked at, each with how it stands.
    pub facts: Vec<Fact>,
    /// `preprod 7d02c41 -> merge of 9f3c1a2`, and what stays as it is.
    pub will_change: Vec<String>,
    pub will_not_change: Vec<String>,
    pub way_back: String,
    /// When it was made, for people.
    pub made_at: Timestamp,
    /// The same as [`Observation::since_boot`](crate::engine::Observation::since_boot), by which its age is measured: a time
    /// of day that is set neither keeps an old plan nor voids a new one, and sleep counts.
    pub since_boot: Duration,
    /// How long it holds.
    pub lasts: Duration,
    /// The interrupted intent that is decided about by this, if any: its calls are closed once the record knows of them.
    pub settles: Option<IntentId>,
    /// The command that goes on behind it, where it ends with what was interrupted and more of the step is left.
    pub next: Option<String>,
    /// The entries of the record that it was made from; what others add later may void it.
    pub known: BTreeSet<EventId>,
    /// Hex SHA-256 over hotfix, calls and expectations: the same plan again has the same hash.
    pub hash: String,
}

impl Plan {
    /// How long plans hold: long enough to read, short enough that what was looked at still stands.
    pub const LASTS: Duration = Duration::from_secs(60);

    /// Returns for how much longer it holds when the machine has been up for so long; zero where it does not any more.
    pub fn left(&self, since_boot: Duration) -> Duration {
        let age = since_boot.saturating_sub(self.since_boot);
        self.lasts.saturating_sub(age)
    }

    /// Returns until when it holds, for people.
    pub fn expires_at(&self) -> Timestamp {
        let seconds = self.lasts.as_secs().cast_signed();
        Timestamp::from_second(self.made_at.as_second().saturating_add(seconds))
    }

    /// Tells whether the fix, or the rest of it, is lost in what comes of it: then a name is typed, of whichever lane.
    pub fn loses_fix(&self) -> bool {
        let mut facts = self.facts.iter();
        facts.any(|fact| fact.state == FactState::Risk)
    }

    /// Tells whether the name to type is that of a lane that would go on without it, or over a rule of ours, and not
    /// production's.
    pub fn names_lane(&self, project: &Project) -> bool {
        let Some(name) = &self.environment else {
            return false;
        };
        let mut facts = self.facts.iter();
        let is_risky = facts.any(|fact| fact.state.is_risk())
            || matches!(self.intent, Intent::Override { .. });
        is_risky && !project.is_production_name(name)
    }
}

/// One call and what it assumes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub call: Call,
    pub expects: Vec<Expectation>,
    /// The step and target that this call belongs to; a plan for all targets has several.
    pub step: Option<StepId>,
    pub target: Option<LaneName>,
}

/// A fact on the plan screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    pub state: FactState,
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FactState {
    Ok,
    Warn,
    /// Worse than a warning: the plan would take the fix out, or leave it out for good.
    Risk,
    /// As bad: it goes over a rule of the team, which somebody lifted.
    OverRule,
}

impl FactState {
    /// Tells whether it must not be overlooked.
    pub fn is_risk(self) -> bool {
        match self {
            Self::Ok | Self::Warn => false,
            Self::Risk | Self::OverRule => true,
        }
    }

    /// Returns the word that people read beside it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Risk | Self::OverRule => "RISK",
        }
    }
}

/// What must still hold just before a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "expects", rename_all = "snake_case")]
pub enum Expectation {
    /// The branch is at this commit, or does not exist.
    Branch {
        branch: BranchName,
        at: Option<CommitId>,
    },
    RequestOpen {
        request: RequestId,
        head: CommitId,
    },
    DeploymentIs {
        deployment: DeploymentId,
        state: DeploymentState,
    },
    /// No deployment to the environment is running, but for the one that is started further.
    Quiet {
        environment: EnvironmentName,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        but: Option<DeploymentId>,
    },
    /// The call gets a permit: the driver's seat is free, and taken for it, or ours.
    Seat {
        environment: EnvironmentName,
        lock: LockId,
    },
}

/// What became of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub results: Vec<ChangeResult>,
}

/// What became of one change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeResult {
    pub call: String,
    pub outcome: Outcome,
    pub why: String,
    /// Nothing rests on it: what the plan is for is done without it.
    pub is_aside: bool,
}

impl ChangeResult {
    /// Tells whether the plan is as good as done with this, as far as it goes.
    pub fn is_good_enough(&self) -> bool {
        self.is_aside || matches!(self.outcome, Outcome::Done | Outcome::Already)
    }
}

/// The answer to a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Done,
    Already,
    Refused,
    Unknown,
    Failed,
}

impl Outcome {
    /// Returns the word in JSON and on the screen.
    pub fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Already => "already",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
            Self::Failed => "failed",
        }
    }
}

/// Why an intent cannot be planned now; a value, not an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What was wanted, in a sentence.
    pub wanted: String,
    /// Every reason, in words; never empty.
    pub reasons: Vec<String>,
    /// What to do next, where there is something.
    pub hint: Option<String>,
}
