//! An environment as GitLab had it before there were approval rules: it counts people, and the last one starts the job.

use lanekeeper::forge::Forge;
use lanekeeper::forge::NoWatcher;
use lanekeeper::forge::Written;
use lanekeeper::model::Approval;
use lanekeeper::model::CommitId;
use lanekeeper::model::Decision;
use lanekeeper::model::Deployment;
use lanekeeper::model::DeploymentState;
use lanekeeper::model::Enforcement;
use lanekeeper::model::Role;
use lanekeeper::model::Subject;

use super::stage::GitlabStage;
use crate::forges::contract::Stage;
use crate::forges::contract::Who;
use crate::forges::contract::already;
use crate::forges::contract::done;
use crate::forges::contract::refused;

struct Counted {
    stage: GitlabStage,
    commit: CommitId,
}

impl Counted {
    fn new(count: usize) -> Self {
        let stage = GitlabStage::with(|state| state.count = count);
        let commit = stage.tip(&stage.onto());
        stage.make_pipeline(&commit);
        Self { stage, commit }
    }

    fn forge(&self, who: Who) -> &dyn Forge {
        self.stage.forge(who)
    }

    async fn now(&self) -> Deployment {
        let all = self.forge(Who::Stranger).deployments(None).await.unwrap();
        all.into_iter().next().expect("the pipeline made one")
    }

    async fn say(&self, who: Who, role: &str, decision: Decision) -> Written<Approval> {
        let role: Option<Role> = role.parse().ok();
        let subject = Subject::Deployment(self.now().await.id);
        let forge = self.forge(who);
        let said = forge.decide(&subject, &self.commit, role.as_ref(), decision, None);
        said.await.unwrap()
    }
}

#[tokio::test]
async fn where_gitlab_counts_the_last_approval_starts_every_job() {
    let counted = Counted::new(2);
    let waiting = counted.now().await;
    assert_eq!(waiting.state, DeploymentState::Blocked);
    let capabilities = counted.forge(Who::Stranger).capabilities();
    assert!(capabilities.is_started_by_approval(&waiting.environment));
    // So many people, but nobody looks at who they are.
    assert_eq!(capabilities.seats, Enforcement::Partly);
    let seats: Vec<&str> = waiting.seats.iter().map(Role::as_str).collect();
    assert_eq!(seats, ["tech-lead", "product-manager"]);
    done(
        counted
            .say(Who::Lead, "tech-lead", Decision::Approved)
            .await,
    );
    assert_eq!(counted.now().await.state, DeploymentState::Blocked);
    done(
        counted
            .say(Who::Manager, "product-manager", Decision::Approved)
            .await,
    );
    let started = counted.now().await;
    assert_eq!(started.state, DeploymentState::Running);
    assert_eq!(started.held().count(), 0);
    let driver = counted.forge(Who::Driver);
    let start = driver.start_deployment(&started.id, &counted.commit, &NoWatcher);
    already(start.await.unwrap());
    assert_eq!(counted.stage.writes("/play"), 0);
}

#[tokio::test]
async fn nothing_is_approved_where_gitlab_would_start_before_every_seat_is_taken() {
    let counted = Counted::new(1);
    refused(
        counted
            .say(Who::Lead, "tech-lead", Decision::Approved)
            .await,
        "starts it after 1 of 2 approvals",
    );
    assert_eq!(counted.stage.writes("/approval"), 0);
    assert_eq!(counted.now().await.state, DeploymentState::Blocked);
    done(
        counted
            .say(Who::Lead, "tech-lead", Decision::Rejected)
            .await,
    );
    assert_eq!(counted.now().await.state, DeploymentState::Rejected);
}

#[tokio::test]
async fn by_rules_nothing_starts_with_an_approval() {
    let ruled = Counted::new(0);
    let waiting = ruled.now().await;
    let capabilities = ruled.forge(Who::Stranger).capabilities();
    assert!(!capabilities.is_started_by_approval(&waiting.environment));
}
