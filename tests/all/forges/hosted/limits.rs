//! A limit that is used up: the wait is told when it begins, and what waited goes on by itself.

use super::Hosted;
use super::Which;
use crate::forges::message::Reply;
use crate::forges::server::Fault;

fn used_up() -> Fault {
    Fault::Instead(Reply::empty(429).with("retry-after", "2"))
}

#[test]
fn a_wait_is_told_when_it_begins_to_who_wants_to_know_and_is_sat_out() {
    let hosted = Hosted::with_people(Which::Gitlab);
    hosted.start();
    hosted.server.trap("GET", "/merge_requests", used_up());
    let looked = hosted.run("dana", &["status", "-v"]).ends(0);
    let host = hosted.server.origin().trim_start_matches("http://");
    let begins = format!("{host} asks to wait 0:0");
    let told = |notes: &str| {
        let lines = notes.lines();
        let waits = lines.filter(|line| line.starts_with(&begins));
        waits
            .filter(|line| line.ends_with("; going on by itself"))
            .count()
    };
    assert_eq!(told(&looked.notes), 1, "{}", looked.notes);
    assert!(looked.out.contains("hotfix/crash"), "{}", looked.out);

    // A write of a plan waits in the same way and is made once.
    hosted.server.trap("POST", "/merge_requests", used_up());
    let opened = hosted.run("dana", &["do", "change", "--yes", "-v"]).ends(0);
    assert_eq!(told(&opened.notes), 1, "{}", opened.notes);
    let writes = hosted.server.writes();
    let made = writes
        .iter()
        .filter(|write| write.path.ends_with("/merge_requests"));
    assert_eq!(made.count(), 1);
}

#[test]
fn a_script_is_told_nothing_of_a_wait() {
    let hosted = Hosted::with_people(Which::Gitlab);
    hosted.server.trap("GET", "/merge_requests", used_up());
    let looked = hosted.run("dana", &["status"]).ends(0);
    assert!(!looked.notes.contains("asks to wait"), "{}", looked.notes);
}
