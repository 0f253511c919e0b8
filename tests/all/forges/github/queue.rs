//! Merge queues of GitHub: how they are asked, what they refuse, and what takes long.

use lanekeeper::forge::Forge as _;
use lanekeeper::forge::MergeOrder;
use lanekeeper::forge::Written;
use lanekeeper::model::MergeMethod;

use crate::forges::contract::Stage as _;
use crate::forges::contract::Who;
use crate::forges::contract::already;
use crate::forges::contract::done;
use crate::forges::contract::refused;
use crate::forges::fake_github::Task;
use crate::forges::message::Reply;
use crate::forges::server::Fault;

use super::requests::ready;
use super::requests::see;
use super::stage::GithubStage;

#[tokio::test]
async fn a_branch_with_a_queue_is_merged_in_the_background() {
    let stage = GithubStage::new();
    {
        let mut state = stage.fake.state();
        state.queues.push("main".to_owned());
        state.queue_looks = 3;
    }
    let (opened, order) = ready(&stage).await;
    let merged = done(stage.of(Who::Driver).merge(&order).await.unwrap());
    assert_eq!(stage.tip(&stage.main()), merged.commit);
    assert!(see(&stage, &opened).await.merged().is_some());
}

#[tokio::test]
async fn a_queue_is_asked_with_the_head_and_nothing_of_our_own() {
    let stage = GithubStage::new();
    stage.fake.state().queues.push("main".to_owned());
    let (_, order) = ready(&stage).await;
    done(stage.of(Who::Driver).merge(&order).await.unwrap());
    let state = stage.fake.state();
    let asked = serde_json::json!({"sha": order.head, "merge_action": "merge_queue"});
    assert_eq!(state.tasks[0].body, asked);
}

#[tokio::test]
async fn a_queue_that_merges_by_another_method_is_not_asked() {
    let stage = GithubStage::new();
    {
        let mut state = stage.fake.state();
        state.queues.push("main".to_owned());
        state.queue_method = "squash";
    }
    let (_, order) = ready(&stage).await;
    let driver = stage.of(Who::Driver);
    refused(driver.merge(&order).await.unwrap(), "merges by squash");
    assert!(stage.fake.state().tasks.is_empty());
    let remarks = driver.examine(&[stage.main()]).await.unwrap();
    let told = remarks.iter().find(|one| one.what == "branch main");
    let told = told.expect("it is looked at");
    assert!(told.detail.contains("merges by squash"), "{told:?}");
    let squash = MergeOrder {
        method: MergeMethod::Squash,
        ..order
    };
    done(driver.merge(&squash).await.unwrap());
    assert_eq!(stage.parents(&stage.tip(&stage.main())).len(), 1);
}

#[tokio::test]
async fn where_a_merge_in_the_background_cannot_be_asked_for_graphql_puts_it_into_the_queue() {
    let stage = GithubStage::new();
    {
        let mut state = stage.fake.state();
        state.queues.push("main".to_owned());
        state.has_no_async = true;
        state.queue_looks = 1000;
    }
    let (_, order) = ready(&stage).await;
    for _ in 0..2 {
        let waits = stage.of(Who::Driver).merge(&order).await.unwrap();
        let is_unknown = matches!(&waits, Written::Unknown(why) if why.contains("queue"));
        assert!(is_unknown, "{waits:?}");
    }
    assert_eq!(stage.fake.state().tasks.len(), 1);
    stage.fake.state().tasks[0].looks = 0;
    already(stage.of(Who::Driver).merge(&order).await.unwrap());
}

#[tokio::test]
async fn what_the_background_refuses_is_told_in_its_words() {
    let stage = GithubStage::new();
    stage.fake.state().queues.push("main".to_owned());
    let (opened, order) = ready(&stage).await;
    let driver = stage.of(Who::Driver);
    let closed =
        serde_json::json!({"status": "failed", "details": {"message": "Pull request is closed."}});
    let closed = Fault::Instead(Reply::json(400, &closed));
    stage.server.trap("PUT", "/merge-async", closed);
    refused(
        driver.merge(&order).await.unwrap(),
        "Pull request is closed.",
    );
    // Somebody's merge that is on its way is looked at by the number that the no names.
    stage.fake.state().tasks.push(Task {
        uuid: "00000000-0000-4000-8000-000000000001".to_owned(),
        pull: opened.id.0,
        who: "bob".to_owned(),
        body: serde_json::json!({"sha": order.head, "merge_method": "squash"}),
        looks: 0,
        is_enqueued: false,
    });
    let no = driver.merge(&order).await.unwrap();
    refused(no, "Custom merge params");
}

#[tokio::test]
async fn a_queue_that_takes_long_is_unknown_and_not_asked_twice() {
    let stage = GithubStage::new();
    {
        let mut state = stage.fake.state();
        state.queues.push("main".to_owned());
        state.queue_looks = 1000;
    }
    let (_, order) = ready(&stage).await;
    for _ in 0..2 {
        let waits = stage.of(Who::Driver).merge(&order).await.unwrap();
        let is_unknown = matches!(&waits, Written::Unknown(why) if why.contains("queue"));
        assert!(is_unknown, "{waits:?}");
    }
    assert_eq!(stage.fake.state().tasks.len(), 1);
}
