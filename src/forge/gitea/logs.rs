//! Logs of jobs: Forgejo sends the part that is asked for, Gitea always the whole.

use crate::forge::Error;
use crate::forge::LogChunk;
use crate::forge::http::Ask;
use crate::model::CommitId;
use crate::model::JobId;
use crate::model::Untrusted;

use super::jobs::ended;
use super::options::Gitea;
use super::wire;

impl Gitea {
    pub(super) async fn log(&self, job: &JobId, offset: u64) -> Result<LogChunk, Error> {
        let found = self.find_job(job).await?;
        let number = found.id.to_string();
        // The state before the text: what has ended by then has its whole log.
        let is_complete = ended(&found.status, &found.conclusion).is_some();
        let mut ask = self.get(&["actions", "jobs", &number, "logs"]);
        if offset > 0 && self.known().await?.version.is_forgejo {
            ask = ask.header("range", format!("bytes={offset}-"));
        }
        let nothing = |is_complete| LogChunk {
            text: Untrusted::new(""),
            next_offset: offset,
            is_complete,
        };
        let answer = match self.http().read_elsewhere(&ask).await {
            Ok(answer) => answer,
            Err(error) if error.status() == Some(416) => return Ok(nothing(is_complete)),
            Err(error) if error.status() == Some(404) && !is_complete => return Ok(nothing(false)),
            Err(error) if error.status() == Some(404) => {
                return Err(Error::Unsupported {
                    what: format!("the log of job {job}"),
                    why: format!(
                        "{} does not hand it out (kept too long ago, or a version before logs had an address); its page shows it",
                        self.known().await?.version.name()
                    ),
                });
            }
            Err(error) => return Err(error.into()),
        };
        let skip = if answer.status == 206 { 0 } else { offset };
        let skip = usize::try_from(skip).unwrap_or(usize::MAX);
        let new = answer.body.get(skip..).unwrap_or_default();
        let length = u64::try_from(new.len()).unwrap_or_default();
        Ok(LogChunk {
            text: Untrusted::from_bytes(new),
            next_offset: offset + length,
            is_complete,
        })
    }

    /// Finds a job by its id, or by the commit, the run and the place that a status's address names.
    pub(super) async fn find_job(&self, job: &JobId) -> Result<wire::Job, Error> {
        let missing = || Error::NotFound {
            what: format!("job {job}"),
        };
        let mut parts = job.as_str().split(':');
        let (first, run, place) = (parts.next(), parts.next(), parts.next());
        if let (Some(commit), Some(run), Some(place)) = (first, run, place) {
            let commit: CommitId = commit.parse().map_err(|_| missing())?;
            let flows = self.flows(Some(&commit)).await?.unwrap_or_default();
            // Pages count runs in the project; the newest versions put the id there.
            let flow = flows.iter().find(|flow| {
                flow.number.to_string() == run || flow.id.is_some_and(|id| id.to_string() == run)
            });
            let jobs = self.jobs(flow.ok_or_else(missing)?).await?;
            let by_place = place
                .parse::<usize>()
                .ok()
                .and_then(|place| jobs.get(place));
            let by_id = jobs.iter().find(|one| one.id.to_string() == place);
            return by_id.or(by_place).cloned().ok_or_else(missing);
        }
        let number = job.as_str();
        let ask: Ask = self.get(&["actions", "jobs", number]);
        if let Some(found) = self.http().find::<wire::Job>(&ask).await? {
            return Ok(found);
        }
        // A version without that call: its log may be there all the same, and nobody tells when it ends.
        Ok(wire::Job {
            id: number.parse().map_err(|_| missing())?,
            name: String::new(),
            status: String::new(),
            conclusion: String::new(),
            created_at: String::new(),
            started_at: String::new(),
            completed_at: String::new(),
            run_id: 0,
            attempt: 0,
            run_attempt: 0,
        })
    }
}
