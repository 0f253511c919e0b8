//! Closed hotfixes are archived by the real binary: what is told of them stays the same, and whoever dies in it loses nothing.

use std::os::unix::process::ExitStatusExt;

use serde_json::Value;

use crate::cli::project::Project;
use crate::crash;
use crate::support::in_time::InTime as _;

use super::name;
use super::with_notes;

/// Makes a hotfix that was closed, and returns its id and the year.
fn closed() -> (Project, String, String) {
    let (project, id) = with_notes(&["one", "two"]);
    project
        .run("ana", &["close", "--note", "done", "--yes"])
        .ends(0);
    let year = year_of(&project, &id);
    (project, id, year)
}

/// Returns the year of the last entry of a hotfix, which closed it.
fn year_of(project: &Project, id: &str) -> String {
    let log = project.run("ana", &["log", id, "--json"]).ends(0).json();
    let entries = log["entries"].as_array().expect("entries");
    let at = entries.last().expect("an entry")["at"].as_str();
    at.expect("a time")[..4].to_owned()
}

fn refs(project: &Project) -> String {
    project.git("origin.git", &["for-each-ref"])
}

fn left_open(project: &Project) -> Vec<Value> {
    let document = project.run("ana", &["resume", "--json"]).ends(0).json();
    document["intents"].as_array().cloned().unwrap_or_default()
}

/// Returns everything that is told of a hotfix: the timeline as text and as JSON, and what an export writes.
fn told(project: &Project, login: &str, id: &str) -> [String; 3] {
    let log = project.run(login, &["log", id]).ends(0).out;
    let json = project.run(login, &["log", id, "--json"]).ends(0).out;
    project
        .run(login, &["export", id, "--out", "../export"])
        .ends(0);
    let lines = std::fs::read_to_string(project.path(&format!("export/{id}.jsonl")));
    [log, json, lines.expect("exported")]
}

#[test]
fn what_is_told_of_an_archived_hotfix_is_what_was_told_before() {
    let (project, id, year) = closed();
    let before = told(&project, "ana", &id);
    let head = project.git("origin.git", &["rev-parse", &name(&id)]);
    // It was closed this year, and that is not over.
    project
        .run("ana", &["archive", "--yes"])
        .ends(3)
        .says(&["nothing to do", "--year"]);
    let archive = ["archive", "--year", year.as_str()];
    let all = refs(&project);
    project
        .run("ana", &[&archive[..], &["--dry-run"]].concat())
        .ends(0)
        .says(&[id.as_str(), "take their refs away"]);
    project.run("ana", &archive).ends(3).says(&["--yes"]);
    assert_eq!(refs(&project), all);
    let done = project.run("ana", &[&archive[..], &["--yes", "--json"]].concat());
    let document = done.ends(0).json();
    assert_eq!(document["results"][0]["outcome"], "done");
    assert_eq!(
        document["plan"]["command"],
        format!("archive --year {year}")
    );
    let left = refs(&project);
    assert!(
        !left.contains(&id) && left.contains(&format!("archive/{year}")),
        "{left}"
    );
    for login in ["ana", "ben"] {
        assert_eq!(told(&project, login, &id), before, "{login}");
        project
            .run(login, &["status", &id])
            .ends(0)
            .says(&["closed by Ana", &format!("in the archive of {year}")]);
        let status = project
            .run(login, &["status", &id, "--json"])
            .ends(0)
            .json();
        assert_eq!(status["hotfix"]["archived"].to_string(), year);
        project
            .run(login, &["report", &id])
            .ends(0)
            .says(&["note: two"]);
        project
            .run(login, &["note", "three", "--hotfix", &id])
            .ends(3)
            .says(&[&format!("in the archive of {year}")]);
        project
            .run(login, &["restore", &id, "--yes"])
            .ends(3)
            .says(&["nothing to do"]);
        let lanes = project.run(login, &["lanes", "--json"]).ends(0).json();
        assert_eq!(lanes["hotfixes"].as_array().map(Vec::len), Some(0));
    }
    for end in ["jsonl", "bundle"] {
        let file = format!("../export/{id}.{end}");
        project
            .run("ben", &["import", &file, "--yes"])
            .ends(3)
            .says(&[&format!("is in the archive of {year}")]);
    }
    project
        .run("ben", &[&archive[..], &["--yes"]].concat())
        .ends(3)
        .says(&["nothing to do"]);
    assert_eq!(refs(&project), left);
    // Whoever may push can give a record its ref again.
    let back = format!("{head}:{}", name(&id));
    project.git(
        "ana",
        &[
            "fetch",
            "--quiet",
            "origin",
            &format!("refs/lanekeeper/v1/archive/{year}"),
        ],
    );
    project.git("ana", &["push", "--quiet", "origin", &back]);
    project
        .run("ben", &["status", &id])
        .ends(0)
        .says(&["closed by Ana"]);
}

#[test]
fn what_is_still_owed_to_build_is_told_before_nothing_reminds_of_it() {
    let (project, id) = with_notes(&[]);
    project.git("ana", &["fetch", "--quiet"]);
    project.git("ana", &["switch", "--quiet", "hotfix/pay"]);
    project.write("ana/cart.rs", "one\nfixed two\nthree\n");
    project.commit("ana", "fix the cart");
    project.git("ana", &["push", "--quiet", "origin", "hotfix/pay"]);
    // It came into RUN by hand, and nowhere else.
    project.git("ana", &["push", "--quiet", "origin", "hotfix/pay:main"]);
    project
        .run("ana", &["close", "--note", "given up early", "--yes"])
        .ends(0);
    let year = year_of(&project, &id);
    let archive = ["archive", "--year", year.as_str()];
    let owed = format!("{id} is still owed to BUILD (integration ");
    project
        .run("ana", &[&archive[..], &["--dry-run"]].concat())
        .ends(0)
        .says(&[&owed, "nothing reminds of that any more"]);
    project
        .run("ana", &[&archive[..], &["--yes"]].concat())
        .ends(0);
}

#[test]
fn a_run_that_died_in_it_is_settled_by_what_is_there() {
    for when in ["before", "after"] {
        let (project, id, year) = closed();
        let log = project.run("ana", &["log", &id]).ends(0).out;
        let archive = ["archive", "--year", year.as_str(), "--yes"];
        let bin = project.path("bin");
        crash::deadly_git(&bin, 1, when);
        let mut command = project.binary("ana");
        command.args(archive).env("PATH", crash::path_with(&bin));
        let output = command.output_in_time().expect("the binary runs");
        assert_eq!(output.status.signal(), Some(9), "it was not killed");
        let is_there = when == "after";
        let all = refs(&project);
        assert_eq!(all.contains(&name(&id)), !is_there, "{when}: {all}");
        let left = left_open(&project);
        let found = if is_there { "there" } else { "nowhere" };
        assert_eq!(left.len(), 1, "{when}: {left:?}");
        assert_eq!(left[0]["calls"][0]["found"], found, "{when}: {left:?}");
        // What may still have been sent is found out first.
        project.run("ana", &archive).ends(3);
        let how = if is_there { "--continue" } else { "--skip" };
        project.run("ana", &["resume", how, "--yes"]).ends(0);
        assert_eq!(left_open(&project), Vec::<Value>::new(), "{when}");
        assert_eq!(refs(&project), all, "{when}: it was put on record");
        if !is_there {
            project.run("ana", &archive).ends(0);
        }
        project
            .run("ana", &archive)
            .ends(3)
            .says(&["nothing to do"]);
        assert!(!refs(&project).contains(&name(&id)), "{when}");
        assert_eq!(project.run("ana", &["log", &id]).ends(0).out, log, "{when}");
    }
}
