//! Go-lives on GitLab: blocked until each rule has its person, approved and not started, one job per app.

use lanekeeper::forge::Forge;
use lanekeeper::forge::NewDeployment;
use lanekeeper::forge::NoWatcher;
use lanekeeper::forge::Written;
use lanekeeper::model::Approval;
use lanekeeper::model::CommitId;
use lanekeeper::model::Decision;
use lanekeeper::model::Deployment;
use lanekeeper::model::DeploymentState;
use lanekeeper::model::Enforcement;
use lanekeeper::model::JobState;
use lanekeeper::model::Role;
use lanekeeper::model::Subject;

use super::stage::GitlabStage;
use crate::forges::acts::Behind as _;
use crate::forges::contract::Stage;
use crate::forges::contract::Who;
use crate::forges::contract::already;
use crate::forges::contract::done;
use crate::forges::contract::refused;
use crate::forges::fake_gitlab::Layout;
use crate::forges::fake_gitlab::State;
use crate::forges::message::Reply;
use crate::forges::server::Fault;

pub(super) struct Live {
    pub(super) stage: GitlabStage,
    pub(super) commit: CommitId,
}

impl Live {
    pub(super) fn new(change: impl FnOnce(&mut State)) -> Self {
        let stage = GitlabStage::with(change);
        let commit = stage.tip(&stage.onto());
        stage.make_pipeline(&commit);
        Self { stage, commit }
    }

    pub(super) fn forge(&self, who: Who) -> &dyn Forge {
        self.stage.forge(who)
    }

    pub(super) async fn now(&self) -> Deployment {
        let all = self.forge(Who::Stranger).deployments(None).await.unwrap();
        all.into_iter().next().expect("the pipeline made one")
    }

    async fn say(&self, who: Who, role: &str, decision: Decision) -> Written<Approval> {
        let role: Role = role.parse().expect("a role");
        let subject = Subject::Deployment(self.now().await.id);
        let forge = self.forge(who);
        let said = forge.decide(&subject, &self.commit, Some(&role), decision, Some("go"));
        said.await.unwrap()
    }

    pub(super) async fn approve_all(&self) {
        done(self.say(Who::Lead, "tech-lead", Decision::Approved).await);
        done(
            self.say(Who::Manager, "product-manager", Decision::Approved)
                .await,
        );
    }

    pub(super) async fn start(&self) -> Written<Deployment> {
        let id = self.now().await.id;
        let driver = self.forge(Who::Driver);
        driver
            .start_deployment(&id, &self.commit, &NoWatcher)
            .await
            .unwrap()
    }

    async fn create(&self) -> Written<Deployment> {
        let new = NewDeployment {
            environment: self.stage.environment(),
            commit: self.commit.clone(),
            hotfix: None,
        };
        self.forge(Who::Driver)
            .create_deployment(&new)
            .await
            .unwrap()
    }
}

fn apps(deployment: &Deployment) -> Vec<&str> {
    let mut apps: Vec<&str> = deployment
        .jobs
        .iter()
        .filter_map(|job| Some(job.app.as_ref()?.as_str()))
        .collect();
    apps.sort_unstable();
    apps
}

#[tokio::test]
async fn two_people_approve_and_somebody_starts_in_every_layout_of_the_stage() {
    for layout in [Layout::Single, Layout::Matrix, Layout::Gate] {
        let live = Live::new(|state| state.layout = layout);
        let blocked = live.now().await;
        assert_eq!(blocked.state, DeploymentState::Blocked, "{layout:?}");
        assert_eq!(
            apps(&blocked),
            ["admin", "api-gateway", "portal"],
            "{layout:?}"
        );
        let seats: Vec<&str> = blocked.seats.iter().map(Role::as_str).collect();
        assert_eq!(seats, ["tech-lead", "product-manager"]);
        assert_eq!(
            live.forge(Who::Stranger).capabilities().seats,
            Enforcement::Forge
        );
        done(live.say(Who::Lead, "tech-lead", Decision::Approved).await);
        already(live.say(Who::Lead, "tech-lead", Decision::Approved).await);
        refused(live.start().await, "product-managers");
        done(
            live.say(Who::Manager, "product-manager", Decision::Approved)
                .await,
        );
        let approved = live.now().await;
        assert_eq!(approved.state, DeploymentState::Approved, "{layout:?}");
        assert_eq!(approved.approvals.len(), 2);
        assert_eq!(done(live.start().await).state, DeploymentState::Running);
        already(live.start().await);
        live.stage.state().end_jobs("success");
        let live_now = live.now().await;
        assert_eq!(live_now.state, DeploymentState::Succeeded, "{layout:?}");
        assert_eq!(live_now.approvals.len(), 2, "who approved stays known");
        refused(live.start().await, "once");
    }
}

/// Whoever pressed start may have been interrupted between two jobs: the others do not wait for those that run.
#[tokio::test]
async fn what_a_start_that_was_cut_short_left_is_started_while_the_others_run() {
    let live = Live::new(|state| state.layout = Layout::Matrix);
    live.approve_all().await;
    done(live.start().await);
    live.stage
        .state()
        .job_named("deploy-prod-hotfix: [portal]")
        .status = "manual";
    let now = live.now().await;
    assert_eq!(now.state, DeploymentState::Running);
    assert_eq!(now.held().count(), 1);
    let started = done(live.start().await);
    assert_eq!(started.held().count(), 0);
    already(live.start().await);
}

#[tokio::test]
async fn whose_pipeline_it_is_may_not_approve_it_and_gitlab_says_so() {
    let live = Live::new(|_| {});
    refused(
        live.say(Who::Driver, "tech-lead", Decision::Approved).await,
        "You cannot approve your own deployment",
    );
    refused(
        live.say(Who::Stranger, "tech-lead", Decision::Approved)
            .await,
        "not in the role",
    );
}

#[tokio::test]
async fn one_person_fills_one_seat_only() {
    let live = Live::new(|_| {});
    done(
        live.say(Who::Both, "product-manager", Decision::Approved)
            .await,
    );
    let seen = live.now().await;
    let roles: Vec<Option<&str>> = seen
        .approvals
        .iter()
        .map(|one| one.role.as_ref().map(Role::as_str))
        .collect();
    assert_eq!(roles, [Some("product-manager")]);
    refused(
        live.say(Who::Both, "tech-lead", Decision::Approved).await,
        "another person",
    );
    assert_eq!(live.now().await.state, DeploymentState::Blocked);
}

#[tokio::test]
async fn a_rejection_ends_it_and_another_attempt_starts_with_new_approvals() {
    let live = Live::new(|_| {});
    done(live.say(Who::Lead, "tech-lead", Decision::Approved).await);
    done(
        live.say(Who::Manager, "product-manager", Decision::Rejected)
            .await,
    );
    let rejected = live.now().await;
    assert_eq!(rejected.state, DeploymentState::Rejected);
    refused(live.start().await, "rejected");
    let capabilities = live.forge(Who::Driver).capabilities();
    assert!(capabilities.no_second_golive.is_empty());
    let again = done(live.create().await);
    assert_ne!(again.id, rejected.id);
    assert_eq!(again.state, DeploymentState::Blocked);
}

#[tokio::test]
async fn a_job_that_cannot_run_again_beside_one_that_does_is_no_refusal_of_all() {
    let live = Live::new(|_| {});
    live.approve_all().await;
    done(live.start().await);
    {
        let mut state = live.stage.state();
        for app in ["admin", "portal"] {
            let job = state.job_named(&format!("deploy-prod-hotfix: [{app}]"));
            job.status = "failed";
        }
        state.end_jobs("success");
    }
    assert_eq!(live.now().await.state, DeploymentState::Failed);
    let no = || {
        let why = serde_json::json!({ "message": "403 Forbidden" });
        Fault::Instead(Reply::json(403, &why))
    };
    let server = live.stage.server();
    server.trap("POST", "/retry", no());
    refused(live.create().await, "403 Forbidden");
    server.trap_after("POST", "/retry", 1, 1, no());
    let halved = live.create().await;
    let Written::Unknown(why) = halved else {
        panic!("one of them runs again, and the answer is {halved:?}");
    };
    assert!(
        why.starts_with("1 job(s)") && why.contains("403 Forbidden"),
        "{why}"
    );
}

#[tokio::test]
async fn one_app_of_three_that_failed_is_deployed_again_alone_after_new_approvals() {
    let live = Live::new(|_| {});
    live.approve_all().await;
    done(live.start().await);
    live.stage
        .state()
        .job_named("deploy-prod-hotfix: [admin]")
        .status = "failed";
    live.stage.state().end_jobs("success");
    let failed = live.now().await;
    assert_eq!(failed.state, DeploymentState::Failed);
    let again = done(live.create().await);
    assert_eq!(again.state, DeploymentState::Blocked);
    let states: Vec<JobState> = again.jobs.iter().map(|job| job.state).collect();
    assert_eq!(
        states
            .iter()
            .filter(|state| **state == JobState::Succeeded)
            .count(),
        2
    );
    assert!(
        again.approvals.is_empty(),
        "the earlier yes was for the earlier job"
    );
    live.approve_all().await;
    done(live.start().await);
    live.stage.state().end_jobs("success");
    assert_eq!(live.now().await.state, DeploymentState::Succeeded);
    assert_eq!(apps(&live.now().await), ["admin", "api-gateway", "portal"]);
}

#[tokio::test]
async fn without_approval_rules_a_failed_job_is_not_run_again_behind_anybodys_back() {
    let live = Live::new(|state| state.is_free = true);
    assert_eq!(live.now().await.state, DeploymentState::Approved);
    assert_eq!(
        live.forge(Who::Stranger).capabilities().seats,
        Enforcement::Console
    );
    done(live.start().await);
    live.stage.state().end_jobs("failed");
    refused(live.create().await, "without an approval");
    // So nobody is told to try that; the page is named instead.
    let capabilities = live.forge(Who::Driver).capabilities();
    let environment = live.stage.environment();
    assert!(capabilities.no_second_golive.contains_key(&environment));
    let page = live.now().await.url.expect("a page");
    assert!(page.contains("/-/pipelines/"), "{page}");
}

/// What is said in such a seat goes into the record; GitLab is not asked, and would refuse.
#[tokio::test]
async fn a_seat_without_a_rule_of_its_own_is_decided_by_whoever_has_the_role_and_nothing_is_sent() {
    let lead: Role = "tech-lead".parse().expect("a role");
    let manager: Role = "product-manager".parse().expect("a role");
    let keeps = |live: &Live, now: &Deployment| {
        [&lead, &manager].map(|role| live.forge(Who::Stranger).keeps_decisions(now, Some(role)))
    };
    let live = Live::new(|state| state.is_free = true);
    let now = live.now().await;
    assert_eq!(keeps(&live, &now), [false, false]);
    let said = done(live.say(Who::Lead, "tech-lead", Decision::Approved).await);
    assert_eq!(
        (said.role.as_ref(), &said.head),
        (Some(&lead), &live.commit)
    );
    done(
        live.say(Who::Manager, "product-manager", Decision::Rejected)
            .await,
    );
    refused(
        live.say(Who::Driver, "tech-lead", Decision::Approved).await,
        "its pipeline is yours",
    );
    refused(
        live.say(Who::Stranger, "tech-lead", Decision::Approved)
            .await,
        "not in the role",
    );
    refused(
        live.say(Who::Lead, "release-board", Decision::Approved)
            .await,
        "approved already",
    );
    done(live.start().await);
    refused(
        live.say(Who::Manager, "product-manager", Decision::Approved)
            .await,
        "it runs already",
    );
    assert_eq!(live.stage.writes("/approval"), 0);
}

#[tokio::test]
async fn of_two_seats_the_one_with_a_rule_is_decided_on_gitlab_and_the_other_is_not() {
    let live = Live::new(|state| state.rules.truncate(1));
    let blocked = live.now().await;
    assert_eq!(blocked.state, DeploymentState::Blocked);
    let forge = live.forge(Who::Stranger);
    let keeps = |role: &str| forge.keeps_decisions(&blocked, role.parse().ok().as_ref());
    assert!(keeps("tech-lead") && !keeps("product-manager"));
    let jobs = live.stage.state().deployments.len();
    done(
        live.say(Who::Manager, "product-manager", Decision::Approved)
            .await,
    );
    assert_eq!(live.stage.writes("/approval"), 0);
    done(live.say(Who::Both, "tech-lead", Decision::Approved).await);
    assert_eq!(live.stage.writes("/approval"), jobs, "one per job");
    refused(
        live.say(Who::Both, "product-manager", Decision::Approved)
            .await,
        "another person",
    );
    assert_eq!(live.now().await.state, DeploymentState::Approved);
}

#[tokio::test]
async fn a_start_is_pressed_once_whatever_becomes_of_the_answer() {
    let faults = [
        ("lost after", Fault::CloseAfter, true),
        ("lost before", Fault::CloseBefore, false),
        ("502 after", Fault::InsteadAfter(Reply::empty(502)), true),
        ("500 before", Fault::Instead(Reply::empty(500)), false),
        (
            "page",
            Fault::Instead(Reply::text(200, "text/html", "<html>")),
            false,
        ),
    ];
    for (name, fault, is_done) in faults {
        let live = Live::new(|state| state.layout = Layout::Single);
        live.approve_all().await;
        live.stage.server_trap("POST", "/play", fault);
        let written = live.start().await;
        let plays = live.stage.writes("/play");
        assert_eq!(
            plays,
            usize::from(is_done),
            "{name}: GitLab saw it so often"
        );
        match written {
            Written::Done(_) => assert!(is_done, "{name}"),
            Written::Unknown(_) => assert!(!is_done, "{name}"),
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_lost_approval_is_settled_by_reading() {
    for (fault, is_done) in [(Fault::CloseAfter, true), (Fault::CloseBefore, false)] {
        let live = Live::new(|state| state.layout = Layout::Single);
        live.stage.server_trap("POST", "/approval", fault);
        match live.say(Who::Lead, "tech-lead", Decision::Approved).await {
            Written::Done(_) => assert!(is_done),
            Written::Unknown(_) => assert!(!is_done),
            other => panic!("{other:?}"),
        }
        already_or_done(&live.say(Who::Lead, "tech-lead", Decision::Approved).await);
        assert_eq!(live.now().await.approvals.len(), 1);
    }
}

fn already_or_done(written: &Written<Approval>) {
    assert!(
        matches!(written, Written::Done(_) | Written::AlreadyDone(_)),
        "{written:?}"
    );
}

#[tokio::test]
async fn what_is_missing_for_a_deployment_is_said_in_one_sentence() {
    let stage = GitlabStage::new();
    let commit = stage.tip(&stage.from());
    let live = Live { stage, commit };
    refused(live.create().await, "GitLab has no pipeline for");
    live.stage.pass_checks(&live.commit);
    refused(live.create().await, "has no job `deploy-prod-hotfix`");
}

#[tokio::test]
async fn migrations_are_the_job_that_is_configured_and_are_waited_for() {
    let live = Live::new(|_| {});
    let environment = live.stage.environment();
    let driver = live.forge(Who::Driver);
    let run = async || {
        driver
            .run_migrations(&environment, &live.commit, &NoWatcher)
            .await
            .unwrap()
    };
    done(run().await);
    already(run().await);
    {
        let mut state = live.stage.state();
        state.job_named("run-migrations-prod").status = "failed";
    }
    done(run().await);
    live.stage.state().job_named("run-migrations-prod").status = "skipped";
    refused(run().await, "skipped");
}

#[tokio::test]
async fn a_log_is_read_on_from_where_it_was_left() {
    let live = Live::new(|_| {});
    let driver = live.forge(Who::Driver);
    let id = {
        let mut state = live.stage.state();
        let job = state.job_named("deploy-prod-hotfix: [portal]");
        job.status = "running";
        job.trace = "section_start:1:a\r\u{1b}[0Kpull\nretag\nrel".to_owned();
        job.id.to_string().parse().expect("an id")
    };
    let first = driver.job_log(&id, 0).await.unwrap();
    assert_eq!(
        (first.text.raw(), first.is_complete),
        ("pull\nretag\n", false)
    );
    {
        let mut state = live.stage.state();
        let job = state.job_named("deploy-prod-hotfix: [portal]");
        job.status = "success";
        job.trace.push_str("ease\n");
    }
    let rest = driver.job_log(&id, first.next_offset).await.unwrap();
    assert_eq!((rest.text.raw(), rest.is_complete), ("release\n", true));
}
