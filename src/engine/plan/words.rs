//! What change requests say: titles and bodies (flows.md 5.7). The marker at the end is how they are found again.

use crate::engine::carried::key;
use crate::engine::look::Look;
use crate::engine::marker::Marker;
use crate::engine::ours::source_request;
use crate::model::BranchName;
use crate::model::ChangeRequest;
use crate::model::CommitId;
use crate::model::ConflictPath;
use crate::model::LaneName;
use crate::model::MergeMethod;
use crate::model::RequestId;
use crate::model::Untrusted;
use crate::playbook::Carry;
use crate::playbook::Change;
use crate::playbook::ConflictPolicy;
use crate::playbook::Source;
use crate::playbook::Step;
use crate::playbook::Strategy;

use super::Desk;
use super::body::Body;
use super::body::LISTED;
use super::opening::Conflicts;

pub(super) fn change_title(desk: &Desk<'_>, change: &Change) -> String {
    match &change.from {
        Source::Fix => title(desk),
        Source::Lane(lane) => format!("Promote {lane} to {}: {}", change.into, title(desk)),
    }
}

pub(super) fn change_body(
    desk: &Desk<'_>,
    step: &Step,
    change: &Change,
    head: &CommitId,
) -> String {
    let mut body = Body::new(desk);
    body.why(desk);
    body.commits(desk);
    if let Source::Lane(from) = &change.from
        && let Some(edge) = desk
            .look
            .edge(from, &change.into)
            .and_then(crate::model::Seen::value)
        && edge.riders.count() > 0
    {
        body.heading("Ships with it");
        let listed = &edge.riders.listed[..edge.riders.listed.len().min(LISTED)];
        for rider in listed {
            let request = rider
                .request
                .map_or_else(String::new, |id| format!(" ({})", shown(desk.look, id)));
            body.item(format!(
                "{} {}{request}, by {}",
                rider.commit.id.short(),
                rider.commit.subject(),
                rider.commit.author.show()
            ));
        }
        body.more(edge.riders.count() - listed.len());
    }
    body.heading("How to merge");
    let methods: Vec<&str> = change.methods.iter().map(|method| method.word()).collect();
    match &change.from {
        Source::Fix => body.line(format!(
            "By {}. Keep the source branch.",
            methods.join(" or ")
        )),
        Source::Lane(lane) => body.line(format!(
            "By merge commit, never squash. {lane} is a lane and stays."
        )),
    }
    body.line(format!("Reviewed head: {head}"));
    body.end(desk, step.id.as_str())
}

fn shown(look: Look<'_>, id: RequestId) -> String {
    look.seen.capabilities.numbered(id)
}

/// Returns the title of a target's request, `[integration] Refund rounding (backport !12)`.
pub(super) fn carry_title(desk: &Desk<'_>, carry: &Carry, lane: &LaneName) -> String {
    let look = desk.look;
    let source = source_request(look.book, look.record, look.requests())
        .map_or_else(String::new, |request| {
            format!(" {}", shown(look, request.id))
        });
    format!("[{lane}] {} ({}{source})", title(desk), carry.kind.word())
}

/// What is known of how the fix applies.
#[derive(Clone, Copy)]
pub(super) struct Outlook<'a> {
    pub(super) met: Conflicts<'a>,
    /// The request of its own in which they were resolved.
    pub(super) resolved: Option<RequestId>,
    /// The request that brought the fix, or a part of it, before.
    pub(super) earlier: Option<RequestId>,
}

/// Returns the body of the request in which a conflict is resolved on two branches.
pub(super) fn conflict_body(
    desk: &Desk<'_>,
    step: &Step,
    lane: &LaneName,
    base: &BranchName,
    conflicts: &[ConflictPath],
) -> String {
    let mut body = Body::new(desk);
    body.heading("What this is");
    body.line(format!(
        "{base} is {lane} as it is; this request brings the fix and nothing else, so what conflicts here is \
         what conflicts in {lane}. Merging it delivers nothing yet: what it is resolved to becomes one commit \
         in a second change request, into {lane}."
    ));
    body.why(desk);
    body.commits(desk);
    body.heading("Conflicts");
    body.conflicts(conflicts, ConflictPolicy::TwoBranch);
    body.heading("How to resolve");
    body.line(format!(
        "Resolve on this page, or merge {base} into the branch of this request by hand and push. Then merge this \
         request, by any method. A path that stays as {lane} has it needs a decision: `lanekeeper decide`."
    ));
    let hotfix = desk.look.record.hotfix.clone();
    body.end_with(&Marker::of_conflict(hotfix, &key(&step.id, lane)))
}

pub(super) fn carry_body(
    desk: &Desk<'_>,
    step: &Step,
    carry: &Carry,
    lane: &LaneName,
    commits: &[CommitId],
    outlook: Outlook<'_>,
) -> String {
    let conflicts = outlook.met.paths();
    let is_open = matches!(outlook.met, Conflicts::Open { paths, .. } if !paths.is_empty());
    let pending = outlook.met.pending();
    let mut body = Body::new(desk);
    if is_open {
        body.warning(carry, lane, conflicts.len());
    }
    body.why(desk);
    let look = desk.look;
    if let Some(request) = source_request(look.book, look.record, look.requests()) {
        let source = shown(look, request.id);
        body.line(format!("Source: {source} into {}.", request.into));
    }
    body.commits(desk);
    body.heading("How it was carried");
    let carried = commits.iter().filter(|id| !pending.contains(id));
    let names = names(&carried.map(CommitId::as_str).collect::<Vec<_>>());
    body.line(match carry.strategy {
        Strategy::Pick => format!("Picked onto {lane}: {names}"),
        Strategy::MergeFix => format!("The hotfix branch merged with {lane}: {names}"),
        Strategy::MergeLane => format!("{} merged with {lane}: {names}", carry.source),
    });
    if let Some(earlier) = outlook.earlier {
        let earlier = shown(look, earlier);
        body.line(format!(
            "{earlier} was merged into {lane} before; what is there of it changes nothing here."
        ));
    }
    body.heading("Prediction");
    if let Some(request) = outlook.resolved {
        body.line(format!(
            "It conflicted with {lane}; people resolved that in !{request}, and this is what they made of it, as one commit."
        ));
    } else if conflicts.is_empty() {
        body.line(format!("Applies cleanly to {lane}."));
    } else {
        body.line(format!("Conflicts with {lane} in:"));
        body.conflicts(conflicts, carry.conflict);
        if is_open && carry.conflict == ConflictPolicy::EmptyCommit {
            body.attempt(desk, step, lane);
        }
        if is_open {
            body.heading("How to resolve");
            body.line(
                "Resolve on this branch and push; Lanekeeper will not write it again once you did. \
                 A path without markers needs a decision too: `lanekeeper decide`.",
            );
            body.left_out(desk, pending);
        } else {
            body.line("");
            body.line(
                "A person resolved it before this was opened; how, path by path, is on the timeline. Read these paths with care.",
            );
        }
    }
    body.heading("How to verify");
    body.line(format!(
        "`lanekeeper status` shows PRESENT in {lane} after the merge; until then {lane} does not have the fix."
    ));
    body.heading("How to merge");
    body.line(format!("By {}.", carry.method.word()));
    body.end(desk, &key(&step.id, lane))
}

/// Names commits, and counts those that are too many for that.
fn names(ids: &[&str]) -> String {
    let named = &ids[..ids.len().min(LISTED)];
    match ids.len() - named.len() {
        0 => named.join(" "),
        more => format!("{} and {more} more", named.join(" ")),
    }
}

/// Returns what it is about. Commits that are carried without a hotfix are called as the request that brought them.
pub(super) fn title(desk: &Desk<'_>) -> String {
    if let Some(request) = brought_whole(desk.look) {
        return request.title.show();
    }
    desk.look.opening().map_or_else(
        || desk.look.record.hotfix.to_string(),
        |opening| Untrusted::new(opening.title.as_str()).show(),
    )
}

/// Returns the request that brought exactly what somebody asked to carry, as one commit.
fn brought_whole(look: Look<'_>) -> Option<&ChangeRequest> {
    let asked = look.record.snapshot.as_ref();
    let asked = asked.filter(|_| !look.book.lands_fix())?;
    let request = source_request(look.book, look.record, look.requests())?;
    let merged = request.merged()?;
    let is_one_commit = merged.method != Some(MergeMethod::Rebase);
    (merged.commit == asked.head && is_one_commit).then_some(request)
}
