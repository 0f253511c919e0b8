//! A job's second run in words, and what they are known again by: the record tells of such a run in the account of its call
//! alone, so the story of a hotfix takes it from there.

use crate::model::CommitId;
use crate::model::EnvironmentName;
use crate::model::JobId;
use crate::model::Untrusted;
use crate::record::Entry;
use crate::record::Event;

use super::calls::quoted;
use super::plan::Outcome;

const RUN_JOB: &str = "run job ";

/// Returns how the words of a job's second run begin, whatever number the job had. The run itself gets another one on
/// most forges, so these words are what it is found again by.
pub(crate) fn retry_words(
    name: &str,
    commit: &CommitId,
    environment: Option<&EnvironmentName>,
) -> String {
    let place = environment.map_or_else(String::new, |environment| format!(" in {environment}"));
    format!(
        "{RUN_JOB}{} of {}{place} again ",
        quoted(name),
        commit.short()
    )
}

/// Returns what an event is in the story of a hotfix that otherwise only keeps account of a call: a job that somebody ran
/// again. Nothing else on the record tells it. Showable, like a sentence.
pub fn retried(event: &Event) -> Option<String> {
    let Event::EffectObserved { call, outcome, .. } = event else {
        return None;
    };
    let rest = call.strip_prefix(RUN_JOB)?;
    // One that ran already was not run by whoever asked.
    let is_it = rest.contains(" again (job ") && outcome == Outcome::Done.word();
    // The record's text is somebody's.
    is_it.then(|| Untrusted::new(format!("ran job {rest}")).show())
}

/// Returns what an entry is in the story of a hotfix; none where it only says that a call was or will be made, which other
/// entries tell in better words.
pub fn in_story(entry: &Entry) -> Option<String> {
    let event = entry.event.as_ref();
    let keeps_account = matches!(
        event,
        Some(Event::IntentDeclared { .. } | Event::EffectObserved { .. })
    );
    let again = event.and_then(retried);
    again.or_else(|| (!keeps_account).then(|| entry.sentence()))
}

/// Tells whether a call's text is that of running a job of this number again.
pub(super) fn is_retry_of(call: &str, job: &JobId) -> bool {
    call.starts_with(RUN_JOB) && call.ends_with(&format!(" again (job {job})"))
}
