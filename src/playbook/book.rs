//! The resolved form of a playbook: every lane and environment it names exists in its project.

use serde::Deserialize;
use serde::Serialize;

use crate::model::ChecklistItem;
use crate::model::EnvironmentName;
use crate::model::ItemId;
use crate::model::LaneName;
use crate::model::MergeMethod;
use crate::model::Project;
use crate::model::StepId;

/// What should happen, in which order, in one project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Playbook {
    pub id: String,
    pub title: String,
    /// The project it was resolved against, patterns expanded.
    pub project: Project,
    /// The RUN lane that the fix is cut from.
    pub base: LaneName,
    /// The fix's branch, `hotfix/{slug}`; placeholders `{slug}`, `{date}`, `{id}`.
    pub branch: String,
    /// What `start` asks and records.
    pub questions: Vec<Question>,
    pub steps: Vec<Step>,
    /// The playbook's items, then the team's own; the same id in both means the team's.
    pub checklist: Vec<ChecklistItem>,
}

/// Something on record before anything else: "critical, cannot wait, small and scoped".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    pub id: ItemId,
    pub text: String,
    pub is_required: bool,
    pub default: Option<String>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    pub id: StepId,
    pub title: String,
    /// Steps that must be done or skipped before.
    pub after: Vec<StepId>,
    /// Carried out by itself as soon as it can be, where its danger level allows that (E: backport after deployment).
    pub is_automatic: bool,
    pub work: Work,
}

/// What a step does; one variant per kind of flows.md 2.5.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Work {
    /// The fix is written: its branch has commits of its own, none of them from BUILD.
    Commits { sandbox: Option<EnvironmentName> },
    /// One change request from opened to merged.
    Change(Change),
    /// A go-live: seats, start by hand, every app, every health check.
    Deploy {
        environment: EnvironmentName,
        lane: LaneName,
    },
    /// One target per lane: retrofit, backport or sync.
    Carry(Carry),
    /// The hotfix environment mirrors production.
    Compare {
        environment: EnvironmentName,
        against: EnvironmentName,
    },
    /// The data that the bug needs is loaded.
    Seed { environment: EnvironmentName },
    /// Database migrations ran, or there were none.
    Migration { environment: EnvironmentName },
    /// A person confirms, with a note.
    Confirm { prompt: String },
    /// The post mortem is filed, with a note or link.
    Postmortem,
}

impl Work {
    /// Returns what is carried where, if that is the work.
    pub fn carry(&self) -> Option<&Carry> {
        match self {
            Self::Carry(carry) => Some(carry),
            Self::Commits { .. }
            | Self::Change(_)
            | Self::Deploy { .. }
            | Self::Compare { .. }
            | Self::Seed { .. }
            | Self::Migration { .. }
            | Self::Confirm { .. }
            | Self::Postmortem => None,
        }
    }

    /// Returns the lane into which the fix goes from its own branch, if that is the work.
    pub fn takes_fix_into(&self) -> Option<&LaneName> {
        match self {
            Self::Change(change) if change.from == Source::Fix => Some(&change.into),
            Self::Change(_)
            | Self::Commits { .. }
            | Self::Deploy { .. }
            | Self::Carry(_)
            | Self::Compare { .. }
            | Self::Seed { .. }
            | Self::Migration { .. }
            | Self::Confirm { .. }
            | Self::Postmortem => None,
        }
    }

    /// Returns the kind's word in playbooks and JSON.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Commits { .. } => "commits",
            Self::Change(_) => "change",
            Self::Deploy { .. } => "deploy",
            Self::Carry(carry) => carry.kind.word(),
            Self::Compare { .. } => "compare",
            Self::Seed { .. } => "seed",
            Self::Migration { .. } => "migration",
            Self::Confirm { .. } => "confirm",
            Self::Postmortem => "postmortem",
        }
    }
}

/// A change request into a RUN lane.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub from: Source,
    pub into: LaneName,
    /// The methods allowed, the preferred one first; never empty.
    pub methods: Vec<MergeMethod>,
    /// Everything else that ships with it must be accepted, by count.
    pub accept_riders: bool,
}

/// Where a change request comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The hotfix branch.
    Fix,
    Lane(LaneName),
}

/// The fix carried into other lanes, each target on its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carry {
    #[serde(rename = "carry")]
    pub kind: CarryKind,
    pub strategy: Strategy,
    /// The RUN lane whose state is carried (for `MergeLane`), or on which the fix landed (for `Pick`).
    pub source: LaneName,
    pub targets: Vec<LaneName>,
    pub method: MergeMethod,
    /// The branch built per target; placeholders `{target}`, `{request}`, `{sha7}`, `{source}`, `{slug}`, `{id}`.
    pub branch: String,
    /// Labels of a clean request, and of one with conflicts.
    pub labels: Vec<String>,
    pub conflict_labels: Vec<String>,
    /// Labels of the source request that are not copied.
    #[serde(default)]
    pub exclude_labels: Vec<String>,
    pub conflict: ConflictPolicy,
    /// What a pick takes of a merge.
    #[serde(default)]
    pub unit: PickUnit,
    /// Paths in which lines that look like conflict markers are content.
    #[serde(default)]
    pub ignore_markers: Vec<String>,
    /// Targets whose request is merged by itself where it was clean and its checks passed (flows.md 5.7); all in BUILD.
    #[serde(default)]
    pub auto_merge: Vec<LaneName>,
}

/// What a pick takes where the fix came by a merge commit (flows.md 5.3).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PickUnit {
    /// The merge as one commit (`-m 1`): one conflict round for all that it brought.
    #[default]
    Whole,
    /// Its commits one by one, without merges.
    PerCommit,
}

/// Which kind of carrying, in the words of the source documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CarryKind {
    Retrofit,
    Backport,
    Sync,
}

impl CarryKind {
    /// Returns the kind's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Retrofit => "retrofit",
            Self::Backport => "backport",
            Self::Sync => "sync",
        }
    }
}

/// How the fix gets onto the target's branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// Cherry-pick the fix (a merge commit with `-m 1`).
    Pick,
    /// Merge the hotfix branch: directly where clean, else on a branch cut from the target.
    MergeFix,
    /// Merge the RUN lane on a branch cut from the target (`retrofit-merge`, sync).
    MergeLane,
}

/// What happens on a conflict (flows.md 5.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConflictPolicy {
    /// The conflicts are committed with their markers, in a draft.
    DraftWithMarkers,
    /// A draft with an empty commit; what was attempted is in its text.
    EmptyCommit,
    /// Nothing is built; the source request gets a comment with the commands.
    Fail,
    /// Nothing is pushed until somebody has resolved it here.
    Local,
    /// A request between two branches of their own shows the real conflict, for the forge's web editor; what it is
    /// resolved to becomes one commit of the request into the target.
    TwoBranch,
}

impl ConflictPolicy {
    /// Every policy.
    pub const ALL: [Self; 5] = [
        Self::DraftWithMarkers,
        Self::EmptyCommit,
        Self::Fail,
        Self::Local,
        Self::TwoBranch,
    ];

    /// Returns the word in playbooks and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::DraftWithMarkers => "draft-with-markers",
            Self::EmptyCommit => "empty-commit",
            Self::Fail => "fail",
            Self::Local => "local",
            Self::TwoBranch => "two-branch",
        }
    }

    /// Returns the policy of that word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.word() == word)
    }
}

impl Playbook {
    /// Returns the step of that id.
    pub fn step(&self, id: &StepId) -> Option<&Step> {
        self.steps.iter().find(|step| &step.id == id)
    }

    /// Tells whether a step of it lands the fix in RUN. Without one, what was asked for is what is carried.
    pub fn lands_fix(&self) -> bool {
        self.steps
            .iter()
            .any(|step| matches!(&step.work, Work::Change(change) if change.from == Source::Fix))
    }
}
