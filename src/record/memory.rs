//! What a fold of entries leaves: the memory of one hotfix, as data.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::model::Approval;
use crate::model::BranchName;
use crate::model::CommitId;
use crate::model::ConflictPath;
use crate::model::DeploymentId;
use crate::model::EventId;
use crate::model::HotfixId;
use crate::model::IntentId;
use crate::model::ItemId;
use crate::model::LaneName;
use crate::model::MergeMethod;
use crate::model::Person;
use crate::model::RequestId;
use crate::model::StepId;
use crate::model::Subject;
use crate::model::Timestamp;

use super::entry::Entry;
use super::event::Answer;
use super::event::Event;

/// Everything remembered of one hotfix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub hotfix: HotfixId,
    /// None until `hotfix.opened` was read.
    pub opening: Option<Opening>,
    /// The latest snapshot of the fix.
    pub snapshot: Option<Snapshot>,
    pub requests: BTreeMap<(StepId, Option<LaneName>), OpenedRequest>,
    pub merges: BTreeMap<(StepId, Option<LaneName>), MergedRequest>,
    /// Targets that came later, in order, each with what happens on a conflict from then on.
    pub added: Vec<(StepId, LaneName, Option<String>)>,
    pub built: BTreeMap<(StepId, LaneName), BuiltTarget>,
    /// Conflicted paths that a person decided, with the head they looked at.
    pub decided: BTreeMap<(StepId, LaneName), Vec<DecidedPath>>,
    /// CHANGED paths that a person looked at and accepted, whatever lane they were seen in.
    pub acknowledged: Vec<Acknowledged>,
    pub abandoned: BTreeMap<(StepId, LaneName), Confirmation>,
    /// Riders accepted per step.
    pub riders: BTreeMap<StepId, AcceptedRiders>,
    pub deployments: BTreeMap<StepId, DeploymentId>,
    pub approvals: Vec<(Subject, Approval)>,
    pub confirmed: BTreeMap<StepId, Confirmation>,
    pub skipped: BTreeMap<StepId, Confirmation>,
    pub ticks: BTreeMap<ItemId, Tick>,
    pub notes: Vec<NoteEntry>,
    /// Effects whose outcome is on record, by intent, in order.
    pub effects: BTreeMap<IntentId, Vec<Effect>>,
    pub closed: Option<Confirmation>,
    /// An unknown critical event was read: no effects for this hotfix.
    pub is_beyond_us: bool,
    pub entries: Vec<Entry>,
    /// How many of them, at their end, are on this machine only: nobody else sees them yet.
    pub not_shared: usize,
}

impl Record {
    /// Returns the entries that everybody sees.
    pub fn shared(&self) -> &[Entry] {
        let count = self.entries.len().saturating_sub(self.not_shared);
        &self.entries[..count]
    }

    /// Returns the ids of its entries.
    pub fn event_ids(&self) -> BTreeSet<EventId> {
        self.entries.iter().map(|entry| entry.id.clone()).collect()
    }

    /// Tells whether this request was opened for the hotfix, as its record says.
    pub fn has_opened(&self, request: RequestId) -> bool {
        let mut opened = self.requests.values();
        opened.any(|opened| opened.request == request)
    }

    /// Returns the branch into which this request was opened, also where another took its place since.
    pub fn opened_into(&self, request: RequestId) -> Option<&BranchName> {
        self.entries
            .iter()
            .rev()
            .find_map(|entry| match &entry.event {
                Some(Event::RequestOpened {
                    request: known,
                    into,
                    ..
                }) if *known == request => Some(into),
                Some(_) | None => None,
            })
    }

    /// Applies an entry that is kept on this machine and not shared yet: it counts like any other, and stands behind those
    /// that are shared.
    pub fn apply_kept(&mut self, entry: Entry) {
        let before = self.entries.len();
        self.apply(entry);
        self.not_shared += self.entries.len() - before;
    }
}

/// How a hotfix began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    pub title: String,
    pub branch: BranchName,
    pub base: LaneName,
    pub base_tip: CommitId,
    pub playbook: String,
    pub answers: Vec<Answer>,
    pub commits: Vec<CommitId>,
    pub by: Person,
    pub at: Timestamp,
}

/// The fix's commits, oldest first, as once seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    pub head: CommitId,
    pub base: CommitId,
    pub commits: Vec<CommitId>,
    pub at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedRequest {
    pub request: RequestId,
    pub from: BranchName,
    pub into: BranchName,
    pub head: CommitId,
    pub by: Person,
    pub at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergedRequest {
    pub request: RequestId,
    pub commit: CommitId,
    pub head: CommitId,
    pub method: MergeMethod,
    pub by: Person,
    pub at: Timestamp,
}

/// The branch built for one target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltTarget {
    pub branch: BranchName,
    pub head: CommitId,
    pub onto: CommitId,
    pub picks: Vec<CommitId>,
    pub conflicts: Vec<ConflictPath>,
    pub pending: Vec<CommitId>,
    pub at: Timestamp,
}

/// A conflicted path that a person decided to keep as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecidedPath {
    pub path: String,
    pub head: CommitId,
    pub by: Person,
    pub note: String,
}

/// What else ships with a promotion and was accepted, for exactly these tips.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptedRiders {
    pub from_tip: CommitId,
    pub into_tip: CommitId,
    pub listed: Vec<CommitId>,
    /// How many there were besides these.
    pub left_out: usize,
}

/// Somebody said so, when, with which words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmation {
    pub by: Person,
    pub at: Timestamp,
    pub note: String,
}

/// A checklist item as a person left it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tick {
    pub is_ticked: bool,
    pub by: Person,
    pub at: Timestamp,
    pub note: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteEntry {
    pub by: Person,
    pub at: Timestamp,
    pub text: String,
    pub request: Option<RequestId>,
}

/// One call of an intent and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    pub call: String,
    pub state: EffectState,
    pub at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EffectState {
    Declared,
    Observed { outcome: String, detail: String },
    Unknown { why: String },
}

/// A CHANGED path that a person accepted; another blob at that path is a new question, and so is another fix of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledged {
    pub path: String,
    /// None where the file was in the tree under no name.
    pub blob: Option<CommitId>,
    /// What the fix made of it; none where an older version did not say.
    pub made: Option<CommitId>,
    pub by: Person,
    pub at: Timestamp,
    pub note: String,
}
