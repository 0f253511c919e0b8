//! The trait's face of GitLab; every method's work is in the file of its noun.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::forge::Error;
use crate::forge::Forge;
use crate::forge::JobWatcher;
use crate::forge::LogChunk;
use crate::forge::MergeOrder;
use crate::forge::NewDeployment;
use crate::forge::NewRequest;
use crate::forge::NewStatus;
use crate::forge::Remark;
use crate::forge::RequestEdit;
use crate::forge::RequestQuery;
use crate::forge::Written;
use crate::forge::http::Connection;
use crate::forge::sent::judged;
use crate::model::Approval;
use crate::model::BranchName;
use crate::model::Capabilities;
use crate::model::ChangeRequest;
use crate::model::CommitId;
use crate::model::Decision;
use crate::model::Deployment;
use crate::model::DeploymentId;
use crate::model::EnvironmentName;
use crate::model::JobId;
use crate::model::Merged;
use crate::model::Person;
use crate::model::Project;
use crate::model::RequestId;
use crate::model::Role;
use crate::model::Subject;
use crate::model::Timestamp;

use super::decide::Verdict;
use super::home::Gitlab;
use super::vote::Vote;

/// What a GitLab forge is made of.
#[derive(Clone)]
pub struct GitlabOptions {
    /// The API, `https://host/api/v4`.
    pub http: Arc<Connection>,
    /// The project with its groups, `acme/shop`.
    pub path: String,
    pub project: Arc<Project>,
    pub clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// The wait between two looks at what GitLab does by itself: merging, checking, running a job we wait for.
    pub pause: Duration,
}

/// A project on a GitLab. Cheap to clone.
#[derive(Clone)]
pub struct GitlabForge(Arc<Gitlab>);

impl GitlabForge {
    /// Makes the forge; nothing is sent.
    pub fn new(options: GitlabOptions) -> Self {
        Self(Arc::new(Gitlab::new(options)))
    }
}

impl std::fmt::Debug for GitlabForge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GitlabForge")
            .field("path", &self.0.options.path)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Forge for GitlabForge {
    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    /// A seat is there as soon as an approval rule stands for it, or as GitLab counts as many people.
    fn keeps_decisions(&self, deployment: &Deployment, role: Option<&Role>) -> bool {
        role.is_none_or(|role| deployment.seats.contains(role))
    }

    /// Where GitLab asks for a seat, it asks anew.
    fn earlier_numbers(&self, deployment: &Deployment) -> Vec<DeploymentId> {
        if deployment.seats.is_empty() {
            self.0.earlier_numbers(&deployment.id)
        } else {
            Vec::new()
        }
    }

    fn quiet_until(&self) -> Option<Timestamp> {
        self.0.http().quiet_until()
    }

    fn clock_offset(&self) -> Option<i64> {
        self.0.http().clock_offset()
    }

    async fn me(&self) -> Result<Person, Error> {
        self.0.me().await
    }

    async fn examine(&self, branches: &[BranchName]) -> Result<Vec<Remark>, Error> {
        self.0.examine(branches).await
    }

    async fn requests(&self, query: &RequestQuery) -> Result<Vec<ChangeRequest>, Error> {
        self.0.list(query).await
    }

    /// Each merged request would be up to three reads, in a look that has a hundred of them.
    fn lists_decisions(&self) -> bool {
        false
    }

    async fn decisions(
        &self,
        merged: &[RequestId],
    ) -> Result<BTreeMap<RequestId, Vec<Approval>>, Error> {
        self.0.decisions(merged).await
    }

    async fn deployments(
        &self,
        environment: Option<&EnvironmentName>,
    ) -> Result<Vec<Deployment>, Error> {
        self.0.deployments(environment).await
    }

    async fn requests_of(&self, commit: &CommitId) -> Result<Vec<ChangeRequest>, Error> {
        self.0.requests_of(commit).await
    }

    async fn open_request(&self, new: &NewRequest) -> Result<Written<ChangeRequest>, Error> {
        judged(self.0.open_request(new)).await
    }

    async fn edit_request(
        &self,
        id: RequestId,
        edit: &RequestEdit,
    ) -> Result<Written<ChangeRequest>, Error> {
        judged(self.0.edit_request(id, edit)).await
    }

    async fn comment(&self, id: RequestId, text: &str) -> Result<Written<()>, Error> {
        judged(self.0.comment(id, text)).await
    }

    async fn keep_comment(
        &self,
        id: RequestId,
        marker: &str,
        text: &str,
    ) -> Result<Written<()>, Error> {
        judged(self.0.keep_comment(id, marker, text)).await
    }

    async fn set_status(&self, status: &NewStatus) -> Result<Written<()>, Error> {
        judged(self.0.set_status(status)).await
    }

    async fn run_checks(
        &self,
        id: RequestId,
        _head: &CommitId,
        _watcher: &dyn JobWatcher,
    ) -> Result<Written<ChangeRequest>, Error> {
        Err(Error::Unsupported {
            what: format!("running the checks of change request {id}"),
            why: "GitLab runs its pipelines by itself".to_owned(),
        })
    }

    async fn decide(
        &self,
        subject: &Subject,
        head: &CommitId,
        role: Option<&Role>,
        decision: Decision,
        comment: Option<&str>,
    ) -> Result<Written<Approval>, Error> {
        match subject {
            Subject::Request(id) => {
                let verdict = Verdict {
                    id: *id,
                    head,
                    role,
                    decision,
                    comment,
                };
                judged(self.0.decide_request(&verdict)).await
            }
            Subject::Deployment(id) => {
                let vote = Vote {
                    id,
                    head,
                    role,
                    decision,
                    comment,
                };
                judged(self.0.decide_deployment(&vote)).await
            }
        }
    }

    async fn merge(&self, order: &MergeOrder) -> Result<Written<Merged>, Error> {
        judged(self.0.merge(order)).await
    }

    async fn create_deployment(&self, new: &NewDeployment) -> Result<Written<Deployment>, Error> {
        judged(self.0.create_deployment(new)).await
    }

    async fn start_deployment(
        &self,
        id: &DeploymentId,
        commit: &CommitId,
        watcher: &dyn JobWatcher,
    ) -> Result<Written<Deployment>, Error> {
        judged(self.0.start(id, commit, watcher)).await
    }

    async fn run_migrations(
        &self,
        environment: &EnvironmentName,
        commit: &CommitId,
        watcher: &dyn JobWatcher,
    ) -> Result<Written<()>, Error> {
        judged(self.0.run_migrations(environment, commit, watcher)).await
    }

    async fn retry_job(&self, job: &JobId) -> Result<Written<JobId>, Error> {
        judged(self.0.retry_job(job)).await
    }

    async fn job_log(&self, job: &JobId, offset: u64) -> Result<LogChunk, Error> {
        self.0.log(job, offset).await
    }
}
