//! Solo mode on each forge: the record is on one machine, and one comment is its copy.

use serde_json::Value;

use super::Hosted;
use super::Which;
use crate::forges::message::Reply;
use crate::forges::server::Fault;

/// Returns the comments that a write made or edited, oldest first: method, path, text. What `login` asks to learn what a
/// token may do is about no project, and makes nothing.
fn writes(hosted: &Hosted) -> Vec<(String, String, String)> {
    let is_it = |path: &str| {
        (path.contains("/comments") || path.contains("/notes")) && !path.contains("/-/")
    };
    let writes = hosted.server.writes().into_iter();
    writes
        .filter(|write| is_it(&write.path))
        .map(|write| {
            let body: Value = serde_json::from_slice(&write.body).expect("JSON");
            let text = body["body"].as_str().unwrap_or_default().to_owned();
            (write.method.clone(), write.path, text)
        })
        .collect()
}

fn one_comment_is_the_copy(which: Which) {
    let hosted = Hosted::solo(which);
    let [driver, ..] = which.people();
    let id = hosted.start();
    assert_eq!(writes(&hosted), [], "there is no request yet");
    hosted
        .run(driver, &["do", "change", "--dry-run"])
        .ends(0)
        .says(&["keep the copy of the record in one comment on change request"]);
    hosted.run(driver, &["do", "change", "--yes"]).ends(0);
    let [(method, _, text)] = &writes(&hosted)[..] else {
        panic!("{which:?}: {:?}", writes(&hosted));
    };
    assert_eq!(method, "POST");
    assert!(
        text.contains(&format!("Copy of the record of hotfix `{id}`")),
        "{text}"
    );
    assert!(text.contains("<!-- lanekeeper {"), "{text}");
    assert!(text.contains("opened change request"), "{text}");
    // A note changes it in place. Nobody is called, nothing is referred to, and the forge acts on nothing.
    let note = "\u{1b}[31m@everyone see #1 **now** <b>x</b>";
    hosted.run(driver, &["note", note]).ends(0);
    let all = writes(&hosted);
    assert_eq!(all.len(), 2, "{which:?}: {all:?}");
    let (method, path, text) = &all[1];
    assert_ne!(method, "POST", "{path}");
    let line = text.lines().find(|line| line.contains("note: "));
    let line = line.unwrap_or_else(|| panic!("{text}"));
    for raw in ["\u{1b}", "@", "#1", " **now", " <b>"] {
        assert!(!line.contains(raw), "{raw:?} in {line}");
    }
    hosted.run(driver, &["log"]).ends(0);
    assert_eq!(writes(&hosted).len(), 2, "looking writes nothing");
}

#[test]
fn one_comment_on_gitlab_is_the_copy_of_a_record_that_is_here_alone() {
    one_comment_is_the_copy(Which::Gitlab);
}

#[test]
fn one_comment_on_github_is_the_copy_of_a_record_that_is_here_alone() {
    one_comment_is_the_copy(Which::Github);
}

#[test]
fn one_comment_on_gitea_is_the_copy_of_a_record_that_is_here_alone() {
    one_comment_is_the_copy(Which::Gitea);
}

#[test]
fn one_comment_on_forgejo_is_the_copy_of_a_record_that_is_here_alone() {
    one_comment_is_the_copy(Which::Forgejo);
}

#[test]
fn a_team_that_shares_its_record_has_no_copy_of_it() {
    let hosted = Hosted::with_people(Which::Github);
    let [driver, ..] = hosted.which.people();
    hosted.start();
    hosted.run(driver, &["do", "change", "--yes"]).ends(0);
    hosted.run(driver, &["note", "mine"]).ends(0);
    assert_eq!(writes(&hosted), []);
}

#[test]
fn a_copy_whose_answer_is_lost_is_not_written_twice() {
    let hosted = Hosted::solo(Which::Gitea);
    let [driver, ..] = hosted.which.people();
    hosted.start();
    hosted.server.trap("POST", "/comments", Fault::ResetAfter);
    hosted.run(driver, &["do", "change", "--yes"]).ends(0);
    hosted.run(driver, &["note", "mine"]).ends(0);
    let writes = writes(&hosted).into_iter();
    let posts = writes.filter(|(method, ..)| method == "POST");
    assert_eq!(posts.count(), 1);
}

#[test]
fn a_copy_that_is_refused_is_told_and_what_was_asked_for_is_done() {
    let hosted = Hosted::solo(Which::Gitlab);
    let [driver, ..] = hosted.which.people();
    hosted.start();
    let refused = Fault::Instead(Reply::json(
        403,
        &serde_json::json!({"message": "403 Forbidden"}),
    ));
    hosted.server.trap("POST", "/notes", refused);
    hosted
        .run(driver, &["do", "change", "--yes"])
        .ends(0)
        .says(&["refused", "keep the copy of the record"]);
    hosted
        .run(driver, &["status"])
        .ends(0)
        .says(&["merge change request"]);
    // The next step brings the copy up to date.
    hosted.run(driver, &["note", "mine"]).ends(0);
    let writes = writes(&hosted);
    let [(_, _, text)] = &writes[..] else {
        panic!("one that was taken: {writes:?}");
    };
    assert!(text.contains("opened change request") && text.contains("mine"));
}
