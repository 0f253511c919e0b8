//! The mind: from playbook, record and observation it derives what state each step is in and why, and from
//! an intent it plans the exact changes to the world, or says why not.
//!
//! Pure and total: no clock, no I/O, no randomness. What does not belong here: carrying a plan out (`ops`),
//! what the screen means (`tui::app`).

mod board;
mod calls;
mod carried;
mod debt;
mod derive;
mod evidence;
mod inbox;
mod intent;
pub mod lanes;
mod look;
mod marker;
mod observation;
mod ours;
mod plan;
pub mod resolve;
mod seats;
mod state;
mod waiting;
mod words;

pub use board::{Board, HotfixSummary};
pub use carried::asked_for;
pub use carried::carried;
pub use debt::{Debt, Whereabouts, debts};
pub use derive::derive;
pub use inbox::{Inbox, InboxItem, inbox};
pub use intent::{Intent, Resolution, StartOrder};
pub use look::acknowledged;
pub use marker::Marker;
pub use observation::{EdgeSight, FixSight, Frozen, LaneHistory, Observation, Picks, Rider};
pub use ours::is_ours;
pub use plan::{
    Call, Change, ChangeResult, Expectation, Fact, FactState, Level, Outcome, Plan, Refusal,
    Report, RequestRef, plan,
};
pub use state::{
    Evidence, Finding, ItemProgress, ItemState, NextAction, Prerequisite, Progress, SeatState,
    Severity, StepProgress, StepState, TargetProgress, WaitingOn,
};
pub use words::WordsError;
