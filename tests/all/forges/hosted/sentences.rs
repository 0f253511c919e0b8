//! What is wrong with a forge, as the person is told: one sentence each, the host by the name that one signs in to.

use serde_json::json;

use super::Hosted;
use super::Which;
use crate::cli::project::Answer;
use crate::forges::message::Reply;
use crate::forges::server::Fault;
use crate::forges::tls::untrusted;
use crate::screens_pty::Session;

const EVERY: [Which; 3] = [Which::Gitlab, Which::Github, Which::Gitea];

/// Returns where the forge's own words for the project are asked for.
fn project_path(which: Which) -> &'static str {
    match which {
        Which::Gitlab => "/projects/acme%2Fshop",
        Which::Github | Which::Gitea | Which::GiteaLater | Which::Forgejo => "/repos/acme/shop",
    }
}

/// Asserts that one line says all of `words`.
#[track_caller]
fn says_at_once(answer: &Answer, words: &[&str]) {
    let mut lines = answer.out.lines().chain(answer.notes.lines());
    let is_said = lines.any(|line| words.iter().all(|word| line.contains(word)));
    assert!(
        is_said,
        "{words:?} in one line of\n{}\n{}",
        answer.out, answer.notes
    );
}

#[test]
fn what_keeps_a_person_out_is_said_in_one_sentence() {
    for which in EVERY {
        let hosted = Hosted::new(which);
        let [driver, ..] = which.people();
        let host = hosted
            .server
            .origin()
            .trim_start_matches("http://")
            .to_owned();
        let refused = format!("{host} does not accept the token");
        let login = format!("run: lanekeeper login {host}");
        hosted.join(driver);

        says_at_once(
            &hosted
                .login(driver, "token-of-nobody", &["--in-file"])
                .ends(1),
            &[&refused],
        );
        let token = which.token(driver);
        hosted.login(driver, &token, &["--in-file"]).ends(0);

        let many = 20;
        let part = project_path(which);
        let not_found = Fault::Instead(Reply::json(404, &json!({ "message": "Not Found" })));
        hosted.server.trap_after("GET", part, 0, many, not_found);
        says_at_once(
            &hosted.run(driver, &["approvals"]),
            &["the project", "acme/shop", "token may not see it"],
        );
        hosted.server.heal();

        let page = Fault::Instead(Reply::text(200, "text/html", "<html>Sign in</html>"));
        hosted.server.trap_after("GET", part, 0, many, page);
        says_at_once(
            &hosted.run(driver, &["approvals"]),
            &["web page", "is", "/api/", "the address of its API?"],
        );
        hosted.server.heal();

        let unauthorized = Reply::json(401, &json!({ "message": "Token was revoked." }));
        let unauthorized = Fault::Instead(unauthorized);
        hosted
            .server
            .trap_after("GET", "/api/", 0, 100, unauthorized);
        says_at_once(
            &hosted.run(driver, &["approvals"]),
            &[&refused, "Token was revoked.", &login],
        );
    }
}

#[test]
fn rights_that_are_missing_are_named_by_the_forge() {
    for (which, part, words) in [
        (Which::Gitlab, "/merge_requests", "403 Forbidden"),
        (
            Which::Github,
            "/pulls",
            "Resource not accessible by personal access token",
        ),
        (
            Which::Gitea,
            "/pulls",
            "user should have a permission to write",
        ),
    ] {
        let hosted = Hosted::with_people(which);
        let [driver, ..] = which.people();
        let id = hosted.start();
        let forbidden = Reply::json(403, &json!({ "message": words }));
        hosted.server.trap("POST", part, Fault::Instead(forbidden));
        let answer = hosted.run(driver, &["do", "change", "--yes"]).ends(3);
        says_at_once(&answer, &["refused  open change request"]);
        says_at_once(&answer, &[words]);
        let done = "  done";
        assert!(
            !answer
                .out
                .lines()
                .any(|line| line.starts_with(done) && line.contains("open change")),
            "{which:?}: {}",
            answer.out
        );
        let again = hosted.run(driver, &["do", "change", "--yes", "--hotfix", &id]);
        again.ends(0).says(&["change request"]);
    }
}

#[test]
fn a_certificate_of_ones_own_making_is_named_with_the_way_out() {
    for (which, kind) in [
        (Which::Gitlab, "gitlab"),
        (Which::Github, "github"),
        (Which::Gitea, "gitea"),
        (Which::Gitea, "forgejo"),
    ] {
        let hosted = Hosted::new(which);
        let [driver, ..] = which.people();
        hosted.join(driver);
        let base = untrusted();
        let web = base.trim_end_matches("/api");
        let answer = hosted.login(driver, &which.token(driver), &["--forge", kind, web]);
        says_at_once(
            &answer.ends(1),
            &[
                "shows a certificate that is not trusted here",
                "[[host]] ca_file",
            ],
        );
    }
}

/// Tells whether a text stands in any file below a folder.
fn is_written(folder: &std::path::Path, text: &str) -> Option<std::path::PathBuf> {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    files.map(|file| file.path()).find_map(|path| {
        if path.is_dir() {
            return is_written(&path, text);
        }
        let bytes = std::fs::read(&path).unwrap_or_default();
        let is_there = bytes
            .windows(text.len())
            .any(|part| part == text.as_bytes());
        is_there.then_some(path)
    })
}

#[test]
fn a_token_that_is_asked_for_is_never_shown_and_never_written() {
    for which in EVERY {
        let hosted = Hosted::new(which);
        let [driver, ..] = which.people();
        hosted.join(driver);
        let kind = match which {
            Which::Gitlab => "gitlab",
            Which::Github => "github",
            Which::Gitea | Which::GiteaLater => "gitea",
            Which::Forgejo => "forgejo",
        };
        // Where nobody signed in before, the team's file says which forge it is.
        let named = format!("name = \"acme/shop\"\nforge = \"{kind}\"\n");
        let team = which.team().replace("name = \"acme/shop\"\n", &named);
        hosted
            .project
            .write(&format!("{driver}/lanekeeper.toml"), &team);
        let token = which.token(driver);
        let mut command = hosted.binary(driver);
        command.arg("approvals");
        let mut session = Session::of(&command);
        session.until("Nobody is signed in to");
        session.send(&format!("{token}\r"));
        let (code, _) = session.ended();
        let shown = String::from_utf8_lossy(session.bytes()).into_owned();
        assert_eq!(code, 0, "{which:?}: {shown}");
        assert!(!shown.contains(&token), "{which:?}: {shown}");
        for kind in ["state", "config"] {
            let folder = hosted.project.path(&format!("{driver}-{kind}"));
            assert_eq!(is_written(&folder, &token), None, "{which:?}");
        }
    }
}
