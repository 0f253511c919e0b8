//! Waits: terminal guard, the loop, the only place of the console that spawns.
//!
//! The loop owns `App`; everything else hands it messages. It awaits its inputs only, never an operation: keys
//! first, then results, then time. What it performs is behind [`Hands`], so that tests run it with fakes.

mod browser;
mod copy;
mod editor;
mod hands;
mod input;
mod lend;
mod mailbox;
mod perform;
mod probe;
mod reader;
mod run;
mod signals;
mod terminal;
mod tty;
mod watch;
mod workspace;
mod writes;

pub use hands::Hands;
pub use mailbox::Mailbox;
pub use mailbox::RunWatcher;
pub use run::Error;
pub use run::ShellOptions;
pub use run::drive;
pub use terminal::restore;
pub use tty::Events;
pub use tty::OwnTty;
pub use tty::Tty;
pub use workspace::console;
