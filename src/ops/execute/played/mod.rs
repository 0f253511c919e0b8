//! Worlds that are played in virtual time (safety.md T11): three consoles, one remote, one forge, a network that is slow,
//! loses messages and is cut for up to two minutes, machines that sleep, processes that die at any moment and are started
//! again, people who take the seat over. A fourth console comes at the end, when all is calm. Then everything that was wanted
//! was done once, everything that was acknowledged is on the record once, and nothing is left for a hand.
//!
//! Real is what decides: the lock log with its appends, its memos and its fold, permits, drain and probes (`seat`); the
//! record with its appends, what is pending and what was seen (`story`); the journal on a disk (`store`); what is kept
//! around a call, taken up after a death and told when an intent is resumed (`execute`, `interrupted`, `engine`). Played
//! are git (links and refs in memory, moved by compare-and-swap), the way to it and to the forge, the forge itself, clocks,
//! chance, and the person. The order in which a plan is carried out is that of `Workspace::execute`, written down once more
//! in `hands`, since the original has a whole project around it; the sweeps (T1 to T4) and the processes of T10 run that.
//!
//! Taken for granted, as in safety.md 5: what was sent arrives within the longest write or never, also where its process
//! has died, which takes longer to come back; clocks differ by less than a fifth in speed and go on in sleep.

mod console;
mod flaws;
mod forge;
mod hands;
mod network;
mod promises;
mod world;

use std::sync::Mutex;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use crate::config::Environment;
use crate::git::stay_on_this_thread;
use crate::ops::clock::played;

use self::flaws::Flaw;
use self::network::lock;
use self::promises::broken;
use self::world::play;

/// The seeds of safety.md; on each commit some of them, others each day.
const SEEDS: u64 = 5_000;
const FEW: u64 = 25;
/// Each flaw is found within so many.
const UNTIL_FOUND: usize = 200;

/// What came of some worlds.
#[derive(Debug, Default)]
struct Figures {
    worlds: usize,
    effects: usize,
    entries: usize,
    deaths: usize,
    takeovers: usize,
    unknowns: usize,
    offers: usize,
}

/// Plays a world, and returns what is broken in it with its schedule.
fn outcome(seed: u64, flaw: Option<Flaw>, figures: &Mutex<Figures>) -> Vec<String> {
    stay_on_this_thread();
    let world = play(seed, flaw);
    let mut wrong = broken(&world);
    played::over();
    let mut figures = lock(figures);
    figures.worlds += 1;
    figures.effects += lock(&world.ledger).len();
    figures.entries += lock(&world.held).moves.len();
    for console in &world.consoles {
        let person = lock(&console.person);
        figures.deaths += person.deaths;
        figures.takeovers += person.takeovers;
        figures.unknowns += person.unknowns;
        figures.offers += person.offers;
    }
    if !wrong.is_empty() {
        wrong.push(format!(
            "seed {seed}, its schedule:\n{}",
            world.told.join("\n")
        ));
    }
    wrong
}

/// Plays seeds beside each other; stops at the first that is broken, and returns what is.
fn sweep(
    seeds: &[u64],
    flaw: Option<Flaw>,
    figures: &Mutex<Figures>,
) -> Option<(u64, Vec<String>)> {
    let (next, found) = (AtomicU64::new(0), Mutex::new(None));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads.min(8) {
            scope.spawn(|| {
                while lock(&found).is_none() {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let at = usize::try_from(at).expect("few seeds");
                    let Some(seed) = seeds.get(at) else {
                        return;
                    };
                    let wrong = outcome(*seed, flaw, figures);
                    if !wrong.is_empty() {
                        lock(&found).get_or_insert((*seed, wrong));
                    }
                }
            });
        }
    });
    found.into_inner().unwrap_or_default()
}

/// Returns the seeds that `LANEKEEPER_SWEEP` names, a number or `whole`, and otherwise those of today.
#[expect(
    clippy::disallowed_methods,
    reason = "which sample runs is no matter of the program's clock"
)]
fn wanted() -> Vec<u64> {
    let environment = Environment::read().expect("the environment");
    let days = || {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        now.map_or(0, |since| since.as_secs() / 86_400)
    };
    let part = match environment.get("LANEKEEPER_SWEEP") {
        Some("whole") => return (0..SEEDS).collect(),
        Some(part) => part.parse().expect("a number, or whole"),
        None => days(),
    };
    let parts = SEEDS / FEW;
    (0..SEEDS)
        .filter(|seed| seed % parts == part % parts)
        .collect()
}

#[test]
#[expect(clippy::disallowed_macros, reason = "a test's own figures")]
fn in_virtual_time_nothing_is_lost_nothing_is_done_twice_and_nothing_is_left_for_a_hand() {
    let figures = Mutex::default();
    let seeds = wanted();
    if let Some((seed, wrong)) = sweep(&seeds, None, &figures) {
        panic!("seed {seed}: {}", wrong.join("\n"));
    }
    let figures = figures.into_inner().unwrap_or_default();
    println!("worlds in virtual time: {figures:?}; 0 lost, 0 repeated, 0 by hand");
    assert_eq!(figures.worlds, seeds.len());
    assert!(figures.deaths > figures.worlds && figures.takeovers > 0);
}

#[test]
fn the_same_seed_plays_the_same_world() {
    let told = || {
        let told = std::thread::spawn(|| {
            stay_on_this_thread();
            play(7, None).told
        });
        told.join().expect("it is played")
    };
    let once = told();
    assert!(once.len() > 20, "{once:#?}");
    assert_eq!(once, told());
}

#[test]
#[expect(clippy::disallowed_macros, reason = "a test's own figures")]
fn whatever_is_wrong_with_a_world_breaks_a_promise_within_some_seeds() {
    let mut unnoticed = Vec::new();
    for flaw in Flaw::ALL {
        let figures = Mutex::default();
        let seeds: Vec<u64> = (flaw.first()..).take(UNTIL_FOUND).collect();
        let found = sweep(&seeds, Some(flaw), &figures);
        let worlds = lock(&figures).worlds;
        match found {
            Some((seed, wrong)) => {
                println!("{flaw:?}: after {worlds} worlds, seed {seed}: {}", wrong[0]);
            }
            None => unnoticed.push(flaw),
        }
    }
    assert_eq!(unnoticed, [], "in {UNTIL_FOUND} worlds");
}
