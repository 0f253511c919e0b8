//! A hotfix and `backport` without one carry the same: whoever comes second finds what is open (flows.md 5.1, 5.9).

use lanekeeper::engine::Call;
use lanekeeper::engine::Intent;
use lanekeeper::engine::StepState;
use lanekeeper::engine::alone_id;
use lanekeeper::engine::plan;
use lanekeeper::model::HotfixId;
use lanekeeper::model::RequestId;
use lanekeeper::model::Verdict;
use lanekeeper::ops::BackportWords;

use crate::cli::project::Project;
use crate::cli::project::START;
use crate::support::team::Team;
use crate::support::team::assert_done;
use crate::support::team::numbered;

use super::carried::fixed;

const PICK: &str = "\n[playbook.build-run.step.retrofit]\nstrategy = \"pick\"\n";

/// A hotfix that is in production and not yet in integration.
fn in_production(more: &str) -> (Team, HotfixId) {
    let team = Team::with(more);
    let id = team.start("refund");
    team.fix(&[(3, "fixed")], "Fix the refund");
    for step in ["run", "run", "promote", "promote"] {
        team.act(&id, &format!("do {step}"));
    }
    (team, id)
}

fn words(rev: &str) -> BackportWords {
    BackportWords {
        rev: rev.to_owned(),
        into: vec!["integration".to_owned()],
        ..BackportWords::default()
    }
}

/// Returns the request that a hotfix's retrofit is about.
fn retrofit(team: &Team, id: &HotfixId) -> (Option<RequestId>, StepState) {
    let progress = team.look(id).progress.expect("a hotfix is selected");
    let mut steps = progress.steps.into_iter();
    let step = steps.find(|step| step.id.as_str() == "retrofit");
    let target = step.expect("a step").targets.remove(0);
    (target.request, target.state)
}

#[test]
fn what_a_hotfix_has_opened_for_a_lane_is_not_opened_there_a_second_time() {
    for more in ["", PICK] {
        let (team, id) = in_production(more);
        team.act(&id, "do retrofit");
        let (request, _) = retrofit(&team, &id);
        let before = team.refs();
        // By whichever name: the merge into the lane, the promotion, the commit itself.
        for rev in ["preprod", "main", "hotfix/refund"] {
            let backport = team.backport(&words(rev)).expect("looked at");
            assert!(backport.is_settled, "{more} {rev}");
            let others: Vec<_> = backport.elsewhere.values().collect();
            assert_eq!(others.len(), 1, "{more} {rev}");
            assert_eq!(
                (Some(others[0].request), &others[0].hotfix),
                (request, &id),
                "{more} {rev}"
            );
            assert!(!others[0].has_conflict);
        }
        assert_eq!(team.refs(), before);
        // Other commits are another matter.
        team.world.git(&["fetch", "-q", "origin"]);
        team.world.switch("main", Some("origin/main"));
        team.world
            .change("shop.txt", numbered(&[(3, "fixed"), (20, "more")]), "More");
        team.world.git(&["push", "-q", "origin", "main"]);
        let backport = team.backport(&words("main")).expect("looked at");
        assert!(!backport.is_settled && backport.elsewhere.is_empty());
    }
}

#[test]
fn a_conflict_that_a_hotfix_has_opened_is_told_as_one() {
    let (team, id) = in_production(PICK);
    let world = &team.world;
    world.switch("integration", Some("origin/integration"));
    world.change("shop.txt", numbered(&[(3, "next version")]), "Next version");
    world.git(&["push", "-q", "origin", "integration"]);
    team.act(&id, "do retrofit");
    let backport = team.backport(&words("preprod")).expect("looked at");
    assert!(backport.is_settled);
    let others: Vec<_> = backport.elsewhere.values().collect();
    assert!(others[0].has_conflict, "{others:?}");
}

#[test]
fn what_was_opened_without_a_hotfix_is_used_by_the_hotfix_for_the_same_commit() {
    let (team, id) = in_production(PICK);
    assert_done(&team.carry(&words("preprod")));
    let (request, state) = retrofit(&team, &id);
    assert!(request.is_some(), "{state:?}");
    let board = team.look(&id);
    let intent: Intent = "do retrofit".parse().expect("words of an intent");
    let record = board.record.clone().expect("a record");
    let planned = plan(&intent, &board.book, &record, &board.seen).expect("it can be merged");
    let merged = planned
        .changes
        .iter()
        .find_map(|change| match &change.call {
            Call::Merge { request, .. } => Some(*request),
            _ => None,
        });
    assert_eq!(merged, request, "{}", planned.title);
    team.act(&id, "do retrofit");
    let (_, state) = retrofit(&team, &id);
    assert!(matches!(state, StepState::Done(_)), "{state:?}");
    let backport = team.backport(&words("preprod")).expect("looked at");
    assert!(backport.is_settled);
}

#[test]
fn a_backport_beside_an_open_hotfix_is_named_and_the_hotfix_needs_no_name() {
    let project = Project::fixed();
    project.run("ana", &START).ends(0);
    let carry = ["backport", "main", "--into", "preprod", "--yes"];
    let alone = project.git("ana", &["rev-parse", "main"]);
    let alone = format!("backport-{}", &alone[..12]);
    let words = format!("lanekeeper do backport --target preprod --hotfix {alone}");
    project.run("ana", &carry).ends(0).says(&[&words]);
    project.run("ana", &["next"]).ends(0).says(&["hotfix/pay"]);
    let answer = project.run("ana", &["next", &alone, "--json"]).ends(0);
    let command = answer.json()["next"][0]["command"].clone();
    assert_eq!(
        format!("lanekeeper {}", command.as_str().expect("words")),
        words
    );
    // Where no hotfix is open it needs no name either.
    project
        .run(
            "ana",
            &["close", "--hotfix", "pay", "--note", "given up", "--yes"],
        )
        .ends(0);
    let answer = project.run("ana", &["next", "--json"]).ends(0).json();
    assert_eq!(answer["hotfix"], alone);
    assert_eq!(answer["next"][0]["command"], "do backport --target preprod");
}

#[test]
fn what_a_backport_without_a_hotfix_owes_reads_the_same_while_a_hotfix_is_open() {
    let team = Team::new();
    let world = &team.world;
    world.switch("main", None);
    world.git(&["switch", "-q", "-c", "x"]);
    team.fix(&[(3, "fixed")], "Fix it");
    team.merge("x", "main", &["--no-ff"]);
    assert_done(&team.carry(&words("main")));
    let carried: HotfixId = alone_id(&world.id("main"), None).parse().expect("an id");
    let missing = |selected: &HotfixId| {
        let board = team.look(selected);
        let mut debts = board.debt.into_iter();
        let debt = debts.find(|debt| debt.hotfix == carried);
        debt.expect("it is owed").missing
    };
    let before = missing(&carried);
    assert_eq!(before.len(), 1, "{before:?}");
    assert_eq!(before[0].1, Verdict::Pending);
    let hotfix = team.start("refund");
    assert_eq!(missing(&hotfix), before);
}

#[test]
fn a_hotfix_that_is_carried_without_it_as_well_is_owed_once() {
    let (team, id) = in_production(PICK);
    assert_done(&team.carry(&words("preprod")));
    let carried: HotfixId = {
        team.world.git(&["fetch", "-q", "origin"]);
        let newest = team.world.id("origin/preprod");
        alone_id(&newest, None).parse().expect("an id")
    };
    for selected in [&id, &carried] {
        let debts = team.look(selected).debt;
        let owed: Vec<_> = debts.iter().map(|debt| &debt.hotfix).collect();
        assert_eq!(owed, [&id]);
        assert_eq!(debts[0].missing[0].1, Verdict::Pending);
    }
}

/// A fix of two commits in `main`, and how its first commit, its second one and both are named.
fn two_parts() -> (Team, [BackportWords; 3]) {
    let team = fixed(false);
    let world = &team.world;
    let both = numbered(&[(3, "fixed"), (20, "fixed too")]);
    world.change("shop.txt", both, "Fix the other half");
    world.push();
    let [base, first] = ["main~2", "main~1"].map(|rev| world.id(rev));
    let names = [
        first.to_string(),
        format!("{first}..main"),
        format!("{base}..main"),
    ];
    let named = names.map(|rev| words(&rev));
    (team, named)
}

/// Returns why a backport is refused because a part of it is on its way, and what it says to do.
fn refused(team: &Team, words: &BackportWords) -> (String, Option<String>) {
    let before = team.refs();
    let backport = team.backport(words).expect("looked at");
    assert!(!backport.is_settled);
    assert!(backport.in_part.len() == 1 && backport.elsewhere.is_empty());
    let refusal = backport.planned.expect_err("a part is open");
    assert_eq!(team.refs(), before);
    (refusal.reasons.join("; "), refusal.hint)
}

#[test]
fn a_range_does_not_carry_again_the_part_that_an_open_request_brings() {
    let (team, [first, second, both]) = two_parts();
    assert_done(&team.carry(&first));
    let (why, hint) = refused(&team, &both);
    assert!(
        why.starts_with("integration: change request 1 of backport-"),
        "{why}"
    );
    let told = "brings 1 of these 2 commits already: once that is merged or closed, the same again carries the others";
    assert!(why.ends_with(told), "{why}");
    let ids = ["main~1", "main"].map(|rev| team.world.id(rev));
    let rest = format!(
        "the others alone: lanekeeper backport {}..{} --into integration",
        ids[0].short(),
        ids[1].short()
    );
    assert_eq!(hint, Some(rest));
    // As it is told: the others alone, and then nothing is left.
    assert_done(&team.carry(&second));
    let (why, hint) = refused(&team, &both);
    assert!(
        why.ends_with("bring these 2 commits already, each a part of them"),
        "{why}"
    );
    assert_eq!(hint, None);
    let name = format!("backport/integration-{}", ids[0].short());
    team.merge(&name, "integration", &["--no-ff"]);
    let backport = team.backport(&both).expect("looked at");
    assert!(backport.is_settled && backport.in_part.is_empty());
    assert_eq!(backport.elsewhere.len(), 1);
}

#[test]
fn once_the_first_part_is_merged_the_range_carries_the_rest() {
    let (team, [first, _, both]) = two_parts();
    assert_done(&team.carry(&first));
    let name = format!("backport/integration-{}", team.world.id("main~1").short());
    team.merge(&name, "integration", &["--no-ff"]);
    let backport = team.backport(&both).expect("looked at");
    assert!(backport.in_part.is_empty() && backport.elsewhere.is_empty());
    assert_done(&team.execute(&backport.planned.expect("the rest")));
    team.world.git(&["fetch", "-q", "origin"]);
    let name = format!("backport/integration-{}", team.world.id("main").short());
    let range = format!("origin/integration..origin/{name}");
    let log = team.world.git(&["log", "--format=%s", &range]);
    assert_eq!(log.trim(), "Fix the other half");
}

#[test]
fn a_lane_of_which_a_part_is_on_its_way_is_left_out_and_told() {
    let (team, [first, _, both]) = two_parts();
    let world = &team.world;
    assert_done(&team.carry(&first));
    let more = BackportWords {
        into: vec!["integration".to_owned(), "preprod".to_owned()],
        ..both
    };
    let plan = team.backport(&more).expect("looked at").planned;
    let plan = plan.expect("the other lane");
    let mut facts = plan.facts.iter();
    let told = "brings 1 of these 2 commits already";
    assert!(
        facts.any(|fact| fact.text.contains(told)),
        "{:?}",
        plan.facts
    );
    assert_done(&team.execute(&plan));
    let id = world.id("main");
    let refs = team.refs();
    let branch = |lane: &str| format!("refs/heads/backport/{lane}-{}", id.short());
    assert!(refs.contains(&branch("preprod")), "{refs}");
    assert!(!refs.contains(&branch("integration")), "{refs}");
}
