//! The clocks, and ids that need one. Everything else receives time as a value.
//!
//! Times of day are for people: they stand in records and on screens, and freezes go by them. How long something took,
//! and whether it is too old, is measured on a [`BootClock`].

#[cfg(test)]
pub(super) mod played;

use std::sync::Arc;
use std::time::Duration;

use crate::model::Timestamp;

/// Returns the present time.
#[expect(clippy::disallowed_methods, reason = "the one home of the clock")]
pub fn now() -> Timestamp {
    #[cfg(test)]
    if let Some(now) = played::time_of_day() {
        return now;
    }
    Timestamp::from_second(jiff::Timestamp::now().as_second())
}

/// Returns an id that nobody else has, sortable by when it was made.
pub(super) fn fresh_id() -> ulid::Ulid {
    let seconds = u64::try_from(now().as_second()).unwrap_or_default();
    #[cfg(test)]
    if let Some(chance) = played::chance() {
        return ulid::Ulid::from_parts(seconds * 1_000, chance);
    }
    ulid::Ulid::from_datetime(std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds))
}

/// Waits.
pub(super) async fn wait(duration: Duration) {
    #[cfg(test)]
    if let Some(waiting) = played::wait(duration) {
        return waiting.await;
    }
    tokio::time::sleep(duration).await;
}

/// A clock for durations that goes on while the machine sleeps, and that nobody can set. Its readings mean nothing
/// on another machine, nor after this one was started again: then it has another name.
#[derive(Clone)]
pub struct BootClock(Arc<dyn Fn() -> Booted + Send + Sync>);

/// One reading of such a clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booted {
    /// Which start of which machine it counts from.
    pub boot: String,
    pub since: Duration,
}

impl BootClock {
    /// Returns this machine's clock.
    pub fn system() -> Self {
        // Read once: no process outlives the start of its machine, and the console asks at every key.
        let boot = boot_id();
        Self(Arc::new(move || Booted {
            boot: boot.clone(),
            since: since_boot(),
        }))
    }

    /// Makes a clock that tells what `read` does.
    pub fn new(read: impl Fn() -> Booted + Send + Sync + 'static) -> Self {
        Self(Arc::new(read))
    }

    pub(super) fn read(&self) -> Booted {
        (self.0)()
    }

    /// Returns it for whoever only measures durations, within this process.
    pub fn meter(&self) -> Arc<dyn Fn() -> Duration + Send + Sync> {
        let clock = self.clone();
        Arc::new(move || clock.read().since)
    }
}

#[cfg(target_os = "linux")]
fn since_boot() -> Duration {
    elapsed(rustix::time::ClockId::Boottime)
}

/// Elsewhere the monotonic clock counts sleep too, or there is none that does.
#[cfg(not(target_os = "linux"))]
fn since_boot() -> Duration {
    elapsed(rustix::time::ClockId::Monotonic)
}

fn elapsed(clock: rustix::time::ClockId) -> Duration {
    let time = rustix::time::clock_gettime(clock);
    Duration::new(
        u64::try_from(time.tv_sec).unwrap_or_default(),
        u32::try_from(time.tv_nsec).unwrap_or_default(),
    )
}

/// Returns the kernel's name for this start; empty where there is none, which never equals itself to a reader of what
/// was kept (see [`Booted`]): then nothing is remembered from one process to the next.
fn boot_id() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .map(|id| id.trim().to_owned())
        .unwrap_or_default()
}
