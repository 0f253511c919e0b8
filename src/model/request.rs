//! Change requests (pull or merge requests) in neutral words.

use serde::Deserialize;
use serde::Serialize;

use super::approval::Approval;
use super::check::Check;
use super::id::CommitId;
use super::id::HotfixId;
use super::id::RequestId;
use super::name::BranchName;
use super::person::Person;
use super::text::Untrusted;
use super::time::Timestamp;

/// One change request as last seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeRequest {
    pub id: RequestId,
    pub title: Untrusted,
    pub body: Untrusted,
    pub from: BranchName,
    pub into: BranchName,
    /// The head of the source branch, as the forge has it.
    pub head: CommitId,
    pub state: RequestState,
    pub is_draft: bool,
    pub labels: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub milestone: Option<Milestone>,
    pub author: Person,
    /// Who pushed the head last, where known; may not approve either.
    pub last_pusher: Option<Person>,
    pub reviewers: Vec<Person>,
    pub opened_at: Timestamp,
    pub updated_at: Timestamp,
    pub mergeability: Mergeability,
    /// Results for `head` only.
    pub checks: Vec<Check>,
    /// All approvals, also those for an older head.
    pub approvals: Vec<Approval>,
    /// The hotfix that opened it, read from the marker in its body.
    pub hotfix: Option<HotfixId>,
    /// The page in a browser, if there is one.
    pub url: Option<String>,
}

impl ChangeRequest {
    /// Returns the merge if it was merged.
    pub fn merged(&self) -> Option<&Merged> {
        match &self.state {
            RequestState::Merged(merged) => Some(merged),
            RequestState::Open | RequestState::Closed => None,
        }
    }

    /// Returns where it says that it must not be merged, in its title or by a label: whoever wrote that takes it away.
    pub fn says_do_not_merge(&self) -> Option<String> {
        let squeezed = |text: &str| -> String {
            let letters = text.chars().filter(|c| !matches!(c, '-' | '_' | ' '));
            letters.flat_map(char::to_lowercase).collect()
        };
        let mut labels = self.labels.iter();
        if let Some(label) = labels.find(|label| squeezed(label) == "donotmerge") {
            let label = Untrusted::new(label.as_str()).show();
            return Some(format!("the label `{label}`"));
        }
        let title = self.title.raw().to_lowercase();
        let is_said = ["do not merge", "do-not-merge"]
            .iter()
            .any(|said| title.contains(said));
        is_said.then(|| "its title".to_owned())
    }

    /// Tells whether it is open, draft or not.
    pub fn is_open(&self) -> bool {
        matches!(self.state, RequestState::Open)
    }
}

/// What a request is planned for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Milestone {
    /// As the forge takes it.
    pub id: String,
    pub title: Untrusted,
}

/// Open, merged, or closed without a merge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestState {
    Open,
    Merged(Merged),
    /// Never counts as done.
    Closed,
}

/// How a request was merged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Merged {
    /// The commit on the target that the merge made (merge or squash commit, or the last rebased one).
    pub commit: CommitId,
    /// The head that was merged.
    pub head: CommitId,
    pub by: Option<Person>,
    pub at: Timestamp,
    pub method: Option<MergeMethod>,
}

/// What a refusal of a merge says before the reason, where a rule of the forge for the target is that: the same merge is
/// refused again until something is different. The record keeps it, and is read by it.
pub const BY_A_RULE: &str = "by a rule of the target: ";

/// How a request's commits get onto the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MergeMethod {
    Merge,
    Squash,
    Rebase,
}

impl MergeMethod {
    /// Returns the word in plans and in configuration.
    pub fn word(self) -> &'static str {
        match self {
            Self::Merge => "merge",
            Self::Squash => "squash",
            Self::Rebase => "rebase",
        }
    }
}

/// Whether the request could be merged as far as content goes. `Checking` is never a yes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mergeability {
    Clean,
    Conflicts(Vec<String>),
    Checking,
    Blocked(String),
}
