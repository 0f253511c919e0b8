//! The process dies at any push: nothing is lost and nothing is done twice. A `git` that kills its parent
//! stands first on the PATH of the real binary; afterwards the same words are said again, as a person would.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;

use serde_json::Value;

use super::cli::project::Project;

use crate::support::in_time::InTime as _;

const TEAM: &str = r#"
[project]
name = "shop"
forge = "local"
playbook = "approve-and-backport"

[roles]
tech-lead = ["ben@example.org"]

[[lane]]
name = "integration"
layer = "build"
merges_into = ["preprod"]

[[lane]]
name = "preprod"
layer = "run"
merges_into = ["main"]

[[lane]]
name = "main"
layer = "run"
environment = "production"
seats = ["tech-lead"]

[[environment]]
name = "production"
production = true
seats = ["tech-lead"]
apps = ["portal", "api"]

[[app]]
name = "portal"
deploy = ["sh", "-c", "echo portal $LANEKEEPER_DEPLOYMENT >> \"$HOME/deployed\""]

[[app]]
name = "api"
deploy = ["sh", "-c", "echo api $LANEKEEPER_DEPLOYMENT >> \"$HOME/deployed\""]
"#;

/// One command of the story, by one person.
pub(crate) struct Act {
    pub(crate) login: &'static str,
    pub(crate) words: &'static [&'static str],
    /// The exit code where nothing gets in the way.
    pub(crate) code: i32,
}

const fn act(login: &'static str, words: &'static [&'static str], code: i32) -> Act {
    Act { login, words, code }
}

/// The whole story; the fix is written after the first.
pub(crate) const STORY: [Act; 8] = [
    act(
        "ana",
        &[
            "start",
            "pay",
            "--title",
            "Nobody can pay",
            "--answer",
            "critical=x",
            "--answer",
            "cannot-wait=y",
            "--answer",
            "scoped=z",
            "--yes",
        ],
        0,
    ),
    act("ana", &["do", "change", "--yes"], 0),
    act("ben", &["approve", "1", "--yes"], 0),
    act(
        "ana",
        &["do", "change", "--yes", "--confirm", "production"],
        0,
    ),
    act("ana", &["do", "deploy", "--yes"], 0),
    act("ben", &["approve", "deployment:1", "--yes"], 0),
    act(
        "ana",
        &["do", "deploy", "--yes", "--confirm", "production"],
        4,
    ),
    act("ana", &["note", "support is told"], 0),
];

/// Plays the story up to the act `at`, without harm.
pub(crate) fn before(at: usize) -> Project {
    let project = Project::with_team(TEAM);
    for (index, act) in STORY.iter().enumerate().take(at) {
        look(&project, act.login, act.words);
        project.run(act.login, act.words).ends(act.code);
        if index == 0 {
            write_fix(&project);
        }
    }
    project
}

/// Who approves looks at the diff first; the copy of a world has a state directory of its own.
pub(crate) fn look(project: &Project, login: &str, words: &[&str]) {
    if let ["approve", id, ..] = words {
        project.run(login, &["diff", id]);
    }
}

/// Commits the fix, beside a change in integration that it conflicts with.
fn write_fix(project: &Project) {
    project.git("ana", &["fetch", "--quiet"]);
    project.git("ana", &["switch", "--quiet", "integration"]);
    project.write("ana/cart.rs", "one\nanother two\nthree\n");
    project.commit("ana", "next version of the cart");
    project.git("ana", &["push", "--quiet", "origin", "integration"]);
    project.git("ana", &["switch", "--quiet", "hotfix/pay"]);
    project.write("ana/cart.rs", "one\nfixed two\nthree\n");
    project.commit("ana", "fix the cart");
    project.git("ana", &["push", "--quiet", "origin", "HEAD"]);
}

/// Puts a `git` into `dir` that counts pushes and kills its parent at the push number `at`.
pub(crate) fn deadly_git(dir: &Path, at: usize, when: &str) {
    std::fs::create_dir(dir).expect("fresh folder");
    let real = super::support::repository::first_git();
    let script = format!(
        r#"#!/bin/sh
case " $* " in
*" push "*)
    echo push >> '{dir}/pushes'
    if [ "$(wc -l < '{dir}/pushes')" -eq {at} ]; then
        if [ {when} = after ]; then '{real}' "$@" > /dev/null 2>&1; fi
        kill -9 $PPID
        exit 1
    fi ;;
esac
exec '{real}' "$@"
"#,
        dir = dir.display(),
        real = real.display(),
    );
    let git = dir.join("git");
    std::fs::write(&git, script).expect("own folder");
    std::fs::set_permissions(&git, std::fs::Permissions::from_mode(0o755)).expect("own file");
}

/// How often the process dies in one test.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Deaths {
    /// Before the first push and after each: what the remote then looks like.
    Each,
    /// Before and after each push, which differ in the local journal only.
    Every,
}

/// Kills the act at pushes, each time in a copy of the same world; says the same again and compares with the world
/// in which nothing happened.
fn survives(index: usize, deaths: Deaths) {
    let act = &STORY[index];
    let world = before(index);
    let whole = world.copy();
    look(&whole, act.login, act.words);
    whole.run(act.login, act.words).ends(act.code);
    let expected = shape(&whole, &log(&whole));
    let mut kills = 0;
    for when in ["before", "after"] {
        for at in 1.. {
            if when == "before" && at > 1 && deaths == Deaths::Each {
                break;
            }
            let project = world.copy();
            look(&project, act.login, act.words);
            let bin = project.path("bin");
            deadly_git(&bin, at, when);
            let mut command = project.binary(act.login);
            let output = command
                .args(act.words)
                .env("PATH", path_with(&bin))
                .output_in_time()
                .expect("the binary runs");
            if output.status.signal().is_none() {
                break;
            }
            kills += 1;
            let case = format!("killed {when} push {at} of `{}`", act.words.join(" "));
            let status = project.run(act.login, &["status", "--json"]);
            let told = status.out.clone();
            let mut said = format!("status: {}\n{told}\n", status.code);
            recover(&project, act, &mut said);
            let log = log(&project);
            assert_eq!(shape(&project, &log), expected, "{case}\n{said}");
            assert_once(&project, &log, &format!("{case}\n{said}"));
        }
    }
    assert!(kills > 1, "nothing was killed in `{}`", act.words.join(" "));
}

pub(crate) fn path_with(first: &Path) -> std::ffi::OsString {
    let path = super::cli::environment("PATH").unwrap_or_default();
    let all = std::iter::once(first.to_owned()).chain(std::env::split_paths(&path));
    std::env::join_paths(all).expect("PATH entries hold no colon")
}

/// Says the same words again, and then what is offered, until the act has come to its end.
pub(crate) fn recover(project: &Project, act: &Act, said: &mut String) {
    let mut say = |login: &str, words: &[&str]| {
        look(project, login, words);
        let answer = project.run(login, words);
        *said += &format!(
            "{login}: {}: {}\n{}{}\n",
            words.join(" "),
            answer.code,
            answer.out,
            answer.notes
        );
    };
    // Who finds a note on record does not say it again: that would be another one.
    let is_said = matches!(act.words, ["note", text, ..] if project.run(act.login, &["log"]).out.contains(text));
    if !is_said {
        say(act.login, act.words);
    }
    if act.words[0] == "start" {
        // A hotfix that was opened without its branch: its first step pushes it.
        say("ana", &["do", "implement", "--yes"]);
    }
    if act.code == 4 {
        // A go-live that died is over; the next is a deployment of its own, with approvals of its own.
        say("ben", &["approve", "deployment:2", "--yes"]);
        say("ana", &["do", "deploy", "--yes", "--confirm", "production"]);
        say("ana", &["do", "backport", "--yes"]);
    }
}

/// Returns the record's events.
fn log(project: &Project) -> Vec<Value> {
    let log = project.run("ana", &["log", "--json"]).ends(0).json();
    log["entries"].as_array().cloned().unwrap_or_default()
}

/// What the world looks like, without times and ids.
fn shape(project: &Project, log: &[Value]) -> Value {
    let status = project.run("ana", &["status", "--json"]).ends(0).json();
    let lanes = project.run("ana", &["lanes", "--json"]).ends(0).json();
    let steps = status["steps"].as_array().cloned().unwrap_or_default();
    let steps: Vec<Value> = steps
        .iter()
        .map(|step| {
            let targets = step["targets"].as_array().cloned().unwrap_or_default();
            let targets: Vec<&Value> = targets.iter().map(|target| &target["state"]).collect();
            serde_json::json!([step["id"], step["state"], targets])
        })
        .collect();
    let branches = project.git(
        "origin.git",
        &["for-each-ref", "--format=%(refname)", "refs/heads"],
    );
    let main = project.git(
        "origin.git",
        &["rev-list", "--count", "--first-parent", "main"],
    );
    serde_json::json!({
        "steps": steps,
        "hotfixes": lanes["hotfixes"].as_array().map(Vec::len),
        "branches": branches,
        "main": main,
        "story": events(log),
    })
}

/// The record's events that tell what happened, in order; the account of calls differs after a crash.
fn events(entries: &[Value]) -> Vec<String> {
    entries
        .iter()
        .filter_map(|entry| entry["kind"].as_str())
        .filter(|kind| {
            // How a go-live that died is told and approved again is its own story.
            !["effect.", "intent.", "deployment.", "approval."]
                .iter()
                .any(|account| kind.starts_with(account))
        })
        .map(str::to_owned)
        .collect()
}

/// Nothing is there twice, and the record verifies.
fn assert_once(project: &Project, entries: &[Value], case: &str) {
    let mut ids: Vec<&str> = entries
        .iter()
        .filter_map(|entry| entry["id"].as_str())
        .collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "an event is there twice: {case}");
    let deployed = std::fs::read_to_string(project.path("home/deployed")).unwrap_or_default();
    let mut runs: Vec<&str> = deployed.lines().collect();
    let all = runs.len();
    runs.sort_unstable();
    runs.dedup();
    assert_eq!(
        runs.len(),
        all,
        "an app was deployed twice by one deployment: {case}"
    );
    let approvals: Vec<&Value> = entries
        .iter()
        .filter(|entry| entry["kind"] == "approval.seen")
        .map(|entry| &entry["body"]["subject"])
        .collect();
    let is_twice = |one: &&Value| approvals.iter().filter(|other| *other == one).count() > 1;
    assert!(
        !approvals.iter().any(is_twice),
        "an approval is told twice: {case}"
    );
    let status = project.run("ana", &["status"]).ends(0);
    assert!(
        !status.out.contains("interrupted"),
        "{}\n{case}",
        status.out
    );
}

#[test]
fn a_start_survives() {
    survives(0, Deaths::Each);
}

#[test]
fn opening_a_request_survives() {
    survives(1, Deaths::Each);
}

#[test]
fn an_approval_survives() {
    survives(2, Deaths::Each);
}

#[test]
fn a_merge_into_production_survives() {
    survives(3, Deaths::Each);
}

#[test]
fn creating_a_deployment_survives() {
    survives(4, Deaths::Each);
}

#[test]
fn approving_a_deployment_survives() {
    survives(5, Deaths::Each);
}

#[test]
fn a_deployment_and_the_backport_that_follows_survive() {
    survives(6, Deaths::Each);
}

#[test]
fn a_note_survives() {
    survives(7, Deaths::Each);
}

#[test]
#[ignore = "takes minutes; the tests above kill at the same places of the remote's history"]
fn every_act_survives_every_death() {
    for index in 0..STORY.len() {
        survives(index, Deaths::Every);
    }
}
