//! Conflicts resolved inside Lanekeeper: laid out by git, decided, kept, reused, pushed by lease, and the gate open.

mod checks;
mod console;
mod deaths;
mod drivers;
pub(crate) mod local;
mod nothing_left;
mod rounds;
mod scenes;
mod types;

use super::cli::driven::START_CHECKOUT;
use super::cli::driven::drive;
use super::cli::project::Project;
use super::support::repository::script;

use crate::support::in_time::InTime as _;

const TEAM: &str = r#"
[project]
name = "shop"
forge = "local"

[roles]
tech-lead = ["ben@example.org"]

[[lane]]
name = "integration"
layer = "build"

[[lane]]
name = "release"
branch = "release/*"
layer = "build"

[[lane]]
name = "preprod"
layer = "run"
merges_into = ["main"]
environment = "staging"

[[lane]]
name = "main"
layer = "run"
environment = "production"

[[environment]]
name = "staging"

[[environment]]
name = "production"
production = true
"#;

const TARGET: [&str; 4] = ["resolve", "retrofit", "--target", "integration"];

fn with<'a>(words: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [words, more].concat()
}

/// Makes a project whose hotfix is in production and conflicts with both BUILD lanes, in the same way.
fn conflicted() -> Project {
    let project = Project::with_team(TEAM);
    project.git("ana", &["push", "--quiet", "origin", "main:release/4.1"]);
    for lane in ["integration", "release/4.1"] {
        project.git("ben", &["fetch", "--quiet", "origin"]);
        let from = format!("origin/{lane}");
        project.git("ben", &["checkout", "--quiet", "-B", lane, &from]);
        project.write("ben/cart.rs", "one\nlater two\nthree\n");
        project.commit("ben", "later work");
        project.git("ben", &["push", "--quiet", "origin", lane]);
    }
    project.run("ana", &START_CHECKOUT).ends(0);
    project.git("ana", &["fetch", "--quiet"]);
    project.git("ana", &["switch", "--quiet", "hotfix/checkout-null"]);
    project.write("ana/cart.rs", "one\nfixed two\nthree\n");
    project.commit("ana", "fix the cart");
    project.git("ana", &["push", "--quiet", "origin", "HEAD"]);
    let mut said = Vec::new();
    let ended = drive(&project, &mut said);
    assert_eq!(ended, Some(4), "{}", said.join("\n"));
    let other = ["do", "retrofit", "--target", "release/4.1", "--yes"];
    project.run("ana", &other).ends(4);
    project
}

fn branch_of(project: &Project, target: &str) -> String {
    let words = ["resolve", "retrofit", "--target", target, "--json"];
    let document = project.run("ana", &words).ends(4).json();
    document["branch"].as_str().expect("a name").to_owned()
}

fn undecided(project: &Project, target: &str) -> usize {
    let status = project.run("ana", &["status", "--json"]).ends(0).json();
    let steps = status["steps"].as_array().expect("steps");
    let retrofit = steps.iter().find(|step| step["id"] == "retrofit");
    let targets = retrofit.expect("a retrofit")["targets"]
        .as_array()
        .expect("targets");
    let target = targets.iter().find(|one| one["name"] == target);
    let why = target.expect("the target")["why"].to_string();
    usize::from(why.contains("conflicted path"))
}

#[test]
fn a_conflict_is_listed_decided_by_commands_and_pushed_and_the_gate_is_open() {
    let project = conflicted();
    let listed = project.run("ana", &TARGET).ends(4);
    let listed = listed.says(&["cart.rs", "later two", "fixed two", "not decided", "--take"]);
    assert!(!listed.out.contains("<<<<<<<"), "{}", listed.out);
    let document = project
        .run("ana", &with(&TARGET, &["--json"]))
        .ends(4)
        .json();
    assert_eq!(document["schema"], "lanekeeper/resolve/v1");
    assert_eq!(document["needed"], 1);
    let hunk = &document["files"][0]["hunks"][0];
    assert_eq!(
        (&hunk["base"], &hunk["target"], &hunk["fix"]),
        (
            &"two\n".into(),
            &"later two\n".into(),
            &"fixed two\n".into()
        )
    );
    assert_eq!(undecided(&project, "integration"), 1);
    let branch = branch_of(&project, "integration");
    let before = project.git("origin.git", &["rev-parse", &branch]);
    let parents = project.git("origin.git", &["log", "-1", "--format=%P %s", &branch]);

    // A dry run keeps the decision here, as the help says, shows the exact push and changes nothing else.
    let dry = project.run(
        "ana",
        &with(&TARGET, &["--take", "cart.rs#1=both", "--dry-run"]),
    );
    dry.ends(0)
        .says(&["git push refs/heads/", "must be at", "cart.rs: both taken"]);
    assert_eq!(project.git("origin.git", &["rev-parse", &branch]), before);
    project
        .run("ana", &with(&TARGET, &["--finish"]))
        .ends(3)
        .says(&["--yes"]);
    let clone = project.state("ana");
    let done = project.run("ana", &with(&TARGET, &["--yes"]));
    done.ends(0).says(&["done"]);
    assert_ne!(project.state("ana"), clone, "the remote moved");
    let after = project.git("origin.git", &["rev-parse", &branch]);
    assert_ne!(after, before);
    // The merge keeps its parents and its message; no commit with markers is left.
    let now = project.git("origin.git", &["log", "-1", "--format=%P %s", &branch]);
    assert_eq!(now, parents);
    let text = project.git("origin.git", &["show", &format!("{branch}:cart.rs")]);
    assert_eq!(text, "one\nlater two\nfixed two\nthree");
    assert_eq!(undecided(&project, "integration"), 0);
    project
        .run("ana", &with(&TARGET, &["--take", "cart.rs=fix", "--yes"]))
        .ends(2)
        .says(&["no conflicted path", "any more: they were resolved"]);
    assert!(project.git("ana", &["status", "--porcelain"]).is_empty());
}

#[test]
fn what_was_decided_is_offered_for_the_next_target_and_waits_for_a_yes() {
    // On the machine where it was decided, and on another one.
    for who in ["ana", "ben"] {
        let project = conflicted();
        project
            .run("ana", &with(&TARGET, &["--take", "cart.rs=fix", "--yes"]))
            .ends(0);
        let next = ["resolve", "retrofit", "--target", "release/4.1"];
        project
            .run(who, &with(&next, &["--yes"]))
            .ends(4)
            .says(&["offered: fix taken, reused from integration", "--reuse"]);
        project
            .run(who, &with(&next, &["--reuse", "--yes"]))
            .ends(0);
        let log = project.run(who, &["log"]).ends(0);
        log.says(&["reused from integration"]);
        assert_eq!(undecided(&project, "release/4.1"), 0);
    }
}

#[test]
fn a_branch_that_moved_meanwhile_is_never_pushed_over_and_decisions_are_offered_again() {
    let project = conflicted();
    let branch = branch_of(&project, "integration");
    project
        .run(
            "ana",
            &with(&TARGET, &["--take", "cart.rs=both", "--dry-run"]),
        )
        .ends(0);
    // Ben pushes to the branch: something else, the conflict stays.
    project.git("ben", &["fetch", "--quiet", "origin"]);
    project.git(
        "ben",
        &[
            "checkout",
            "--quiet",
            "-B",
            "x",
            &format!("origin/{branch}"),
        ],
    );
    project.write("ben/other.rs", "other\n");
    project.commit("ben", "other work");
    project.git(
        "ben",
        &["push", "--quiet", "origin", &format!("x:{branch}")],
    );
    let theirs = project.git("ben", &["rev-parse", "x"]);
    project
        .run("ana", &with(&TARGET, &["--yes"]))
        .ends(4)
        .says(&["moved from", "still fit", "offered"]);
    assert_eq!(project.git("origin.git", &["rev-parse", &branch]), theirs);
    project
        .run("ana", &with(&TARGET, &["--reuse", "--yes"]))
        .ends(0);
    let parent = project.git("origin.git", &["rev-parse", &format!("{branch}^")]);
    assert_eq!(parent, theirs, "one commit on top of theirs");
    let text = project.git("origin.git", &["show", &format!("{branch}:cart.rs")]);
    assert_eq!(text, "one\nlater two\nfixed two\nthree");
    assert_eq!(undecided(&project, "integration"), 0);
}

#[test]
fn an_editor_and_a_file_decide_as_well_and_markers_left_in_are_refused() {
    let project = conflicted();
    project.write("half.rs", "one\n<<<<<<< integration\ntwo\n");
    project
        .run(
            "ana",
            &with(
                &TARGET,
                &["--path", "cart.rs", "--with", "../half.rs", "--yes"],
            ),
        )
        .ends(4)
        .says(&["marker", "line 2"]);
    let editor = project.path("editor");
    script(
        &editor,
        "case \"$(pwd)\" in */ana) ;; *) exit 9;; esac\n\
         case \"$1\" in */ana/*) exit 8;; esac\n\
         grep -q '^<<<<<<< integration' \"$1\" || exit 7\n\
         printf 'one\\nby hand\\nthree\\n' > \"$1\"",
    );
    project.run("ana", &with(&TARGET, &["--drop"])).ends(4);
    // What is given up is not offered again as if it were from elsewhere.
    let kept = with(&TARGET, &["--take", "cart.rs=both", "--dry-run"]);
    project.run("ana", &kept).ends(0);
    let again = project.run("ana", &with(&TARGET, &["--drop"])).ends(4);
    assert!(!again.out.contains("decided before"), "{}", again.out);
    let mut command = project.binary("ana");
    command.env("EDITOR", &editor);
    command.args(with(&TARGET, &["--edit", "--yes"]));
    let output = command.output_in_time().expect("the binary runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("cart.rs: edited"), "{said}");
    assert_eq!(undecided(&project, "integration"), 0);
}

#[test]
fn a_merge_tool_of_the_clone_is_not_run_and_one_of_the_person_is() {
    let project = conflicted();
    let ran = project.path("ran");
    project.git("ana", &["config", "merge.tool", "evil"]);
    let evil = format!("touch {}", ran.display());
    project.git("ana", &["config", "mergetool.evil.cmd", &evil]);
    project
        .run("ana", &with(&TARGET, &["--tool", "evil", "--yes"]))
        .ends(2)
        .says(&["merge tool", "own configuration has is not run"]);
    assert!(!ran.exists());
    let config = project.path("gitconfig");
    let own = "[merge]\n\ttool = own\n[mergetool \"own\"]\n\tcmd = cat \\\"$REMOTE\\\" > \\\"$MERGED\\\"\n\ttrustExitCode = true\n";
    std::fs::write(&config, own).expect("own folder");
    let mut command = project.binary("ana");
    command.env("GIT_CONFIG_GLOBAL", &config);
    command.args(with(&TARGET, &["--tool", "--yes"]));
    let output = command.output_in_time().expect("the binary runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert_eq!(undecided(&project, "integration"), 0);
}

#[test]
fn a_merge_tool_that_gives_up_decides_nothing_and_one_that_keeps_the_other_paths_is_taken() {
    let project = conflicted();
    let config = project.path("gitconfig");
    let tool = |command: &str| {
        let own = format!(
            "[merge]\n\ttool = own\n[mergetool \"own\"]\n\tcmd = {command}\n\ttrustExitCode = true\n"
        );
        std::fs::write(&config, own).expect("own folder");
        let mut command = project.binary("ana");
        command.env("GIT_CONFIG_GLOBAL", &config);
        command.args(with(&TARGET, &["--tool", "--dry-run"]));
        let output = command.output_in_time().expect("the binary runs");
        let said = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        (output.status.code(), said)
    };
    let (code, said) = tool("echo half > \\\"$MERGED\\\" && exit 3");
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("did not finish"), "{said}");
    assert_eq!(undecided(&project, "integration"), 1);
    let (code, said) = tool("cat \\\"$LOCAL\\\" > \\\"$MERGED\\\"");
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("cart.rs: edited"), "{said}");
}

#[test]
fn what_cannot_be_decided_as_it_was_said_names_what_can() {
    let project = conflicted();
    let told = |more: &[&str], says: &[&str]| {
        project.run("ana", &with(&TARGET, more)).ends(2).says(says);
    };
    told(
        &["--take", "cart.rs=fix", "--take", "cart.rs=target"],
        &["two different things are said of cart.rs"],
    );
    told(
        &["--take", "cart.rs=fix", "--delete", "cart.rs"],
        &["two different things are said of cart.rs"],
    );
    told(&["--take", "cart.rs#9=fix"], &["next", "cart.rs#1=SIDE"]);
    told(&["--take", "cart.rs#x=fix"], &["next", "counted from 1"]);
    let gone = ["--path", "cart.rs", "--with", "/nonexistent"];
    told(&gone, &["next", "--with"]);
    // Nothing of it was kept.
    project.run("ana", &TARGET).ends(4).says(&["not decided"]);
    let decided = with(&TARGET, &["--take", "cart.rs=both", "--test"]);
    project.run("ana", &decided);
    told(
        &["--edit"],
        &["every path is decided", "--path PATH", "--drop"],
    );
}
