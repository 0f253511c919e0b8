//! Is the fix there, would it apply: predictions before, verdicts after (flows.md 5.4 and 6.2).

use serde::Deserialize;
use serde::Serialize;

use super::authors::LastAuthors;
use super::id::CommitId;
use super::text::Untrusted;

/// Whether a fix is in a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing of it is left to apply.
    Present,
    /// Nothing of it is left to remove.
    Absent,
    /// Superseded, refined or partial: a person looks.
    Changed,
    /// On its way: an open change request carries it.
    Pending,
    /// Could not be told; never looks like `Present`.
    Unknown,
}

impl Verdict {
    /// Returns the word on the screen.
    pub fn word(self) -> &'static str {
        match self {
            Self::Present => "PRESENT",
            Self::Absent => "ABSENT",
            Self::Changed => "CHANGED",
            Self::Pending => "PENDING",
            Self::Unknown => "UNKNOWN",
        }
    }
}

/// By which rule a verdict is known, in the order in which they are asked (console.md 1.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    Ancestor,
    Trailer,
    PatchId,
    MergeCommit,
    Tree,
}

impl Rule {
    /// Returns the word in output and on the screen.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ancestor => "ancestor",
            Self::Trailer => "trailer",
            Self::PatchId => "patch-id",
            Self::MergeCommit => "merge-commit",
            Self::Tree => "tree",
        }
    }
}

/// A verdict about one path, where the whole differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathVerdict {
    pub path: String,
    pub verdict: Verdict,
    /// The blob that was judged, none where the file is not in the tree; an acknowledgement holds for exactly this one.
    #[serde(default)]
    pub blob: Option<CommitId>,
    /// The blob that the fix makes of it, all zeros where it takes the file away; none in what an older version kept. An
    /// acknowledgement is about this one too: more of the fix in the same file is another question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<CommitId>,
    /// The name that the file has there, where that is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}

impl PathVerdict {
    /// Returns the path, with the name that the file has there where that is another one.
    pub fn name(&self) -> String {
        match &self.at {
            Some(at) => format!("{} (there {at})", self.path),
            None => self.path.clone(),
        }
    }
}

/// Who gave the answer to a merge in memory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Judge {
    /// A short cut of ours that cannot be wrong.
    Own,
    /// `git merge-tree`.
    #[default]
    Git,
}

impl Judge {
    /// Returns the word in output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Git => "git",
        }
    }
}

/// Whether a fix is in one lane, and how we know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presence {
    pub verdict: Verdict,
    pub rule: Option<Rule>,
    /// The lane's tip that was judged.
    pub tip: CommitId,
    pub paths: Vec<PathVerdict>,
}

/// How a path conflicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConflictKind {
    Content,
    ModifyDelete,
    Rename,
    Binary,
    Submodule,
    Mode,
    /// The sides are of different types there: a file and a link, a file and a folder.
    Type,
    /// A commit of the fix that changes it was left out after a conflict, and is not on the branch.
    Pending,
}

impl ConflictKind {
    /// Returns the word in output and on the screen.
    pub fn word(self) -> &'static str {
        match self {
            Self::Content => "content",
            Self::ModifyDelete => "modify-delete",
            Self::Rename => "rename",
            Self::Binary => "binary",
            Self::Submodule => "submodule",
            Self::Mode => "mode",
            Self::Type => "type",
            Self::Pending => "pending",
        }
    }
}

/// One path that a person must decide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConflictPath {
    pub path: String,
    pub kind: ConflictKind,
    /// The blob that was written in its place, by which a later decision is recognised; none if the path was left out.
    pub blob: Option<CommitId>,
    pub last_authors: LastAuthors,
    /// Who owns it, as the CODEOWNERS file of the target names them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub owners: Vec<Untrusted>,
}

/// What would happen if a fix were carried into a target now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prediction {
    pub outcome: PredictionOutcome,
    /// The target tip it was computed for; another tip makes it worthless.
    pub target_tip: CommitId,
    /// The resulting tree, where one came out.
    pub tree: Option<CommitId>,
    /// Picks that would be left out, since they touch what an earlier one leaves in conflict.
    #[serde(default)]
    pub pending: Vec<CommitId>,
}

/// The outcome of a prediction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum PredictionOutcome {
    Clean,
    Conflict {
        paths: Vec<ConflictPath>,
    },
    /// Nothing would change: it is there already.
    Already,
    Blocked {
        why: String,
    },
    Unknown {
        why: String,
    },
}
