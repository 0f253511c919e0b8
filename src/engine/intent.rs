//! What an operator wants; prints and parses as the words of the command line.

use crate::model::BranchName;
use crate::model::CommitId;
use crate::model::EnvironmentName;
use crate::model::HotfixId;
use crate::model::IntentId;
use crate::model::ItemId;
use crate::model::JobId;
use crate::model::LaneName;
use crate::model::RequestId;
use crate::model::Role;
use crate::model::StepId;
use crate::model::Subject;
use crate::record::Answer;

use super::interrupted::Resuming;

/// What an operator wants to do about one hotfix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Intent {
    Start(StartOrder),
    /// Carry a step on by its next stage; for a step that fans out, one target or all of them.
    Do {
        step: StepId,
        target: Option<LaneName>,
        note: Option<String>,
        /// How many riders the operator read and accepts; must be the number that is there.
        riders: Option<usize>,
    },
    Skip {
        step: StepId,
        reason: String,
    },
    Approve {
        subject: Subject,
        role: Option<Role>,
        comment: Option<String>,
        /// The head whose diff the operator looked at; without it, or with another head, nothing is approved.
        seen: Option<CommitId>,
    },
    Reject {
        subject: Subject,
        role: Option<Role>,
        comment: Option<String>,
    },
    Tick {
        item: ItemId,
        note: Option<String>,
    },
    Untick {
        item: ItemId,
        note: String,
    },
    Note {
        text: String,
    },
    Comment {
        request: RequestId,
        text: String,
    },
    /// Keep a conflicted path as it stands in the branch's present head.
    Decide {
        step: StepId,
        target: LaneName,
        path: String,
        note: String,
    },
    /// The fix is CHANGED in a lane, and a person who looked says that it is alive there.
    Acknowledge {
        lane: LaneName,
        note: String,
    },
    /// Lift one rule of ours that blocks a step now, or co-sign a takeover of the driver's seat.
    Override {
        /// As it was offered: `12/tech-lead`, `deployment:4/tech-lead`, `takeover`.
        rule: String,
        reason: String,
    },
    /// Finish a resolution: the commit that was built from the decisions becomes the branch's head.
    Resolve(Resolution),
    Abandon {
        step: StepId,
        target: LaneName,
        reason: String,
    },
    /// Run one job that failed or was cancelled once more, as it is; never done by itself.
    Retry {
        job: JobId,
    },
    Close {
        note: String,
    },
    /// About the driver's seat of a deploy target: the one named, else production.
    Drive {
        environment: Option<EnvironmentName>,
        wish: DriveWish,
    },
    /// Add what a file holds of a record; `ops` reads the file.
    Import {
        file: String,
    },
    /// Gather the records of hotfixes that were closed in this year, else before the present one, in an archive; `ops` knows
    /// which.
    Archive {
        year: Option<u16>,
    },
    /// Put back what the record on the remote has lost.
    Restore,
    /// Decide about an intent whose process died on this machine.
    Resume {
        intent: IntentId,
        how: Resuming,
    },
}

/// What somebody wants with the driver's seat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DriveWish {
    /// Take the free seat, or accept the offered one.
    Take,
    Release,
    /// Offer it to somebody, by account or address.
    HandOver {
        to: String,
    },
    /// Take it from a driver who was silent.
    TakeOver {
        reason: String,
    },
}

impl Intent {
    /// Returns the step that it carries on, and the one target of it that was named; none for every other wish.
    pub fn does(&self) -> Option<(&StepId, Option<&LaneName>)> {
        match self {
            Self::Do { step, target, .. } => Some((step, target.as_ref())),
            Self::Start(_)
            | Self::Skip { .. }
            | Self::Approve { .. }
            | Self::Reject { .. }
            | Self::Tick { .. }
            | Self::Untick { .. }
            | Self::Note { .. }
            | Self::Comment { .. }
            | Self::Decide { .. }
            | Self::Acknowledge { .. }
            | Self::Override { .. }
            | Self::Resolve(_)
            | Self::Abandon { .. }
            | Self::Retry { .. }
            | Self::Close { .. }
            | Self::Drive { .. }
            | Self::Resume { .. }
            | Self::Restore
            | Self::Archive { .. }
            | Self::Import { .. } => None,
        }
    }
}

/// A resolution that was built and waits to be pushed. `ops` builds it, so that the engine needs no repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolution {
    pub step: StepId,
    pub target: LaneName,
    /// The branch's head on which everything was decided.
    pub head: CommitId,
    /// What becomes the head; the same where the files stay as they are.
    pub commit: CommitId,
    /// Every path with how it was decided.
    pub decided: Vec<(String, String)>,
}

/// A new hotfix. Its id is made by `ops`, so that the engine needs no randomness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartOrder {
    pub id: HotfixId,
    pub slug: String,
    pub title: String,
    pub branch: BranchName,
    /// The lane to cut from: the playbook's base unless the operator says otherwise.
    pub from: LaneName,
    pub answers: Vec<Answer>,
    /// Start from these commits (`--commits A..B`, oldest first) instead of an empty branch.
    pub commits: Vec<CommitId>,
}
