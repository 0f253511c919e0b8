//! Jobs to production that nobody played: they stay manual for ever, and with every pipeline there are more of them.

use lanekeeper::forge::NoWatcher;
use lanekeeper::model::DeploymentState;

use super::golive::Live;
use crate::forges::acts::Behind as _;
use crate::forges::contract::Stage;
use crate::forges::contract::Who;
use crate::forges::contract::done;

/// Returns how often GitLab was asked for one deployment alone.
fn asked_alone(live: &Live) -> usize {
    let log = live.stage.server().log();
    let is_one = |path: &str| {
        let rest = path.rsplit_once("/deployments/");
        rest.is_some_and(|(_, rest)| !rest.contains('/'))
    };
    let reads = log.iter().filter(|one| one.request.method == "GET");
    reads.filter(|one| is_one(&one.request.path)).count()
}

#[tokio::test]
async fn a_newer_go_live_makes_the_unstarted_ones_before_it_disappear() {
    let live = Live::new(|state| state.is_free = true);
    let later = live.stage.push(&live.stage.onto());
    live.stage.make_pipeline(&later);
    let driver = live.forge(Who::Driver);
    assert_eq!(driver.deployments(None).await.unwrap().len(), 2);
    let newest = live.now().await;
    assert_eq!(newest.commit, later);
    done(
        driver
            .start_deployment(&newest.id, &later, &NoWatcher)
            .await
            .unwrap(),
    );
    live.stage.state().end_jobs("success");
    assert_eq!(driver.deployments(None).await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_a_later_success_left_behind_is_asked_about_no_more() {
    let mut live = Live::new(|_| {});
    live.commit = live.stage.push(&live.stage.onto());
    live.stage.make_pipeline(&live.commit);
    live.approve_all().await;
    done(live.start().await);
    live.stage.state().end_jobs("success");
    assert_eq!(live.now().await.state, DeploymentState::Succeeded);
    let before = asked_alone(&live);
    live.now().await;
    assert_eq!(asked_alone(&live), before);
}

#[tokio::test]
async fn the_edition_without_approvals_is_not_asked_for_them() {
    let live = Live::new(|state| state.is_free = true);
    assert_eq!(live.now().await.state, DeploymentState::Approved);
    assert_eq!(asked_alone(&live), 0);
}
