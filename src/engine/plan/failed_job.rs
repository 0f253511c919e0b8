//! How a job ended that is to run again: on record before the new run is asked for. On most forges that has another number,
//! and nobody finds the first one by its own then.

use crate::model::ChangeRequest;
use crate::model::Check;
use crate::model::Deployment;
use crate::model::Job;
use crate::model::JobId;
use crate::model::Person;
use crate::model::Timestamp;
use crate::record::Event;

use super::Call;
use super::Desk;
use super::draft::Draft;

/// A job that ended, in words.
struct Ended<'a> {
    id: &'a JobId,
    /// `` `deploy-portal` of deployment 88 in production ``.
    what: String,
    word: &'static str,
    by: Option<&'a Person>,
    at: Timestamp,
}

impl Ended<'_> {
    fn event(&self) -> Event {
        let Self {
            id,
            what,
            word,
            by,
            at,
        } = self;
        let by = by.map_or_else(String::new, |by| format!(", started by {}", by.show()));
        Event::OutOfBandSeen {
            what: format!("job {id} {what} {word}{by}, {at}"),
            about: Some(format!("job {id} {word} {at}")),
        }
    }

    /// Adds it to the plan, unless the record has it from an attempt before.
    fn tell(&self, desk: &Desk<'_>, draft: &mut Draft) {
        let event = self.event();
        let Event::OutOfBandSeen { about: own, .. } = &event else {
            return;
        };
        let is_it =
            |known: &Event| matches!(known, Event::OutOfBandSeen { about, .. } if about == own);
        let mut entries = desk.look.record.entries.iter();
        if !entries.any(|entry| entry.event.as_ref().is_some_and(is_it)) {
            draft.call(Call::Record { event }, Vec::new());
        }
    }
}

/// Puts on record how a job of a go-live ended, by whom it was started and when.
pub(super) fn tell_job(desk: &Desk<'_>, draft: &mut Draft, deployment: &Deployment, job: &Job) {
    let ended = Ended {
        id: &job.id,
        what: format!(
            "`{}` of deployment {} in {}",
            job.name, deployment.id, deployment.environment
        ),
        word: job.state.word(),
        by: job.started_by.as_ref(),
        at: job.since,
    };
    ended.tell(desk, draft);
}

/// Puts on record how the job of a check ended, and when.
pub(super) fn tell_check(
    desk: &Desk<'_>,
    draft: &mut Draft,
    id: &JobId,
    request: &ChangeRequest,
    check: &Check,
) {
    let ended = Ended {
        id,
        what: format!(
            "`{}` of change request {} at {}",
            check.name,
            request.id,
            check.head.short()
        ),
        word: check.state.word(),
        by: None,
        at: check.since,
    };
    ended.tell(desk, draft);
}
