//! Two who do the same at the same time, one of whom is slower, or dies.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::Mutex;

use lanekeeper::engine::Call;
use lanekeeper::engine::HotfixSummary;
use lanekeeper::engine::Plan;
use lanekeeper::engine::Report;
use lanekeeper::model::HotfixId;
use lanekeeper::ops::Fault;
use lanekeeper::ops::Points;
use lanekeeper::ops::Silent;
use lanekeeper::ops::Workspace;
use lanekeeper::record::Event;

use super::place::Place;
use crate::support::team::assert_done;

/// Two start one branch at once, and the slower one dies with its push on the way; so does the other behind its own. Whatever
/// is decided about what they left, and by whom first: one hotfix stays open.
pub(super) fn died_at_once(place: &Place) {
    if !place.is_shared() {
        return;
    }
    for (slug, do_both_die, is_ours_first) in [
        ("one-died", false, true),
        ("two-died", true, true),
        ("two-died-too", true, false),
    ] {
        let mut left = left_by(place, slug, do_both_die);
        if !is_ours_first {
            left.reverse();
        }
        for (who, hotfix) in &left {
            skip_all(place, who, hotfix);
        }
        let branch = format!("hotfix/{slug}");
        let (who, hotfix) = &left[0];
        let board = place.look(who, hotfix);
        let is_it = |row: &&HotfixSummary| row.is_open && row.branch.as_str() == branch;
        assert_eq!(board.hotfixes.iter().filter(is_it).count(), 1, "{slug}");
        let tips = board.seen.tips.value().expect("seen");
        let is_there = tips.keys().any(|name| name.as_str() == branch);
        assert!(is_there, "nobody took the other's branch away: {slug}");
    }
}

/// Of two starts that died, the one that is to give way was planned to, and meanwhile the other one is closed: it stays.
pub(super) fn ended_meanwhile(place: &Place) {
    if !place.is_shared() {
        return;
    }
    let left = left_by(place, "ended-meanwhile", true);
    let planned = left.clone().map(|(who, hotfix)| {
        let board = place.look(who, &hotfix);
        let intent = board.seen.interrupted[0].intent.clone();
        let plan = place.plan(who, &hotfix, &format!("resume {intent} --skip"));
        plan.expect("it can be decided about")
    });
    let gives_way = planned.each_ref().map(|plan| {
        let mut calls = plan.changes.iter().map(|change| &change.call);
        calls.any(|call| {
            matches!(
                call,
                Call::Record {
                    event: Event::Closed { .. }
                }
            )
        })
    });
    let loser = usize::from(gives_way[1]);
    assert_eq!(gives_way, [loser == 0, loser == 1], "one of them");
    let (who, hotfix) = &left[1 - loser];
    skip_all(place, who, hotfix);
    place.act(who, hotfix, "close --note given-up");
    let (who, hotfix) = &left[loser];
    let results = place.carry_out(who, &planned[loser]);
    for result in &results {
        assert_eq!(result.outcome.word(), "refused", "{}", result.why);
    }
    let why = &results[0].why;
    assert!(why.contains("is not open any more"), "{why}");
    skip_all(place, who, hotfix);
    let board = place.look(who, hotfix);
    assert!(board.seen.interrupted.is_empty(), "it is decided about");
    let record = board.record.expect("a record");
    assert!(record.closed.is_none(), "it has the branch");
}

/// Two start one branch at once, and the slower one dies with its push on the way; so does the other behind its own, where
/// both are to. Returns both, the slower one first.
fn left_by<'a>(place: &'a Place, slug: &str, do_both_die: bool) -> [(&'a Workspace, HotfixId); 2] {
    let ours = place.planned_start(&place.ana, slug);
    let theirs = place.planned_start(&place.other, slug);
    let left = [
        (&place.ana, ours.hotfix.clone()),
        (&place.other, theirs.hotfix.clone()),
    ];
    let other = if do_both_die {
        let dies = |reached: &'static str| die_at(reached, "a branch is pushed");
        place.other.with_points(Points::heard_by(Arc::new(dies)))
    } else {
        place.other.clone()
    };
    let waiting = Mutex::new(Some(theirs));
    let between = move |reached: &'static str| {
        if reached != "a branch is built" {
            return;
        }
        let next = waiting.lock().expect("one writer").take();
        if let Some(plan) = next {
            assert_eq!(apart(&other, plan).is_err(), do_both_die);
        }
        die_at(reached, "a branch is built");
    };
    let ana = place.ana.with_points(Points::heard_by(Arc::new(between)));
    assert!(apart(&ana, ours).is_err(), "it dies");
    for (who, _) in &left {
        leave_journal(who);
    }
    left
}

/// Whoever held the journal is gone.
fn leave_journal(who: &Workspace) {
    let lock = who.state_dir().join("journal.lock");
    std::fs::write(lock, "").expect("own folder");
}

/// Puts on record what was found of everything that was left behind, and leaves it at that.
fn skip_all(place: &Place, who: &Workspace, hotfix: &HotfixId) {
    leave_journal(who);
    let board = place.look(who, hotfix);
    for one in &board.seen.interrupted {
        place.act(who, hotfix, &format!("resume {} --skip", one.intent));
    }
}

/// Lets the process die at a moment. Not a panic: nothing is printed, and nothing is anybody's mistake.
fn die_at(reached: &str, moment: &str) {
    if reached == moment {
        resume_unwind(Box::new("the process dies here"));
    }
}

/// Two open the same request at once: whoever was slower says that it was there, and not that it is theirs.
pub(super) fn opened_at_once(place: &Place) {
    if !place.is_shared() {
        return;
    }
    let hotfix = place.start("opened-at-once");
    let world = &place.world;
    world.git(&["fetch", "-q", "origin"]);
    world.switch(
        "hotfix/opened-at-once",
        Some("origin/hotfix/opened-at-once"),
    );
    world.change("opened.txt", "at once\n", "Fix it at once");
    world.git(&["push", "-q", "origin", "HEAD"]);
    let plan = |who| place.plan(who, &hotfix, "do run").expect("a plan");
    let (ours, theirs) = (plan(&place.ana), plan(&place.other));
    assert_done(&place.carry_out(&place.other, &theirs));
    let results = place.carry_out(&place.ana, &ours);
    let opened = results.iter().find(|one| one.call.starts_with("open "));
    let opened = opened.expect("it was to be opened");
    assert_eq!(opened.outcome.word(), "already");
    assert!(opened.why.contains(", opened by Ben"), "{}", opened.why);
    let board = place.look(&place.ana, &hotfix);
    let record = board.record.expect("a record");
    let told = record.entries.iter();
    let told = told.filter(|entry| matches!(entry.event, Some(Event::RequestOpened { .. })));
    let by: Vec<String> = told.map(|entry| entry.actor.person.show()).collect();
    assert_eq!(by.len(), 1, "{by:?}");
    assert!(by[0].starts_with("Ben"), "{by:?}");
}

/// Carries a plan out as a console of its own does, which may die: on another thread, with another runtime.
pub(super) fn apart(who: &Workspace, plan: Plan) -> std::thread::Result<Result<Report, Fault>> {
    let who = who.clone();
    let carried_out = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime starts");
        runtime.block_on(who.execute(&plan, Arc::new(Silent)))
    });
    carried_out.join()
}
