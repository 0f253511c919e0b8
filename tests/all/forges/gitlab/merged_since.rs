//! A hotfix on a project that merges a lot: who approved its request is told however many were merged since, and nobody is
//! asked about those others.

use std::sync::Arc;

use lanekeeper::engine::Board;
use lanekeeper::model::HotfixId;

use super::play::Play;
use crate::forges::message::Reply;
use crate::forges::server::Fault;
use crate::forges::team_file::TeamFile;
use crate::support::repository::World;

/// A project whose production lane has seats.
fn seated() -> Arc<World> {
    let world = World::empty();
    // The forge is put in by hand, so the file has the one that needs no network.
    let team = TeamFile {
        forge: Some("local"),
        ..TeamFile::GITLAB
    };
    let branch = "branch = \"main\"\n";
    let seats = format!("{branch}seats = [\"tech-lead\", \"product-manager\"]\n");
    world.write("lanekeeper.toml", team.text().replacen(branch, &seats, 1));
    world.change("shop.txt", "one\ntwo\nthree\n", "The shop");
    world.switch("develop", Some("main"));
    world.change("next.txt", "next\n", "More of it");
    world.push();
    Arc::new(world)
}

/// Lets two people say yes on GitLab's page.
fn approve(play: &Play) {
    let mut state = play.state();
    for login in ["lena", "pat"] {
        let user = state.users.iter().find(|user| user.username == login);
        let user = user.expect("one of the people").clone();
        let at = state.tick();
        state.mrs[0].approvals.push((user, at));
    }
}

/// Merges requests of so many other hotfixes.
fn merge_others(play: &Play, count: u64) {
    let elsewhere = play.world.remote_id("refs/heads/develop").expect("a lane");
    let mut state = play.state();
    let own = state.mrs[0].clone();
    for number in 1..=count {
        let mut other = own.clone();
        other.iid += number;
        other.from = format!("hotfix/other-{number}");
        other.description = own.description.replace("crash", &format!("other-{number}"));
        other.updated_at = state.tick();
        let merged = other.merged.as_mut().expect("the first one is merged");
        merged.merge = elsewhere.to_string();
        state.mrs.push(other);
    }
}

fn approvers(board: &Board, id: &HotfixId) -> Vec<String> {
    let requests = board.seen.requests.value().expect("the forge was asked");
    let own = requests.iter().find(|one| one.hotfix.as_ref() == Some(id));
    let own = own.expect("the hotfix has a request");
    assert!(own.merged().is_some(), "{:?}", own.state);
    let approvals = own.approvals.iter();
    approvals.map(|one| one.by.account().to_owned()).collect()
}

/// Returns how often GitLab was asked who approved a merge request.
fn asked(play: &Play) -> usize {
    let log = play.server.log();
    let reads = log.iter().filter(|one| one.request.method == "GET");
    reads
        .filter(|one| one.request.path.ends_with("/approvals"))
        .count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_approved_a_hotfix_is_told_however_many_were_merged_since() {
    let play = Play::begin_in(seated()).await;
    play.act(&play.dana, "do change").await;
    play.run_pipeline("hotfix/crash");
    approve(&play);
    play.act(&play.dana, "do change").await;
    merge_others(&play, 25);
    let console = play.reopened("dana").await;
    let before = asked(&play);
    for _ in 0..2 {
        let board = play.board(&console).await;
        assert_eq!(approvers(&board, &play.id), ["lena", "pat"]);
    }
    assert_eq!(asked(&play), before + 1, "its own one, and that once");
    {
        // Somebody says a word on it; who decided a merge is no other by that.
        let mut state = play.state();
        let at = state.tick();
        state.mrs[0].updated_at = at;
    }
    let board = play.board(&console).await;
    assert_eq!(approvers(&board, &play.id), ["lena", "pat"]);
    assert_eq!(asked(&play), before + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn approvals_that_cannot_be_asked_for_are_not_told_as_missing() {
    let play = Play::begin_in(seated()).await;
    play.act(&play.dana, "do change").await;
    play.run_pipeline("hotfix/crash");
    approve(&play);
    play.act(&play.dana, "do change").await;
    let broken = Reply::json(418, &serde_json::json!({ "message": "no" }));
    play.server
        .trap("GET", "/approvals", Fault::Instead(broken));
    let console = play.reopened("dana").await;
    let board = play.board(&console).await;
    assert!(board.seen.requests.fresh().is_none());
    assert!(board.seen.requests.why().is_some());
}
