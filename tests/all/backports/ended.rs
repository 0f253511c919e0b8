//! How a backport ends for the job that ran it: its exit code, and one row for each lane that was asked for.

use serde_json::Value;
use serde_json::json;

use crate::cli::project::Project;
use crate::cli::project::START;

/// A fix in `main` that applies everywhere.
fn clean() -> Project {
    let project = Project::new();
    project.git("ana", &["switch", "--quiet", "main"]);
    project.write("ana/cart.rs", "one\nfixed two\nthree\n");
    project.commit("ana", "fix the cart");
    project.git("ana", &["push", "--quiet", "origin", "main"]);
    project
}

/// Backports `main`, and returns the document.
fn carried(project: &Project, more: &[&str], code: i32) -> Value {
    let begin = ["backport", "main", "--yes", "--json", "--into"];
    let words = [&begin[..], more].concat();
    let answer = project.run("ana", &words).ends(code);
    assert_eq!(answer.json()["exit"], code);
    answer.json()
}

#[test]
fn merged_is_not_enough_what_is_not_there_any_more_is_told_and_built_again_when_asked() {
    let project = clean();
    let first = carried(&project, &["integration"], 0);
    let row = &first["targets"][0];
    assert_eq!(row["target"], "integration");
    assert_eq!(row["stage"], "request open");
    assert_eq!((&row["request"], &row["of"]), (&json!(1), &Value::Null));
    project
        .run(
            "ana",
            &["do", "backport", "--target", "integration", "--yes"],
        )
        .ends(0);
    let done = carried(&project, &["integration"], 0);
    assert_eq!(done["results"][0]["outcome"], "already");
    assert_eq!(done["targets"][0]["verdict"], "present");
    assert_eq!(done["targets"][0]["state"], "done");
    // Somebody takes it back.
    project.git("ben", &["fetch", "--quiet"]);
    project.git("ben", &["switch", "--quiet", "integration"]);
    project.git(
        "ben",
        &[
            "revert",
            "--no-edit",
            "--mainline",
            "1",
            "origin/integration",
        ],
    );
    project.git("ben", &["push", "--quiet", "origin", "integration"]);
    let before = project.state("ana");
    let lost = carried(&project, &["integration"], 1);
    assert_eq!(lost["results"][0]["outcome"], "failed");
    let why = lost["results"][0]["why"].as_str().expect("a reason");
    assert!(why.contains("the fix is ABSENT in integration"), "{why}");
    assert!(why.contains("--start-over"), "{why}");
    assert_eq!(lost["targets"][0]["stage"], "open again");
    assert_eq!(lost["targets"][0]["verdict"], "absent");
    assert_eq!(project.state("ana"), before);
    // What is fine elsewhere does not hide it.
    let some = carried(&project, &["integration", "preprod"], 10);
    assert_eq!(some["targets"][1]["stage"], "request open");
    let over = carried(&project, &["integration", "--start-over"], 0);
    assert_eq!(over["targets"][0]["stage"], "request open");
    let branch = over["targets"][0]["branch"].as_str().expect("a branch");
    assert!(branch.ends_with("-2"), "{branch}");
}

#[test]
fn a_request_whose_branch_is_gone_is_none_and_is_closed_where_it_is_built_again() {
    let project = clean();
    let first = carried(&project, &["integration"], 0);
    let branch = first["targets"][0]["branch"].as_str().expect("a branch");
    project.git("ben", &["push", "--quiet", "origin", "--delete", branch]);
    let words = ["backport", "main", "--into", "integration", "--yes"];
    let before = project.state("ana");
    project.run("ana", &words).ends(3).says(&[
        &format!("the branch {branch} is not on the remote"),
        "--start-over",
    ]);
    assert_eq!(project.state("ana"), before);
    let over = carried(&project, &["integration", "--start-over"], 0);
    let row = &over["targets"][0];
    assert_eq!(
        (&row["request"], &row["stage"]),
        (&json!(2), &json!("request open"))
    );
    assert_eq!(row["branch"], json!(format!("{branch}-2")));
    // Pushed again by whoever, the first one stays closed.
    project.git(
        "ben",
        &["push", "--quiet", "origin", &format!("main:{branch}")],
    );
    let again = carried(&project, &["integration"], 0);
    assert_eq!(again["targets"][0]["request"], json!(2));
    // The lane itself is gone: nothing is on its way there.
    project.git(
        "ben",
        &["push", "--quiet", "origin", "--delete", "integration"],
    );
    project
        .run("ana", &words)
        .ends(3)
        .says(&["the branch integration is not on the remote"]);
}

#[test]
fn what_became_something_else_is_not_said_to_be_built_again_where_that_is_refused() {
    let project = clean();
    carried(&project, &["integration"], 0);
    let merge = ["do", "backport", "--target", "integration", "--yes"];
    project.run("ana", &merge).ends(0);
    // Somebody takes it out, and writes something else there: the same again would conflict.
    project.git("ben", &["fetch", "--quiet"]);
    project.git("ben", &["switch", "--quiet", "integration"]);
    project.git("ben", &["reset", "--quiet", "--hard", "origin/integration"]);
    project.write("ben/cart.rs", "one\nanother two\nthree\n");
    project.commit("ben", "another cart");
    project.git("ben", &["push", "--quiet", "origin", "integration"]);
    let lost = carried(&project, &["integration"], 1);
    assert_eq!(lost["targets"][0]["stage"], "merged");
    assert_eq!(lost["targets"][0]["verdict"], "changed");
    let why = lost["results"][0]["why"].as_str().expect("a reason");
    assert!(!why.contains("--start-over"), "{why}");
    for way in [
        "lanekeeper acknowledge integration --note N",
        "lanekeeper abandon backport --target integration --reason R",
    ] {
        assert!(why.contains(way), "{why}");
    }
    let over = ["backport", "main", "--into", "integration", "--start-over"];
    project
        .run("ana", &[&over[..], &["--yes"]].concat())
        .ends(3);
    let note = ["acknowledge", "integration", "--note", "better", "--yes"];
    project.run("ana", &note).ends(0);
    carried(&project, &["integration"], 0);
}

/// Merges what was carried into integration, and closes its record.
fn merged_and_closed() -> Project {
    let project = clean();
    carried(&project, &["integration"], 0);
    let merge = ["do", "backport", "--target", "integration", "--yes"];
    project.run("ana", &merge).ends(0);
    let close = ["close", "--note", "done", "--yes"];
    project.run("ana", &close).ends(0);
    project
}

#[test]
fn what_was_closed_is_carried_on_under_another_record_where_that_is_asked_for() {
    let project = merged_and_closed();
    // Nothing is missing, closed or not, and no other record is begun for it.
    carried(&project, &["integration"], 0);
    let before = project.state("ana");
    carried(&project, &["integration", "--start-over"], 0);
    assert_eq!(project.state("ana"), before);
    let both = [
        "backport",
        "main",
        "--yes",
        "--into",
        "integration",
        "preprod",
    ];
    project.run("ana", &both).ends(3).says(&[
        "was closed by",
        "--start-over carries it under another record",
    ]);
    let over = carried(&project, &["integration", "preprod", "--start-over"], 0);
    assert_eq!(over["targets"][0]["state"], "done");
    assert_eq!(over["targets"][1]["stage"], "request open");
    let again = carried(&project, &["integration", "preprod"], 0);
    assert_eq!(again["plan"], Value::Null);
    let alone = project.git("ana", &["rev-parse", "main"]);
    let next = project.run("ana", &["next", "--json"]).ends(0).json();
    assert_eq!(next["hotfix"], format!("backport-{}-2", &alone[..12]));
    assert_eq!(next["next"][0]["command"], "do backport --target preprod");
}

#[test]
fn what_was_taken_back_after_it_was_closed_is_carried_again_when_asked() {
    let project = merged_and_closed();
    project.git("ben", &["fetch", "--quiet"]);
    project.git("ben", &["switch", "--quiet", "integration"]);
    let revert = [
        "revert",
        "--no-edit",
        "--mainline",
        "1",
        "origin/integration",
    ];
    project.git("ben", &revert);
    project.git("ben", &["push", "--quiet", "origin", "integration"]);
    let lost = carried(&project, &["integration"], 1);
    let why = lost["results"][0]["why"].as_str().expect("a reason");
    assert!(
        why.contains("--start-over carries it under another record"),
        "{why}"
    );
    let over = carried(&project, &["integration", "--start-over"], 0);
    assert_eq!(over["targets"][0]["stage"], "request open");
    let branch = over["targets"][0]["branch"].as_str().expect("a branch");
    assert!(branch.ends_with("-2"), "{branch}");
    let again = carried(&project, &["integration"], 0);
    assert_eq!(again["plan"], Value::Null);
}

#[test]
fn the_rows_of_a_second_run_are_those_of_the_first() {
    let project = Project::fixed();
    let first = carried(&project, &["integration", "preprod"], 10);
    let rows = first["targets"].as_array().expect("rows");
    assert_eq!(rows[0]["stage"], "request open (conflict, draft)");
    assert_eq!(
        rows[0]["conflicts"],
        json!([{ "path": "cart.rs", "kind": "content" }])
    );
    assert_eq!(rows[0]["pending"], json!([]));
    assert_eq!(rows[1]["target"], "preprod");
    assert_eq!(rows[1]["conflicts"], json!([]));
    assert!(rows.iter().all(|row| row["request"].is_u64()), "{rows:?}");
    let again = carried(&project, &["integration", "preprod"], 10);
    assert_eq!(again["plan"], Value::Null);
    let parts = |row: &Value| {
        let names = [
            "target",
            "state",
            "stage",
            "request",
            "branch",
            "conflicts",
            "pending",
            "verdict",
        ];
        names.map(|name| row[name].clone())
    };
    let all = |document: &Value| -> Vec<[Value; 8]> {
        let rows = document["targets"].as_array().expect("rows");
        rows.iter().map(parts).collect()
    };
    assert_eq!(all(&again), all(&first));
}

#[test]
fn what_was_refused_or_only_planned_has_rows_as_well() {
    let project = Project::fixed();
    let refused = carried(&project, &["integration", "--policy", "fail"], 4);
    let row = &refused["targets"][0];
    assert_eq!(
        (&row["prediction"], &row["request"]),
        (&json!("conflict"), &Value::Null)
    );
    assert_ne!(row["verdict"], "present");
    assert_eq!(row["conflicts"][0]["path"], "cart.rs");
    let planned = carried(&project, &["preprod", "--dry-run"], 0);
    let row = &planned["targets"][0];
    assert_eq!(
        (&row["state"], &row["stage"], &row["prediction"]),
        (&json!("ready"), &json!("predicted"), &json!("clean"))
    );
    // Other commands have no targets of this kind.
    let start = [&START[..], &["--json"]].concat();
    let started = project.run("ana", &start).ends(0).json();
    assert_eq!(started["targets"], Value::Null);
}

#[test]
fn a_commit_that_changes_nothing_and_one_without_a_parent_are_wrong_words() {
    let project = clean();
    let root = project.git("ana", &["rev-list", "--max-parents=0", "main"]);
    project.git(
        "ana",
        &["commit", "--quiet", "--allow-empty", "-m", "nothing"],
    );
    project.git("ana", &["push", "--quiet", "origin", "main"]);
    let before = project.state("ana");
    for (rev, told) in [
        ("main", "changes nothing"),
        (root.as_str(), "has no parent"),
    ] {
        let words = ["backport", rev, "--into", "integration", "--yes"];
        project.run("ana", &words).ends(2).says(&[told, "next"]);
    }
    assert_eq!(project.state("ana"), before);
}
