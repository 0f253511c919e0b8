//! The writes of the fault matrix: how the world is made ready for each, and how it is asked for. What it brings about is
//! counted in `effects`.

mod effects;

use lanekeeper::forge::Error;
use lanekeeper::forge::JobWatcher;
use lanekeeper::forge::MergeOrder;
use lanekeeper::forge::NewDeployment;
use lanekeeper::forge::NewRequest;
use lanekeeper::forge::NewStatus;
use lanekeeper::forge::NoWatcher;
use lanekeeper::forge::RequestEdit;
use lanekeeper::forge::Written;
use lanekeeper::model::BranchName;
use lanekeeper::model::ChangeRequest;
use lanekeeper::model::CheckState;
use lanekeeper::model::CommitId;
use lanekeeper::model::Decision;
use lanekeeper::model::Deployment;
use lanekeeper::model::JobId;
use lanekeeper::model::MergeMethod;
use lanekeeper::model::Milestone;
use lanekeeper::model::RequestId;
use lanekeeper::model::Subject;
use lanekeeper::model::Timestamp;
use lanekeeper::model::Untrusted;

use super::contract::Stage;
use super::contract::Who;
use super::contract::done;
use super::server::Server;

/// Finds the comment that is kept.
const MARKER: &str = "<!-- kept -->";
const FIRST_COPY: &str = "<!-- kept -->\nStarted.";
const NEXT_COPY: &str = "<!-- kept -->\nStarted, and fixed.";

/// A stage behind a server that can misbehave, and whose effects can be counted.
pub(crate) trait Behind: Stage {
    fn server(&self) -> &Server;
    /// Moves the clock of all people on, beyond the longest limit.
    fn wait_out_limits(&self);
    /// Returns what the comments on a request say.
    fn comments(&self, request: RequestId) -> Vec<String>;
    /// Returns how many decisions of approval are on a request, whoever gave them.
    fn approvals(&self, request: RequestId) -> usize;
    /// Returns how often a status was set on a commit.
    fn statuses(&self, commit: &CommitId) -> usize;
    /// Returns how many decisions there are about deployments.
    fn votes(&self) -> usize;
    /// Returns how many deploy jobs, or runs that deploy, were started.
    fn starts(&self) -> usize;
    /// Lets a job of the deployment of `commit` fail, and returns it.
    fn fail_job(&self, commit: &CommitId) -> JobId;
    /// Returns how often a job was run again.
    fn reruns(&self) -> usize;
    /// Returns how many decisions against a request there are, whoever gave them.
    fn rejections(&self, request: RequestId) -> usize;
    /// Returns a milestone that the forge has.
    fn milestone(&self) -> Milestone;
    /// Lets the repository delete a branch that was merged, where it cannot be told not to.
    fn delete_merged_branches(&self) {}
    /// Returns where a branch is that may have been deleted.
    fn tip_if_there(&self, branch: &BranchName) -> Option<CommitId> {
        Some(self.tip(branch))
    }
    /// Returns how often migrations were begun.
    fn migrations(&self) -> usize {
        0
    }
}

/// A write of the matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    Open,
    Label,
    /// A draft is marked ready.
    Ready,
    Close,
    Comment,
    /// The comment that is kept is made.
    Keep,
    /// The comment that is kept says something else now.
    Amend,
    Status,
    Approve,
    Merge,
    /// A deployment is made, where the console does that.
    Deploy,
    /// A deployment is approved, where the forge keeps that.
    Vote,
    /// Start is pressed.
    Start,
    /// A job that failed is run again.
    Retry,
    /// Title and body are edited.
    Title,
    /// Somebody is asked for a review.
    Review,
    /// What was ready becomes a draft.
    Draft,
    /// A request is rejected.
    Reject,
    /// Who approved a request rejects it.
    Turn,
    /// A deployment is rejected, where the forge keeps that.
    Veto,
    /// A branch is merged that the repository deletes, and made again.
    Restore,
    /// Migrations are run, where the forge does that.
    Migrate,
}

pub(crate) const ACTS: [Act; 22] = [
    Act::Open,
    Act::Label,
    Act::Ready,
    Act::Close,
    Act::Comment,
    Act::Keep,
    Act::Amend,
    Act::Status,
    Act::Approve,
    Act::Merge,
    Act::Deploy,
    Act::Vote,
    Act::Start,
    Act::Retry,
    Act::Title,
    Act::Review,
    Act::Draft,
    Act::Reject,
    Act::Turn,
    Act::Veto,
    Act::Restore,
    Act::Migrate,
];

/// What a write came to, as the one who asked for it was told.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Told {
    Done,
    Refused(String),
    Unknown(String),
    Failed(String),
}

fn told<T>(written: Result<Written<T>, Error>) -> Told {
    match written {
        Ok(Written::Done(_) | Written::AlreadyDone(_)) => Told::Done,
        Ok(Written::Refused(why)) => Told::Refused(why),
        Ok(Written::Unknown(why)) => Told::Unknown(why),
        Err(error) => Told::Failed(error.to_string()),
    }
}

/// Lets what is waited for succeed while it is waited for.
struct Finishing<'a> {
    stage: &'a dyn Behind,
    commit: &'a CommitId,
}

impl JobWatcher for Finishing<'_> {
    fn state(&self, _: &JobId, _: &str, _: &str, _: Timestamp) {
        self.stage.finish_jobs(self.commit);
    }

    fn line(&self, _: &JobId, _: &Untrusted) {}
}

/// An act with the world ready for it.
pub(super) struct Scene<'a> {
    stage: &'a dyn Behind,
    act: Act,
    request: Option<ChangeRequest>,
    deployment: Option<Deployment>,
    job: Option<JobId>,
    /// The account of who may take the first seat.
    lead: String,
}

impl<'a> Scene<'a> {
    /// Makes everything ready. No fault is under way yet.
    pub(super) async fn set(stage: &'a dyn Behind, act: Act) -> Self {
        let lead = stage
            .forge(Who::Lead)
            .me()
            .await
            .expect("the lead is known");
        let mut scene = Self {
            lead: lead.account().trim_start_matches('@').to_owned(),
            stage,
            act,
            request: None,
            deployment: None,
            job: None,
        };
        match act {
            Act::Open | Act::Deploy => {}
            Act::Migrate => stage.make_pipeline(&stage.tip(&stage.into())),
            Act::Label
            | Act::Ready
            | Act::Close
            | Act::Comment
            | Act::Keep
            | Act::Amend
            | Act::Status
            | Act::Approve
            | Act::Title
            | Act::Review
            | Act::Draft
            | Act::Reject
            | Act::Turn
            | Act::Restore
            | Act::Merge => scene.open().await,
            Act::Vote | Act::Veto | Act::Start => scene.deploy().await,
            Act::Retry => scene.job = Some(stage.fail_job(&stage.tip(&stage.into()))),
        }
        scene
    }

    async fn open(&mut self) {
        let stage = self.stage;
        let driver = stage.forge(Who::Driver);
        let opened = done(driver.open_request(&self.new_request()).await.unwrap());
        let head = stage.tip(&stage.from());
        stage.pass_checks(&head);
        let subject = Subject::Request(opened.id);
        if matches!(self.act, Act::Merge | Act::Restore) {
            self.both_approve(&subject, &head).await;
        }
        if self.act == Act::Restore {
            stage.delete_merged_branches();
        }
        if self.act == Act::Turn {
            let [role, _] = stage.seats();
            let lead = stage.forge(Who::Lead);
            let yes = lead.decide(&subject, &head, Some(&role), Decision::Approved, None);
            done(yes.await.unwrap());
        }
        if self.act == Act::Amend {
            let kept = driver.keep_comment(opened.id, MARKER, FIRST_COPY).await;
            done(kept.unwrap());
        }
        self.request = Some(opened);
    }

    async fn deploy(&mut self) {
        let stage = self.stage;
        let new = self.new_deployment();
        stage.make_pipeline(&new.commit);
        let driver = stage.forge(Who::Driver);
        let made = match driver.create_deployment(&new).await.unwrap() {
            Written::Done(made) | Written::AlreadyDone(made) => made,
            other => panic!("{other:?}"),
        };
        if self.act == Act::Start {
            let subject = Subject::Deployment(made.id.clone());
            self.both_approve(&subject, &new.commit).await;
        }
        self.deployment = Some(made);
    }

    async fn both_approve(&self, subject: &Subject, head: &CommitId) {
        let seats = self.stage.seats();
        for (who, role) in [Who::Lead, Who::Manager].into_iter().zip(seats) {
            let forge = self.stage.forge(who);
            let yes = Decision::Approved;
            let said = forge.decide(subject, head, Some(&role), yes, None).await;
            done(said.unwrap());
        }
    }

    fn new_request(&self) -> NewRequest {
        let is_whole = self.act == Act::Open;
        NewRequest {
            from: self.stage.from(),
            into: self.stage.into(),
            title: "Fix the crash".to_owned(),
            body: "It crashed.".to_owned(),
            is_draft: self.act == Act::Ready,
            labels: vec!["hotfix".to_owned()],
            milestone: is_whole.then(|| self.stage.milestone()),
            reviewers: is_whole.then(|| self.lead.clone()).into_iter().collect(),
            hotfix: None,
        }
    }

    fn new_deployment(&self) -> NewDeployment {
        NewDeployment {
            environment: self.stage.environment(),
            commit: self.stage.tip(&self.stage.into()),
            hotfix: None,
        }
    }

    /// Does it, once.
    pub(super) async fn act(&self) -> Told {
        let stage = self.stage;
        let driver = stage.forge(Who::Driver);
        if let Some(job) = &self.job {
            return told(driver.retry_job(job).await);
        }
        match (&self.request, &self.deployment) {
            (Some(request), _) => self.act_on_request(request).await,
            (None, Some(made)) if self.act == Act::Start => {
                let watcher = &NoWatcher;
                let start = driver.start_deployment(&made.id, &made.commit, watcher);
                told(start.await)
            }
            (None, Some(made)) => {
                let subject = Subject::Deployment(made.id.clone());
                self.decide(&subject, &made.commit).await
            }
            (None, None) if self.act == Act::Migrate => {
                let commit = stage.tip(&stage.into());
                let watcher = &Finishing {
                    stage,
                    commit: &commit,
                };
                let environment = stage.environment();
                told(driver.run_migrations(&environment, &commit, watcher).await)
            }
            (None, None) if self.act == Act::Deploy => {
                told(driver.create_deployment(&self.new_deployment()).await)
            }
            (None, None) => told(driver.open_request(&self.new_request()).await),
        }
    }

    async fn act_on_request(&self, request: &ChangeRequest) -> Told {
        let stage = self.stage;
        let driver = stage.forge(Who::Driver);
        let head = request.head.clone();
        match self.act {
            Act::Label => {
                let labels = vec!["hotfix".to_owned(), "urgent".to_owned()];
                self.edit(request, |edit| edit.labels = Some(labels)).await
            }
            Act::Ready => self.edit(request, |edit| edit.is_draft = Some(false)).await,
            Act::Close => self.edit(request, |edit| edit.is_open = Some(false)).await,
            Act::Title => {
                let change = |edit: &mut RequestEdit| {
                    edit.title = Some("Fix the crash at once".to_owned());
                    edit.body = Some("It crashed, and again.".to_owned());
                };
                self.edit(request, change).await
            }
            Act::Review => {
                let reviewers = vec![self.lead.clone()];
                self.edit(request, |edit| edit.reviewers = Some(reviewers))
                    .await
            }
            Act::Draft => self.edit(request, |edit| edit.is_draft = Some(true)).await,
            Act::Comment => told(driver.comment(request.id, "Please look.").await),
            Act::Keep => told(driver.keep_comment(request.id, MARKER, FIRST_COPY).await),
            Act::Amend => told(driver.keep_comment(request.id, MARKER, NEXT_COPY).await),
            Act::Status => {
                let status = NewStatus {
                    commit: head,
                    name: "hotfix/unresolved".parse().expect("a static name"),
                    state: CheckState::Failed,
                    text: "undecided: shop.txt".to_owned(),
                };
                told(driver.set_status(&status).await)
            }
            Act::Approve | Act::Reject | Act::Turn => {
                self.decide(&Subject::Request(request.id), &head).await
            }
            Act::Merge | Act::Restore => {
                let order = MergeOrder {
                    request: request.id,
                    method: MergeMethod::Merge,
                    head,
                    onto: stage.tip(&stage.into()),
                    subject: "Merge the fix".to_owned(),
                };
                told(driver.merge(&order).await)
            }
            Act::Open
            | Act::Deploy
            | Act::Vote
            | Act::Veto
            | Act::Migrate
            | Act::Start
            | Act::Retry => {
                panic!("{:?} is about no request", self.act)
            }
        }
    }

    async fn edit(&self, request: &ChangeRequest, change: impl FnOnce(&mut RequestEdit)) -> Told {
        let mut edit = RequestEdit::default();
        change(&mut edit);
        let driver = self.stage.forge(Who::Driver);
        told(driver.edit_request(request.id, &edit).await)
    }

    async fn decide(&self, subject: &Subject, head: &CommitId) -> Told {
        let [role, _] = self.stage.seats();
        let lead = self.stage.forge(Who::Lead);
        let (decision, why) = match self.act {
            Act::Reject | Act::Turn | Act::Veto => (Decision::Rejected, Some("not today")),
            _ => (Decision::Approved, None),
        };
        told(lead.decide(subject, head, Some(&role), decision, why).await)
    }
}
