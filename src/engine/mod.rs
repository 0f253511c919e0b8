//! The mind: from playbook, record and observation it derives what state each step is in and why, and from
//! an intent it plans the exact changes to the world, or says why not.
//!
//! Pure and total: no clock, no I/O, no randomness. What does not belong here: carrying a plan out (`ops`),
//! what the screen means (`tui::app`).

mod begun;
mod board;
mod calls;
mod carried;
mod comparison;
mod debt;
mod derive;
pub mod driving;
mod ended;
mod event_line;
mod evidence;
mod follow_up;
mod gathered;
mod inbox;
mod intent;
mod interrupted;
pub mod lanes;
mod look;
mod looked;
mod marker;
mod merges;
mod observation;
mod other_base;
mod ours;
mod outside;
mod overrides;
mod own;
mod owners;
mod parts;
mod pick_words;
mod plan;
mod present;
mod refused;
pub mod resolve;
mod rewritten;
mod run_bound;
mod seats;
mod second_run;
mod signatures;
mod sketched;
mod state;
mod taken_out;
mod touched;
mod two_branch;
mod unrun;
mod waiting;
mod weighed;
mod words;

pub use board::{Board, HotfixSummary};
pub use calls::COPY_WORDS;
pub use carried::ALONE;
pub use carried::alone_id;
pub use carried::asked_for;
pub use carried::carried;
pub use carried::is_alone_of;
pub use carried::says_unresolved;
pub use comparison::{Comparison, DiffOf, comparison};
pub use debt::{Debt, Whereabouts, debts};
pub use derive::{derive, merge_lacks};
pub use follow_up::{closed, falls_to_me, follow_up};
pub use gathered::{Gathered, gathered, in_brief};
pub use inbox::{Inbox, InboxItem, InboxKind, checks_in_words, golive_state, inbox};
pub use intent::{DriveWish, Intent, Resolution, StartOrder};
pub use interrupted::{Found, Interrupted, LeftCall, Resuming, UndoOf};
pub use look::acknowledged;
pub use looked::{DiffSize, Glance, Looked, Standing, hidden_words};
pub use marker::Marker;
pub(crate) use merges::{merged_as, merges_onto, remade_into, was_sent_by};
pub use observation::{
    EdgeSight, FixSight, FixSpan, Frozen, LaneHistory, LockSight, Observation, Picks, Reverted,
    Rider, Riders, clock_words, solo,
};
pub use ours::is_ours;
pub use ours::is_undecided_draft;
pub use outside::{Outside, Told, story};
pub use overrides::{is_cosigned, lifted_of_deployment, lifted_of_request, takeover_rule};
pub use own::Own;
pub use owners::{Owners, owner_files};
pub use pick_words::{in_no_run, lacks, taken_out_in};
pub(crate) use plan::GO_ON;
#[cfg(test)]
pub(crate) use plan::settlement;
pub use plan::{
    Call, Change, ChangeResult, Expectation, Fact, FactState, Level, Outcome, Plan, Refusal,
    Report, RequestRef, local_build, plan,
};
pub use present::Present;
pub use rewritten::Rewritten;
pub(crate) use second_run::retry_words;
pub use second_run::{in_story, retried};
pub use signatures::{of_decisions, of_locks, of_signatures};
pub use state::{
    Evidence, Finding, ItemProgress, ItemState, NextAction, Overridden, Prerequisite, Progress,
    SeatState, Severity, StepProgress, StepState, TargetProgress, WaitingOn,
};
pub use touched::{Place, Touched};
pub use two_branch::is_conflict_base;
pub use weighed::Weighed;
pub use words::{WordsError, named};
