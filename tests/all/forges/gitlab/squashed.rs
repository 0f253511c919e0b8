//! A fix that GitLab squashed: one commit of all of it, and a merge commit over that one.

use std::sync::Arc;

use lanekeeper::engine::StepState;

use super::play::Play;
use crate::forges::team_file::TeamFile;
use crate::support::repository::World;

/// A RUN lane before production, into which fixes are squashed.
const MORE: &str = r#"
[[lane]]
name = "preprod"
layer = "run"
merges_into = ["production"]

[playbook.build-run.step.run]
methods = ["squash"]
"#;

fn two_run_lanes() -> Arc<World> {
    let world = World::empty();
    // The forge is put in by hand, so the file has the one that needs no network.
    let team = TeamFile {
        forge: Some("local"),
        ..TeamFile::GITLAB
    };
    let text = team.text().replace("approve-and-backport", "build-run");
    world.write("lanekeeper.toml", text + MORE);
    world.change("shop.txt", "one\ntwo\nthree\n", "The shop");
    world.switch("preprod", Some("main"));
    world.switch("develop", Some("main"));
    world.change("next.txt", "next\n", "More of it");
    world.push();
    Arc::new(world)
}

async fn riders(play: &Play) -> Vec<String> {
    let board = play.board(&play.dana).await;
    let mut edges = board.seen.edges.iter();
    let edge = edges.find(|(edge, _)| edge.from.as_str() == "preprod");
    let seen = edge.and_then(|(_, seen)| seen.value()).expect("an edge");
    let riders = seen.riders.listed.iter();
    riders.map(|rider| rider.commit.subject()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_squashed_fix_is_no_rider_of_itself() {
    let play = Play::begin_in(two_run_lanes()).await;
    play.act(&play.dana, "do run").await;
    play.act(&play.dana, "do run").await;
    assert!(matches!(play.step("run").await, StepState::Done(_)));
    let squash = play.state().mrs[0]
        .merged
        .as_ref()
        .map(|one| one.squash.is_some());
    assert_eq!(squash, Some(true));
    assert_eq!(riders(&play).await, [""; 0]);
    // What somebody else brought there is one.
    play.commit("preprod", "one\nTWO\nthree\nfour\n", "Another change");
    assert_eq!(riders(&play).await, ["Another change"]);
}
