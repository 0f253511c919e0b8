//! The forge for teams with a plain git remote: an append-only chain of events in the remote itself.
//!
//! `refs/lanekeeper/v1/forge` is linear, one event per commit. Every write is a compare-and-swap push, and
//! after a lost race the *whole action* is decided again on the fresh state. A merge moves the target branch
//! and the chain in one atomic push, so that neither can happen without the other.
//!
//! Reads answer from the remote's refs *as last fetched* (`git::Repo::fetch` is called by whoever looks);
//! writes fetch by themselves. What it cannot do: stop somebody who pushes to branches or to the chain by
//! hand. Decisions are therefore weighed when they are read, not only when they are written.

mod alive;
mod checks;
mod codec;
mod draft;
mod event;
mod fold;
mod golive;
mod host;
mod job;
mod ledger;
mod log;
mod merge;
mod migrations;
mod options;
mod pin;
mod request;
mod seals;
mod seats;
mod state;
mod status;
mod view;
mod weigh;

pub use host::LocalForge;
pub use options::LocalOptions;
pub use seals::Notary;
