//! The real binary: bad input is told with the next step and the right exit code, and changes nothing.

use super::project::Project;

#[test]
fn outside_a_repository_it_says_where_to_go() {
    let project = Project::empty();
    project
        .run("home", &["status"])
        .ends(2)
        .says(&["cannot open", "-C DIR"]);
    let answer = project.run("home", &["status", "--json"]).ends(2);
    let document = answer.json();
    assert_eq!(document["schema"], "lanekeeper/fault/v1");
    assert_eq!(document["exit"], 2);
    assert!(document["hint"].is_string() && answer.notes.is_empty());
}

#[test]
fn an_empty_repository_has_nothing_to_describe_yet() {
    let project = Project::empty();
    project.git(".", &["init", "--quiet", "--bare", "origin.git"]);
    project.clone_for("ana", "Ana Ruiz");
    project
        .run("ana", &["init", "--print"])
        .ends(2)
        .says(&["no branches yet", "Push a first commit"]);
    project.run("ana", &["status"]).ends(2).says(&["init"]);
}

#[test]
fn without_a_remote_it_says_how_to_add_one() {
    let project = Project::new();
    project.git("ana", &["remote", "remove", "origin"]);
    project
        .run("ana", &["status"])
        .ends(2)
        .says(&["origin", "git remote add"]);
    project.run("ana", &["doctor"]).ends(1).says(&["bad"]);
}

#[test]
fn an_unreachable_remote_makes_facts_unknown_and_refuses_changes() {
    let project = Project::new();
    project.run("ana", &["lanes"]).ends(0);
    let hidden = project.path("elsewhere.git");
    std::fs::rename(project.path("origin.git"), &hidden).expect("own folder");
    project
        .run("ana", &["lanes"])
        .ends(0)
        .says(&["cannot see the remote"]);
    project
        .run("ana", &["start", "x", "--title", "X", "--yes"])
        .ends(1)
        .says(&["cannot see the remote", "git ls-remote"]);
}

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
fn a_missing_or_old_git_is_told_with_the_version_that_is_needed() {
    use std::os::unix::fs::PermissionsExt;

    let project = Project::new();
    let bin = project.path("bin");
    std::fs::create_dir(&bin).expect("fresh folder");
    let run = || {
        let mut command = project.binary("ana");
        command.env("PATH", &bin).arg("status");
        let output = command.output().expect("the binary runs");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), told)
    };
    let (code, told) = run();
    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains("2.38"), "{told}");
    let script = bin.join("git");
    std::fs::write(&script, "#!/bin/sh\necho git version 2.30.1\n").expect("own folder");
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).expect("own file");
    let (code, told) = run();
    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains("2.30.1") && told.contains("2.38"), "{told}");
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
fn a_hotfix_is_started_told_and_left_as_it_is_by_a_dry_run() {
    let project = Project::new();
    project
        .run(
            "ana",
            &[
                "start",
                "checkout-null",
                "--title",
                "Checkout fails",
                "--yes",
            ],
        )
        .ends(3)
        .says(&["not answered", "--answer impact="]);
    let start = [
        "start",
        "checkout-null",
        "--title",
        "Checkout fails",
        "--answer",
        "impact=nobody can pay",
    ];
    let before = project.state("ana");
    let dry = project.run("ana", &[&start[..], &["--dry-run", "--json"]].concat());
    let planned = dry.ends(0).json();
    assert_eq!(project.state("ana"), before, "a dry run changed something");
    project
        .run("ana", &start)
        .ends(3)
        .says(&["nobody is there to ask", "--yes"]);
    assert_eq!(project.state("ana"), before, "a refusal changed something");

    let clone = project.git("ana", &["for-each-ref"]);
    let done = project.run("ana", &[&start[..], &["--yes", "--json"]].concat());
    let done = done.ends(0).json();
    assert_eq!(done["schema"], "lanekeeper/do/v1");
    let calls = |document: &serde_json::Value| -> Vec<String> {
        let changes = document["plan"]["changes"].as_array().cloned();
        let changes = changes.unwrap_or_default();
        let call = |change: &serde_json::Value| {
            let call = change["call"].as_str().unwrap_or_default();
            // Only the random digits of the id differ between two plans of the same words.
            call.split_whitespace()
                .filter(|word| !word.contains("checkout-null-"))
                .collect::<Vec<_>>()
                .join(" ")
        };
        changes.iter().map(call).collect()
    };
    assert_eq!(calls(&planned), calls(&done));
    assert!(!calls(&done).is_empty());
    assert_eq!(
        project.git("ana", &["for-each-ref"]),
        clone,
        "the clone was touched"
    );
    let branches = project.git("origin.git", &["branch", "--list", "hotfix/*"]);
    assert_eq!(branches, "hotfix/checkout-null");

    let status = project.run("ana", &["status", "--json"]).ends(0).json();
    assert_eq!(status["schema"], "lanekeeper/status/v1");
    assert_eq!(status["hotfix"]["title"], "Checkout fails");
    assert!(
        status["steps"]
            .as_array()
            .is_some_and(|steps| steps.len() > 2)
    );
    // Another person's clone sees the same.
    let seen = project.run("ben", &["status", "--json"]).ends(0).json();
    assert_eq!(seen["steps"], status["steps"]);

    project.run("ben", &["note", "customer informed"]).ends(0);
    project
        .run("ana", &["log"])
        .ends(0)
        .says(&["note: customer informed", "Ben Ode"]);
    project
        .run("ana", &["report"])
        .ends(0)
        .says(&["# Post-mortem draft: Checkout fails", "## Timeline"]);
    let export = project.run("ana", &["export", "--json"]).ends(0).json();
    let lines = std::fs::read_to_string(export["record"].as_str().expect("a path"));
    assert!(lines.expect("was written").contains("customer informed"));
    project.run("ana", &["approvals"]).ends(0);
    project.run("ana", &["next"]).ends(0);
    project.run("ana", &["doctor"]).ends(0).says(&["ok"]);
}

#[test]
fn init_proposes_lanes_and_never_writes_over_a_file() {
    let project = Project::new();
    let printed = project.run("ana", &["init", "--print"]).ends(0);
    assert!(printed.out.contains("[[lane]]"), "{}", printed.out);
    project
        .run("ana", &["init", "--yes"])
        .ends(2)
        .says(&["is there already"]);
    std::fs::remove_file(project.path("ana/lanekeeper.toml")).expect("own file");
    project.run("ana", &["init"]).ends(2).says(&["--yes"]);
    project
        .run("ana", &["init", "--yes"])
        .ends(0)
        .says(&["wrote", "doctor"]);
    project.run("ana", &["config", "check"]).ends(0);
    project
        .run("ana", &["lanes"])
        .ends(0)
        .says(&["RUN", "main"]);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let project = Project::new();
    let mut command = project.binary("ana");
    command
        .arg("man")
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let mut child = command.spawn().expect("the binary runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("the binary ends");
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty());
}

/// Commits the fix on the hotfix branch, beside a change in integration that it conflicts with.
fn write_fix(project: &Project) {
    write_fix_of(project, "checkout-null");
}

fn write_fix_of(project: &Project, slug: &str) {
    project.git("ana", &["fetch", "--quiet"]);
    project.git("ana", &["switch", "--quiet", "integration"]);
    project.write("ana/cart.rs", "one\nanother two\nthree\n");
    project.commit("ana", "next version of the cart");
    project.git("ana", &["push", "--quiet", "origin", "integration"]);
    project.git("ana", &["switch", "--quiet", &format!("hotfix/{slug}")]);
    project.write("ana/cart.rs", "one\nfixed two\nthree\n");
    project.commit("ana", "fix the cart");
    project.git("ana", &["push", "--quiet", "origin", "HEAD"]);
}

/// Carries out what is offered, by whoever may, until nothing is or a command does not end with 0.
pub(crate) fn drive(project: &Project, said: &mut Vec<String>) -> Option<i32> {
    for _ in 0..40 {
        let mut offered = None;
        for login in ["ana", "ben"] {
            let next = project.run(login, &["next", "--json"]).ends(0).json();
            let actions = next["next"].as_array().cloned().unwrap_or_default();
            let mine = actions.iter().find(|action| action["mine"] == true);
            let words = mine.and_then(|action| action["command"].as_str());
            if let Some(words) = words {
                offered = Some((login, words.to_owned()));
                break;
            }
        }
        let (login, words) = offered?;
        let mut arguments: Vec<&str> = words.split(' ').collect();
        arguments.extend(["--yes", "--confirm", "production"]);
        if words.starts_with("do ") {
            arguments.extend(["--note", "seen"]);
        }
        let answer = project.run(login, &arguments);
        said.push(format!("{login}: {words}: {}", answer.code));
        if answer.code != 0 {
            said.push(answer.out + &answer.notes);
            return Some(answer.code);
        }
    }
    panic!("it goes round in circles:\n{}", said.join("\n"));
}

#[test]
fn a_hotfix_is_driven_by_commands_until_conflicts_wait_for_a_person() {
    let project = Project::new();
    project
        .run(
            "ana",
            &[
                "start",
                "checkout-null",
                "--title",
                "Checkout fails",
                "--answer",
                "impact=nobody can pay",
                "--yes",
            ],
        )
        .ends(0);
    write_fix(&project);
    let mut said = Vec::new();
    let ended = drive(&project, &mut said);
    let said = said.join("\n");
    assert_eq!(ended, Some(4), "{said}");
    assert!(said.contains("cart.rs"), "{said}");
    let main = project.git("origin.git", &["show", "main:cart.rs"]);
    assert_eq!(main, "one\nfixed two\nthree");
    project
        .run("ana", &["status"])
        .ends(0)
        .says(&["1 conflicted path to decide", "cart.rs"]);
    // Which request brought what is there now; and a commit that no request has.
    project
        .run("ana", &["requests", "preprod"])
        .ends(0)
        .says(&["hotfix/checkout-null -> preprod", "merged as"]);
    let document = project.run("ana", &["requests", "preprod", "--json"]);
    let document = document.ends(0).json();
    assert_eq!(document["schema"], "lanekeeper/requests/v1");
    let rows = document["requests"].as_array().expect("a list");
    let brought = rows.iter().find(|row| row["into"] == "preprod");
    assert_eq!(brought.expect("it came in by one")["state"], "merged");
    project
        .run("ana", &["requests", "integration"])
        .ends(0)
        .says(&["No change request has"]);
}

const START: [&str; 7] = [
    "start",
    "pay",
    "--title",
    "Nobody can pay",
    "--answer",
    "impact=all",
    "--yes",
];

#[test]
fn words_that_are_not_understood_make_a_document_where_one_is_wanted() {
    let project = Project::empty();
    let answer = project.run("home", &["do", "--json", "--nonsense"]).ends(2);
    assert_eq!(answer.json()["schema"], "lanekeeper/fault/v1");
    assert!(answer.notes.is_empty());
}

#[test]
fn a_forge_that_cannot_be_reached_is_never_taken_as_local() {
    let project = Project::new();
    // Nobody listens on the port of discard; nothing leaves this machine.
    let url = "http://127.0.0.1:9/acme/shop.git";
    let file = std::fs::read_to_string(project.path("ana/lanekeeper.toml")).expect("own file");
    for (word, web) in [
        ("gitlab", ""),
        ("forgejo", "forge_url = \"http://127.0.0.1:9/\""),
    ] {
        project.git("ana", &["remote", "set-url", "origin", url]);
        let forge = format!("forge = \"{word}\"\n{web}");
        project.write(
            "ana/lanekeeper.toml",
            &file.replace("forge = \"local\"", &forge),
        );
        project
            .run("ana", &["lanes"])
            .ends(0)
            .says(&["cannot see the remote"]);
        project
            .run("ana", &["start", "x", "--title", "X", "--yes"])
            .ends(1)
            .says(&["cannot see the remote"]);
    }
    project.write(
        "ana/lanekeeper.toml",
        &file.replace(
            "forge = \"local\"",
            "forge = \"gitlab\"\nforge_url = \"https://evil.example\"",
        ),
    );
    project
        .run("ana", &["lanes"])
        .ends(2)
        .says(&["127.0.0.1", "evil.example", "forge_url"]);
}

#[test]
fn an_unanswered_question_is_no_matter_of_lanes() {
    let project = Project::new();
    let answer = project.run("ana", &["start", "pay", "--title", "x", "--yes"]);
    let answer = answer.ends(3);
    assert!(!answer.out.contains("RUN lane"), "{}", answer.out);
}

#[test]
fn a_printed_start_can_be_said_in_a_shell() {
    let project = Project::new();
    let dry = [&START[..], &["--dry-run", "--json"]].concat();
    let planned = project.run("ana", &dry).ends(0).json();
    let words = planned["plan"]["command"]
        .as_str()
        .expect("words")
        .to_owned();
    let id = planned["plan"]["hotfix"]
        .as_str()
        .expect("an id")
        .to_owned();
    let words = words.replace("\"Nobody can pay\"", "Nobody_can_pay");
    let mut words: Vec<&str> = words
        .split(' ')
        .map(|word| word.trim_matches('"'))
        .collect();
    words.extend(["--yes", "--json"]);
    let done = project.run("ana", &words).ends(0).json();
    assert_eq!(done["plan"]["hotfix"], id.as_str());
    // A second one would share the branch.
    project
        .run("ben", &START)
        .ends(2)
        .says(&["there is a hotfix", "lanekeeper next"]);
}

#[test]
fn two_people_who_do_the_same_at_the_same_moment_do_it_once() {
    let project = Project::new();
    project.run("ana", &START).ends(0);
    write_fix_of(&project, "pay");
    let words = ["do", "run", "--yes", "--json"];
    let run = |login: &str| {
        let mut command = project.binary(login);
        command
            .args(words)
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped());
        command.spawn().expect("the binary runs")
    };
    let children = [run("ana"), run("ben")];
    let mut codes = Vec::new();
    for child in children {
        let output = child.wait_with_output().expect("the binary ends");
        let document: serde_json::Value =
            serde_json::from_slice(&output.stdout).expect("one document");
        assert_eq!(document["schema"], "lanekeeper/do/v1", "{document}");
        codes.push(output.status.code());
    }
    assert!(codes.contains(&Some(0)), "{codes:?}");
    let log = project.run("ana", &["log", "--json"]).ends(0).json();
    let entries = log["entries"].as_array().cloned().unwrap_or_default();
    let mut opened: Vec<&serde_json::Value> = entries
        .iter()
        .filter(|entry| entry["kind"] == "request.opened")
        .map(|entry| &entry["body"]["request"])
        .collect();
    opened.dedup();
    assert_eq!(opened.len(), 1, "{opened:?}");
}

#[test]
fn notes_of_several_people_at_once_are_all_kept() {
    let project = Project::new();
    project.run("ana", &START).ends(0);
    let note = |login: &str, text: &str| {
        let mut command = project.binary(login);
        command.args(["note", text]);
        command.spawn().expect("the binary runs")
    };
    for round in 0..2 {
        let texts = [format!("a{round}"), format!("b{round}")];
        let children = [note("ana", &texts[0]), note("ben", &texts[1])];
        for mut child in children {
            let ended = child.wait().expect("the binary ends");
            assert_eq!(ended.code(), Some(0));
        }
    }
    project
        .run("ana", &["log"])
        .ends(0)
        .says(&["note: a0", "note: b0", "note: a1", "note: b1"]);
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

#[test]
fn a_backport_alone_is_done_once_and_never_merges() {
    let project = Project::new();
    project.git("ana", &["switch", "--quiet", "integration"]);
    project.write("ana/cart.rs", "one\nanother two\nthree\n");
    project.commit("ana", "next version of the cart");
    project.git("ana", &["switch", "--quiet", "main"]);
    project.write("ana/cart.rs", "one\nfixed two\nthree\n");
    project.commit("ana", "fix the cart");
    project.git("ana", &["push", "--quiet", "origin", "--all"]);
    let lanes = "refs/heads/*";
    let refs = || project.git("origin.git", &["for-each-ref", lanes, "refs/lanekeeper"]);
    for (into, code) in [
        (&["preprod"][..], 0),
        (&["integration"], 4),
        (&["preprod", "integration"], 10),
    ] {
        let words = [&["backport", "main", "--yes", "--json", "--into"][..], into].concat();
        let first = project.run("ana", &words).ends(code).json();
        assert_eq!(first["exit"], code);
        let before = refs();
        let again = project.run("ana", &words).ends(code).json();
        assert_eq!(again["results"][0]["outcome"], "already");
        assert_eq!(refs(), before, "the second run wrote something");
    }
    project
        .run("ana", &["backport", "nope", "--into", "preprod", "--yes"])
        .ends(2)
        .says(&["no commit `nope`"]);
}
