//! Everything that can happen to the console, each with the time at which it happened.

use std::time::Duration;

use crossterm::event::KeyCode;

use crate::engine::Board;
use crate::engine::ChangeResult;
use crate::engine::Comparison;
use crate::engine::DiffSize;
use crate::engine::Intent;
use crate::engine::Plan;
use crate::engine::Present;
use crate::engine::Refusal;
use crate::engine::Report;
use crate::engine::lanes::EventKey;
use crate::engine::lanes::RowKey;
use crate::engine::resolve::CheckNews;
use crate::engine::resolve::CheckedResolution;
use crate::engine::resolve::Session;
use crate::engine::resolve::Whole;
use crate::model::ChangeRequest;
use crate::model::CommitId;
use crate::model::Diff;
use crate::model::HotfixId;
use crate::model::JobId;
use crate::model::LaneName;
use crate::model::Subject;
use crate::model::Timestamp;
use crate::model::Untrusted;
use crate::record::Answer;

use super::editor::Purpose;
use super::keys::Chord;
use super::login::SignIn;
use super::sharing::Sharing;
use super::state::Pane;

/// When something happened: time of day for people, milliseconds for everything that is decided by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    pub now: Timestamp,
    /// For how long the machine is up, sleep counted. Nobody can set it.
    pub millis: u64,
}

impl Clock {
    /// Returns for how long the machine is up.
    pub fn since_boot(self) -> Duration {
        Duration::from_millis(self.millis)
    }

    /// Returns how many milliseconds passed since `earlier`, a moment of the same machine.
    pub(super) fn millis_since(self, earlier: u64) -> u64 {
        self.millis.saturating_sub(earlier)
    }
}

/// One thing that happened.
#[derive(Debug, Clone)]
pub struct Msg {
    pub at: Clock,
    pub news: News,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum News {
    /// A key went down.
    Key(Chord),
    /// A key is held: the terminal repeats it.
    Repeated(Chord),
    /// A key went up; only from terminals that report it.
    Released(KeyCode),
    Pasted(String),
    Resized {
        width: u16,
        height: u16,
    },
    FocusGained,
    FocusLost,
    Tick,
    /// The console was stopped (`Ctrl-Z`) or the machine slept, and goes on.
    Woke,
    /// What was last seen, to show something while the look of this generation is under way.
    Glimpsed {
        generation: u64,
        board: Box<Board>,
    },
    /// Who else watches the hotfix now.
    Heard {
        hotfix: HotfixId,
        present: Vec<Present>,
    },
    /// The newest commits of the lanes, where some moved: the look itself takes longer.
    Sketched {
        generation: u64,
        board: Box<Board>,
    },
    /// Until when the forge wants quiet now; none where it does not, or not any more.
    Quieted {
        until: Option<Timestamp>,
    },
    Looked {
        generation: u64,
        outcome: Result<Box<Board>, Trouble>,
    },
    Planned {
        generation: u64,
        outcome: Result<PlanAnswer, Trouble>,
    },
    /// A call of a run is about to be made.
    Called {
        run: u64,
        text: String,
    },
    Resulted {
        run: u64,
        result: ChangeResult,
    },
    Finished {
        run: u64,
        outcome: Result<Report, Trouble>,
    },
    JobChanged {
        job: JobId,
        name: String,
        state: String,
        at: Timestamp,
    },
    JobLine {
        job: JobId,
        line: Untrusted,
    },
    /// What came of a token.
    SignedIn {
        outcome: Result<SignIn, Trouble>,
    },
    /// The change requests that have a commit, as the forge says.
    RequestsFound {
        commit: CommitId,
        outcome: Result<Vec<ChangeRequest>, Trouble>,
    },
    /// A piece of a long log, ahead of the rest of what was read: keys are heard in between.
    LogPart {
        job: JobId,
        text: Untrusted,
    },
    LogRead {
        job: JobId,
        outcome: Result<(Untrusted, u64, bool), Trouble>,
    },
    Edited {
        purpose: Purpose,
        outcome: Result<String, Trouble>,
    },
    /// The conflicts of a target are laid out.
    ConflictsOpened {
        generation: u64,
        outcome: Result<Box<Session>, Trouble>,
    },
    /// A session could not be kept or forgotten.
    ConflictsUnkept {
        trouble: Trouble,
    },
    /// A conflicted file comes back from the person's program; none if it was left as it was.
    ConflictEdited {
        file: usize,
        with: OwnProgram,
        outcome: Result<Option<Whole>, Trouble>,
    },
    /// One of the checks of a resolution began or ended.
    CheckTold {
        generation: u64,
        news: CheckNews,
    },
    /// The checks of a resolution came to their end.
    ResolutionChecked {
        generation: u64,
        outcome: Result<CheckedResolution, Trouble>,
    },
    /// A diff was made.
    DiffOpened {
        generation: u64,
        compared: Box<Comparison>,
        outcome: Result<Box<Diff>, Trouble>,
    },
    /// That a diff was looked at could not be kept.
    GlanceUnkept {
        trouble: Trouble,
    },
    /// A text that is being written could not be kept.
    DraftUnkept {
        trouble: Trouble,
    },
    /// How much each of these changes, at that head.
    Measured {
        sizes: Vec<(Subject, CommitId, DiffSize)>,
    },
    Copied {
        what: String,
        outcome: Result<(), Trouble>,
    },
    /// Refs moved here or on the remote.
    RefsMoved,
    /// It is time to look again, whether or not anything moved.
    Polled,
    /// The remote was asked for a look, and has what the board was made from.
    Unmoved {
        generation: u64,
    },
    /// What became of entries that were kept on this machine.
    Shared {
        outcome: Result<Sharing, Trouble>,
    },
    Watching {
        is_on: bool,
    },
    /// The mouse did something.
    Pointed(Pointed),
    Browsed {
        outcome: Result<(), Trouble>,
    },
    /// The system asks us to end.
    Terminated,
}

/// A program of the person's own that works on a conflicted file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnProgram {
    Editor,
    MergeTool,
}

impl OwnProgram {
    /// Returns it in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Editor => "your editor",
            Self::MergeTool => "your merge tool",
        }
    }
}

/// What the mouse did, to what was drawn there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pointed {
    /// A press in a pane; in the lane graph on a row, and perhaps on an event.
    Pressed {
        pane: Pane,
        row: Option<RowKey>,
        event: Option<EventKey>,
    },
    /// The wheel turned over a pane, by so many lines down.
    Turned { pane: Pane, by: isize },
}

/// What an operator wants, before `ops` and `engine` made a plan of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    Intent(Intent),
    /// A resolution in which everything is decided; `ops` builds the commit.
    Resolve(Box<Session>),
    /// A new hotfix; `ops` makes its id and branch.
    Start(StartForm),
}

/// The filled-in start wizard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartForm {
    pub slug: String,
    pub title: String,
    pub playbook: String,
    /// None takes the playbook's own base.
    pub from: Option<LaneName>,
    pub answers: Vec<Answer>,
}

/// The answer to a wish. The board is the fresh look that the plan was made from.
#[derive(Debug, Clone)]
pub enum PlanAnswer {
    Plan {
        board: Box<Board>,
        plan: Box<Plan>,
    },
    Refused(Refusal),
    /// No plan yet: what was decided leads to one more round of decisions, at the end of this session.
    Round(Box<Session>),
}

/// Something went wrong while waiting for an answer; the words of a fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    pub summary: String,
    pub chain: Vec<String>,
    pub hint: Option<String>,
}

impl Trouble {
    /// Makes a trouble without causes.
    pub fn new(summary: impl Into<String>) -> Self {
        Self {
            summary: summary.into(),
            chain: Vec::new(),
            hint: None,
        }
    }

    /// Returns summary, causes and hint on one line.
    pub fn words(&self) -> String {
        let mut words = self.summary.clone();
        for cause in &self.chain {
            words.push_str(": ");
            words.push_str(cause);
        }
        if let Some(hint) = &self.hint {
            words.push_str(" - ");
            words.push_str(hint);
        }
        words
    }
}

/// What the shell is asked to look at.
pub(super) fn looks_at(hotfix: Option<&HotfixId>) -> String {
    hotfix.map_or_else(
        || "look at the lanes".to_owned(),
        |id| format!("look at {id}"),
    )
}
