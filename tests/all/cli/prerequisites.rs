//! What `preflight` says of earlier changes that a target lacks, and of who changed a conflicted file last on each side.

use serde_json::Value;
use serde_json::json;

use super::project::Project;
use super::project::TEAM;

/// The binary under test.
const BINARY: &str = env!("CARGO_BIN_EXE_lanekeeper");

/// Sixty lines, one of which is another.
fn lines(number: usize, other: &str) -> String {
    lines_but(&[(number, other)])
}

fn lines_but(others: &[(usize, &str)]) -> String {
    let line = |number: usize| {
        let other = others.iter().find(|(at, _)| *at == number);
        other.map_or_else(|| format!("{number}\n"), |(_, text)| format!("{text}\n"))
    };
    (1..=60).map(line).collect()
}

/// A clone without configuration, with a file of sixty lines on `main` and on `old`.
fn plain() -> Project {
    let project = Project::empty();
    project.git(".", &["init", "--quiet", "-b", "main", "ana"]);
    project.git("ana", &["config", "user.name", "Ana"]);
    project.git("ana", &["config", "user.email", "ana@example.org"]);
    project.write("ana/f.txt", &lines_but(&[]));
    project.commit("ana", "base");
    project.git("ana", &["branch", "old"]);
    project
}

fn by(project: &Project, name: &str, message: &str) {
    let name = format!("user.name={name}");
    project.git("ana", &["add", "--all"]);
    project.git("ana", &["-c", &name, "commit", "--quiet", "-m", message]);
}

fn row(project: &Project, code: i32) -> Value {
    let words = ["preflight", "main", "--into", "old", "--json"];
    let document = project.run("ana", &words).ends(code).json();
    document["targets"][0].clone()
}

fn lacking(row: &Value) -> Vec<&str> {
    let found = row["prerequisites"].as_array().into_iter().flatten();
    found
        .map(|one| one["subject"].as_str().expect("a subject"))
        .collect()
}

#[test]
fn a_pick_that_applies_may_stand_on_earlier_changes_too() {
    let project = plain();
    project.write("ana/f.txt", &lines(10, "ten"));
    project.commit("ana", "introduces ten");
    project.write("ana/f.txt", &lines_but(&[(10, "ten"), (50, "ten()")]));
    project.commit("ana", "uses ten");
    let found = row(&project, 0);
    assert_eq!(found["outcome"], "clean");
    assert_eq!(lacking(&found), ["introduces ten"]);
    project
        .run("ana", &["preflight", "main", "--into", "old"])
        .ends(0)
        .says(&["applies cleanly", "the target lacks", "introduces ten"]);
    // Nothing is missing where the pick stands on what the target has.
    let first = ["preflight", "main^", "--into", "old", "--json"];
    let document = project.run("ana", &first).ends(0).json();
    assert_eq!(lacking(&document["targets"][0]), [""; 0]);
    // A batch answers the plain question only.
    project.write("lines", "main old\n");
    let batch = project.shell("ana", &format!("{BINARY} preflight --batch < ../lines"));
    assert!(
        batch.contains("clean") && !batch.contains("introduces"),
        "{batch}"
    );
}

#[test]
fn files_that_were_renamed_are_followed_on_either_side_and_each_last_author_has_a_side() {
    let project = plain();
    project.git("ana", &["switch", "--quiet", "old"]);
    project.git("ana", &["mv", "f.txt", "moved.txt"]);
    project.write("ana/moved.txt", &lines(20, "20 dev"));
    by(&project, "Devon", "move and edit");
    project.git("ana", &["switch", "--quiet", "main"]);
    project.write("ana/f.txt", &lines(20, "twenty"));
    by(&project, "Pre", "first half");
    project.write("ana/f.txt", &lines(20, "TWENTY"));
    by(&project, "Fixer", "second half");
    let found = row(&project, 4);
    let conflict = &found["conflicts"][0];
    assert_eq!(conflict["path"], "moved.txt");
    assert_eq!(
        conflict["last_author"],
        json!({"target": "Devon", "fix": "Fixer"})
    );
    assert_eq!(conflict["last_authors"], json!(["Devon", "Fixer"]));
    assert_eq!(lacking(&found), ["first half"]);
    project
        .run("ana", &["preflight", "main", "--into", "old"])
        .ends(4)
        .says(&["last changed by Devon (target) and Fixer (fix)"]);

    // Renamed where the fix is from, after the change that it stands on.
    let project = plain();
    project.write("ana/f.txt", &lines(10, "ten"));
    project.commit("ana", "introduces ten");
    project.git("ana", &["mv", "f.txt", "g.txt"]);
    project.commit("ana", "another name");
    project.write("ana/g.txt", &lines_but(&[(10, "ten"), (50, "ten()")]));
    project.commit("ana", "uses ten");
    let found = row(&project, 0);
    assert_eq!(lacking(&found), ["another name", "introduces ten"]);
}

#[test]
fn what_was_picked_and_taken_out_again_is_missing() {
    for with_trailer in [true, false] {
        let project = plain();
        project.write("ana/f.txt", &lines(20, "twenty"));
        project.commit("ana", "first half");
        project.write("ana/f.txt", &lines(20, "TWENTY"));
        project.commit("ana", "second half");
        project.git("ana", &["switch", "--quiet", "old"]);
        // On another parent: else the pick is the very commit.
        project.write("ana/other.txt", "of old\n");
        project.commit("ana", "other work");
        let pick: &[&str] = if with_trailer {
            &["cherry-pick", "-x", "main^"]
        } else {
            &["cherry-pick", "main^"]
        };
        project.git("ana", pick);
        let found = row(&project, 0);
        assert_eq!(lacking(&found), [""; 0]);
        project.git("ana", &["revert", "--no-edit", "HEAD"]);
        let found = row(&project, 4);
        assert_eq!(lacking(&found), ["first half"]);
    }
}

/// Returns the words of facts in a plan.
fn facts(answer: &Value) -> Vec<&str> {
    let found = answer["plan"]["facts"].as_array().into_iter().flatten();
    found
        .map(|one| one["text"].as_str().expect("a fact"))
        .collect()
}

#[test]
fn the_plan_of_a_backport_that_conflicts_names_them_as_preflight_does() {
    let project = Project::with_team(TEAM);
    let mut ids = Vec::new();
    for (text, subject) in [("two, at first", "before"), ("two, fixed", "fix")] {
        project.write("ana/cart.rs", &format!("one\n{text}\nthree\n"));
        project.commit("ana", subject);
        ids.push(project.git("ana", &["rev-parse", "--short=7", "HEAD"]));
    }
    project.git("ana", &["push", "--quiet", "origin", "HEAD:main"]);
    let rest = format!(
        "lacks {} before, an earlier change to the same files",
        ids[0].trim()
    );
    let backport = ["backport", "main", "--into", "integration", "--dry-run"];
    let plan = project
        .run("ana", &[&backport[..], &["--json"]].concat())
        .ends(0)
        .json();
    let told = format!("integration {rest}");
    assert!(facts(&plan).contains(&told.as_str()), "{plan}");
    project.run("ana", &backport).ends(0).says(&[&told]);
    project
        .run("ana", &["preflight", "main", "--into", "integration"])
        .ends(4)
        .says(&[&format!("the target {rest}")]);
}

#[test]
fn a_commit_that_no_lane_of_run_has_is_told_by_preflight_as_by_the_plan() {
    let project = Project::with_team(TEAM);
    project.git("ana", &["switch", "--quiet", "-c", "topic"]);
    project.write("ana/topic.rs", "topic\n");
    project.commit("ana", "topic");
    project.git("ana", &["push", "--quiet", "origin", "topic"]);
    let preflight = ["preflight", "topic", "--into", "integration"];
    let id = project.git("ana", &["rev-parse", "--short=7", "topic"]);
    let told = format!(
        "{} is in no lane of RUN: what is carried has usually been there before",
        id.trim()
    );
    let backport = ["backport", "topic", "--into", "integration", "--dry-run"];
    project.run("ana", &backport).ends(0).says(&[&told]);
    project.run("ana", &preflight).ends(0).says(&[&told]);
    let json = [&preflight[..], &["--json"]].concat();
    let row = project.run("ana", &json).ends(0).json()["targets"][0].clone();
    assert_eq!(row["not_in_run"][0]["subject"], "topic");
    // Once RUN has it nothing is said of that.
    project.git("ana", &["push", "--quiet", "origin", "topic:main"]);
    let row = project.run("ana", &json).ends(0).json()["targets"][0].clone();
    assert_eq!(row["not_in_run"], Value::Null);
}
