//! Deployments and jobs in the fold.

use crate::forge::local::event::Entry;
use crate::forge::local::event::Event;
use crate::forge::local::event::Purpose;
use crate::forge::local::state::GoLive;
use crate::forge::local::state::JobRecord;
use crate::forge::local::state::State;
use crate::model::CommitId;
use crate::model::Deployment;
use crate::model::DeploymentId;
use crate::model::DeploymentState;
use crate::model::HealthState;
use crate::model::Job;
use crate::model::JobState;

use super::Misfit;
use super::replace;

impl State {
    pub(super) fn create(&mut self, entry: &Entry, event: &Event) -> Result<(), Misfit> {
        let Event::DeploymentCreated {
            deployment,
            environment,
            commit,
            seats,
            hotfix,
        } = event
        else {
            return Err(Misfit);
        };
        if *deployment != self.next_deployment() {
            return Err(Misfit);
        }
        self.deployments.push(GoLive {
            deployment: Deployment {
                id: deployment.clone(),
                environment: environment.clone(),
                commit: commit.clone(),
                state: DeploymentState::Blocked,
                created_by: entry.by.clone(),
                created_at: entry.at,
                updated_at: entry.at,
                seats: seats.clone(),
                approvals: Vec::new(),
                jobs: Vec::new(),
                hotfix: hotfix.clone(),
                url: None,
                behind: None,
            },
            jobs: Vec::new(),
            run: None,
            detail: String::new(),
        });
        Ok(())
    }

    pub(super) fn change_deployment(&mut self, entry: &Entry, event: &Event) -> Result<(), Misfit> {
        match event {
            Event::DeploymentStarted {
                deployment,
                run,
                jobs,
            } => {
                let fits = jobs
                    .iter()
                    .enumerate()
                    .all(|(ahead, job)| job.job == self.next_job(ahead as u64));
                let golive = self.golive_mut(deployment)?;
                if !fits || golive.run.is_some() {
                    return Err(Misfit);
                }
                golive.run = Some((entry.by.clone(), run.clone(), entry.at));
                golive.jobs = jobs.iter().map(|job| job.job.clone()).collect();
                golive.deployment.state = DeploymentState::Running;
                golive.deployment.updated_at = entry.at;
                for job in jobs {
                    let record = JobRecord {
                        job: Job {
                            id: job.job.clone(),
                            name: job.app.to_string(),
                            app: Some(job.app.clone()),
                            state: JobState::Queued,
                            since: entry.at,
                            started_by: None,
                            health: if job.has_health {
                                HealthState::Pending
                            } else {
                                HealthState::NotConfigured
                            },
                        },
                        purpose: Purpose::App {
                            deployment: deployment.clone(),
                        },
                        run: run.clone(),
                        detail: String::new(),
                        log: None,
                    };
                    self.jobs.insert(job.job.clone(), record);
                }
                Ok(())
            }
            Event::DeploymentFinished {
                deployment,
                state,
                detail,
            } => self.end_deployment(entry, deployment, *state, detail, JobState::Cancelled),
            // Nobody stopped what ran then: it may have done all of its work, or half of it.
            Event::DeploymentLost { deployment, why } => self.end_deployment(
                entry,
                deployment,
                DeploymentState::Failed,
                why,
                JobState::Failed,
            ),
            Event::RequestOpened { .. }
            | Event::RequestEdited { .. }
            | Event::RequestCommented { .. }
            | Event::StatusSet { .. }
            | Event::RequestMerged { .. }
            | Event::Decided { .. }
            | Event::DeploymentCreated { .. }
            | Event::JobStarted { .. }
            | Event::JobFinished { .. } => Err(Misfit),
        }
    }

    /// Ends a deployment; jobs of it that did not end will not any more. `ran` is what one comes to that had begun.
    pub(super) fn end_deployment(
        &mut self,
        entry: &Entry,
        id: &DeploymentId,
        state: DeploymentState,
        detail: &str,
        ran: JobState,
    ) -> Result<(), Misfit> {
        let is_end = match state {
            DeploymentState::Succeeded | DeploymentState::Failed | DeploymentState::Cancelled => {
                true
            }
            DeploymentState::Blocked
            | DeploymentState::Approved
            | DeploymentState::Rejected
            | DeploymentState::Running => false,
        };
        let golive = self.golive_mut(id)?;
        if !is_end || !golive.deployment.is_running() {
            return Err(Misfit);
        }
        golive.deployment.state = state;
        golive.deployment.updated_at = entry.at;
        golive.detail = detail.to_owned();
        for job in golive.jobs.clone() {
            if let Some(record) = self.jobs.get_mut(&job)
                && !record.has_ended()
            {
                record.job.state = if record.job.state == JobState::Running {
                    ran
                } else {
                    JobState::Cancelled
                };
                record.job.since = entry.at;
            }
        }
        Ok(())
    }

    pub(super) fn start_job(&mut self, entry: &Entry, event: &Event) -> Result<(), Misfit> {
        let Event::JobStarted {
            job,
            name,
            purpose,
            run,
        } = event
        else {
            return Err(Misfit);
        };
        if let Some(record) = self.jobs.get_mut(job) {
            // Jobs of a deployment are named when it is started.
            if record.job.state != JobState::Queued {
                return Err(Misfit);
            }
            record.job.state = JobState::Running;
            record.job.since = entry.at;
            return Ok(());
        }
        if *job != self.next_job(0) || matches!(purpose, Purpose::App { .. }) {
            return Err(Misfit);
        }
        let record = JobRecord {
            job: Job {
                id: job.clone(),
                name: name.clone(),
                app: None,
                state: JobState::Running,
                since: entry.at,
                started_by: None,
                health: HealthState::NotConfigured,
            },
            purpose: purpose.clone(),
            run: run.clone(),
            detail: String::new(),
            log: None,
        };
        self.jobs.insert(job.clone(), record);
        Ok(())
    }

    pub(super) fn finish_job(
        &mut self,
        entry: &Entry,
        event: &Event,
        at: &CommitId,
    ) -> Result<(), Misfit> {
        let Event::JobFinished {
            job,
            state,
            health,
            detail,
            log,
        } = event
        else {
            return Err(Misfit);
        };
        let record = self.jobs.get_mut(job).ok_or(Misfit)?;
        if record.has_ended() {
            return Err(Misfit);
        }
        record.job.state = *state;
        record.job.since = entry.at;
        replace(&mut record.job.health, health);
        record.detail.clone_from(detail);
        record.log = log.clone().map(|digest| (at.clone(), digest));
        Ok(())
    }

    pub(super) fn golive_mut(&mut self, id: &DeploymentId) -> Result<&mut GoLive, Misfit> {
        self.deployments
            .iter_mut()
            .find(|golive| &golive.deployment.id == id)
            .ok_or(Misfit)
    }
}
