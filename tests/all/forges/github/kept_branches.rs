//! A repository that deletes head branches after a merge: the hotfix's branch is made again, however we hear of the merge.

use lanekeeper::forge::Forge as _;
use lanekeeper::forge::Written;

use crate::forges::contract::Stage as _;
use crate::forges::contract::Who;
use crate::forges::contract::already;
use crate::forges::contract::done;
use crate::forges::fake_github::Task;
use crate::forges::server::Fault;
use crate::forges::server::Happening;

use super::requests::ready;
use super::requests::see;
use super::stage::GithubStage;

/// A repository that deletes branches, with a merge queue for `main` that takes so many looks.
fn deleting(queue_looks: Option<usize>) -> GithubStage {
    let stage = GithubStage::new();
    let mut state = stage.fake.state();
    state.deletes_branches = true;
    if let Some(looks) = queue_looks {
        state.queues.push("main".to_owned());
        state.queue_looks = looks;
    }
    drop(state);
    stage
}

/// Asserts that the branch was gone and made again, once.
fn was_made_again(stage: &GithubStage, head: &lanekeeper::model::CommitId) {
    assert_eq!(&stage.tip(&stage.from()), head);
    let writes = stage.server.writes();
    let refs = writes.iter().filter(|one| one.path.ends_with("/git/refs"));
    assert_eq!(refs.count(), 1, "it was gone in between");
}

#[tokio::test]
async fn a_deleted_source_branch_is_made_again() {
    let stage = deleting(None);
    let (_, order) = ready(&stage).await;
    done(stage.of(Who::Driver).merge(&order).await.unwrap());
    was_made_again(&stage, &order.head);
}

#[tokio::test]
async fn it_is_made_again_where_the_answer_of_a_merge_was_lost() {
    for (queue, part) in [(None, "/merge"), (Some(0), "/merge-async")] {
        let stage = deleting(queue);
        let (_, order) = ready(&stage).await;
        stage.server.trap("PUT", part, Fault::CloseAfter);
        done(stage.of(Who::Driver).merge(&order).await.unwrap());
        was_made_again(&stage, &order.head);
    }
}

#[tokio::test]
async fn it_is_made_again_by_who_finds_the_request_merged_after_a_long_queue() {
    let stage = deleting(Some(1000));
    let (opened, order) = ready(&stage).await;
    let waits = stage.of(Who::Driver).merge(&order).await.unwrap();
    assert!(matches!(waits, Written::Unknown(_)), "{waits:?}");
    stage.fake.state().tasks[0].looks = 0;
    assert!(see(&stage, &opened).await.merged().is_some());
    already(stage.fresh(Who::Driver).merge(&order).await.unwrap());
    was_made_again(&stage, &order.head);
}

#[tokio::test]
async fn it_is_made_again_where_somebody_merged_a_moment_before_us() {
    let stage = deleting(None);
    let (opened, order) = ready(&stage).await;
    let (fake, number) = (stage.fake.clone(), opened.id.0);
    let merges = Happening::new(move || {
        fake.state().tasks.push(Task {
            uuid: String::new(),
            pull: number,
            who: "bob".to_owned(),
            body: serde_json::Value::Null,
            looks: 0,
        });
    });
    stage.server.trap("PUT", "/merge", Fault::Meanwhile(merges));
    already(stage.of(Who::Driver).merge(&order).await.unwrap());
    was_made_again(&stage, &order.head);
}

#[tokio::test]
async fn a_branch_that_somebody_removed_by_hand_stays_removed() {
    let stage = GithubStage::new();
    let (_, order) = ready(&stage).await;
    done(stage.of(Who::Driver).merge(&order).await.unwrap());
    let name = format!("refs/heads/{}", stage.from());
    let origin = stage.world.origin();
    stage.world.git_in(&origin, &["update-ref", "-d", &name]);
    already(stage.fresh(Who::Driver).merge(&order).await.unwrap());
    assert_eq!(stage.fake.tip(stage.from().as_str()), None);
}
