//! Entries signed with real SSH keys: by whom, for which place, and what is said of the others.

mod locks;
mod taken_away;
mod team;

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;

use lanekeeper::config::Environment;
use lanekeeper::model::HotfixId;
use lanekeeper::ops::Silent;
use lanekeeper::ops::Workspace;
use lanekeeper::record::Signature;
use lanekeeper::record::Signed;
use lanekeeper::record::decode;
use lanekeeper::record::encode;
use lanekeeper::store::Journal;

use crate::support::repository::script;

use team::Agent;
use team::Key;
use team::Team;

/// Says why nothing is shown where there is no `ssh-keygen`; its packages are optional.
fn is_missing() -> bool {
    let environment = Environment::read().expect("the environment is readable");
    let is_there = environment.find_program("ssh-keygen", None).is_some();
    if !is_there {
        let said = std::io::stderr().write_all(b"skipped: ssh-keygen is not installed\n");
        said.expect("a test's own output");
    }
    !is_there
}

/// A hotfix of Ana's, who signs with a key of this kind that everybody allows; none where keys cannot be made.
fn begun(kind: &str) -> Option<(Team, Key, Workspace, HotfixId)> {
    if is_missing() {
        return None;
    }
    let (team, key) = Team::with_key(&[], kind);
    let ana = team.console("ana", Some(&key.0), None);
    let hotfix = team.start(&ana);
    Some((team, key, ana, hotfix))
}

fn is_by_a_key(signed: &Signed) -> bool {
    matches!(signed, Signed::By(key) if key.starts_with("SHA256:")) && signed.level() == 1
}

#[test]
fn a_signed_entry_is_of_level_one_for_whoever_allowed_the_key() {
    let Some((team, _, ana, hotfix)) = begun("ed25519") else {
        return;
    };
    team.act(&ana, &hotfix, "note \"mine\"").expect("done");
    let record = team.look(&ana, &hotfix).record.expect("a record");
    assert!(
        record
            .entries
            .iter()
            .all(|entry| is_by_a_key(&entry.signed)),
        "{:?}",
        record.entries
    );
    // Ben sees nothing signed before he has accepted whose keys count, and everything after.
    let ben = team.untrusting("ben", None, None);
    let seen = team.notes(&ben, &hotfix);
    assert!(
        matches!(&seen[0].1, Signed::Unchecked(why) if why.contains("trust")),
        "{seen:?}"
    );
    let ben = team.console("ben", None, None);
    assert!(is_by_a_key(&team.notes(&ben, &hotfix)[0].1));
    team.act(&ben, &hotfix, "note \"unsigned\"").expect("done");
    let seen = team.notes(&ana, &hotfix);
    assert_eq!(seen[1], ("unsigned".to_owned(), Signed::No));
    assert_eq!(team.alarms(&ana, &hotfix), Vec::<String>::new());
    // What was found out is kept: without the program the same is known.
    let kept = std::fs::read_to_string(ana.state_dir().join("signatures"));
    assert!(kept.expect("kept").lines().count() >= record.entries.len());
}

#[test]
fn a_key_of_somebody_else_and_a_key_of_nobody_are_wrong() {
    let Some((team, key, ana, hotfix)) = begun("ed25519") else {
        return;
    };
    // Ben with Ana's key, then with one that nobody knows.
    let ben = team.console("ben", Some(&key.0), None);
    team.act(&ben, &hotfix, "note \"with hers\"").expect("done");
    let other = Key::new(&team.world, "ben-key", "ed25519", "");
    let ben = team.console("ben", Some(&other.0), None);
    team.act(&ben, &hotfix, "note \"with his\"").expect("done");
    let seen = team.notes(&ana, &hotfix);
    assert_eq!(seen.len(), 2);
    for (_, signed) in &seen {
        assert_eq!(signed.level(), 0);
        let why = signed.why().unwrap_or_default();
        assert!(why.contains("no allowed key of ben@example.org"), "{why}");
    }
    let alarms = team.alarms(&ana, &hotfix);
    assert!(alarms.iter().all(|text| text.contains("wrong signature")));
    assert!(alarms.len() >= 2, "{alarms:?}");
}

#[test]
fn a_signature_of_something_else_is_wrong() {
    let Some((team, _, ana, hotfix)) = begun("ed25519") else {
        return;
    };
    team.act(&ana, &hotfix, "note \"mine\"").expect("done");
    let record = team.look(&ana, &hotfix).record.expect("a record");
    let last = record.entries.last().expect("a note").clone();
    let good = last.signature.clone().expect("signed");
    // Her signature below other words, and together with her own words.
    team.forge(&ana, &hotfix, |entry| {
        entry.signature = Some(Signature {
            text: good.text.clone(),
            over: Some(last.to_line().to_owned()),
        });
    });
    let seen = team.notes(&ana, &hotfix);
    let why = seen[1].1.why().unwrap_or_default();
    assert!(why.contains("made for another event"), "{why}");
    let ben = team.console("ben", None, None);
    let hotfix = {
        let board = team.look(&ben, &hotfix);
        board.record.expect("a record").hotfix
    };
    assert_eq!(team.notes(&ben, &hotfix)[1].1.level(), 0);
}

#[test]
fn an_altered_event_does_not_fit_its_signature() {
    let Some((team, _, ana, hotfix)) = begun("ed25519") else {
        return;
    };
    let record = team.look(&ana, &hotfix).record.expect("a record");
    let good = record.entries[0].signature.clone().expect("signed");
    team.forge(&ana, &hotfix, |entry| entry.signature = Some(good));
    let why = team.notes(&ana, &hotfix)[0].1.clone();
    let why = why.why().unwrap_or_default();
    assert!(
        why.contains("not a signature of what stands there"),
        "{why}"
    );
    // What is no signature at all does not keep anybody from reading.
    team.forge_files(&ana, &hotfix, |files| {
        files.insert("event.sig".to_owned(), vec![0xff; 9]);
    });
    let seen = team.notes(&ana, &hotfix);
    assert_eq!(seen[1].1, Signed::Bad("it is not text".to_owned()));
}

#[test]
fn the_agent_signs_and_without_it_nothing_is_asked_and_what_must_be_signed_is_not_done() {
    if is_missing() {
        return;
    }
    let (team, key) = Team::with_key(&["note.added"], "ed25519");
    let agent = Agent::with(&team.world, &key);
    // Only the agent has the private half.
    std::fs::remove_file(&key.0).expect("own file");
    let public = key.public();
    let ana = team.console("ana", Some(&public), Some(&agent));
    let hotfix = team.start(&ana);
    team.act(&ana, &hotfix, "note \"signed\"").expect("done");
    assert!(is_by_a_key(&team.notes(&ana, &hotfix)[0].1));
    drop(agent);
    let name = ana.chains().carrier().hotfix(&hotfix).expect("a ref");
    let before = team.world.remote_id(name.as_str());
    // A key that nobody knows; no agent; a key behind a passphrase that nobody is asked for; no key at all.
    let locked = Key::new(&team.world, "locked", "ed25519", "a passphrase");
    let strange = Key::new(&team.world, "strange", "ed25519", "");
    for (key, words) in [
        (
            Some(strange.0.as_path()),
            "no allowed key of ana@example.org",
        ),
        (Some(public.as_path()), "ssh-keygen cannot sign"),
        (Some(locked.0.as_path()), "ssh-keygen cannot sign"),
        (None, "no signing_key"),
    ] {
        let ana = team.console("ana", key, None);
        let fault = team.act(&ana, &hotfix, "note \"unsigned\"");
        let fault = fault.expect_err("it must be signed");
        for words in [words, "note.added must be signed", "nothing was done"] {
            assert!(fault.contains(words), "{fault}");
        }
    }
    assert_eq!(team.world.remote_id(name.as_str()), before);
    // Whose console does not ask for one writes unsigned, and that is an alarm.
    team.forge(&ana, &hotfix, |_| {});
    let seen = team.notes(&ana, &hotfix);
    assert_eq!(seen.last().expect("a note").1, Signed::Missing);
    let alarms = team.alarms(&ana, &hotfix);
    assert!(
        alarms.iter().any(|text| text.contains("nobody signed it")),
        "{alarms:?}"
    );
}

#[test]
fn a_signature_is_made_once_for_a_place_and_anew_for_another() {
    // Signatures by such a key never are the same twice.
    let Some((team, key, ana, hotfix)) = begun("ecdsa") else {
        return;
    };
    let hook = team.world.origin().join("hooks/update");
    std::fs::create_dir_all(hook.parent().expect("a folder")).expect("own folder");
    script(&hook, "exit 1");
    let why = team.act(&ana, &hotfix, "note \"kept\"").expect("kept");
    assert!(why.contains("not yet shared"), "{why}");
    let kept = || {
        let journal = Journal::look(ana.state_dir()).expect("a journal");
        let pending = journal.pending(&hotfix).expect("readable");
        let signature = pending[0].signature.clone().expect("it was signed");
        (signature.text, signature.over.expect("its place"))
    };
    let first = kept();
    // Tried again at the same place: the same bytes.
    let again = team.act(&ana, &hotfix, "note \"second\"").expect("kept");
    assert!(again.contains("not yet shared"), "{again}");
    assert_eq!(kept(), first);
    std::fs::remove_file(&hook).expect("own file");
    // Somebody is faster: another place, and a signature for that one.
    let ben = team.console("ben", None, None);
    team.act(&ben, &hotfix, "note \"faster\"").expect("done");
    let ana = team.console("ana", Some(&key.0), None);
    team.act(&ana, &hotfix, "note \"third\"").expect("done");
    let seen = team.notes(&ana, &hotfix);
    let texts: Vec<&str> = seen.iter().map(|(text, _)| text.as_str()).collect();
    assert_eq!(texts, ["faster", "kept", "second", "third"]);
    assert!(
        seen[1..].iter().all(|(_, signed)| is_by_a_key(signed)),
        "{seen:?}"
    );
    let record = team.look(&ana, &hotfix).record.expect("a record");
    assert!(
        record.entries.iter().all(|entry| entry
            .signature
            .as_ref()
            .is_none_or(|one| one.over.is_none() && one.text != first.0)),
        "each is for its own place"
    );
}

#[test]
fn what_somebody_signed_stays_signed_when_another_restores_it() {
    if is_missing() {
        return;
    }
    let mut keys = Vec::new();
    let team = Team::new(&[], |world| {
        keys = ["ana", "ben"]
            .map(|name| Key::new(world, &format!("{name}-key"), "ed25519", ""))
            .into();
        format!(
            "{}{}",
            keys[0].allowed("ana@example.org"),
            keys[1].allowed("ben@example.org")
        )
    });
    let ben = team.console("ben", Some(&keys[1].0), None);
    let hotfix = team.start(&ben);
    team.act(&ben, &hotfix, "note \"by Ben\"").expect("done");
    let ana = team.console("ana", Some(&keys[0].0), None);
    team.look(&ana, &hotfix);
    team.delete(&ana, &hotfix);
    team.act(&ana, &hotfix, "restore").expect("done");
    let record = team.look(&ana, &hotfix).record.expect("a record");
    assert_eq!(record.entries[0].kind, "alarm.raised");
    for entry in &record.entries {
        assert!(
            is_by_a_key(&entry.signed),
            "{}: {:?}",
            entry.kind,
            entry.signed
        );
        let is_moved = entry
            .signature
            .as_ref()
            .is_some_and(|one| one.over.is_some());
        assert_eq!(is_moved, entry.actor.person.id == "ben@example.org");
    }
}

#[test]
fn an_entry_that_only_says_it_is_mine_is_not_signed_for_me() {
    if is_missing() {
        return;
    }
    let (team, key) = Team::with_key(&[], "ed25519");
    let unsigned = team.console("ana", None, None);
    let hotfix = team.start(&unsigned);
    team.act(&unsigned, &hotfix, "note \"not mine\"")
        .expect("done");
    let lines = team.wait(unsigned.export_lines(&hotfix)).expect("lines");
    let file = team.world.path().join("export.jsonl");
    std::fs::write(&file, lines).expect("own folder");
    team.delete(&unsigned, &hotfix);
    // Another machine of hers, which signs, imports what somebody gave her.
    std::fs::rename(
        team.world.path().join("state-ana"),
        team.world.path().join("state-old"),
    )
    .expect("own folder");
    let ana = team.console("ana", Some(&key.0), None);
    let planned = team.wait(ana.plan_import(&file)).expect("readable");
    let planned = planned.expect("something to do");
    let report = team.wait(ana.execute(&planned, Arc::new(Silent)));
    report.expect("it is carried out");
    let seen = team.notes(&ana, &hotfix);
    assert_eq!(seen, [("not mine".to_owned(), Signed::No)]);
}

/// The first format, as it was released: bytes, file names, namespace.
#[test]
fn the_frozen_signed_entry_is_read_written_back_and_still_good() {
    let event = include_bytes!("records/signed/event.json");
    let signature = include_bytes!("records/signed/event.sig");
    let files = BTreeMap::from([
        ("v1".to_owned(), Vec::new()),
        ("event.json".to_owned(), event.to_vec()),
        ("event.sig".to_owned(), signature.to_vec()),
    ]);
    let hotfix = "20260412-checkout-null-7f3a9c".parse().expect("an id");
    let entry = decode(&files, &hotfix, None).expect("readable");
    assert_eq!(encode(&entry), files);
    assert!(matches!(entry.signed, Signed::Unchecked(_)));
    assert_eq!(entry.signed_bytes().as_bytes(), event);
    // At another place it keeps what was signed, and goes back to it.
    let moved = entry
        .clone()
        .after(&"a".repeat(40).parse().expect("an id"), &entry);
    let moved = moved.expect("small");
    let over = moved.signature.as_ref().and_then(|one| one.over.as_deref());
    assert_eq!(over.map(str::as_bytes), Some(event.as_slice()));
    assert_eq!(encode(&moved.first().expect("small")), files);
    if is_missing() {
        return;
    }
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/all/records/signed");
    let verified = team::ssh("sh")
        .args(["-c", "ssh-keygen -Y verify -f allowed_signers -I ana@example.org -n lanekeeper-event-v1 -s event.sig < event.json"])
        .current_dir(folder)
        .output()
        .expect("it runs");
    let words = String::from_utf8_lossy(&verified.stderr);
    assert!(verified.status.success(), "{words}");
}
