//! The driver's seat of one deploy target as an append-only log: who drives it, in which epoch, with which permits
//! open (safety.md 5). Events, their fold, their bytes.
//!
//! Pure, and without time: what depends on a clock (silence, drain, the life of a permit) is decided in `engine`.
//! One function says what may be appended ([`Lock::admits`]); the fold uses it too, so that an entry written by
//! hand changes nothing.

mod codec;
mod entry;
mod event;
mod fold;
mod name;
mod taken_over;

pub use codec::{LockError, decode_lock, encode_lock, lock_text};
pub use entry::{Driver, LockEntry};
pub use event::LockEvent;
pub use fold::{Denied, LastMove, Lock, Permit};
pub use name::lock_id;
pub use taken_over::TakenOver;
