//! One job from its first line to its result: worktree, command, health check, log. It never fails to end.

use std::fs::File;
use std::future::Future;
use std::io::Write as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use crate::deploy::Surroundings;
use crate::deploy::command;
use crate::deploy::health;
use crate::forge::Error;
use crate::forge::JobWatcher;
use crate::forge::Written;
use crate::git::Worktree;
use crate::model::BranchName;
use crate::model::CommitId;
use crate::model::Health;
use crate::model::HealthState;
use crate::model::JobId;
use crate::model::JobState;
use crate::model::Untrusted;
use crate::model::chain_text;

use super::codec;
use super::draft::Draft;
use super::event::Event;
use super::ledger::blocking;
use super::ledger::reading;
use super::options::Local;

/// How often a watcher is asked whether the operator cancelled.
const CANCEL_POLL: Duration = Duration::from_millis(100);

/// A job to run.
pub(super) struct JobOrder<'a> {
    pub(super) id: &'a JobId,
    pub(super) name: &'a str,
    pub(super) argv: &'a [String],
    pub(super) commit: &'a CommitId,
    /// What the command may need to know, as `LANEKEEPER_*`; head and job are added.
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) timeout: Duration,
    pub(super) health: Option<&'a Health>,
}

/// How a job ended.
pub(super) struct JobEnd {
    pub(super) state: JobState,
    pub(super) health: Option<HealthState>,
    pub(super) detail: String,
    log: Vec<u8>,
}

impl JobEnd {
    /// Tells whether the command succeeded and the health check, if there is one, said healthy.
    pub(super) fn is_good(&self) -> bool {
        let is_healthy = match &self.health {
            None | Some(HealthState::NotConfigured | HealthState::Healthy { .. }) => true,
            Some(HealthState::Pending | HealthState::Unhealthy { .. }) => false,
        };
        self.state == JobState::Succeeded && is_healthy
    }

    /// Returns why it is not good.
    pub(super) fn why(&self) -> String {
        match &self.health {
            Some(HealthState::Unhealthy { why, .. }) if self.state == JobState::Succeeded => {
                format!("unhealthy: {why}")
            }
            Some(_) | None => self.detail.clone(),
        }
    }

    /// Returns the event that tells it, and its log to attach.
    pub(super) fn into_event(self, job: JobId) -> (Event, Vec<Vec<u8>>) {
        let log = (!self.log.is_empty()).then_some(self.log);
        let event = Event::JobFinished {
            job,
            state: self.state,
            health: self.health,
            detail: self.detail,
            log: log.as_deref().map(codec::digest),
        };
        (event, log.into_iter().collect())
    }
}

impl Local {
    /// Runs a job in a fresh worktree of its commit until it ends or `stop` gives a reason.
    pub(super) async fn run_job(
        self: &Arc<Self>,
        order: &JobOrder<'_>,
        watcher: &dyn JobWatcher,
        stop: impl Future<Output = String> + Send,
    ) -> JobEnd {
        let started = JobState::Running.word();
        watcher.state(order.id, order.name, started, self.now());
        let mut log = JobLog::create(self.log_path(order.id));
        let end = self.run_steps(order, watcher, &mut log, stop).await;
        let mut end = end.unwrap_or_else(|why| JobEnd {
            state: JobState::Failed,
            health: order.health.map(|_| HealthState::Pending),
            detail: why,
            log: Vec::new(),
        });
        let last = format!("[{}: {}]", end.state.word(), end.detail);
        log.line(last.as_bytes());
        watcher.line(order.id, &Untrusted::new(last));
        watcher.state(order.id, order.name, end.state.word(), self.now());
        end.log = log.into_attachment();
        end
    }

    async fn run_steps(
        self: &Arc<Self>,
        order: &JobOrder<'_>,
        watcher: &dyn JobWatcher,
        log: &mut JobLog,
        stop: impl Future<Output = String> + Send,
    ) -> Result<JobEnd, String> {
        let worktree = self
            .worktree(order.commit)
            .await
            .map_err(|error| chain_text(&error))?;
        let mut facts = order.facts.clone();
        facts.push(("LANEKEEPER_HEAD", order.commit.to_string()));
        facts.push(("LANEKEEPER_JOB", order.id.to_string()));
        let environment = &self.options.environment;
        let here = Surroundings::new(worktree.path(), environment, facts);
        let mut on_line = |line: &[u8]| {
            log.line(line);
            watcher.line(order.id, &Untrusted::from_bytes(line));
        };
        let mut stop = pin!(stop);
        let ended = command::run(
            order.argv,
            &here,
            order.timeout,
            &mut on_line,
            stop.as_mut(),
        )
        .await
        .map_err(|error| chain_text(&error))?;
        let state = match &ended {
            command::Ended::Exited(0) => JobState::Succeeded,
            command::Ended::Stopped(_) => JobState::Cancelled,
            command::Ended::Exited(_) | command::Ended::Killed(_) | command::Ended::TimedOut(_) => {
                JobState::Failed
            }
        };
        let health = match order.health {
            Some(asked) if state == JobState::Succeeded => {
                let clock = &*self.options.clock;
                let check = health::check(asked, &here, clock, &mut on_line);
                Some(tokio::select! {
                    health = check => health,
                    why = stop => HealthState::Unhealthy { at: clock(), why },
                })
            }
            // It was never asked, and must not look as if it had been.
            Some(_) => Some(HealthState::Pending),
            None => None,
        };
        Ok(JobEnd {
            state,
            health,
            detail: ended.to_string(),
            log: Vec::new(),
        })
    }

    async fn worktree(self: &Arc<Self>, commit: &CommitId) -> Result<Worktree, Error> {
        let (local, commit) = (Arc::clone(self), commit.clone());
        let make = move || local.options.repo.worktree(&commit);
        blocking(move || make().map_err(reading("the files of the commit"))).await
    }

    pub(super) fn log_path(&self, job: &JobId) -> PathBuf {
        self.options.logs_dir.join(format!("{job}.log"))
    }

    /// Returns when the branch is no longer at `head`, or the operator cancelled.
    pub(super) async fn until_moved(
        &self,
        branch: &BranchName,
        head: &CommitId,
        watcher: &dyn JobWatcher,
    ) -> String {
        let moved = async {
            loop {
                tokio::time::sleep(self.options.head_poll).await;
                // A remote that does not answer has not moved anything that we know of.
                if let Ok(refs) = self.options.repo.ls_remote().await {
                    match refs.get(&branch.to_ref()) {
                        Some(now) if now == head => {}
                        Some(now) => return format!("`{branch}` moved to {}", now.short()),
                        None => return format!("`{branch}` was deleted"),
                    }
                }
            }
        };
        tokio::select! {
            why = moved => why,
            why = until_cancelled(watcher) => why,
        }
    }
}

/// Returns when the operator cancelled.
pub(super) async fn until_cancelled(watcher: &dyn JobWatcher) -> String {
    while !watcher.is_cancelled() {
        tokio::time::sleep(CANCEL_POLL).await;
    }
    "cancelled by the operator".to_owned()
}

/// Tells the chain how jobs go. What cannot be told now is told with the next.
pub(super) struct Progress {
    local: Arc<Local>,
    untold: Vec<Draft>,
    /// Why it could not be told the last time.
    why: String,
}

impl Progress {
    pub(super) fn new(local: &Arc<Local>) -> Self {
        Self {
            local: Arc::clone(local),
            untold: Vec::new(),
            why: String::new(),
        }
    }

    /// Tells an event. A job that runs is not stopped because the remote cannot hear of it.
    pub(super) async fn tell(&mut self, event: Event, attachments: Vec<Vec<u8>>) {
        let stamp = self.local.stamp();
        self.untold.push(Draft::new(stamp, event, attachments));
        match self.local.ledger.append(&self.untold).await {
            Ok(Written::Done(()) | Written::AlreadyDone(())) => self.untold.clear(),
            Ok(Written::Refused(why) | Written::Unknown(why)) => self.why = why,
            Err(error) => self.why = chain_text(&error),
        }
    }

    /// Returns why the chain does not know everything, if it does not.
    pub(super) fn gap(&self) -> Option<&str> {
        (!self.untold.is_empty()).then_some(self.why.as_str())
    }
}

/// The log of a job: a file while it runs, an attachment after.
struct JobLog {
    path: PathBuf,
    file: Option<File>,
}

impl JobLog {
    /// Creates the file. A log that cannot be written is no reason not to run the job.
    fn create(path: PathBuf) -> Self {
        if let Some(folder) = path.parent() {
            let mut builder = std::fs::DirBuilder::new();
            let _exists = builder.recursive(true).mode(0o700).create(folder);
        }
        let mut options = File::options();
        options.create(true).write(true).truncate(true).mode(0o600);
        let file = options.open(&path).ok();
        Self { path, file }
    }

    fn line(&mut self, line: &[u8]) {
        if let Some(file) = &mut self.file {
            let mut bytes = line.to_vec();
            bytes.push(b'\n');
            if file.write_all(&bytes).is_err() {
                self.file = None;
            }
        }
    }

    fn into_attachment(self) -> Vec<u8> {
        drop(self.file);
        clip(std::fs::read(&self.path).unwrap_or_default())
    }
}

/// Cuts the middle out of a log that is too long to attach: how it began and how it ended tell most.
fn clip(log: Vec<u8>) -> Vec<u8> {
    const HEAD: usize = 64 * 1024;
    const MARK: usize = 128;
    if log.len() <= codec::ATTACHMENT_LIMIT {
        return log;
    }
    let tail = codec::ATTACHMENT_LIMIT - HEAD - MARK;
    let left_out = log.len() - HEAD - tail;
    let mut clipped = log[..HEAD].to_vec();
    clipped.extend_from_slice(format!("\n[{left_out} bytes left out]\n").as_bytes());
    clipped.extend_from_slice(&log[log.len() - tail..]);
    clipped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_log_keeps_its_beginning_and_its_end() {
        let mut log = b"begin".to_vec();
        log.resize(1_000_000, b'x');
        log.extend_from_slice(b"end");
        let clipped = clip(log);
        assert!(clipped.len() <= codec::ATTACHMENT_LIMIT);
        assert!(clipped.starts_with(b"begin") && clipped.ends_with(b"end"));
        assert_eq!(clip(b"short".to_vec()), b"short");
    }
}
