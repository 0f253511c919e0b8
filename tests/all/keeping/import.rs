//! A record that was exported comes back: as JSON lines or as a bundle, verified, never over what is there.

use serde_json::Value;

use crate::cli::project::Project;

use super::name;
use super::with_notes;

/// Makes a hotfix with notes, and exports it.
fn exported() -> (Project, String) {
    let (project, id) = with_notes(&["one", "two"]);
    project
        .run("ana", &["export", &id, "--out", "../export"])
        .ends(0);
    (project, id)
}

fn entries(project: &Project, login: &str, id: &str) -> Value {
    project.run(login, &["log", id, "--json"]).ends(0).json()["entries"].clone()
}

#[test]
fn lines_and_bundle_bring_a_lost_record_back_as_it_was_and_only_once() {
    for end in ["jsonl", "bundle"] {
        let (project, id) = exported();
        let before = entries(&project, "ana", &id);
        let head = project.git("origin.git", &["rev-parse", &name(&id)]);
        project.git("origin.git", &["update-ref", "-d", &name(&id)]);
        let file = format!("../export/{id}.{end}");
        // Ben's console never saw it.
        project
            .run("ben", &["import", &file, "--dry-run"])
            .ends(0)
            .says(&["import", "note: one"]);
        project
            .run("ben", &["import", &file])
            .ends(3)
            .says(&["--yes"]);
        project.run("ben", &["import", &file, "--yes"]).ends(0);
        assert_eq!(entries(&project, "ben", &id), before, "{end}");
        assert_eq!(
            project.git("origin.git", &["rev-parse", &name(&id)]),
            head,
            "{end}"
        );
        project
            .run("ben", &["import", &file, "--yes"])
            .ends(3)
            .says(&["nothing to do"]);
        // For Ana it is as if nothing had happened.
        project
            .run("ana", &["note", "three", "--hotfix", &id])
            .ends(0);
    }
}

#[test]
fn what_the_record_lacks_goes_behind_what_it_has() {
    let (project, id) = exported();
    let older = project.git("origin.git", &["rev-parse", &format!("{}~1", name(&id))]);
    project.git("origin.git", &["update-ref", &name(&id), &older]);
    project
        .run("ben", &["note", "from Ben", "--hotfix", &id])
        .ends(0);
    let file = format!("../export/{id}.jsonl");
    project
        .run("ben", &["import", &file, "--yes"])
        .ends(0)
        .says(&["import 1 event"]);
    let texts: Vec<Value> = entries(&project, "ben", &id)
        .as_array()
        .expect("entries")
        .iter()
        .filter(|entry| entry["kind"] == "note.added")
        .map(|entry| entry["body"]["text"].clone())
        .collect();
    assert_eq!(texts, ["one", "from Ben", "two"]);
}

#[test]
fn what_is_no_whole_record_is_refused_by_line() {
    let (project, id) = exported();
    let refs = project.git("origin.git", &["for-each-ref"]);
    let file = format!("export/{id}.jsonl");
    let text = std::fs::read_to_string(project.path(&file)).expect("exported");
    let lines: Vec<&str> = text.lines().collect();
    let without_second: Vec<&str> = lines
        .iter()
        .enumerate()
        .filter(|(n, _)| *n != 1)
        .map(|(_, line)| *line)
        .collect();
    for (what, content, words) in [
        (
            "altered",
            text.replace("\"one\"", "\"two\""),
            "does not follow",
        ),
        ("shortened", without_second.join("\n"), "does not follow"),
        ("garbled", text.replacen("{", "{{", 1), ":1 is no event"),
        ("empty", String::new(), "there is no event"),
    ] {
        project.write("bad.jsonl", &content);
        project
            .run("ben", &["import", "../bad.jsonl", "--yes"])
            .ends(2)
            .says(&[words]);
        assert_eq!(project.git("origin.git", &["for-each-ref"]), refs, "{what}");
    }
    project
        .run("ben", &["import", "../nowhere", "--yes"])
        .ends(2)
        .says(&["cannot read"]);
}
