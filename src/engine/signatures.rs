//! What the signatures of a record tell: a wrong one, and entries that the team wants signed and nobody signed.

use std::collections::BTreeSet;

use crate::record::Entry;
use crate::record::Record;
use crate::record::Signed;

use super::state::Finding;
use super::state::Severity;

/// Finds entries whose signature is wrong, and those below the level that the team requires of their kind. They stay on
/// the record and are shown as what they are: what was done was done.
pub fn of_signatures(record: &Record, required: &BTreeSet<String>) -> Vec<Finding> {
    let found = |entry: &Entry| {
        let is_required = required.contains(&entry.kind);
        let (severity, how) = match &entry.signed {
            Signed::Bad(why) => (Severity::Alarm, format!("has a wrong signature: {why}")),
            Signed::Unchecked(why) if is_required => (
                Severity::Warning,
                format!("must be signed, and its signature could not be checked: {why}"),
            ),
            Signed::Missing => (
                Severity::Alarm,
                "must be signed, and nobody signed it".to_owned(),
            ),
            Signed::No | Signed::Unchecked(_) | Signed::By(_) => return None,
        };
        Some(Finding {
            severity,
            step: None,
            text: format!(
                "{} of {}, {}, {how}",
                entry.kind,
                entry.actor.person.show(),
                entry.at.date_clock()
            ),
        })
    };
    record.entries.iter().filter_map(found).collect()
}
