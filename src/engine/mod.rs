//! The mind: from playbook, record and observation it derives what state each step is in and why, and from
//! an intent it plans the exact changes to the world, or says why not.
//!
//! Pure and total: no clock, no I/O, no randomness. What does not belong here: carrying a plan out (`ops`),
//! what the screen means (`tui::app`).

mod board;
mod intent;
pub mod lanes;
mod observation;
mod plan;
mod state;

pub use board::{Board, HotfixSummary};
pub use intent::{Intent, StartOrder};
pub use observation::{EdgeSight, FixSight, Frozen, LaneHistory, Observation, Rider};
pub use plan::{
    Call, Change, ChangeResult, Expectation, Fact, FactState, Level, Outcome, Plan, Refusal,
    Report, RequestRef,
};
pub use state::{
    Evidence, Finding, ItemProgress, ItemState, NextAction, Prerequisite, Progress, SeatState,
    Severity, StepProgress, StepState, TargetProgress, WaitingOn,
};
