//! The GitLab adapter against its fake: the contract, each fault with each write, and what only GitLab does.

mod begun_there;
mod counted;
mod decisions;
mod golive;
mod merged_since;
mod not_reached;
pub(crate) mod play;
mod playbook;
mod requests;
mod retried;
mod squashed;
pub(crate) mod stage;
mod starters;
mod unplayed;

use std::sync::Arc;
use std::time::Duration;

use super::acts::Act;
use super::contract::Stage as _;
use super::contract::Who;
use super::contract::contract;
use super::fake_gitlab::Layout;
use super::faults::Share;
use super::faults::every_fault;
use super::faults::every_fault_after;
use super::faults::every_read_fault;

use stage::GitlabStage;

#[tokio::test]
async fn gitlab_fulfils_the_contract() {
    let stage = GitlabStage::guarded();
    contract(&stage).await;
}

#[tokio::test]
async fn what_doctor_asks_gitlab_is_in_its_description() {
    let stage = GitlabStage::with(|state| state.protected = vec!["main"]);
    let branches = [stage.onto(), stage.from()];
    let remarks = stage.forge(Who::Driver).examine(&branches).await.unwrap();
    let what: Vec<&str> = remarks.iter().map(|one| one.what.as_str()).collect();
    assert!(
        what.contains(&"branch main") && what.contains(&"start of production"),
        "{what:?}"
    );
}

/// Returns how many writes an act has here.
fn writes(act: Act) -> usize {
    match act {
        // GitLab's pipelines make the deployments, and it keeps branches when it is told to.
        Act::Deploy | Act::Restore => 0,
        // The approval is taken back first.
        Act::Turn => 2,
        Act::Open
        | Act::Label
        | Act::Ready
        | Act::Close
        | Act::Comment
        | Act::Keep
        | Act::Amend
        | Act::Status
        | Act::Approve
        | Act::Merge
        | Act::Vote
        | Act::Start
        | Act::Retry
        | Act::Title
        | Act::Review
        | Act::Draft
        | Act::Reject
        | Act::Veto
        | Act::Migrate => 1,
    }
}

fn stages() -> impl Fn(Duration) -> GitlabStage + Clone + Send + 'static {
    let world = Arc::new(GitlabStage::world());
    move |patience| {
        GitlabStage::on(world.copy(), patience, |state| {
            state.layout = Layout::Single;
        })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_fault_makes_a_write_happen_twice_or_a_false_success() {
    every_fault(stages(), writes, Share::of(1)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reads_that_go_wrong_lead_to_no_second_write_and_no_false_success() {
    every_read_fault(stages(), writes, Share::of(1)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_done_is_not_called_failed_when_it_cannot_be_read_back() {
    every_fault_after(stages(), writes, Share::of(1)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "every combination: minutes; cargo test --test all of_the_fault_matrix -- --ignored"]
async fn each_combination_of_the_fault_matrix() {
    every_fault(stages(), writes, Share::whole()).await;
    every_read_fault(stages(), writes, Share::whole()).await;
    every_fault_after(stages(), writes, Share::whole()).await;
}
