//! Schedules (safety.md T10): a driver's process is stopped at any of its calls to the remote, for up to three minutes, and
//! goes on after up to four others have waited, taken the seat over and acted, each as far as they may.

use std::process::Child;

use lanekeeper::engine::Outcome;
use lanekeeper::ops::Workspace;

use super::crew::Crew;
use super::stopped::Stop;
use super::stopped::assert_one_driver_at_a_time;
use super::stopped::calls;
use super::stopped::has_stopped;
use super::stopped::let_go_on;
use super::stopped::start;
use crate::sweep::sample::Share;
use crate::sweep::sample::drawn;
use crate::sweep::tell;

const SCHEDULES: usize = 1_000;
/// Whatever asks the remote or changes it, as a pattern of the shell.
const NETWORK: &str = "*\" push \"*|*\" fetch \"*|*\" ls-remote \"*";
/// More calls than a driver makes; where it makes fewer, the stop is at one of those.
const MOST_CALLS: usize = 30;
/// Who may come beside Ben.
const OTHERS: [&str; 3] = ["mia", "tom", "zoe"];
/// How long somebody is silent or waits, in seconds of the world's clock.
const LONGEST: usize = 180;

#[derive(Debug, Clone, Copy)]
struct Schedule {
    number: usize,
    /// How many come beside Ana, who drives, and Ben.
    others: usize,
    stop: Stop,
}

/// What came of some schedules.
#[derive(Debug, Default)]
struct Figures {
    played: usize,
    /// In how many somebody took over before production had changed.
    taken: usize,
    /// In how many production changed.
    changed: usize,
}

impl Schedule {
    fn of(number: usize) -> Self {
        let silence = drawn(number, 2) % (LONGEST + 1);
        Self {
            number,
            others: number % (OTHERS.len() + 1),
            stop: Stop {
                calls: NETWORK,
                number: drawn(number, 1) % MOST_CALLS + 1,
                when: if (number / 4).is_multiple_of(2) {
                    "before"
                } else {
                    "after"
                },
                silence: silence as u64,
            },
        }
    }

    /// Lets the driver begin until it stops; at an earlier call where it makes fewer.
    fn begin(&mut self) -> (Crew, Vec<Workspace>, Child) {
        for _ in 0..5 {
            let crew = Crew::new();
            let others = OTHERS.into_iter().take(self.others);
            let others: Vec<Workspace> = others.map(|name| crew.joined_by(name)).collect();
            let mut child = start(&crew, self.stop);
            if has_stopped(&child) {
                return (crew, others, child);
            }
            // It came to its end and was waited for above, where it says so.
            let _gone = child.wait();
            let (made, _) = calls(&crew);
            assert!(made > 0, "{self:?}: it asked nobody");
            self.stop.number = (self.stop.number - 1) % made + 1;
        }
        panic!("it never stopped: {self:?}")
    }

    /// Plays it, and shows that one drove at a time and that nobody came too late.
    fn play(mut self, figures: &mut Figures) {
        let (crew, others, mut child) = self.begin();
        until_its_calls_have_ended(&crew);
        let people: Vec<&Workspace> = std::iter::once(&crew.ben).chain(&others).collect();
        for who in &people {
            crew.look(who);
        }
        crew.pass(self.stop.silence);
        let mut is_taken = false;
        for (turn, who) in people.iter().enumerate() {
            let take = "drive --take --reason \"nothing is heard of ana\"";
            is_taken |= does(&crew, who, take) && crew.merges() == 0;
            let wait = drawn(self.number, 10 + turn) % (LONGEST + 1);
            crew.pass(wait as u64);
            does(&crew, who, "do promote");
        }
        let said = let_go_on(&crew, &mut child);
        assert_one_driver_at_a_time(&crew, &self);
        let by = merged_by(&crew);
        if is_taken {
            assert_ne!(by, "Ana", "{self:?}: she said {said}\n{:#?}", crew.log());
        }
        figures.played += 1;
        figures.taken += usize::from(is_taken);
        figures.changed += usize::from(!by.is_empty());
    }
}

/// What the driver had begun goes on without it, and may still change something.
fn until_its_calls_have_ended(crew: &Crew) {
    loop {
        let (begun, ended) = calls(crew);
        if ended >= begun {
            return;
        }
        std::thread::yield_now();
    }
}

/// Does what the words mean as far as it may be done; tells whether all of it was.
fn does(crew: &Crew, who: &Workspace, words: &str) -> bool {
    let Ok(plan) = crew.plan(who, words) else {
        return false;
    };
    let results = crew.carry_out(who, &plan);
    results.iter().all(|one| one.outcome == Outcome::Done)
}

/// Returns who changed production; nobody where it did not change.
fn merged_by(crew: &Crew) -> String {
    let world = &crew.team.world;
    let arguments = [
        "log",
        "--merges",
        "--first-parent",
        "-1",
        "--format=%cn",
        "main",
    ];
    world.git_in(&world.origin(), &arguments)
}

/// Plays the schedules of a share, of which each run has one in so many.
fn every_schedule(one_in: usize) {
    let share = Share::wanted();
    let mut figures = Figures::default();
    for number in (0..SCHEDULES).filter(|number| share.has_one_in(one_in, *number)) {
        Schedule::of(number).play(&mut figures);
    }
    let Figures {
        played,
        taken,
        changed,
    } = figures;
    tell(&format!(
        "schedules of the driver's seat ({}): {played} of {SCHEDULES} played, the seat taken over in {taken}, production changed in {changed}, \
         never by two",
        share.words()
    ));
    assert!(played > 0, "none was played");
}

#[test]
fn wherever_a_driver_is_stopped_and_whoever_comes_there_is_one_driver_at_a_time() {
    every_schedule(SCHEDULES);
}

#[test]
#[ignore = "fifty schedules, others each day: a quarter of an hour; LANEKEEPER_SWEEP=whole plays all thousand"]
fn in_fifty_schedules_there_is_one_driver_at_a_time() {
    every_schedule(20);
}
