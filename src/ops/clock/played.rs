//! Virtual time and chance for a world that is only played: tasks of several machines on one thread, each machine with its
//! own clock, and a scheduler that draws from a seed which task goes on.
//!
//! Guaranteed: the same seed plays the same world, whatever the real machine is busy with. Time goes on only where every
//! task waits. A machine that sleeps makes no step, and its clock goes on.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::task::Context;
use std::task::Poll;
use std::task::Wake;
use std::task::Waker;
use std::time::Duration;

use crate::model::Timestamp;

use super::BootClock;
use super::Booted;

/// The time of day at which every world begins.
const BEGINNING: i64 = 1_780_000_000;

thread_local! {
    static PLAYED: RefCell<Option<Played>> = const { RefCell::new(None) };
}

type Task = Pin<Box<dyn Future<Output = ()>>>;

/// The world of this thread.
struct Played {
    now: Duration,
    chance: u64,
    machines: Vec<Machine>,
    /// Whose code runs; none for the network's.
    current: Option<usize>,
    timers: BTreeMap<(Duration, u64), Waker>,
    timers_made: u64,
    /// Of each machine what wakes its process, where one runs; and whether that is to die.
    processes: Vec<(Option<Waker>, bool)>,
    begun: Vec<Task>,
    told: Vec<String>,
}

/// A machine and its clock.
#[derive(Debug, Clone)]
pub(in crate::ops) struct Machine {
    /// What its clock showed when the world began.
    pub(in crate::ops) offset: Duration,
    /// How fast its clock goes, in thousandths.
    pub(in crate::ops) rate: u32,
    /// How wrong its time of day is, in seconds.
    pub(in crate::ops) day: i64,
    /// When it sleeps: from, until.
    pub(in crate::ops) sleeps: Vec<(Duration, Duration)>,
    /// The fault of a clock that stands still in sleep.
    pub(in crate::ops) stops_in_sleep: bool,
    /// How often it was started anew.
    pub(in crate::ops) boots: u32,
}

impl Machine {
    fn asleep_until(&self, now: Duration) -> Option<Duration> {
        let mut sleeps = self.sleeps.iter();
        let one = sleeps.find(|(from, until)| (*from..*until).contains(&now));
        one.map(|(_, until)| *until)
    }

    fn shows(&self, now: Duration) -> Duration {
        let slept = |(from, until): &(Duration, Duration)| {
            (*until).min(now).saturating_sub((*from).min(now))
        };
        let lost: Duration = self.sleeps.iter().map(slept).sum();
        let gone = if self.stops_in_sleep {
            now.saturating_sub(lost)
        } else {
            now
        };
        self.offset + gone * self.rate / 1_000
    }
}

fn with<T>(work: impl FnOnce(&mut Played) -> T) -> Option<T> {
    PLAYED.with_borrow_mut(|played| played.as_mut().map(work))
}

/// Returns the time of day of whoever runs, where a world is played.
pub(super) fn time_of_day() -> Option<Timestamp> {
    with(|played| {
        let wrong = played.current.map_or(0, |one| played.machines[one].day);
        let seconds = i64::try_from(played.now.as_secs()).unwrap_or_default();
        Timestamp::from_second(BEGINNING + wrong + seconds)
    })
}

/// Returns eighty bits of chance, where a world is played.
pub(super) fn chance() -> Option<u128> {
    with(|played| u128::from(played.next()) << 16)
}

/// Returns what waits so long by the clock of whoever runs, where a world is played.
pub(super) fn wait(duration: Duration) -> Option<Waiting> {
    with(|played| {
        let rate = played
            .current
            .map_or(1_000, |one| played.machines[one].rate);
        Waiting {
            until: played.now + duration * 1_000 / rate,
        }
    })
}

/// Returns how long the world is played by now.
pub(in crate::ops) fn since() -> Duration {
    with(|played| played.now).unwrap_or_default()
}

/// Draws a number below `many`.
pub(in crate::ops) fn below(many: u64) -> u64 {
    with(|played| played.next() % many).unwrap_or_default()
}

/// Draws whether something happens that does so in so many of a thousand.
pub(in crate::ops) fn happens(per_mille: u64) -> bool {
    below(1_000) < per_mille
}

/// Draws a duration.
pub(in crate::ops) fn between(least: Duration, most: Duration) -> Duration {
    let span = u64::try_from((most - least).as_millis())
        .unwrap_or(1)
        .max(1);
    least + Duration::from_millis(below(span))
}

/// Lets the network do something beside everybody.
pub(in crate::ops) fn beside(task: impl Future<Output = ()> + 'static) {
    with(|played| played.begun.push(Box::pin(task)));
}

/// Writes a line of the schedule, which is printed where a promise is broken.
pub(in crate::ops) fn tell(line: impl FnOnce() -> String) {
    let line = line();
    with(|played| {
        let who = played.current.map_or("-".to_owned(), |one| one.to_string());
        let line = format!("{:>9.3} {who} {line}", played.now.as_secs_f64());
        played.told.push(line);
    });
}

/// Returns the clock of a machine.
pub(in crate::ops) fn boot_clock(machine: usize) -> BootClock {
    BootClock::new(move || {
        let read = with(|played| {
            let one = &played.machines[machine];
            Booted {
                boot: format!("{machine}.{}", one.boots),
                since: one.shows(played.now),
            }
        });
        read.expect("a world is played")
    })
}

/// Lets a machine sleep for a while, from now on.
pub(in crate::ops) fn fall_asleep(machine: usize, duration: Duration) {
    with(|played| {
        let (from, until) = (played.now, played.now + duration);
        played.machines[machine].sleeps.push((from, until));
    });
}

/// Ends the process of a machine, wherever it waits.
pub(in crate::ops) fn kill(machine: usize) {
    let waker = with(|played| {
        let (waker, is_killed) = &mut played.processes[machine];
        *is_killed = waker.is_some();
        waker.clone()
    });
    if let Some(waker) = waker.flatten() {
        waker.wake();
    }
}

/// Starts a machine anew: no reading of its clock from before means anything.
pub(in crate::ops) fn boot(machine: usize) {
    with(|played| played.machines[machine].boots += 1);
}

impl Played {
    /// The next number of the seed (splitmix64).
    fn next(&mut self) -> u64 {
        self.chance = self.chance.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.chance;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn wake_at(&mut self, until: Duration, waker: &Waker) {
        self.timers_made += 1;
        let key = (until, self.timers_made);
        self.timers.insert(key, waker.clone());
    }
}

/// Waits until a moment.
#[derive(Debug)]
pub(in crate::ops) struct Waiting {
    until: Duration,
}

impl Future for Waiting {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let is_over = with(|played| {
            let is_over = played.now >= self.until;
            if !is_over {
                played.wake_at(self.until, context.waker());
            }
            is_over
        });
        match is_over {
            Some(false) => Poll::Pending,
            Some(true) | None => Poll::Ready(()),
        }
    }
}

/// What runs on a machine until a moment: not while it sleeps, and no further than its death.
pub(in crate::ops) struct OnMachine<F> {
    machine: usize,
    dies_at: Option<Duration>,
    work: Pin<Box<F>>,
    is_armed: bool,
}

/// Lets something run on a machine; it dies at that moment, if at all.
pub(in crate::ops) fn on_machine<F: Future>(
    machine: usize,
    dies_at: Option<Duration>,
    work: F,
) -> OnMachine<F> {
    OnMachine {
        machine,
        dies_at,
        work: Box::pin(work),
        is_armed: false,
    }
}

impl<F: Future> Future for OnMachine<F> {
    /// None where it died.
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let (machine, dies_at) = (self.machine, self.dies_at);
        let was_armed = std::mem::replace(&mut self.is_armed, true);
        let entered = with(|played| {
            let process = &mut played.processes[machine];
            if std::mem::take(&mut process.1) || dies_at.is_some_and(|at| played.now >= at) {
                process.0 = None;
                return Err(Poll::Ready(None));
            }
            process.0 = Some(context.waker().clone());
            if let (Some(at), false) = (dies_at, was_armed) {
                played.wake_at(at, context.waker());
            }
            if let Some(until) = played.machines[machine].asleep_until(played.now) {
                played.wake_at(until, context.waker());
                return Err(Poll::Pending);
            }
            Ok(played.current.replace(machine))
        });
        let before = match entered.expect("a world is played") {
            Ok(before) => before,
            Err(answer) => return answer,
        };
        let polled = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            self.work.as_mut().poll(context)
        }));
        let is_over = !matches!(&polled, Ok(Poll::Pending));
        with(|played| {
            played.current = before;
            if is_over {
                played.processes[machine] = (None, false);
            }
        });
        match polled {
            Ok(polled) => polled.map(Some),
            Err(end) if end.is::<Died>() => Poll::Ready(None),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}

/// The end of a process between two of its steps; see [`die`].
struct Died;

/// Ends the process that runs, here and now.
pub(in crate::ops) fn die() {
    std::panic::resume_unwind(Box::new(Died));
}

/// Wakes a task by its number.
struct Bell {
    task: usize,
    ready: Arc<Mutex<BTreeSet<usize>>>,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        ready.insert(self.task);
    }
}

/// Plays a world until `done` says so, for so long at most; returns whether it did, and its schedule.
pub(in crate::ops) fn play(
    seed: u64,
    machines: Vec<Machine>,
    tasks: Vec<Task>,
    done: impl Fn() -> bool,
    most: Duration,
) -> (bool, Vec<String>) {
    let played = Played {
        now: Duration::ZERO,
        processes: vec![(None, false); machines.len()],
        chance: seed.wrapping_mul(0xD129_42E9_5A1D_C7B5) ^ 0x5851_F42D_4C95_7F2D,
        machines,
        current: None,
        timers: BTreeMap::new(),
        timers_made: 0,
        begun: tasks,
        told: Vec::new(),
    };
    PLAYED.set(Some(played));
    let is_done = run(done, most);
    // What is left ends while there still is a world.
    let told = with(|played| std::mem::take(&mut played.told)).unwrap_or_default();
    (is_done, told)
}

/// Ends the world of this thread.
pub(in crate::ops) fn over() {
    PLAYED.set(None);
}

fn run(done: impl Fn() -> bool, most: Duration) -> bool {
    let ready: Arc<Mutex<BTreeSet<usize>>> = Arc::default();
    let mut tasks: Vec<Option<Task>> = Vec::new();
    loop {
        for task in with(|played| std::mem::take(&mut played.begun)).unwrap_or_default() {
            let number = tasks.len();
            tasks.push(Some(task));
            ready
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(number);
        }
        if done() {
            return true;
        }
        let next = {
            let mut ready = ready.lock().unwrap_or_else(PoisonError::into_inner);
            let count = ready.len() as u64;
            let at = if count > 1 { below(count) } else { 0 };
            let at = usize::try_from(at).unwrap_or_default();
            let next = ready.iter().nth(at).copied();
            next.inspect(|next| {
                ready.remove(next);
            })
        };
        let Some(number) = next else {
            if !go_on(most) {
                return false;
            }
            continue;
        };
        let Some(mut task) = tasks[number].take() else {
            continue;
        };
        let bell = Bell {
            task: number,
            ready: Arc::clone(&ready),
        };
        let waker = Waker::from(Arc::new(bell));
        if task
            .as_mut()
            .poll(&mut Context::from_waker(&waker))
            .is_pending()
        {
            tasks[number] = Some(task);
        }
    }
}

/// Lets time go on to the next moment for which somebody waits; tells whether there is one.
fn go_on(most: Duration) -> bool {
    let woken = with(|played| {
        let ((at, _), _) = played.timers.first_key_value()?;
        let at = *at;
        if at > most {
            return None;
        }
        played.now = played.now.max(at);
        let later = played.timers.split_off(&(at, u64::MAX));
        Some(std::mem::replace(&mut played.timers, later))
    });
    let Some(woken) = woken.flatten() else {
        return false;
    };
    for waker in woken.into_values() {
        waker.wake();
    }
    true
}
