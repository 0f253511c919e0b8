//! May I drive? What the driver's seat allows, where it depends on time (safety.md 5.2).
//!
//! Times enter as durations on the asker's own clock, one that goes on while the machine sleeps; no two clocks are
//! ever compared. The model in `tests/all/seat` checks exactly these functions together with [`Lock::admits`].
//!
//! Not guaranteed: that a program which is stopped between asking [`is_live`] and sending its first byte does not
//! send it later. What keeps production whole then is the forge's own guard: the head that a merge names, the job
//! that plays once.

use std::time::Duration;

use crate::model::HotfixId;
use crate::model::LONGEST_WRITE;
use crate::model::PermitId;
use crate::record::Denied;
use crate::record::Driver;
use crate::record::Lock;
use crate::record::LockEvent;
use crate::record::Permit;
use crate::record::TakenOver;

/// The life of a permit.
const TTL: Duration = Duration::from_secs(10);
/// What the drain has to spare: for clocks that differ in speed, and for a git that is slow to end when it is cut off.
const SPARE: Duration = Duration::from_secs(20);

/// How long everything lasts; one value in the program, others only where the model shows why they must not be.
///
/// The longest write is no choice of the seat: every forge cuts a write off after [`LONGEST_WRITE`], the local forge its
/// push, with all processes that work for it on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// Between two renewals.
    pub renew: Duration,
    /// What a challenger must have observed before it may take the seat over.
    pub silence: Duration,
    /// The life of a permit, from the moment when its push started.
    pub ttl: Duration,
    /// Between the moment when the new driver saw its takeover accepted and its first permit.
    pub drain: Duration,
}

impl Timing {
    /// The drain covers a permit's life, the longest write and what is to spare: 60 s.
    pub const STANDARD: Self = Self {
        renew: Duration::from_secs(20),
        silence: Duration::from_secs(90),
        ttl: TTL,
        drain: TTL.saturating_add(LONGEST_WRITE).saturating_add(SPARE),
    };
}

/// Why somebody may not do with the seat what they want to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Obstacle {
    #[error(transparent)]
    Denied(#[from] Denied),
    #[error(
        "{} drives (epoch {epoch}) and was heard of: silent for {} s here, the seat can be taken over after {} s",
        driver.person.show(), silent.as_secs(), needed.as_secs()
    )]
    NotSilent {
        driver: Box<Driver>,
        epoch: u64,
        silent: Duration,
        needed: Duration,
    },
    #[error(
        "the seat was taken over (epoch {epoch}): a call of the driver before may be under way for {} s more",
        left.as_secs()
    )]
    Draining { epoch: u64, left: Duration },
    #[error("the seat was taken over (epoch {epoch}), and nobody else has co-signed that yet")]
    NotCosigned { epoch: u64 },
}

/// Takes the free seat, for one plan or until it is left, or accepts the offered one.
pub fn take(lock: &Lock, me: &Driver, is_brief: bool) -> Result<LockEvent, Obstacle> {
    let event = LockEvent::Acquire {
        epoch: lock.epoch + 1,
        is_brief,
    };
    lock.admits(me, &event)?;
    Ok(event)
}

/// Says that the driver is still there.
pub fn renew(lock: &Lock, me: &Driver) -> Result<LockEvent, Obstacle> {
    let event = LockEvent::Renew { epoch: lock.epoch };
    lock.admits(me, &event)?;
    Ok(event)
}

/// Leaves the seat.
pub fn release(lock: &Lock, me: &Driver) -> Result<LockEvent, Obstacle> {
    let event = LockEvent::Release { epoch: lock.epoch };
    lock.admits(me, &event)?;
    Ok(event)
}

/// Offers the seat to somebody.
pub fn hand_over(lock: &Lock, me: &Driver, to: &str) -> Result<LockEvent, Obstacle> {
    let event = LockEvent::HandOver {
        epoch: lock.epoch,
        to: to.to_owned(),
    };
    lock.admits(me, &event)?;
    Ok(event)
}

/// Takes the seat from a driver of whom nothing was heard for `silent`: the log's head was the same at both ends of
/// that time, and a log never returns to an earlier head.
pub fn take_over(
    lock: &Lock,
    me: &Driver,
    silent: Duration,
    reason: &str,
    timing: &Timing,
) -> Result<LockEvent, Obstacle> {
    let event = LockEvent::TakeOver {
        epoch: lock.epoch + 1,
        reason: reason.to_owned(),
    };
    lock.admits(me, &event)?;
    match &lock.driver {
        Some(driver) if silent < timing.silence => Err(Obstacle::NotSilent {
            driver: Box::new(driver.clone()),
            epoch: lock.epoch,
            silent,
            needed: timing.silence,
        }),
        Some(_) | None => Ok(event),
    }
}

/// Allows one call. `mine_for` is how long ago the asker saw its own epoch accepted.
pub fn permit(
    lock: &Lock,
    me: &Driver,
    mine_for: Duration,
    wanted: Wanted,
    timing: &Timing,
) -> Result<LockEvent, Obstacle> {
    let event = LockEvent::Permit {
        permit: wanted.permit,
        epoch: lock.epoch,
        call: wanted.call,
        hotfix: wanted.hotfix,
        ttl_seconds: timing.ttl.as_secs(),
    };
    lock.admits(me, &event)?;
    drained(lock, mine_for, timing)?;
    Ok(event)
}

/// Demands a second person for a takeover of one's own, where the team wants one: `is_cosigned` tells of one whether
/// somebody was there. A seat that was had in any other way needs none.
pub fn cosigned(
    taken: Option<&TakenOver>,
    me: &Driver,
    is_cosigned: impl FnOnce(&TakenOver) -> bool,
) -> Result<(), Obstacle> {
    match taken {
        Some(taken) if taken.by.is_also(&me.person) && !is_cosigned(taken) => {
            Err(Obstacle::NotCosigned { epoch: taken.epoch })
        }
        Some(_) | None => Ok(()),
    }
}

/// What a permit is wanted for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    pub permit: PermitId,
    pub call: String,
    pub hotfix: Option<HotfixId>,
}

/// Says what a probe found of an open permit. One of an older epoch may still turn into a call until the drain has
/// ended; before that no probe proves anything.
pub fn settle(
    lock: &Lock,
    me: &Driver,
    (id, open): (&PermitId, &Permit),
    mine_for: Duration,
    found: &str,
    timing: &Timing,
) -> Result<LockEvent, Obstacle> {
    let event = LockEvent::PermitResult {
        permit: id.clone(),
        outcome: found.to_owned(),
        is_probed: true,
    };
    lock.admits(me, &event)?;
    if &open.by != me {
        drained(lock, mine_for, timing)?;
    }
    Ok(event)
}

/// Tells whether a call may still start under a permit whose push started `since` ago.
pub fn is_live(since: Duration, timing: &Timing) -> bool {
    since <= timing.ttl
}

fn drained(lock: &Lock, mine_for: Duration, timing: &Timing) -> Result<(), Obstacle> {
    match drain_left(lock, mine_for, timing) {
        Some(left) => Err(Obstacle::Draining {
            epoch: lock.epoch,
            left,
        }),
        None => Ok(()),
    }
}

/// Returns for how long whoever took the seat over waits yet, so that no call of the driver before is under way.
pub(super) fn drain_left(lock: &Lock, mine_for: Duration, timing: &Timing) -> Option<Duration> {
    let left = timing.drain.saturating_sub(mine_for);
    (lock.must_drain && !left.is_zero()).then_some(left)
}
