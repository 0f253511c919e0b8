//! Derived: the state of each step with its typed reasons. Never stored.

use crate::model::BranchName;
use crate::model::ChecklistPhase;
use crate::model::ConflictPath;
use crate::model::DeploymentId;
use crate::model::Driven;
use crate::model::ItemId;
use crate::model::LaneName;
use crate::model::Person;
use crate::model::Prediction;
use crate::model::PredictionOutcome;
use crate::model::Presence;
use crate::model::RequestId;
use crate::model::Role;
use crate::model::Seen;
use crate::model::Signed;
use crate::model::StepId;
use crate::model::Subject;
use crate::model::Timestamp;

use super::intent::Intent;
use super::plan::Level;
use super::words::named;

pub use super::evidence::Evidence;
pub use super::waiting::WaitingOn;

/// Where a hotfix stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    pub steps: Vec<StepProgress>,
    pub checklist: Vec<ItemProgress>,
    /// What can be done now, most urgent first.
    pub next: Vec<NextAction>,
    pub findings: Vec<Finding>,
    pub is_complete: bool,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepProgress {
    pub id: StepId,
    /// The kind's word (`Work::kind`).
    pub kind: &'static str,
    pub title: String,
    pub state: StepState,
    /// The request that this step is about, opened or merged.
    pub request: Option<RequestId>,
    /// The go-live that this step is about.
    pub deployment: Option<DeploymentId>,
    /// The inner states of a change or deploy step, in order, each reached or not.
    pub stages: Vec<(&'static str, bool)>,
    pub seats: Vec<SeatState>,
    /// One per lane for steps that fan out.
    pub targets: Vec<TargetProgress>,
}

/// One target of a step that fans out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetProgress {
    pub lane: LaneName,
    pub state: StepState,
    /// `planned`, `predicted`, `blocked`, `waits for local resolution`, `branch built`, `request open`, `request open (conflict, draft)`, `conflict request open`, `conflict request merged`, `conflict resolved`, `taken over by a person`, `merged`, `open again`, `verified`, `failed`, `abandoned` (flows.md 5.2).
    pub stage: &'static str,
    pub request: Option<RequestId>,
    pub branch: Option<BranchName>,
    pub prediction: Option<Seen<Prediction>>,
    /// What the merge drivers of the clone have to do with it, while its request is not open.
    pub driven: Option<Driven>,
    pub presence: Option<Seen<Presence>>,
    pub undecided: Vec<ConflictPath>,
}

/// The stage of a target whose conflict is resolved here before anything is pushed (`local`).
pub(super) const WAITS_HERE: &str = "waits for local resolution";

/// The stage of a target whose request was merged and that can take the fix once more: more of it came later, or it is
/// not there any more.
pub(super) const OPEN_AGAIN: &str = "open again";

/// The stage of a target in RUN that must not get what is carried.
pub(super) const BLOCKED: &str = "blocked";

/// The stage of a target whose conflict waits for people in a request of its own (`two-branch`).
pub(super) const CONFLICT_OPEN: &str = "conflict request open";

impl TargetProgress {
    /// Tells whether a conflict of this target waits for somebody's decision.
    pub fn has_open_conflict(&self) -> bool {
        !self.undecided.is_empty() || self.stage == CONFLICT_OPEN
    }

    /// Tells whether its request does not merge as it stands, or people are to resolve something in it.
    pub fn is_conflicting(&self) -> bool {
        match &self.state {
            StepState::Waiting(on) | StepState::Underway(on) => on
                .iter()
                .any(|reason| matches!(reason, WaitingOn::Conflicts { .. })),
            StepState::Ready
            | StepState::Done(_)
            | StepState::Failed(_)
            | StepState::Skipped { .. } => false,
        }
    }

    /// Tells whether it must not get what is carried, whatever git says of a merge.
    pub fn is_blocked(&self) -> bool {
        self.stage == BLOCKED
    }

    /// Tells whether its conflict is resolved on this machine, before anything is pushed (policy `local`).
    pub fn waits_here(&self) -> bool {
        self.stage == WAITS_HERE
    }

    /// Tells whether its request was merged, and the fix is to be carried into it once more.
    pub fn is_open_again(&self) -> bool {
        self.stage == OPEN_AGAIN
    }

    /// Returns the paths that a resolution begins with: those that nobody decided, or where nothing is built yet those
    /// that would conflict.
    pub fn to_resolve(&self) -> &[ConflictPath] {
        let predicted = self.prediction.as_ref().and_then(Seen::value);
        match predicted.map(|prediction| &prediction.outcome) {
            Some(PredictionOutcome::Conflict { paths }) if self.waits_here() => paths,
            Some(_) | None => &self.undecided,
        }
    }
}

/// The state of a step or target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepState {
    /// Something else must happen first.
    Waiting(Vec<WaitingOn>),
    /// Can be done now.
    Ready,
    /// Begun; waits for these, or can be carried on where the list is empty.
    Underway(Vec<WaitingOn>),
    Done(Vec<Evidence>),
    Failed(Vec<String>),
    Skipped {
        by: String,
        why: String,
    },
}

impl StepState {
    /// Returns the word in JSON.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Waiting(_) => "waiting",
            Self::Ready => "ready",
            Self::Underway(_) => "underway",
            Self::Done(_) => "done",
            Self::Failed(_) => "failed",
            Self::Skipped { .. } => "skipped",
        }
    }

    /// Returns what is waited for, none where it is over or has failed.
    pub(super) fn waits(&self) -> &[WaitingOn] {
        match self {
            Self::Waiting(on) | Self::Underway(on) => on,
            Self::Ready | Self::Done(_) | Self::Failed(_) | Self::Skipped { .. } => &[],
        }
    }

    /// Returns the reasons in words, none for done and ready.
    pub fn why(&self, now: Timestamp) -> Vec<String> {
        match self {
            Self::Waiting(on) | Self::Underway(on) => {
                // Two targets may say the same of different things: each says its own below the step.
                let mut told: Vec<String> = Vec::new();
                for words in on.iter().map(|reason| reason.words(now)) {
                    if !told.contains(&words) {
                        told.push(words);
                    }
                }
                told
            }
            Self::Failed(why) => why.clone(),
            Self::Skipped { by, why } => vec![format!("skipped by {by}: {why}")],
            Self::Ready | Self::Done(_) => Vec::new(),
        }
    }

    /// Returns what proves it, in words; only for done.
    pub fn evidence(&self) -> Vec<String> {
        match self {
            Self::Done(evidence) => evidence.iter().map(ToString::to_string).collect(),
            Self::Waiting(_)
            | Self::Ready
            | Self::Underway(_)
            | Self::Failed(_)
            | Self::Skipped { .. } => Vec::new(),
        }
    }

    /// Tells whether nothing is left to do.
    pub fn is_over(&self) -> bool {
        matches!(self, Self::Done(_) | Self::Skipped { .. })
    }
}

/// One seat and who may, who did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeatState {
    pub role: Role,
    pub subject: Subject,
    /// Ids of the people who may take it.
    pub allowed: Vec<String>,
    /// Who approved the present head in this seat.
    pub taken_by: Option<Person>,
    pub at: Option<Timestamp>,
    /// How well it is known that they did, where the forge keeps signed entries.
    pub signed: Signed,
    /// Why the operator may not take it; none if they may.
    pub why_not_me: Option<String>,
    /// Nobody sits here, and somebody lifted the rule that keeps it so.
    pub overridden: Option<Overridden>,
}

/// Who lifted the rule that keeps a seat empty. It is no approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overridden {
    pub by: Person,
    pub at: Timestamp,
    /// `overridden by Mia: nobody else is awake`.
    pub words: String,
}

impl SeatState {
    /// Tells whether nothing waits for it any more.
    pub fn is_settled(&self) -> bool {
        self.taken_by.is_some() || self.overridden.is_some()
    }
}

/// One checklist item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemProgress {
    pub id: ItemId,
    pub text: String,
    pub phase: ChecklistPhase,
    pub state: ItemState,
    /// Ticked from evidence only; a person cannot tick it.
    pub is_automatic: bool,
}

/// States of flows.md section 9.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemState {
    Todo {
        why: String,
    },
    Running {
        what: String,
    },
    DoneByEvidence {
        evidence: String,
    },
    DoneBy {
        by: String,
        at: Timestamp,
        note: String,
    },
    Failed {
        why: String,
    },
    NotApplicable {
        reason: String,
    },
}

impl ItemState {
    /// Returns the word in JSON.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Todo { .. } => "todo",
            Self::Running { .. } => "running",
            Self::DoneByEvidence { .. } | Self::DoneBy { .. } => "done",
            Self::Failed { .. } => "failed",
            Self::NotApplicable { .. } => "n/a",
        }
    }

    /// Tells whether nothing is left to do.
    pub fn is_over(&self) -> bool {
        matches!(
            self,
            Self::DoneByEvidence { .. } | Self::DoneBy { .. } | Self::NotApplicable { .. }
        )
    }
}

/// Something that can be done now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextAction {
    pub intent: Intent,
    /// In a sentence: `merge change request 12 into preprod`.
    pub text: String,
    pub level: Level,
    /// Whether the operator may do it; else who.
    pub who: Prerequisite,
    /// Conflicts of this target are resolved first, hunk by hunk: only what was decided makes a plan. The intent alone
    /// would keep the first path as it stands.
    pub resolves: Option<(StepId, LaneName)>,
    /// What a person does with git, as a command line: no plan does it, and the intent is refused until it was done.
    pub by_git: Option<String>,
}

impl NextAction {
    /// Returns the words of our command line, with the hotfix where it must be named.
    pub fn command(&self, hotfix: Option<&str>) -> String {
        match &self.resolves {
            Some((step, target)) => named(format!("resolve {step} --target {target}"), hotfix),
            None => self.intent.words_for(hotfix),
        }
    }

    /// Returns the whole line that a person types: git's where no plan does it, else ours.
    pub fn line(&self, hotfix: Option<&str>) -> String {
        match &self.by_git {
            Some(line) => line.clone(),
            None => format!("lanekeeper {}", self.command(hotfix)),
        }
    }
}

/// Who can do something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prerequisite {
    Me,
    Others {
        role: Option<Role>,
        ids: Vec<String>,
    },
}

/// Something inconsistent worth a person's eye.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub severity: Severity,
    pub step: Option<StepId>,
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Info,
    Warning,
    Alarm,
}
