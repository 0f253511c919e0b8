//! The conflicts of one target, for scripts.

use schemars::JsonSchema;
use serde::Serialize;

use crate::engine::resolve::CheckRun;
use crate::engine::resolve::Choice;
use crate::engine::resolve::FileWork;
use crate::engine::resolve::Session;
use crate::engine::resolve::Source;
use crate::engine::resolve::Standing;
use crate::engine::resolve::Whole;
use crate::model::Bytes;
use crate::model::ConflictSide;
use crate::model::Untrusted;

/// What `resolve` answers while something is open. Once it carries the resolution out, it answers as `do`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ResolveDocument {
    #[schemars(extend("const" = "lanekeeper/resolve/v1"))]
    pub schema: &'static str,
    pub hotfix: String,
    pub step: String,
    pub target: String,
    pub branch: String,
    /// The branch's head on which is decided.
    pub head: String,
    pub onto: String,
    /// Decisions needed, and made.
    pub needed: usize,
    pub done: usize,
    pub notes: Vec<String>,
    pub files: Vec<ConflictRow>,
    /// Why it cannot be finished yet.
    pub blockers: Vec<BlockerRow>,
    /// The project's checks on what is decided, where `--test` ran them; none of them is needed to finish.
    pub checks: Vec<CheckRow>,
    pub exit: u8,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct CheckRow {
    pub name: String,
    /// `passed`, `failed`, `timed-out`, `stopped`, `not-trusted` or `no-command`.
    pub end: String,
    /// How it came to that, `exit code 1`; null where `end` says it all.
    pub why: Option<String>,
    /// How long it ran; null where it was never begun.
    pub seconds: Option<u64>,
    /// The last lines that it wrote.
    pub output: Vec<String>,
    /// How many lines before them were not kept.
    pub left_out: usize,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct BlockerRow {
    pub path: String,
    pub why: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct ConflictRow {
    pub path: String,
    /// From 1; a later round is about what conflicts with decisions of the earlier ones, perhaps at the same path.
    pub round: usize,
    /// The commit whose pick conflicts; null for a merge, and where git names no sides.
    pub commit: Option<String>,
    /// `content`, `modify-delete`, `rename`, `binary`, `submodule`, `mode`, `type` (a file, a link, a folder), or `pending`:
    /// a commit of the fix that changes it is not on the branch yet.
    pub kind: &'static str,
    pub is_decided: bool,
    /// The decision about the path as a whole.
    pub whole: Option<DecisionRow>,
    /// Null where a side does not have the path.
    pub base: Option<SideRow>,
    pub target: Option<SideRow>,
    pub fix: Option<SideRow>,
    /// How many files lie in the folder of the side that has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub files: Option<usize>,
    pub hunks: Vec<HunkRow>,
    /// What a merge driver of the clone makes of the path, where a person trusts it and it ended well. It is only offered:
    /// `--take PATH=driver` takes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub driver: Option<DriverTextRow>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct DriverTextRow {
    pub name: String,
    /// The whole file; bytes that are no UTF-8 become visible marks.
    pub text: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct SideRow {
    /// Octal, as in a tree.
    pub mode: String,
    /// The blob; of a folder its tree.
    pub id: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct HunkRow {
    /// From 1.
    pub number: usize,
    pub is_decided: bool,
    pub decision: Option<DecisionRow>,
    /// The lines of each side; bytes that are no UTF-8 become visible marks.
    pub base: String,
    pub target: String,
    pub fix: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct DecisionRow {
    /// `target`, `fix`, `both`, `both-fix-first`, `driver`, `delete` or `edited`.
    pub take: &'static str,
    /// False while it is only offered.
    pub is_confirmed: bool,
    /// Where it was decided before, if it is reused.
    pub from: Option<String>,
}

impl ResolveDocument {
    /// Describes a session, and what the checks said of it.
    pub fn new(session: &Session, checks: &[CheckRun], exit: u8) -> Self {
        let subject = &session.subject;
        let (needed, done) = session.count();
        Self {
            schema: "lanekeeper/resolve/v1",
            hotfix: subject.hotfix.to_string(),
            step: subject.step.to_string(),
            target: subject.target.to_string(),
            branch: subject.branch.to_string(),
            head: subject.head.to_string(),
            onto: subject.onto.to_string(),
            needed,
            done,
            notes: session.notes.clone(),
            files: session.files.iter().map(row).collect(),
            blockers: session
                .blockers()
                .into_iter()
                .map(|one| BlockerRow {
                    path: one.path,
                    why: one.why,
                })
                .collect(),
            checks: checks.iter().map(check).collect(),
            exit,
        }
    }
}

fn check(run: &CheckRun) -> CheckRow {
    CheckRow {
        name: run.name.to_string(),
        end: run.end.word().replace(' ', "-"),
        why: run.end.why().map(str::to_owned),
        seconds: run.took.map(|took| took.as_secs()),
        output: run
            .output
            .iter()
            .map(|line| line.raw().to_owned())
            .collect(),
        left_out: run.left_out,
    }
}

fn row(work: &FileWork) -> ConflictRow {
    let file = &work.file;
    let text = |bytes: &Bytes| Untrusted::from_bytes(&bytes.0).raw().to_owned();
    let hunks = file.hunks().zip(&work.hunks).enumerate();
    ConflictRow {
        path: file.path.clone(),
        round: work.round,
        commit: file.commit.as_ref().map(ToString::to_string),
        kind: file.kind.word(),
        is_decided: work.is_decided(),
        whole: decision(&work.whole, |whole| match whole {
            Whole::Target => "target",
            Whole::Fix => "fix",
            Whole::Delete => "delete",
            Whole::Text(_) if work.is_by_driver(whole) => Source::DRIVER,
            Whole::Text(_) => "edited",
        }),
        base: side(file.base.as_ref()),
        target: side(file.target.as_ref()),
        fix: side(file.fix.as_ref()),
        files: (file.files > 0).then_some(file.files),
        hunks: hunks
            .map(|(n, (hunk, standing))| HunkRow {
                number: n + 1,
                is_decided: work.is_hunk_decided(n),
                decision: decision(standing, |choice| match choice {
                    Choice::Take(take) => take.word(),
                    Choice::Text(_) => "edited",
                }),
                base: text(&hunk.base),
                target: text(&hunk.target),
                fix: text(&hunk.fix),
            })
            .collect(),
        driver: work.driver.as_ref().map(|driver| DriverTextRow {
            name: driver.name.raw().to_owned(),
            text: text(&driver.text),
        }),
    }
}

fn side(side: Option<&ConflictSide>) -> Option<SideRow> {
    side.map(|side| SideRow {
        mode: format!("{:o}", side.mode),
        id: side.id.to_string(),
    })
}

fn decision<T>(standing: &Standing<T>, word: impl Fn(&T) -> &'static str) -> Option<DecisionRow> {
    let (choice, from, is_confirmed) = match standing {
        Standing::Open => return None,
        Standing::Offered { choice, from } => (choice, Some(from.clone()), false),
        Standing::Decided { choice, from } => (choice, from.clone(), true),
    };
    Some(DecisionRow {
        take: word(choice),
        is_confirmed,
        from,
    })
}
