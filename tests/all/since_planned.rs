//! What comes between a plan and its confirmation: colleagues put something on record (safety.md 3.5) that the plan was not
//! made with, so it is not carried out; or too much time passes.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use lanekeeper::engine::Intent;
use lanekeeper::engine::Outcome;
use lanekeeper::engine::Plan;
use lanekeeper::engine::plan;
use lanekeeper::model::HotfixId;
use lanekeeper::model::Timestamp;
use lanekeeper::ops::BootClock;
use lanekeeper::ops::Booted;
use lanekeeper::ops::Silent;
use lanekeeper::ops::Workspace;

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
    planned_by(team, team.workspace(), id, words)
}

fn planned_by(team: &Team, console: &Workspace, id: &HotfixId, words: &str) -> Plan {
    let board = team.wait(console.look(Some(id))).expect("a look");
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

#[test]
fn the_age_of_a_plan_is_measured_by_a_clock_that_nobody_sets_and_that_counts_sleep() {
    let (team, id) = ready();
    let seconds = Arc::new(AtomicU64::new(1_000));
    let told = Arc::clone(&seconds);
    let clock = BootClock::new(move || Booted {
        boot: "this one".to_owned(),
        since: Duration::from_secs(told.load(Ordering::Relaxed)),
    });
    let console = team.workspace().with_boot_clock(clock);
    let carry_out = |plan: &Plan| team.wait(console.execute(plan, Arc::new(Silent)));
    // Since the plan was made, the time of day was set a day on, or a day back.
    for set in [86_400, -86_400] {
        let planned = || {
            let mut plan = planned_by(&team, &console, &id, "note \"a plan\"");
            plan.made_at = Timestamp::from_second(plan.made_at.as_second() - set);
            plan
        };
        let young = planned();
        seconds.fetch_add(59, Ordering::Relaxed);
        let report = carry_out(&young).expect("it is young");
        let mut results = report.results.iter();
        assert!(results.all(|one| one.outcome == Outcome::Done));

        let old = planned();
        seconds.fetch_add(61, Ordering::Relaxed);
        let why = carry_out(&old).expect_err("it is old").to_string();
        assert!(why.contains("has expired"), "{why}");
    }
}
