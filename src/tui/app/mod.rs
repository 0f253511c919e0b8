//! What the screen means: state, messages, effects, the action table, one file per pane and overlay.
//!
//! Sync and pure: [`update()`] takes a message and returns the effects that somebody else performs. There is no
//! clock (a [`Msg`] carries its time), no terminal and no channel here. Drawing is `tui::view`, waiting is
//! `tui::shell`.

mod actions;
mod approvals;
mod arm;
mod arrangement;
mod brought;
mod checklist;
mod choose;
mod colleagues;
mod commands;
mod conflict_decide;
mod conflict_lines;
mod conflicts;
mod detail;
mod detail_event;
mod detail_subject;
mod diff;
mod diff_keys;
mod diff_rows;
mod diff_words;
mod driving;
mod editor;
mod effect;
mod field;
mod follow_up;
mod guard;
mod hotfixes;
mod input;
mod keymap;
mod keys;
mod lanes;
mod log;
mod log_reader;
mod login;
mod msg;
mod overlay;
mod plan;
mod quit;
mod resume;
mod retry;
mod route;
mod runs;
mod saying;
mod size;
mod start;
mod state;
mod syntax;
mod syntax_words;
mod undo;
mod update;
mod wish;
mod words;
mod work;

pub use actions::{ACTIONS, Action, Scope, keys_markdown};
pub use approvals::{ApprovalGroup, ApprovalRow, approvals, chosen as chosen_approval};
pub use arm::ArmScreen;
pub use arrangement::Arrangement;
pub use brought::Brought;
pub use checklist::{
    Footer, FooterKind, Mark, Row, RowId, footer, rows, score, selected as selected_row,
};
pub use choose::{Choose, Leads};
pub use colleagues::{company, looks_at};
pub use commands::{CommandList, CommandRow};
pub use conflict_lines::{ConflictPane, PaneText};
pub use conflicts::ConflictScreen;
pub use detail::{Detail, detail};
pub use diff::{DiffPlaces, DiffScreen};
pub use diff_rows::{Bit, DiffRow, Half as DiffHalf, Ink};
pub use driving::drivers;
pub use editor::{Editor, Purpose, Vote};
pub use effect::Effect;
pub use field::Field;
pub use guard::Guard;
pub use hotfixes::HotfixList;
pub use keymap::{Keymap, KeymapError};
pub use keys::Chord;
pub use lanes::{graph_row, lane_row};
pub use log::{Job, Log, LogEntry};
pub use log_reader::{Dab, Dye, LogLine, LogReader, Paint};
pub use login::{LoginScreen, LoginStage, SignIn, Unseen};
pub use msg::{Clock, Msg, News, OwnProgram, PlanAnswer, Pointed, StartForm, Trouble, Wish};
pub use overlay::Overlay;
pub use plan::{PlanFocus, PlanScreen};
pub use quit::QuitScreen;
pub use resume::{ResumeScreen, interrupted, resume_lines};
pub use runs::{Run, RunCall};
pub use size::{Fit, fit};
pub use start::{StartField, StartScreen};
pub use state::{App, Armed, Limits, Options, Pane, PlaybookChoice, Status, Watch};
pub use syntax::Token;
pub use update::{begin, update};
pub use words::{Line, Piece, Tone};
