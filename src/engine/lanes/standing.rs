//! How each lane stands towards the fix, as the word of the presence column.

use std::collections::BTreeSet;

use crate::engine::derive::leaves_out;
use crate::model::ChangeRequest;
use crate::model::Decision;
use crate::model::DeploymentState;
use crate::model::Lane;
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

/// The reason of a lane that nobody has asked yet.
pub(super) const WOULD_CONFLICT: &str = "would conflict";

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
        if seen.is_none() && atlas.has_no_commits() {
            // Where it is is not asked: there is nothing to bring anywhere yet.
            let mut standing = plain(StandingWord::NotDue, "", "");
            standing.detail.extend(running(atlas, lane));
            return standing;
        }
        let why = seen.and_then(Seen::why).unwrap_or("not looked at yet");
        return plain(StandingWord::Unknown, why, "");
    };
    let mut standing = match presence.verdict {
        Verdict::Present => present(atlas, row, landing, presence),
        Verdict::Unknown => plain(StandingWord::Unknown, "could not tell", ""),
        Verdict::Changed => changed(atlas, row, lane, landing, presence, is_due),
        Verdict::Absent if landing.landed.is_some() || landing.reverted.is_some() => {
            let at = landing.reverted.map(|at| atlas.chain(row)[at].committed_at);
            let when = at.map(|at| moment(atlas.seen.now, at)).unwrap_or_default();
            plain(StandingWord::Reverted, &when, &when)
        }
        Verdict::Absent | Verdict::Pending => missing(atlas, row, lane, presence, is_due),
    };
    standing.detail.extend(running(atlas, lane));
    if let Some(Some(frozen)) = atlas.seen.frozen.value()
        && frozen.lane == lane.name
    {
        let by = super::atlas::show(frozen.by.as_str());
        let before = std::mem::replace(&mut standing.reason, format!("FROZEN by {by}"));
        standing.brief = "FROZEN".to_owned();
        standing.detail.insert(0, before);
        standing.detail.retain(|part| !part.is_empty());
    }
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
        detail: Vec::new(),
    }
}

/// Returns a time as people say it: the clock on the same day, else how long ago.
pub(super) fn moment(now: Timestamp, at: Timestamp) -> String {
    if now.seconds_since(at).abs() < 20 * 3_600 {
        at.clock()
    } else {
        ago(now, at)
    }
}

/// Returns how long ago something was; what is years old is counted in years.
pub(super) fn ago(now: Timestamp, at: Timestamp) -> String {
    const YEAR: i64 = 31_556_952;
    match now.seconds_since(at) / YEAR {
        years @ 2.. => format!("{years} years ago"),
        _ => format!("{} ago", age(now, at)),
    }
}

/// Returns what the lane's environment runs, by tag or commit; that nobody knows, where the latest go-live did not come to
/// its end.
fn running(atlas: &Atlas<'_>, lane: &Lane) -> Option<String> {
    let environment = lane.environment.as_ref()?;
    let deployments = atlas.seen.deployments.value()?;
    let mut begun = deployments.iter().filter(|deployment| {
        let is_there = &deployment.environment == environment;
        is_there
            && match deployment.state {
                DeploymentState::Succeeded | DeploymentState::Failed => true,
                DeploymentState::Cancelled => deployment.has_begun(),
                DeploymentState::Blocked
                | DeploymentState::Approved
                | DeploymentState::Rejected
                | DeploymentState::Running => false,
            }
    });
    let live = begun.next()?;
    if live.state != DeploymentState::Succeeded {
        return Some(format!(
            "deployment {} {}: what runs is not known",
            live.id,
            live.state.word()
        ));
    }
    let history = atlas.seen.history.value();
    let tags = history.and_then(|history| history.tags.get(&live.commit));
    let tag = tags.and_then(|tags| tags.first());
    let name = tag.map_or_else(
        || live.commit.short().to_owned(),
        |tag| super::atlas::show(tag),
    );
    Some(format!("runs {name}"))
}

/// The fix is there: since when, by which request, which rule says so.
fn present(atlas: &Atlas<'_>, row: usize, landing: Landing, presence: &Presence) -> Standing {
    let word = match presence.rule {
        Some(Rule::Ancestor | Rule::MergeCommit) | None => StandingWord::In,
        Some(Rule::Trailer | Rule::PatchId | Rule::Tree) => StandingWord::Equivalent,
    };
    let landed = landing.landed.map(|place| atlas.chain(row)[place]);
    let when = landed.map(|commit| moment(atlas.seen.now, commit.committed_at));
    let request = landed.and_then(|commit| atlas.merged_request(&commit.id));
    let mut detail: Vec<String> = Vec::new();
    let numbered = |request: &ChangeRequest| atlas.seen.capabilities.numbered(request.id);
    detail.extend(request.map(|request| format!("by {}", numbered(request))));
    let merged = request.and_then(ChangeRequest::merged);
    let person = merged.and_then(|merged| merged.by.as_ref());
    detail.extend(person.map(|person| format!("({})", person.show())));
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
        detail,
    }
}

/// The fix's paths are neither as with it nor as without it. That says CHANGED only where something of the fix did
/// arrive: a lane that it never reached does not have it, whatever else stands in these files.
fn changed(
    atlas: &Atlas<'_>,
    row: usize,
    lane: &Lane,
    landing: Landing,
    presence: &Presence,
    is_due: bool,
) -> Standing {
    let look = atlas.look();
    if let Some(acknowledged) = look.and_then(|look| look.acknowledgement(presence)) {
        let mut standing = plain(StandingWord::Equivalent, "acknowledged", "accepted");
        standing
            .detail
            .push(format!("by {}", acknowledged.by.show()));
        return standing;
    }
    if landing.landed.is_none() && atlas.is_unreached(&lane.name) {
        return missing(atlas, row, lane, presence, is_due);
    }
    let differing = presence
        .paths
        .iter()
        .filter(|path| path.verdict != Verdict::Present)
        .count();
    let lacking = presence
        .paths
        .iter()
        .filter(|path| path.verdict == Verdict::Absent)
        .count();
    let plural = if differing == 1 { "" } else { "s" };
    match (differing, lacking) {
        (0, _) => plain(StandingWord::Changed, "needs a look", "look"),
        (_, 0) => {
            let reason = format!("{differing} file{plural}");
            plain(StandingWord::Changed, &reason, &reason)
        }
        (_, lacking) => partly(atlas, row, landing, lacking),
    }
}

/// A part of the fix is there, and in these files nothing of it: that was taken out again, or never came.
fn partly(atlas: &Atlas<'_>, row: usize, landing: Landing, lacking: usize) -> Standing {
    let words = if lacking == 1 {
        "1 file lacks it".to_owned()
    } else {
        format!("{lacking} files lack it")
    };
    let brief = format!("lacks {lacking}");
    let mut standing = plain(StandingWord::Changed, &words, &brief);
    let reverted = landing.reverted.map(|at| atlas.chain(row)[at].committed_at);
    let when = reverted.map(|at| moment(atlas.seen.now, at));
    standing
        .detail
        .extend(when.map(|when| format!("reverted {when}")));
    standing
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
            && atlas.seen.lacks_branch(request).is_none()
            && atlas.row_of_branch(&request.into) == Some(row)
            && atlas.source_of(request).is_some_and(|from| {
                atlas.is_ours(request) || Some(from) == atlas.fix_row || atlas.needs_from(from, row)
            })
    };
    // One that leaves the fix out is told only where the lane waits for the fix.
    let is_awaited = is_due && atlas.needs_fix(lane);
    let is_without = |request: &ChangeRequest| {
        let look = atlas.look();
        look.is_some_and(|look| leaves_out(look, request, &lane.name))
    };
    let mut here = atlas.requests().iter().filter(into_here);
    let request = here.find(|request| is_awaited || !is_without(request));
    if let Some(request) = request {
        let id = atlas.seen.capabilities.numbered(request.id);
        return if atlas.is_in_conflict(request) {
            in_conflict(&id)
        } else if is_without(request) {
            plain(
                StandingWord::Missing,
                &format!("{id} leaves it out"),
                &format!("{id} -"),
            )
        } else {
            pending(lane, request, &id)
        };
    }
    if let Some(request) = atlas.resolved_in(&lane.name) {
        return in_conflict(&atlas.seen.capabilities.numbered(request.id));
    }
    if presence.verdict == Verdict::Pending {
        return plain(StandingWord::Pending, "", "");
    }
    let is_not_due = !atlas.is_ordered(lane) && (!atlas.needs_fix(lane) || !is_due);
    if would_conflict(atlas, lane) {
        let word = if is_not_due {
            StandingWord::NotDue
        } else {
            StandingWord::Missing
        };
        return plain(word, WOULD_CONFLICT, "conflict");
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

/// People have to resolve something in a request before it brings the fix.
fn in_conflict(id: &str) -> Standing {
    plain(
        StandingWord::Missing,
        &format!("{id} conflict"),
        &format!("{id} x"),
    )
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
    let Some(seats) = seats(lane, request) else {
        let draft = if request.is_draft { " draft" } else { "" };
        return plain(StandingWord::Pending, &format!("{id}{draft}"), "");
    };
    let brief = format!("{id} {seats}");
    plain(StandingWord::Pending, &format!("{brief} ok"), &brief)
}

/// Returns how many of the lane's seats have approved the present head: `1/2`; none where the lane asks for none.
pub(super) fn seats(lane: &Lane, request: &ChangeRequest) -> Option<String> {
    let filled: BTreeSet<_> = request
        .approvals
        .iter()
        .filter(|approval| approval.head == request.head)
        .filter(|approval| approval.decision == Decision::Approved)
        .filter_map(|approval| approval.role.as_ref())
        .filter(|role| lane.seats.contains(role))
        .collect();
    let asked = lane.seats.len();
    (asked > 0).then(|| format!("{}/{asked}", filled.len()))
}
