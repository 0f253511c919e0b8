//! The project's checks on what is decided: run on exactly what would be pushed, without our secrets, and nothing moves.

use super::super::cli::project::Answer;
use super::super::cli::project::Project;
use super::TARGET;
use super::TEAM;
use super::conflicted;
use super::local::waiting;
use super::rounds::BACKPORT;
use super::rounds::two_picks;
use super::with;

use crate::support::in_time::InTime as _;

/// The team's file with checks of `integration`: their names, and what `sh` runs.
fn team(checks: &[(&str, &str)]) -> String {
    let check = |(name, script): &(&str, &str)| {
        format!(
            "\n[[check]]\nname = {name:?}\ncommand = [\"sh\", \"-c\", {script:?}]\nlanes = [\"integration\"]\ntimeout = \"60s\"\n"
        )
    };
    let checks: String = checks.iter().map(check).collect();
    format!("{TEAM}{checks}")
}

/// Gives the team these checks, and trusts them.
fn trusted(project: &Project, team: &str) {
    project.write("ana/lanekeeper.toml", team);
    project.run("ana", &["trust", "--yes"]).ends(0);
}

/// Returns how many worktrees of checks are left.
fn worktrees(project: &Project) -> usize {
    let states = std::fs::read_dir(project.path("state/lanekeeper")).expect("made by a run");
    let folders = states.map(|state| state.expect("readable").path().join("worktrees"));
    folders
        .filter_map(|folder| std::fs::read_dir(folder).ok())
        .map(|inside| inside.count())
        .sum()
}

#[test]
fn they_see_what_would_be_pushed_and_no_secret_of_ours_and_nothing_moves() {
    let project = waiting();
    let facts = "test \"$(git rev-parse HEAD)\" = \"$LANEKEEPER_HEAD\" || exit 8\n\
                 case \"$(pwd)\" in */ana | */ana/*) exit 9;; esac\n\
                 echo \"$LANEKEEPER_BRANCH into $LANEKEEPER_TARGET\"\n\
                 echo \"tokens ${LANEKEEPER_TOKEN:-none} ${GITLAB_TOKEN:-none}\"\n\
                 touch left-behind";
    let checks = [
        (
            "unit",
            "grep -q 'fixed two' cart.rs && ! grep -q '<<<<<<<' cart.rs",
        ),
        ("facts", facts),
        ("alone", "test ! -e left-behind"),
    ];
    trusted(&project, &team(&checks));
    let before = project.state("ana");
    let test = with(&BACKPORT, &["--test"]);
    project.run("ana", &test).ends(4).says(&["not decided"]);

    let mut command = project.binary("ana");
    command
        .env("LANEKEEPER_TOKEN", "glpat-aaaaaaaaaaaaaaaaaaaa")
        .env("GITLAB_TOKEN", "glpat-bbbbbbbbbbbbbbbbbbbb")
        .args(with(&BACKPORT, &["--take", "cart.rs=fix", "--test", "-v"]));
    let answer = Answer::new(&command.output_in_time().expect("the binary runs"));
    answer.ends(0).says(&[
        "unit running",
        "unit   passed in",
        "backport/integration-",
        " into integration",
        "tokens none none",
        "next: lanekeeper resolve backport --target integration --finish",
    ]);
    let document = project.run("ana", &with(&test, &["--json"])).ends(0).json();
    assert_eq!(document["schema"], "lanekeeper/resolve/v1");
    assert_eq!(
        (&document["exit"], &document["done"]),
        (&0.into(), &1.into())
    );
    let ends: Vec<&serde_json::Value> = document["checks"]
        .as_array()
        .expect("checks")
        .iter()
        .map(|check| &check["end"])
        .collect();
    assert_eq!(ends, ["passed", "passed", "passed"]);
    assert_eq!(project.state("ana"), before);
    assert_eq!(worktrees(&project), 0);
}

#[test]
fn what_failed_is_told_with_its_last_lines_and_keeps_finish_from_pushing() {
    let project = waiting();
    let lint = "seq 1 30; printf 'red \\033[2J\\n'; grep -q 'later two' cart.rs";
    trusted(&project, &team(&[("lint", lint)]));
    let before = project.state("ana");
    let fix = with(&BACKPORT, &["--take", "cart.rs=fix", "--test"]);
    let answer = project.run("ana", &fix).ends(3).says(&[
        "lint  failed (exit code 1) in",
        "11 lines before these",
        "red ␛[2J",
        "nothing was pushed, and what is decided is kept",
    ]);
    assert!(!answer.out.contains('\u{1b}') && !answer.notes.contains('\u{1b}'));
    let finish = ["--test", "--finish", "--yes", "--json"];
    let document = project.run("ana", &with(&BACKPORT, &finish));
    let document = document.ends(3).json();
    let check = &document["checks"][0];
    assert_eq!(
        (&check["end"], &check["why"], &document["exit"]),
        (&"failed".into(), &"exit code 1".into(), &3.into())
    );
    assert_eq!(check["output"][30], "red \u{1b}[2J");
    assert_eq!(project.state("ana"), before);

    let both = ["--take", "cart.rs=both", "--test", "--finish", "--yes"];
    project
        .run("ana", &with(&BACKPORT, &both))
        .says(&["lint  passed in", "open change request"]);
    assert_ne!(project.state("ana"), before, "it was pushed");
}

#[test]
fn only_what_may_run_is_run_and_own_commands_need_no_trust() {
    let project = waiting();
    let decided = with(&BACKPORT, &["--take", "cart.rs=fix", "--test"]);
    project.run("ana", &decided).ends(2).says(&[
        "no [[check]] with a command applies to integration",
        "lanekeeper.toml",
    ]);
    let ran = project.path("ran");
    let touch = format!("touch {}", ran.display());
    let text = team(&[("unit", &touch), ("lint", &touch)]);
    project.write("ana/lanekeeper.toml", &text);
    let test = with(&BACKPORT, &["--test"]);
    project.run("ana", &test).ends(2).says(&[
        "the commands in lanekeeper.toml are not trusted on this machine",
        "lanekeeper trust",
    ]);

    let config = project.path("config/lanekeeper");
    std::fs::create_dir_all(&config).expect("own folder");
    let own =
        "[[check]]\nname = \"unit\"\ncommand = [\"grep\", \"-q\", \"fixed two\", \"cart.rs\"]\n";
    std::fs::write(config.join("config.toml"), own).expect("own folder");
    let finish = with(&BACKPORT, &["--test", "--finish", "--yes"]);
    project.run("ana", &finish).ends(3).says(&[
        "unit  passed in",
        "lint  not trusted",
        "nothing was pushed",
    ]);
    assert!(!ran.exists());

    let of_ci = team(&[("unit", &touch)]) + "\n[[check]]\nname = \"lint\"\n";
    project.write("ana/lanekeeper.toml", &of_ci);
    project
        .run("ana", &test)
        .ends(0)
        .says(&["unit  passed in", "lint  no command"]);
    assert!(!ran.exists());
}

#[test]
fn they_end_in_time_and_when_asked_to() {
    let project = waiting();
    let slow = team(&[("slow", "echo begun; exec sleep 60")]).replace("60s", "1s");
    trusted(&project, &slow);
    let decided = with(&BACKPORT, &["--take", "cart.rs=fix", "--test"]);
    project
        .run("ana", &decided)
        .ends(3)
        .says(&["slow  timed out (no end within 1 s)", "begun"]);

    // The check itself sends what Ctrl-C does.
    let checks = [("first", "kill -INT $PPID; sleep 60"), ("second", "true")];
    trusted(&project, &team(&checks));
    let json = with(&BACKPORT, &["--test", "--json"]);
    let document = project.run("ana", &json).ends(3).json();
    let checks = &document["checks"];
    assert_eq!(
        (&checks[0]["end"], &checks[0]["why"]),
        (&"stopped".into(), &"by a signal".into())
    );
    assert!(checks[0]["seconds"].is_u64());
    assert_eq!(checks[1]["end"], "stopped");
    assert!(checks[1]["seconds"].is_null(), "it was never begun");
    assert_eq!(worktrees(&project), 0);
}

#[test]
fn nothing_runs_before_every_round_is_decided() {
    let project = two_picks();
    let remote = project.git("origin.git", &["for-each-ref"]);
    let first = ["--take", "cart.rs=both", "--test", "--finish", "--yes"];
    project
        .run("ana", &with(&BACKPORT, &first))
        .ends(4)
        .says(&["round 2", "1 of 2 decided"]);
    assert_eq!(project.git("origin.git", &["for-each-ref"]), remote);
}

#[test]
fn a_branch_that_was_pushed_with_its_conflict_is_tested_before_it_is_pushed_over() {
    let project = conflicted();
    let unit = "grep -q 'fixed two' cart.rs && ! grep -q '<<<<<<<' cart.rs";
    trusted(&project, &team(&[("unit", unit)]));
    let before = project.state("ana");
    project
        .run("ana", &with(&TARGET, &["--take", "cart.rs=both", "--test"]))
        .ends(0)
        .says(&["unit  passed in", "retrofit --target integration --finish"]);
    assert_eq!(project.state("ana"), before);
}
