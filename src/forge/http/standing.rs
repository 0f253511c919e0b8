//! How we stand with one origin, by its latest answers: until when it wants quiet, how far its clock is from ours, and
//! whether it lets us in.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use reqwest::header::HeaderMap;

use crate::model::Timestamp;

use super::answer::Answer;
use super::error::HttpError;
use super::limits;

/// Seconds by which clocks may differ before anybody is told.
const OFFSET: i64 = 30;

pub(super) struct Standing {
    clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// For how long the machine is up, sleep counted: waits are measured by it, since a time of day may be set meanwhile.
    boot: Arc<dyn Fn() -> Duration + Send + Sync>,
    told: Mutex<Told>,
}

/// A wait that the forge asked for.
#[derive(Clone, Copy)]
struct Quiet {
    /// When it is over.
    over: Duration,
    /// The same for people.
    until: Timestamp,
}

#[derive(Default)]
struct Told {
    quiet: Option<Quiet>,
    /// The latest end of a wait that somebody was told of.
    told_until: Option<Timestamp>,
    /// Seconds by which the forge's clock was ahead of ours.
    ahead: Option<i64>,
    /// Why the forge does not let us in.
    signed_out: Option<String>,
}

impl Standing {
    pub(super) fn new(
        clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
        boot: Arc<dyn Fn() -> Duration + Send + Sync>,
    ) -> Self {
        Self {
            clock,
            boot,
            told: Mutex::default(),
        }
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns until when the forge wants quiet, and how long that is; none where it does not, or not any more.
    pub(super) fn quiet(&self) -> Option<(Timestamp, Duration)> {
        let Quiet { over, until } = self.told().quiet?;
        let left = over.saturating_sub(self.since_boot());
        // Whole seconds, as it was asked for.
        let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
        (seconds > 0).then(|| (until, Duration::from_secs(seconds)))
    }

    pub(super) fn since_boot(&self) -> Duration {
        (self.boot)()
    }

    /// Tells, once, whether nobody waits yet until then: several requests wait beside each other.
    pub(super) fn is_first_to_wait(&self, until: Timestamp) -> bool {
        let before = self.told().told_until.replace(until);
        before != Some(until)
    }

    pub(super) fn clock_offset(&self) -> Option<i64> {
        self.told().ahead.filter(|seconds| seconds.abs() > OFFSET)
    }

    pub(super) fn signed_out(&self) -> Option<String> {
        self.told().signed_out.clone()
    }

    pub(super) fn note_answer(&self, answer: &Answer) {
        let problem = (answer.status == 401).then(|| answer.refusal());
        self.note_login(problem.as_ref());
    }

    pub(super) fn note_login(&self, problem: Option<&HttpError>) {
        self.told().signed_out = problem.map(ToString::to_string);
    }

    pub(super) fn note_date(&self, headers: &HeaderMap) {
        if let Some(theirs) = limits::date(headers) {
            self.told().ahead = Some(theirs.seconds_since((self.clock)()));
        }
    }

    /// Keeps in mind that a limit is used up; returns until when, and how long that is, if that is so.
    pub(super) fn note_limit(&self, answer: &Answer) -> Option<(Timestamp, Duration)> {
        let now = (self.clock)();
        let wait = limits::pause(answer.status, &answer.headers, answer.tells_limit(), now)?;
        let until = Timestamp::from_second(now.as_second() + wait.as_secs().cast_signed());
        self.told().quiet = Some(Quiet {
            over: self.since_boot() + wait,
            until,
        });
        Some((until, wait))
    }
}
