//! The command line: words in, an intent formed, a page or one JSON document out. One file per command.
//!
//! It decides nothing about a hotfix (that is `engine`), carries nothing out (that is `ops`), and only
//! `output` prints.

mod args;
mod carry;
mod command;
mod consent;
mod examples;
mod exit;
pub mod json;
mod output;
mod panics;
mod run;
mod session;
pub mod text;
mod values;
mod watch;

pub use args::{Arguments, Command};
pub use exit::Exit;
pub use output::{Manners, Output};
pub use panics::report_panics;
pub use run::{Front, run, tell, tell_usage};
