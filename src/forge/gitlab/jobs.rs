//! Jobs: their logs, pressing play, running again, and which app they deploy.

use crate::forge::Error;
use crate::forge::LogChunk;
use crate::forge::Written;
use crate::model::AppName;
use crate::model::Environment;
use crate::model::EnvironmentName;
use crate::model::JobId;
use crate::model::Untrusted;

use super::golive::Part;
use super::golive::is_named;
use super::home::Gitlab;
use super::settle::Came;
use super::wire;
use super::words;

/// A line that is longer than this is not waited for.
const LINE: usize = 256 * 1024;

impl Gitlab {
    pub(super) async fn job(&self, id: &str) -> Result<wire::Job, Error> {
        let ask = self.get(&["jobs", id]).await?;
        let found: Option<wire::Job> = self.http().find(&ask).await?;
        found.ok_or_else(|| Error::NotFound {
            what: format!("job {id}"),
        })
    }

    /// Returns a job's log from `offset`. GitLab sends it whole, whatever is known of it, so all that is new is taken.
    pub(super) async fn log(&self, id: &JobId, offset: u64) -> Result<LogChunk, Error> {
        // The job first: one that had ended before has its whole log after.
        let job = self.job(id.as_str()).await?;
        let has_ended = words::has_ended(&job.status);
        let ask = self.get(&["jobs", id.as_str(), "trace"]).await?;
        match self.http().read_elsewhere(&ask.from(offset)).await {
            Ok(answer) => Ok(chunk(
                &answer.log_behind(offset),
                answer.log_end(),
                has_ended,
            )),
            // A job that never ran has none.
            Err(error) if error.status() == Some(404) => Ok(chunk(b"", 0, has_ended)),
            Err(error) => Err(error.into()),
        }
    }

    /// Presses play. What is unclear is settled by a look at the job; it is never pressed twice.
    pub(super) async fn play(
        &self,
        job: &wire::Job,
        environment: &EnvironmentName,
    ) -> Result<Written<()>, Error> {
        let id = job.id.to_string();
        let ask = self.post(&["jobs", &id, "play"]).await?;
        let came = self.send(&ask.json(&serde_json::json!({}))).await?;
        if let Came::Yes(_) = came {
            return Ok(Written::Done(()));
        }
        let is_started = self.job(&id).await?.status != "manual";
        Ok(match came {
            Came::No { .. } if is_started => Written::AlreadyDone(()),
            Came::No { status: 403, why } => {
                let who = self.who_may_start(environment).await;
                Written::Refused(format!(
                    "you may not start job `{}` ({why}): {who}",
                    job.name
                ))
            }
            Came::No { why, .. } => Written::Refused(format!("job `{}`: {why}", job.name)),
            Came::Yes(_) | Came::Unclear(_) if is_started => Written::Done(()),
            Came::Yes(_) => Written::Done(()),
            Came::Unclear(why) => Written::Unknown(why),
        })
    }

    /// Runs a job again as a new one, and returns that. To run again what deploys to `environment` is to start it.
    pub(super) async fn retry(
        &self,
        job: &wire::Job,
        environment: Option<&EnvironmentName>,
    ) -> Result<Written<wire::Job>, Error> {
        let ask = self.post(&["jobs", &job.id.to_string(), "retry"]).await?;
        let came = self.send(&ask).await?;
        if let Some(made) = came.body::<wire::Job>() {
            return Ok(Written::Done(made));
        }
        Ok(match came {
            Came::No { status, why } => {
                // The other 403 says that it is not retryable, to whomever.
                let is_kept_out = status == 403 && !why.contains("not retryable");
                let who = match environment.filter(|_| is_kept_out) {
                    Some(name) => format!("; {}", self.who_may_start(name).await),
                    None => String::new(),
                };
                Written::Refused(format!("job `{}` cannot run again: {why}{who}", job.name))
            }
            Came::Yes(_) | Came::Unclear(_) => match self.successor(job).await? {
                Some(made) => Written::Done(made),
                None => Written::Unknown(format!("job `{}` may or may not run again", job.name)),
            },
        })
    }

    /// Returns the job that took another's place in its pipeline.
    async fn successor(&self, job: &wire::Job) -> Result<Option<wire::Job>, Error> {
        let Some(pipeline) = &job.pipeline else {
            return Ok(None);
        };
        let jobs = self.pipeline_jobs(pipeline.id).await?;
        let is_next = |other: &wire::Job| other.name == job.name && other.id > job.id;
        Ok(jobs.into_iter().find(is_next))
    }

    /// Runs a job again by its number.
    pub(super) async fn retry_job(&self, id: &JobId) -> Result<Written<JobId>, Error> {
        let job = self.job(id.as_str()).await?;
        if !words::has_ended(&job.status) {
            return Ok(Written::Refused(format!(
                "job `{}` has not ended: it is {}",
                job.name, job.status
            )));
        }
        let number = |job: wire::Job| {
            job.id.to_string().parse().map_err(|error| Error::Read {
                what: "the new job's number".to_owned(),
                source: Box::new(error),
            })
        };
        if let Some(made) = self.successor(&job).await? {
            return Ok(Written::AlreadyDone(number(made)?));
        }
        Ok(match self.retry(&job, self.deploys_to(&job)).await? {
            Written::Done(made) => Written::Done(number(made)?),
            Written::AlreadyDone(made) => Written::AlreadyDone(number(made)?),
            Written::Refused(why) => Written::Refused(why),
            Written::Unknown(why) => Written::Unknown(why),
        })
    }

    /// Returns the environment whose job in the team's file this is.
    fn deploys_to(&self, job: &wire::Job) -> Option<&EnvironmentName> {
        let mut environments = self.options.project.environments.iter();
        let is_its = |environment: &&Environment| {
            let wanted = environment.job.as_deref();
            wanted.is_some_and(|wanted| is_named(&job.name, wanted))
        };
        environments.find(is_its).map(|found| &found.name)
    }

    /// Returns the jobs of the deploy stage that deploy an app without having a deployment of their own.
    pub(super) async fn extra_jobs(
        &self,
        name: &EnvironmentName,
        parts: &[Part],
    ) -> Result<Vec<wire::Job>, Error> {
        let apps = self
            .options
            .project
            .environment(name)
            .map_or(&[][..], |one| &one.apps);
        let names_app = |job: &wire::Job| app_of(&job.name, apps).is_some();
        let own: Vec<&wire::Job> = parts.iter().filter_map(Part::job).collect();
        let Some(gate) = own.first() else {
            return Ok(Vec::new());
        };
        let (Some(pipeline), false) = (&gate.pipeline, apps.is_empty()) else {
            return Ok(Vec::new());
        };
        if own.iter().any(|job| names_app(job)) {
            return Ok(Vec::new());
        }
        let jobs = self.pipeline_jobs(pipeline.id).await?;
        let is_extra = |job: &wire::Job| {
            job.stage == gate.stage && names_app(job) && own.iter().all(|own| own.id != job.id)
        };
        Ok(jobs.into_iter().filter(is_extra).collect())
    }
}

/// Returns the app that a job's name names: whole words, the longest name first.
pub(super) fn app_of<'a>(name: &str, apps: &'a [AppName]) -> Option<&'a AppName> {
    let name = name.to_lowercase();
    let names = |app: &AppName| {
        let app = app.as_str().to_lowercase();
        name.match_indices(&app).any(|(at, _)| {
            let before = name[..at].chars().next_back();
            let after = name[at + app.len()..].chars().next();
            let is_border = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
            is_border(before) && is_border(after)
        })
    };
    let fitting = apps.iter().filter(|app| names(app));
    fitting.max_by_key(|app| app.as_str().len())
}

/// Cuts what is new of a log, which ends at byte `end`: whole lines while it is being written, so that no mark of GitLab's
/// is cut in two.
fn chunk(new: &[u8], end: u64, has_ended: bool) -> LogChunk {
    let mut taken = new.len();
    if !has_ended {
        taken = match new.iter().rposition(|byte| *byte == b'\n') {
            Some(line) => line + 1,
            None if taken >= LINE => taken,
            None => 0,
        };
    }
    let held_back = u64::try_from(new.len() - taken).unwrap_or_default();
    LogChunk {
        text: Untrusted::from_bytes(&without_sections(&new[..taken])),
        next_offset: end - held_back,
        end,
        is_complete: has_ended,
    }
}

/// Takes out `section_start:TIME:NAME\r ESC[0K` and its end, by which GitLab's own page folds a log.
fn without_sections(bytes: &[u8]) -> Vec<u8> {
    const CLEAR: &[u8] = b"\r\x1b[0K";
    // A name of a section and a time are shorter: what has no end by then is a line that begins so.
    const LONGEST: usize = 1_024;
    let mut kept = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(first) = rest.first() {
        let is_mark = rest.starts_with(b"section_start:") || rest.starts_with(b"section_end:");
        let mark = &rest[..if is_mark { rest.len().min(LONGEST) } else { 0 }];
        let mark = mark.split(|byte| *byte == b'\n').next().unwrap_or(mark);
        let end = mark.windows(CLEAR.len()).position(|part| part == CLEAR);
        match end {
            Some(end) => rest = &rest[end + CLEAR.len()..],
            None => {
                kept.push(*first);
                rest = &rest[1..];
            }
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_app_that_is_named_as_a_word_is_meant() {
        let apps: Vec<AppName> = ["portal", "admin", "api-gateway", "api"]
            .into_iter()
            .map(|name| name.parse().expect("a name"))
            .collect();
        let of = |name: &str| app_of(name, &apps).map(AppName::as_str);
        assert_eq!(of("deploy-prod-hotfix: [portal]"), Some("portal"));
        assert_eq!(of("deploy:API-Gateway"), Some("api-gateway"));
        assert_eq!(of("deploy-administration"), None);
        assert_eq!(of("deploy-prod-hotfix"), None);
    }

    #[test]
    fn a_log_is_given_in_whole_lines_until_it_has_ended() {
        let first = chunk(b"one\ntwo\nthr", 11, false);
        assert_eq!((first.text.raw(), first.next_offset), ("one\ntwo\n", 8));
        assert!(!first.is_complete);
        assert_eq!(first.end, 11, "a line is being written");
        let rest = chunk(b"thr", 11, true);
        assert_eq!(
            (rest.text.raw(), rest.next_offset, rest.is_complete),
            ("thr", 11, true)
        );
        let nothing = chunk(b"", 11, true);
        assert_eq!((nothing.next_offset, nothing.is_complete), (11, true));
        let long = vec![b'x'; LINE];
        assert_eq!(chunk(&long, 2_000_000, false).next_offset, 2_000_000);
    }

    #[test]
    fn marks_of_sections_are_no_part_of_a_log() {
        let log = b"section_start:1700000000:build\r\x1b[0Kcargo build\nsection_end:1700000009:build\r\x1b[0K\nend section_start: no\n";
        assert_eq!(
            String::from_utf8_lossy(&without_sections(log)),
            "cargo build\n\nend section_start: no\n"
        );
    }
}
