//! The kill sweep against a GitHub, for what only GitHub does so: a request that gets its labels and reviewers by calls of
//! their own, and a go-live that is a dispatched workflow.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;

use super::host::Develop;
use super::host::Host;
use super::kills::Ground;
use super::kills::World as Seen;
use super::kills::do_what_is_offered;
use super::kills::refs;
use super::kills::sweep;
use super::sample::Share;
use super::tell;
use super::trace;
use crate::forges::fake_github::FakeGithub;
use crate::forges::fake_github::State;
use crate::forges::github::stage::chain;
use crate::forges::team_file::TeamFile;

/// What the driver says, one after the other; the fix is pushed after the first.
const STORY: [&[&str]; 4] = [
    &[
        "start",
        "crash",
        "--title",
        "Fix the crash",
        "--answer",
        "critical=x",
        "--answer",
        "cannot-wait=y",
        "--answer",
        "scoped=z",
        "--yes",
    ],
    &["do", "change", "--yes"],
    &["do", "change", "--yes", "--confirm", "production"],
    &["do", "deploy", "--yes", "--confirm", "production"],
];

pub(super) const OPEN: usize = 1;
pub(super) const MERGE: usize = 2;
pub(super) const DISPATCH: usize = 3;

const DRIVER: &str = "dora";

pub(super) struct Stage {
    host: Host,
    fake: FakeGithub,
    kept: Mutex<State>,
    act: usize,
}

impl Stage {
    /// Plays the story up to the act `at`, without harm.
    pub(super) fn before(at: usize) -> Self {
        let team = TeamFile {
            forge: Some("github"),
            seats: ["lea", "mia"],
            job: "deploy.yml",
            check: "unit",
            apps: &["portal", "api"],
            migrations: None,
        };
        let mut made = None;
        let people = [DRIVER, "lea", "mia"];
        let host = Host::new(&team.text(), Develop::AsMain, people, |world, origin| {
            let fake = made.insert(FakeGithub::new(world, origin)).clone();
            let mut state = fake.state();
            state.people = people
                .map(|login| (login.to_owned(), format!("{login}@example.org")))
                .to_vec();
            chain(&mut state, "deploy.yml");
            drop(state);
            fake
        });
        let stage = Self {
            host,
            fake: made.expect("the server asked for it"),
            kept: Mutex::default(),
            act: at,
        };
        for (act, words) in STORY.iter().enumerate().take(at) {
            stage.host.run(DRIVER, words).ends(0);
            match act {
                0 => stage.host.push_fix(),
                OPEN => {
                    let head = stage.fake.tip("hotfix/crash").expect("it was pushed");
                    let mut state = stage.fake.state();
                    state.conclude(&head, "unit", Some("success"));
                }
                _ => {}
            }
        }
        *stage.kept.lock().unwrap() = stage.fake.state().clone();
        stage
    }

    /// Counts what the forge has.
    fn count(&self, seen: &mut Seen) {
        let state = self.fake.state();
        for pull in &state.pulls {
            let how = match (&pull.merged, pull.is_closed) {
                (Some(_), _) => "merged",
                (None, true) => "closed",
                (None, false) => "open",
            };
            seen.count(format!("request {how} into {}", pull.base));
            for label in &pull.labels {
                seen.count(format!("label {label}"));
            }
            for reviewer in &pull.reviewers {
                seen.count(format!("reviewer {reviewer}"));
            }
            pull.comments.iter().for_each(|_| seen.count("comment"));
        }
        for run in &state.runs {
            seen.count(format!("run of {} by {}", run.file, run.event));
        }
    }
}

impl Ground for Stage {
    fn words(&self) -> String {
        format!("GitHub, {DRIVER}: {}", STORY[self.act].join(" "))
    }

    fn command(&self) -> Command {
        let mut command = self.host.binary(DRIVER);
        command.args(STORY[self.act]);
        command
    }

    fn code(&self) -> i32 {
        0
    }

    fn folder(&self) -> PathBuf {
        self.host.world.path().to_owned()
    }

    fn rewind(&self) {
        *self.fake.state() = self.kept.lock().unwrap().clone();
    }

    fn recover(&self) -> String {
        let mut said = String::new();
        let mut say = |words: &[&str]| self.host.say(DRIVER, words, &mut said);
        say(STORY[self.act]);
        do_what_is_offered(&mut say, "--continue");
        said
    }

    fn world(&self) -> Seen {
        let mut seen = Seen::default();
        self.count(&mut seen);
        self.host.see(DRIVER, &mut seen);
        seen
    }

    fn sent(&self) -> String {
        let mut seen = Seen::default();
        self.count(&mut seen);
        format!("{}{seen:?}", refs(&self.host.world.origin()))
    }
}

fn survives(act: usize) {
    let share = Share::wanted();
    if let Some(why) = trace::why_not() {
        tell(&format!("skipped: {why}"));
        return;
    }
    sweep(&Stage::before(act), share);
}

#[test]
fn opening_a_request_on_github_survives_a_kill_at_any_call() {
    survives(OPEN);
}

#[test]
fn a_merge_on_github_survives_a_kill_at_any_call() {
    survives(MERGE);
}

#[test]
fn a_dispatched_go_live_on_github_survives_a_kill_at_any_call() {
    survives(DISPATCH);
}
