//! The trait's face of GitHub; every method's work is in the file of its noun.

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
use crate::forge::http::Manners;
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
use crate::model::Subject;
use crate::model::Timestamp;

use super::hub::GithubOptions;
use super::hub::Hub;
use super::second::no_second;

/// The version of the API that the adapter speaks.
const API_VERSION: &str = "2022-11-28";

/// A repository on GitHub. Cheap to clone.
#[derive(Clone)]
pub struct GithubForge(Arc<Hub>);

impl GithubForge {
    /// Makes the forge; nothing is sent.
    pub fn new(options: GithubOptions) -> Self {
        Self(Arc::new(Hub::new(options)))
    }

    /// Returns how to behave towards GitHub: its version header, and a second between writes, as it asks.
    pub fn manners() -> Manners {
        Manners {
            headers: vec![
                ("accept", "application/vnd.github+json".to_owned()),
                ("x-github-api-version", API_VERSION.to_owned()),
            ],
            between_writes: Duration::from_secs(1),
            ..Manners::default()
        }
    }
}

#[async_trait]
impl Forge for GithubForge {
    fn capabilities(&self) -> Capabilities {
        let known = self.0.known();
        let all = [MergeMethod::Merge, MergeMethod::Squash, MergeMethod::Rebase];
        let allows = |method: &MergeMethod| {
            let repository = known.repository.as_ref();
            repository.and_then(|one| one.allows(*method)) != Some(false)
        };
        let base = self.0.http().base();
        let forge = match base.name() {
            "github.com" => "github".to_owned(),
            host => format!("github ({host})"),
        };
        Capabilities {
            forge,
            request_sign: '#',
            merge_methods: all.into_iter().filter(allows).collect(),
            longest_body: 65_536,
            has_drafts: !known.has_no_drafts,
            has_labels: true,
            has_statuses: true,
            owners: OwnerRules::Github,
            approval_starts: true,
            approval_starts_in: Vec::new(),
            starts_jobs: false,
            starters: Vec::new(),
            seats: known.seats.unwrap_or(Enforcement::Console),
            lifts_seats: false,
            approvals: BTreeMap::new(),
            merges_as_predicted: false,
            runs_checks: false,
            runs_deployments: false,
            keeps_comments: true,
            no_job_retry: None,
            retries_dependents: true,
            no_second_golive: no_second(&self.0.options.project, &known.ungated),
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
        let is_learnt = self.0.known().repository.is_some();
        if !is_learnt {
            self.0.repository().await?;
        }
        self.0.list(query).await
    }

    async fn deployments(
        &self,
        environment: Option<&EnvironmentName>,
    ) -> Result<Vec<Deployment>, Error> {
        self.0.deployments(environment).await
    }

    async fn deployment(&self, id: &DeploymentId) -> Result<Option<Deployment>, Error> {
        match self.0.look_closely(id).await {
            Ok((place, sight)) => Ok(self.0.deployment(&place, &sight)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
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
        _: &CommitId,
        _: &dyn JobWatcher,
    ) -> Result<Written<ChangeRequest>, Error> {
        Err(Error::Unsupported {
            what: format!("running the checks of request {id} from here"),
            why: "GitHub's CI runs them by itself; run one again in the browser".to_owned(),
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
            Subject::Request(id) => judged(self.0.review(*id, head, decision, comment)).await,
            Subject::Deployment(id) => {
                judged(self.0.decide_run(id, head, role, decision, comment)).await
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
        _: &dyn JobWatcher,
    ) -> Result<Written<Deployment>, Error> {
        judged(self.0.start_deployment(id, commit)).await
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
        self.0.job_log(job, offset).await
    }
}
