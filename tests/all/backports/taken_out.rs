//! A carried fix that a change request took out again: the commit that says so is on no lane's own line.

use lanekeeper::engine::Board;
use lanekeeper::engine::lanes::Node;
use lanekeeper::engine::lanes::StandingWord;
use lanekeeper::engine::lanes::model;
use lanekeeper::model::CommitId;
use lanekeeper::model::HotfixId;
use lanekeeper::model::LaneName;
use lanekeeper::model::Verdict;

use crate::support::team::Team;

use super::parts::first_part;
use super::parts::into_production;
use super::parts::retrofit;
use super::parts::why;

/// A team whose first part is in integration, and was taken out again there by a change request: the revert.
fn taken_out() -> (Team, HotfixId, CommitId) {
    let (team, id) = first_part("merge-fix");
    team.act(&id, "do retrofit");
    team.act(&id, "do retrofit");
    team.world.git(&["fetch", "-q", "origin"]);
    team.world.switch("revert-it", Some("origin/integration"));
    team.world.git(&["revert", "--no-edit", "-m", "1", "HEAD"]);
    let revert = team.world.id("HEAD");
    team.world.git(&["push", "-q", "origin", "revert-it"]);
    team.merge("revert-it", "integration", &["--no-ff"]);
    (team, id, revert)
}

/// Returns git's own lines among what is offered.
fn by_git(board: &Board) -> Vec<String> {
    let progress = board.progress.as_ref().expect("a hotfix is selected");
    let lines = progress.next.iter();
    lines.filter_map(|next| next.by_git.clone()).collect()
}

#[test]
fn a_revert_that_came_by_a_change_request_is_named_by_steps_and_lanes() {
    let (team, id, revert) = taken_out();
    let came = team.world.id("integration");
    let board = team.look(&id);
    let why = why(retrofit(&board));
    let told = format!(
        "{} took it out of integration (it came with {})",
        revert.short(),
        came.short()
    );
    assert!(why.contains(&told), "{why}");
    let lines = by_git(&board);
    let line = format!("git revert {revert}");
    assert!(lines.iter().any(|one| one.ends_with(&line)), "{lines:?}");
    let drawn = model(&board.book, board.record.as_ref(), &board.seen);
    let row = drawn.rows.iter().position(|row| row.name == "integration");
    let row = row.expect("the lane is drawn");
    let standing = drawn.rows[row].standing.as_ref().expect("a lane");
    assert_eq!(standing.word, StandingWord::Reverted);
    assert!(!standing.reason.is_empty(), "it is told when");
    let mut events = drawn.events.iter().filter(|event| event.row == row);
    let event = events.find(|event| event.node == Node::Revert);
    let event = event.expect("it is drawn");
    assert_eq!(event.commit.as_ref(), Some(&came));
}

#[test]
fn a_part_that_was_taken_out_before_the_next_one_came_is_named() {
    let (team, id, revert) = taken_out();
    let world = &team.world;
    world.switch("hotfix/refund", None);
    world.change("tax.txt", "1\n", "Fix the tax as well");
    world.git(&["push", "-q", "origin", "HEAD"]);
    into_production(&team, &id);
    team.merge("hotfix/refund", "integration", &["--no-ff"]);
    let board = team.look(&id);
    let lane: LaneName = "integration".parse().expect("a lane");
    let presence = board.seen.presence[&lane].value().expect("it was seen");
    assert_eq!(presence.verdict, Verdict::Changed);
    let told = board.seen.taken_out.get(&lane).expect("it is named");
    assert_eq!(told.commit.id, revert);
    let lines = by_git(&board);
    let line = format!("git revert {revert}");
    assert!(lines.iter().any(|one| one.ends_with(&line)), "{lines:?}");
    // Brought back by hand, the revert is not the reason for anything any more.
    world.git(&["revert", "--no-edit", revert.as_str()]);
    world.git(&["push", "-q", "origin", "integration"]);
    let board = team.look(&id);
    assert_eq!(board.seen.taken_out.get(&lane), None);
}
