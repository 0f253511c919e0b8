//! Taking up the go-live that a pipeline made, and running it again where it ended badly.

use std::sync::Arc;

use crate::forge::Error;
use crate::forge::NewDeployment;
use crate::forge::Written;
use crate::model::Deployment;
use crate::model::DeploymentState;
use crate::model::chain_text;

use super::checks::Purpose;
use super::golive::GoLive;
use super::golive::Part;
use super::golive::Phase;
use super::golive::is_named;
use super::home::Gitlab;

impl Gitlab {
    /// Takes up the go-live that the pipeline of this commit made. Where it ended badly, its jobs are run again, if
    /// GitLab then waits for approvals; without any, running again would be starting.
    pub(super) async fn create_deployment(
        self: &Arc<Self>,
        new: &NewDeployment,
    ) -> Result<Written<Deployment>, Error> {
        let all = self.golives(&new.environment).await?;
        let Some(golive) = all.iter().find(|one| one.commit == new.commit) else {
            return Ok(Written::Refused(self.what_is_missing(new).await?));
        };
        match golive.state() {
            DeploymentState::Blocked | DeploymentState::Approved | DeploymentState::Running => {
                let known = self.neutral(golive).ok_or_else(|| unreadable(new))?;
                Ok(Written::AlreadyDone(known))
            }
            DeploymentState::Succeeded => Ok(Written::Refused(format!(
                "deployment {} of {} has succeeded already",
                golive.number(),
                new.commit.short()
            ))),
            DeploymentState::Rejected | DeploymentState::Failed | DeploymentState::Cancelled => {
                self.again(new, golive).await
            }
        }
    }

    async fn again(
        self: &Arc<Self>,
        new: &NewDeployment,
        golive: &GoLive,
    ) -> Result<Written<Deployment>, Error> {
        let failed = golive.parts.iter().filter(|part| {
            matches!(
                part.phase(),
                Phase::Failed | Phase::Cancelled | Phase::Rejected
            )
        });
        let failed: Vec<&Part> = failed.collect();
        if failed.is_empty() || !failed.iter().all(|part| part.is_protected()) {
            let page = golive
                .parts
                .iter()
                .filter_map(Part::job)
                .find_map(|job| job.web_url.clone());
            let page = page.map_or_else(String::new, |page| format!(": {page}"));
            return Ok(Written::Refused(format!(
                "deployment {} ended without success, and running its job again would start it at once, without an approval; do that in GitLab{page}",
                golive.number()
            )));
        }
        for (before, job) in failed.into_iter().filter_map(Part::job).enumerate() {
            let why = match self.retry(job, Some(&new.environment)).await {
                Ok(Written::Done(_) | Written::AlreadyDone(_)) => continue,
                Ok(Written::Refused(why)) if before == 0 => return Ok(Written::Refused(why)),
                Ok(Written::Unknown(why)) if before == 0 => return Ok(Written::Unknown(why)),
                Err(error) if before == 0 => return Err(error),
                Ok(Written::Refused(why) | Written::Unknown(why)) => why,
                Err(error) => chain_text(&error),
            };
            // The others run again: nothing of that is refused.
            return Ok(Written::Unknown(format!(
                "{before} job(s) of deployment {} run again, `{}` not: {why}",
                golive.number(),
                job.name
            )));
        }
        let all = self.golives(&new.environment).await?;
        let made = all.iter().find(|one| one.commit == new.commit);
        let made = made.and_then(|golive| self.neutral(golive));
        made.map(Written::Done).ok_or_else(|| unreadable(new))
    }

    /// Says why there is no deployment of a commit: no pipeline, no job, or a job without the environment.
    async fn what_is_missing(&self, new: &NewDeployment) -> Result<String, Error> {
        let (commit, environment) = (new.commit.short(), &new.environment);
        let Some(pipeline) = self.pipeline(&new.commit, Purpose::Lane).await? else {
            return Ok(format!(
                "GitLab has no pipeline for {commit} yet; it makes one when the branch is pushed, so look again in a moment"
            ));
        };
        let page = pipeline.web_url.as_deref().unwrap_or_default();
        let configured = self.options.project.environment(environment);
        let Some(job) = configured.and_then(|one| one.job.as_deref()) else {
            return Ok(format!(
                "pipeline {} of {commit} deploys nothing to {environment}; name the job in lanekeeper.toml: [[environment]] job {page}",
                pipeline.id
            ));
        };
        let jobs = self.pipeline_jobs(pipeline.id).await?;
        Ok(if jobs.iter().any(|one| is_named(&one.name, job)) {
            format!(
                "job `{job}` of pipeline {} deploys to no environment `{environment}`; write into .gitlab-ci.yml: environment: {environment} {page}",
                pipeline.id
            )
        } else {
            format!(
                "pipeline {} of {commit} has no job `{job}` {page}",
                pipeline.id
            )
        })
    }
}

fn unreadable(new: &NewDeployment) -> Error {
    Error::NotFound {
        what: format!(
            "the deployment of {} to {}",
            new.commit.short(),
            new.environment
        ),
    }
}
