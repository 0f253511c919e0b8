//! One job once more. It becomes a job of the run's next attempt, under the same name and another number; the jobs that
//! depend on it run again with it.

use crate::forge::Error;
use crate::forge::Written;
use crate::model::JobId;
use crate::model::JobState;
use crate::model::Untrusted;

use super::actions;
use super::attempts;
use super::checks::job_id;
use super::hub::Came;
use super::hub::Hub;
use super::words;

/// Looks for the new job, before it is called unknown.
const LOOKS: usize = 6;

impl Hub {
    pub(super) async fn retry_job(&self, id: &JobId) -> Result<Written<JobId>, Error> {
        let gone = || Error::NotFound {
            what: format!("job {id}"),
        };
        if !id.as_str().bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(gone());
        }
        let ask = self.get(&["actions", "jobs", id.as_str()]);
        let job: actions::Job = self.http().find(&ask).await?.ok_or_else(gone)?;
        let name = Untrusted::new(job.name.as_str()).show();
        match words::job(&job.status, job.conclusion.as_deref()) {
            JobState::Succeeded | JobState::Failed | JobState::Cancelled => {}
            // Alone it would run without what it needs.
            state @ JobState::Skipped => {
                return Ok(Written::Refused(format!("job `{name}` {}", state.word())));
            }
            state @ (JobState::Manual | JobState::Queued | JobState::Running) => {
                return Ok(Written::Refused(format!(
                    "job `{name}` has not ended: it is {}",
                    state.word()
                )));
            }
        }
        let later = self.later(&job).await?;
        if let Some(made) = successor(&later, &job) {
            return Ok(Written::AlreadyDone(made));
        }
        // Where a later attempt took it over under another number, that is the job as it is now.
        let mut taken_over = later.iter().rev();
        let now = taken_over.find(|other| other.run_attempt > job.run_attempt);
        let now = now.map_or(job.id, |now| now.id).to_string();
        let ask = self.post(&["actions", "jobs", &now, "rerun"]);
        let (is_taken, why) = match self.send(&ask).await? {
            Came::No(_, why) => {
                return Ok(Written::Refused(format!(
                    "job `{name}` cannot run again: {why}"
                )));
            }
            Came::Yes(_) => (
                true,
                "GitHub took it, but does not show the new job".to_owned(),
            ),
            Came::Unclear(why) => (false, why),
        };
        for look in 0..LOOKS {
            if look > 0 {
                self.pause().await;
            }
            let later = self.later(&job).await;
            match later.map(|later| successor(&later, &job)) {
                Ok(Some(made)) => return Ok(Written::Done(made)),
                Ok(None) => {}
                // GitHub's yes holds although its number cannot be read.
                Err(_) if is_taken => return Ok(Written::Done(id.clone())),
                Err(error) => return Err(error),
            }
        }
        Ok(Written::Unknown(format!(
            "job `{name}` may or may not run again: {why}"
        )))
    }

    /// Returns the jobs of a job's run that are called as it is and came after it, the newest last.
    async fn later(&self, job: &actions::Job) -> Result<Vec<actions::Job>, Error> {
        let Some(run) = job.run_id else {
            return Ok(Vec::new());
        };
        let mut jobs = self.jobs_of(run, "all").await?;
        jobs.retain(|other| other.name == job.name && other.id > job.id);
        jobs.sort_by_key(|other| other.id);
        Ok(jobs)
    }
}

/// Returns the newest job that took another's place in a later attempt of its run, and ran.
fn successor(later: &[actions::Job], job: &actions::Job) -> Option<JobId> {
    let mut later = later.iter();
    let made = later.rfind(|other| attempts::ran_again(other, job))?;
    job_id(made.id)
}
