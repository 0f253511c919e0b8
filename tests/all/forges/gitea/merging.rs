//! Merges of Gitea and Forgejo: what may be merged, of which head, and by whom.

use lanekeeper::forge::Forge;
use lanekeeper::forge::MergeOrder;
use lanekeeper::forge::NewRequest;
use lanekeeper::forge::RequestQuery;
use lanekeeper::model::Decision;
use lanekeeper::model::HotfixId;
use lanekeeper::model::Mergeability;
use lanekeeper::model::Subject;

use crate::forges::contract::Stage;
use crate::forges::contract::Who;
use crate::forges::contract::already;
use crate::forges::contract::done;
use crate::forges::contract::refused;
use crate::forges::fake_gitea::FORGEJO;
use crate::forges::fake_gitea::GITEA;
use crate::forges::message::Reply;
use crate::forges::server::Fault;

use super::requests::new;
use super::requests::opened;
use super::requests::opened_as;
use super::requests::order;
use super::requests::unprotected;
use super::stage::main_branch;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn not_mergeable_is_asked_again_before_it_is_a_conflict() {
    let stage = unprotected(FORGEJO);
    stage.fake.state().checking = 2;
    let request = opened(&stage).await;
    assert_eq!(request.mergeability, Mergeability::Clean);
    let order = order(&stage, &request);
    // The merge too waits for the forge to get ready.
    stage.fake.state().pull(request.id.0).checking = 2;
    done(stage.ana().merge(&order).await.unwrap());
    stage.world.switch("hotfix/other", Some("main"));
    stage.world.change("app.txt", "theirs\n", "Theirs");
    stage.world.push();
    stage.fake.edit("main", "app.txt", "ours\n");
    let other = NewRequest {
        from: "hotfix/other".parse().unwrap(),
        ..new(&stage)
    };
    let request = done(stage.ana().open_request(&other).await.unwrap());
    assert!(matches!(request.mergeability, Mergeability::Conflicts(_)));
    let order = MergeOrder {
        request: request.id,
        head: request.head.clone(),
        onto: stage.tip(&main_branch()),
        ..order
    };
    refused(
        stage.ana().merge(&order).await.unwrap(),
        "conflicts with main",
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_branch_that_goes_on_after_the_merge_does_not_change_what_was_merged() {
    let stage = unprotected(GITEA);
    let id: HotfixId = "20260412-npe-7f3a9c".parse().unwrap();
    let with_id = NewRequest {
        hotfix: Some(id),
        ..new(&stage)
    };
    let request = done(stage.ana().open_request(&with_id).await.unwrap());
    let first = order(&stage, &request);
    done(stage.ana().merge(&first).await.unwrap());
    let newer = stage.push(&stage.from());
    let lead = stage.forge(Who::Lead);
    let seen = lead.requests(&RequestQuery::default()).await.unwrap();
    assert_eq!(seen[0].merged().unwrap().head, first.head);
    assert_eq!(seen[0].head, first.head);
    already(lead.merge(&first).await.unwrap());
    let late = MergeOrder {
        head: newer,
        ..first
    };
    refused(lead.merge(&late).await.unwrap(), "was merged at");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_head_guard_of_the_forge_holds_when_the_branch_moves_in_between() {
    let stage = unprotected(FORGEJO);
    let request = opened(&stage).await;
    let order = order(&stage, &request);
    // Our own look before the merge saw the old head; the guard on the forge did not.
    let moved = serde_json::json!({ "message": "head out of date" });
    stage
        .server
        .trap("POST", "/merge", Fault::Instead(Reply::json(409, &moved)));
    refused(stage.ana().merge(&order).await.unwrap(), "moved");
    assert!(opened_as(&stage, request.id).await.is_open());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_not_merge_is_told_by_the_request_and_by_the_merge() {
    let stage = unprotected(FORGEJO);
    let request = opened(&stage).await;
    let zoe = stage.forge(Who::Stranger);
    let seen = zoe.requests(&RequestQuery::default()).await.unwrap();
    let Mergeability::Blocked(why) = &seen[0].mergeability else {
        panic!("{:?}", seen[0].mergeability);
    };
    assert!(why.contains("your account"), "{why}");
    refused(
        zoe.merge(&order(&stage, &request)).await.unwrap(),
        "not allowed",
    );
    let subject = Subject::Request(request.id);
    let yes = zoe.decide(&subject, &request.head, None, Decision::Approved, None);
    refused(yes.await.unwrap(), "remark only");
    let seen = opened_as(&stage, request.id).await;
    assert!(
        seen.approvals.is_empty(),
        "what is not official counts for nothing"
    );
}
