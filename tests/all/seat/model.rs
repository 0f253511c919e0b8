//! Consoles, a log, a network and a forge as one machine for the model checker. What a console may do is asked of
//! the functions that the program itself asks; only the world around them is made up here.
//!
//! Time is a tick that comes whenever it likes, so that anybody may be slow, stopped or asleep for any while.

mod console;
mod promises;
mod remote;

use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use console::told;
use lanekeeper::engine::driving;
use lanekeeper::engine::driving::Timing;
use lanekeeper::model::LONGEST_WRITE;
use lanekeeper::model::PermitId;
use lanekeeper::model::Person;
use lanekeeper::record::Driver;
use lanekeeper::record::Lock;
use lanekeeper::record::LockEvent;
use stateright::Model;
use stateright::Property;

/// How large the world is, and what is wrong with it.
#[derive(Clone)]
pub(super) struct Machine {
    pub(super) drivers: Vec<Driver>,
    pub(super) timing: Timing,
    /// How much time one tick is.
    pub(super) tick: Duration,
    /// Ticks after which a call has arrived or never will.
    pub(super) request: u8,
    /// Entries that the log may have.
    pub(super) entries: u8,
    pub(super) crashes: u8,
    pub(super) sleeps: u8,
    /// Answers, to pushes and to calls, that may be lost.
    pub(super) losses: u8,
    /// Whether clocks go on while their machine sleeps.
    pub(super) counts_sleep: bool,
    /// Whether who lost a race appends its event behind the winner's instead of asking again.
    pub(super) reparents: bool,
    /// Whether the first console drives already when the world begins.
    pub(super) is_driven: bool,
}

impl Machine {
    pub(super) fn of(consoles: usize) -> Self {
        let driver = |number: usize| Driver {
            console: format!("c{number}").parse().expect("a console id"),
            person: Person::from_email("", &format!("p{number}@example.org")),
            device: String::new(),
        };
        let tick = Duration::from_secs(30);
        let request = LONGEST_WRITE.as_secs() / tick.as_secs();
        Self {
            drivers: (0..consoles).map(driver).collect(),
            timing: Timing::STANDARD,
            tick,
            request: u8::try_from(request).expect("few ticks"),
            entries: 6,
            crashes: 0,
            sleeps: 0,
            losses: 0,
            counts_sleep: true,
            reparents: false,
            is_driven: false,
        }
    }

    fn after(&self, ticks: u8) -> Duration {
        self.tick * u32::from(ticks)
    }

    /// Ticks beyond which a timer tells nothing new.
    fn enough(&self) -> u8 {
        let longest = self.timing.silence.max(self.timing.drain);
        u8::try_from(longest.as_secs() / self.tick.as_secs() + 1).expect("few ticks")
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct World {
    pub(super) head: u8,
    pub(super) lock: Arc<Lock>,
    pub(super) consoles: Vec<Console>,
    pub(super) pushes: Vec<Push>,
    pub(super) calls: Vec<Flying>,
    crashes: u8,
    sleeps: u8,
    losses: u8,
    // What only the checker knows.
    /// Who began each epoch, in the log's order.
    epochs: Vec<(u64, usize)>,
    /// Permits in the log's order: their epoch and the log's at that moment.
    granted: Vec<(u64, u64)>,
    /// Effects in the order of their arrival: epoch of the permit, console.
    ledger: Vec<(u64, usize)>,
    started_late: bool,
    has_takeover: bool,
    has_handover: bool,
    has_void: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Console {
    /// The head that was read last, and its fold.
    pub(super) view: Option<(u8, Arc<Lock>)>,
    /// How long that head has been the same for this console.
    pub(super) silent: u8,
    /// The epoch that this console saw itself begin, and how long ago.
    pub(super) mine: Option<(u64, u8)>,
    pub(super) step: Step,
    pub(super) sleeps: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Step {
    Idle,
    /// Waits for the answer to a push that started so long ago.
    Pushing {
        event: LockEvent,
        since: u8,
    },
    /// The answer did not come.
    Unsure {
        event: LockEvent,
        since: u8,
    },
    Permitted {
        permit: PermitId,
        epoch: u64,
        since: u8,
    },
    Calling {
        permit: PermitId,
    },
    Answered {
        permit: PermitId,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Push {
    pub(super) by: usize,
    pub(super) expected: u8,
    pub(super) event: LockEvent,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Flying {
    pub(super) by: usize,
    pub(super) permit: PermitId,
    epoch: u64,
    pub(super) age: u8,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Tick,
    Read(usize),
    Push(usize, u8, LockEvent),
    GiveUp(usize),
    Deliver { push: usize, is_told: bool },
    Start(usize),
    Land { call: usize, is_told: bool },
    Vanish(usize),
    Crash(usize),
    Sleep(usize),
    Wake(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Wish {
    Take,
    Renew,
    Release,
    OfferTo(usize),
    TakeOver,
    Permit,
    Settle,
    Report,
    Void,
}

impl Model for Machine {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        let console = Console {
            view: None,
            silent: 0,
            mine: None,
            step: Step::Idle,
            sleeps: false,
        };
        let mut world = World {
            head: 0,
            lock: Arc::default(),
            consoles: vec![console; self.drivers.len()],
            pushes: Vec::new(),
            calls: Vec::new(),
            crashes: self.crashes,
            sleeps: self.sleeps,
            losses: self.losses,
            epochs: Vec::new(),
            granted: Vec::new(),
            ledger: Vec::new(),
            started_late: false,
            has_takeover: false,
            has_handover: false,
            has_void: false,
        };
        if self.is_driven {
            let push = Push {
                by: 0,
                expected: 0,
                event: LockEvent::Acquire {
                    epoch: 1,
                    is_brief: false,
                },
            };
            self.append(&mut world, &push);
        }
        vec![world]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        // A call arrives within its time or never.
        if world.calls.iter().all(|call| call.age < self.request) {
            actions.push(Action::Tick);
        }
        for (who, console) in world.consoles.iter().enumerate() {
            if console.sleeps {
                actions.push(Action::Wake(who));
                continue;
            }
            if world.sleeps > 0 {
                actions.push(Action::Sleep(who));
            }
            if world.crashes > 0 && console.step != Step::Idle {
                actions.push(Action::Crash(who));
            }
            let is_current = console
                .view
                .as_ref()
                .is_some_and(|(head, _)| *head == world.head);
            if !is_current || matches!(console.step, Step::Unsure { .. }) {
                actions.push(Action::Read(who));
            }
            if matches!(console.step, Step::Pushing { .. }) && world.losses > 0 {
                actions.push(Action::GiveUp(who));
            }
            if let Step::Permitted { since, .. } = &console.step
                && driving::is_live(self.after(*since), &self.timing)
            {
                actions.push(Action::Start(who));
            }
            if world.head < self.entries {
                let others = (0..self.drivers.len()).filter(|other| *other != who);
                let wishes = [
                    Wish::Take,
                    Wish::Renew,
                    Wish::Release,
                    Wish::TakeOver,
                    Wish::Permit,
                    Wish::Settle,
                    Wish::Report,
                    Wish::Void,
                ];
                let wishes = wishes.into_iter().chain(others.map(Wish::OfferTo));
                let asked = wishes.filter_map(|wish| self.asked(world, who, wish));
                actions.extend(asked.map(|(head, event)| Action::Push(who, head, event)));
            }
        }
        let is_told = |losses: u8| {
            [true, false]
                .into_iter()
                .filter(move |told| *told || losses > 0)
        };
        for push in 0..world.pushes.len() {
            actions.extend(is_told(world.losses).map(|is_told| Action::Deliver { push, is_told }));
        }
        for call in 0..world.calls.len() {
            actions.extend(is_told(world.losses).map(|is_told| Action::Land { call, is_told }));
            actions.push(Action::Vanish(call));
        }
    }

    fn next_state(&self, before: &World, action: Action) -> Option<World> {
        let mut world = before.clone();
        match action {
            Action::Tick => {
                let enough = self.enough();
                let tick = |ticks: &mut u8| *ticks = (*ticks + 1).min(enough);
                for console in &mut world.consoles {
                    if console.sleeps && !self.counts_sleep {
                        continue;
                    }
                    tick(&mut console.silent);
                    if let Some((_, ticks)) = &mut console.mine {
                        tick(ticks);
                    }
                    match &mut console.step {
                        Step::Pushing { since, .. }
                        | Step::Unsure { since, .. }
                        | Step::Permitted { since, .. } => tick(since),
                        Step::Idle | Step::Calling { .. } | Step::Answered { .. } => {}
                    }
                }
                for call in &mut world.calls {
                    call.age += 1;
                }
            }
            Action::Read(who) => self.read(&mut world, who),
            Action::Push(who, expected, event) => {
                world.pushes.push(Push {
                    by: who,
                    expected,
                    event: event.clone(),
                });
                world.consoles[who].step = Step::Pushing { event, since: 0 };
            }
            Action::GiveUp(who) => {
                let step = &mut world.consoles[who].step;
                let Step::Pushing { event, since } = step.clone() else {
                    return None;
                };
                *step = Step::Unsure { event, since };
                world.losses -= 1;
            }
            Action::Deliver { push, is_told } => {
                let push = world.pushes.remove(push);
                let is_waiting = matches!(&world.consoles[push.by].step,
                    Step::Pushing { event, .. } if *event == push.event);
                let is_taken = self.append(&mut world, &push);
                if is_waiting && is_told {
                    let Step::Pushing { event, since } = world.consoles[push.by].step.clone()
                    else {
                        return None;
                    };
                    let me = &self.drivers[push.by];
                    // Who was told `stale` reads again; who was told `done` knows the new head.
                    if is_taken {
                        self.read(&mut world, push.by);
                        world.consoles[push.by].step = told(&world.lock, me, &event, since);
                    } else {
                        world.consoles[push.by].step = Step::Idle;
                    }
                } else if is_waiting {
                    let step = &mut world.consoles[push.by].step;
                    let Step::Pushing { event, since } = step.clone() else {
                        return None;
                    };
                    *step = Step::Unsure { event, since };
                    world.losses -= 1;
                } else if !is_told {
                    return None;
                }
            }
            Action::Start(who) => {
                let Step::Permitted { permit, epoch, .. } = world.consoles[who].step.clone() else {
                    return None;
                };
                world.started_late |= self.is_late(before, who, epoch);
                world.consoles[who].step = Step::Calling {
                    permit: permit.clone(),
                };
                world.calls.push(Flying {
                    by: who,
                    permit,
                    epoch,
                    age: 0,
                });
            }
            Action::Land { call, is_told } => {
                let call = world.calls.remove(call);
                world.ledger.push((call.epoch, call.by));
                world.answer(&call, is_told)?;
            }
            Action::Vanish(call) => {
                let call = world.calls.remove(call);
                world.answer(&call, true)?;
            }
            Action::Crash(who) => {
                let console = &mut world.consoles[who];
                console.step = Step::Idle;
                console.view = None;
                console.silent = 0;
                world.crashes -= 1;
            }
            Action::Sleep(who) => {
                world.consoles[who].sleeps = true;
                world.sleeps -= 1;
            }
            Action::Wake(who) => world.consoles[who].sleeps = false,
        }
        self.forget(&mut world);
        (&world != before).then_some(world)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        promises::all()
    }
}
