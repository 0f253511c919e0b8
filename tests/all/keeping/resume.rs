//! What a process that died left open: listed with what was found, decided by a person, and never run by itself.

use std::os::unix::process::ExitStatusExt;

use lanekeeper::store::Journal;
use serde_json::Value;

use crate::cli::project::Project;
use crate::cli::project::START;
use crate::crash;
use crate::support::in_time::InTime as _;

/// Makes a world in which Ana's console died right before (`when`) or after push `at` of `do change`.
fn died(world: &Project, when: &str, at: usize) -> Project {
    let project = world.copy();
    let bin = project.path("bin");
    crash::deadly_git(&bin, at, when);
    let mut command = project.binary("ana");
    let output = command
        .args(["do", "change", "--yes"])
        .env("PATH", crash::path_with(&bin))
        .output_in_time()
        .expect("the binary runs");
    assert_eq!(output.status.signal(), Some(9), "it was not killed");
    project
}

fn refs(project: &Project) -> String {
    project.git("origin.git", &["for-each-ref"])
}

fn listed(project: &Project) -> Vec<Value> {
    let document = project.run("ana", &["resume", "--json"]).ends(0).json();
    document["intents"].as_array().cloned().unwrap_or_default()
}

/// Returns the kinds of the record's events, and how often each of some is there.
fn kinds(project: &Project) -> Vec<String> {
    let log = project.run("ana", &["log", "--json"]).ends(0).json();
    let entries = log["entries"].as_array().cloned().unwrap_or_default();
    let kinds = entries.iter().filter_map(|entry| entry["kind"].as_str());
    kinds.map(str::to_owned).collect()
}

fn count(project: &Project, kind: &str) -> usize {
    kinds(project).iter().filter(|one| *one == kind).count()
}

fn offer<'a>(intent: &'a Value, how: &str) -> &'a Value {
    let offers = intent["offers"].as_array().expect("offers");
    offers
        .iter()
        .find(|one| one["how"] == how)
        .expect("is offered or told why not")
}

/// Asserts that what `resume` offers now is next, in the same words and before all else, and nothing else of it is.
fn is_next(project: &Project, intent: &Value) {
    let offers = intent["offers"].as_array().expect("offers");
    let may = |offer: &&Value| offer["why_not"].as_array().is_some_and(Vec::is_empty);
    let offered: Vec<&str> = offers
        .iter()
        .filter(may)
        .filter_map(|offer| offer["command"].as_str())
        .collect();
    assert!(!offered.is_empty(), "{intent}");
    for words in ["next", "status"] {
        let document = project.run("ana", &[words, "--json"]).ends(0).json();
        let next = document["next"].as_array().expect("a list");
        let commands = next.iter().filter_map(|action| action["command"].as_str());
        let lines: Vec<String> = commands.map(|one| format!("lanekeeper {one}")).collect();
        assert_eq!(lines[..offered.len()], offered[..], "{words}: {lines:?}");
        let of_resume = lines.iter().filter(|line| line.contains(" resume "));
        assert_eq!(of_resume.count(), offered.len(), "{words}: {lines:?}");
        project.run("ana", &[words]).ends(0).says(&offered);
    }
}

/// The same of the one intent that was left open here, where something of it may have been sent; tells whether it was.
#[must_use]
pub(crate) fn is_next_where_it_acted(project: &Project) -> bool {
    let left = listed(project);
    let mut has_acted = false;
    let acted =
        |call: &Value| matches!(call["found"].as_str(), Some("there" | "nowhere" | "untold"));
    for intent in &left {
        let calls = intent["calls"].as_array().expect("calls");
        if calls.iter().any(acted) {
            has_acted = true;
            is_next(project, intent);
        }
    }
    has_acted
}

#[test]
fn what_died_is_shown_with_what_was_found_and_a_person_decides() {
    let world = crash::before(1);
    // The change request is there, and the record does not know it.
    let project = died(&world, "after", 3);
    let before = refs(&project);
    project.run("ana", &["status"]).ends(0).says(&[
        "an earlier run was interrupted: open change request",
        "is there; `lanekeeper resume` decides about it",
    ]);
    project
        .run("ana", &["next"])
        .ends(0)
        .says(&["`lanekeeper resume` decides about it first"]);
    let left = listed(&project);
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(left[0]["words"], "do change");
    is_next(&project, &left[0]);
    let calls = left[0]["calls"].as_array().expect("calls");
    assert_eq!(calls[0]["found"], "there", "{calls:?}");
    assert_eq!(calls[0]["state"], "sending");
    assert_eq!(
        offer(&left[0], "undo")["why_not"].as_array().map(Vec::len),
        Some(0)
    );
    // Nobody agreed, so nothing is done.
    project
        .run("ana", &["do", "change"])
        .ends(3)
        .says(&["lanekeeper resume"]);
    assert_eq!(refs(&project), before, "something ran by itself");

    let skipped = project.copy_with_state();
    skipped.run("ana", &["resume", "--skip"]).ends(0);
    assert_eq!(count(&skipped, "effect.resolved"), calls.len());
    assert_eq!(count(&skipped, "request.opened"), 1);
    assert_eq!(listed(&skipped), Vec::<Value>::new());
    // Said again there is nothing of it.
    skipped.run("ana", &["resume", "--skip"]).ends(2);

    let undone = project.copy_with_state();
    undone
        .run("ana", &["resume", "--undo"])
        .ends(3)
        .says(&["--yes"]);
    undone
        .run("ana", &["resume", "--undo", "--yes"])
        .ends(0)
        .says(&["close change request 1"]);
    assert_eq!(listed(&undone), Vec::<Value>::new());
    undone.run("ana", &["status"]).ends(0).says(&["closed"]);

    // Agreed beforehand: what was found is recorded, and the rest is planned from what is there.
    project.run("ana", &["do", "change", "--yes"]);
    assert_eq!(listed(&project), Vec::<Value>::new());
    assert_eq!(count(&project, "request.opened"), 1);
}

#[test]
fn what_never_arrived_can_be_gone_on_with_and_is_done_once() {
    let world = crash::before(1);
    let project = died(&world, "before", 3);
    let left = listed(&project);
    assert_eq!(left[0]["calls"][0]["found"], "nowhere", "{left:?}");
    assert_eq!(
        offer(&left[0], "undo")["why_not"][0],
        "nothing of it is there, so there is nothing to take back"
    );
    let id = left[0]["intent"].as_str().expect("an id");
    project
        .run("ana", &["resume", id, "--continue", "--dry-run"])
        .ends(0)
        .says(&["open change request"]);
    project
        .run("ana", &["resume", id, "--continue", "--yes"])
        .ends(0);
    assert_eq!(listed(&project), Vec::<Value>::new());
    assert_eq!(count(&project, "request.opened"), 1);
    // The settled calls stand before what was done then.
    let kinds = kinds(&project);
    let at = |kind: &str| kinds.iter().position(|one| one == kind).expect("on record");
    assert!(at("effect.resolved") < at("request.opened"), "{kinds:?}");
}

#[test]
fn whoever_is_asked_to_name_a_hotfix_is_told_of_which_a_run_was_interrupted() {
    let project = died(&crash::before(1), "before", 3);
    let mut other = crash::STORY[0].words.to_vec();
    (other[1], other[3]) = ("cart", "The cart is empty");
    project.run("ana", &other).ends(0);
    let status = project.run("ana", &["status"]).ends(2);
    let why = "(a run of it was interrupted here: lanekeeper resume)";
    assert_eq!(status.notes.matches(why).count(), 1, "{}", status.notes);
}

#[test]
fn a_note_whose_run_dies_again_and_again_is_there_once() {
    let (project, _) = super::with_notes(&[]);
    let note = ["note", "support is told"];
    for death in 1..=3 {
        let bin = project.path(&format!("bin{death}"));
        // Kept here, and not shared.
        crash::deadly_git(&bin, 1, "before");
        let mut command = project.binary("ana");
        command.args(note).env("PATH", crash::path_with(&bin));
        let output = command.output_in_time().expect("the binary runs");
        assert_eq!(output.status.signal(), Some(9), "it was not killed");
        assert_eq!(count(&project, "note.added"), 0);
        // It counts nowhere, so this is all that anybody hears of it.
        project.run("ana", &["status"]).ends(0).says(&[
            "an earlier run was interrupted: record note.added \"support is told\"",
            "seen by nobody else",
            "`lanekeeper resume` decides about it",
        ]);
    }
    project.run("ana", &note).ends(0);
    assert_eq!(count(&project, "note.added"), 1);
    assert_eq!(listed(&project), Vec::<Value>::new());
}

/// Makes a hotfix on which Ana's note was kept here, when her console died before it was shared.
fn with_a_kept_note() -> Project {
    let (project, _) = super::with_notes(&[]);
    let bin = project.path("bin");
    crash::deadly_git(&bin, 1, "before");
    let mut command = project.binary("ana");
    command.args(["note", "support is told"]);
    let output = command.env("PATH", crash::path_with(&bin)).output_in_time();
    let output = output.expect("the binary runs");
    assert_eq!(output.status.signal(), Some(9), "it was not killed");
    project
}

#[test]
fn what_is_kept_here_is_dropped_by_whoever_does_not_go_on_and_shared_with_nobody() {
    let project = with_a_kept_note();
    // Nothing brings it back, so it is read first.
    let dry = project.run("ana", &["resume", "--skip", "--dry-run"]);
    dry.ends(0).says(&["it is kept on this machine only"]);
    project.run("ana", &["resume", "--skip"]).ends(3);
    assert_eq!(listed(&project).len(), 1);
    project.run("ana", &["resume", "--skip", "--yes"]).ends(0);
    assert_eq!(listed(&project), Vec::<Value>::new());
    project.run("ana", &["note", "another"]).ends(0);
    let log = project.run("ben", &["log", "--json"]).ends(0);
    assert!(!log.out.contains("support is told"), "{}", log.out);
    log.says(&["\"record note.added\"", "dropped: nobody else had seen it"]);
    assert_eq!(count(&project, "note.added"), 1);

    // Whoever goes on shares it.
    let project = with_a_kept_note();
    project
        .run("ana", &["resume", "--continue", "--yes"])
        .ends(0);
    assert_eq!(count(&project, "note.added"), 1);
}

#[test]
fn what_is_kept_here_stays_unshared_where_the_record_takes_no_word_of_it() {
    let project = with_a_kept_note();
    project
        .run("ben", &["close", "--note", "done", "--yes"])
        .ends(0);
    project
        .run("ana", &["resume", "--skip", "--yes"])
        .ends(3)
        .says(&["the hotfix is closed", "it stays on this machine, unshared"]);
    let log = project.run("ben", &["log", START[1], "--json"]).ends(0);
    assert!(!log.out.contains("support is told"), "{}", log.out);
}

#[test]
fn a_note_that_arrived_before_the_death_is_said_to_be_on_record() {
    let (project, _) = super::with_notes(&[]);
    let bin = project.path("bin");
    crash::deadly_git(&bin, 1, "after");
    let mut command = project.binary("ana");
    command.args(["note", "support is told"]);
    let output = command.env("PATH", crash::path_with(&bin)).output_in_time();
    let output = output.expect("the binary runs");
    assert_eq!(output.status.signal(), Some(9), "it was not killed");
    assert_eq!(count(&project, "note.added"), 1);
    project
        .run("ana", &["resume"])
        .ends(0)
        .says(&["it is on record"]);
    let status = project.run("ana", &["status"]).ends(0);
    assert!(!status.out.contains("interrupted"), "{}", status.out);
    project.run("ana", &["resume", "--skip"]).ends(0);
    assert_eq!(listed(&project), Vec::<Value>::new());
    assert_eq!(count(&project, "note.added"), 1);
}

#[test]
fn whether_a_seat_was_taken_before_the_death_is_told_by_the_seat_itself() {
    let world = crash::before(1);
    let mut found = Vec::new();
    for when in ["before", "after"] {
        for at in 1.. {
            let project = world.copy();
            let bin = project.path("bin");
            crash::deadly_git(&bin, at, when);
            let mut command = project.binary("ana");
            command.args(["drive", "--yes"]);
            let output = command.env("PATH", crash::path_with(&bin)).output_in_time();
            let output = output.expect("the binary runs");
            if output.status.signal().is_none() {
                break;
            }
            let is_taken = refs(&project).contains("refs/lanekeeper/v1/locks/");
            let left = listed(&project);
            let calls = left.iter().filter_map(|one| one["calls"].as_array());
            let begun = calls.flatten().find(|call| call["state"] == "sending");
            let Some(call) = begun else {
                continue;
            };
            let expected = if is_taken { "there" } else { "nowhere" };
            assert_eq!(call["found"], expected, "killed {when} push {at}: {call}");
            found.push(expected);
            if is_taken {
                assert_eq!(call["why"], "you drive production (epoch 1)");
                project
                    .run("ana", &["resume", "--continue", "--yes"])
                    .ends(0);
                assert_eq!(listed(&project), Vec::<Value>::new());
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    assert_eq!(found, ["nowhere", "there"]);
}

#[test]
fn what_a_run_writes_down_names_its_intent() {
    let (project, id) = super::with_notes(&["support is told"]);
    let event = format!("{}:event.json", super::name(&id));
    let event = project.git("origin.git", &["show", &event]);
    let event: Value = serde_json::from_str(&event).expect("JSON");
    assert_eq!(event["body"]["text"], "support is told");
    let intent = event["intent"].as_str().expect("an intent");
    assert!(!intent.is_empty() && event["id"] != intent, "{event}");
}

#[test]
fn a_start_of_which_nobody_knows_is_forgotten_on_demand() {
    let project = Project::new();
    let bin = project.path("bin");
    crash::deadly_git(&bin, 1, "before");
    let mut command = project.binary("ana");
    let output = command
        .args(START)
        .env("PATH", crash::path_with(&bin))
        .output_in_time()
        .expect("the binary runs");
    assert_eq!(output.status.signal(), Some(9), "it was not killed");
    let before = refs(&project);
    let left = listed(&project);
    assert_eq!(left.len(), 1, "{left:?}");
    assert!(
        left[0]["words"]
            .as_str()
            .is_some_and(|words| words.starts_with("start pay"))
    );
    project.run("ana", &["resume", "--skip"]).ends(0);
    assert_eq!(listed(&project), Vec::<Value>::new());
    assert_eq!(refs(&project), before);
    project.run("ana", &START).ends(0);
    let lanes = project.run("ana", &["lanes", "--json"]).ends(0).json();
    assert_eq!(lanes["hotfixes"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_record_that_cannot_be_read_keeps_nobody_from_deciding_about_the_others() {
    let (project, _) = super::with_notes(&[]);
    let no_record = format!("HEAD:{}", super::name("20200101-other-abc123"));
    project.git("ana", &["push", "--quiet", "origin", &no_record]);
    let why = "cannot read the record of 20200101-other-abc123";
    project.run("ana", &["status"]).ends(0).says(&[why]);
    let nothing = project.run("ana", &["resume"]).ends(0);
    nothing.says(&["Nothing was interrupted here"]);
}

/// In a container whose first process asks for nobody's end the dead keep their number.
#[test]
#[expect(clippy::disallowed_methods, reason = "a process that nobody asks for")]
fn a_process_that_is_dead_and_was_not_asked_for_is_not_at_work() {
    let dir = tempfile::tempdir().expect("temporary folder");
    let holder = |id: u32| {
        let text = format!("{id} 2026-01-01T00:00:00Z\n");
        std::fs::write(dir.path().join("journal.lock"), text).expect("own folder");
    };
    holder(std::process::id());
    assert!(Journal::is_at_work(dir.path()));
    let mut child = std::process::Command::new("true")
        .spawn()
        .expect("it starts");
    holder(child.id());
    // Ours to ask for, and it ends by itself.
    let stat = format!("/proc/{}/stat", child.id());
    while !std::fs::read_to_string(&stat).is_ok_and(|text| text.contains(") Z ")) {
        std::thread::yield_now();
    }
    assert!(!Journal::is_at_work(dir.path()));
    child.wait().expect("it ended");
    assert!(!Journal::is_at_work(dir.path()));
}
