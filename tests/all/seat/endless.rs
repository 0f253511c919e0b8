//! The seat again, with a log that has no end, so that all of it can be seen at once: any number of epochs, permits,
//! takeovers, deaths and lost answers among three consoles. The machine in `model` is closer to the world, and can
//! only be looked at in parts; `covers` shows that none of its worlds is missing here.
//!
//! There are few enough worlds since those are one that nobody in them can tell apart:
//! - Which console is which, and which number an epoch has: only what is present and what came before.
//! - What was read of a head that is gone, and a push that was made for it: the log refuses it (compare-and-swap).
//!   For the same reason a push that nobody waits for is one that its console never made, or made and then died.
//! - A lost answer and a slow one: a console may read what became of its push at any time, or never.
//!
//! **Delay** is in everything that is not at once: between asking for a permit or a seat and having it, between a
//! permit and its call, between a call and its effect (at most the longest request). **Sleep** is a console whose
//! steps stop while its BOOTTIME goes on. As nobody here ever has to do anything, every console that is between two
//! steps may be asleep, for any time, from any place; no world of its own is needed, and none is added by one (tested
//! below: `sleeps`). A clock that stood still meanwhile would be another matter, and is one of the faults.
//! Not here: clocks that differ in speed (20 s of the drain are for them), and a console that falls asleep after it
//! looked at its clock and before the first byte is sent (see `engine::driving`).
//!
//! All four lengths of the seat are whole numbers of ticks of 10 s, and a call starts, lands, drains at the latest or
//! earliest moment that they allow: what could happen between two ticks happens at one, too. With coarser ticks a
//! permit is used in the tick in which it was asked for, or never.

mod console;
pub(super) mod covers;
mod fold;
mod promises;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use lanekeeper::engine::driving::Timing;
use lanekeeper::model::LONGEST_WRITE;
use lanekeeper::record::Driver;
use stateright::Model;
use stateright::Property;

use super::model::Machine;
use super::model::Wish;
use console::Answer;
use console::Question;

/// What is wrong with a machine, apart from its timing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    /// The log takes seats and permits whatever its head is.
    NoCompareAndSwap,
    /// A console measures with a clock that stands still while it sleeps.
    ClockStopsInSleep,
}

/// How large the world is, and what is wrong with it.
#[derive(Clone)]
pub(super) struct Endless {
    pub(super) drivers: Vec<Driver>,
    pub(super) timing: Timing,
    pub(super) tick: Duration,
    /// Ticks after which a call has arrived or never will.
    pub(super) request: u8,
    /// Whether consoles die, as often as they like.
    pub(super) dies: bool,
    /// Whether sleep is told apart from doing nothing.
    pub(super) sleeps: bool,
    pub(super) flaw: Option<Flaw>,
    /// What the program answered, kept: it is asked the same a hundred times.
    pub(super) known: Arc<Mutex<HashMap<Question, Option<Answer>>>>,
}

impl Endless {
    /// `consoles` of them with the program's own timing, in ticks of so many seconds.
    pub(super) fn of(consoles: usize, tick: u64) -> Self {
        let tick = Duration::from_secs(tick);
        let request = LONGEST_WRITE.as_secs() / tick.as_secs();
        Self {
            drivers: Machine::of(consoles).drivers,
            timing: Timing::STANDARD,
            tick,
            request: u8::try_from(request).expect("few ticks"),
            dies: true,
            sleeps: false,
            flaw: None,
            known: Arc::default(),
        }
    }
}

/// Everything that the worlds of this machine differ in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct World {
    seat: Seat,
    consoles: Vec<Console>,
    broken: Broken,
}

/// What the log amounts to. Its epoch is the present one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Seat {
    driver: Option<usize>,
    offered: Option<usize>,
    must_drain: bool,
    open: Option<Open>,
    began: Began,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Open {
    by: usize,
    is_of_before: bool,
}

/// How the present epoch began; only the checker knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
enum Began {
    #[default]
    Free,
    Offered,
    Taken,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Console {
    /// Whether it has read the present head.
    is_current: bool,
    /// For how long it saw that head, where that means something.
    silent: u8,
    /// How long ago it saw that it drives in the present epoch.
    mine: Option<u8>,
    step: Step,
    is_asleep: bool,
    /// The age of the youngest call that may be under way though its console died; only the checker knows.
    orphan: Option<u8>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Step {
    #[default]
    Idle,
    /// A push is under way that started so long ago; only of a permit's does anybody ask when.
    Pushing {
        wish: Wish,
        since: u8,
        /// An epoch began since: the log would refuse it, if it could.
        is_outrun: bool,
    },
    Permitted {
        since: u8,
        /// A newer driver got a permit or has drained; only the checker knows.
        is_overtaken: bool,
    },
    Calling {
        age: u8,
    },
    Answered,
}

/// Promises that were broken on the way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Broken {
    line: bool,
    permit: bool,
    start: bool,
    call: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Tick,
    Read(usize),
    Push(usize, Wish),
    /// The answer to a push does not come, and it is not on the log.
    GiveUp(usize),
    Land(usize),
    Start(usize),
    /// A call arrives or never will; its console learns which, or nothing.
    End {
        who: usize,
        is_told: bool,
    },
    /// A program ends in the middle; what it noted of the log is on disk, or not yet.
    Die {
        who: usize,
        forgets: bool,
    },
    Sleep(usize),
    Wake(usize),
}

impl Model for Endless {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        vec![World {
            seat: Seat::default(),
            consoles: vec![Console::default(); self.drivers.len()],
            broken: Broken::default(),
        }]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        let is_waited_for = |console: &Console| matches!(console.step, Step::Calling { age } if age >= self.request);
        if !world.consoles.iter().any(is_waited_for) {
            actions.push(Action::Tick);
        }
        for (who, console) in world.consoles.iter().enumerate() {
            // What is under way does not ask whether its console is awake.
            match console.step {
                Step::Pushing { .. } => actions.push(Action::Land(who)),
                Step::Calling { .. } => {
                    actions.extend([true, false].map(|is_told| Action::End { who, is_told }));
                }
                Step::Idle | Step::Permitted { .. } | Step::Answered => {}
            }
            if console.is_asleep {
                actions.push(Action::Wake(who));
                continue;
            }
            if self.sleeps {
                actions.push(Action::Sleep(who));
            }
            if self.dies && console.step != Step::Idle {
                actions.extend([true, false].map(|forgets| Action::Die { who, forgets }));
            }
            if !console.is_current {
                actions.push(Action::Read(who));
            }
            match console.step {
                Step::Pushing { .. } => actions.push(Action::GiveUp(who)),
                Step::Permitted { since, .. } if self.is_live(since) => {
                    actions.push(Action::Start(who));
                }
                Step::Idle | Step::Permitted { .. } | Step::Calling { .. } | Step::Answered => {}
            }
            let wishes = self.wishes(world, who);
            actions.extend(wishes.map(|wish| Action::Push(who, wish)));
        }
    }

    fn next_state(&self, before: &World, action: Action) -> Option<World> {
        let mut world = before.clone();
        match action {
            Action::Tick => self.tick(&mut world),
            Action::Read(who) => world.read(who),
            Action::Push(who, wish) => {
                world.consoles[who].step = Step::Pushing {
                    wish,
                    since: 0,
                    is_outrun: false,
                };
            }
            Action::GiveUp(who) => world.consoles[who].step = Step::Idle,
            Action::Land(who) => self.land(&mut world, who),
            Action::Start(who) => {
                let step = &mut world.consoles[who].step;
                if let Step::Permitted { is_overtaken, .. } = *step {
                    world.broken.start |= is_overtaken;
                }
                *step = Step::Calling { age: 0 };
            }
            Action::End { who, is_told } => {
                world.consoles[who].step = if is_told { Step::Answered } else { Step::Idle };
            }
            Action::Die { who, forgets } => {
                let console = &mut world.consoles[who];
                if let Step::Calling { age } = console.step {
                    let older = console.orphan.unwrap_or(age);
                    console.orphan = Some(age.min(older));
                }
                console.step = Step::Idle;
                console.is_current &= !forgets;
            }
            Action::Sleep(who) => world.consoles[who].is_asleep = true,
            Action::Wake(who) => world.consoles[who].is_asleep = false,
        }
        self.fold(&mut world);
        (&world != before).then_some(world)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        promises::all(self)
    }
}
