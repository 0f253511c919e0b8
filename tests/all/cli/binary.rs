//! The real binary: bad input is told with the next step and the right exit code, and changes nothing.

use super::project::Project;
use super::project::START;

#[test]
fn a_lane_that_does_not_exist_is_named_with_the_nearest_that_does() {
    let project = Project::new();
    let before = project.state("ana");
    project
        .run(
            "ana",
            &["start", "x", "--title", "X", "--from", "perprod", "--yes"],
        )
        .ends(2)
        .says(&["no lane `perprod`", "preprod"]);
    assert_eq!(project.state("ana"), before);
}

#[test]
fn ten_mistakes_in_the_configuration_are_told_at_once() {
    let project = Project::new();
    let wrong = r#"
[project]
forge = "svn"
playbook = "bild-run"
poll = "soon"
nmae = "shop"

[[lane]]
name = "preprod"
layer = "rnu"
merges_into = ["mian"]

[[lane]]
name = "main"
layer = "run"
environment = "prodution"
seats = ["tech-laed"]

[[environment]]
name = "production"
apps = ["portal"]
produktion = true

[[check]]
name = "unit"
comand = ["true"]
"#;
    project.write("ana/lanekeeper.toml", wrong);
    let answer = project.run("ana", &["config", "check"]).ends(2);
    let told = answer
        .notes
        .lines()
        .filter(|line| line.contains("lanekeeper.toml:"))
        .count();
    assert!(told >= 10, "only {told} mistakes:\n{}", answer.notes);
    let document = project.run("ana", &["config", "check", "--json"]).ends(2);
    assert_eq!(document.json()["valid"], false);
    project.run("ana", &["status"]).ends(2).says(&["mistakes"]);
}

#[test]
fn a_hotfix_that_is_not_there_is_told() {
    let project = Project::new();
    for words in [
        &["status", "20260412-nope-000000"][..],
        &["do", "implement", "--hotfix", "nope", "--yes"],
        &["log", "nope"],
    ] {
        let answer = project.run("ana", words).ends(2);
        answer.says(&["no hotfix `", "lanekeeper start"]);
    }
    project
        .run("ana", &["tick", "verified"])
        .ends(2)
        .says(&["no hotfix is open"]);
    project
        .run("ana", &["status"])
        .ends(0)
        .says(&["No hotfix is open"]);
}

#[test]
fn wrong_words_end_with_2_and_help_with_0() {
    let project = Project::new();
    project.run("ana", &["stauts"]).ends(2).says(&["status"]);
    project
        .run("ana", &["--help"])
        .ends(0)
        .says(&["Exit codes"]);
    project
        .run("ana", &["man"])
        .ends(0)
        .says(&[".TH lanekeeper"]);
    for shell in ["bash", "zsh", "fish"] {
        project
            .run("ana", &["completions", shell])
            .ends(0)
            .says(&["lanekeeper"]);
    }
}

#[test]
fn a_job_cannot_run_again_where_the_console_runs_the_jobs() {
    let project = Project::new();
    project
        .run("ana", &["retry", "4711"])
        .ends(2)
        .says(&["no hotfix is open"]);
    project
        .run(
            "ana",
            &[
                "start",
                "npe",
                "--title",
                "It crashes",
                "--answer",
                "impact=all",
                "--yes",
            ],
        )
        .ends(0);
    let refused = project.run("ana", &["retry", "4711", "--dry-run", "--json"]);
    refused.ends(3).says(&[
        "run job 4711 again",
        "there is no CI here",
        "lanekeeper next",
    ]);
    project
        .run("ana", &["retry", "--help"])
        .ends(0)
        .says(&["--confirm", "--dry-run"]);
}

#[test]
fn a_log_of_a_job_that_is_not_there_is_told_without_a_hotfix() {
    let project = Project::new();
    project
        .run("ana", &["log", "--job", "4711"])
        .ends(1)
        .says(&["cannot read the log of job 4711"]);
    project.run("ana", &["log", "x", "--job", "4711"]).ends(2);
}

#[test]
fn words_that_are_not_understood_make_a_document_where_one_is_wanted() {
    let project = Project::empty();
    let answer = project.run("home", &["do", "--json", "--nonsense"]).ends(2);
    assert_eq!(answer.json()["schema"], "lanekeeper/fault/v1");
    assert!(answer.notes.is_empty());
}

#[test]
fn an_unanswered_question_is_no_matter_of_lanes() {
    let project = Project::new();
    let answer = project.run("ana", &["start", "pay", "--title", "x", "--yes"]);
    let answer = answer.ends(3);
    assert!(!answer.out.contains("RUN lane"), "{}", answer.out);
}

#[test]
fn a_journal_that_another_process_holds_is_a_fault_that_changes_nothing() {
    let project = Project::new();
    project.run("ana", &START).ends(0);
    let status = project.run("ana", &["doctor", "--json"]).ends(0).json();
    let checks = status["findings"].as_array().cloned().unwrap_or_default();
    let state = checks.iter().find(|check| check["name"] == "state");
    let state = state.and_then(|check| check["text"].as_str());
    let lock = std::path::Path::new(state.expect("the state directory")).join("journal.lock");
    let file = std::fs::File::open(lock).expect("the lock is there");
    file.lock().expect("nobody has it");
    let before = project.state("ana");
    project
        .run("ana", &["note", "x"])
        .ends(1)
        .says(&["nothing was done"]);
    assert_eq!(project.state("ana"), before);
}
