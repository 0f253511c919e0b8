//! The kill sweep: the process dies at each of its system calls, the same words are said again, and the world is as if
//! nothing had happened.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::moments::Moment;
use super::moments::Moments;
use super::sample::Share;
use super::tell;
use super::trace;
use super::trace::End;
use crate::cli::project::Answer;
use crate::support::repository::first_git;

/// A project in which one thing is about to be done.
pub(super) trait Ground {
    /// What is done, in words.
    fn words(&self) -> String;
    /// Returns the command that does it.
    fn command(&self) -> Command;
    /// The exit code where nothing gets in the way.
    fn code(&self) -> i32;
    /// The folder of everything that is on disk.
    fn folder(&self) -> std::path::PathBuf;
    /// Puts back what is not on disk.
    fn rewind(&self) {}
    /// Goes on as a person would after the process died, and returns what was said.
    fn recover(&self) -> String;
    /// Goes on to where the worlds of all runs are the same again.
    fn finish(&self) {}
    /// Looks at everything.
    fn world(&self) -> World;
    /// Returns what has left the machine, as far as a change of it can be told, without asking the program.
    fn sent(&self) -> String {
        refs(&self.folder().join("origin.git"))
    }
}

/// Returns every ref of a repository, and where it stands.
pub(super) fn refs(repository: &Path) -> String {
    let mut git = program(first_git().to_str().unwrap());
    git.arg("-C").arg(repository).arg("for-each-ref");
    git.env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null");
    let output = git.output().expect("git runs");
    assert!(output.status.success(), "{}", repository.display());
    String::from_utf8(output.stdout).unwrap()
}

/// What the world looks like to everybody, without times and ids.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct World {
    /// How often each thing that happened is there: branches, events, merges, go-lives.
    effects: BTreeMap<String, usize>,
    /// Where the hotfix stands.
    steps: Vec<Value>,
}

impl World {
    pub(super) fn count(&mut self, name: impl Into<String>) {
        *self.effects.entry(name.into()).or_default() += 1;
    }

    /// Takes in what `log --json` tells. `is_account` are kinds of events that tell how calls ended, which differs
    /// after a death.
    pub(super) fn take_log(&mut self, log: &Value, is_account: &[&str]) {
        let mut ids = BTreeSet::new();
        for entry in log["entries"].as_array().into_iter().flatten() {
            let text = |field: &str| entry[field].as_str().unwrap_or_default().to_owned();
            let kind = text("kind");
            if !ids.insert(text("id")) {
                self.count(format!("an id twice: {kind}"));
            }
            if !is_account.iter().any(|prefix| kind.starts_with(prefix)) {
                self.count(format!("event {kind}"));
            }
        }
    }

    /// Takes in what `status --json` tells.
    pub(super) fn take_status(&mut self, status: &Value) {
        if status.to_string().contains("interrupted") {
            self.count("something is still called interrupted");
        }
        for step in status["steps"].as_array().into_iter().flatten() {
            let targets = step["targets"].as_array().into_iter().flatten();
            let targets: Vec<&Value> = targets.map(|target| &target["state"]).collect();
            self.steps
                .push(serde_json::json!([step["id"], step["state"], targets]));
        }
    }
}

/// Decides about each thing that was cut off, as a person does who reads `lanekeeper resume`: `how` the thing itself is gone
/// on with, and left at what was found where that is refused.
pub(super) fn do_what_is_offered(say: &mut dyn FnMut(&[&str]) -> Answer, how: &str) {
    // What decides may have been cut off as well, and is in the list beside what it was about.
    for _ in 0..4 {
        let list = say(&["resume", "--json"]).json();
        let left = list["intents"].as_array().cloned().unwrap_or_default();
        let text = |one: &Value, name: &str| one[name].as_str().unwrap_or_default().to_owned();
        let Some(first) = left.first() else {
            return;
        };
        let decision = left
            .iter()
            .find(|one| text(one, "words").starts_with("resume"));
        let id = text(decision.unwrap_or(first), "intent");
        let is_refused = decision.is_some() || say(&["resume", &id, how, "--yes"]).code != 0;
        if is_refused {
            say(&["resume", &id, "--skip"]);
        }
    }
}

/// What a sweep came to.
#[derive(Debug, Default)]
pub(super) struct Figures {
    kills: usize,
    /// Runs that came to their end before the call at which they were to die.
    ended: usize,
    pub(super) lost: Vec<String>,
    pub(super) repeated: Vec<String>,
    /// Where saying the same again, and doing what is offered then, did not lead to the end.
    pub(super) by_hand: Vec<String>,
}

/// Kills what is about to be done at the moments of `share`.
pub(super) fn sweep(ground: &dyn Ground, share: Share) {
    sweep_part(ground, share, 0, 1);
}

/// The same for one of so many parts, so that an act of many moments can be swept by several tests at once.
pub(super) fn sweep_part(ground: &dyn Ground, share: Share, part: usize, parts: usize) {
    let words = ground.words();
    let folder = ground.folder();
    let kept = tempfile::tempdir().unwrap();
    copy(&folder, kept.path());

    let log = kept.path().with_extension("calls");
    let (moments, expected) = unharmed(ground, &log);
    assert!(
        moments.beside.is_empty(),
        "`{words}` does this on other threads, where no kill is dealt:\n{}",
        moments.beside.join("\n")
    );
    let own: Vec<&Moment> = moments.own().collect();
    assert!(own.len() > 20, "`{words}` has only {} moments", own.len());

    let mut figures = Figures::default();
    let chosen = (0..own.len()).filter(|number| share.has(*number));
    for number in chosen.skip(part).step_by(parts) {
        // How often it waits depends on how fast others are; where it does not come to a moment, the next has its turn.
        for at in &own[number..] {
            restore(kept.path(), &folder);
            ground.rewind();
            let End::Killed(call) = trace::killed(&ground.command(), &log, at) else {
                figures.ended += 1;
                continue;
            };
            figures.kills += 1;
            let case = format!("`{words}` killed at {number} of {}: {call}", own.len());
            let said = ground.recover();
            ground.finish();
            figures.judge(&ground.world(), &expected, &format!("{case}\n{said}"));
            break;
        }
    }
    let _gone = std::fs::remove_file(&log);
    tell(&format!(
        "kill sweep of `{words}` ({}): {} calls, {} moments, {} kills, {} ended before; {} lost, {} repeated, {} by hand",
        share.words(),
        moments.all.len(),
        own.len(),
        figures.kills,
        figures.ended,
        figures.lost.len(),
        figures.repeated.len(),
        figures.by_hand.len(),
    ));
    assert!(figures.kills > 0, "nothing was killed in `{words}`");
    let wrong = [figures.lost, figures.repeated, figures.by_hand].concat();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// Does what is about to be done with nothing in its way; returns its calls, and what the world is like then.
pub(super) fn unharmed(ground: &dyn Ground, log: &Path) -> (Moments, World) {
    let (end, moments) = trace::listed(&ground.command(), log);
    let words = ground.words();
    match &end {
        End::Ended { code, text } => assert_eq!(*code, ground.code(), "{words}: {text}"),
        End::Killed(call) => panic!("{words}: killed at {call}"),
    }
    ground.finish();
    (moments, ground.world())
}

impl Figures {
    pub(super) fn judge(&mut self, found: &World, expected: &World, case: &str) {
        let mut lost = Vec::new();
        let mut repeated = Vec::new();
        let names = expected.effects.keys().chain(found.effects.keys());
        for name in names.collect::<BTreeSet<_>>() {
            let of = |world: &World| world.effects.get(name).copied().unwrap_or_default();
            let (wanted, there) = (of(expected), of(found));
            let how = format!("{name}: {there} times instead of {wanted}");
            if there < wanted {
                lost.push(how);
            } else if there > wanted {
                repeated.push(how);
            }
        }
        if !lost.is_empty() {
            let how = lost.join("; ");
            self.lost.push(format!("lost: {how}\n{case}"));
        }
        if !repeated.is_empty() {
            let how = repeated.join("; ");
            self.repeated.push(format!("repeated: {how}\n{case}"));
        }
        if found.steps != expected.steps {
            self.by_hand.push(format!(
                "steps: {:?}\ninstead of {:?}\n{case}",
                found.steps, expected.steps
            ));
        }
    }
}

/// Copies what is in a folder; a project in another folder would be another project.
pub(super) fn copy(from: &Path, to: &Path) {
    let mut cp = program("cp");
    cp.arg("-a").arg(from.join(".")).arg(to);
    assert!(cp.status().expect("cp runs").success());
}

pub(super) fn restore(kept: &Path, live: &Path) {
    for entry in std::fs::read_dir(live).unwrap() {
        let entry = entry.unwrap();
        let gone = if entry.file_type().unwrap().is_dir() {
            std::fs::remove_dir_all(entry.path())
        } else {
            std::fs::remove_file(entry.path())
        };
        gone.expect("nothing runs there any more");
    }
    copy(kept, live);
}

#[expect(clippy::disallowed_methods, reason = "tests run programs")]
pub(super) fn program(name: &str) -> Command {
    Command::new(name)
}
