//! The one clock, and ids that need one. Everything else receives time as a value.

use crate::model::Timestamp;

/// Returns the present time.
#[expect(clippy::disallowed_methods, reason = "the one home of the clock")]
pub fn now() -> Timestamp {
    Timestamp::from_second(jiff::Timestamp::now().as_second())
}

/// Returns an id that nobody else has, sortable by when it was made.
pub(super) fn fresh_id() -> ulid::Ulid {
    let seconds = u64::try_from(now().as_second()).unwrap_or_default();
    ulid::Ulid::from_datetime(std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds))
}
