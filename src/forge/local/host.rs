//! The trait's face of the local forge; every method's work is in the file of its noun.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;

use async_trait::async_trait;

use crate::forge::Error;
use crate::forge::Forge;
use crate::forge::JobWatcher;
use crate::forge::LogChunk;
use crate::forge::MergeOrder;
use crate::forge::NewDeployment;
use crate::forge::NewRequest;
use crate::forge::NewStatus;
use crate::forge::RequestEdit;
use crate::forge::RequestQuery;
use crate::forge::Written;
use crate::forge::sent::judged;
use crate::git::Chains;
use crate::model::Approval;
use crate::model::Capabilities;
use crate::model::Carrier;
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
use crate::model::NameError;
use crate::model::OwnerRules;
use crate::model::Person;
use crate::model::RequestId;
use crate::model::Role;
use crate::model::SHORT_BODY;
use crate::model::Subject;

use super::ledger::Ledger;
use super::options::Local;
use super::options::LocalOptions;
use super::pin::Pin;
use super::view::Standings;

/// The local forge. Cheap to clone.
///
/// Reads answer as of the last fetch of its repository; writes fetch before they decide.
#[derive(Clone)]
pub struct LocalForge(Arc<Local>);

impl LocalForge {
    /// Makes the forge on the chain `<prefix>/forge`. Nothing is read or written yet.
    pub fn new(options: LocalOptions) -> Result<Self, NameError> {
        let carrier = Carrier::at(options.prefix.parse()?);
        let name = carrier.forge()?;
        let pin = Pin::new(options.pin.clone(), name.clone());
        let chains = Chains::within(&options.repo, carrier);
        let notary = options.notary.clone();
        let (repo, longest) = (options.repo.clone(), options.longest_write);
        let ledger = Ledger::new(repo, chains, name, pin, notary, longest);
        let ledger = Arc::new(ledger);
        Ok(Self(Arc::new(Local {
            options,
            ledger,
            standings: Mutex::new(Standings::new()),
            lifted: Mutex::default(),
        })))
    }

    /// Marks a running deployment as failed. For a person who knows that the other machine, which runs it, is gone.
    pub async fn abandon(
        &self,
        id: &DeploymentId,
        reason: &str,
    ) -> Result<Written<Deployment>, Error> {
        self.0.abandon(id, reason).await
    }
}

impl std::fmt::Debug for LocalForge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("LocalForge").field(&self.0.options).finish()
    }
}

#[async_trait]
impl Forge for LocalForge {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            forge: "local".to_owned(),
            request_sign: '!',
            merge_methods: vec![MergeMethod::Merge, MergeMethod::Squash],
            longest_body: SHORT_BODY,
            has_drafts: true,
            has_labels: true,
            has_statuses: true,
            owners: OwnerRules::Github,
            approval_starts: false,
            approval_starts_in: Vec::new(),
            starts_jobs: false,
            starters: Vec::new(),
            seats: Enforcement::Forge,
            lifts_seats: true,
            approvals: BTreeMap::new(),
            merges_as_predicted: true,
            runs_checks: true,
            runs_deployments: true,
            keeps_comments: false,
            no_second_golive: BTreeMap::new(),
            no_job_retry: Some(
                "there is no CI here: the console runs the jobs itself, together with their step"
                    .to_owned(),
            ),
            retries_dependents: false,
        }
    }

    async fn settle_lost_runs(&self) -> Result<Vec<String>, Error> {
        self.0.settle_lost_runs().await
    }

    fn is_in_refs(&self) -> bool {
        true
    }

    async fn me(&self) -> Result<Person, Error> {
        Ok(self.0.options.me.clone())
    }

    async fn requests(&self, query: &RequestQuery) -> Result<Vec<ChangeRequest>, Error> {
        let query = query.clone();
        self.0
            .ask(move |local, view| local.list(view, &query))
            .await
    }

    async fn deployments(
        &self,
        environment: Option<&EnvironmentName>,
    ) -> Result<Vec<Deployment>, Error> {
        let environment = environment.cloned();
        self.0
            .ask(move |local, view| {
                let all = view.state.deployments.iter().rev();
                let deployments = all.map(|golive| local.deployment(&view.state, golive));
                let fits = |deployment: &Deployment| {
                    environment
                        .as_ref()
                        .is_none_or(|environment| *environment == deployment.environment)
                };
                Ok(deployments.filter(fits).collect())
            })
            .await
    }

    async fn requests_of(&self, commit: &CommitId) -> Result<Vec<ChangeRequest>, Error> {
        let commit = commit.clone();
        self.0
            .ask(move |local, view| local.list_of(view, &commit))
            .await
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

    async fn set_status(&self, status: &NewStatus) -> Result<Written<()>, Error> {
        judged(self.0.set_status(status)).await
    }

    async fn run_checks(
        &self,
        id: RequestId,
        head: &CommitId,
        watcher: &dyn JobWatcher,
    ) -> Result<Written<ChangeRequest>, Error> {
        judged(self.0.run_checks(id, head, watcher)).await
    }

    async fn decide(
        &self,
        subject: &Subject,
        head: &CommitId,
        role: Option<&Role>,
        decision: Decision,
        comment: Option<&str>,
    ) -> Result<Written<Approval>, Error> {
        judged(self.0.decide(subject, head, role, decision, comment)).await
    }

    fn lift(&self, subject: &Subject, head: &CommitId, roles: Vec<Role>) {
        self.0.lift(subject, head, roles);
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
        judged(self.0.start_deployment(id, commit, watcher)).await
    }

    async fn run_migrations(
        &self,
        environment: &EnvironmentName,
        commit: &CommitId,
        watcher: &dyn JobWatcher,
    ) -> Result<Written<()>, Error> {
        judged(self.0.run_migrations(environment, commit, watcher)).await
    }

    async fn job_log(&self, job: &JobId, offset: u64) -> Result<LogChunk, Error> {
        let job = job.clone();
        self.0
            .ask(move |local, view| local.job_log(view, &job, offset))
            .await
    }
}
