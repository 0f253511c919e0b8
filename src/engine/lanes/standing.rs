//! How each lane stands towards the fix, as the word of the presence column.

use std::collections::BTreeSet;

use crate::model::ChangeRequest;
use crate::model::Decision;
use crate::model::Lane;
use crate::model::Mergeability;
use crate::model::Prediction;
use crate::model::PredictionOutcome;
use crate::model::Presence;
use crate::model::Rule;
use crate::model::Seen;
use crate::model::Timestamp;
use crate::model::Verdict;
use crate::model::age;

use super::atlas::Atlas;
use super::event::Standing;
use super::event::StandingWord;
use super::landing::Landing;

/// Returns how the lane on `row` stands. `is_due` tells whether the fix has landed anywhere.
pub(super) fn standing(
    atlas: &Atlas<'_>,
    row: usize,
    lane: &Lane,
    landing: Landing,
    is_due: bool,
) -> Standing {
    let seen = atlas.seen.presence.get(&lane.name);
    let Some(presence) = seen.and_then(Seen::value) else {
        let why = seen.and_then(Seen::why).unwrap_or("not looked at yet");
        return plain(StandingWord::Unknown, why, "");
    };
    let mut standing = match presence.verdict {
        Verdict::Present => present(atlas, row, landing, presence),
        Verdict::Unknown => plain(StandingWord::Unknown, "could not tell", ""),
        Verdict::Changed => changed(presence),
        Verdict::Absent if landing.landed.is_some() => {
            let at = landing.reverted.map(|at| atlas.chain(row)[at].committed_at);
            let when = at.map(|at| moment(atlas.seen.now, at)).unwrap_or_default();
            plain(StandingWord::Reverted, &when, &when)
        }
        Verdict::Absent | Verdict::Pending => missing(atlas, row, lane, presence, is_due),
    };
    if let Some(Seen::Stale { at, .. }) = seen {
        let then = moment(atlas.seen.now, *at);
        standing.reason = format!("as of {then}");
        standing.brief = format!("at {then}");
    }
    standing
}

fn plain(word: StandingWord, reason: &str, brief: &str) -> Standing {
    Standing {
        word,
        reason: reason.to_owned(),
        brief: if brief.is_empty() { reason } else { brief }.to_owned(),
        detail: String::new(),
    }
}

/// Returns a time as people say it: the clock on the same day, else how long ago.
pub(super) fn moment(now: Timestamp, at: Timestamp) -> String {
    if now.seconds_since(at).abs() < 20 * 3_600 {
        at.clock()
    } else {
        format!("{} ago", age(now, at))
    }
}

/// The fix is there: since when, by which request, which rule says so.
fn present(atlas: &Atlas<'_>, row: usize, landing: Landing, presence: &Presence) -> Standing {
    let word = match presence.rule {
        Some(Rule::Ancestor | Rule::MergeCommit) | None => StandingWord::In,
        Some(Rule::Trailer | Rule::PatchId | Rule::Tree) => StandingWord::Equivalent,
    };
    let landed = landing.landed.map(|place| atlas.chain(row)[place]);
    let when = landed.map(|commit| moment(atlas.seen.now, commit.committed_at));
    let request = landed.and_then(|commit| {
        atlas.requests().iter().find(|request| {
            request
                .merged()
                .is_some_and(|merged| merged.commit == commit.id)
        })
    });
    let mut detail: Vec<String> = Vec::new();
    detail.extend(request.map(|request| format!("by #{}", request.id)));
    detail.extend(landed.map(|commit| format!("as {}", commit.id.short())));
    detail.extend(presence.rule.map(|rule| format!("({})", rule.word())));
    Standing {
        word,
        reason: when.as_ref().map_or_else(String::new, |when| {
            if when.ends_with("ago") {
                when.clone()
            } else {
                format!("since {when}")
            }
        }),
        brief: when.unwrap_or_default(),
        detail: detail.join(" "),
    }
}

fn changed(presence: &Presence) -> Standing {
    let differing = presence
        .paths
        .iter()
        .filter(|path| path.verdict != Verdict::Present)
        .count();
    let plural = if differing == 1 { "" } else { "s" };
    let reason = if differing == 0 {
        "needs a look".to_owned()
    } else {
        format!("{differing} file{plural}")
    };
    plain(
        StandingWord::Changed,
        &reason,
        reason.trim_start_matches("needs a "),
    )
}

/// The fix is not there: on its way, in conflict, after another lane, or simply missing.
fn missing(
    atlas: &Atlas<'_>,
    row: usize,
    lane: &Lane,
    presence: &Presence,
    is_due: bool,
) -> Standing {
    let into_here = |request: &&ChangeRequest| {
        request.is_open()
            && atlas.row_of_branch(&request.into) == Some(row)
            && atlas.source_of(request).is_some_and(|from| {
                atlas.is_ours(request) || Some(from) == atlas.fix_row || atlas.needs_from(from, row)
            })
    };
    if let Some(request) = atlas.requests().iter().find(into_here) {
        let id = format!("#{}", request.id);
        return match &request.mergeability {
            Mergeability::Conflicts(_) => plain(
                StandingWord::Missing,
                &format!("{id} conflict"),
                &format!("{id} x"),
            ),
            Mergeability::Clean | Mergeability::Checking | Mergeability::Blocked(_) => {
                pending(lane, request, &id)
            }
        };
    }
    if presence.verdict == Verdict::Pending {
        return plain(StandingWord::Pending, "", "");
    }
    let is_not_due = !atlas.needs_fix(lane) || !is_due;
    if would_conflict(atlas, lane) {
        let word = if is_not_due {
            StandingWord::NotDue
        } else {
            StandingWord::Missing
        };
        return plain(word, "would conflict", "conflict");
    }
    if is_not_due {
        return plain(StandingWord::NotDue, "", "");
    }
    let feeder = atlas
        .lane_rows()
        .find(|(_, other)| other.layer == lane.layer && other.merges_into.contains(&lane.name));
    match feeder {
        Some((_, feeder)) => {
            let name = super::atlas::show(feeder.name.as_str());
            plain(StandingWord::Missing, &format!("after {name}"), " ")
        }
        None => plain(StandingWord::Missing, "", ""),
    }
}

/// Tells whether the fix is predicted to conflict in a lane.
fn would_conflict(atlas: &Atlas<'_>, lane: &Lane) -> bool {
    let conflicts = |prediction: &Seen<Prediction>| {
        let outcome = prediction.value().map(|prediction| &prediction.outcome);
        matches!(outcome, Some(PredictionOutcome::Conflict { .. }))
    };
    let mut predictions = atlas.seen.predictions.iter();
    predictions.any(|((_, into), prediction)| into == &lane.name && conflicts(prediction))
}

/// An open request carries it: seats filled of seats asked for.
fn pending(lane: &Lane, request: &ChangeRequest, id: &str) -> Standing {
    let filled: BTreeSet<_> = request
        .approvals
        .iter()
        .filter(|approval| approval.head == request.head)
        .filter(|approval| approval.decision == Decision::Approved)
        .filter_map(|approval| approval.role.as_ref())
        .filter(|role| lane.seats.contains(role))
        .collect();
    if lane.seats.is_empty() {
        let draft = if request.is_draft { " draft" } else { "" };
        return plain(StandingWord::Pending, &format!("{id}{draft}"), "");
    }
    let brief = format!("{id} {}/{}", filled.len(), lane.seats.len());
    plain(StandingWord::Pending, &format!("{brief} ok"), &brief)
}
