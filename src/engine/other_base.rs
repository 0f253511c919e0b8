//! Merges that went onto another base than the one that was looked at. No forge but the local one can be asked to merge
//! onto one commit only; so it is compared afterwards, and nothing goes live from that lane until a person has looked
//! at what came in between (safety.md section 2).

use crate::model::ChangeRequest;
use crate::model::LaneName;
use crate::record::Event;
use crate::record::Record;

use super::look::Look;
use super::merges::merged_onto;
use super::waiting::WaitingOn;

/// Returns the words of the alarm about a merged request; they name the very merge, so that another one is another alarm.
pub(super) fn alarm(look: Look<'_>, request: &ChangeRequest, into: &LaneName) -> Option<String> {
    let merged = request.merged()?;
    // Asked first: only our own merges have it, and finding a commit walks the history that was seen.
    let onto = merged_onto(look.record, request.id)?;
    let first = look.commit(&merged.commit)?.parents.first()?;
    (!first.as_str().starts_with(&onto)).then(|| {
        format!(
            "change request {} was merged onto {} in {into}, not onto {onto} that was looked at: verify before going on",
            request.id,
            first.short()
        )
    })
}

/// Tells whether a person has said that they looked at it.
pub(super) fn is_cleared(record: &Record, alarm: &str) -> bool {
    record.entries.iter().any(
        |entry| matches!(&entry.event, Some(Event::AlarmCleared { what, .. }) if what == alarm),
    )
}

/// Returns the alarm about a lane that nobody has cleared.
pub(super) fn open_alarm(look: Look<'_>, lane: &LaneName) -> Option<String> {
    let branch = look.branch_of(lane)?;
    let into = look.requests().iter().filter(|one| one.into == branch);
    let mut alarms = into.filter_map(|request| alarm(look, request, lane));
    alarms.find(|alarm| !is_cleared(look.record, alarm))
}

/// Returns what keeps a lane from going live.
pub(super) fn locks(look: Look<'_>, lane: &LaneName) -> Option<WaitingOn> {
    open_alarm(look, lane).map(|alarm| WaitingOn::OtherBase {
        lane: lane.clone(),
        alarm,
    })
}
