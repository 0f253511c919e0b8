//! What the shell is asked to do; `update` itself does nothing.

use crate::engine::Board;
use crate::engine::Comparison;
use crate::engine::Glance;
use crate::engine::Plan;
use crate::engine::resolve::Session;
use crate::model::CommitId;
use crate::model::HotfixId;
use crate::model::JobId;
use crate::model::LaneName;
use crate::model::RefsMark;
use crate::model::StepId;

use super::editor::Purpose;
use super::login::Unseen;
use super::msg::OwnProgram;
use super::msg::Wish;

/// One thing to do, answered (where there is an answer) by a message.
#[derive(Debug, Clone)]
pub enum Effect {
    /// Look at the world; answered by `News::Looked` of the same generation.
    Look {
        generation: u64,
        hotfix: Option<HotfixId>,
        /// Ask the remote only, where its refs are still these and nothing else is looked at; answered by `News::Unmoved`
        /// then.
        unless: Option<RefsMark>,
    },
    /// Look again and plan; answered by `News::Planned` of the same generation.
    Plan {
        generation: u64,
        hotfix: Option<HotfixId>,
        wish: Wish,
    },
    /// Carry a confirmed plan out. The only effect that changes the world.
    Execute {
        run: u64,
        board: Box<Board>,
        plan: Box<Plan>,
    },
    /// Send entries of records that are kept on this machine; answered by `News::Shared`.
    ShareKept,
    /// Stop a run after its present call.
    CancelRun {
        run: u64,
    },
    /// Try a token on the forge and keep it; answered by `News::SignedIn`.
    SignIn {
        token: Unseen,
        in_file: bool,
    },
    /// Ask which change requests have a commit; answered by `News::RequestsFound`.
    FindRequests {
        commit: CommitId,
    },
    ReadLog {
        job: JobId,
        offset: u64,
    },
    /// Hand the terminal to the person's editor.
    Edit {
        purpose: Purpose,
        text: String,
    },
    /// Lay the conflicts of a target out; answered by `News::ConflictsOpened` of the same generation.
    OpenConflicts {
        generation: u64,
        hotfix: HotfixId,
        step: StepId,
        target: LaneName,
    },
    /// Keep a session, so that it survives leaving and a crash; in the order asked.
    KeepResolution {
        session: Box<Session>,
    },
    /// Forget a session.
    DropResolution {
        hotfix: HotfixId,
        step: StepId,
        target: LaneName,
    },
    /// Run the project's checks on what is decided; each that begins and ends is told by `News::CheckTold`, all of them by
    /// `News::ResolutionChecked` of the same generation.
    CheckResolution {
        generation: u64,
        session: Box<Session>,
    },
    /// Stop the checks that run.
    StopChecks,
    /// Hand the terminal to the person's own program on a conflicted file, in a fresh folder.
    EditConflict {
        session: Box<Session>,
        file: usize,
        with: OwnProgram,
    },
    /// Make a diff; answered by `News::DiffOpened` of the same generation.
    OpenDiff {
        generation: u64,
        compared: Box<Comparison>,
    },
    /// Remember that a diff was looked at.
    KeepGlance {
        glance: Glance,
    },
    /// Count how much each of these changes; answered by `News::Measured`.
    Measure {
        wanted: Vec<Comparison>,
    },
    /// Keep a text that is being written, so that it survives leaving and a crash; none takes it away. In the order asked.
    KeepDraft {
        /// One line: what it is for.
        key: String,
        text: Option<String>,
    },
    /// Put a text on the clipboard.
    Copy {
        what: String,
        text: String,
        /// Lines; otherwise a break in it becomes a visible mark, so that a shell runs no second command.
        is_page: bool,
    },
    /// Show a page in the person's browser.
    Browse {
        url: String,
    },
    /// Ring the terminal's bell.
    Ring,
    Suspend,
    Redraw,
    Quit,
}
