//! What was called with what outcome, and the jobs that run.

use std::collections::VecDeque;

use crate::model::JobId;
use crate::model::Timestamp;

use super::words::Tone;

/// Lines kept; older ones are in the log file.
const ENTRIES: usize = 500;
/// Lines kept per job.
const LINES: usize = 400;

/// One line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    pub at: Timestamp,
    pub text: String,
    pub outcome: String,
    pub tone: Tone,
}

/// A job that was heard of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    pub id: JobId,
    pub name: String,
    pub state: String,
    pub since: Timestamp,
    /// The latest lines, made showable.
    pub lines: VecDeque<String>,
    /// Where to read on, if its log was asked for.
    pub offset: u64,
}

impl Job {
    /// Tells whether it has not ended, by its word.
    pub fn is_running(&self) -> bool {
        matches!(self.state.as_str(), "running" | "queued")
    }
}

/// Log and jobs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Log {
    pub entries: VecDeque<LogEntry>,
    pub jobs: Vec<Job>,
}

impl Log {
    pub(super) fn add(
        &mut self,
        at: Timestamp,
        text: impl Into<String>,
        outcome: impl Into<String>,
        tone: Tone,
    ) {
        self.entries.push_back(LogEntry {
            at,
            text: text.into(),
            outcome: outcome.into(),
            tone,
        });
        while self.entries.len() > ENTRIES {
            self.entries.pop_front();
        }
    }

    /// Gives the latest entry with this text its outcome, or adds one.
    pub(super) fn settle(&mut self, at: Timestamp, text: &str, outcome: String, tone: Tone) {
        let open = self
            .entries
            .iter_mut()
            .rev()
            .find(|entry| entry.text == text && entry.outcome.is_empty());
        match open {
            Some(entry) => {
                entry.outcome = outcome;
                entry.tone = tone;
            }
            None => self.add(at, text, outcome, tone),
        }
    }

    pub(super) fn job_changed(&mut self, id: JobId, name: String, state: String, at: Timestamp) {
        match self.jobs.iter_mut().find(|job| job.id == id) {
            Some(job) => {
                job.name = name;
                if job.state != state {
                    job.state = state;
                    job.since = at;
                }
            }
            None => self.jobs.push(Job {
                id,
                name,
                state,
                since: at,
                lines: VecDeque::new(),
                offset: 0,
            }),
        }
    }

    pub(super) fn job_lines(&mut self, id: &JobId, lines: impl Iterator<Item = String>) {
        let Some(job) = self.jobs.iter_mut().find(|job| &job.id == id) else {
            return;
        };
        job.lines.extend(lines);
        while job.lines.len() > LINES {
            job.lines.pop_front();
        }
    }

    pub(super) fn job_read(&mut self, id: &JobId, offset: u64) {
        if let Some(job) = self.jobs.iter_mut().find(|job| &job.id == id) {
            job.offset = offset;
        }
    }

    /// Returns how many jobs run.
    pub fn running(&self) -> usize {
        self.jobs.iter().filter(|job| job.is_running()).count()
    }
}
