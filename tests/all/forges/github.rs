//! GitHub, against a fake that keeps its state: the contract, every fault with every write, and what GitHub alone does.

mod both_ways;
mod changed_runs;
mod deployments;
mod heads;
mod hotfix;
mod kept_branches;
mod queue;
mod requests;
mod rights;
pub(crate) mod stage;

use std::sync::Arc;

use super::acts::Act;
use super::contract::Stage;
use super::contract::Who;
use super::contract::contract;
use super::faults::Share;
use super::faults::every_fault;
use super::faults::every_fault_after;
use super::faults::every_read_fault;
use stage::GithubStage;

#[tokio::test]
async fn what_doctor_asks_github_is_in_its_description() {
    let stage = GithubStage::new();
    let branches = [Stage::into(&stage), Stage::from(&stage)];
    let remarks = stage.forge(Who::Driver).examine(&branches).await.unwrap();
    let what: Vec<&str> = remarks.iter().map(|one| one.what.as_str()).collect();
    assert!(
        what.contains(&"rights") && what.contains(&"seats of production"),
        "{what:?}"
    );
}

#[tokio::test]
async fn github_fulfils_the_contract() {
    let stage = GithubStage::new();
    contract(&stage).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_fault_leads_to_a_second_write_or_a_false_success() {
    let world = Arc::new(GithubStage::world());
    let stage = move |patience| GithubStage::on(world.copy(), "deploy.yml", patience);
    every_fault(stage, writes, Share::of(0)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reads_that_go_wrong_lead_to_no_second_write_and_no_false_success() {
    let world = Arc::new(GithubStage::world());
    let stage = move |patience| GithubStage::on(world.copy(), "deploy.yml", patience);
    every_read_fault(stage, writes, Share::of(0)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_done_is_not_called_failed_when_it_cannot_be_read_back() {
    let world = Arc::new(GithubStage::world());
    let stage = move |patience| GithubStage::on(world.copy(), "deploy.yml", patience);
    every_fault_after(stage, writes, Share::of(0)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "every combination: minutes; cargo test --test all of_the_fault_matrix -- --ignored"]
async fn each_combination_of_the_fault_matrix() {
    let world = Arc::new(GithubStage::world());
    let stage = move |patience| GithubStage::on(world.copy(), "deploy.yml", patience);
    every_fault(stage.clone(), writes, Share::whole()).await;
    every_read_fault(stage.clone(), writes, Share::whole()).await;
    every_fault_after(stage, writes, Share::whole()).await;
}

/// Returns how many writes an act has here.
fn writes(act: Act) -> usize {
    match act {
        // The request, its label, that the request wears it, the milestone, the reviewers.
        Act::Open => 5,
        Act::Label => 2,
        // The merge, and the branch that is made again.
        Act::Restore => 2,
        Act::Ready
        | Act::Close
        | Act::Comment
        | Act::Keep
        | Act::Amend
        | Act::Status
        | Act::Approve
        | Act::Merge
        | Act::Deploy
        | Act::Vote
        | Act::Retry
        | Act::Title
        | Act::Review
        | Act::Draft
        | Act::Reject
        | Act::Turn
        | Act::Veto
        | Act::Migrate => 1,
        // The last approval starts a run.
        Act::Start => 0,
    }
}
