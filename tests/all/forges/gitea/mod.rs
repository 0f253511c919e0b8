//! Gitea and Forgejo: the contract, every fault with every write, and what only they do.

mod deployments;
mod dismissed;
mod half_merged;
mod hotfix;
mod job_logs;
mod jobless;
mod mergers;
mod merging;
mod no_workflow;
mod rebased;
mod requests;
mod retries;
mod rules;
mod runs;
pub(crate) mod stage;

use std::sync::Arc;
use std::time::Duration;

use super::acts::Act;
use super::contract::Stage;
use super::contract::Who;
use super::contract::contract;
use super::fake_gitea::FORGEJO;
use super::fake_gitea::GITEA;
use super::fake_gitea::GITEA_OLD;
use super::faults::Share;
use super::faults::every_fault;
use super::faults::every_fault_after;
use super::faults::every_read_fault;

use stage::GiteaStage;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forgejo_and_gitea_fulfil_the_contract() {
    for version in [FORGEJO, GITEA, GITEA_OLD] {
        let stage = GiteaStage::new(version);
        contract(&stage).await;
    }
}

#[tokio::test]
async fn what_doctor_asks_gitea_and_forgejo_is_in_their_descriptions() {
    for version in [FORGEJO, GITEA, GITEA_OLD] {
        let stage = GiteaStage::new(version);
        let branches = [Stage::into(&stage), Stage::from(&stage)];
        let remarks = stage.forge(Who::Driver).examine(&branches).await.unwrap();
        let what: Vec<&str> = remarks.iter().map(|one| one.what.as_str()).collect();
        assert!(
            what.contains(&"rights") && what.contains(&"deployment seats"),
            "{what:?}"
        );
    }
}

/// Returns how many writes an act has here.
fn writes(act: Act) -> usize {
    match act {
        // A label that is missing is made first, and reviewers are asked last.
        Act::Open => 3,
        Act::Label
        | Act::Ready
        | Act::Close
        | Act::Comment
        | Act::Keep
        | Act::Amend
        | Act::Status
        | Act::Approve
        | Act::Merge
        | Act::Start
        | Act::Retry
        | Act::Title
        | Act::Review
        | Act::Draft
        | Act::Reject
        | Act::Turn => 1,
        // A deployment is the tip of its lane, and the record keeps its seats: nothing is sent.
        Act::Deploy | Act::Vote | Act::Veto => 0,
        // Its page runs them.
        Act::Migrate => 0,
        // It keeps branches when it is told to.
        Act::Restore => 0,
    }
}

fn stages() -> impl Fn(Duration) -> GiteaStage + Clone + Send + 'static {
    let world = Arc::new(GiteaStage::world());
    move |patience| {
        let stage = GiteaStage::on(world.copy(), FORGEJO, Some("deploy.yml"), patience);
        let mut state = stage.fake.state();
        state.org_labels.clear();
        let jobs = vec!["deploy (portal)", "deploy (api)"];
        state.workflows.insert("deploy.yml".to_owned(), jobs);
        drop(state);
        stage
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_fault_makes_a_write_happen_twice_or_seem_done() {
    every_fault(stages(), writes, Share::of(2)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reads_that_go_wrong_lead_to_no_second_write_and_no_false_success() {
    every_read_fault(stages(), writes, Share::of(2)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_done_is_not_called_failed_when_it_cannot_be_read_back() {
    every_fault_after(stages(), writes, Share::of(2)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "every combination: minutes; cargo test --test all of_the_fault_matrix -- --ignored"]
async fn each_combination_of_the_fault_matrix() {
    every_fault(stages(), writes, Share::whole()).await;
    every_read_fault(stages(), writes, Share::whole()).await;
    every_fault_after(stages(), writes, Share::whole()).await;
}
