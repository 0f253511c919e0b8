//! The policy `local`: a conflict is resolved on this machine, and only then is there a branch and a change request.

use std::os::unix::process::ExitStatusExt;

use super::super::cli::project::Project;
use super::super::cli::project::START;
use super::super::crash::deadly_git;
use super::super::crash::path_with;
use super::TEAM;
use super::rounds::BACKPORT;
use super::with;

use crate::support::in_time::InTime as _;

const RELEASE: [&str; 4] = ["resolve", "backport", "--target", "release/4.1"];
const BEGIN: [&str; 7] = [
    "backport",
    "main",
    "--into",
    "integration",
    "--policy",
    "local",
    "--yes",
];

/// A fix in `main` that conflicts with integration and a release in the same way, on record and not resolved yet.
pub(crate) fn waiting() -> Project {
    let project = Project::with_team(TEAM);
    project.git("ana", &["push", "--quiet", "origin", "main:release/4.1"]);
    project.git("ana", &["fetch", "--quiet", "origin"]);
    for lane in ["integration", "release/4.1"] {
        let from = format!("origin/{lane}");
        project.git("ana", &["checkout", "--quiet", "-B", lane, &from]);
        project.write("ana/cart.rs", "one\nlater two\nthree\n");
        project.commit("ana", "later work");
        project.git("ana", &["push", "--quiet", "origin", lane]);
    }
    project.git("ana", &["switch", "--quiet", "main"]);
    project.write("ana/cart.rs", "one\nfixed two\nthree\n");
    project.commit("ana", "fix the cart");
    project.git("ana", &["push", "--quiet", "origin", "main"]);
    project.run("ana", &BEGIN).ends(4);
    project
}

fn branch(project: &Project, lane: &str) -> String {
    let fix = project.git("ana", &["rev-parse", "--short=7", "main"]);
    format!("backport/{lane}-{}", fix.trim())
}

fn target(project: &Project) -> serde_json::Value {
    let status = project.run("ana", &["status", "--json"]).ends(0).json();
    status["steps"][0]["targets"][0].clone()
}

fn branches(project: &Project) -> String {
    let refs = ["for-each-ref", "--format=%(refname)", "refs/heads"];
    project.git("origin.git", &refs)
}

#[test]
fn it_is_decided_before_there_is_a_branch_and_opened_as_one_without_conflicts() {
    let project = waiting();
    let before = branches(&project);
    let shown = project.run("ana", &BACKPORT).ends(4);
    shown.says(&[
        "cart.rs (content)",
        "fixed two",
        "later two",
        "0 of 1 decided",
    ]);
    let status = project.run("ana", &["status"]).ends(0);
    status.says(&[
        "waits for local resolution",
        "resolve the conflicts with integration",
    ]);
    let status = project.run("ana", &["status", "--json"]).ends(0).json();
    assert!(
        !status.to_string().contains("was deleted"),
        "what is carried without a hotfix never had a branch: {status}"
    );
    let take = with(&BACKPORT, &["--take", "cart.rs=fix"]);
    project
        .run("ana", &with(&take, &["--dry-run"]))
        .ends(0)
        .says(&["1 path resolved here", "(must not exist)"]);
    assert_eq!(branches(&project), before, "nothing leaves before a yes");
    project
        .run("ana", &with(&take, &["--yes"]))
        .says(&["open change request", "[backport, auto-backport]"]);
    let branch = branch(&project, "integration");
    let built = project.git("origin.git", &["show", &format!("{branch}:cart.rs")]);
    assert_eq!(built, "one\nfixed two\nthree");
    let parent = project.git("origin.git", &["rev-parse", &format!("{branch}^")]);
    let lane = project.git("origin.git", &["rev-parse", "integration"]);
    assert_eq!(parent, lane, "one commit on the target");
    let message = project.git("origin.git", &["log", "-1", "--format=%B%an", &branch]);
    assert!(message.contains("(cherry picked from commit "), "{message}");

    let target = target(&project);
    assert_eq!(target["stage"], "request open", "{target}");
    assert_eq!(target["undecided"], serde_json::json!([]), "{target}");
    // The same again has nothing left to do.
    let refs = project.git("origin.git", &["for-each-ref", "refs/heads"]);
    project.run("ana", &BEGIN);
    project.run("ana", &take).ends(2);
    let after = project.git("origin.git", &["for-each-ref", "refs/heads"]);
    assert_eq!(refs, after);
}

#[test]
fn beside_an_open_hotfix_the_command_that_a_backport_tells_names_the_backport() {
    let project = waiting();
    let alone = "Next: lanekeeper resolve backport --target integration";
    let unnamed = format!("{alone};");
    project.run("ana", &BEGIN).ends(4).says(&[&unnamed]);
    project.run("ana", &START).ends(0);
    let fix = project.git("ana", &["rev-parse", "main"]);
    let named = format!("{alone} --hotfix backport-{};", &fix[..12]);
    project.run("ana", &BEGIN).ends(4).says(&[&named]);
}

#[test]
fn a_target_that_comes_later_goes_on_record_and_is_offered_what_was_decided() {
    let project = waiting();
    let take = with(&BACKPORT, &["--take", "cart.rs=both", "--yes"]);
    project.run("ana", &take).says(&["open change request"]);
    let later = ["backport", "main", "--into", "release/4.1", "--yes"];
    project.run("ana", &later).ends(4).says(&[
        "record target.added release/4.1",
        "lanekeeper resolve backport --target release/4.1",
    ]);
    // Once is enough.
    let again = project.run("ana", &later).ends(4);
    again.says(&[
        "Refused",
        "lanekeeper resolve backport --target release/4.1",
    ]);
    project
        .run("ana", &RELEASE)
        .ends(4)
        .says(&["reused from integration", "--reuse"]);
    project
        .run("ana", &with(&RELEASE, &["--reuse", "--yes"]))
        .says(&["open change request"]);
    let branch = branch(&project, "release/4.1").replace("release/4.1", "release-4.1");
    let built = project.git("origin.git", &["show", &format!("{branch}:cart.rs")]);
    assert_eq!(built, "one\nlater two\nfixed two\nthree");
    project
        .run("ana", &["log"])
        .says(&["added target release/4.1 of step backport"]);
}

#[test]
fn a_death_around_any_push_leaves_one_branch_and_one_request() {
    let world = waiting();
    let take = with(&BACKPORT, &["--take", "cart.rs=fix", "--yes"]);
    let mut kills = 0;
    for when in ["before", "after"] {
        for at in 1.. {
            let project = world.copy();
            let bin = project.path("bin");
            deadly_git(&bin, at, when);
            let mut command = project.binary("ana");
            command.args(&take).env("PATH", path_with(&bin));
            let output = command.output_in_time().expect("the binary runs");
            if output.status.signal().is_none() {
                break;
            }
            kills += 1;
            let case = format!("killed {when} push {at}");
            // A person does what is offered: the resolution again, or what is left of it.
            project.run("ana", &take);
            if target(&project)["request"].is_null() {
                let rest = ["do", "backport", "--target", "integration", "--yes"];
                project.run("ana", &rest);
            }
            let target = target(&project);
            assert_eq!(target["stage"], "request open", "{case}: {target}");
            assert_eq!(target["undecided"], serde_json::json!([]), "{case}");
            let branches = branches(&project);
            let built = branches.lines().filter(|name| name.contains("backport/"));
            assert_eq!(built.count(), 1, "{case}: {branches}");
            let branch = branch(&project, "integration");
            let file = project.git("origin.git", &["show", &format!("{branch}:cart.rs")]);
            assert_eq!(file, "one\nfixed two\nthree", "{case}");
            let log = project.run("ana", &["log", "--json"]).ends(0).json();
            let entries = log["entries"].as_array().cloned().unwrap_or_default();
            let count = |kind: &str| {
                let found = entries.iter().filter(|entry| entry["kind"] == kind);
                found.count()
            };
            assert_eq!(count("target.built"), 1, "{case}");
            assert_eq!(count("conflict.decided"), 1, "{case}");
            // What the forge had done when the process died is seen there; `resume` writes it down.
            assert!(count("request.opened") <= 1, "{case}");
        }
    }
    assert!(kills >= 6, "{kills} kills");
}

#[test]
fn a_target_that_moved_after_the_plan_is_resolved_again() {
    let project = waiting();
    let take = with(&BACKPORT, &["--take", "cart.rs=fix", "--dry-run", "--json"]);
    let plan = project.run("ana", &take).json().to_string();
    let commit = plan
        .split("--commit ")
        .nth(1)
        .and_then(|rest| rest.get(..40))
        .map(str::to_owned);
    project.git("ana", &["switch", "--quiet", "integration"]);
    project.write("ana/other.rs", "other\n");
    project.commit("ana", "other work");
    project.git("ana", &["push", "--quiet", "origin", "integration"]);
    let Some(commit) = commit else {
        panic!("the plan names its commit: {plan}");
    };
    let stale = with(
        &BACKPORT,
        &[
            "--head",
            &commit,
            "--commit",
            &commit,
            "--decided",
            "cart.rs=the fix",
            "--yes",
        ],
    );
    let before = branches(&project);
    let refused = project.run("ana", &stale);
    refused.says(&["was resolved on another head", "resolve again"]);
    assert_eq!(branches(&project), before);
}
