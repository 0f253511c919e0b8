//! `login` and `logout` against a forge on loopback: the token is tried before it is kept, and kept privately.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;

use super::project::Answer;
use super::project::Project;
use crate::forges::message::Reply;
use crate::forges::message::Request;
use crate::forges::server::Server;
use crate::forges::tls::of_its_own_authority;

/// A GitLab that knows one token, told by its answers only.
fn gitlab(request: &Request) -> Reply {
    let is_known = request.token() == Some("glpat-good");
    match request.path.as_str() {
        _ if !request.path.starts_with("/git/api/v4/") => {
            Reply::text(404, "text/html", "<html>not here</html>")
        }
        _ if !is_known => Reply::json(401, &json!({"message": "401 Unauthorized"})),
        "/git/api/v4/user" => Reply::json(
            200,
            &json!({"id": 7, "username": "ana", "name": "Ana Ruiz"}),
        ),
        "/git/api/v4/personal_access_tokens/self" => Reply::json(
            200,
            &json!({"scopes": ["read_api"], "expires_at": "2027-01-31"}),
        ),
        _ => Reply::json(404, &json!({"message": "404 Not Found"})),
    }
}

fn login(project: &Project, arguments: &[&str], token: &str) -> Answer {
    Answer::to(project.binary("home").arg("login").args(arguments), token)
}

#[test]
fn a_token_is_tried_told_about_and_kept_for_its_owner_only() {
    let forge = Server::start(gitlab);
    let project = Project::empty();
    let web = format!("{}/git", forge.origin());
    let answer = login(
        &project,
        &[&web, "--with-token", "--in-file"],
        "glpat-good\n",
    )
    .ends(0);
    for words in [
        "(gitlab) as @ana",
        "scopes: read_api",
        "expires 2027-01-31",
        "lacks `api`",
    ] {
        assert!(answer.out.contains(words), "{}", answer.out);
    }
    assert!(!answer.out.contains("glpat-good") && !answer.notes.contains("glpat-good"));
    let kept = project.path("config/lanekeeper/logins.json");
    let mode = std::fs::metadata(&kept).expect("kept").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    for exchange in forge.log() {
        // The host was asked which forge it is without the token.
        let is_door =
            exchange.request.path.ends_with("metadata") || !exchange.request.path.contains("v4");
        assert_eq!(
            exchange.request.token().is_none(),
            is_door,
            "{}",
            exchange.request.path
        );
    }

    let host = forge.origin().trim_start_matches("http://").to_owned();
    project.run("home", &["logout", &host]).ends(0);
    let text = std::fs::read_to_string(&kept).expect("still there");
    assert!(!text.contains("glpat-good"), "{text}");
}

#[test]
fn a_token_that_is_not_accepted_is_not_kept() {
    let forge = Server::start(gitlab);
    let project = Project::empty();
    let web = format!("{}/git", forge.origin());
    login(&project, &[&web, "--with-token", "--in-file"], "glpat-old")
        .ends(1)
        .says(&["does not accept the token", "401 Unauthorized"]);
    assert!(!project.path("config/lanekeeper/logins.json").exists());
    login(&project, &[&web, "--with-token"], "")
        .ends(2)
        .says(&["there is no token"]);
}

#[test]
fn a_host_that_is_no_forge_is_told_without_having_seen_the_token() {
    let forge = Server::start(|_: &Request| Reply::text(200, "text/html", "<html>hello</html>"));
    let project = Project::empty();
    login(&project, &[forge.origin(), "--with-token"], "secret")
        .ends(2)
        .says(&["cannot tell which forge", "--forge"]);
    assert!(
        forge
            .log()
            .iter()
            .all(|exchange| exchange.request.token().is_none())
    );
}

/// Asks to be signed in to a GitLab, which nobody has to ask what it is.
fn login_to(project: &Project, web: &str, more: &[&str]) -> Answer {
    let words = [
        &[web, "--forge", "gitlab", "--with-token", "--in-file"][..],
        more,
    ];
    login(project, &words.concat(), "glpat-good")
}

#[test]
fn the_file_of_an_authority_is_named_once_and_kept_with_the_login() {
    let (web, pem) = of_its_own_authority();
    let project = Project::empty();
    std::fs::write(project.path("home/ca.pem"), pem).expect("own folder");
    let untrusted = ["shows a certificate that is not trusted here", "--ca-file"];
    login_to(&project, &web, &[]).ends(1).says(&untrusted);
    login_to(&project, &web, &["--ca-file", "ca.pem"])
        .ends(0)
        .says(&["(gitlab) as @ana"]);
    // Whoever signs in again need not know it any more.
    login_to(&project, &web, &[]).ends(0);
    let kept = project.path("config/lanekeeper/logins.json");
    let kept = std::fs::read_to_string(kept).expect("kept");
    assert!(kept.contains("/home/ca.pem"), "{kept}");
    // It goes with the login.
    let host = web.trim_start_matches("https://");
    project.run("home", &["logout", host]).ends(0);
    login_to(&project, &web, &[]).ends(1).says(&untrusted);
}

#[test]
fn the_authority_in_the_persons_own_file_is_known_where_there_is_no_clone() {
    let (web, pem) = of_its_own_authority();
    let project = Project::empty();
    let file = project.path("home/ca.pem");
    std::fs::write(&file, pem).expect("own folder");
    let host = web.trim_start_matches("https://");
    let text = format!(
        "[[host]]\nname = \"{host}\"\nca_file = \"{}\"\n",
        file.display()
    );
    let folder = project.path("config/lanekeeper");
    std::fs::create_dir_all(&folder).expect("own folder");
    std::fs::write(folder.join("config.toml"), text).expect("own folder");
    login_to(&project, &web, &[])
        .ends(0)
        .says(&["(gitlab) as @ana"]);
}

#[test]
fn a_ca_file_that_is_of_no_use_is_told_before_anything_is_sent() {
    let (web, _) = of_its_own_authority();
    let project = Project::empty();
    login_to(&project, &web, &["--ca-file", "nowhere.pem"])
        .ends(2)
        .says(&["cannot read the ca_file of localhost", "nowhere.pem"]);
    std::fs::write(project.path("home/empty.pem"), "no certificate").expect("own folder");
    login_to(&project, &web, &["--ca-file", "empty.pem"])
        .ends(2)
        .says(&["the CA file holds no certificate in PEM form"]);
}
