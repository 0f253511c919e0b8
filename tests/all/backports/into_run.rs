//! What a backport may bring into RUN (flows.md sections 1 and 3): what RUN has, at any time; BUILD's own work never.

use lanekeeper::engine::Intent;
use lanekeeper::engine::Plan;
use lanekeeper::engine::Refusal;
use lanekeeper::engine::plan;
use lanekeeper::model::HotfixId;
use lanekeeper::ops::BackportWords;
use lanekeeper::ops::StartWords;
use lanekeeper::record::Record;

use crate::support::team::Team;
use crate::support::team::assert_done;
use crate::support::team::numbered;

use super::carried::fixed;

const RELEASES: &str = r#"
[[lane]]
name = "releases"
branch = "release/*"
layer = "build"
merges_into = ["preprod"]
"#;

fn words(rev: &str, into: &[&str]) -> BackportWords {
    BackportWords {
        rev: rev.to_owned(),
        into: into.iter().map(|&name| name.to_owned()).collect(),
        ..BackportWords::default()
    }
}

fn planned(team: &Team, rev: &str, into: &[&str]) -> Result<Plan, Refusal> {
    let backport = team.backport(&words(rev, into)).expect("looked at");
    assert!(!backport.is_settled);
    backport.planned
}

/// Tells whether a plan says so before it is carried out.
fn is_told(plan: &Plan, words: &str) -> bool {
    plan.facts.iter().any(|fact| fact.text.contains(words))
}

#[test]
fn what_is_only_in_build_is_not_carried_into_run_and_no_request_of_it_is_merged_there() {
    let team = Team::with(RELEASES);
    let world = &team.world;
    world.git(&["push", "-q", "origin", "main:refs/heads/release/1.0"]);
    let only = "\"Work on the next version\" by Ana is only in BUILD and would lead to RUN";
    let before = team.refs();
    for into in ["production", "preprod"] {
        let refusal = planned(&team, "integration", &[into]).expect_err("it is BUILD's");
        assert!(refusal.reasons[0].contains(only), "{refusal:?}");
        let hint = refusal.hint.expect("a hint");
        assert!(hint.contains("--commits A..B"), "{hint}");
    }
    assert_eq!(team.refs(), before);
    // From lane to lane of BUILD it may go.
    let into = ["release/1.0", "production"];
    let plan = planned(&team, "integration", &into).expect("one of them");
    assert!(is_told(&plan, "is in no lane of RUN"), "{:?}", plan.facts);
    assert!(is_told(&plan, only), "{:?}", plan.facts);
    assert_done(&team.execute(&plan));
    let refs = team.refs();
    assert!(refs.contains("refs/heads/backport/release-1.0-"), "{refs}");
    assert!(!refs.contains("refs/heads/backport/production-"), "{refs}");
    // Neither does a request of somebody else bring it there.
    let id = format!("backport-{}", &world.id("integration").as_str()[..12]);
    world.switch("by-hand", Some("main"));
    let message = format!("Work on the next version\n\nHotfix-Id: {id}\n");
    world.change("next.txt", "next version\n", &message);
    world.git(&["push", "-q", "origin", "by-hand"]);
    team.open_request("by-hand", "main", &[]);
    let id: HotfixId = id.parse().expect("an id");
    let why = team
        .tried(&id, "do backport --target production")
        .expect_err("it is BUILD's");
    assert!(why.contains(only), "{why}");
}

#[test]
fn a_merge_that_would_bring_work_of_build_into_run_is_refused_by_what_it_brings() {
    let team = Team::new();
    let world = &team.world;
    world.switch("topic", Some("main"));
    world.change("topic.txt", "topic\n", "Topic");
    world.git(&["merge", "-q", "--no-ff", "--no-edit", "integration"]);
    world.git(&["push", "-q", "origin", "topic"]);
    let refusal = planned(&team, "topic", &["production"]).expect_err("it brings BUILD");
    assert!(
        refusal.reasons[0].contains("\"Work on the next version\""),
        "{refusal:?}"
    );
}

#[test]
fn what_production_has_comes_into_another_lane_of_run_even_where_that_is_frozen() {
    let team = fixed(false);
    let world = &team.world;
    let plan = planned(&team, "main", &["preprod"]).expect("production has it");
    assert!(!is_told(&plan, "no lane of RUN"), "{:?}", plan.facts);
    assert!(!is_told(&plan, "frozen"), "{:?}", plan.facts);
    team.merge("integration", "preprod", &["--no-ff"]);
    let plan = planned(&team, "main", &["preprod"]).expect("the next version needs it");
    let frozen = "RUN is frozen: integration is being validated in preprod";
    assert!(is_told(&plan, frozen), "{:?}", plan.facts);
    // What no lane has yet would stay there until the next version goes live.
    world.switch("topic", Some("main"));
    world.change("topic.txt", "topic\n", "Topic");
    world.git(&["push", "-q", "origin", "topic"]);
    let refusal = planned(&team, "topic", &["preprod"]).expect_err("frozen");
    assert_eq!(refusal.reasons, [frozen]);
    for into in ["integration", "production"] {
        let plan = planned(&team, "topic", &[into]).expect("it may go there");
        assert!(is_told(&plan, "is in no lane of RUN"), "{:?}", plan.facts);
    }
}

#[test]
fn what_run_has_by_another_name_is_not_builds_own() {
    let team = Team::new();
    let world = &team.world;
    world.switch("main", None);
    world.change("shop.txt", numbered(&[(3, "fixed")]), "RUN goes on");
    world.git(&["cherry-pick", "integration"]);
    world.push();
    let plan = planned(&team, "integration", &["preprod"]).expect("production has it");
    assert!(!is_told(&plan, "no lane of RUN"), "{:?}", plan.facts);
}

#[test]
fn a_hotfix_that_begins_with_work_of_build_says_so_before_it_begins() {
    let team = Team::new();
    let world = &team.world;
    world.switch("topic", Some("main"));
    world.change("topic.txt", "topic\n", "Topic");
    world.git(&["push", "-q", "origin", "topic"]);
    for (commits, is_of_build) in [("integration", true), ("topic", false)] {
        let words = StartWords {
            slug: "refund".to_owned(),
            title: "Repair refund".to_owned(),
            playbook: Some("build-run".to_owned()),
            commits: Some(commits.to_owned()),
            answer_rest: Some("broken".to_owned()),
            ..StartWords::default()
        };
        let started = team.wait(team.workspace().start(&words));
        let (board, intent) = started.expect("it can be started");
        let Intent::Start(order) = &intent else {
            panic!("start is a start");
        };
        let record = Record::empty(order.id.clone());
        let plan = plan(&intent, &board.book, &record, &board.seen).expect("it can be planned");
        let told = is_told(
            &plan,
            "\"Work on the next version\" is only in BUILD so far",
        );
        assert_eq!(told, is_of_build, "{commits}: {:?}", plan.facts);
    }
}
