//! The log and the forge behind it: which pushes are taken, how answers are lost, and the fault that may be planted.

use std::sync::Arc;

use lanekeeper::model::Timestamp;
use lanekeeper::record::Driver;
use lanekeeper::record::Lock;
use lanekeeper::record::LockEvent;

use super::Flying;
use super::Machine;
use super::Push;
use super::Step;
use super::World;

impl Machine {
    /// The log takes a push if its head is the expected one. The remote knows nothing of seats.
    pub(super) fn append(&self, world: &mut World, push: &Push) -> bool {
        let me = &self.drivers[push.by];
        if push.expected != world.head && !self.reparents {
            return false;
        }
        if world.head >= self.entries {
            return false;
        }
        world.head += 1;
        let before = world.lock.epoch;
        let lock = Arc::make_mut(&mut world.lock);
        if self.reparents {
            force(lock, me, &push.event);
        } else {
            lock.apply(me, &push.event, Timestamp::from_second(0));
        }
        lock.last = None;
        match &push.event {
            LockEvent::Acquire { .. } | LockEvent::TakeOver { .. }
                if world.lock.epoch != before || self.reparents =>
            {
                world.epochs.push((world.lock.epoch, push.by));
                world.has_takeover |= matches!(push.event, LockEvent::TakeOver { .. });
            }
            LockEvent::Permit { permit, epoch, .. } if world.lock.permits.contains_key(permit) => {
                world.granted.push((*epoch, world.lock.epoch));
            }
            LockEvent::HandOver { .. } => world.has_handover = true,
            LockEvent::PermitVoid { .. } => world.has_void = true,
            LockEvent::Acquire { .. }
            | LockEvent::TakeOver { .. }
            | LockEvent::Permit { .. }
            | LockEvent::Renew { .. }
            | LockEvent::Release { .. }
            | LockEvent::PermitResult { .. } => {}
        }
        true
    }
}

/// The planted bug: what was admitted on an older head is believed on this one.
fn force(lock: &mut Lock, me: &Driver, event: &LockEvent) {
    match event {
        LockEvent::Acquire { epoch, .. } | LockEvent::TakeOver { epoch, .. } => {
            lock.epoch = *epoch;
            lock.driver = Some(me.clone());
        }
        other => lock.apply(me, other, Timestamp::from_second(0)),
    }
}

impl World {
    /// The forge's answer reaches the console that waits for it, if it still does.
    pub(super) fn answer(&mut self, call: &Flying, is_told: bool) -> Option<()> {
        let step = &mut self.consoles[call.by].step;
        let is_waiting = matches!(step, Step::Calling { permit } if *permit == call.permit);
        if !is_waiting {
            // Nobody listens: losing the answer is no other world.
            return is_told.then_some(());
        }
        *step = if is_told {
            Step::Answered {
                permit: call.permit.clone(),
            }
        } else {
            Step::Idle
        };
        if !is_told {
            self.losses -= 1;
        }
        Some(())
    }
}
