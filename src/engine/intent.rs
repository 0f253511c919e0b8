//! What an operator wants; prints and parses as the words of the command line.

use crate::model::BranchName;
use crate::model::CommitId;
use crate::model::HotfixId;
use crate::model::ItemId;
use crate::model::LaneName;
use crate::model::RequestId;
use crate::model::Role;
use crate::model::StepId;
use crate::model::Subject;
use crate::record::Answer;

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
    /// Finish a resolution: the commit that was built from the decisions becomes the branch's head.
    Resolve(Resolution),
    Abandon {
        step: StepId,
        target: LaneName,
        reason: String,
    },
    Close {
        note: String,
    },
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
