//! The local journal: what this machine intends, has sent and last saw, durable before any byte of a
//! change leaves (safety.md 4.1). One SQLite file per project in the private state directory.
//!
//! It knows nothing about git or a forge, and it is no cache that may be thrown away: after a crash it
//! is the only witness of what may have been sent.

mod calls;
#[cfg(test)]
mod damage;
mod desk;
mod diary;
mod events;
mod folder;
mod journal;
mod network;
mod papers;
mod read_only;
mod seal;
mod seat;
mod signatures;
mod tables;
#[cfg(test)]
mod tests;
mod told;

pub use calls::{IntentState, OpenIntent};
pub use desk::{keep_desk, read_desk};
pub use diary::Diary;
pub use journal::{Error, Journal};
pub use papers::Papers;
pub use read_only::ReadOnly;
pub use seat::Seat;
pub use told::Told;
