//! The writes of the fault matrix: how the world is made ready for each, how it is asked for, and how what it brings
//! about is counted.

use lanekeeper::forge::Error;
use lanekeeper::forge::JobWatcher;
use lanekeeper::forge::MergeOrder;
use lanekeeper::forge::NewDeployment;
use lanekeeper::forge::NewRequest;
use lanekeeper::forge::NewStatus;
use lanekeeper::forge::NoWatcher;
use lanekeeper::forge::RequestEdit;
use lanekeeper::forge::RequestQuery;
use lanekeeper::forge::Written;
use lanekeeper::forge::http::HttpError;
use lanekeeper::model::ChangeRequest;
use lanekeeper::model::CheckState;
use lanekeeper::model::CommitId;
use lanekeeper::model::Decision;
use lanekeeper::model::Deployment;
use lanekeeper::model::JobId;
use lanekeeper::model::MergeMethod;
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
/// Looks of the test itself that may take too long.
const LOOKS: usize = 20;

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
    /// A deployment is rejected, where the forge keeps that.
    Veto,
    /// Migrations are run, where the forge does that.
    Migrate,
}

pub(crate) const ACTS: [Act; 20] = [
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
    Act::Veto,
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
        if self.act == Act::Merge {
            self.both_approve(&Subject::Request(opened.id), &head).await;
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
        NewRequest {
            from: self.stage.from(),
            into: self.stage.into(),
            title: "Fix the crash".to_owned(),
            body: "It crashed.".to_owned(),
            is_draft: self.act == Act::Ready,
            labels: vec!["hotfix".to_owned()],
            milestone: None,
            reviewers: Vec::new(),
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
        let head = stage.tip(&stage.from());
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
            Act::Approve | Act::Reject => self.decide(&Subject::Request(request.id), &head).await,
            Act::Merge => {
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
            Act::Reject | Act::Veto => (Decision::Rejected, Some("not today")),
            _ => (Decision::Approved, None),
        };
        told(lead.decide(subject, head, Some(&role), decision, why).await)
    }

    /// Counts what the act is to bring about: exactly one of it is right.
    pub(super) async fn effects(&self) -> usize {
        let stage = self.stage;
        let found = self.requests().await;
        let Some(request) = &self.request else {
            return match self.act {
                Act::Retry => stage.reruns(),
                Act::Vote | Act::Veto => stage.votes(),
                Act::Migrate => stage.migrations(),
                Act::Deploy | Act::Start => stage.starts(),
                _ => found.len(),
            };
        };
        let now = found.iter().find(|seen| seen.id == request.id);
        let now = now.expect("it is there");
        match self.act {
            Act::Label => usize::from(now.labels.iter().any(|label| label == "urgent")),
            Act::Ready => usize::from(!now.is_draft),
            Act::Close => usize::from(!now.is_open()),
            Act::Comment | Act::Keep => stage.comments(request.id).len(),
            // One that was added in its place would be two.
            Act::Amend => match stage.comments(request.id).as_slice() {
                [only] => usize::from(only == NEXT_COPY),
                more => more.len(),
            },
            Act::Status => stage.statuses(&now.head),
            Act::Approve => stage.approvals(request.id),
            Act::Title => {
                let is_whole = now.title.raw() == "Fix the crash at once"
                    && now.body.raw().contains("It crashed, and again.");
                usize::from(is_whole)
            }
            Act::Review => now.reviewers.len(),
            Act::Draft => usize::from(now.is_draft),
            Act::Reject => stage.rejections(request.id),
            Act::Merge => found.iter().filter(|seen| seen.merged().is_some()).count(),
            Act::Open
            | Act::Deploy
            | Act::Vote
            | Act::Veto
            | Act::Migrate
            | Act::Start
            | Act::Retry => found.len(),
        }
    }

    async fn requests(&self) -> Vec<ChangeRequest> {
        self.stage.refresh().await;
        let query = RequestQuery {
            from: Some(self.stage.from()),
            ..RequestQuery::default()
        };
        let forge = self.stage.forge(Who::Stranger);
        // The test's own look is as hasty as what it looks at: on a busy machine it is taken once more.
        for _ in 0..LOOKS {
            match forge.requests(&query).await {
                Err(Error::Http(HttpError::TimedOut { .. })) => {}
                found => return found.unwrap(),
            }
        }
        panic!("nothing can be seen, although nothing is in the way any more")
    }
}
