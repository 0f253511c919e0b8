//! Jobs of a run as deploys of apps, and their logs.

use crate::forge::Error;
use crate::forge::LogChunk;
use crate::model::AppName;
use crate::model::DeploymentState;
use crate::model::HealthState;
use crate::model::Job;
use crate::model::JobId;
use crate::model::JobState;
use crate::model::Timestamp;
use crate::model::Untrusted;

use super::actions;
use super::checks::job_id;
use super::hub::Hub;
use super::words;

/// Added to offsets in the list of steps, which stands in for the log while there is none.
const IN_STEPS: u64 = 1 << 40;

/// Tells whether a job has done anything yet.
pub(super) fn has_begun(job: &actions::Job) -> bool {
    match words::job(&job.status, job.conclusion.as_deref()) {
        JobState::Running | JobState::Succeeded | JobState::Failed => true,
        JobState::Manual | JobState::Queued | JobState::Cancelled | JobState::Skipped => false,
    }
}

/// Returns a run's jobs, each with its app. Where no job's name tells an app, the run deploys all of them at once.
pub(super) fn of_apps(
    deploying: &[&actions::Job],
    apps: &[AppName],
    state: DeploymentState,
    at: Timestamp,
) -> Vec<Job> {
    let jobs: Vec<Job> = deploying
        .iter()
        .filter_map(|job| neutral(job, words::app_of(&job.name, apps), at))
        .collect();
    let names_any = jobs.iter().any(|job| job.app.is_some());
    let Some(last) = jobs.last().filter(|_| !names_any && !apps.is_empty()) else {
        return jobs;
    };
    let whole = match state {
        DeploymentState::Blocked | DeploymentState::Approved => JobState::Manual,
        DeploymentState::Running => JobState::Running,
        DeploymentState::Succeeded => JobState::Succeeded,
        DeploymentState::Failed => JobState::Failed,
        DeploymentState::Rejected | DeploymentState::Cancelled => JobState::Cancelled,
    };
    apps.iter()
        .map(|app| Job {
            app: Some(app.clone()),
            state: whole,
            since: at,
            ..last.clone()
        })
        .collect()
}

fn neutral(job: &actions::Job, app: Option<&AppName>, at: Timestamp) -> Option<Job> {
    Some(Job {
        id: job_id(job.id)?,
        name: Untrusted::new(job.name.as_str()).show(),
        app: app.cloned(),
        state: words::job(&job.status, job.conclusion.as_deref()),
        since: job.completed_at.or(job.started_at).unwrap_or(at),
        started_by: None,
        // GitHub's job checks its app itself, or not at all.
        health: HealthState::NotConfigured,
    })
}

impl Hub {
    /// Returns a job's log. GitHub has none before the job has ended; until then the steps that ended are listed.
    pub(super) async fn job_log(&self, id: &JobId, offset: u64) -> Result<LogChunk, Error> {
        let gone = || Error::NotFound {
            what: format!("job {id}"),
        };
        if !id.as_str().bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(gone());
        }
        let ask = self.get(&["actions", "jobs", id.as_str()]);
        let job: Option<actions::Job> = self.http().find(&ask).await?;
        let job = job.ok_or_else(gone)?;
        if job.status != "completed" {
            return Ok(steps_from(&job, offset));
        }
        // What was shown of the steps is no part of the log.
        let known = if offset >= IN_STEPS { 0 } else { offset };
        let ask = self.get(&["actions", "jobs", id.as_str(), "logs"]);
        match self.http().read_elsewhere(&ask.from(known)).await {
            Ok(answer) => {
                let end = answer.log_end();
                Ok(LogChunk {
                    text: Untrusted::from_bytes(&answer.log_behind(known)),
                    next_offset: end,
                    end,
                    is_complete: true,
                })
            }
            // The log follows the job's end by some seconds, and is thrown away after some weeks.
            Err(error) if error.status() == Some(404) => Ok(steps_from(&job, offset)),
            Err(error) if error.status() == Some(410) => {
                Ok(chunk("GitHub no longer keeps this log.\n", known, 0, true))
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Returns what ended since `offset` of a job's steps.
fn steps_from(job: &actions::Job, offset: u64) -> LogChunk {
    let lines: String = job
        .steps
        .iter()
        .filter(|step| step.status == "completed")
        .map(|step| {
            let how = step.conclusion.as_deref().unwrap_or("ended");
            format!("{}: {how}\n", step.name)
        })
        .collect();
    chunk(&lines, offset.saturating_sub(IN_STEPS), IN_STEPS, false)
}

/// Returns the part of a text from byte `known`, or from the letter that begins next.
fn chunk(text: &str, known: u64, base: u64, is_complete: bool) -> LogChunk {
    let start = usize::try_from(known).unwrap_or(usize::MAX).min(text.len());
    let start = text.ceil_char_boundary(start);
    let end = base + u64::try_from(text.len()).unwrap_or(u64::MAX);
    LogChunk {
        text: Untrusted::new(&text[start..]),
        next_offset: end,
        end,
        is_complete,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(id: u64, name: &str, status: &str) -> actions::Job {
        let text = format!(
            r#"{{"id":{id},"name":"{name}","status":"{status}","steps":[{{"name":"Set up","status":"completed","conclusion":"success"}},{{"name":"Run","status":"in_progress"}}]}}"#
        );
        serde_json::from_str(&text).expect("a job")
    }

    #[test]
    fn every_app_has_its_job_or_all_share_the_last() {
        let apps: Vec<AppName> = ["portal", "api"]
            .map(|app| app.parse().expect("a name"))
            .to_vec();
        let at = Timestamp::from_second(0);
        let shown = |jobs: &[actions::Job]| -> Vec<String> {
            let jobs: Vec<&actions::Job> = jobs.iter().collect();
            of_apps(&jobs, &apps, DeploymentState::Running, at)
                .iter()
                .map(|job| {
                    format!(
                        "{} {:?} {}",
                        job.name,
                        job.app.as_ref().map(AppName::as_str),
                        job.state.word()
                    )
                })
                .collect()
        };
        assert_eq!(
            shown(&[
                job(1, "pm", "queued"),
                job(2, "deploy (portal)", "in_progress")
            ]),
            ["pm None queued", "deploy (portal) Some(\"portal\") running"]
        );
        assert_eq!(
            shown(&[job(1, "everything", "queued")]),
            [
                "everything Some(\"portal\") running",
                "everything Some(\"api\") running"
            ]
        );
    }

    #[test]
    fn steps_stand_in_for_a_log_and_are_not_told_twice() {
        let job = job(1, "deploy", "in_progress");
        let first = steps_from(&job, 0);
        assert_eq!(first.text.raw(), "Set up: success\n");
        assert!(!first.is_complete);
        let second = steps_from(&job, first.next_offset);
        assert_eq!(second.text.raw(), "");
        assert_eq!(second.next_offset, first.next_offset);
    }
}
