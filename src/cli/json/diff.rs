//! `diff` as a document. Texts stand as they came; bytes that are no UTF-8 are visible marks.

use schemars::JsonSchema;
use serde::Serialize;

use crate::engine::Comparison;
use crate::engine::DiffSize;
use crate::model::Diff;
use crate::model::DiffFile;
use crate::model::DiffHunk;
use crate::model::DiffLine;

use super::approvals::Size;

/// What something changes.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DiffDocument {
    #[schemars(extend("const" = "lanekeeper/diff/v1"))]
    pub schema: &'static str,
    /// `12`, `deployment:3` or `commit:ID`, as `diff` takes it.
    pub id: String,
    pub title: String,
    /// Null where it is compared with nothing: a first commit.
    pub base: Option<String>,
    /// What `approve --seen` takes.
    pub head: String,
    /// What it is compared with, for people.
    pub compared: String,
    pub size: Size,
    /// Characters that would not be seen as what they are: controls, bidirectional, invisible, look-alikes.
    pub hidden: usize,
    /// The operator may approve on the strength of this look.
    pub looked: bool,
    pub notes: Vec<String>,
    pub files: Vec<DiffFileRow>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct DiffFileRow {
    /// Null where the file is new.
    pub old_path: Option<String>,
    /// Null where the file is gone.
    pub new_path: Option<String>,
    /// `added`, `modified`, `deleted`, `renamed` or `mode`.
    pub kind: &'static str,
    /// `text`, `binary`, `submodule` or `link`.
    pub content: &'static str,
    /// Octal, as in a tree; null where there is no file.
    pub old_mode: Option<String>,
    pub new_mode: Option<String>,
    pub added: usize,
    pub removed: usize,
    pub hidden: usize,
    pub hunks: Vec<DiffHunkRow>,
    /// Why lines are left out.
    pub cut: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct DiffHunkRow {
    pub old_start: usize,
    pub old_lines: usize,
    pub new_start: usize,
    pub new_lines: usize,
    /// What stands around it, as git says.
    pub around: String,
    pub lines: Vec<DiffLineRow>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct DiffLineRow {
    /// `both`, `removed` or `added`.
    pub side: &'static str,
    pub old: Option<usize>,
    pub new: Option<usize>,
    pub text: String,
    /// The file ends here without a line break.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schemars(default)]
    pub unended: bool,
    /// Characters in it that would not be seen as what they are.
    #[serde(skip_serializing_if = "is_none")]
    #[schemars(default)]
    pub hidden: usize,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands the field over by reference"
)]
fn is_none(count: &usize) -> bool {
    *count == 0
}

impl DiffDocument {
    /// Describes a diff.
    pub fn new(compared: &Comparison, diff: &Diff, has_looked: bool) -> Self {
        Self {
            schema: "lanekeeper/diff/v1",
            id: compared.of.to_string(),
            title: compared.title.clone(),
            base: diff.base.as_ref().map(ToString::to_string),
            head: diff.head.to_string(),
            compared: compared.words.clone(),
            size: Size::new(DiffSize::of(diff)),
            hidden: diff.hidden(),
            looked: has_looked,
            notes: diff.notes.clone(),
            files: diff.files.iter().map(file).collect(),
        }
    }
}

fn file(file: &DiffFile) -> DiffFileRow {
    let mode = |mode: u32| (mode != 0).then(|| format!("{mode:o}"));
    DiffFileRow {
        old_path: file.old.as_ref().map(|name| name.raw().to_owned()),
        new_path: file.new.as_ref().map(|name| name.raw().to_owned()),
        kind: file.fate.word(),
        content: file.content.word(),
        old_mode: mode(file.modes.0),
        new_mode: mode(file.modes.1),
        added: file.added,
        removed: file.removed,
        hidden: file.hidden(),
        hunks: file.hunks.iter().map(hunk).collect(),
        cut: file.cut.clone(),
    }
}

fn hunk(hunk: &DiffHunk) -> DiffHunkRow {
    DiffHunkRow {
        old_start: hunk.old.0,
        old_lines: hunk.old.1,
        new_start: hunk.new.0,
        new_lines: hunk.new.1,
        around: hunk.around.raw().to_owned(),
        lines: hunk.lines.iter().map(line).collect(),
    }
}

fn line(line: &DiffLine) -> DiffLineRow {
    DiffLineRow {
        side: line.side.word(),
        old: line.old,
        new: line.new,
        text: line.text.raw().to_owned(),
        unended: line.is_unended,
        hidden: line.hidden(),
    }
}
