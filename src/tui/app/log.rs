//! What was called with what outcome, and the jobs that run.

use std::collections::VecDeque;

use crate::model::JobId;
use crate::model::Timestamp;
use crate::model::Untrusted;

use super::log_reader::LogLine;
use super::log_reader::LogReader;
use super::words::Tone;

/// Lines kept; older ones are in the log file.
const ENTRIES: usize = 500;
/// Lines of jobs kept: what a long build writes.
const LINES: usize = 200_000;
/// Bytes of their text kept, however long the lines are.
const BYTES: usize = 16 * 1024 * 1024;

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
    /// The latest lines, and the bytes of their text.
    pub lines: VecDeque<LogLine>,
    pub(super) bytes: usize,
    /// The line that has not ended.
    pub reader: LogReader,
    /// Where to read on, if its log was asked for.
    pub offset: u64,
    /// How its lines come.
    pub source: Source,
}

/// How the lines of a job come to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// They are read, where somebody wants to see them.
    Read,
    /// They are being read: what would be asked for now would come twice.
    Asked,
    /// All of them are here, or they are not handed out.
    Whole,
    /// It streams them to us.
    Streamed,
}

impl Job {
    /// Returns the line that came last, ended or not.
    pub fn last_line(&self) -> Option<LogLine> {
        self.reader.rest().or_else(|| self.lines.back().cloned())
    }

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
                    if job.source == Source::Whole {
                        job.source = Source::Read;
                    }
                }
            }
            None => self.jobs.push(Job {
                id,
                name,
                state,
                since: at,
                lines: VecDeque::new(),
                bytes: 0,
                reader: LogReader::default(),
                offset: 0,
                source: Source::Read,
            }),
        }
    }

    /// Takes a piece of a job's log; the oldest lines of the longest log make room for it.
    pub(super) fn job_wrote(&mut self, id: &JobId, text: &Untrusted) {
        let Some(job) = self.jobs.iter_mut().find(|job| &job.id == id) else {
            return;
        };
        let new = job.reader.take(text);
        job.bytes += new.iter().map(LogLine::len).sum::<usize>();
        job.lines.extend(new);
        let (mut lines, mut bytes) = self.jobs.iter().fold((0, 0), |(lines, bytes), job| {
            (lines + job.lines.len(), bytes + job.bytes)
        });
        while lines > LINES || bytes > BYTES {
            let is_long = lines > LINES;
            let size = |job: &Job| if is_long { job.lines.len() } else { job.bytes };
            let longest = self.jobs.iter_mut().max_by_key(|job| size(job));
            let Some(longest) = longest else { return };
            let Some(line) = longest.lines.pop_front() else {
                return;
            };
            longest.bytes -= line.len();
            (lines, bytes) = (lines - 1, bytes - line.len());
        }
    }

    /// Returns from where a job's log is to be read on, if it is; until the answer comes nobody asks again.
    pub(super) fn job_asked(&mut self, id: &JobId) -> Option<u64> {
        let job = self.jobs.iter_mut().find(|job| &job.id == id)?;
        (job.source == Source::Read).then(|| {
            job.source = Source::Asked;
            job.offset
        })
    }

    /// Hears what came of reading: where it goes on, and whether that was all. A log that could not be read is asked for no
    /// more until its job is in another state.
    pub(super) fn job_read(&mut self, id: &JobId, read: Option<(u64, bool)>) {
        let Some(job) = self.jobs.iter_mut().find(|job| &job.id == id) else {
            return;
        };
        let is_whole = read.is_none_or(|(_, is_whole)| is_whole);
        job.offset = read.map_or(job.offset, |(offset, _)| offset);
        if job.source == Source::Asked {
            job.source = if is_whole {
                Source::Whole
            } else {
                Source::Read
            };
        }
    }

    /// Hears a line that a job streams.
    pub(super) fn job_streamed(&mut self, id: &JobId, line: &Untrusted) {
        self.job_wrote(id, line);
        if let Some(job) = self.jobs.iter_mut().find(|job| &job.id == id) {
            job.source = Source::Streamed;
        }
    }

    /// Returns how many jobs run.
    pub fn running(&self) -> usize {
        self.jobs.iter().filter(|job| job.is_running()).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_log_makes_room_for_what_comes() {
        let mut log = Log::default();
        let id = |name: &str| name.parse::<JobId>().expect("a job id");
        for name in ["build", "deploy"] {
            let at = Timestamp::from_second(0);
            log.job_changed(id(name), name.to_owned(), "running".to_owned(), at);
        }
        log.job_wrote(&id("deploy"), &"going live\n".into());
        log.job_wrote(&id("build"), &"x\n".repeat(LINES + 10).into());
        assert_eq!(log.jobs[0].lines.len(), LINES - 1);
        assert_eq!(log.jobs[1].lines.len(), 1, "the other one keeps its line");
        log.job_wrote(&id("deploy"), &"half a line".into());
        let last = log.jobs[1].last_line().expect("there");
        assert_eq!(last.text(), "half a line");
        // Long lines, one build after the other: what is kept has a size as well.
        for _ in 0..5 {
            let line = "y".repeat(4_000) + "\n";
            log.job_wrote(&id("build"), &line.repeat(1_000).into());
        }
        let kept = log.jobs[0].lines.iter().map(LogLine::len).sum::<usize>();
        assert_eq!(kept, log.jobs[0].bytes);
        assert!(kept <= BYTES && kept > BYTES - 8_000, "{kept}");
        assert_eq!(log.jobs[1].lines.len(), 1, "the other one keeps its line");
    }
}
