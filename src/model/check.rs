//! CI results of one commit.

use serde::Deserialize;
use serde::Serialize;

use super::id::CommitId;
use super::id::JobId;
use super::name::CheckName;
use super::time::Timestamp;

/// One check of one commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    pub name: CheckName,
    /// The commit it looked at; a result for another head counts for nothing.
    pub head: CommitId,
    pub state: CheckState,
    pub is_required: bool,
    /// When it got into this state.
    pub since: Timestamp,
    /// The job whose log tells more.
    pub job: Option<JobId>,
}

/// How a check stands. `Skipped` and `Cancelled` are no success where the check is required.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckState {
    /// Known to be wanted, nobody runs it yet.
    Missing,
    Queued,
    Running,
    Passed,
    Failed,
    Cancelled,
    Skipped,
}

impl CheckState {
    /// Returns the word on the screen.
    pub fn word(self) -> &'static str {
        match self {
            Self::Missing => "not run",
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Skipped => "skipped",
        }
    }
}
