//! File, environment and flags to settings, each value with its origin.
//!
//! `Sources` are read once (`sources`, `environment`), then everything is a function of values: the files
//! as written (`team`, `person`), what they mean together (`project`, `settings`) and what is wrong with them together
//! (`consistency`), which commands may run (`commands`, `trust`), a proposal where there is no file yet (`guess`), the
//! JSON schema (`schema`). Every mistake of every file is reported in one go. What does not belong here: whether a lane's
//! branch exists (`ops` sees that), what a playbook's step does (`playbook`).

mod books;
mod commands;
mod consistency;
mod environment;
mod error;
mod forge;
mod guess;
mod health;
mod keys;
mod logins;
mod origin;
mod person;
mod person_keys;
mod private;
mod project;
mod record;
mod schema;
mod settings;
mod signatures;
mod sources;
mod team;
pub mod trust;

pub use commands::{Commands, WaitingCommand};
pub use environment::{Environment, SECRETS};
pub use error::Error;
pub use forge::{ForgeKind, ForgePlace, PlaceError, RemoteAddress, UnnamedForge, api_of, web_of};
pub use guess::{
    BranchFacts, Guess, GuessFacts, Guessed, GuessedLane, GuessedProduction, guess, nearness,
};
pub use keys::TEAM;
pub use logins::{Login, Logins, LoginsError};
pub use origin::{Origin, Origins, Value};
pub use person::{HostSettings, PersonSettings, Theme, hosts};
pub use person_keys::PERSON;
pub use schema::schema;
pub use settings::Settings;
pub use signatures::{Signatures, Signers};
pub use sources::{File, Flags, Sources, TEAM_FILE};
