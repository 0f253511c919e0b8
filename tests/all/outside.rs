//! Text, arguments, configuration and secrets from outside (safety.md 1): what others wrote is shown and obeyed by nobody.

#[path = "outside/canaries.rs"]
mod canaries;
#[path = "outside/console.rs"]
mod console;
#[path = "outside/corpus.rs"]
pub(crate) mod corpus;
#[path = "outside/doors.rs"]
mod doors;
#[path = "outside/fuzz.rs"]
mod fuzz;
#[path = "outside/modes.rs"]
mod modes;
#[path = "outside/pages.rs"]
mod pages;
#[path = "outside/pastes.rs"]
mod pastes;
#[path = "outside/secrets.rs"]
mod secrets;
#[path = "outside/shown.rs"]
mod shown;
#[path = "outside/sinks.rs"]
mod sinks;
#[path = "outside/targets.rs"]
mod targets;
#[path = "outside/terminal.rs"]
pub(crate) mod terminal;
