//! The seat on a real remote: for one plan, for a while, handed over, taken over, raced for.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use lanekeeper::engine::FactState;
use lanekeeper::engine::Level;
use lanekeeper::engine::Outcome;
use lanekeeper::ops::BootClock;
use lanekeeper::ops::Booted;

use super::crew::Crew;
use super::crew::console;
use crate::support::repository::script;

#[test]
fn whoever_works_alone_has_the_seat_for_each_dangerous_call_and_keeps_it_never() {
    let crew = Crew::new();
    assert_eq!(crew.log(), Vec::<String>::new());
    crew.act(&crew.ana, "do promote");
    assert_eq!(crew.merges(), 1);
    let told = ["lock.acquire", "permit", "permit.result", "lock.release"];
    assert_eq!(crew.log(), told.map(|what| format!("Ana {what}")));
    // And so everybody else can go on at once.
    crew.act(&crew.ben, "drive");
}

#[test]
fn a_follower_is_told_who_drives_in_which_epoch() {
    let crew = Crew::new();
    crew.act(&crew.ana, "drive");
    let refusal = crew.refusal(&crew.ben, "do promote");
    assert!(refusal.contains("Ana drives production"), "{refusal}");
    assert!(refusal.contains("epoch 1"), "{refusal}");
    assert!(refusal.contains("drive --to"), "{refusal}");
    // What only tells, or is not dangerous, stays possible.
    crew.act(&crew.ben, "note \"Support is told\"");
    crew.act(&crew.ana, "do promote");
    crew.act(&crew.ana, "drive --release");
    assert_eq!(crew.merges(), 1);
}

#[test]
fn who_lost_the_race_sees_the_winner_the_epoch_and_what_was_done() {
    let crew = Crew::new();
    let planned = crew
        .plan(&crew.ben, "do promote")
        .expect("the seat is free");
    crew.act(&crew.ana, "drive");
    let results = crew.carry_out(&crew.ben, &planned);
    let merge = results.last().expect("a call");
    assert_eq!(merge.outcome, Outcome::Refused, "{}", merge.why);
    for word in ["Ana", "epoch 1", "took the seat"] {
        assert!(merge.why.contains(word), "{}", merge.why);
    }
    assert_eq!(crew.merges(), 0);
}

#[test]
fn the_seat_goes_to_whom_it_was_offered_and_to_nobody_else() {
    let crew = Crew::new();
    crew.act(&crew.ana, "drive");
    let refusal = crew.refusal(&crew.ben, "drive");
    assert!(refusal.contains("Ana drives"), "{refusal}");
    // A slip is told before it is made: the seat would wait for nobody.
    let slip = crew.plan(&crew.ana, "drive --to bne@example.org");
    let slip = slip.expect("whoever that is may come yet");
    let mut warned = slip.facts.iter();
    let is_warned = warned.any(|fact| fact.state == FactState::Warn && fact.text.contains("bne@"));
    assert!(is_warned, "{:?}", slip.facts);
    crew.act(&crew.ana, "drive --to ben@example.org");
    crew.act(&crew.ben, "drive");
    let refusal = crew.refusal(&crew.ana, "do promote");
    assert!(refusal.contains("Ben drives production"), "{refusal}");
    assert!(refusal.contains("epoch 2"), "{refusal}");
    crew.act(&crew.ben, "do promote");
    let changed = crew.plan(&crew.ana, "note x").expect("a plan");
    assert_eq!(changed.level, Level::L1);
}

#[test]
fn a_driver_is_replaced_only_after_silence_and_production_changes_only_after_the_drain() {
    let crew = Crew::new();
    crew.act(&crew.ana, "drive");
    crew.look(&crew.ben);
    crew.pass(89);
    let refusal = crew.refusal(&crew.ben, "drive --take --reason \"ana is offline\"");
    assert!(refusal.contains("silent for 89 s"), "{refusal}");
    // A sign of life begins the silence again.
    assert!(crew.team.wait(crew.ana.listen(&crew.hotfix, "")).is_ok());
    crew.pass(60);
    let refusal = crew.refusal(&crew.ben, "drive --take --reason \"ana is offline\"");
    assert!(refusal.contains("silent for 0 s"), "{refusal}");
    crew.pass(90);
    let plan = crew.plan(&crew.ben, "drive --take --reason \"ana is offline\"");
    let plan = plan.expect("long enough");
    assert_eq!(plan.level, Level::L4);
    assert_eq!(
        plan.environment.as_ref().map(|one| one.as_str()),
        Some("production")
    );
    let warns = plan
        .facts
        .iter()
        .filter(|fact| fact.state == FactState::Warn);
    assert!(warns.count() >= 3, "it says what it cannot do");
    let results = crew.carry_out(&crew.ben, &plan);
    assert!(
        results.iter().all(|one| one.outcome == Outcome::Done),
        "{results:?}"
    );
    let refusal = crew.refusal(&crew.ben, "do promote");
    assert!(refusal.contains("60 s more"), "{refusal}");
    crew.pass(61);
    crew.act(&crew.ben, "do promote");
    assert_eq!(crew.merges(), 1);
    let refusal = crew.refusal(&crew.ana, "drive --release");
    assert!(refusal.contains("Ben drives"), "{refusal}");
}

#[test]
fn a_stop_watch_that_is_damaged_on_the_disk_begins_anew() {
    let crew = Crew::new();
    crew.pass(1_000);
    crew.act(&crew.ana, "drive");
    crew.look(&crew.ben);
    crew.pass(95);
    let words = "drive --take --reason \"ana is offline\"";
    let again = || crew.team.wait(console(crew.team.world.path(), "ben"));
    assert!(crew.plan(&again(), words).is_ok(), "it is kept");
    // One digit, with which Ben would have seen the same head for a quarter of an hour more.
    let mut damaged = 0;
    for file in std::fs::read_dir(crew.ben.state_dir().join("locks2")).expect("a folder") {
        let path = file.expect("a file").path();
        let text = std::fs::read_to_string(&path).expect("a text");
        let other = text.replace("\"secs\":2000", "\"secs\":1000");
        damaged += usize::from(other != text);
        std::fs::write(&path, other).expect("own folder");
    }
    assert!(damaged > 0);
    let refusal = crew.refusal(&again(), words);
    assert!(refusal.contains("silent for 0 s"), "{refusal}");
}

#[test]
fn a_machine_that_slept_between_permit_and_call_does_not_call() {
    let crew = Crew::new();
    // Every reading of this clock comes eleven seconds after the one before.
    let asleep = AtomicU64::new(5_000);
    let ana = crew.ana.with_boot_clock(BootClock::new(move || Booted {
        boot: "this one".to_owned(),
        since: Duration::from_secs(asleep.fetch_add(11, Ordering::Relaxed)),
    }));
    let plan = crew.plan(&ana, "do promote").expect("the seat is free");
    let results = crew.carry_out(&ana, &plan);
    let merge = results.last().expect("a call");
    assert_eq!(merge.outcome, Outcome::Refused, "{}", merge.why);
    assert!(merge.why.contains("not started"), "{}", merge.why);
    assert_eq!(crew.merges(), 0);
    let told = ["lock.acquire", "permit", "permit.void", "lock.release"];
    assert_eq!(crew.log(), told.map(|what| format!("Ana {what}")));
}

#[test]
fn a_remote_that_keeps_no_lock_is_said_to_keep_none_and_every_dangerous_call_is_confirmed_by_name()
{
    let crew = Crew::new();
    let hook = crew.team.world.origin().join("hooks/update");
    script(
        &hook,
        "case $1 in refs/lanekeeper/v1/locks/*) exit 1;; esac",
    );
    let plan = crew
        .plan(&crew.ana, "do promote")
        .expect("nobody knows yet");
    let results = crew.carry_out(&crew.ana, &plan);
    let merge = results.last().expect("a call");
    assert_eq!(merge.outcome, Outcome::Refused, "{}", merge.why);
    assert!(merge.why.contains("no lock can be kept"), "{}", merge.why);
    let plan = crew.plan(&crew.ana, "do promote").expect("it says so");
    assert_eq!(plan.level, Level::L4);
    let is_said = |text: &str| text.contains("no lock can be kept");
    assert!(
        plan.facts.iter().any(|fact| is_said(&fact.text)),
        "{:?}",
        plan.facts
    );
    crew.act(&crew.ana, "do promote");
    assert_eq!(crew.merges(), 1);
    let refusal = crew.refusal(&crew.ana, "drive");
    assert!(is_said(&refusal), "{refusal}");
}
