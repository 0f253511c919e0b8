//! A fix in parts: more of it comes after the first part was carried, or what was carried is not there any more.

use lanekeeper::engine::Board;
use lanekeeper::engine::Intent;
use lanekeeper::engine::StepProgress;
use lanekeeper::engine::TargetProgress;
use lanekeeper::engine::plan;
use lanekeeper::model::HotfixId;
use lanekeeper::model::Timestamp;

use crate::support::team::Team;
use crate::support::team::assert_done;

use super::carried::branch;
use super::carried::fixed;
use super::carried::target;
use super::carried::words;

pub(super) fn into_production(team: &Team, id: &HotfixId) {
    for step in ["run", "run", "promote", "promote"] {
        team.act(id, &format!("do {step}"));
    }
}

fn step<'a>(board: &'a Board, id: &str) -> &'a StepProgress {
    let progress = board.progress.as_ref().expect("a hotfix is selected");
    let mut steps = progress.steps.iter();
    steps.find(|step| step.id.as_str() == id).expect("a step")
}

pub(super) fn retrofit(board: &Board) -> &TargetProgress {
    &step(board, "retrofit").targets[0]
}

pub(super) fn why(target: &TargetProgress) -> String {
    target.state.why(Timestamp::from_second(0)).join("; ")
}

/// Returns the commands that are offered, in their order.
fn offered(board: &Board) -> Vec<String> {
    let progress = board.progress.as_ref().expect("a hotfix is selected");
    progress.next.iter().map(|one| one.command(None)).collect()
}

fn place(offered: &[String], begin: &str) -> Option<usize> {
    offered.iter().position(|one| one.starts_with(begin))
}

fn owed_since(board: &Board, id: &HotfixId) -> Option<Timestamp> {
    let mut debts = board.debt.iter();
    debts.find(|debt| &debt.hotfix == id).map(|debt| debt.since)
}

/// Returns what a plan says besides its calls.
fn facts(board: &Board, words: &str) -> Vec<String> {
    let intent: Intent = words.parse().expect("words of an intent");
    let record = board.record.as_ref().expect("a record");
    let plan = plan(&intent, &board.book, record, &board.seen).expect("it can be planned");
    plan.facts.into_iter().map(|fact| fact.text).collect()
}

/// A team that retrofits in a certain way, and a hotfix with its first part in production.
pub(super) fn first_part(strategy: &str) -> (Team, HotfixId) {
    let team = Team::with(&format!(
        "\n[playbook.build-run.step.retrofit]\nstrategy = \"{strategy}\"\n"
    ));
    let id = team.start("refund");
    team.fix(&[(3, "fixed")], "Fix the refund");
    into_production(&team, &id);
    (team, id)
}

fn second_part(team: &Team) {
    team.fix(&[(3, "fixed"), (20, "fixed too")], "Fix the other half");
}

#[test]
fn a_second_part_is_carried_after_the_first_one_by_a_branch_and_a_request_of_its_own() {
    for strategy in ["merge-fix", "pick"] {
        let (team, id) = first_part(strategy);
        team.act(&id, "do retrofit");
        team.act(&id, "do retrofit");
        let board = team.look(&id);
        let first = retrofit(&board).clone();
        assert_eq!(first.stage, "verified", "{strategy}");
        let first_branch = first.branch.expect("it was opened from one").to_string();
        let first_tip = team.world.remote_id(&first_branch);
        second_part(&team);
        // Before it is in RUN there is nothing to carry, and half a fix is nothing to accept.
        let board = team.look(&id);
        assert!(team.tried(&id, "do retrofit").is_err());
        assert_eq!(place(&offered(&board), "acknowledge"), None, "{strategy}");
        into_production(&team, &id);
        let board = team.look(&id);
        let open = retrofit(&board);
        assert_eq!(open.stage, "open again", "{strategy}");
        let told = "merged, but the fix is CHANGED in integration: 1 commit came later";
        assert_eq!(why(open), told, "{strategy}");
        let offered = offered(&board);
        let carry = place(&offered, "do retrofit").expect("it is carried once more");
        let accept = place(&offered, "acknowledge integration").expect("or accepted");
        assert!(carry < accept, "{offered:?}");
        // Built and opened, then merged, as the first one.
        team.act(&id, "do retrofit");
        let board = team.look(&id);
        let second = retrofit(&board);
        assert_ne!(second.request, first.request, "{strategy}");
        let second_branch = second.branch.as_ref().expect("opened").to_string();
        assert_ne!(second_branch, first_branch, "{strategy}");
        if strategy == "pick" {
            assert_eq!(team.world.remote_id(&first_branch), first_tip);
        }
        team.act(&id, "do retrofit");
        let board = team.look(&id);
        assert_eq!(retrofit(&board).stage, "verified", "{strategy}");
        team.world.git(&["fetch", "-q", "origin"]);
        let there = team.world.git(&["show", "origin/integration:shop.txt"]);
        assert!(there.contains("fixed too"), "{there}");
        // Again, nothing is left to do, and nothing is written.
        let before = team.refs();
        let refused = team.tried(&id, "do retrofit").expect_err("it is done");
        assert!(refused.contains("nothing to do"), "{refused}");
        assert_eq!(team.refs(), before, "{strategy}");
    }
}

#[test]
fn a_request_that_was_opened_for_the_first_part_says_that_it_carries_no_more() {
    let (team, id) = first_part("pick");
    team.act(&id, "do retrofit");
    second_part(&team);
    into_production(&team, &id);
    let board = team.look(&id);
    let facts = facts(&board, "do retrofit");
    let told = "carries 1 of 2 commits of the fix: what came later is carried after it";
    assert!(facts.iter().any(|fact| fact.ends_with(told)), "{facts:?}");
    team.act(&id, "do retrofit");
    assert_eq!(retrofit(&team.look(&id)).stage, "open again");
    team.act(&id, "do retrofit");
    team.act(&id, "do retrofit");
    assert_eq!(retrofit(&team.look(&id)).stage, "verified");
}

#[test]
fn what_was_accepted_of_the_first_part_is_not_the_second_whoever_merged_it() {
    let (team, id) = first_part("merge-fix");
    team.act(&id, "do retrofit");
    team.act(&id, "do retrofit");
    let world = &team.world;
    world.git(&["fetch", "-q", "origin"]);
    world.switch("integration", Some("origin/integration"));
    team.fix(&[(3, "fixed otherwise")], "Rework the refund");
    team.act(&id, "acknowledge integration --note \"the rework has it\"");
    let board = team.look(&id);
    assert!(
        retrofit(&board).state.is_over(),
        "{}",
        why(retrofit(&board))
    );
    assert_eq!(owed_since(&board, &id), None);
    // The other half changes the same file, and goes all the way without a console: no event tells of it.
    world.switch("hotfix/refund", Some("origin/hotfix/refund"));
    second_part(&team);
    team.merge("hotfix/refund", "preprod", &["--no-ff"]);
    team.merge("preprod", "main", &["--no-ff"]);
    let board = team.look(&id);
    assert!(!retrofit(&board).state.is_over());
    assert!(owed_since(&board, &id).is_some());
}

#[test]
fn what_was_taken_out_of_a_lane_is_carried_again_only_by_who_asks_for_it() {
    let team = fixed(false);
    assert_done(&team.carry(&words()));
    let name = branch(&team);
    let tip = team.world.remote_id(&name);
    team.merge(&name, "integration", &["--no-ff"]);
    team.world.git(&["revert", "--no-edit", "-m", "1", "HEAD"]);
    team.world.git(&["push", "-q", "origin", "integration"]);
    let before = team.refs();
    let backport = team.backport(&words()).expect("it can be planned");
    assert_eq!(target(&backport).stage, "open again");
    assert_eq!(
        why(&target(&backport)),
        "merged, but the fix is ABSENT in integration"
    );
    assert_eq!(team.refs(), before, "planning wrote something");
    let record = backport.board.record.as_ref().expect("a record");
    let id = record.hotfix.clone();
    team.act(&id, "do backport --target integration");
    // The name that was merged before stays as it was.
    assert_eq!(team.world.remote_id(&name), tip);
    let refs = team.refs();
    assert!(refs.contains(&format!("refs/heads/{name}-2\n")), "{refs}");
}

#[test]
fn a_fix_that_a_later_hotfix_replaced_in_run_is_accepted_there_and_still_owed_to_build() {
    let team = Team::new();
    let one = team.start("refund");
    team.fix(&[(3, "fixed")], "Fix the refund");
    team.act(&one, "do run");
    team.act(&one, "do run");
    // Every lane of RUN counts, not only production.
    let since = owed_since(&team.look(&one), &one).expect("it is owed");
    team.act(&one, "do promote");
    team.act(&one, "do promote");
    let two = team.start("better");
    team.fix(&[(3, "fixed better")], "Fix it better");
    into_production(&team, &two);
    let board = team.look(&one);
    assert_eq!(owed_since(&board, &one), Some(since));
    assert!(owed_since(&board, &two).is_some());
    let offered = offered(&board);
    assert!(
        place(&offered, "acknowledge preprod").is_some(),
        "{offered:?}"
    );
    assert_eq!(place(&offered, "acknowledge production"), None);
    team.act(
        &one,
        "acknowledge preprod --note \"the other one replaced it\"",
    );
    let board = team.look(&one);
    for (id, lane) in [("run", "preprod"), ("promote", "production")] {
        let evidence = step(&board, id).state.evidence().join("; ");
        let told = format!("CHANGED in {lane}, acknowledged by ");
        assert!(evidence.contains(&told), "{evidence}");
    }
    assert_eq!(owed_since(&board, &one), Some(since));
}
