//! Go-lives of the tips of lanes: those that wait to be started, and those that newer runs pushed out of the latest ones.
//!
//! The list of the latest runs is of the whole project, and a go-live leaves it when others come. So the runs of a tip are
//! asked for by its commit before it is said to wait: starting it again would deploy twice. Where a server cannot be asked
//! for one commit's runs, and has more than are looked through, the tip is not offered at all.

use crate::forge::Error;
use crate::model::CommitId;
use crate::model::Deployment;
use crate::model::DeploymentState;
use crate::model::Environment;
use crate::model::Timestamp;

use super::deployments::id;
use super::deployments::is_file;
use super::options::Gitea;
use super::runs::Flow;
use super::runs::Listed;
use super::runs::SOUGHT;
use super::wire;

impl Gitea {
    /// Returns the deployments of the tips of an environment's lanes that none of `runs`, the latest, is of: those that newer
    /// runs pushed out of the list, and what waits to be started.
    pub(super) async fn of_tips(
        &self,
        environment: &Environment,
        job: &str,
        runs: &[Deployment],
        latest: &Listed,
    ) -> Result<Vec<Deployment>, Error> {
        let can_start = self.can_start(job).await?;
        if latest.is_whole && !can_start {
            return Ok(Vec::new());
        }
        let mut all: Vec<Deployment> = Vec::new();
        for (commit, tip) in self.tips(environment).await? {
            if runs.iter().chain(&all).any(|run| run.commit == commit) {
                continue;
            }
            let at = wire::time(&tip.timestamp);
            let sought = if latest.reaches(at) {
                None
            } else {
                self.listed(Some(&commit), SOUGHT).await?
            };
            let told = sought.as_ref().unwrap_or(latest);
            let flows = told.flows.iter();
            let its_own: Vec<Flow> = flows
                .filter(|flow| flow.commit == commit)
                .cloned()
                .collect();
            let earlier = self.runs_of(environment, job, &its_own).await?;
            if earlier.is_empty() && told.reaches(at) && can_start {
                let waiting = self.waiting(environment, commit, &tip.author, at).await?;
                all.push(waiting);
            }
            all.extend(earlier);
        }
        Ok(all)
    }

    /// Tells whether a commit is the tip of a lane that goes to an environment.
    pub(super) async fn is_tip(
        &self,
        environment: &Environment,
        commit: &CommitId,
    ) -> Result<bool, Error> {
        let tips = self.tips(environment).await?;
        Ok(tips.iter().any(|(tip, _)| tip == commit))
    }

    async fn can_start(&self, job: &str) -> Result<bool, Error> {
        Ok(is_file(job) && self.known().await?.version.has_dispatch())
    }

    /// Returns the tips of an environment's lanes.
    async fn tips(&self, environment: &Environment) -> Result<Vec<(CommitId, wire::Tip)>, Error> {
        let lanes = self.lanes_in(environment);
        let mut tips = Vec::new();
        for branch in lanes.iter().filter_map(|lane| lane.branch_name()) {
            let found = self.branch(branch.as_str()).await?;
            let tip = found.map(|found| found.commit);
            tips.extend(tip.and_then(|tip| Some((wire::commit(&tip.id)?, tip))));
        }
        Ok(tips)
    }

    /// Returns the deployment of a tip that nobody started.
    async fn waiting(
        &self,
        environment: &Environment,
        commit: CommitId,
        author: &wire::Author,
        at: Timestamp,
    ) -> Result<Deployment, Error> {
        Ok(Deployment {
            id: id(environment, &commit)?,
            environment: environment.name.clone(),
            created_by: self.who_brought(&commit, Some(author)).await?,
            commit,
            // Whether the seats are taken is in the record, which a forge does not read.
            state: if environment.seats.is_empty() {
                DeploymentState::Approved
            } else {
                DeploymentState::Blocked
            },
            created_at: at,
            updated_at: at,
            seats: Vec::new(),
            approvals: Vec::new(),
            jobs: Vec::new(),
            hotfix: None,
            url: None,
            behind: None,
        })
    }
}
