//! One console: what the program lets it append, and what it makes of the log that it reads.

use std::sync::Arc;
use std::time::Duration;

use lanekeeper::engine::driving;
use lanekeeper::engine::driving::Wanted;
use lanekeeper::record::Driver;
use lanekeeper::record::Lock;
use lanekeeper::record::LockEvent;

use super::Machine;
use super::Step;
use super::Wish;
use super::World;

impl Machine {
    /// Asks the program whether console `who` may append what it wishes, as far as it has seen the log.
    pub(super) fn asked(&self, world: &World, who: usize, wish: Wish) -> Option<(u8, LockEvent)> {
        let console = &world.consoles[who];
        let (head, lock) = console.view.as_ref()?;
        let me = &self.drivers[who];
        let mine_for = match console.mine {
            Some((epoch, ticks)) if epoch == lock.epoch => self.after(ticks),
            Some(_) | None => Duration::ZERO,
        };
        let event = match (wish, &console.step) {
            (Wish::Take, Step::Idle) => driving::take(lock, me, false).ok()?,
            (Wish::Renew, Step::Idle) => driving::renew(lock, me).ok()?,
            (Wish::Release, Step::Idle) => driving::release(lock, me).ok()?,
            (Wish::OfferTo(other), Step::Idle) if lock.offered.is_none() => {
                driving::hand_over(lock, me, &self.drivers[other].person.id).ok()?
            }
            (Wish::TakeOver, Step::Idle) => {
                let silent = self.after(console.silent);
                driving::take_over(lock, me, silent, "silent", &self.timing).ok()?
            }
            (Wish::Permit, Step::Idle) => {
                let wanted = Wanted {
                    permit: format!("p{who}-{head}").parse().ok()?,
                    call: String::new(),
                    hotfix: None,
                };
                driving::permit(lock, me, mine_for, wanted, &self.timing).ok()?
            }
            (Wish::Settle, Step::Idle) => {
                let open = lock.permits.iter().next()?;
                driving::settle(lock, me, open, mine_for, "probed", &self.timing).ok()?
            }
            (Wish::Report, Step::Answered { permit }) => LockEvent::PermitResult {
                permit: permit.clone(),
                outcome: String::new(),
                is_probed: false,
            },
            (Wish::Void, Step::Permitted { permit, since, .. })
                if !driving::is_live(self.after(*since), &self.timing) =>
            {
                LockEvent::PermitVoid {
                    permit: permit.clone(),
                    why: String::new(),
                }
            }
            _other => return None,
        };
        Some((*head, event))
    }

    /// Forgets timers that nobody will ask for: worlds that differ only in them are one world.
    pub(super) fn forget(&self, world: &mut World) {
        for (console, me) in world.consoles.iter_mut().zip(&self.drivers) {
            let Some((_, lock)) = &console.view else {
                continue;
            };
            let is_driven_by_another = lock.driver.as_ref().is_some_and(|driver| driver != me);
            if !is_driven_by_another {
                console.silent = 0;
            }
            if !lock.is_driven_by(me) {
                console.mine = None;
            } else if let (false, Some((_, ticks))) = (lock.must_drain, &mut console.mine) {
                *ticks = self.enough();
            }
            if let Step::Pushing { event, since } | Step::Unsure { event, since } =
                &mut console.step
                && !matches!(event, LockEvent::Permit { .. })
            {
                *since = 0;
            }
        }
    }

    /// What a console makes of a log that it has just read.
    pub(super) fn read(&self, world: &mut World, who: usize) {
        let (head, lock) = (world.head, Arc::clone(&world.lock));
        let me = &self.drivers[who];
        let console = &mut world.consoles[who];
        if console.view.as_ref().is_none_or(|(seen, _)| *seen != head) {
            console.silent = 0;
        }
        if lock.is_driven_by(me) && console.mine.is_none_or(|(epoch, _)| epoch != lock.epoch) {
            console.mine = Some((lock.epoch, 0));
        }
        if let Step::Unsure { event, since } = &console.step {
            console.step = told(&lock, me, event, *since);
        }
        console.view = Some((head, lock));
    }
}

/// What a console does next after its push was answered, or found on the log, or not found there.
pub(super) fn told(lock: &Lock, me: &Driver, event: &LockEvent, since: u8) -> Step {
    match event {
        LockEvent::Permit { permit, epoch, .. }
            if lock.permits.get(permit).is_some_and(|open| &open.by == me) =>
        {
            Step::Permitted {
                permit: permit.clone(),
                epoch: *epoch,
                since,
            }
        }
        _other => Step::Idle,
    }
}
