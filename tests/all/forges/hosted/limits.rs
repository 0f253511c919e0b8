//! A limit that is used up in the middle of a story: the wait is told when it begins, and what waited goes on by itself.
//! The fakes keep the limits that their forges have, and tell of them in the forges' own headers.

use std::sync::Arc;

use super::Hosted;
use super::Which;
use crate::cli::project::Answer;
use crate::forges::limits::Limits;
use crate::forges::server::Fault;
use crate::forges::server::Happening;

/// How long a limit lasts that is used up; the binary sits it out.
const SECONDS: i64 = 2;

/// Uses up somebody's limit.
type UseUp = fn(&mut Limits, &str);

fn requests(limits: &mut Limits, who: &str) {
    limits.leave(who, 0, SECONDS);
}

fn writes(limits: &mut Limits, who: &str) {
    limits.leave_writes(who, 0, SECONDS);
}

/// Lets the driver's limit be used up as soon as such a request arrives.
fn used_up_by(hosted: &Hosted, method: &str, part: &str, use_up: UseUp) {
    let [driver, ..] = hosted.which.people();
    let ci = Arc::clone(&hosted.ci);
    let happening = Happening::new(move || ci.limit(|limits| use_up(limits, driver)));
    hosted
        .server
        .trap(method, part, Fault::Meanwhile(happening));
}

/// Returns how many waits were told, each with its countdown.
fn told(hosted: &Hosted, answer: &Answer) -> usize {
    let host = hosted.server.origin().trim_start_matches("http://");
    let begins = format!("{host} asks to wait 0:0");
    let waits = answer
        .notes
        .lines()
        .filter(|line| line.starts_with(&begins) && line.ends_with("; going on by itself"));
    waits.count()
}

/// Returns what became of each request to open a change request, as the status that answered it.
fn openings(hosted: &Hosted, list: &str) -> Vec<u16> {
    let log = hosted.server.log();
    let opening = log
        .iter()
        .filter(|one| one.request.method == "POST" && one.request.path.ends_with(list));
    let statuses = opening.filter_map(|one| Some(one.reply.as_ref()?.status));
    statuses.collect()
}

/// Plays until a change request is open; a look and the write that opens it both meet the limit.
fn goes_through(which: Which, use_up: UseUp, refused: u16) {
    let hosted = Hosted::with_people(which);
    let [driver, ..] = which.people();
    let list = if which == Which::Gitlab {
        "/merge_requests"
    } else {
        "/pulls"
    };
    hosted.start();
    used_up_by(&hosted, "GET", list, requests);
    let looked = hosted.run(driver, &["status", "-v"]).ends(0);
    assert!(told(&hosted, &looked) >= 1, "{}", looked.notes);
    assert!(looked.out.contains("hotfix/crash"), "{}", looked.out);

    // A write of a plan waits in the same way and is made once.
    used_up_by(&hosted, "POST", list, use_up);
    let opened = hosted.run(driver, &["do", "change", "--yes", "-v"]).ends(0);
    assert_eq!(told(&hosted, &opened), 1, "{}", opened.notes);
    assert_eq!(openings(&hosted, list), [refused, 201]);
}

#[test]
fn a_story_on_gitlab_goes_through_its_limit() {
    goes_through(Which::Gitlab, requests, 429);
}

#[test]
fn a_story_on_github_goes_through_its_limit() {
    goes_through(Which::Github, requests, 403);
}

#[test]
fn a_story_on_github_goes_through_its_secondary_limit() {
    goes_through(Which::Github, writes, 403);
}

#[test]
fn a_script_is_told_nothing_of_a_wait() {
    let hosted = Hosted::with_people(Which::Gitlab);
    used_up_by(&hosted, "GET", "/merge_requests", requests);
    let looked = hosted.run("dana", &["status"]).ends(0);
    assert!(!looked.notes.contains("asks to wait"), "{}", looked.notes);
}
