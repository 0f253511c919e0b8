//! The migrations job: the environment's `migrations` names it, one word (`["run-migrations-prod"]`), and it is a job of
//! the pipeline of the commit that is live.

use crate::forge::Error;
use crate::forge::JobWatcher;
use crate::forge::Written;
use crate::forge::http::Ask;
use crate::model::CommitId;
use crate::model::EnvironmentName;
use crate::model::JobId;

use super::checks::Purpose;
use super::home::Gitlab;
use super::wire;
use super::words;

/// How often a running job is looked at before we stop waiting; with two seconds between, an hour.
const LOOKS: usize = 1_800;

impl Gitlab {
    pub(super) async fn run_migrations(
        &self,
        environment: &EnvironmentName,
        commit: &CommitId,
        watcher: &dyn JobWatcher,
    ) -> Result<Written<()>, Error> {
        let refused = |why: String| Ok(Written::Refused(why));
        let configured = self.options.project.environment(environment);
        let name = configured
            .and_then(|one| one.migrations.as_deref())
            .unwrap_or_default();
        let [name] = name else {
            return refused(format!(
                "GitLab runs migrations as a job; name it in lanekeeper.toml, [[environment]] {environment}: migrations = [\"run-migrations-prod\"]"
            ));
        };
        let Some(pipeline) = self.pipeline(commit, Purpose::Lane).await? else {
            return refused(format!("GitLab has no pipeline for {}", commit.short()));
        };
        let jobs = self.pipeline_jobs(pipeline.id).await?;
        let Some(job) = jobs.into_iter().find(|job| &job.name == name) else {
            return refused(format!(
                "pipeline {} of {} has no job `{name}`",
                pipeline.id,
                commit.short()
            ));
        };
        let job = match job.status.as_str() {
            "success" => return Ok(Written::AlreadyDone(())),
            "manual" => match self.play(&job, environment).await? {
                Written::Done(()) | Written::AlreadyDone(()) => job,
                other @ (Written::Refused(_) | Written::Unknown(_)) => return Ok(other),
            },
            "failed" | "canceled" => match self.retry(&job, Some(environment)).await? {
                Written::Done(made) | Written::AlreadyDone(made) => made,
                Written::Refused(why) => return refused(why),
                Written::Unknown(why) => return Ok(Written::Unknown(why)),
            },
            "skipped" => return refused(format!("job `{name}` was skipped by its pipeline")),
            "created" => return refused(format!("the pipeline has not reached job `{name}` yet")),
            _ => job,
        };
        self.wait(&job, watcher).await
    }

    /// Waits for a job, and lets the watcher hear what it writes.
    async fn wait(&self, job: &wire::Job, watcher: &dyn JobWatcher) -> Result<Written<()>, Error> {
        let id: JobId = job.id.to_string().parse().map_err(|error| Error::Read {
            what: format!("job `{}`", job.name),
            source: Box::new(error),
        })?;
        let (mut offset, mut told) = (0, String::new());
        for _ in 0..LOOKS {
            let now = self.look_at_job(&id).await?;
            if now.status != told {
                watcher.state(&id, &job.name, &now.status, self.now());
                told.clone_from(&now.status);
            }
            let log = self.log(&id, offset).await?;
            offset = log.next_offset;
            for line in log.text.raw().lines() {
                watcher.line(&id, &line.into());
            }
            if now.status == "success" {
                return Ok(Written::Done(()));
            }
            if words::has_ended(&now.status) {
                let why = now.failure_reason.unwrap_or_default().replace('_', " ");
                return Ok(Written::Refused(format!(
                    "job `{}` {} ({why}); what it changed before that stays: see its log",
                    job.name, now.status
                )));
            }
            if watcher.is_cancelled() {
                break;
            }
            self.pause().await;
        }
        Ok(Written::Unknown(format!(
            "job `{}` ({id}) is still running",
            job.name
        )))
    }

    async fn look_at_job(&self, id: &JobId) -> Result<wire::Job, Error> {
        let ask: Ask = self.get(&["jobs", id.as_str()]).await?;
        Ok(self.http().read(&ask).await?)
    }
}
