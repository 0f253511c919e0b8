//! What every forge must do, whatever it is: one request from opened to merged, one deployment from created to
//! deployed. A forge brings a stage; the suite asks through `dyn Forge` only. Where forges differ in what they can
//! enforce, the stage says so in its [`Traits`].

use async_trait::async_trait;

use lanekeeper::forge::Forge;
use lanekeeper::forge::MergeOrder;
use lanekeeper::forge::NewDeployment;
use lanekeeper::forge::NewRequest;
use lanekeeper::forge::NewStatus;
use lanekeeper::forge::NoWatcher;
use lanekeeper::forge::RequestEdit;
use lanekeeper::forge::RequestQuery;
use lanekeeper::forge::Written;
use lanekeeper::model::BranchName;
use lanekeeper::model::ChangeRequest;
use lanekeeper::model::CheckName;
use lanekeeper::model::CheckState;
use lanekeeper::model::CommitId;
use lanekeeper::model::Decision;
use lanekeeper::model::DeploymentState;
use lanekeeper::model::EnvironmentName;
use lanekeeper::model::JobState;
use lanekeeper::model::MergeMethod;
use lanekeeper::model::Mergeability;
use lanekeeper::model::RequestState;
use lanekeeper::model::Role;
use lanekeeper::model::Subject;

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    /// Opens and merges; is in the role of the first seat, and may not take it.
    Driver,
    /// May take the first seat.
    Lead,
    /// May take the second seat.
    Manager,
    /// May take either.
    Both,
    /// May take none.
    Stranger,
}

/// What a forge does itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Traits {
    /// The console runs the checks.
    pub(crate) runs_checks: bool,
    /// It merges nothing before the checks passed and the approvals are there.
    pub(crate) guards_merges: bool,
    /// Approvals fill seats by role.
    pub(crate) has_seats: bool,
    /// It refuses a merge while the target is elsewhere than the order says.
    pub(crate) guards_target: bool,
    pub(crate) deploys: Deploys,
}

/// Who makes and runs deployments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deploys {
    /// The console makes them and runs their jobs.
    Console,
    /// A pipeline of the merged commit makes them; two people approve, one presses start.
    Pipeline,
    /// The same, and the last approval starts it.
    PipelineStartsItself,
    /// The merged commit waits to be started; who approved that is kept elsewhere, so that the forge starts without it.
    SeatsElsewhere,
    /// There is no such thing, or the suite leaves it to the forge's own tests.
    Not,
}

/// What a forge brings to be tested: people, a repository whose target lane has two seats, one check that passes,
/// and an environment of two seats.
#[async_trait]
pub(crate) trait Stage: Sync {
    fn forge(&self, who: Who) -> &dyn Forge;
    /// Makes sure that reads of all people see what happened so far.
    async fn refresh(&self);
    fn from(&self) -> BranchName;
    fn into(&self) -> BranchName;
    fn seats(&self) -> [Role; 2];
    fn environment(&self) -> EnvironmentName;
    fn tip(&self, branch: &BranchName) -> CommitId;
    /// Pushes another commit to a branch.
    fn push(&self, branch: &BranchName) -> CommitId;
    /// Returns the parents of a commit.
    fn parents(&self, commit: &CommitId) -> Vec<CommitId>;
    fn traits(&self) -> Traits;
    /// Lets the CI of a forge that has one pass for `head`.
    fn pass_checks(&self, _head: &CommitId) {}
    /// Lets the CI of a forge that has one make the deployment of `commit`.
    fn make_pipeline(&self, _commit: &CommitId) {}
    /// Lets the jobs of the running deployment of `commit` succeed.
    fn finish_jobs(&self, _commit: &CommitId) {}
}

pub(crate) fn done<T: std::fmt::Debug>(written: Written<T>) -> T {
    match written {
        Written::Done(value) => value,
        other => panic!("expected done, got {other:?}"),
    }
}

pub(crate) fn already<T: std::fmt::Debug>(written: Written<T>) -> T {
    match written {
        Written::AlreadyDone(value) => value,
        other => panic!("expected already done, got {other:?}"),
    }
}

#[track_caller]
pub(crate) fn refused<T: std::fmt::Debug>(written: Written<T>, why: &str) {
    match written {
        Written::Refused(words) if words.contains(why) => {}
        other => panic!("expected a refusal with `{why}`, got {other:?}"),
    }
}

/// Runs the whole suite.
pub(crate) async fn contract(stage: &dyn Stage) {
    let request = opens_once_and_everybody_sees_it(stage).await;
    a_status_is_seen_until_a_later_one_of_its_name(stage, &request).await;
    edits_only_what_is_named(stage, &request).await;
    counts_seats_for_the_head_only(stage, &request).await;
    let merged = merges_exactly_what_was_looked_at(stage, &request).await;
    is_found_by_its_commits(stage, &request, &merged).await;
    deploys_when_approved_and_started(stage, &merged).await;
}

/// A commit leads to the request that brought it: as the head that was looked at, and as what it became.
async fn is_found_by_its_commits(stage: &dyn Stage, request: &ChangeRequest, merged: &CommitId) {
    stage.refresh().await;
    let head = stage.tip(&stage.from());
    for commit in [merged, &head] {
        let found = stage.forge(Who::Stranger).requests_of(commit).await;
        let found: Vec<_> = found.unwrap().iter().map(|one| one.id).collect();
        assert_eq!(found, [request.id], "{}", commit.short());
    }
    let older = stage.parents(merged)[0].clone();
    let found = stage.forge(Who::Stranger).requests_of(&older).await;
    assert!(found.unwrap().is_empty(), "{}", older.short());
}

async fn see(stage: &dyn Stage, who: Who, request: &ChangeRequest) -> ChangeRequest {
    stage.refresh().await;
    let query = RequestQuery {
        id: Some(request.id),
        ..RequestQuery::default()
    };
    let mut found = stage.forge(who).requests(&query).await.unwrap();
    assert_eq!(found.len(), 1);
    found.remove(0)
}

async fn opens_once_and_everybody_sees_it(stage: &dyn Stage) -> ChangeRequest {
    let new = NewRequest {
        from: stage.from(),
        into: stage.into(),
        title: "Fix the crash".to_owned(),
        body: "It crashed.".to_owned(),
        is_draft: true,
        labels: vec!["hotfix".to_owned()],
        milestone: None,
        reviewers: Vec::new(),
        hotfix: None,
    };
    let driver = stage.forge(Who::Driver);
    let opened = done(driver.open_request(&new).await.unwrap());
    let adopted = already(stage.forge(Who::Lead).open_request(&new).await.unwrap());
    assert_eq!(adopted.id, opened.id);
    let seen = see(stage, Who::Manager, &opened).await;
    assert_eq!(seen.title.raw(), "Fix the crash");
    assert_eq!(seen.head, stage.tip(&stage.from()));
    assert_eq!(seen.author, driver.me().await.unwrap());
    assert_eq!(seen.mergeability, Mergeability::Clean);
    assert_eq!(seen.state, RequestState::Open);
    assert!(seen.is_draft);
    opened
}

async fn a_status_is_seen_until_a_later_one_of_its_name(
    stage: &dyn Stage,
    request: &ChangeRequest,
) {
    let driver = stage.forge(Who::Driver);
    assert!(driver.capabilities().has_statuses);
    let name: CheckName = "hotfix/unresolved".parse().expect("a static name");
    let head = stage.tip(&stage.from());
    for state in [CheckState::Failed, CheckState::Passed] {
        let status = NewStatus {
            commit: head.clone(),
            name: name.clone(),
            state,
            text: "long ".repeat(100),
        };
        done(driver.set_status(&status).await.unwrap());
        already(driver.set_status(&status).await.unwrap());
        let seen = see(stage, Who::Lead, request).await;
        let said = seen.checks.iter().find(|check| check.name == name);
        let said = said.expect("it is among the checks");
        assert_eq!((said.state, &said.head), (state, &head));
    }
}

async fn edits_only_what_is_named(stage: &dyn Stage, request: &ChangeRequest) {
    let driver = stage.forge(Who::Driver);
    let edit = RequestEdit {
        labels: Some(vec!["hotfix".to_owned(), "urgent".to_owned()]),
        ..RequestEdit::default()
    };
    done(driver.edit_request(request.id, &edit).await.unwrap());
    already(driver.edit_request(request.id, &edit).await.unwrap());
    done(driver.comment(request.id, "Please look.").await.unwrap());
    let order = order(stage, request, &stage.tip(&stage.from()));
    refused(driver.merge(&order).await.unwrap(), "draft");
    let ready = RequestEdit {
        is_draft: Some(false),
        ..RequestEdit::default()
    };
    done(driver.edit_request(request.id, &ready).await.unwrap());
    let seen = see(stage, Who::Lead, request).await;
    assert_eq!(seen.labels, ["hotfix", "urgent"]);
    assert_eq!(seen.body.raw(), "It crashed.");
    assert!(!seen.is_draft);
}

fn order(stage: &dyn Stage, request: &ChangeRequest, head: &CommitId) -> MergeOrder {
    MergeOrder {
        request: request.id,
        method: MergeMethod::Merge,
        head: head.clone(),
        onto: stage.tip(&stage.into()),
        subject: "Merge the fix".to_owned(),
    }
}

async fn checked(stage: &dyn Stage, request: &ChangeRequest, head: &CommitId) {
    let driver = stage.forge(Who::Driver);
    if !stage.traits().runs_checks {
        stage.pass_checks(head);
        let seen = see(stage, Who::Driver, request).await;
        assert!(!seen.checks.is_empty());
        for check in &seen.checks {
            assert_eq!(check.state, CheckState::Passed, "{}", check.name);
            assert_eq!(check.head, *head);
        }
        return;
    }
    let seen = driver.run_checks(request.id, head, &NoWatcher).await;
    let seen = done(seen.unwrap());
    assert!(!seen.checks.is_empty());
    for check in &seen.checks {
        assert_eq!(check.state, CheckState::Passed, "{}", check.name);
        assert_eq!(check.head, *head);
    }
    already(
        driver
            .run_checks(request.id, head, &NoWatcher)
            .await
            .unwrap(),
    );
}

async fn counts_seats_for_the_head_only(stage: &dyn Stage, request: &ChangeRequest) {
    let traits = stage.traits();
    let subject = Subject::Request(request.id);
    let head = stage.tip(&stage.from());
    let [first, second] = stage.seats();
    let order = order(stage, request, &head);
    let driver = stage.forge(Who::Driver);
    if traits.runs_checks {
        refused(driver.merge(&order).await.unwrap(), "not run");
    }
    checked(stage, request, &head).await;
    if traits.guards_merges {
        let missing = if traits.has_seats { first.as_str() } else { "" };
        refused(driver.merge(&order).await.unwrap(), missing);
    }
    let approve = async |who: Who, role: &Role, head: &CommitId| {
        let forge = stage.forge(who);
        let yes = Decision::Approved;
        forge
            .decide(&subject, head, Some(role), yes, Some("fine"))
            .await
            .unwrap()
    };
    let own = if traits.has_seats { "opened it" } else { "" };
    refused(approve(Who::Driver, &first, &head).await, own);
    if traits.has_seats {
        for who in [Who::Stranger, Who::Manager] {
            refused(approve(who, &first, &head).await, "not in the role");
        }
    }
    let approval = done(approve(Who::Both, &first, &head).await);
    assert_eq!(approval.head, head);
    already(approve(Who::Both, &first, &head).await);
    if traits.has_seats {
        assert_eq!(approval.role, Some(first.clone()));
        refused(approve(Who::Both, &second, &head).await, "another person");
    }
    done(approve(Who::Manager, &second, &head).await);
    // A new commit: nothing that was said counts for it.
    let newer = stage.push(&stage.from());
    let seen = see(stage, Who::Lead, request).await;
    assert_eq!(seen.head, newer);
    assert!(seen.approvals.iter().all(|approval| approval.head == head));
    if traits.has_seats {
        assert_eq!(seen.approvals.len(), 2);
    }
    assert!(
        seen.checks
            .iter()
            .all(|check| check.state != CheckState::Passed)
    );
    refused(driver.merge(&order).await.unwrap(), "moved");
    refused(approve(Who::Lead, &first, &head).await, "look again");
    checked(stage, request, &newer).await;
    done(approve(Who::Lead, &first, &newer).await);
    done(approve(Who::Manager, &second, &newer).await);
    let seen = see(stage, Who::Stranger, request).await;
    let fresh = seen
        .approvals
        .iter()
        .filter(|approval| approval.head == newer);
    assert_eq!(fresh.count(), 2);
}

async fn merges_exactly_what_was_looked_at(stage: &dyn Stage, request: &ChangeRequest) -> CommitId {
    let (from, into) = (stage.from(), stage.into());
    let driver = stage.forge(Who::Driver);
    if stage.traits().guards_target {
        let old = order(stage, request, &stage.tip(&from));
        stage.push(&into);
        refused(driver.merge(&old).await.unwrap(), "moved");
    }
    let order = order(stage, request, &stage.tip(&from));
    let merged = done(driver.merge(&order).await.unwrap());
    assert_eq!(stage.tip(&into), merged.commit);
    assert_eq!(stage.tip(&from), order.head, "the source branch is kept");
    assert_eq!(
        stage.parents(&merged.commit),
        [order.onto.clone(), order.head.clone()]
    );
    let again = already(stage.forge(Who::Lead).merge(&order).await.unwrap());
    assert_eq!(again.commit, merged.commit);
    let seen = see(stage, Who::Stranger, request).await;
    assert_eq!(seen.merged(), Some(&merged));
    merged.commit
}

async fn deploys_when_approved_and_started(stage: &dyn Stage, commit: &CommitId) {
    let deploys = stage.traits().deploys;
    if deploys == Deploys::Not {
        return;
    }
    let new = NewDeployment {
        environment: stage.environment(),
        commit: commit.clone(),
        hotfix: None,
    };
    let driver = stage.forge(Who::Driver);
    let made = if deploys == Deploys::Console {
        done(driver.create_deployment(&new).await.unwrap())
    } else {
        stage.make_pipeline(commit);
        already(driver.create_deployment(&new).await.unwrap())
    };
    assert_eq!(made.state, DeploymentState::Blocked);
    let lead = stage.forge(Who::Lead);
    let adopted = already(lead.create_deployment(&new).await.unwrap());
    assert_eq!(adopted.id, made.id);
    let start = async || {
        driver
            .start_deployment(&made.id, commit, &NoWatcher)
            .await
            .unwrap()
    };
    if deploys == Deploys::SeatsElsewhere {
        for role in stage.seats() {
            assert!(!driver.keeps_decisions(&made, Some(&role)), "{role}");
        }
    } else {
        refused(start().await, "approval is missing");
    }
    let subject = Subject::Deployment(made.id.clone());
    let yes = Decision::Approved;
    for (who, role) in [Who::Lead, Who::Manager].into_iter().zip(stage.seats()) {
        let forge = stage.forge(who);
        let approval = forge.decide(&subject, commit, Some(&role), yes, None).await;
        done(approval.unwrap());
    }
    stage.refresh().await;
    let environment = stage.environment();
    if deploys != Deploys::PipelineStartsItself {
        let listed = driver.deployments(Some(&environment)).await.unwrap();
        let state = if deploys == Deploys::SeatsElsewhere {
            DeploymentState::Blocked
        } else {
            DeploymentState::Approved
        };
        assert_eq!(listed[0].state, state);
        let started = done(start().await);
        if deploys == Deploys::Console {
            assert_eq!(started.state, DeploymentState::Succeeded);
            refused(start().await, "once");
        } else {
            assert_eq!(started.state, DeploymentState::Running);
            already(start().await);
        }
    }
    stage.finish_jobs(commit);
    stage.refresh().await;
    let listed = lead.deployments(None).await.unwrap();
    assert_eq!(listed[0].id, made.id);
    assert_eq!(listed[0].state, DeploymentState::Succeeded);
    assert!(!listed[0].jobs.is_empty());
    for job in &listed[0].jobs {
        assert_eq!(job.state, JobState::Succeeded, "{}", job.name);
    }
}
