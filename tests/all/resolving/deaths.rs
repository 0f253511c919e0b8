//! The process dies between two decisions, and around the push that finishes: every decision is found again, and
//! nothing is done twice.

use std::os::unix::process::ExitStatusExt;

use super::super::cli::project::Project;
use super::super::crash::deadly_git;
use super::super::crash::path_with;
use super::super::support::repository::script;
use super::rounds::BACKPORT;
use super::rounds::branch;
use super::rounds::two_picks;
use super::with;

use crate::support::in_time::InTime as _;

/// Returns how many decisions are needed, and how many are made.
fn count(project: &Project) -> (u64, u64) {
    let words = with(&BACKPORT, &["--json"]);
    let document = project.run("ana", &words).json();
    let number = |name: &str| document[name].as_u64().expect("a number");
    (number("needed"), number("done"))
}

/// Returns the paths that went on record as decided, in order.
fn decided(project: &Project) -> Vec<String> {
    let log = project.run("ana", &["log", "--json"]).ends(0).json();
    let entries = log["entries"].as_array().cloned().unwrap_or_default();
    let decided = entries
        .iter()
        .filter(|entry| entry["kind"] == "conflict.decided");
    decided
        .map(|entry| entry["body"]["path"].to_string())
        .collect()
}

/// Returns the state of the backport to integration.
fn state(project: &Project) -> String {
    let status = project.run("ana", &["status", "--json"]).ends(0).json();
    let steps = status["steps"].as_array().expect("steps");
    let backport = steps.iter().find(|step| step["id"] == "backport");
    backport.expect("a backport")["targets"][0].to_string()
}

#[test]
fn a_death_between_two_decisions_costs_none_of_them() {
    let project = two_picks();
    let refs = || project.git("origin.git", &["for-each-ref"]);
    let before = refs();
    let first = ["--take", "cart.rs=both", "--dry-run"];
    project.run("ana", &with(&BACKPORT, &first)).ends(4);
    let editor = project.path("editor");
    script(&editor, "echo half > \"$1\"; kill -9 $PPID");
    let mut command = project.binary("ana");
    command.env("EDITOR", &editor);
    command.args(with(&BACKPORT, &["--edit", "--yes"]));
    let output = command.output_in_time().expect("the binary runs");
    assert_eq!(output.status.signal(), Some(9));
    assert_eq!(count(&project), (2, 1));
    assert_eq!(refs(), before);
    // What was written is nowhere but there: it is said where, and taken when somebody says so.
    let told = project.run("ana", &BACKPORT).ends(4);
    let told = told.says(&["--path cart.rs --with FILE` takes it"]).out;
    let left = "a text of cart.rs was written and not taken: ";
    let (_, rest) = told.split_once(left).expect("it is said where it is");
    let file = rest.split(';').next().expect("a path");
    let half = std::fs::read_to_string(file).expect("it is there");
    assert_eq!(half, "half\n");
    let last = ["--take", "cart.rs=fix", "--yes"];
    project.run("ana", &with(&BACKPORT, &last)).ends(0);
    assert_eq!(decided(&project), ["\"cart.rs\""]);
}

#[test]
fn a_death_around_any_push_of_finishing_leaves_one_resolution_pushed_and_recorded_once() {
    let world = two_picks();
    let mut kills = 0;
    for when in ["before", "after"] {
        for at in 1.. {
            let project = world.copy();
            let first = ["--take", "cart.rs=both", "--dry-run"];
            project.run("ana", &with(&BACKPORT, &first)).ends(4);
            let bin = project.path("bin");
            deadly_git(&bin, at, when);
            let mut command = project.binary("ana");
            command.args(with(&BACKPORT, &["--take", "cart.rs=fix", "--yes"]));
            let output = command.env("PATH", path_with(&bin)).output_in_time();
            let output = output.expect("the binary runs");
            if output.status.signal().is_none() {
                break;
            }
            kills += 1;
            let case = format!("killed {when} push {at}");
            let show = |rev: &str| project.git("origin.git", &["show", rev]);
            let pushed = show(&format!("{}:cart.rs", branch(&project)));
            let is_pushed = !pushed.contains("<<<<<<<");
            if !is_pushed {
                assert_eq!(count(&project), (2, 2), "{case}");
            }
            // The same once more, as a person would; where it came through there is nothing left to say.
            let again = project.run("ana", &with(&BACKPORT, &["--finish", "--yes"]));
            let said = format!("{case}: {}\n{}{}", again.code, again.out, again.notes);
            assert_eq!(again.code, if is_pushed { 2 } else { 0 }, "{said}");
            assert!(!state(&project).contains("conflicted path"), "{said}");
            assert_eq!(
                show(&format!("{}:cart.rs", branch(&project))),
                "one\nfixed two!\nthree",
                "{said}"
            );
            let range = format!("integration..{}", branch(&project));
            let log = project.git("origin.git", &["log", "--format=%s", &range]);
            assert_eq!(log, "fix it better\nfix", "{said}");
            assert!(decided(&project).len() <= 1, "{said}");
        }
    }
    assert!(kills > 2, "nothing was killed");
}

/// Finishes a resolution and dies when it is on the remote, and the record does not know of it.
fn died_behind_the_push() -> Project {
    let project = two_picks();
    let first = ["--take", "cart.rs=both", "--dry-run"];
    project.run("ana", &with(&BACKPORT, &first)).ends(4);
    let bin = project.path("bin");
    // The intent is pushed before.
    deadly_git(&bin, 2, "after");
    let mut command = project.binary("ana");
    command.args(with(&BACKPORT, &["--take", "cart.rs=fix", "--yes"]));
    let output = command.env("PATH", path_with(&bin)).output_in_time();
    let output = output.expect("the binary runs");
    assert_eq!(output.status.signal(), Some(9), "it was not killed");
    let file = format!("{}:cart.rs", branch(&project));
    let text = project.git("origin.git", &["show", &file]);
    assert_eq!(text, "one\nfixed two!\nthree", "the resolution is pushed");
    assert!(decided(&project).is_empty());
    project
}

/// Asserts that the record tells once who decided the path, how, and for which head.
fn assert_told_once(project: &Project, case: &str) {
    let log = project.run("ana", &["log", "--json"]).ends(0).json();
    let entries = log["entries"].as_array().cloned().unwrap_or_default();
    let told: Vec<_> = entries
        .iter()
        .filter(|entry| entry["kind"] == "conflict.decided")
        .collect();
    assert_eq!(told.len(), 1, "{case}: {told:?}");
    let (entry, body) = (told[0], &told[0]["body"]);
    assert_eq!(entry["by"], "ana@example.org", "{case}");
    assert_eq!(body["path"], "cart.rs", "{case}");
    let how = "both taken, target first; then fix taken";
    assert_eq!(body["note"], how, "{case}");
    let head = project.git("origin.git", &["rev-parse", &branch(project)]);
    assert_eq!(body["head"], head.as_str(), "{case}");
}

#[test]
fn who_decided_what_goes_on_record_after_a_death_behind_the_push() {
    let died = died_behind_the_push();
    died.run("ana", &["resume", "--undo", "--yes"])
        .ends(3)
        .says(&["cannot be taken back", "--skip"]);
    for how in ["--continue", "--skip"] {
        let project = died.copy_with_state();
        project
            .run("ana", &["resume", how, "--yes"])
            .ends(0)
            .says(&["conflict.decided integration cart.rs"]);
        assert_told_once(&project, how);
        project.run("ana", &["resume", how, "--yes"]).ends(2);
        project.run("ana", &with(&BACKPORT, &["--finish", "--yes"]));
        assert_told_once(&project, how);
    }
    // Whatever else is done next tells it first.
    died.run("ana", &["do", "backport", "--yes"]);
    assert_told_once(&died, "another step");
}

#[test]
fn who_decided_what_goes_on_record_once_although_what_tells_it_dies_too() {
    let died = died_behind_the_push();
    let mut kills = 0;
    for when in ["before", "after"] {
        for at in 1.. {
            let project = died.copy_with_state();
            let bin = project.path("bin");
            deadly_git(&bin, at, when);
            let mut command = project.binary("ana");
            command.args(["resume", "--skip"]);
            let output = command.env("PATH", path_with(&bin)).output_in_time();
            let output = output.expect("the binary runs");
            if output.status.signal().is_none() {
                break;
            }
            kills += 1;
            // What died last is decided about first.
            for _ in 0..3 {
                let list = project.run("ana", &["resume", "--json"]).ends(0).json();
                let left = list["intents"].as_array().cloned().unwrap_or_default();
                let is_resume = |one: &&serde_json::Value| {
                    let words = one["words"].as_str();
                    words.is_some_and(|words| words.starts_with("resume"))
                };
                let Some(one) = left.iter().find(is_resume).or(left.first()) else {
                    break;
                };
                let id = one["intent"].as_str().expect("an id");
                project.run("ana", &["resume", id, "--skip"]).ends(0);
            }
            assert_told_once(&project, &format!("killed {when} push {at}"));
        }
    }
    assert!(kills >= 4, "{kills} kills");
}
