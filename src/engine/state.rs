//! Derived: the state of each step with its typed reasons. Never stored.

use std::fmt;

use crate::model::BranchName;
use crate::model::CheckName;
use crate::model::CheckState;
use crate::model::ChecklistPhase;
use crate::model::CommitId;
use crate::model::ConflictPath;
use crate::model::ItemId;
use crate::model::LaneName;
use crate::model::Person;
use crate::model::Prediction;
use crate::model::Presence;
use crate::model::RequestId;
use crate::model::Role;
use crate::model::Seen;
use crate::model::StepId;
use crate::model::Subject;
use crate::model::Timestamp;
use crate::model::age;

use super::intent::Intent;
use super::plan::Level;

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
    /// `planned`, `predicted`, `branch built`, `request open`, `request open (conflict, draft)`, `taken over by a person`, `merged`, `verified`, `failed`, `abandoned` (flows.md 5.2).
    pub stage: &'static str,
    pub request: Option<RequestId>,
    pub branch: Option<BranchName>,
    pub prediction: Option<Seen<Prediction>>,
    pub presence: Option<Seen<Presence>>,
    pub undecided: Vec<ConflictPath>,
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

    /// Returns the reasons in words, none for done and ready.
    pub fn why(&self, now: Timestamp) -> Vec<String> {
        match self {
            Self::Waiting(on) | Self::Underway(on) => {
                on.iter().map(|reason| reason.words(now)).collect()
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

/// What a step waits for, and on whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WaitingOn {
    Step(StepId),
    /// The hotfix branch has no commits of its own.
    Commits {
        branch: BranchName,
    },
    Check {
        name: CheckName,
        state: CheckState,
        since: Timestamp,
        request: RequestId,
    },
    Seat {
        role: Role,
        subject: Subject,
        allowed: Vec<String>,
    },
    /// The approvals are there for an older head.
    StaleApproval {
        role: Role,
        subject: Subject,
        by: String,
    },
    Conflicts {
        request: Option<RequestId>,
        paths: Vec<ConflictPath>,
    },
    /// The request is a draft that a person must finish.
    Draft {
        request: RequestId,
    },
    Riders {
        count: usize,
    },
    Frozen {
        lane: LaneName,
        by: LaneName,
    },
    /// Commits that are only in BUILD lead towards RUN.
    Contamination {
        commits: Vec<CommitId>,
    },
    /// Approved is not started.
    Start {
        subject: Subject,
    },
    Job {
        name: String,
        since: Timestamp,
    },
    Health {
        app: String,
    },
    OtherDeployment {
        subject: Subject,
        environment: String,
    },
    Mergeability {
        request: RequestId,
        why: String,
    },
    /// A person confirms with a note.
    Note {
        prompt: String,
    },
    /// The fix was merged but the verdict is not PRESENT.
    Verdict {
        lane: LaneName,
        verdict: &'static str,
    },
    /// We cannot see it.
    Sight {
        what: String,
        last_seen: Option<Timestamp>,
        why: String,
    },
    /// This version does not carry out such steps.
    NotYet {
        what: &'static str,
    },
}

impl WaitingOn {
    /// Returns the reason in words, `waits for the product-manager on change request 12`.
    pub fn words(&self, now: Timestamp) -> String {
        match self {
            Self::Step(step) => format!("waits for step `{step}`"),
            Self::Commits { branch } => format!("waits for commits on {branch}"),
            Self::Check {
                name,
                state,
                since,
                request,
            } => match state {
                CheckState::Missing => {
                    format!("check `{name}` has not run on change request {request}")
                }
                CheckState::Queued | CheckState::Running => {
                    format!("waits for check `{name}` since {}", age(now, *since))
                }
                CheckState::Passed
                | CheckState::Failed
                | CheckState::Cancelled
                | CheckState::Skipped => {
                    format!(
                        "check `{name}` {} on change request {request}",
                        state.word()
                    )
                }
            },
            Self::Seat {
                role,
                subject,
                allowed,
            } if allowed.is_empty() => {
                format!("waits for the {role} on {subject}, but nobody may take that seat")
            }
            Self::Seat { role, subject, .. } => format!("waits for the {role} on {subject}"),
            Self::StaleApproval { role, subject, by } => {
                format!("waits for the {role} on {subject}: {by} approved an older head")
            }
            Self::Conflicts { request, paths } => {
                let names: Vec<&str> = paths.iter().map(|path| path.path.as_str()).collect();
                let on = request.map_or(String::new(), |id| format!(" on change request {id}"));
                format!(
                    "{} conflicted path{} to decide{on}: {}",
                    paths.len(),
                    if paths.len() == 1 { "" } else { "s" },
                    names.join(", ")
                )
            }
            Self::Draft { request } => format!("change request {request} is a draft"),
            Self::Riders { count } => format!(
                "{count} rider{} to accept",
                if *count == 1 { "" } else { "s" }
            ),
            Self::Frozen { lane, by } => {
                format!("RUN is frozen: {by} is being validated in {lane}")
            }
            Self::Contamination { commits } => {
                format!(
                    "{} commit{} only in BUILD would lead to RUN",
                    commits.len(),
                    if commits.len() == 1 { "" } else { "s" }
                )
            }
            Self::Start { subject } => {
                format!("approved, not started: {subject} waits for somebody to press start")
            }
            Self::Job { name, since } => {
                format!("waits for job `{name}` since {}", age(now, *since))
            }
            Self::Health { app } => format!("waits for the health check of {app}"),
            Self::OtherDeployment {
                subject,
                environment,
            } => format!("{subject} to {environment} is running"),
            Self::Mergeability { request, why } => {
                format!("change request {request} cannot be merged yet: {why}")
            }
            Self::Note { prompt } => format!("waits for a person to confirm: {prompt}"),
            Self::Verdict { lane, verdict } => {
                format!("merged, but the fix is {verdict} in {lane}")
            }
            Self::Sight {
                what,
                last_seen: Some(at),
                ..
            } => format!("cannot see {what}: last seen {}", at.clock()),
            Self::Sight {
                what,
                last_seen: None,
                why,
            } => format!("cannot see {what}: {why}"),
            Self::NotYet { what } => {
                format!("{what} steps are not carried out by this version; skip it with a reason")
            }
        }
    }
}

/// Why we say that something is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evidence {
    Commits {
        count: usize,
        head: CommitId,
    },
    Merged {
        request: RequestId,
        commit: CommitId,
        by: Option<String>,
        at: Timestamp,
    },
    /// Somebody merged it without the request we know of.
    Found {
        lane: LaneName,
        rule: &'static str,
        tip: CommitId,
    },
    Present {
        lane: LaneName,
        rule: &'static str,
    },
    /// CHANGED, and a person accepted it.
    Acknowledged {
        lane: LaneName,
        by: String,
        note: String,
    },
    Deployed {
        subject: Subject,
        apps: Vec<String>,
        at: Timestamp,
    },
    Approved {
        role: Role,
        by: String,
        at: Timestamp,
    },
    Confirmed {
        by: String,
        at: Timestamp,
        note: String,
    },
    Nothing {
        why: String,
    },
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Commits { count, head } => write!(
                f,
                "{count} commit{}, head {}",
                if *count == 1 { "" } else { "s" },
                head.short()
            ),
            Self::Merged {
                request,
                commit,
                by: Some(by),
                ..
            } => write!(
                f,
                "change request {request} merged by {by} as {}",
                commit.short()
            ),
            Self::Merged {
                request,
                commit,
                by: None,
                ..
            } => write!(f, "change request {request} merged as {}", commit.short()),
            Self::Found { lane, rule, tip } => {
                write!(f, "found in {lane} at {} ({rule})", tip.short())
            }
            Self::Present { lane, rule } => write!(f, "PRESENT in {lane} ({rule})"),
            Self::Acknowledged { lane, by, note } => {
                write!(f, "CHANGED in {lane}, acknowledged by {by}: {note}")
            }
            Self::Deployed { subject, apps, .. } if apps.is_empty() => {
                write!(f, "{subject} succeeded")
            }
            Self::Deployed { subject, apps, .. } => {
                write!(f, "{subject} succeeded: {}", apps.join(", "))
            }
            Self::Approved { role, by, .. } => write!(f, "{role}: {by}"),
            Self::Confirmed { by, note, .. } => write!(f, "confirmed by {by}: {note}"),
            Self::Nothing { why } => f.write_str(why),
        }
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
    /// Why the operator may not take it; none if they may.
    pub why_not_me: Option<String>,
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
