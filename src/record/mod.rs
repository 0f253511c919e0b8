//! What was decided and done: events, entries, their fold, and the bytes they are kept as; and what an archive says of
//! closed records (safety.md 3).
//!
//! A record is append-only; nothing is ever edited. Kinds that this version does not know are kept and
//! written back as they came. Where the bytes are stored is not this room's business: `git::chain` and
//! `store` do that.

mod archive;
mod canonical;
mod codec;
mod entry;
mod event;
mod fold;
mod lock;
mod memory;
mod mention;
mod signature;
mod timeline;

pub use archive::{ARCHIVE_FILE, ArchiveIndex, Archived, decode_archive, encode_archive};
pub use codec::{Error, decode, encode, verify};
pub use entry::{Actor, Entry};
pub use event::{AcknowledgedPath, Answer, Event, Lifted};
pub use lock::{
    Denied, Driver, LastMove, Lock, LockEntry, LockError, LockEvent, Permit, TakenOver,
    decode_lock, encode_lock, lock_id, lock_text,
};
pub use memory::{
    AcceptedRiders, Acknowledged, BuiltTarget, Confirmation, DecidedPath, Effect, EffectState,
    MergedRequest, NoteEntry, OpenedRequest, Opening, Record, Snapshot, Tick,
};
pub use mention::mentions;
pub use signature::{NAMESPACE, Signature};

pub use crate::model::Signed;
