//! File, environment and flags to settings, each value with its origin.
//!
//! `Sources` are read once (`sources`, `environment`), then everything is a function of values: the files
//! as written (`team`, `person`), what they mean together (`project`, `settings`), which commands may run
//! (`commands`, `trust`), a proposal where there is no file yet (`guess`), the JSON schema (`schema`). Every mistake of every file is reported in one go. What does not belong here:
//! whether a lane's branch exists (`ops` sees that), what a playbook's step does (`playbook`).

mod commands;
mod environment;
mod error;
mod forge;
mod guess;
mod health;
mod keys;
mod origin;
mod person;
mod project;
mod schema;
mod settings;
mod sources;
mod team;
pub mod trust;

pub use commands::{Commands, WaitingCommand};
pub use environment::Environment;
pub use error::Error;
pub use forge::ForgeKind;
pub use guess::{BranchFacts, Guess, GuessFacts, Guessed, GuessedLane, GuessedProduction, guess};
pub use keys::{PERSON, TEAM};
pub use origin::{Origin, Origins, Value};
pub use person::{PersonSettings, Theme};
pub use schema::schema;
pub use settings::Settings;
pub use sources::{File, Flags, Sources, TEAM_FILE};
