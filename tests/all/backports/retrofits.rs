//! A whole RUN lane carried into BUILD (flows.md 5.11): merge commits only, each target on its own.

use lanekeeper::engine::Call;
use lanekeeper::engine::Intent;
use lanekeeper::engine::StepState;
use lanekeeper::engine::plan;
use lanekeeper::model::HotfixId;
use lanekeeper::ops::Ground;
use lanekeeper::ops::PreflightOutcome;
use lanekeeper::ops::PreflightWish;

use crate::support::team::Team;
use crate::support::team::around;

const PATTERN_B: &str = r#"
[[lane]]
name = "releases"
branch = "release/*"
layer = "build"
merges_into = ["preprod"]

[playbook.build-run.step.retrofit]
strategy = "merge-lane"
source = "@run-entry"
targets = ["integration", "@releases"]
"#;

/// A hotfix that is in production, with other work in RUN beside it.
fn in_production() -> (Team, HotfixId) {
    let team = Team::with(PATTERN_B);
    team.world
        .git(&["push", "-q", "origin", "main:refs/heads/release/1.0"]);
    let id = team.start("refund");
    team.fix(&[(3, "fixed")], "Fix the refund");
    team.act(&id, "do run");
    team.act(&id, "do run");
    team.act(&id, "do promote");
    team.act(&id, "do promote");
    team.world.switch("preprod", Some("origin/preprod"));
    team.world.git(&["pull", "-q", "origin", "preprod"]);
    team.world
        .change("other.txt", "other\n", "Another change in RUN");
    team.world.git(&["push", "-q", "origin", "preprod"]);
    team.act(&id, "do verify --note \"looked at it\"");
    (team, id)
}

#[test]
fn a_lane_is_retrofitted_into_several_lanes_by_branches_and_merge_commits_of_their_own() {
    let (team, id) = in_production();
    // The plan says what else comes along.
    let board = team.look(&id);
    let intent: Intent = "do retrofit".parse().expect("words of an intent");
    let record = board.record.clone().expect("a record");
    let planned = plan(&intent, &board.book, &record, &board.seen).expect("it can be planned");
    let facts: Vec<&str> = planned
        .facts
        .iter()
        .map(|fact| fact.text.as_str())
        .collect();
    let along = "preprod comes whole: 1 other change into integration besides the fix";
    assert!(facts.contains(&along), "{facts:?}");
    assert!(
        facts
            .iter()
            .any(|fact| fact.contains("Another change in RUN")),
        "{facts:?}"
    );
    team.act(&id, "do retrofit");
    let refs = team.refs();
    for target in ["integration", "release-1.0"] {
        let branch = format!("refs/heads/retrofit/from-preprod-to-{target}");
        assert!(refs.contains(&branch), "{refs}");
    }
    team.act(&id, "do retrofit");
    team.world.git(&["fetch", "-q", "origin"]);
    for lane in ["integration", "release/1.0"] {
        let tip = format!("origin/{lane}");
        let parents = team.world.git(&["rev-list", "--parents", "-1", &tip]);
        assert_eq!(parents.split(' ').count(), 3, "{lane}: {parents}");
        team.world
            .git(&["merge-base", "--is-ancestor", "origin/preprod", &tip]);
    }
    let board = team.look(&id);
    let progress = board.progress.expect("a hotfix is selected");
    let mut steps = progress.steps.iter();
    let step = steps
        .find(|step| step.id.as_str() == "retrofit")
        .expect("a step");
    assert!(matches!(step.state, StepState::Done(_)), "{:?}", step.state);
}

/// Its commits are there, so that git calls another merge up to date; of the fix nothing is left.
#[test]
fn a_lane_that_reverted_what_a_retrofit_brought_is_not_said_to_have_it() {
    let (team, id) = in_production();
    let world = &team.world;
    team.act(&id, "do retrofit");
    team.act(&id, "do retrofit");
    let forecast = |lane: &str| {
        let (options, environment) = around(world.path(), &world.clone(), "state-preflight");
        let (hotfix, lanes) = ([id.to_string()], [lane.to_owned()]);
        let found = team.wait(async {
            let ground = Ground::open(&options, &environment).await?;
            let ground = ground.refresh().await?;
            let wish = PreflightWish::default();
            ground.preflight(&hotfix, &lanes, wish).await
        });
        let mut found = found.expect("it is answered").into_iter();
        found.next().expect("one lane was named").outcome
    };
    assert_eq!(forecast("release/1.0").word(), "already");
    world.git(&["fetch", "-q", "origin"]);
    world.switch("mine", Some("origin/release/1.0"));
    world.git(&["revert", "--no-edit", "-m", "1", "HEAD"]);
    world.git(&["push", "-q", "origin", "HEAD:release/1.0"]);
    let PreflightOutcome::Blocked { why } = forecast("release/1.0") else {
        panic!("{:?}", forecast("release/1.0"));
    };
    assert!(why.contains("it was reverted there"), "{why}");
    assert_eq!(forecast("integration").word(), "already");
}

#[test]
fn a_retrofit_is_merged_into_the_lane_only_as_it_was_looked_at() {
    let (team, id) = in_production();
    team.act(&id, "do retrofit --target integration");
    let board = team.look(&id);
    let intent: Intent = "do retrofit --target integration"
        .parse()
        .expect("words of an intent");
    let record = board.record.clone().expect("a record");
    let merge = plan(&intent, &board.book, &record, &board.seen).expect("it can be merged");
    // Somebody is faster: what was looked at is not there any more.
    team.world.switch("integration", Some("origin/integration"));
    team.world.change("next.txt", "faster\n", "Faster");
    team.world.git(&["push", "-q", "origin", "integration"]);
    let results = team.execute(&merge);
    assert!(
        results.iter().any(|one| one.why.contains("plan again")),
        "{results:?}"
    );
    // Planned again on what is there, it is merged: two parents, the first the target that was seen.
    let seen = team.world.id("integration");
    team.act(&id, "do retrofit --target integration");
    team.world.git(&["fetch", "-q", "origin"]);
    assert_eq!(team.world.id("origin/integration^1"), seen);
}

#[test]
fn of_a_hotfix_the_team_chooses_whether_its_merge_is_picked_whole_or_commit_by_commit() {
    for (unit, count) in [("whole", 1), ("per-commit", 2)] {
        let team = Team::with(&format!(
            "\n[playbook.build-run.step.retrofit]\nstrategy = \"pick\"\npicks = \"{unit}\"\n"
        ));
        let id = team.start("refund");
        team.fix(&[(3, "fixed")], "Fix the refund [skip ci]");
        team.fix(&[(3, "fixed"), (20, "fixed too")], "Fix the other half");
        for step in ["run", "run", "promote", "promote"] {
            team.act(&id, &format!("do {step}"));
        }
        let board = team.look(&id);
        let intent: Intent = "do retrofit".parse().expect("words of an intent");
        let record = board.record.clone().expect("a record");
        let planned = plan(&intent, &board.book, &record, &board.seen).expect("it can be planned");
        let picked = planned
            .changes
            .iter()
            .find_map(|change| match &change.call {
                Call::BuildTarget { commits, .. } => Some(commits.len()),
                _ => None,
            });
        assert_eq!(picked, Some(count), "{unit}");
        // What is left out of a subject is told.
        let is_told = planned
            .facts
            .iter()
            .any(|fact| fact.text.contains("`[skip ci]` is taken out"));
        assert_eq!(is_told, count == 2, "{unit}: {:?}", planned.facts);
        team.act(&id, "do retrofit");
        team.act(&id, "do retrofit");
        let board = team.look(&id);
        let progress = board.progress.expect("a hotfix is selected");
        let mut steps = progress.steps.iter();
        let step = steps
            .find(|step| step.id.as_str() == "retrofit")
            .expect("a step");
        assert!(matches!(step.state, StepState::Done(_)), "{:?}", step.state);
    }
}
