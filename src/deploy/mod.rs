//! What a go-live does: the team's commands, run without a shell, and health checks.
//!
//! Nothing here knows which deployment it serves or whether the commands are trusted: the caller does.

pub mod command;
mod environment;
pub mod health;

pub use environment::Surroundings;
