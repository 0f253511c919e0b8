//! Events: stable names, fields only added, unknown kinds kept.

use std::borrow::Cow;

use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;

use crate::model::Approval;
use crate::model::BranchName;
use crate::model::CommitId;
use crate::model::ConflictPath;
use crate::model::DeploymentId;
use crate::model::DeploymentState;
use crate::model::EnvironmentName;
use crate::model::IntentId;
use crate::model::ItemId;
use crate::model::LaneName;
use crate::model::MergeMethod;
use crate::model::Person;
use crate::model::RequestId;
use crate::model::Role;
use crate::model::StepId;
use crate::model::Subject;
use crate::model::Untrusted;
use crate::model::redact;

/// Something decided or done. The serialized form is `{"type": .., "body": {..}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "body")]
pub enum Event {
    #[serde(rename = "hotfix.opened")]
    Opened {
        title: String,
        branch: BranchName,
        base: LaneName,
        base_tip: CommitId,
        playbook: String,
        #[serde(default)]
        answers: Vec<Answer>,
        /// The fix's commits where it was started from existing ones.
        #[serde(default)]
        commits: Vec<CommitId>,
    },
    /// The fix as it stood: survives a deleted branch.
    #[serde(rename = "snapshot.taken")]
    SnapshotTaken {
        head: CommitId,
        base: CommitId,
        commits: Vec<CommitId>,
    },
    /// Durable before the first call of a plan is made.
    #[serde(rename = "intent.declared")]
    IntentDeclared {
        intent: IntentId,
        words: String,
        plan: String,
        level: String,
        #[serde(default)]
        calls: Vec<String>,
    },
    #[serde(rename = "effect.observed")]
    EffectObserved {
        intent: IntentId,
        call: String,
        outcome: String,
        #[serde(default)]
        detail: String,
    },
    #[serde(rename = "effect.unknown")]
    EffectUnknown {
        intent: IntentId,
        call: String,
        why: String,
    },
    #[serde(rename = "effect.resolved")]
    EffectResolved {
        intent: IntentId,
        call: String,
        outcome: String,
    },
    #[serde(rename = "request.opened")]
    RequestOpened {
        step: StepId,
        #[serde(default)]
        target: Option<LaneName>,
        request: RequestId,
        from: BranchName,
        into: BranchName,
        head: CommitId,
        /// Who had opened it, where whoever wrote this only found it open.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        opened_by: Option<Person>,
    },
    #[serde(rename = "request.merged")]
    RequestMerged {
        step: StepId,
        #[serde(default)]
        target: Option<LaneName>,
        request: RequestId,
        commit: CommitId,
        head: CommitId,
        method: MergeMethod,
    },
    /// A run carries into one more target than the record began with, and nothing was built for it yet.
    #[serde(rename = "target.added")]
    TargetAdded {
        step: StepId,
        target: LaneName,
        /// What happens on a conflict from now on, as a word of the configuration.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        policy: Option<String>,
    },
    /// A branch was built for one target; `conflicts` is the gate (flows.md 5.8.3).
    #[serde(rename = "target.built")]
    TargetBuilt {
        step: StepId,
        target: LaneName,
        branch: BranchName,
        head: CommitId,
        onto: CommitId,
        #[serde(default)]
        picks: Vec<CommitId>,
        #[serde(default)]
        conflicts: Vec<ConflictPath>,
        /// Commits that could not be applied any more after a conflict.
        #[serde(default)]
        pending: Vec<CommitId>,
    },
    /// A person says that a conflicted path is right as it stands in `head`.
    #[serde(rename = "conflict.decided")]
    ConflictDecided {
        step: StepId,
        target: LaneName,
        path: String,
        head: CommitId,
        note: String,
    },
    /// A person looked at a CHANGED verdict and says that the fix is alive there; holds for exactly these blobs.
    #[serde(rename = "verdict.acknowledged")]
    VerdictAcknowledged {
        lane: LaneName,
        paths: Vec<AcknowledgedPath>,
        note: String,
    },
    #[serde(rename = "target.abandoned")]
    TargetAbandoned {
        step: StepId,
        target: LaneName,
        reason: String,
    },
    #[serde(rename = "riders.accepted")]
    RidersAccepted {
        step: StepId,
        from_tip: CommitId,
        into_tip: CommitId,
        riders: Vec<CommitId>,
        /// How many there were besides those that are listed.
        #[serde(default, skip_serializing_if = "is_zero")]
        left_out: usize,
    },
    #[serde(rename = "deployment.created")]
    DeploymentCreated {
        step: StepId,
        deployment: DeploymentId,
        environment: EnvironmentName,
        commit: CommitId,
    },
    #[serde(rename = "deployment.finished")]
    DeploymentFinished {
        step: StepId,
        deployment: DeploymentId,
        state: DeploymentState,
        #[serde(default)]
        detail: String,
    },
    #[serde(rename = "approval.seen")]
    ApprovalSeen {
        subject: Subject,
        approval: Approval,
    },
    #[serde(rename = "approval.voided")]
    ApprovalVoided {
        subject: Subject,
        by: String,
        head: CommitId,
        why: String,
    },
    #[serde(rename = "step.confirmed")]
    StepConfirmed { step: StepId, note: String },
    #[serde(rename = "step.skipped")]
    StepSkipped { step: StepId, reason: String },
    #[serde(rename = "check.ticked")]
    Ticked {
        item: ItemId,
        #[serde(default)]
        note: String,
    },
    #[serde(rename = "check.unticked")]
    Unticked { item: ItemId, note: String },
    #[serde(rename = "note.added")]
    NoteAdded { text: String },
    #[serde(rename = "comment.added")]
    CommentAdded { request: RequestId, text: String },
    #[serde(rename = "driver.changed")]
    DriverChanged {
        #[serde(default)]
        from: Option<String>,
        #[serde(default)]
        to: Option<String>,
        reason: String,
    },
    #[serde(rename = "alarm.raised")]
    AlarmRaised { what: String },
    #[serde(rename = "alarm.cleared")]
    AlarmCleared { what: String, note: String },
    #[serde(rename = "out_of_band.seen")]
    OutOfBandSeen {
        what: String,
        /// By what it is known again: of the times and names in its words another look may be told others. None in records
        /// from before there was one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        about: Option<String>,
    },
    #[serde(rename = "override.used")]
    OverrideUsed {
        rule: String,
        reason: String,
        /// What exactly it is good for; an override that names nothing lifts nothing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lifts: Option<Lifted>,
    },
    /// The number and the digest of all that came before are in its entry's own place: `seq` and `prev_digest`.
    #[serde(rename = "hotfix.closed")]
    Closed {
        #[serde(default)]
        note: String,
    },
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

fn is_false(fact: &bool) -> bool {
    !*fact
}

impl Event {
    /// Returns the event with what looks like a secret, or is known to be one, taken out of its texts: a record is read
    /// by everybody who can read the repository, and nothing in it can be taken back.
    #[must_use]
    pub fn without_secrets(self) -> Self {
        let Ok(mut fields) = serde_json::to_value(&self) else {
            return self;
        };
        if !clean(&mut fields) {
            return self;
        }
        // Only names have rules, and no name holds a secret.
        serde_json::from_value(fields).unwrap_or(self)
    }
}

/// Cleans every text; tells whether one changed.
fn clean(value: &mut Value) -> bool {
    match value {
        Value::String(text) => match redact(text) {
            Cow::Owned(without) if without != *text => {
                *text = without;
                true
            }
            Cow::Owned(_) | Cow::Borrowed(_) => false,
        },
        Value::Array(values) => values.iter_mut().fold(false, |is, value| clean(value) | is),
        Value::Object(fields) => fields
            .values_mut()
            .fold(false, |is, value| clean(value) | is),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// What an override lifts, and nothing else: another head, another deployment or another epoch is another rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Lifted {
    /// A seat that the rule about two persons keeps empty; the step goes on without it.
    Seat {
        subject: Subject,
        role: Role,
        head: CommitId,
        /// Who lifts it, as the forge names people: the author of an entry is named as git does.
        by: Person,
    },
    /// A takeover of the driver's seat, which is co-signed by it.
    Takeover {
        environment: EnvironmentName,
        epoch: u64,
        /// As the lock log names people.
        by: Person,
    },
}

/// One path of an acknowledged verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcknowledgedPath {
    pub path: String,
    /// None where the fix's path is not in the tree any more.
    #[serde(default)]
    pub blob: Option<CommitId>,
    /// It was looked for under other names as well, and is in the tree under none.
    #[serde(default, skip_serializing_if = "is_false")]
    pub is_gone: bool,
    /// The blob that the fix made of it, all zeros where it took the file away; none where an older version accepted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<CommitId>,
}

/// The answer to one question that a playbook asks at the start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    pub question: ItemId,
    pub text: String,
}

impl Event {
    /// Tells whether a version that does not know this kind must stop effects when it reads one.
    pub fn is_critical(&self) -> bool {
        matches!(self, Self::AlarmRaised { .. } | Self::Closed { .. })
    }

    /// Returns what a person wrote with it, for others to read; none where nobody is asked for words.
    pub fn written(&self) -> Option<&str> {
        match self {
            Self::NoteAdded { text } | Self::CommentAdded { text, .. } => Some(text),
            Self::ConflictDecided { note, .. }
            | Self::VerdictAcknowledged { note, .. }
            | Self::StepConfirmed { note, .. }
            | Self::Ticked { note, .. }
            | Self::Unticked { note, .. }
            | Self::AlarmCleared { note, .. }
            | Self::Closed { note } => Some(note),
            Self::TargetAbandoned { reason, .. }
            | Self::StepSkipped { reason, .. }
            | Self::DriverChanged { reason, .. }
            | Self::OverrideUsed { reason, .. } => Some(reason),
            Self::ApprovalSeen { approval, .. } => approval.comment.as_ref().map(Untrusted::raw),
            Self::Opened { .. }
            | Self::SnapshotTaken { .. }
            | Self::IntentDeclared { .. }
            | Self::EffectObserved { .. }
            | Self::EffectUnknown { .. }
            | Self::EffectResolved { .. }
            | Self::RequestOpened { .. }
            | Self::RequestMerged { .. }
            | Self::TargetAdded { .. }
            | Self::TargetBuilt { .. }
            | Self::RidersAccepted { .. }
            | Self::DeploymentCreated { .. }
            | Self::DeploymentFinished { .. }
            | Self::ApprovalVoided { .. }
            | Self::AlarmRaised { .. }
            | Self::OutOfBandSeen { .. } => None,
        }
    }

    /// Returns the stable name, `hotfix.opened`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Opened { .. } => "hotfix.opened",
            Self::SnapshotTaken { .. } => "snapshot.taken",
            Self::IntentDeclared { .. } => "intent.declared",
            Self::EffectObserved { .. } => "effect.observed",
            Self::EffectUnknown { .. } => "effect.unknown",
            Self::EffectResolved { .. } => "effect.resolved",
            Self::RequestOpened { .. } => "request.opened",
            Self::RequestMerged { .. } => "request.merged",
            Self::TargetAdded { .. } => "target.added",
            Self::TargetBuilt { .. } => "target.built",
            Self::ConflictDecided { .. } => "conflict.decided",
            Self::VerdictAcknowledged { .. } => "verdict.acknowledged",
            Self::TargetAbandoned { .. } => "target.abandoned",
            Self::RidersAccepted { .. } => "riders.accepted",
            Self::DeploymentCreated { .. } => "deployment.created",
            Self::DeploymentFinished { .. } => "deployment.finished",
            Self::ApprovalSeen { .. } => "approval.seen",
            Self::ApprovalVoided { .. } => "approval.voided",
            Self::StepConfirmed { .. } => "step.confirmed",
            Self::StepSkipped { .. } => "step.skipped",
            Self::Ticked { .. } => "check.ticked",
            Self::Unticked { .. } => "check.unticked",
            Self::NoteAdded { .. } => "note.added",
            Self::CommentAdded { .. } => "comment.added",
            Self::DriverChanged { .. } => "driver.changed",
            Self::AlarmRaised { .. } => "alarm.raised",
            Self::AlarmCleared { .. } => "alarm.cleared",
            Self::OutOfBandSeen { .. } => "out_of_band.seen",
            Self::OverrideUsed { .. } => "override.used",
            Self::Closed { .. } => "hotfix.closed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_person_wrote_is_for_others_to_read() {
        let step = || "verify".parse().expect("static id");
        let note = "@ben it is exact now";
        let confirmed = Event::StepConfirmed {
            step: step(),
            note: note.to_owned(),
        };
        let skipped = Event::StepSkipped {
            step: step(),
            reason: note.to_owned(),
        };
        let added = Event::NoteAdded {
            text: note.to_owned(),
        };
        for event in [confirmed, skipped, added] {
            assert_eq!(event.written(), Some(note), "{event:?}");
        }
        let alarm = Event::AlarmRaised {
            what: note.to_owned(),
        };
        assert_eq!(alarm.written(), None, "nobody wrote that");
    }

    #[test]
    fn a_note_with_a_token_in_it_goes_on_record_without_it() {
        let note = |text: &str| Event::NoteAdded {
            text: text.to_owned(),
        };
        let clean = note("used glpat-0123456789abcdef to look").without_secrets();
        assert_eq!(clean, note("used glpat-[hidden] to look"));
        assert_eq!(note("nothing").without_secrets(), note("nothing"));
    }
}
