//! The trait's face of Gitea and Forgejo; every method's work is in the file of its noun.

use std::sync::Arc;

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
use crate::forge::sent::judged;
use crate::model::Approval;
use crate::model::BranchName;
use crate::model::Capabilities;
use crate::model::ChangeRequest;
use crate::model::CommitId;
use crate::model::Decision;
use crate::model::Deployment;
use crate::model::DeploymentId;
use crate::model::Enforcement;
use crate::model::EnvironmentName;
use crate::model::JobId;
use crate::model::MergeMethod;
use crate::model::Merged;
use crate::model::OwnerRules;
use crate::model::Person;
use crate::model::RequestId;
use crate::model::Role;
use crate::model::SHORT_BODY;
use crate::model::Subject;
use crate::model::Timestamp;

use super::deployments::no_second;
use super::options::Gitea;
use super::options::GiteaOptions;

/// A project on Gitea or Forgejo. Cheap to clone.
#[derive(Clone)]
pub struct GiteaForge(Arc<Gitea>);

impl GiteaForge {
    /// Makes the forge. Nothing is asked yet.
    pub fn new(options: GiteaOptions) -> Self {
        Self(Arc::new(Gitea::new(options)))
    }
}

impl std::fmt::Debug for GiteaForge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("GiteaForge")
            .field(&self.0.options.path)
            .finish()
    }
}

#[async_trait]
impl Forge for GiteaForge {
    /// Before the first answer it is "gitea" with the methods that every project has by default.
    fn capabilities(&self) -> Capabilities {
        let known = self.0.known_so_far();
        Capabilities {
            forge: known.map_or_else(|| "gitea".to_owned(), |known| known.version.name()),
            request_sign: '#',
            merge_methods: known.map_or_else(
                || vec![MergeMethod::Merge, MergeMethod::Squash, MergeMethod::Rebase],
                |known| known.methods.clone(),
            ),
            longest_body: SHORT_BODY,
            has_drafts: true,
            has_labels: true,
            has_statuses: true,
            owners: OwnerRules::Elsewhere,
            approval_starts: false,
            approval_starts_in: Vec::new(),
            starts_jobs: false,
            starters: Vec::new(),
            // It counts approvals; which role they come from it does not know.
            seats: Enforcement::Console,
            lifts_seats: false,
            approvals: self.0.memory().approvals.clone(),
            merges_as_predicted: false,
            runs_checks: false,
            runs_deployments: false,
            keeps_comments: true,
            no_job_retry: known.and_then(|known| known.version.no_job_retry()),
            retries_dependents: true,
            no_second_golive: no_second(&self.0.options.project),
        }
    }

    fn keeps_decisions(&self, _deployment: &Deployment, _role: Option<&Role>) -> bool {
        false
    }

    fn quiet_until(&self) -> Option<Timestamp> {
        self.0.http().quiet_until()
    }

    fn clock_offset(&self) -> Option<i64> {
        self.0.http().clock_offset()
    }

    async fn me(&self) -> Result<Person, Error> {
        self.0.me().await.cloned()
    }

    async fn examine(&self, branches: &[BranchName]) -> Result<Vec<Remark>, Error> {
        self.0.examine(branches).await
    }

    async fn requests(&self, query: &RequestQuery) -> Result<Vec<ChangeRequest>, Error> {
        self.0.list_requests(query).await
    }

    async fn deployments(
        &self,
        environment: Option<&EnvironmentName>,
    ) -> Result<Vec<Deployment>, Error> {
        self.0.list_deployments(environment).await
    }

    async fn requests_of(&self, commit: &CommitId) -> Result<Vec<ChangeRequest>, Error> {
        self.0.requests_of(commit).await
    }

    async fn open_request(&self, new: &NewRequest) -> Result<Written<ChangeRequest>, Error> {
        judged(self.0.open(new)).await
    }

    async fn edit_request(
        &self,
        id: RequestId,
        edit: &RequestEdit,
    ) -> Result<Written<ChangeRequest>, Error> {
        judged(self.0.edit(id, edit)).await
    }

    async fn comment(&self, id: RequestId, text: &str) -> Result<Written<()>, Error> {
        judged(self.0.add_comment(id, text)).await
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
            what: format!("run the checks of change request {id}"),
            why: "the project's own CI runs them when a commit is pushed".to_owned(),
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
                let decided = self.0.decide_request(*id, head, role, decision, comment);
                judged(decided).await
            }
            Subject::Deployment(id) => {
                let decided = self.0.decide_deployment(id, head, role, decision, comment);
                judged(decided).await
            }
        }
    }

    async fn merge(&self, order: &MergeOrder) -> Result<Written<Merged>, Error> {
        judged(self.0.merge_request(order)).await
    }

    async fn create_deployment(&self, new: &NewDeployment) -> Result<Written<Deployment>, Error> {
        judged(self.0.find_or_refuse(new)).await
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
        _commit: &CommitId,
        _watcher: &dyn JobWatcher,
    ) -> Result<Written<()>, Error> {
        Err(Error::Unsupported {
            what: format!("run the migrations of {environment}"),
            why: "its workflows run there; start theirs on the forge's page".to_owned(),
        })
    }

    async fn retry_job(&self, job: &JobId) -> Result<Written<JobId>, Error> {
        judged(self.0.retry_job(job)).await
    }

    async fn job_log(&self, job: &JobId, offset: u64) -> Result<LogChunk, Error> {
        self.0.log(job, offset).await
    }
}
