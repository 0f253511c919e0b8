//! What a plan or a token leaves out of what GitHub tells.

use lanekeeper::forge::Forge as _;
use lanekeeper::forge::RequestQuery;
use lanekeeper::model::CheckState;

use crate::forges::contract::Who;
use crate::forges::contract::done;
use crate::forges::message::Reply;
use crate::forges::server::Fault;

use super::requests::ready;
use super::requests::see;
use super::stage::GithubStage;

#[tokio::test]
async fn a_private_repository_without_rules_in_its_plan_is_looked_at_and_merged_into() {
    let stage = GithubStage::new();
    stage.fake.state().is_free_private = true;
    let (opened, order) = ready(&stage).await;
    let seen = see(&stage, &opened).await;
    let unit = seen.checks.iter().find(|one| one.name.as_str() == "unit");
    let unit = unit.map(|one| (one.state, one.is_required));
    assert_eq!(unit, Some((CheckState::Passed, false)));
    done(stage.fresh(Who::Driver).merge(&order).await.unwrap());
}

#[tokio::test]
async fn rules_that_may_not_be_read_for_another_reason_are_not_taken_for_none() {
    let stage = GithubStage::new();
    let (opened, _) = ready(&stage).await;
    let no = Reply::json(
        403,
        &serde_json::json!({"message": "Resource not accessible by integration"}),
    );
    stage
        .server
        .trap("GET", "/rules/branches/", Fault::Instead(no));
    let query = RequestQuery {
        id: Some(opened.id),
        ..RequestQuery::default()
    };
    let looked = stage.fresh(Who::Lead).requests(&query).await;
    let words = looked.expect_err("it is not known").to_string();
    assert!(words.contains("not accessible"), "{words}");
}
