//! What is said while the remote is away: it counts here, it is told that nobody else sees it, and it is sent when somebody
//! says so, or with the next entry. A command that looks sends nothing.

use std::os::unix::process::ExitStatusExt;

use serde_json::Value;

use crate::cli::project::Project;
use crate::crash;
use crate::support::in_time::InTime as _;

use super::with_notes;

/// Takes the remote away, lets `work` be done, and brings it back.
pub(crate) fn offline(project: &Project, work: impl FnOnce()) {
    let (origin, away) = (project.path("origin.git"), project.path("origin.away"));
    std::fs::rename(&origin, &away).expect("own folder");
    work();
    std::fs::rename(&away, &origin).expect("own folder");
}

/// Returns the notes on record as `login` sees them, each with whether it is shared.
fn notes(project: &Project, login: &str) -> Vec<(String, bool)> {
    let log = project.run(login, &["log", "--json"]).ends(0).json();
    let entries = log["entries"].as_array().cloned().unwrap_or_default();
    let notes = entries.iter().filter(|entry| entry["kind"] == "note.added");
    let told = notes.map(|entry| {
        let text = entry["body"]["text"].as_str().unwrap_or_default();
        (text.to_owned(), entry["shared"] == true)
    });
    told.collect()
}

/// Returns how much of the only hotfix is not shared, as `lanes` tells it.
fn not_shared(project: &Project) -> Value {
    let lanes = project.run("ana", &["lanes", "--json"]).ends(0).json();
    lanes["hotfixes"][0]["not_shared"].clone()
}

fn said(texts: &[(&str, bool)]) -> Vec<(String, bool)> {
    let texts = texts.iter();
    texts
        .map(|(text, is_shared)| ((*text).to_owned(), *is_shared))
        .collect()
}

#[test]
fn what_is_said_offline_counts_here_and_is_sent_on_demand() {
    let (project, id) = with_notes(&["before"]);
    offline(&project, || {
        project
            .run("ana", &["note", "said offline"])
            .ends(0)
            .says(&["not yet shared"]);
        project
            .run("ana", &["status"])
            .ends(0)
            .says(&["1 entry is kept on this machine", "resume --share"]);
        project
            .run("ana", &["log"])
            .ends(0)
            .says(&["said offline", "not shared yet"]);
        project
            .run("ana", &["lanes"])
            .ends(0)
            .says(&["1 entry not shared yet", ", as of "]);
        project
            .run("ana", &["resume", "--share"])
            .ends(1)
            .says(&["1 entry of", "not shared yet"]);
    });
    let kept = said(&[("before", true), ("said offline", false)]);
    assert_eq!(notes(&project, "ana"), kept);
    assert_eq!(not_shared(&project), 1);
    project
        .run("ana", &["doctor"])
        .says(&["not shared", id.as_str(), "resume --share"]);
    project.run("ana", &["resume"]).ends(0).says(&[
        "Nothing was interrupted here",
        "1 entry of",
        "--share",
    ]);
    // So far everybody only looked.
    assert_eq!(notes(&project, "ben"), said(&[("before", true)]));
    project
        .run("ana", &["resume", "--share"])
        .ends(0)
        .says(&["shared 1 entry"]);
    for login in ["ana", "ben"] {
        let all = said(&[("before", true), ("said offline", true)]);
        assert_eq!(notes(&project, login), all);
    }
    assert_eq!(not_shared(&project), 0);
    project
        .run("ana", &["resume", "--share"])
        .ends(0)
        .says(&["is shared"]);
}

#[test]
fn what_is_said_offline_goes_before_the_next_word() {
    let (project, _) = with_notes(&[]);
    offline(&project, || {
        for text in ["one", "two"] {
            project.run("ana", &["note", text]).ends(0);
        }
    });
    project.run("ben", &["note", "of a colleague"]).ends(0);
    project.run("ana", &["note", "three"]).ends(0);
    let all = ["of a colleague", "one", "two", "three"];
    let all: Vec<(&str, bool)> = all.into_iter().map(|text| (text, true)).collect();
    assert_eq!(notes(&project, "ben"), said(&all));
}

#[test]
fn what_was_cut_off_is_decided_before_anything_is_sent_beside_it() {
    let project = crash::before(1);
    let bin = project.path("bin");
    crash::deadly_git(&bin, 1, "before");
    let mut command = project.binary("ana");
    let output = command
        .args(["do", "change", "--yes"])
        .env("PATH", crash::path_with(&bin))
        .output_in_time()
        .expect("the binary runs");
    assert_eq!(output.status.signal(), Some(9), "it was not killed");
    offline(&project, || {
        project.run("ana", &["note", "said offline"]).ends(0);
    });
    // The intent that was never declared does not count; the note does.
    assert_eq!(not_shared(&project), 1);
    project.run("ana", &["status"]).ends(0).says(&[
        "an earlier run was interrupted: record snapshot.taken",
        "`lanekeeper resume` decides about it, before anything that is kept here is sent",
    ]);
    project
        .run("ana", &["resume", "--share"])
        .ends(1)
        .says(&["an earlier run was interrupted"]);
    assert_eq!(notes(&project, "ben"), said(&[]));
    // What is put on record about it takes along what waits.
    project.run("ana", &["resume", "--skip"]).ends(0);
    project
        .run("ana", &["resume", "--share"])
        .ends(0)
        .says(&["Everything that is on record here is shared"]);
    assert_eq!(notes(&project, "ben"), said(&[("said offline", true)]));
}

/// Makes a hotfix of which Ana said two words offline, before Ben closed and archived it; returns its id and the year.
pub(crate) fn archived_meanwhile() -> (Project, String, String) {
    let (project, id) = with_notes(&["before"]);
    offline(&project, || {
        for text in ["late word", "later word"] {
            project.run("ana", &["note", text]).ends(0);
        }
    });
    project
        .run("ben", &["close", "--note", "done", "--yes"])
        .ends(0);
    let log = project.run("ben", &["log", &id, "--json"]).ends(0).json();
    let entries = log["entries"].as_array().expect("entries");
    let at = entries.last().expect("an entry")["at"].as_str();
    let year = at.expect("a time")[..4].to_owned();
    project
        .run("ben", &["archive", "--year", &year, "--yes"])
        .ends(0);
    (project, id, year)
}

#[test]
fn what_was_said_offline_of_a_hotfix_that_was_archived_meanwhile_goes_into_the_archive() {
    let (project, id, year) = archived_meanwhile();
    let name = format!("refs/lanekeeper/v1/archive/{year}");
    let before = project.git("origin.git", &["rev-parse", &name]);
    let archive = format!("in the archive of {year}");
    project
        .run("ana", &["status", &id])
        .ends(0)
        .says(&[&archive, "adds them there"]);
    project
        .run("ana", &["doctor"])
        .says(&["2 entries are kept", "adds it there"]);
    project
        .run("ana", &["resume"])
        .ends(0)
        .says(&["2 entries of", &id, "resume --share"]);
    // Without the remote it stays, and nothing of it is lost.
    offline(&project, || {
        project
            .run("ana", &["resume", "--share"])
            .ends(1)
            .says(&["2 entries of", &id]);
    });
    project
        .run("ana", &["log", &id])
        .ends(0)
        .says(&["late word", "not shared yet"]);
    project
        .run("ana", &["resume", "--share"])
        .ends(0)
        .says(&["shared 2 entries"]);
    project
        .run("ana", &["resume", "--share"])
        .ends(0)
        .says(&["Everything that is on record here is shared"]);
    // Everybody reads it where the record is, which has no ref again, and which stays as it was before it.
    for login in ["ana", "ben"] {
        let log = project.run(login, &["log", &id, "--json"]).ends(0).json();
        let entries = log["entries"].as_array().expect("entries");
        let texts = entries.iter().map(|entry| &entry["body"]["text"]);
        let texts: Vec<&str> = texts.filter_map(Value::as_str).collect();
        assert_eq!(texts, ["before", "late word", "later word"], "{login}");
        assert!(entries.iter().all(|entry| entry["shared"] == true));
        project
            .run(login, &["status", &id])
            .ends(0)
            .says(&[&archive, "closed by Ben"]);
        project
            .run(login, &["note", "more", "--hotfix", &id])
            .ends(3)
            .says(&[&archive]);
        let lanes = project.run(login, &["lanes", "--json"]).ends(0).json();
        assert_eq!(lanes["hotfixes"].as_array().map(Vec::len), Some(0));
    }
    let all = project.git("origin.git", &["for-each-ref"]);
    assert!(!all.contains(&id), "{all}");
    let first = project.git("origin.git", &["rev-parse", &format!("{name}^1")]);
    assert_eq!(first, before);
}
