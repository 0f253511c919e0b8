//! `status` and `next` as documents.

use schemars::JsonSchema;
use serde::Serialize;

use crate::engine::Board;
use crate::engine::Finding;
use crate::engine::ItemProgress;
use crate::engine::ItemState;
use crate::engine::NextAction;
use crate::engine::Prerequisite;
use crate::engine::Severity;
use crate::engine::StepProgress;
use crate::engine::TargetProgress;
use crate::engine::golive_state;
use crate::engine::solo;
use crate::model;
use crate::model::ChecklistPhase;
use crate::model::HotfixId;
use crate::model::Timestamp;

use super::debt::DebtRow;
use super::driven::MergeDriverRow;
use super::driving::DriverRow;
use super::driving::rows as drivers;

/// Where a hotfix stands.
#[derive(Debug, Serialize, JsonSchema)]
pub struct StatusDocument {
    #[schemars(extend("const" = "lanekeeper/status/v1"))]
    pub schema: &'static str,
    /// Null where no hotfix is open.
    pub hotfix: Option<Hotfix>,
    pub steps: Vec<Step>,
    pub checklist: Vec<Item>,
    pub next: Vec<Action>,
    pub findings: Vec<Problem>,
    pub is_complete: bool,
    /// Hotfixes of the project that RUN took and a BUILD lane lacks, the oldest first.
    pub debt: Vec<DebtRow>,
    /// Who drives each environment.
    pub drivers: Vec<DriverRow>,
    /// Why no lock keeps two consoles apart (solo mode); null where one does.
    pub solo: Option<String>,
    /// When the remote was last seen, and why not just now, if so.
    pub remote: Remote,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Hotfix {
    pub id: String,
    pub title: String,
    pub branch: Option<String>,
    pub playbook: Option<String>,
    pub base: Option<String>,
    pub is_open: bool,
    /// How many entries of its record are on this machine only.
    pub not_shared: usize,
    /// The year in whose archive its record is; null where it has a ref of its own.
    pub archived: Option<u16>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Step {
    pub id: String,
    pub kind: &'static str,
    pub title: String,
    /// `waiting`, `ready`, `underway`, `done`, `failed` or `skipped`.
    pub state: &'static str,
    pub why: Vec<String>,
    pub evidence: Vec<String>,
    pub request: Option<u64>,
    /// The go-live that a deploy step is about; null where there is none, or for other steps.
    pub deployment: Option<GoLive>,
    pub stages: Vec<Stage>,
    pub targets: Vec<Target>,
}

/// A go-live as last seen.
#[derive(Debug, Serialize, JsonSchema)]
pub struct GoLive {
    pub id: String,
    pub environment: String,
    /// `waits for approval`, `approved, not started`, `rejected`, `running`, `deployed`, `failed` or `cancelled`.
    pub state: &'static str,
    pub jobs: Vec<Job>,
}

/// A job of a go-live.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Job {
    /// As `retry` takes it.
    pub id: String,
    pub name: String,
    pub app: Option<String>,
    /// `not started`, `queued`, `running`, `succeeded`, `failed`, `cancelled` or `did not run`.
    pub state: &'static str,
}

/// An inner state of a change or a deployment.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Stage {
    pub name: &'static str,
    pub reached: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Target {
    pub name: String,
    pub state: &'static str,
    pub why: Vec<String>,
    pub evidence: Vec<String>,
    pub stage: &'static str,
    pub request: Option<u64>,
    pub branch: Option<String>,
    /// Conflicted paths that nobody has decided yet.
    pub undecided: Vec<String>,
    /// While its change request is not open, where a merge driver of this clone merges some of its paths.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub driver: Option<MergeDriverRow>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Item {
    pub id: String,
    pub text: String,
    /// `before`, `request`, `production` or `after`.
    pub phase: &'static str,
    /// `todo`, `running`, `done`, `failed` or `n/a`.
    pub state: &'static str,
    pub by: Option<String>,
    pub at: Option<String>,
    pub note: Option<String>,
    pub evidence: Option<String>,
    /// Why it stands so, where it is not done.
    pub why: Option<String>,
    /// Ticked from evidence only.
    pub automatic: bool,
}

/// What can be done now.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Action {
    /// The words after `lanekeeper`.
    pub command: String,
    /// What a person does with git first, as a command line: until then `command` is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub git: Option<String>,
    pub text: String,
    /// `L0` to `L4`.
    pub level: String,
    /// Whether the operator may do it.
    pub mine: bool,
    pub role: Option<String>,
    pub who: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Problem {
    /// `info`, `warning` or `alarm`.
    pub severity: &'static str,
    pub step: Option<String>,
    pub text: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Remote {
    pub seen_at: Option<String>,
    pub why_not: Option<String>,
}

/// What can be done now.
#[derive(Debug, Serialize, JsonSchema)]
pub struct NextDocument {
    #[schemars(extend("const" = "lanekeeper/next/v1"))]
    pub schema: &'static str,
    pub hotfix: Option<String>,
    pub next: Vec<Action>,
}

impl StatusDocument {
    /// Makes the document of a board.
    pub fn new(board: &Board) -> Self {
        let progress = board.progress.as_ref();
        Self {
            schema: "lanekeeper/status/v1",
            hotfix: hotfix(board),
            steps: progress.map_or_else(Vec::new, |progress| {
                progress
                    .steps
                    .iter()
                    .map(|step| Step::new(step, board))
                    .collect()
            }),
            checklist: progress.map_or_else(Vec::new, |progress| {
                progress.checklist.iter().map(Item::new).collect()
            }),
            next: actions(board),
            findings: progress.map_or_else(Vec::new, |progress| {
                progress.findings.iter().map(Problem::new).collect()
            }),
            is_complete: progress.is_some_and(|progress| progress.is_complete),
            debt: DebtRow::all(board),
            drivers: drivers(board),
            solo: solo(&board.seen.locks).map(str::to_owned),
            remote: Remote::new(board),
        }
    }
}

impl NextDocument {
    /// Makes the document of a board.
    pub fn new(board: &Board) -> Self {
        Self {
            schema: "lanekeeper/next/v1",
            hotfix: board
                .record
                .as_ref()
                .map(|record| record.hotfix.to_string()),
            next: actions(board),
        }
    }
}

impl Remote {
    pub(super) fn new(board: &Board) -> Self {
        Self {
            seen_at: board.seen.tips.at().map(|at| at.to_string()),
            why_not: board.seen.tips.why().map(str::to_owned),
        }
    }
}

fn hotfix(board: &Board) -> Option<Hotfix> {
    let record = board.record.as_ref()?;
    let opening = record.opening.as_ref();
    Some(Hotfix {
        id: record.hotfix.to_string(),
        title: opening.map_or_else(String::new, |opening| opening.title.clone()),
        branch: opening.map(|opening| opening.branch.to_string()),
        playbook: opening.map(|opening| opening.playbook.clone()),
        base: opening.map(|opening| opening.base.to_string()),
        is_open: record.closed.is_none(),
        not_shared: record.not_shared,
        archived: board.seen.archived,
    })
}

fn actions(board: &Board) -> Vec<Action> {
    let next = board.next_actions();
    next.iter()
        .map(|action| Action::new(action, board))
        .collect()
}

impl Step {
    fn new(step: &StepProgress, board: &Board) -> Self {
        let now = board.seen.now;
        Self {
            id: step.id.to_string(),
            kind: step.kind,
            title: step.title.clone(),
            state: step.state.word(),
            why: step.state.why(now),
            evidence: step.state.evidence(),
            request: step.request.map(|request| request.0),
            deployment: GoLive::of(step, board),
            stages: step
                .stages
                .iter()
                .map(|&(name, reached)| Stage { name, reached })
                .collect(),
            targets: step
                .targets
                .iter()
                .map(|target| Target::new(target, now))
                .collect(),
        }
    }
}

impl GoLive {
    fn of(step: &StepProgress, board: &Board) -> Option<Self> {
        let id = step.deployment.as_ref()?;
        let seen = board.seen.deployments.value()?;
        let golive = seen.iter().find(|golive| &golive.id == id)?;
        Some(Self {
            id: golive.id.to_string(),
            environment: golive.environment.to_string(),
            state: golive_state(&board.book.project, golive, board.record.as_ref()).word(),
            jobs: golive.jobs.iter().map(Job::new).collect(),
        })
    }
}

impl Job {
    fn new(job: &model::Job) -> Self {
        Self {
            id: job.id.to_string(),
            name: job.name.clone(),
            app: job.app.as_ref().map(ToString::to_string),
            state: job.state.word(),
        }
    }
}

impl Target {
    fn new(target: &TargetProgress, now: Timestamp) -> Self {
        Self {
            name: target.lane.to_string(),
            state: target.state.word(),
            why: target.state.why(now),
            evidence: target.state.evidence(),
            stage: target.stage,
            request: target.request.map(|request| request.0),
            branch: target.branch.as_ref().map(ToString::to_string),
            undecided: target
                .undecided
                .iter()
                .map(|path| path.path.clone())
                .collect(),
            driver: target.driven.as_ref().map(MergeDriverRow::new),
        }
    }
}

impl Item {
    fn new(item: &ItemProgress) -> Self {
        let mut document = Self {
            id: item.id.to_string(),
            text: item.text.clone(),
            phase: match item.phase {
                ChecklistPhase::Before => "before",
                ChecklistPhase::Request => "request",
                ChecklistPhase::Production => "production",
                ChecklistPhase::After => "after",
            },
            state: item.state.word(),
            by: None,
            at: None,
            note: None,
            evidence: None,
            why: None,
            automatic: item.is_automatic,
        };
        match item.state.clone() {
            ItemState::Todo { why }
            | ItemState::Running { what: why }
            | ItemState::Failed { why }
            | ItemState::NotApplicable { reason: why } => document.why = Some(why),
            ItemState::DoneByEvidence { evidence } => document.evidence = Some(evidence),
            ItemState::DoneBy { by, at, note } => {
                document.by = Some(by);
                document.at = Some(at.to_string());
                document.note = Some(note);
            }
        }
        document
    }
}

impl Action {
    fn new(action: &NextAction, board: &Board) -> Self {
        let (mine, role, who) = match &action.who {
            Prerequisite::Me => (true, None, Vec::new()),
            Prerequisite::Others { role, ids } => {
                (false, role.as_ref().map(ToString::to_string), ids.clone())
            }
        };
        Self {
            command: action.command(board.named().map(HotfixId::as_str)),
            git: action.by_git.clone(),
            text: action.text.clone(),
            level: action.level.to_string(),
            mine,
            role,
            who,
        }
    }
}

impl Problem {
    fn new(finding: &Finding) -> Self {
        Self {
            severity: match finding.severity {
                Severity::Info => "info",
                Severity::Warning => "warning",
                Severity::Alarm => "alarm",
            },
            step: finding.step.as_ref().map(ToString::to_string),
            text: finding.text.clone(),
        }
    }
}
