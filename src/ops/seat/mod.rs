//! The driver's seat of each deploy target, carried out: its log on the remote, what this console observed of it, and
//! permits around dangerous calls (safety.md 5).
//!
//! Guarantees: an event is appended only where `engine` and the fold admit it on the very head that it follows; a
//! lost race is decided anew, never appended behind the winner. Durations are this machine's own, on a clock that
//! counts sleep, and silence ends at a look that succeeded. Non-guarantee: what the remote does not do itself, a
//! linear compare-and-swap; and see `engine::driving`.

mod claims;
mod log;
mod memo;
mod permit;
mod place;
mod sight;

pub(super) use memo::Memos;
pub(super) use memo::console_of;
pub(super) use permit::Held;
pub(super) use permit::Seated;
pub(super) use permit::demand;
pub(super) use permit::tidy;
#[cfg(test)]
pub(super) use {
    log::Appended, permit::Second, permit::demand_at, permit::tidy_at, place::Eye, place::Place,
    sight::Target,
};
