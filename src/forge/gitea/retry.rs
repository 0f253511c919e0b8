//! One job once more; the jobs that depend on it run again with it.
//!
//! Forgejo (`POST actions/jobs/JOB/rerun`, 204) and the first Gitea that can (1.26, `POST
//! actions/runs/RUN/jobs/JOB/rerun`, 201 with the job) let it keep its number. Later versions of Gitea make another job
//! of it, in the run's next attempt, name that in their answer, and list only the jobs of the latest attempt.

use crate::forge::Error;
use crate::forge::Written;
use crate::forge::http::Answer;
use crate::forge::http::Ask;
use crate::model::JobId;
use crate::model::Untrusted;

use super::jobs::ended;
use super::jobs::id;
use super::options::Gitea;
use super::send::Reply;
use super::send::unknown;
use super::wire;

/// Looks for the new attempt, before it is called unknown.
const LOOKS: usize = 6;

/// What an answer says of a job that was to run again.
enum Taken {
    /// It runs again, under this number where one is told.
    Yes(Option<JobId>),
    Unclear(String),
}

impl Gitea {
    pub(super) async fn retry_job(&self, wanted: &JobId) -> Result<Written<JobId>, Error> {
        let known = self.known().await?;
        if let Some(why) = known.version.no_job_retry() {
            return Ok(Written::Refused(why));
        }
        let job = self.find_job(wanted).await?;
        let name = Untrusted::new(job.name.as_str()).show();
        if ended(&job.status, &job.conclusion).is_none() {
            // Who asked before may not have heard the answer.
            return Ok(if job.attempt() > 1 {
                Written::AlreadyDone(wanted.clone())
            } else {
                Written::Refused(format!("job `{name}` has not ended: it is {}", job.status))
            });
        }
        if let Some(made) = self.successor(&job).await? {
            return Ok(Written::AlreadyDone(made));
        }
        // It would run alone, and nobody looks whether what it needs has: not for the servers, either.
        if ended(&job.status, &job.conclusion) == Some("skipped") {
            return Ok(Written::Refused(format!(
                "job `{name}` did not run; it runs with the job that it needs, when that runs again"
            )));
        }
        let (number, run) = (job.id.to_string(), job.run_id.to_string());
        let path = if known.version.is_forgejo {
            vec!["actions", "jobs", &number, "rerun"]
        } else {
            vec!["actions", "runs", &run, "jobs", &number, "rerun"]
        };
        let taken = match self.send(&Ask::post(&self.at(&path))).await? {
            Reply::Yes(answer) => read(&answer),
            Reply::No { status: 404, why } => {
                return Ok(Written::Refused(format!(
                    "job `{name}` cannot run again: {why}; this build of {} may have no call for that",
                    self.product()
                )));
            }
            Reply::No { why, .. } => {
                return Ok(Written::Refused(format!(
                    "job `{name}` cannot run again: {why}"
                )));
            }
            Reply::Unclear(why) => Taken::Unclear(why),
        };
        // What was kept of an ended run is of the attempt before.
        self.memory().jobs.remove(&job.run_id);
        let is_taken = match &taken {
            Taken::Yes(Some(made)) => return Ok(Written::Done(made.clone())),
            Taken::Yes(None) => true,
            Taken::Unclear(_) => false,
        };
        for left in (0..LOOKS).rev() {
            match self.runs_anew(&job, wanted).await {
                Ok(Some(made)) => return Ok(Written::Done(made)),
                Ok(None) => {}
                // A yes without a number holds although nothing can be read.
                Err(_) if is_taken => return Ok(Written::Done(wanted.clone())),
                Err(error) => return Err(error),
            }
            if left > 0 {
                tokio::time::sleep(self.options.pause).await;
            }
        }
        let why = match taken {
            Taken::Yes(_) => "it took it, and shows the old attempt".to_owned(),
            Taken::Unclear(why) => why,
        };
        Ok(Written::Unknown(unknown(
            &format!("job `{name}` runs again"),
            &why,
        )))
    }

    /// Returns the job's number if it has begun anew since it was seen, or that of the job that took its place.
    async fn runs_anew(&self, before: &wire::Job, wanted: &JobId) -> Result<Option<JobId>, Error> {
        let now = self.find_job(wanted).await?;
        if now.id != before.id {
            return Ok(id(&now));
        }
        let has_begun = now.attempt() > before.attempt()
            || ended(&now.status, &now.conclusion).is_none()
            || (!now.completed_at.is_empty() && now.completed_at != before.completed_at);
        if has_begun {
            return Ok(Some(wanted.clone()));
        }
        self.successor(before).await
    }

    /// Returns the job that took another's place in its run's latest attempt; none where the job itself is of that.
    async fn successor(&self, job: &wire::Job) -> Result<Option<JobId>, Error> {
        if self.known().await?.version.is_forgejo {
            return Ok(None);
        }
        let run = job.run_id.to_string();
        let ask = self.get(&["actions", "runs", &run, "jobs"]);
        let jobs = self.http().find::<wire::Jobs>(&ask).await?;
        let jobs = jobs.map(wire::Jobs::into_vec).unwrap_or_default();
        if jobs.iter().any(|other| other.id == job.id) {
            return Ok(None);
        }
        let is_next = |other: &&wire::Job| other.name == job.name && other.id > job.id;
        Ok(jobs.iter().find(is_next).and_then(id))
    }
}

/// Reads a yes: Forgejo's has no body, Gitea's is the job. A proxy's page is none.
fn read(answer: &Answer) -> Taken {
    if answer.body.trim_ascii().is_empty() {
        return Taken::Yes(None);
    }
    match answer.json::<wire::Job>() {
        Ok(made) => Taken::Yes(id(&made)),
        Err(error) => Taken::Unclear(error.to_string()),
    }
}
