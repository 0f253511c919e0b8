//! A repository that deletes head branches after a merge: the hotfix's branch is made again, however we hear of the merge;
//! out of a lane that would go nothing is merged.

use std::sync::Arc;
use std::time::Duration;

use lanekeeper::forge::Forge as _;
use lanekeeper::forge::NewRequest;
use lanekeeper::forge::Written;
use lanekeeper::model::Lane;
use lanekeeper::model::Layer;
use lanekeeper::model::Project;

use crate::forges::contract::Stage as _;
use crate::forges::contract::Who;
use crate::forges::contract::already;
use crate::forges::contract::done;
use crate::forges::contract::refused;
use crate::forges::fake_github::Task;
use crate::forges::server::Fault;
use crate::forges::server::Happening;

use super::requests::new;
use super::requests::ready;
use super::requests::see;
use super::stage::GithubStage;
use super::stage::forge;

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
            is_enqueued: false,
        });
    });
    stage.server.trap("PUT", "/merge", Fault::Meanwhile(merges));
    already(stage.of(Who::Driver).merge(&order).await.unwrap());
    was_made_again(&stage, &order.head);
}

#[tokio::test]
async fn out_of_a_lane_that_would_be_deleted_nothing_is_merged() {
    let stage = deleting(None);
    let (_, order) = ready(&stage).await;
    let mut project = Project::clone(&stage.project);
    project.lanes.push(Lane {
        name: "next".parse().expect("a static name"),
        branch: stage.from().into(),
        layer: Layer::Build,
        merges_into: Vec::new(),
        environment: None,
        seats: Vec::new(),
        pattern: None,
    });
    let (project, clock) = (Arc::new(project), stage.clock());
    let patience = Duration::from_secs(60);
    let dora = forge(&stage.server, "dora", &project, &clock, patience);
    let no = dora.merge(&order).await.unwrap();
    refused(no, "GitHub would delete the lane `hotfix/npe`");
    let remarks = dora.examine(&[stage.from()]).await.unwrap();
    let told = remarks.iter().find(|one| one.what == "head branches");
    assert!(told.expect("it is looked at").is_bad);
    stage.fake.state().kept.push(stage.from().to_string());
    done(dora.merge(&order).await.unwrap());
    assert_eq!(stage.tip(&stage.from()), order.head);
    let writes = stage.server.writes();
    let is_kept = !writes.iter().any(|one| one.path.ends_with("/git/refs"));
    assert!(is_kept, "GitHub keeps it by itself");
}

#[tokio::test]
async fn a_request_into_a_deleted_branch_is_aimed_at_what_that_was_merged_into() {
    let stage = deleting(None);
    let (_, order) = ready(&stage).await;
    let from = stage.from();
    stage.world.switch("later", Some(from.as_str()));
    stage.world.change("later.txt", "later\n", "Later");
    stage.world.git(&["push", "-q", "origin", "later"]);
    let into_it = NewRequest {
        from: "later".parse().expect("a static name"),
        into: from,
        ..new(&stage)
    };
    let driver = stage.of(Who::Driver);
    let opened = done(driver.open_request(&into_it).await.unwrap());
    done(driver.merge(&order).await.unwrap());
    was_made_again(&stage, &order.head);
    assert_eq!(see(&stage, &opened).await.into, stage.main());
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
