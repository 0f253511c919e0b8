//! Several targets: each on its own, and what becomes of one is nothing to the others.

use lanekeeper::engine::Outcome;
use lanekeeper::engine::StepState;
use lanekeeper::model::LaneName;
use lanekeeper::ops::BackportWords;

use crate::cli::project::Project;
use crate::support::repository::script;
use crate::support::team::Team;
use crate::support::team::numbered;

const RELEASES: &str = r#"
[[lane]]
name = "releases"
branch = "release/*"
layer = "build"
merges_into = ["preprod"]
"#;

/// A fix in `main` and these release branches, all without it.
fn with_releases(names: &[&str]) -> Team {
    let team = Team::with(RELEASES);
    let world = &team.world;
    for name in names {
        world.git(&["branch", name, "main"]);
    }
    world.switch("main", None);
    world.change("shop.txt", numbered(&[(3, "fixed")]), "Fix it");
    world.push();
    team
}

fn words(into: &[&str]) -> BackportWords {
    BackportWords {
        rev: "main".to_owned(),
        into: into.iter().map(|&name| name.to_owned()).collect(),
        ..BackportWords::default()
    }
}

#[test]
fn names_of_targets_with_slashes_or_other_letters_make_branches_that_cannot_collide() {
    let names = ["release/1.0", "release/größe", "release"];
    let team = with_releases(&names[..2]);
    assert!(
        team.backport(&words(&[names[2]])).is_err(),
        "no lane of that name"
    );
    for result in team.carry(&words(&names[..2])) {
        assert_eq!(
            result.outcome,
            Outcome::Done,
            "{}: {}",
            result.call,
            result.why
        );
    }
    let sha7 = team.world.id("main").short().to_owned();
    let refs = team.refs();
    for name in ["release-1.0", "release-größe"] {
        let branch = format!("refs/heads/backport/{name}-{sha7}");
        assert!(refs.contains(&branch), "{refs}");
    }
}

#[test]
fn a_name_that_would_be_too_long_is_refused_with_where_to_change_it() {
    let long = format!("release/{}", "x".repeat(190));
    let team = with_releases(&[&long]);
    // Long for a lane, or too long for the branch made from it: told before anything is built.
    let why = match team.backport(&words(&[&long])) {
        Err(fault) => fault.to_string(),
        Ok(backport) => backport
            .planned
            .expect_err("no such name")
            .reasons
            .join("; "),
    };
    assert!(
        why.contains("longer than 200 bytes") || why.contains("no lane"),
        "{why}"
    );
    assert!(!team.refs().contains("refs/heads/backport/"));
}

#[test]
fn a_conflict_in_one_of_three_targets_holds_up_neither_of_the_others() {
    let team = with_releases(&["release/1.0", "release/2.0"]);
    let world = &team.world;
    world.switch("release/1.0", None);
    world.change("shop.txt", numbered(&[(3, "old version")]), "Old version");
    world.push();
    let into = ["integration", "release/1.0", "release/2.0"];
    for result in team.carry(&words(&into)) {
        assert_eq!(
            result.outcome,
            Outcome::Done,
            "{}: {}",
            result.call,
            result.why
        );
    }
    let board = team.backport(&words(&into)).expect("looked at").board;
    let progress = board.progress.expect("a record");
    let stages: Vec<(&str, &str, usize)> = progress.steps[0]
        .targets
        .iter()
        .map(|one| (one.lane.as_str(), one.stage, one.undecided.len()))
        .collect();
    assert_eq!(
        stages,
        [
            ("integration", "request open", 0),
            ("release/1.0", "request open (conflict, draft)", 1),
            ("release/2.0", "request open", 0),
        ]
    );
}

#[test]
fn a_plan_for_the_lanes_that_are_left_says_nothing_of_those_that_are_begun() {
    let team = with_releases(&["release/1.0", "release/2.0"]);
    team.carry(&words(&["integration"]));
    let into = ["integration", "release/1.0", "release/2.0"];
    let plan = team
        .backport(&words(&into))
        .expect("looked at")
        .planned
        .expect("two are left");
    assert_eq!(plan.title, "Backport: 2 targets");
    let said = plan.facts.iter().map(|fact| fact.text.as_str());
    let said = said.chain(plan.will_change.iter().map(String::as_str));
    let said: Vec<&str> = said.chain([plan.way_back.as_str()]).collect();
    let is_about_it = |text: &&str| text.contains("integration") || text.contains("request 1");
    assert!(!said.iter().any(is_about_it), "{said:?}");
    let stays = &plan.will_not_change;
    let names = |text: &String| text.contains("integration");
    assert!(stays.iter().any(names), "{stays:?}");
    let targets = plan.changes.iter().filter_map(|one| one.target.as_ref());
    let targets: Vec<&str> = targets.map(LaneName::as_str).collect();
    assert!(targets.contains(&"release/1.0") && targets.contains(&"release/2.0"));
    assert!(!targets.contains(&"integration"), "{targets:?}");
}

#[test]
fn a_push_that_the_remote_refuses_for_one_target_is_quoted_and_the_others_go_on() {
    let team = with_releases(&["release/1.0", "release/2.0"]);
    // A rule of the host, such as a token that may not change workflow files.
    let hook = "while read old new name; do case $name in */backport/release-1.0-*) echo 'refusing to update workflow without the right' >&2; exit 1;; esac; done";
    script(&team.world.origin().join("hooks/pre-receive"), hook);
    let into = ["integration", "release/1.0", "release/2.0"];
    let results = team.carry(&words(&into));
    let refused: Vec<&str> = results
        .iter()
        .filter(|one| one.outcome == Outcome::Refused)
        .map(|one| one.why.as_str())
        .collect();
    assert!(
        refused[0].contains("workflow without the right"),
        "{refused:?}"
    );
    let refs = team.refs();
    assert!(refs.contains("refs/heads/backport/integration-"));
    assert!(refs.contains("refs/heads/backport/release-2.0-"));
    assert!(!refs.contains("refs/heads/backport/release-1.0-"));
    // The rule is gone: only what failed is done, the rest is not touched.
    std::fs::remove_file(team.world.origin().join("hooks/pre-receive")).expect("it is there");
    let before = team.refs();
    let results = team.carry(&words(&into));
    assert!(
        results.iter().all(|one| one.outcome == Outcome::Done),
        "{results:?}"
    );
    let after = team.refs();
    assert!(after.contains("refs/heads/backport/release-1.0-"));
    for line in before.lines().filter(|line| line.contains("refs/heads/")) {
        assert!(after.contains(line), "{line} moved");
    }
}

#[test]
fn a_target_that_is_not_there_or_was_renamed_is_told_before_anything_is_built() {
    let team = with_releases(&["release/1.0"]);
    let fault = team.backport(&words(&["release/9.9"])).err().expect("told");
    assert!(
        fault.to_string().contains("there is no lane `release/9.9`"),
        "{fault}"
    );
    // A lane of the configuration whose branch is gone: archived or renamed.
    team.world
        .git(&["push", "-q", "origin", "--delete", "integration"]);
    let into = ["integration", "release/1.0"];
    let backport = team.backport(&words(&into)).expect("looked at");
    let plan = backport.planned.expect("the other one");
    let facts: Vec<&str> = plan.facts.iter().map(|fact| fact.text.as_str()).collect();
    assert!(
        facts
            .iter()
            .any(|fact| fact.contains("integration") && fact.contains("not on the remote")),
        "{facts:?}"
    );
    team.execute(&plan);
    assert!(team.refs().contains("refs/heads/backport/release-1.0-"));
}

#[test]
fn a_target_that_is_where_the_fix_came_from_has_it_already() {
    let team = with_releases(&[]);
    let backport = team.backport(&words(&["production"])).expect("looked at");
    assert!(backport.is_settled);
    let progress = backport.board.progress.expect("a record");
    let state = &progress.steps[0].targets[0].state;
    assert!(matches!(state, StepState::Done(_)), "{state:?}");
    assert!(
        !team.refs().contains("refs/lanekeeper"),
        "nothing was written"
    );
}

#[test]
fn the_exit_code_tells_all_done_all_in_conflict_and_some() {
    let project = Project::fixed();
    let run = |policy: &str, into: &[&str], code: i32| {
        let case = project.copy();
        let words = [
            &[
                "backport", "main", "--json", "--yes", "--policy", policy, "--into",
            ],
            into,
        ];
        let answer = case.run("ana", &words.concat()).ends(code);
        assert_eq!(answer.json()["exit"], code);
        let again = case.run("ana", &words.concat()).ends(code);
        assert_eq!(again.json()["exit"], code);
    };
    run("fail", &["preprod"], 0);
    run("fail", &["integration"], 4);
    run("local", &["integration"], 4);
    run("empty-commit", &["integration"], 4);
    run("draft-with-markers", &["integration", "preprod"], 10);
    run("fail", &["integration", "preprod"], 10);
    project
        .run(
            "ana",
            &["backport", "main", "--into", "preprod", "--policy", "ours"],
        )
        .ends(2)
        .says(&["draft-with-markers, empty-commit, fail, local, two-branch"]);
}
