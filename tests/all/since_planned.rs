//! What colleagues put on record between a plan and its confirmation (safety.md 3.5): the plan was not made with it, so it
//! is not carried out either.

use lanekeeper::engine::Intent;
use lanekeeper::engine::Outcome;
use lanekeeper::engine::Plan;
use lanekeeper::engine::plan;
use lanekeeper::model::HotfixId;

use crate::support::team::Team;

/// A hotfix whose next stage brings it into preprod.
fn ready() -> (Team, HotfixId) {
    let team = Team::new();
    let id = team.start("refund");
    team.fix(&[(3, "fixed")], "Fix the refund");
    team.act(&id, "do run");
    (team, id)
}

fn planned(team: &Team, id: &HotfixId, words: &str) -> Plan {
    let board = team.look(id);
    let intent: Intent = words.parse().expect("words of an intent");
    let record = board.record.clone().expect("a record");
    plan(&intent, &board.book, &record, &board.seen).expect("it can be planned")
}

/// Carries a plan out after a colleague did something, and returns why its first call that acts was refused.
fn refused_after(words: &str) -> String {
    let (team, id) = ready();
    let plan = planned(&team, &id, "do run");
    team.act(&id, words);
    let lane = team.world.remote_id("preprod");
    let results = team.execute(&plan);
    assert_eq!(team.world.remote_id("preprod"), lane, "it was merged");
    let acting = results
        .iter()
        .find(|result| result.outcome != Outcome::Done)
        .expect("something was refused");
    assert_eq!(acting.outcome, Outcome::Refused, "{results:?}");
    acting.why.clone()
}

#[test]
fn a_plan_is_not_carried_out_after_the_hotfix_was_closed() {
    let why = refused_after("close --note \"called off\"");
    assert!(
        why.contains("closed the hotfix since this was planned; plan again"),
        "{why}"
    );
}

#[test]
fn a_plan_is_not_carried_out_after_its_step_was_skipped() {
    let why = refused_after("skip run --reason \"not there\"");
    assert!(why.contains("skipped the step run since"), "{why}");
}

#[test]
fn what_does_not_touch_a_plan_does_not_stop_it() {
    let (team, id) = ready();
    let plan = planned(&team, &id, "do run");
    team.act(&id, "note \"support is told\"");
    team.act(&id, "skip verify --reason \"nobody is there\"");
    for result in team.execute(&plan) {
        assert!(
            matches!(result.outcome, Outcome::Done | Outcome::Already),
            "{}: {}",
            result.call,
            result.why
        );
    }
}
