//! That no world of the closer machine is missing here, and that nothing is told apart by its name or by sleep.

use std::collections::HashSet;
use std::hash::Hash;

use lanekeeper::record::LockEvent;
use stateright::Model;

use super::super::model;
use super::super::model::Wish;
use super::Began;
use super::Console;
use super::Endless;
use super::Step;
use super::World;

/// Returns every world that a machine reaches.
pub(in super::super) fn reach<M: Model>(machine: &M) -> HashSet<M::State>
where
    M::State: Clone + Eq + Hash,
{
    let mut open = machine.init_states();
    let mut reached: HashSet<M::State> = open.iter().cloned().collect();
    while let Some(world) = open.pop() {
        for next in machine.next_states(&world) {
            if reached.insert(next.clone()) {
                open.push(next);
            }
        }
    }
    reached
}

impl Endless {
    /// Returns this machine's picture of a world of the closer one, without what only the checkers know.
    pub(in super::super) fn picture(&self, closer: &model::World) -> World {
        let consoles = (0..self.drivers.len()).map(|who| self.console(closer, who));
        let mut world = World {
            seat: self.folded(&closer.lock, Began::Free),
            consoles: consoles.collect(),
            broken: super::Broken::default(),
        };
        self.fold(&mut world);
        self.plain(&world)
    }

    fn console(&self, closer: &model::World, who: usize) -> Console {
        let console = &closer.consoles[who];
        let head = console.view.as_ref().map(|(head, _)| *head);
        let is_under_way = |event: &LockEvent| {
            let mut pushes = closer.pushes.iter();
            pushes
                .any(|push| push.by == who && push.expected == closer.head && push.event == *event)
        };
        let permitted = |since| Step::Permitted {
            since,
            is_overtaken: false,
        };
        let step = match &console.step {
            model::Step::Idle => Step::Idle,
            model::Step::Pushing { event, since } | model::Step::Unsure { event, since }
                if is_under_way(event) =>
            {
                Step::Pushing {
                    wish: self.wish(event),
                    since: *since,
                    is_outrun: false,
                }
            }
            // It is on the log, and its console will read so.
            model::Step::Unsure {
                event: LockEvent::Permit { permit, .. },
                since,
            } if closer.lock.permits.contains_key(permit) => permitted(*since),
            model::Step::Pushing { .. } | model::Step::Unsure { .. } => Step::Idle,
            model::Step::Permitted { since, .. } => permitted(*since),
            model::Step::Calling { permit } => {
                let mut calls = closer.calls.iter();
                let own = calls.find(|call| call.by == who && call.permit == *permit);
                Step::Calling {
                    age: own.map_or(0, |call| call.age),
                }
            }
            model::Step::Answered { .. } => Step::Answered,
        };
        Console {
            is_current: head == Some(closer.head),
            silent: console.silent,
            mine: match console.mine {
                Some((epoch, ticks)) if epoch == closer.lock.epoch => Some(ticks),
                Some(_) | None => None,
            },
            step,
            is_asleep: console.sleeps,
            orphan: None,
        }
    }

    fn wish(&self, event: &LockEvent) -> Wish {
        match event {
            LockEvent::Acquire { .. } => Wish::Take,
            LockEvent::Renew { .. } => Wish::Renew,
            LockEvent::Release { .. } => Wish::Release,
            LockEvent::HandOver { to, .. } => {
                let called = self.drivers.iter().position(|one| one.person.id == *to);
                Wish::OfferTo(called.expect("offered to one of them"))
            }
            LockEvent::TakeOver { .. } => Wish::TakeOver,
            LockEvent::Permit { .. } => Wish::Permit,
            LockEvent::PermitResult { is_probed, .. } if *is_probed => Wish::Settle,
            LockEvent::PermitResult { .. } => Wish::Report,
            LockEvent::PermitVoid { .. } => Wish::Void,
        }
    }

    /// Returns a world without what only the checker knows.
    pub(in super::super) fn plain(&self, world: &World) -> World {
        let mut plain = world.clone();
        plain.broken = super::Broken::default();
        plain.seat.began = Began::Free;
        for console in &mut plain.consoles {
            console.orphan = None;
            if let Step::Permitted { is_overtaken, .. } = &mut console.step {
                *is_overtaken = false;
            }
        }
        plain.rename();
        plain
    }

    /// Returns a world in which everybody is awake.
    pub(in super::super) fn awake(&self, world: &World) -> World {
        let mut awake = world.clone();
        for console in &mut awake.consoles {
            console.is_asleep = false;
        }
        awake.rename();
        awake
    }

    /// Returns a world as it is told with other names.
    pub(in super::super) fn called_otherwise(&self, world: &World, order: &[usize]) -> World {
        let mut other = world.in_order(order);
        self.fold(&mut other);
        other
    }
}
