//! `preflight` as a document, and one line of its batch.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::Commit;
use crate::model::ConflictPath;
use crate::model::Judge;
use crate::model::Untrusted;
use crate::ops::Preflight;
use crate::ops::PreflightOutcome;

use super::driven::MergeDriverRow;

/// What carrying commits into targets would do.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PreflightDocument {
    #[schemars(extend("const" = "lanekeeper/preflight/v1"))]
    pub schema: &'static str,
    pub targets: Vec<PreflightRow>,
    /// What could not be had, such as the remote; null where everything was there.
    pub doubt: Option<String>,
}

/// One commit and one target; a line of a batch is one of these.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PreflightRow {
    pub commit: String,
    pub target: String,
    /// `clean`, `conflict`, `already`, `blocked` (the backport engine would refuse) or `unknown`.
    pub outcome: &'static str,
    /// The resulting tree, for `clean` and `already`.
    pub tree: Option<String>,
    pub conflicts: Vec<ConflictRow>,
    /// `own`: a short cut that cannot be wrong; `git`: `git merge-tree`; null where nobody answered.
    pub by: Option<&'static str>,
    /// Why it is blocked or unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hotfix: Option<String>,
    /// Earlier changes to the files of the pick that the target lacks, newest first; not asked for in a batch.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub prerequisites: Vec<CommitRow>,
    /// Of commits: what would be carried and is in no lane of RUN, oldest first; not asked for in a batch.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub not_in_run: Vec<CommitRow>,
    /// Lanes of RUN, and the target itself, that had it and have nothing of it left.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub reverted_in: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub driver: Option<MergeDriverRow>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct ConflictRow {
    pub path: String,
    /// `content`, `modify-delete`, `rename`, `binary`, `submodule`, `mode`, or `type`: a file, a link, a folder.
    pub kind: &'static str,
    /// Who changed it last on the side of the target, then on the side of the fix, as far as they are known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub last_authors: Vec<String>,
    /// The same, each with its side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_author: Option<LastAuthorRow>,
    /// Who owns it, as the CODEOWNERS file of the target names them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub owners: Vec<String>,
}

/// Who changed a path last on each side; null where nobody of that side did.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LastAuthorRow {
    pub target: Option<String>,
    pub fix: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct CommitRow {
    pub commit: String,
    pub subject: String,
}

impl PreflightDocument {
    /// Makes the document.
    pub fn new(answers: &[Preflight], doubt: Option<String>) -> Self {
        Self {
            schema: "lanekeeper/preflight/v1",
            targets: answers.iter().map(PreflightRow::new).collect(),
            doubt,
        }
    }
}

impl PreflightRow {
    /// Makes the row of one answer.
    pub fn new(answer: &Preflight) -> Self {
        let (tree, conflicts, why) = match &answer.outcome {
            PreflightOutcome::Clean { tree } | PreflightOutcome::Already { tree } => {
                (Some(tree.to_string()), Vec::new(), None)
            }
            PreflightOutcome::Conflict { paths } => {
                (None, paths.iter().map(ConflictRow::new).collect(), None)
            }
            PreflightOutcome::Blocked { why } | PreflightOutcome::Unknown { why } => {
                (None, Vec::new(), Some(why.clone()))
            }
        };
        Self {
            commit: answer.commit.clone(),
            target: answer.target.clone(),
            outcome: answer.outcome.word(),
            tree,
            conflicts,
            by: answer.by.map(Judge::word),
            why,
            hotfix: answer.hotfix.clone(),
            prerequisites: answer.prerequisites.iter().map(CommitRow::new).collect(),
            not_in_run: answer.not_in_run.iter().map(CommitRow::new).collect(),
            reverted_in: answer
                .taken_out
                .iter()
                .map(|(lane, _)| lane.to_string())
                .collect(),
            driver: answer.driven.as_ref().map(MergeDriverRow::new),
        }
    }
}

impl CommitRow {
    fn new(commit: &Commit) -> Self {
        Self {
            commit: commit.id.to_string(),
            subject: commit.subject(),
        }
    }
}

impl ConflictRow {
    fn new(path: &ConflictPath) -> Self {
        let authors = &path.last_authors;
        let raw = |author: &Untrusted| author.raw().to_owned();
        Self {
            path: path.path.clone(),
            kind: path.kind.word(),
            last_authors: authors.names().map(raw).collect(),
            last_author: (!authors.is_empty()).then(|| LastAuthorRow {
                target: authors.target.as_ref().map(raw),
                fix: authors.fix.as_ref().map(raw),
            }),
            owners: path.owners.iter().map(|one| one.raw().to_owned()).collect(),
        }
    }
}
