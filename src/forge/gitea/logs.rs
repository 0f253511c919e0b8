//! Logs of jobs: Forgejo sends the part that is asked for, Gitea always the whole.

use crate::forge::Error;
use crate::forge::LogChunk;
use crate::forge::http::Ask;
use crate::model::CommitId;
use crate::model::JobId;
use crate::model::Untrusted;

use super::jobs::ended;
use super::options::Gitea;
use super::runs::Flow;
use super::server::Version;
use super::wire;

impl Gitea {
    pub(super) async fn log(&self, job: &JobId, offset: u64) -> Result<LogChunk, Error> {
        let found = self.find_job(job).await?;
        let number = found.id.to_string();
        // The state before the text: what has ended by then has its whole log.
        let is_complete = ended(&found.status, &found.conclusion).is_some();
        let version = &self.known().await?.version;
        if !version.has_logs() {
            return Err(self.no_log(job, &found).await);
        }
        let mut ask = self.get(&["actions", "jobs", &number, "logs"]).from(offset);
        if offset > 0 && version.is_forgejo {
            ask = ask.header("range", format!("bytes={offset}-"));
        }
        let nothing = |is_complete| LogChunk {
            text: Untrusted::new(""),
            next_offset: offset,
            end: offset,
            is_complete,
        };
        // Of a job that no call tells of, nobody knows whether a log will come.
        let may_come = !is_complete && !found.status.is_empty();
        let answer = match self.http().read_elsewhere(&ask).await {
            Ok(answer) => answer,
            Err(error) if error.status() == Some(416) => return Ok(nothing(is_complete)),
            Err(error) if error.status() == Some(404) && may_come => return Ok(nothing(false)),
            Err(error) if error.status() == Some(404) => {
                return Err(self.no_log(job, &found).await);
            }
            Err(error) => return Err(error.into()),
        };
        let end = answer.log_end();
        Ok(LogChunk {
            text: Untrusted::from_bytes(&answer.log_behind(offset)),
            next_offset: end,
            end,
            is_complete,
        })
    }

    /// Says that the server does not hand a log out, and where it is to be seen.
    async fn no_log(&self, job: &JobId, found: &wire::Job) -> Error {
        let page = self.page_of(found).await.ok().flatten();
        let page = page.map_or_else(|| "its page".to_owned(), |url| Untrusted::new(url).show());
        let version = self.known_so_far().map(|known| &known.version);
        let name = version.map_or_else(String::new, Version::name);
        let why = if version.is_some_and(Version::has_logs) {
            // Gitea got the address in the middle of a version, and some builds of it lack it.
            format!("{name} has no log of it any more, or not yet an address for one")
        } else {
            format!("{name} hands out no logs")
        };
        Error::Unsupported {
            what: format!("the log of job {job}"),
            why: format!("{why}; {page} shows it"),
        }
    }

    /// Returns the address of the page of a job's run, as far as the latest runs and tasks tell.
    async fn page_of(&self, job: &wire::Job) -> Result<Option<String>, Error> {
        let runs = self.flows(None).await?.unwrap_or_default();
        let run = runs.into_iter().find(|flow| flow.id == Some(job.run_id));
        if let Some(run) = run.filter(|run| !run.url.is_empty()) {
            return Ok(Some(run.url));
        }
        let tasks = self.task_flows(None).await?.unwrap_or_default();
        let has_it = |flow: &&Flow| {
            let mut jobs = flow.jobs.iter().flatten();
            jobs.any(|one| one.id == job.id)
        };
        let found = tasks.iter().find(has_it);
        Ok(found.map(|flow| flow.url.clone()))
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
