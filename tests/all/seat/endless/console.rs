//! One console: what the program lets it append, and what that makes of the seat.

use std::time::Duration;

use lanekeeper::engine::driving;
use lanekeeper::engine::driving::Wanted;
use lanekeeper::model::PermitId;
use lanekeeper::model::Timestamp;
use lanekeeper::record::Driver;
use lanekeeper::record::Lock;
use lanekeeper::record::LockEvent;
use lanekeeper::record::Permit;

use super::super::model::Wish;
use super::Began;
use super::Console;
use super::Endless;
use super::Flaw;
use super::Open;
use super::Seat;
use super::Step;
use super::World;

/// The present epoch of every world.
const PRESENT: u64 = 2;

/// All that an answer of the program depends on.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::seat) struct Question {
    seat: Seat,
    who: usize,
    wish: Wish,
    mine: Option<u8>,
    silent: u8,
}

/// What an admitted event makes of the seat.
#[derive(Clone, Copy)]
pub(in crate::seat) struct Answer {
    after: Seat,
    begins: bool,
    /// The permit is of the present epoch, of its driver, and the only one.
    is_proper: bool,
    /// The epoch is the next one and its author's, or goes on.
    is_in_line: bool,
}

impl Endless {
    /// Returns what a console may append, as far as it has seen the log.
    pub(super) fn wishes(&self, world: &World, who: usize) -> impl Iterator<Item = Wish> {
        let console = world.consoles[who];
        let others = (0..self.drivers.len()).filter(move |other| *other != who);
        let idle = [
            Wish::Take,
            Wish::Renew,
            Wish::Release,
            Wish::TakeOver,
            Wish::Permit,
            Wish::Settle,
        ];
        let idle = idle.into_iter().chain(others.map(Wish::OfferTo));
        let seat = world.seat;
        let next = match console.step {
            Step::Answered => Some(Wish::Report),
            Step::Permitted { since, .. } if !self.is_live(since) => Some(Wish::Void),
            Step::Idle | Step::Pushing { .. } | Step::Permitted { .. } | Step::Calling { .. } => {
                None
            }
        };
        let is_idle = console.step == Step::Idle;
        let idle = idle.filter(move |wish| {
            is_idle && console.is_current && self.ask(seat, who, *wish, console).is_some()
        });
        idle.chain(next.filter(|_| console.is_current))
    }

    /// Asks the program whether `who` may append what it wishes to exactly this log, and what comes of it.
    fn ask(&self, seat: Seat, who: usize, wish: Wish, console: Console) -> Option<Answer> {
        let question = Question {
            seat,
            who,
            wish,
            mine: console.mine,
            silent: console.silent,
        };
        let mut known = self.known.lock().expect("nobody panics with it");
        *known
            .entry(question)
            .or_insert_with(|| self.answer(question))
    }

    fn answer(&self, question: Question) -> Option<Answer> {
        let Question { seat, who, .. } = question;
        let before = self.unfold(seat);
        let event = self.event(&before, question)?;
        let me = &self.drivers[who];
        let mut lock = before.clone();
        lock.apply(me, &event, Timestamp::from_second(0));
        let begins = matches!(
            event,
            LockEvent::Acquire { .. } | LockEvent::TakeOver { .. }
        );
        let is_proper = match &event {
            LockEvent::Permit { permit, epoch, .. } => {
                let open = lock.permits.get(permit);
                *epoch == before.epoch
                    && before.is_driven_by(me)
                    && open.is_some_and(|open| open.epoch == *epoch && &open.by == me)
                    && lock.permits.len() == 1
            }
            _other => true,
        };
        let is_in_line = if begins {
            lock.epoch == before.epoch + 1 && lock.is_driven_by(me)
        } else {
            lock.epoch == before.epoch && (lock.driver == before.driver || lock.driver.is_none())
        };
        let began = match &event {
            LockEvent::Acquire { .. } if before.driver.is_some() => Began::Offered,
            LockEvent::Acquire { .. } => Began::Free,
            LockEvent::TakeOver { .. } => Began::Taken,
            _other => seat.began,
        };
        Some(Answer {
            after: self.folded(&lock, began),
            begins,
            is_proper,
            is_in_line,
        })
    }

    fn event(&self, lock: &Lock, question: Question) -> Option<LockEvent> {
        let Question {
            who,
            wish,
            mine,
            silent,
            ..
        } = question;
        let me = &self.drivers[who];
        let mine_for = mine.map_or(Duration::ZERO, |ticks| self.after(ticks));
        match wish {
            Wish::Take => driving::take(lock, me, false).ok(),
            Wish::Renew => driving::renew(lock, me).ok(),
            Wish::Release => driving::release(lock, me).ok(),
            Wish::OfferTo(_) if lock.offered.is_some() => None,
            Wish::OfferTo(other) => {
                driving::hand_over(lock, me, &self.drivers[other].person.id).ok()
            }
            Wish::TakeOver => {
                let silent = self.after(silent);
                driving::take_over(lock, me, silent, "silent", &self.timing).ok()
            }
            Wish::Permit => {
                let wanted = Wanted {
                    permit: permit_of(who),
                    call: String::new(),
                    hotfix: None,
                };
                driving::permit(lock, me, mine_for, wanted, &self.timing).ok()
            }
            Wish::Settle => {
                let open = lock.permits.iter().next()?;
                driving::settle(lock, me, open, mine_for, "probed", &self.timing).ok()
            }
            Wish::Report => Some(LockEvent::PermitResult {
                permit: permit_of(who),
                outcome: String::new(),
                is_probed: false,
            }),
            Wish::Void => Some(LockEvent::PermitVoid {
                permit: permit_of(who),
                why: String::new(),
            }),
        }
    }

    /// The push of `who` reaches the log.
    pub(super) fn land(&self, world: &mut World, who: usize) {
        let console = world.consoles[who];
        let Step::Pushing {
            wish,
            since,
            is_outrun,
        } = console.step
        else {
            return;
        };
        let permitted = Step::Permitted {
            since,
            is_overtaken: false,
        };
        if is_outrun {
            // Only where nothing is compared: the same epoch begins twice, or a permit of an old one is believed.
            world.broken.line |= wish != Wish::Permit;
            world.broken.permit |= wish == Wish::Permit;
            world.consoles[who].step = Step::Idle;
            return;
        }
        let asked = self.ask(world.seat, who, wish, console);
        let Some(answer) = asked.filter(|_| console.is_current) else {
            world.consoles[who].step = Step::Idle;
            return;
        };
        world.broken.line |= !answer.is_in_line;
        world.broken.permit |= !answer.is_proper;
        world.seat = answer.after;
        let has_permit = wish == Wish::Permit;
        for (other, console) in world.consoles.iter_mut().enumerate() {
            console.is_current = false;
            if other == who {
                console.step = if has_permit { permitted } else { Step::Idle };
                continue;
            }
            console.step = match console.step {
                Step::Pushing {
                    wish: wish @ (Wish::Take | Wish::TakeOver | Wish::Permit),
                    since,
                    is_outrun,
                } if self.flaw == Some(Flaw::NoCompareAndSwap) => Step::Pushing {
                    wish,
                    since,
                    is_outrun: is_outrun || answer.begins,
                },
                Step::Pushing { .. } => Step::Idle,
                Step::Permitted { since, .. } if has_permit => Step::Permitted {
                    since,
                    is_overtaken: true,
                },
                other @ (Step::Idle
                | Step::Permitted { .. }
                | Step::Calling { .. }
                | Step::Answered) => other,
            };
            let is_calling = matches!(console.step, Step::Calling { .. });
            world.broken.call |= has_permit && (is_calling || console.orphan.is_some());
            if answer.begins {
                console.mine = None;
            }
        }
        if answer.begins {
            world.consoles[who].mine = None;
        }
    }

    fn unfold(&self, seat: Seat) -> Lock {
        let open = seat.open.map(|open| {
            let permit = Permit {
                epoch: PRESENT - u64::from(open.is_of_before),
                by: self.drivers[open.by].clone(),
                call: String::new(),
                hotfix: None,
                at: Timestamp::from_second(0),
            };
            (permit_of(open.by), permit)
        });
        Lock {
            epoch: PRESENT,
            driver: seat.driver.map(|who| self.drivers[who].clone()),
            offered: seat.offered.map(|who| self.drivers[who].person.id.clone()),
            permits: open.into_iter().collect(),
            must_drain: seat.must_drain,
            ..Lock::default()
        }
    }

    pub(super) fn folded(&self, lock: &Lock, began: Began) -> Seat {
        let number = |driver: &Driver| self.drivers.iter().position(|one| one == driver);
        let called = |id: &String| self.drivers.iter().position(|one| one.person.id == *id);
        Seat {
            driver: lock.driver.as_ref().and_then(number),
            offered: lock.offered.as_ref().and_then(called),
            must_drain: lock.must_drain,
            open: lock.permits.values().next().and_then(|open| {
                Some(Open {
                    by: number(&open.by)?,
                    is_of_before: open.epoch < lock.epoch,
                })
            }),
            began,
        }
    }
}

fn permit_of(who: usize) -> PermitId {
    format!("p{who}").parse().expect("a permit's id")
}

impl World {
    /// What a console makes of a log that it has just read.
    pub(super) fn read(&mut self, who: usize) {
        let is_mine = self.seat.driver == Some(who);
        let console = &mut self.consoles[who];
        console.is_current = true;
        console.silent = 0;
        if is_mine && console.mine.is_none() {
            console.mine = Some(0);
        }
    }
}
