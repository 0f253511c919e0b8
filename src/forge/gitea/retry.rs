//! One job once more. It keeps its number and counts its attempts; the jobs that depend on it run again with it.

use crate::forge::Error;
use crate::forge::Written;
use crate::forge::http::Ask;
use crate::model::JobId;
use crate::model::Untrusted;

use super::jobs::ended;
use super::options::Gitea;
use super::send::Reply;
use super::send::unknown;
use super::wire;

/// Looks for the new attempt, before it is called unknown.
const LOOKS: usize = 6;

impl Gitea {
    pub(super) async fn retry_job(&self, id: &JobId) -> Result<Written<JobId>, Error> {
        let known = self.known().await?;
        if let Some(why) = known.version.no_job_retry() {
            return Ok(Written::Refused(why));
        }
        let job = self.find_job(id).await?;
        let name = Untrusted::new(job.name.as_str()).show();
        if ended(&job.status, &job.conclusion).is_none() {
            // Who asked before may not have heard the answer.
            return Ok(if job.attempt() > 1 {
                Written::AlreadyDone(id.clone())
            } else {
                Written::Refused(format!("job `{name}` has not ended: it is {}", job.status))
            });
        }
        let (number, run) = (job.id.to_string(), job.run_id.to_string());
        // Forgejo knows a job by its number, Gitea by its run as well.
        let path = if known.version.is_forgejo {
            vec!["actions", "jobs", &number, "rerun"]
        } else {
            vec!["actions", "runs", &run, "jobs", &number, "rerun"]
        };
        let ask = Ask::post(&self.at(&path));
        let why = match self.send(&ask).await? {
            Reply::Yes(_) => None,
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
            Reply::Unclear(why) => Some(why),
        };
        // What was kept of an ended run is of the attempt before.
        self.memory().jobs.remove(&job.run_id);
        for left in (0..LOOKS).rev() {
            if self
                .find_job(id)
                .await
                .is_ok_and(|now| runs_anew(&job, &now))
            {
                return Ok(Written::Done(id.clone()));
            }
            if left > 0 {
                tokio::time::sleep(self.options.pause).await;
            }
        }
        let why = why.unwrap_or_else(|| "it took it, and shows the old attempt".to_owned());
        Ok(Written::Unknown(unknown(
            &format!("job `{name}` runs again"),
            &why,
        )))
    }
}

/// Tells whether a job has begun anew since it was seen.
fn runs_anew(before: &wire::Job, now: &wire::Job) -> bool {
    now.attempt() > before.attempt()
        || ended(&now.status, &now.conclusion).is_none()
        || (!now.completed_at.is_empty() && now.completed_at != before.completed_at)
}
