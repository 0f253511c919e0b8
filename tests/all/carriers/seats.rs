//! The driver's seat, where the carrier can keep a lock; and what is said where it cannot.

use lanekeeper::engine::Level;
use lanekeeper::engine::solo;

use super::place::Place;

/// What every wish about the seat is answered with where no lock can be kept.
fn says_so(place: &Place) {
    for words in [
        "drive",
        "drive --to ben@example.org",
        "drive --take --reason \"ana is offline\"",
        "drive --release",
    ] {
        let refusal = place.refusal(&place.ana, &place.hotfix, words);
        assert!(refusal.contains("no lock can be kept"), "{refusal}");
        assert!(refusal.contains("record_carrier = \"local\""), "{refusal}");
    }
    let board = place.look(&place.ana, &place.hotfix);
    assert!(solo(&board.seen.locks).is_some());
    let refs = place.git(&["for-each-ref", "--format=%(refname)"]);
    assert!(!refs.contains("/locks/"), "{refs}");
}

fn act(place: &Place, who: &lanekeeper::ops::Workspace, words: &str) {
    place.act(who, &place.hotfix, words);
}

fn is_kept_out(place: &Place, who: &lanekeeper::ops::Workspace, driver: &str) {
    let refusal = place.refusal(who, &place.hotfix, "do promote");
    let words = format!("{driver} drives production");
    assert!(refusal.contains(&words), "{refusal}");
}

pub(super) fn locked(place: &Place) {
    if !place.is_shared() {
        return says_so(place);
    }
    act(place, &place.ana, "drive");
    is_kept_out(place, &place.other, "Ana");
    let refusal = place.refusal(&place.other, &place.hotfix, "drive");
    assert!(refusal.contains("Ana drives"), "{refusal}");
    let board = place.look(&place.other, &place.hotfix);
    assert_eq!(solo(&board.seen.locks), None);
    act(place, &place.ana, "drive --release");
    act(place, &place.other, "drive");
    act(place, &place.other, "drive --release");
}

pub(super) fn handed_over(place: &Place) {
    if !place.is_shared() {
        return says_so(place);
    }
    act(place, &place.ana, "drive");
    act(place, &place.ana, "drive --to ben@example.org");
    act(place, &place.other, "drive");
    is_kept_out(place, &place.ana, "Ben");
    act(place, &place.other, "drive --release");
}

pub(super) fn taken_over(place: &Place) {
    if !place.is_shared() {
        return says_so(place);
    }
    act(place, &place.ana, "drive");
    place.look(&place.other, &place.hotfix);
    let take = "drive --take --reason \"ana is offline\"";
    place.pass(89);
    let refusal = place.refusal(&place.other, &place.hotfix, take);
    assert!(refusal.contains("silent for 89 s"), "{refusal}");
    place.pass(1);
    act(place, &place.other, take);
    is_kept_out(place, &place.ana, "Ben");
    let refusal = place.refusal(&place.other, &place.hotfix, "do promote");
    assert!(refusal.contains("60 s more"), "{refusal}");
    place.pass(61);
    act(place, &place.other, "drive --release");
}

pub(super) fn permit(place: &Place) {
    let plan = place.plan(&place.ana, &place.hotfix, "do promote");
    let plan = plan.expect("the seat is free");
    // Its name is typed either way, for it is production; without a lock that is all there is, and it is said.
    assert_eq!(plan.level, Level::L4);
    let environment = plan.environment.as_ref().map(|one| one.as_str());
    assert_eq!(environment, Some("production"));
    let is_said = |text: &str| text.contains("no lock can be kept");
    let is_told = plan.facts.iter().any(|fact| is_said(&fact.text));
    assert_eq!(is_told, !place.is_shared(), "{:?}", plan.facts);
    act(place, &place.ana, "do promote");
    let merges = place.world.git_in(
        &place.world.origin(),
        &["rev-list", "--merges", "--first-parent", "--count", "main"],
    );
    assert_eq!(merges.trim(), "1");
    let locks = format!("--glob={}/locks", place.ana.chains().carrier().prefix);
    let told = match place.is_shared() {
        true => place.git(&["log", "--reverse", "--format=%s", &locks]),
        false => String::new(),
    };
    let last: Vec<&str> = told
        .lines()
        .rev()
        .take(4)
        .filter_map(|line| line.split(' ').next())
        .collect();
    let expected: &[&str] = match place.is_shared() {
        true => &["lock.release", "permit.result", "permit", "lock.acquire"],
        false => &[],
    };
    assert_eq!(last, expected, "{told}");
}
