//! Time, and what makes two worlds one: timers that nobody will ask for, and the names of the consoles.

use std::time::Duration;

use lanekeeper::engine::driving;
use lanekeeper::engine::driving::Timing;

use super::super::model::Wish;
use super::Console;
use super::Endless;
use super::Flaw;
use super::Open;
use super::Seat;
use super::Step;
use super::World;

impl Endless {
    pub(super) fn after(&self, ticks: u8) -> Duration {
        self.tick * u32::from(ticks)
    }

    /// Tells whether a call may still start under a permit whose push started so long ago.
    pub(super) fn is_live(&self, since: u8) -> bool {
        driving::is_live(self.after(since), &self.timing)
    }

    /// Ticks until a length is reached.
    fn until(&self, length: Duration) -> u8 {
        u8::try_from(length.as_secs().div_ceil(self.tick.as_secs())).expect("few ticks")
    }

    /// Ticks after which a drain is over, in this machine and in one without a fault.
    fn drain(&self) -> u8 {
        self.until(self.timing.drain.max(Timing::STANDARD.drain))
    }

    /// Ticks after which a permit is past its time.
    fn dead(&self) -> u8 {
        u8::try_from(self.timing.ttl.as_secs() / self.tick.as_secs() + 1).expect("few ticks")
    }

    pub(super) fn tick(&self, world: &mut World) {
        for console in &mut world.consoles {
            // The network does not ask who is awake.
            if let Step::Calling { age } = &mut console.step {
                *age += 1;
            }
            console.orphan = console
                .orphan
                .map(|age| age + 1)
                .filter(|age| *age <= self.request);
            if console.is_asleep && self.flaw == Some(Flaw::ClockStopsInSleep) {
                continue;
            }
            console.silent += 1;
            if let Some(ticks) = &mut console.mine {
                *ticks += 1;
            }
            if let Step::Pushing { since, .. } | Step::Permitted { since, .. } = &mut console.step {
                *since += 1;
            }
        }
    }

    /// Makes worlds that nobody in them can tell apart one world.
    pub(super) fn fold(&self, world: &mut World) {
        let seat = world.seat;
        for (who, console) in world.consoles.iter_mut().enumerate() {
            let is_challenger = seat.driver.is_some_and(|driver| driver != who);
            console.silent = if console.is_current && is_challenger {
                console.silent.min(self.until(self.timing.silence))
            } else {
                0
            };
            console.mine =
                console
                    .mine
                    .filter(|_| seat.driver == Some(who))
                    .map(|ticks| match seat.must_drain {
                        true => ticks.min(self.drain()),
                        false => self.drain(),
                    });
            match &mut console.step {
                Step::Pushing {
                    wish: Wish::Permit,
                    since,
                    ..
                }
                | Step::Permitted { since, .. } => *since = (*since).min(self.dead()),
                Step::Pushing { since, .. } => *since = 0,
                Step::Idle | Step::Calling { .. } | Step::Answered => {}
            }
        }
        self.overtake(world);
        world.rename();
    }

    /// Notes which permits nobody may use any more: a newer driver may believe itself alone.
    fn overtake(&self, world: &mut World) {
        let alone = world.consoles.iter().position(|console| {
            let drained = self.until(Timing::STANDARD.drain);
            console.mine.is_some_and(|ticks| ticks >= drained)
        });
        for (who, console) in world.consoles.iter_mut().enumerate() {
            if let Step::Permitted {
                since,
                is_overtaken,
            } = &mut console.step
            {
                *is_overtaken |= alone.is_some_and(|alone| alone != who);
                // Past its time it starts nothing.
                *is_overtaken &= self.is_live(*since);
            }
        }
    }
}

impl World {
    /// Gives the consoles the names that they have in every world that differs only in names.
    pub(super) fn rename(&mut self) {
        let seat = self.seat;
        let is_called = |who: usize| {
            let offers = |console: &Console| matches!(console.step, Step::Pushing { wish: Wish::OfferTo(to), .. } if to == who);
            self.consoles.iter().any(offers)
        };
        // Everything about a console: two with the same key are the same.
        let key = |who: &usize| {
            let roles = [
                seat.driver == Some(*who),
                seat.offered == Some(*who),
                seat.open.is_some_and(|open| open.by == *who),
                is_called(*who),
            ];
            (roles, self.consoles[*who])
        };
        let mut order: Vec<usize> = (0..self.consoles.len()).collect();
        order.sort_by_cached_key(key);
        if order.is_sorted() {
            return;
        }
        *self = self.in_order(&order);
    }

    /// Returns this world with its consoles in another order.
    pub(super) fn in_order(&self, order: &[usize]) -> Self {
        let new = |old: usize| order.iter().position(|who| *who == old).unwrap_or(old);
        let consoles = order.iter().map(|old| {
            let mut console = self.consoles[*old];
            if let Step::Pushing {
                wish: Wish::OfferTo(to),
                ..
            } = &mut console.step
            {
                *to = new(*to);
            }
            console
        });
        Self {
            seat: Seat {
                driver: self.seat.driver.map(new),
                offered: self.seat.offered.map(new),
                open: self.seat.open.map(|open| Open {
                    by: new(open.by),
                    ..open
                }),
                ..self.seat
            },
            consoles: consoles.collect(),
            broken: self.broken,
        }
    }
}
