//! What a plan and `preflight` say of picks in the same words, before anything is picked.

use crate::model::Commit;
use crate::model::CommitId;

/// Says which earlier change to the same files a target does not have (flows.md 5.4).
pub fn lacks(target: &str, commit: &Commit) -> String {
    format!(
        "{target} lacks {} {}, an earlier change to the same files",
        commit.id.short(),
        commit.subject()
    )
}

/// Says that a lane took out again what is carried, and by which commit where that is known.
pub fn taken_out_in(lane: &str, by: Option<&CommitId>) -> String {
    let how = match by {
        Some(by) => format!("it was reverted in {lane} by {}", by.short()),
        None => format!("{lane} has it in its history and not in its files"),
    };
    format!("{how}: look whether it is still wanted")
}

/// Says that commits are carried which no lane of RUN has; none where it has them all.
pub fn in_no_run(outside: &[Commit]) -> Option<String> {
    let (first, more) = outside.split_first()?;
    let first = first.id.short();
    let which = match more.len() {
        0 => format!("{first} is"),
        count => format!("{first} and {count} more are"),
    };
    Some(format!(
        "{which} in no lane of RUN: what is carried has usually been there before"
    ))
}
