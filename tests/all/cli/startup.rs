//! The real binary begins: what it needs to be there, and what is piped into it and out of it.

use super::project::Answer;
use super::project::Project;
use super::project::START;
use super::project::TEAM;
use crate::support::in_time::InTime as _;

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
fn doctor_lists_the_mistakes_of_a_file_line_by_line() {
    let project = Project::new();
    let wrong = "[project]\nnam = \"shop\"\nremoto = \"origin\"\n";
    project.write("ana/lanekeeper.toml", wrong);
    let shown = project.run("ana", &["doctor"]).ends(2).out;
    let line_of = |word: &str| shown.lines().position(|line| line.contains(word));
    let (first, second) = (line_of("project.nam:"), line_of("project.remoto:"));
    assert!(first.is_some() && second.is_some(), "{shown}");
    assert_ne!(first, second, "{shown}");
}

/// Returns what `doctor` says of something: how it stands, and the words.
fn examined(project: &Project, what: &str) -> Vec<(String, String)> {
    let document = project.run("ana", &["doctor", "--json"]).json();
    let findings = document["findings"].as_array().cloned().unwrap_or_default();
    let found = findings.iter().filter(|one| one["name"] == what);
    let text = |one: &serde_json::Value, field: &str| {
        let text = one[field].as_str();
        text.unwrap_or_default().to_owned()
    };
    found
        .map(|one| (text(one, "state"), text(one, "text")))
        .collect()
}

fn address(project: &Project) -> Option<(String, String)> {
    examined(project, "remote address").into_iter().next()
}

#[test]
fn doctor_tells_which_rule_of_which_file_writes_the_address_of_the_remote_anew() {
    let project = Project::new();
    assert_eq!(address(&project), None);

    let origin = project.path("origin.git").display().to_string();
    let base = origin.trim_end_matches("origin.git");
    let key = format!("url.{base}.insteadOf");
    let short = "shop:origin.git";
    project.git("ana", &["remote", "set-url", "origin", short]);
    project.git("ana", &["config", &key, "shop:"]);
    let (state, text) = address(&project).expect("it is told");
    assert_eq!(state, "warn", "{text}");
    let file = project.path("ana/.git/config").display().to_string();
    for word in [short, origin.as_str(), key.as_str(), file.as_str()] {
        assert!(text.contains(word), "`{word}` is not in: {text}");
    }

    // A person's own rule is no doubt, and told all the same.
    project.git("ana", &["config", "--unset", &key]);
    let global = project.path("home/.gitconfig").display().to_string();
    let rule = format!("[url \"{base}\"]\n\tinsteadOf = shop:\n");
    project.write("home/.gitconfig", &rule);
    let (state, text) = address(&project).expect("it is told");
    assert_eq!(state, "ok", "{text}");
    assert!(text.contains(&global) && text.contains(&origin), "{text}");

    // A name in a web address can be a token. Nobody listens there.
    project.write("home/.gitconfig", "");
    let hidden = "url.http://tok3nword@127.0.0.1:9/.insteadOf";
    project.git("ana", &["config", hidden, "shop:"]);
    let (state, text) = address(&project).expect("it is told");
    assert_eq!(state, "warn", "{text}");
    assert!(text.contains("http://127.0.0.1:9/origin.git"), "{text}");
    assert!(!text.contains("tok3nword"), "{text}");
}

#[test]
fn doctor_tells_where_a_rule_for_pushes_alone_sends_them() {
    let project = Project::new();
    let origin = project.path("origin.git").display().to_string();
    project.git("ana", &["remote", "set-url", "origin", &origin]);
    let rule = format!("[url \"file://{origin}\"]\n\tpushInsteadOf = {origin}\n");
    project.write("home/.gitconfig", &rule);
    let (state, text) = address(&project).expect("it is told");
    assert_eq!(state, "ok", "{text}");
    let words = format!("is pushed to as file://{origin}, by url.file://{origin}.pushInsteadOf");
    assert!(text.contains(&words), "{text}");
}

#[test]
fn what_a_clone_says_of_the_way_to_its_remote_is_told_and_not_followed() {
    const WHAT: &str = "clone's own settings";
    let project = Project::new();
    let path = |name: &str| project.path(name).display().to_string();
    let (origin, elsewhere) = (path("origin.git"), path("elsewhere.git"));
    project.git("ana", &["remote", "set-url", "origin", &origin]);
    project.git(".", &["init", "--quiet", "--bare", "elsewhere.git"]);
    assert!(examined(&project, WHAT).is_empty());
    let rule = format!("url.{elsewhere}.pushInsteadOf");
    let command = format!("touch '{}'; false", path("fired"));
    let settings: [(&str, &str); 4] = [
        (&rule, &origin),
        ("remote.origin.pushurl", &elsewhere),
        ("core.sshCommand", &command),
        ("credential.helper", "!echo password=s3cret"),
    ];
    let file = path("ana/.git/config");
    for (key, value) in settings {
        project.git("ana", &["config", key, value]);
        let found = examined(&project, WHAT);
        let is_it = |text: &str| text.contains(key) && text.contains(&file);
        assert!(
            found.iter().any(|(_, text)| is_it(text)),
            "{key}: {found:?}"
        );
        assert!(found.iter().all(|(state, _)| state == "warn"), "{found:?}");
        assert!(!format!("{found:?}").contains("s3cret"), "{found:?}");
    }
    assert_eq!(examined(&project, WHAT).len(), 4);
    // What is pushed goes to where it is asked, and nothing of it was run.
    project.run("ana", &START).ends(0);
    assert_eq!(project.git("elsewhere.git", &["for-each-ref"]), "");
    let branch = ["rev-parse", "--verify", "--quiet", "hotfix/pay"];
    project.git("origin.git", &branch);
    assert!(!project.path("fired").exists());
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
fn a_remote_that_was_never_seen_is_not_taken_for_one_without_hotfixes() {
    let project = Project::new();
    let hidden = project.path("elsewhere.git");
    std::fs::rename(project.path("origin.git"), &hidden).expect("own folder");
    for command in ["status", "next"] {
        let answer = project.run("ana", &[command]).ends(0).says(&[
            "Whether a hotfix is open is not known",
            "cannot see the remote (never seen)",
        ]);
        assert!(!answer.out.contains("No hotfix is open"), "{}", answer.out);
    }
    let answer = project.run("ana", &["lanes"]).ends(0).says(&["not seen"]);
    assert!(!answer.out.contains("no branch"), "{}", answer.out);
    for words in [&["log"][..], &["close", "--note", "done", "--yes"]] {
        project
            .run("ana", words)
            .ends(1)
            .says(&["cannot tell whether a hotfix is open"]);
    }
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
fn init_proposes_lanes_and_never_writes_over_a_file() {
    let project = Project::new();
    let printed = project.run("ana", &["init", "--print"]).ends(0);
    assert!(printed.out.contains("[[lane]]"), "{}", printed.out);
    project
        .run("ana", &["init", "--yes"])
        .ends(2)
        .says(&["is there already"]);
    // The file is gone everywhere.
    project.git("ana", &["rm", "--quiet", "lanekeeper.toml"]);
    project.commit("ana", "begin anew");
    for branch in ["preprod", "integration"] {
        project.git("ana", &["branch", "--force", branch]);
    }
    project.git("ana", &["push", "--quiet", "origin", "--all"]);
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
fn a_branch_without_the_file_is_told_which_one_has_it_and_init_writes_no_second_one() {
    let project = Project::empty();
    project.git(
        ".",
        &["init", "--quiet", "--bare", "-b", "main", "origin.git"],
    );
    project.clone_for("ana", "Ana Ruiz");
    project.write("ana/cart.rs", "one\n");
    project.commit("ana", "the shop");
    for branch in ["preprod", "integration"] {
        project.git("ana", &["branch", branch]);
    }
    project.git("ana", &["push", "--quiet", "origin", "--all"]);
    project.clone_for("ben", "Ben Ode");
    project.write("ana/lanekeeper.toml", TEAM);
    project.commit("ana", "the lanes");
    project.git("ana", &["push", "--quiet", "origin", "main"]);
    project.git("ana", &["switch", "--quiet", "preprod"]);

    let told = [
        "the lanes are not described on this branch",
        "origin/main has it, as last fetched",
        "git restore --source origin/main :/lanekeeper.toml",
    ];
    for words in [&["status"][..], &["config", "check"], &["init", "--yes"]] {
        project.run("ana", words).ends(2).says(&told);
    }
    project
        .run("ana", &["trust", "--yes"])
        .ends(2)
        .says(&told[2..]);
    assert!(!project.path("ana/lanekeeper.toml").exists());
    project.run("ana", &["init", "--print"]).ends(0);
    // Ben has not fetched since the file came to be.
    project.run("ben", &["init", "--yes"]).ends(2).says(&[
        "origin/main has it on the remote",
        "git fetch origin && git restore --source origin/main :/lanekeeper.toml",
    ]);

    let command = ["restore", "--source=origin/main", ":/lanekeeper.toml"];
    project.git("ana", &command);
    project
        .run("ana", &["status"])
        .ends(0)
        .says(&["No hotfix is open"]);
    assert_eq!(
        project.git("ana", &["status", "--porcelain"]),
        "?? lanekeeper.toml"
    );
    // What is deleted by mistake is there in the branch itself.
    std::fs::remove_file(project.path("ana/lanekeeper.toml")).expect("own file");
    project.git("ana", &["switch", "--quiet", "main"]);
    std::fs::remove_file(project.path("ana/lanekeeper.toml")).expect("own file");
    project
        .run("ana", &["init", "--yes"])
        .ends(2)
        .says(&["HEAD has it", "git restore :/lanekeeper.toml"]);
    // Whoever names a file means it.
    let named = ["init", "--yes", "--config", "lanekeeper.toml"];
    project.run("ana", &named).ends(0).says(&["wrote"]);
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
fn what_cannot_be_read_at_the_start_says_where_and_what_to_do() {
    let project = Project::new();
    let gone = ["status", "--config", "/nonexistent"];
    project
        .run("ana", &gone)
        .ends(2)
        .says(&["there is no file", "leave --config out"]);
    let state = project.path("no-folder");
    std::fs::write(&state, "").expect("own folder");
    let mut command = project.binary("ana");
    command.env("XDG_STATE_HOME", &state).arg("status");
    let answer = Answer::new(&command.output_in_time().expect("the binary runs"));
    answer.ends(2).says(&["next", "Set XDG_STATE_HOME"]);
    let team = project.path("ana/lanekeeper.toml");
    std::fs::write(&team, b"[project]\nname = \"\xff\"\n").expect("own folder");
    project
        .run("ana", &["status"])
        .ends(2)
        .says(&["line 2 is not text in UTF-8", "next"]);
    std::fs::remove_file(&team).expect("own file");
    std::fs::create_dir(&team).expect("own folder");
    project.run("ana", &["status"]).ends(2).says(&["next"]);
}
