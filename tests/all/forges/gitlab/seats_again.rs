//! Seats of a go-live that the forge does not keep: they are counted once more just before it is started.

use std::sync::Arc;

use lanekeeper::engine::Intent;
use lanekeeper::engine::Outcome;
use lanekeeper::engine::plan;
use lanekeeper::ops::Silent;

use super::play::Play;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_that_was_planned_without_its_seats_is_refused_before_the_call() {
    let play = Play::begin("two").await;
    play.state().is_free = true;
    play.merge_the_fix().await;
    let board = play.board(&play.dana).await;
    let record = board.record.clone().expect("a record");
    // As if nobody had been asked when it was planned.
    let mut book = board.book.clone();
    for environment in &mut book.project.environments {
        environment.seats.clear();
    }
    let intent: Intent = "do deploy".parse().expect("words of an intent");
    let plan = plan(&intent, &book, &record, &board.seen).expect("it can be planned");
    let report = play.dana.execute(&plan, Arc::new(Silent)).await;
    let results = report.expect("it is tried").results;
    let mut refused = results.iter();
    let refused = refused.find(|one| one.outcome == Outcome::Refused);
    let why = &refused.expect("the start is refused").why;
    for part in ["tech-lead", "product-manager", "plan again"] {
        assert!(why.contains(part), "{why}");
    }
    let writes = play.server.writes();
    assert!(!writes.iter().any(|one| one.path.ends_with("/play")));
    // With everybody's yes the same is done.
    play.approve_both().await;
    play.act(&play.dana, "do deploy").await;
}
