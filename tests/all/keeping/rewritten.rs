//! Somebody rewrites or deletes a record: noticed, nothing more done, nothing lost while one console lives.

use std::os::unix::process::ExitStatusExt;

use lanekeeper::model::Person;
use lanekeeper::model::Timestamp;
use lanekeeper::record::Actor;
use lanekeeper::record::Entry;
use lanekeeper::record::Event;
use lanekeeper::record::encode;
use serde_json::Value;
use serde_json::json;

use crate::cli::project::Project;
use crate::crash;
use crate::support::in_time::InTime as _;

use super::name;
use super::with_notes;

/// Makes a hotfix with three notes, seen by Ana and by Ben.
fn told() -> (Project, String) {
    with_notes(&["one", "two", "three"])
}

fn entries(project: &Project, id: &str) -> Vec<Value> {
    let log = project.run("ana", &["log", id, "--json"]).ends(0).json();
    log["entries"].as_array().cloned().unwrap_or_default()
}

/// Returns what tells one event from another, wherever it stands.
fn said(entries: &[Value]) -> Vec<(String, Value)> {
    entries
        .iter()
        .filter(|entry| entry["kind"] != "alarm.raised")
        .map(|entry| (entry["id"].to_string(), entry["body"].clone()))
        .collect()
}

/// Shows that nothing is done until the record is restored, restores it, and shows that everything is there again.
fn is_noticed_and_restored(project: &Project, id: &str, before: &[Value], words: &str) {
    let refs = project.git("origin.git", &["for-each-ref"]);
    project.run("ana", &["status", id]).ends(0).says(&[words]);
    for refused in [
        &["note", "four", "--hotfix", id][..],
        &["do", "implement", "--hotfix", id, "--yes"],
    ] {
        project
            .run("ana", refused)
            .ends(3)
            .says(&[words, "lanekeeper restore"]);
    }
    assert_eq!(
        project.git("origin.git", &["for-each-ref"]),
        refs,
        "something was sent"
    );
    project
        .run("ana", &["restore", id, "--yes"])
        .ends(0)
        .says(&["back on the record, behind an alarm"]);
    let after = entries(project, id);
    let mut expected = said(before);
    let mut found = said(&after);
    expected.sort_by_key(|(id, _)| id.clone());
    found.sort_by_key(|(id, _)| id.clone());
    assert_eq!(found, expected);
    let alarms = after.iter().filter(|entry| entry["kind"] == "alarm.raised");
    assert_eq!(alarms.count(), 1);
    project
        .run("ana", &["note", "four", "--hotfix", id])
        .ends(0);
    project
        .run("ana", &["restore", id, "--yes"])
        .ends(3)
        .says(&["nothing to do"]);
}

#[test]
fn a_deleted_record_comes_back_from_the_console_that_saw_it() {
    let (project, id) = told();
    let before = entries(&project, &id);
    project.git("origin.git", &["update-ref", "-d", &name(&id)]);
    is_noticed_and_restored(&project, &id, &before, "is gone from the remote");
}

#[test]
fn a_restore_that_died_and_is_left_at_that_loses_nothing() {
    let (project, id) = told();
    let mut before = said(&entries(&project, &id));
    before.sort_by_key(|(id, _)| id.clone());
    project.git("origin.git", &["update-ref", "-d", &name(&id)]);
    let bin = project.path("bin");
    crash::deadly_git(&bin, 1, "before");
    let mut command = project.binary("ana");
    command.args(["restore", &id, "--yes"]);
    let output = command.env("PATH", crash::path_with(&bin)).output_in_time();
    let output = output.expect("the binary runs");
    assert_eq!(output.status.signal(), Some(9), "it was not killed");
    project.run("ana", &["resume", "--skip", "--yes"]).ends(0);
    project.run("ana", &["resume", "--share"]).ends(0);
    let log = project.run("ben", &["log", &id, "--json"]).ends(0).json();
    let after = log["entries"].as_array().cloned().unwrap_or_default();
    let after = said(&after);
    for one in before {
        assert!(after.contains(&one), "{one:?} is lost");
    }
}

#[test]
fn a_record_that_was_set_back_gets_its_end_again() {
    let (project, id) = told();
    let before = entries(&project, &id);
    let older = format!("{}~2", name(&id));
    let older = project.git("origin.git", &["rev-parse", &older]);
    project.git("origin.git", &["update-ref", &name(&id), &older]);
    is_noticed_and_restored(&project, &id, &before, "was rewritten");
    let kinds: Vec<Value> = entries(&project, &id)
        .iter()
        .map(|one| one["kind"].clone())
        .collect();
    let alarm = kinds
        .iter()
        .position(|kind| kind == "alarm.raised")
        .expect("on record");
    assert_eq!(
        kinds[alarm + 1],
        "note.added",
        "what is missing goes behind the alarm"
    );
}

#[test]
fn a_record_that_cannot_be_read_any_more_stops_its_hotfix_alone_and_comes_back() {
    let (project, id) = told();
    let before = entries(&project, &id);
    let tip = project.git("origin.git", &["rev-parse", "main"]);
    project.git("origin.git", &["update-ref", &name(&id), &tip]);
    project
        .run(
            "ana",
            &[
                "start",
                "other",
                "--title",
                "Something else",
                "--answer",
                "impact=all",
                "--yes",
            ],
        )
        .ends(0);
    project
        .run("ana", &["status", &id])
        .ends(0)
        .says(&["cannot read the record", &tip]);
    project
        .run("ana", &["note", "five", "--hotfix", &id])
        .ends(3);
    // Nothing can be appended to it, so it gives way; the alarm says what stood there.
    project.run("ana", &["restore", &id, "--yes"]).ends(0);
    let after = entries(&project, &id);
    assert_eq!(said(&after), said(&before));
    let alarm = after.iter().find(|entry| entry["kind"] == "alarm.raised");
    let alarm = alarm.expect("on record")["body"].to_string();
    assert!(alarm.contains(&tip), "{alarm}");
    assert!(after.iter().all(|entry| entry["shared"] == true));
    for login in ["ana", "ben"] {
        project
            .run(login, &["note", "five", "--hotfix", &id])
            .ends(0);
    }
}

#[test]
fn a_critical_event_of_a_newer_version_stops_effects_on_the_real_binary() {
    let (project, id) = told();
    let record = name(&id);
    let head = project.git("origin.git", &["rev-parse", &record]);
    let line = project.git("origin.git", &["show", &format!("{head}:event.json")]);
    let last = Entry::from_line(&line).expect("our own event");
    let actor = Actor {
        person: Person::from_email("Cleo", "cleo@example.org"),
        device: "elsewhere".to_owned(),
    };
    let text = "x".to_owned();
    let entry = Entry::new(
        "01NEWER".parse().expect("static id"),
        id.parse().expect("an id"),
        actor,
        Timestamp::from_second(1_775_986_267),
        Event::NoteAdded { text },
    )
    .and_then(|entry| entry.after(&head.parse().expect("a commit"), &last))
    .and_then(|entry| {
        entry.with_json(|json| {
            json["type"] = json!("coffee.spilled");
            json["critical"] = json!(true);
        })
    })
    .expect("small");
    for (file, bytes) in encode(&entry) {
        let path = project.path("ana").join(&file);
        std::fs::write(path, bytes).expect("own folder");
    }
    let blob = |file: &str| project.git("ana", &["hash-object", "-w", "--no-filters", file]);
    let (version, event) = (blob("v1"), blob("event.json"));
    let listing = format!("100644 blob {event}\tevent.json\n100644 blob {version}\tv1\n");
    project.write("tree", &listing);
    let tree = project.path("tree");
    let script = format!("git mktree < '{}'", tree.display());
    let tree = project.shell("ana", &script);
    project.git("ana", &["fetch", "--quiet", "origin", &record]);
    let commit = project.git("ana", &["commit-tree", "-p", &head, "-m", "coffee", &tree]);
    project.git(
        "ana",
        &["push", "--quiet", "origin", &format!("{commit}:{record}")],
    );
    let refs = project.git("origin.git", &["for-each-ref"]);
    project
        .run("ben", &["status", &id])
        .ends(0)
        .says(&["coffee.spilled", "update before changing anything"]);
    for words in [&["note", "six"][..], &["do", "implement", "--yes"]] {
        project.run("ben", words).ends(3).says(&["newer version"]);
    }
    assert_eq!(project.git("origin.git", &["for-each-ref"]), refs);
}
