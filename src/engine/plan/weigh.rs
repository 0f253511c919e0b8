//! What a plan says of the fix in what comes of it, as computed in memory: PRESENT is a fact, CHANGED a warning for each
//! file. Where nothing of the fix is left, or a later part of it is dropped whole, a plan that looks like any other would
//! lose it for good: it says so before everything else, and is confirmed by a typed name.

use crate::engine::weighed::Weighed;
use crate::model::CommitId;
use crate::model::LaneName;
use crate::model::Presence;
use crate::model::Untrusted;
use crate::model::Verdict;
use crate::playbook::Carry;
use crate::playbook::Strategy;

use super::Desk;
use super::Level;
use super::draft::Draft;

/// The merge of a request, in words.
pub(super) const MERGED: &str = "the merge as computed in memory";
/// A resolution that is to be pushed, in words.
pub(super) const RESOLVED: &str = "what was decided";

/// Files that are named; a person who reads more looks at the diff.
const NAMED: usize = 12;

/// Says of the fix in what `commit` makes of a lane; `what` names that in words.
pub(super) fn tell_fix(
    desk: &Desk<'_>,
    draft: &mut Draft,
    carry: &Carry,
    lane: &LaneName,
    (commit, what): (&CommitId, &str),
) {
    let key = (lane.clone(), commit.clone());
    let seen = desk.look.seen.weighed.get(&key);
    let Some(weighed) = seen.and_then(crate::model::Seen::fresh) else {
        let why = seen.and_then(crate::model::Seen::why);
        let why = why.map_or_else(String::new, |why| format!(": {why}"));
        draft.warn(format!(
            "nobody could tell whether the fix is in {what}{why}"
        ));
        return;
    };
    if weighed.changes_nothing {
        draft.warn(format!(
            "it changes nothing: every file of {lane} stays as it is"
        ));
    }
    let Some(presence) = &weighed.fix else {
        draft.warn(format!(
            "{what} conflicts or cannot be told: whether the fix is in it is not known"
        ));
        return;
    };
    match presence.verdict {
        Verdict::Present => draft.ok(format!("the fix is PRESENT in {what}")),
        Verdict::Absent => lose(draft, carry, lane, (Lost::Whole, what)),
        Verdict::Changed => {
            if tell_accepted(desk, draft, presence, what) {
                return;
            }
            let was_reached = desk.look.was_carried(lane);
            match (weighed.brings_nothing(), was_reached) {
                (true, false) => lose(draft, carry, lane, (Lost::Whole, what)),
                // What came earlier stays: what this was to bring is dropped all the same.
                (true, true) => {
                    lose(draft, carry, lane, (Lost::Rest, what));
                    tell_files(draft, weighed, lane);
                }
                (false, _) => {
                    draft.warn(format!("the fix is CHANGED in {what}"));
                    tell_files(draft, weighed, lane);
                }
            }
        }
        Verdict::Pending | Verdict::Unknown => {
            draft.warn(format!("nobody could tell whether the fix is in {what}"));
        }
    }
}

/// Says that the fix is CHANGED as somebody accepted it, where that is so; `what` names in words where it is.
pub(super) fn tell_accepted(
    desk: &Desk<'_>,
    draft: &mut Draft,
    presence: &Presence,
    what: &str,
) -> bool {
    let acknowledged = desk.look.acknowledgement(presence);
    if let Some(acknowledged) = acknowledged {
        draft.ok(format!(
            "the fix is CHANGED in {what}, as {} acknowledged it",
            acknowledged.by.show()
        ));
    }
    acknowledged.is_some()
}

/// Names the files that do not hold the fix as it is.
fn tell_files(draft: &mut Draft, weighed: &Weighed, lane: &LaneName) {
    let differing: Vec<_> = weighed.differing().collect();
    for path in differing.iter().take(NAMED) {
        let name = Untrusted::new(path.name()).show();
        let word = path.verdict.word();
        draft.warn(if weighed.untouched.contains(&path.path) {
            format!("{name}: {word}, it stays as {lane} has it")
        } else {
            format!("{name}: {word}")
        });
    }
    if differing.len() > NAMED {
        draft.warn(format!("and {} more files", differing.len() - NAMED));
    }
}

/// What a lane would go without.
#[derive(Clone, Copy)]
enum Lost {
    Whole,
    /// Some of the fix came into the lane before, and no more of it comes with this.
    Rest,
}

/// The lane's name is typed where production's is not: nobody loses a fix by a key that was pressed for something else.
fn lose(draft: &mut Draft, carry: &Carry, lane: &LaneName, (lost, what): (Lost, &str)) {
    let (seen, object) = match lost {
        Lost::Whole => (format!("nothing of the fix is left in {what}"), "it"),
        Lost::Rest => (
            format!("no more of the fix comes to {lane} with {what}"),
            "the rest",
        ),
    };
    let end = match carry.strategy {
        // Git takes a merged fix for settled: what RUN has of it counts as older.
        Strategy::MergeFix | Strategy::MergeLane => {
            format!("the next promotion takes {object} out of RUN")
        }
        Strategy::Pick => format!(
            "{lane} does not get {object}, and the next promotion may take {object} out of RUN"
        ),
    };
    draft.risk(format!("{seen}: {end}"));
    draft.title.push_str(match lost {
        Lost::Whole => ", WITHOUT THE FIX",
        Lost::Rest => ", WITHOUT THE REST OF THE FIX",
    });
    if draft.level < Level::L4 {
        draft.level = Level::L4;
        draft.environment = lane.as_str().parse().ok();
    }
}
