//! A host of which nothing says which forge it is: `doctor` and `init` say so, and ask it without any token.

use super::Hosted;
use super::Which;
use crate::cli::project::Answer;
use crate::cli::project::Project;
use crate::support::in_time::InTime as _;

/// Asserts that the host was asked over its API, and that nobody's token went there.
#[track_caller]
fn was_asked_as_nobody(hosted: &Hosted) {
    let log = hosted.server.log();
    let api = log
        .iter()
        .filter(|one| one.request.path.starts_with("/api/"));
    assert!(api.count() > 0, "it was asked");
    for one in log {
        assert_eq!(one.request.token(), None, "{}", one.request.path);
    }
}

#[test]
fn doctor_and_init_say_what_a_host_answers_as_that_nothing_names() {
    for (which, word) in [
        (Which::Gitlab, "gitlab"),
        (Which::Github, "github"),
        (Which::Gitea, "gitea"),
        (Which::Forgejo, "forgejo"),
    ] {
        let hosted = Hosted::new(which);
        let [driver, ..] = which.people();
        hosted.join(driver);
        let host = hosted
            .server
            .origin()
            .trim_start_matches("http://")
            .to_owned();
        let run = |words: &[&str]| {
            let mut command = hosted.binary(driver);
            for name in ["GITLAB_TOKEN", "GH_ENTERPRISE_TOKEN", "GITEA_TOKEN"] {
                command.env(name, "token-for-elsewhere");
            }
            let output = command.args(words).output_in_time();
            Answer::new(&output.expect("it runs"))
        };
        let answers = format!("{host} answers as {word}, and nothing here says so");
        let hint = format!("Write forge = \"{word}\" into lanekeeper.toml, [project]");
        run(&["doctor"]).says(&["warn", "forge", &answers, &hint]);
        was_asked_as_nobody(&hosted);

        let printed = run(&["init", "--print"]).ends(0);
        let line = format!("forge = \"{word}\" # {host} answers as one");
        assert!(printed.out.contains(&line), "{}", printed.out);
        was_asked_as_nobody(&hosted);

        // Who said it, in the file or by a login, is not asked.
        let name = "name = \"acme/shop\"\n";
        let said = which
            .team()
            .replace(name, &format!("{name}forge = \"{word}\"\n"));
        let file = format!("{driver}/lanekeeper.toml");
        hosted.project.write(&file, &said);
        let doctor = run(&["doctor"]);
        assert!(!doctor.out.contains("answers as"), "{}", doctor.out);
        let local = which
            .team()
            .replace(name, &format!("{name}forge = \"local\"\n"));
        hosted.project.write(&file, &local);
        let doctor = run(&["doctor"]).ends(0);
        assert!(!doctor.out.contains("answers as"), "{}", doctor.out);
    }
}

#[test]
fn a_host_that_does_not_answer_is_named_all_the_same() {
    let project = Project::new();
    project.git(
        "ana",
        &[
            "remote",
            "set-url",
            "origin",
            "https://127.0.0.1:1/acme/shop.git",
        ],
    );
    let team = std::fs::read_to_string(project.path("ana/lanekeeper.toml")).expect("a team's file");
    let team = team.replace("forge = \"local\"\n", "");
    project.write("ana/lanekeeper.toml", &team);
    let doubt = "nothing says which forge 127.0.0.1:1 is";
    project.run("ana", &["doctor"]).ends(1).says(&[
        doubt,
        "or local if that is meant",
        "lanekeeper login 127.0.0.1:1",
    ]);
    let printed = project.run("ana", &["init", "--print"]).ends(0);
    let written = "# Nothing says which forge 127.0.0.1:1 is";
    assert!(printed.out.contains(written), "{}", printed.out);
    assert!(!printed.notes.contains("refused"), "{}", printed.notes);

    // A folder is no host.
    let folder = project.path("origin.git");
    let folder = folder.to_str().expect("UTF-8");
    project.git("ana", &["remote", "set-url", "origin", folder]);
    let doctor = project.run("ana", &["doctor"]);
    assert!(!doctor.out.contains("which forge"), "{}", doctor.out);
}
