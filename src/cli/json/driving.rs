//! Who drives each deploy target, in documents.

use schemars::JsonSchema;
use serde::Serialize;

use crate::engine::Board;
use crate::engine::LockSight;
use crate::model::EnvironmentName;
use crate::model::Seen;

/// The driver's seat of one environment.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DriverRow {
    pub environment: String,
    /// The lock's id; null where it could not be seen.
    pub lock: Option<String>,
    /// Rises by one with every driver.
    pub epoch: Option<u64>,
    /// Account or address of the driver; null where the seat is free.
    pub driver: Option<String>,
    pub device: Option<String>,
    /// Whether this console drives.
    pub is_me: bool,
    pub offered_to: Option<String>,
    /// For how long nothing was heard of the driver, on this machine's own clock.
    pub silent_seconds: u64,
    /// Calls whose outcome is not on the lock log.
    pub open: Vec<String>,
    /// Of the entry that began the epoch: `none`, `missing`, `unchecked`, `good` or `bad`; null where it could not be seen.
    pub signature: Option<&'static str>,
    /// What is wrong with signatures of this epoch's entries.
    pub signature_flaws: Vec<String>,
    /// Why nobody can tell, or why no lock can be kept.
    pub why_not: Option<String>,
}

/// Makes the rows of a board.
pub(super) fn rows(board: &Board) -> Vec<DriverRow> {
    let locks = board.seen.locks.iter();
    locks.map(|(name, seen)| row(name, seen)).collect()
}

fn row(environment: &EnvironmentName, seen: &Seen<LockSight>) -> DriverRow {
    let sight = seen.value();
    let lock = sight.map(|sight| &sight.lock);
    let driver = lock.and_then(|lock| lock.driver.as_ref());
    DriverRow {
        environment: environment.to_string(),
        lock: sight.map(|sight| sight.id.to_string()),
        epoch: lock.map(|lock| lock.epoch),
        driver: driver.map(|driver| driver.person.account().to_owned()),
        device: driver.map(|driver| driver.device.clone()),
        is_me: sight.is_some_and(|sight| sight.lock.is_driven_by(&sight.me)),
        offered_to: lock.and_then(|lock| lock.offered.clone()),
        silent_seconds: sight.map_or(0, |sight| sight.silent.as_secs()),
        open: lock.map_or_else(Vec::new, |lock| {
            let calls = lock.permits.values().map(|permit| permit.call.clone());
            calls.collect()
        }),
        signature: sight.map(|sight| sight.signed.word()),
        signature_flaws: sight.map_or_else(Vec::new, |sight| {
            let flaws = sight.flaws.iter().map(|(_, flaw)| flaw.clone());
            flaws.collect()
        }),
        why_not: seen
            .why()
            .map(ToOwned::to_owned)
            .or_else(|| sight.and_then(|sight| sight.refused.clone())),
    }
}
