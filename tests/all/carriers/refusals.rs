//! A remote that refuses, is full or is away: what is kept, what is said, what is done afterwards (F19).

use std::time::Duration;
use std::time::SystemTime;

use lanekeeper::git::Pushed;
use lanekeeper::git::RefUpdate;
use lanekeeper::git::Refusal;
use lanekeeper::model::CarrierKind;
use lanekeeper::ops::ExaminedHealth;

use super::place::Place;
use super::place::link;
use crate::support::repository::script;

/// What the console says of a note that was told while the remote is as it is.
fn told(place: &Place, text: &str) -> String {
    let words = format!("note \"{text}\"");
    let plan = place.plan(&place.ana, &place.hotfix, &words);
    let results = place.carry_out(&place.ana, &plan.expect("a note can be planned"));
    assert_eq!(results.len(), 1, "{results:?}");
    assert_eq!(results[0].outcome.word(), "done");
    results[0].why.clone()
}

/// Tells something, and shows that both it and what was kept before reach the other.
fn reaches(place: &Place, kept: &str) {
    let next = format!("{kept}, told again");
    place.act(&place.ana, &place.hotfix, &format!("note \"{next}\""));
    let notes = place.notes(&place.other, &place.hotfix);
    assert!(notes.ends_with(&[kept.to_owned(), next]), "{notes:?}");
}

/// A server whose hook refuses with these words; what was told meanwhile is kept and goes out later.
fn refused(place: &Place, words: &str, expected: Refusal, said: &str) {
    let hook = place.records().join("hooks/pre-receive");
    std::fs::create_dir_all(hook.parent().expect("a folder")).expect("own folder");
    script(&hook, &format!("echo '{words}' >&2; exit 1"));
    let kept = format!("told while {said}");
    let why = told(place, &kept);
    if place.is_shared() {
        assert!(why.contains("not yet shared"), "{why}");
        assert!(why.contains(said), "{why}");
        assert!(why.contains(words), "the remote's own words: {why}");
        let at = place.ana.chains().build(None, &link("x")).expect("built");
        let pushed = place.wait(place.ana.chains().push(&place.fresh(), &at, None));
        match pushed.expect("asked") {
            Pushed::Rejected(why) => assert_eq!(Refusal::of(&why), expected),
            other => panic!("{other:?}"),
        }
    } else {
        // Nobody else's rules reach the store of this machine, and no hook in it is run.
        assert_eq!(why, "");
    }
    std::fs::remove_file(&hook).expect("own file");
    reaches(place, &kept);
}

/// A git that was killed left a lock file where the record is.
pub(super) fn locked(place: &Place) {
    let name = place.record(&place.hotfix);
    let lock = place.records().join(format!("{name}.lock"));
    let file = std::fs::File::create(&lock).expect("own folder");
    let chains = place.ana.chains();
    let head = place.wait(chains.fetch(&name)).expect("asked");
    let next = chains.build(head.as_ref(), &link("x")).expect("built");
    // It may be somebody's who is at work.
    match place.wait(chains.push(&name, &next, head.as_ref())) {
        Ok(Pushed::Locked(why)) => {
            assert!(why.contains(&format!("{name}.lock")), "{why}");
            assert!(why.contains("removes the file"), "{why}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(place.at(&name), head);
    assert!(lock.exists());
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    file.set_modified(long_ago).expect("own file");
    if place.is_shared() {
        // What lies in the repository of others is theirs, however old it is.
        let pushed = place.wait(chains.push(&name, &next, head.as_ref()));
        assert!(matches!(pushed, Ok(Pushed::Locked(_))), "{pushed:?}");
        std::fs::remove_file(&lock).expect("own folder");
    }
    let kept = "told beside a lock";
    let why = told(place, kept);
    assert!(!why.contains("not yet shared"), "{why}");
    assert!(!lock.exists());
    reaches(place, kept);
}

pub(super) fn hidden(place: &Place) {
    let folder = place.ana.chains().carrier().prefix.to_string();
    place.git(&["config", "receive.hideRefs", &folder]);
    let at = place.ana.chains().build(None, &link("x")).expect("built");
    let name = place.fresh();
    let pushed = place.wait(place.ana.chains().push(&name, &at, None));
    match pushed.expect("asked") {
        Pushed::Rejected(why) => assert_eq!(Refusal::of(&why), Refusal::Hidden, "{}", why.show()),
        other => panic!("{other:?}"),
    }
    assert_eq!(place.at(&name), None);
    let fault = place.start_fails("hidden");
    for words in ["the remote hides such refs", "lanekeeper doctor"] {
        assert!(fault.contains(words), "{fault}");
    }
    place.git(&["config", "--unset", "receive.hideRefs"]);
}

pub(super) fn quota(place: &Place) {
    refused(
        place,
        "repository exceeds its quota",
        Refusal::Quota,
        "no room left",
    );
}

pub(super) fn policy(place: &Place) {
    refused(
        place,
        "only robots may push here",
        Refusal::Policy,
        "a rule of the remote refused it",
    );
}

pub(super) fn pair(place: &Place) {
    let (first, second) = (place.fresh(), place.fresh());
    let hook = place.records().join("hooks/update");
    std::fs::create_dir_all(hook.parent().expect("a folder")).expect("own folder");
    script(&hook, &format!("[ \"$1\" != {second} ]"));
    let at = place
        .ana
        .chains()
        .build(None, &link("both"))
        .expect("built");
    let both = [&first, &second].map(|name| RefUpdate {
        name: name.clone(),
        new: Some(at.clone()),
        expected: None,
        replaces: false,
    });
    let pushed = place.wait(place.ana.chains().push_all(&both));
    let pushed = pushed.expect("asked");
    if place.is_shared() {
        assert!(
            pushed.iter().all(|one| matches!(one, Pushed::Rejected(_))),
            "{pushed:?}"
        );
        assert_eq!((place.at(&first), place.at(&second)), (None, None));
    } else {
        assert_eq!(pushed, [Pushed::Done, Pushed::Done]);
    }
    std::fs::remove_file(&hook).expect("own file");
}

pub(super) fn offline(place: &Place) {
    // Where the record is on this machine, it is the project that can be away.
    let remote = match place.kind {
        CarrierKind::Local => place.world.origin(),
        CarrierKind::Refs
        | CarrierKind::Notes
        | CarrierKind::Repository
        | CarrierKind::Branches => place.records(),
    };
    let away = remote.with_extension("away");
    std::fs::rename(&remote, &away).expect("own folder");
    let why = told(place, "told offline");
    assert_eq!(why.contains("not yet shared"), place.is_shared(), "{why}");
    std::fs::rename(&away, &remote).expect("own folder");
    reaches(place, "told offline");
}

pub(super) fn probed(place: &Place) {
    let refs = |folder: &std::path::Path| place.world.git_in(folder, &["for-each-ref"]);
    let before = (refs(&place.world.origin()), refs(&place.records()));
    let examined = place.examine("ana");
    let record = examined.iter().find(|one| one.what == "record");
    let record = record.expect("it is looked at");
    if place.is_shared() {
        assert_eq!(record.health, ExaminedHealth::Good, "{record:?}");
        let prefix = place.ana.chains().carrier().prefix.to_string();
        assert!(record.detail.contains(&prefix), "{record:?}");
    } else {
        assert_eq!(record.health, ExaminedHealth::Doubtful, "{record:?}");
        assert!(record.detail.contains("solo mode"), "{record:?}");
        let hint = record.hint.clone().unwrap_or_default();
        assert!(hint.contains("record_carrier = \"refs\""), "{hint}");
    }
    let after = (refs(&place.world.origin()), refs(&place.records()));
    assert_eq!(after, before);
}
