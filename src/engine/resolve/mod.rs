//! Deciding the conflicts of a built branch: hunk by hunk or path by path, with undo, with what was decided
//! elsewhere offered again. Pure: files come in as pieces, a decision goes out as bytes.
//!
//! What does not belong here: laying the conflicts out and building the commit (`git`), keeping a session
//! (`ops`), the screen (`tui`). Nothing that is only offered counts as decided: a person confirms it.

mod checked;
mod choice;
mod file;
mod markers;
mod memory;
mod outcome;
mod saved;
mod session;
#[cfg(test)]
mod tests;

pub use checked::{CheckEnd, CheckNews, CheckRun, CheckedResolution};
pub use choice::{Choice, Source, Standing, Take, Whole};
pub(super) use choice::{TakesAway, takes_away};
pub use file::{DecidedPath, DecidedWith, FileWork};
pub use memory::{Memory, Remembered};
pub use saved::Saved;
pub use session::{Blocker, Session, Subject};
