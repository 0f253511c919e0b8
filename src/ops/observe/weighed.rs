//! What becomes of the fix where something is merged: of every open request that may carry it, and whether anything of it
//! ever came into the lanes whose files do not tell.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::engine::FixSpan;
use crate::engine::Weighed;
use crate::engine::alone_id;
use crate::engine::is_conflict_base;
use crate::engine::is_ours;
use crate::git::Error;
use crate::git::Question;
use crate::git::Repo;
use crate::model::BranchName;
use crate::model::ChangeRequest;
use crate::model::Commit;
use crate::model::CommitId;
use crate::model::Lane;
use crate::model::LaneName;
use crate::model::PathVerdict;
use crate::model::PredictionOutcome;
use crate::model::Presence;
use crate::model::Rule;
use crate::model::Seen;
use crate::model::Verdict;
use crate::playbook::Carry;
use crate::record::Record;

use super::Look;
use super::fix::Fix;
use super::fix::arrival;
use super::lanes::promoted;

/// Requests that one hotfix has open into its targets are few; of more, the rest is told not to be known.
const MOST: usize = 60;

/// One request, with the lane that it leads into and where that is.
struct Asked<'a> {
    lane: &'a LaneName,
    head: &'a CommitId,
    onto: &'a CommitId,
}

impl Asked<'_> {
    fn question(&self) -> Question {
        Question::Merge {
            other: self.head.clone(),
            onto: self.onto.clone(),
        }
    }
}

/// Returns the open requests that may carry the fix into a target, and those that bring it into RUN. One too many costs a
/// merge; which one it is for a step the engine says.
fn asked<'a>(look: &'a Look, fix: Option<&Fix>, requests: &'a [ChangeRequest]) -> Vec<Asked<'a>> {
    let Some(record) = look.record.as_deref() else {
        return Vec::new();
    };
    let mut found: Vec<Asked<'a>> = Vec::new();
    for carry in look.book.steps.iter().filter_map(|step| step.work.carry()) {
        let source = look.book.project.lane(&carry.source);
        let source = source.and_then(Lane::branch_name);
        for lane in &carry.targets {
            found.extend(open_into(look, requests, lane, |request| {
                may_carry(record, carry, source.as_ref(), request)
                    || fix.is_some_and(|fix| carries_alone(fix, request))
            }));
        }
    }
    let branch = record.opening.as_ref().map(|opening| &opening.branch);
    let steps = look.book.steps.iter();
    for lane in steps.filter_map(|step| step.work.takes_fix_into()) {
        found.extend(open_into(look, requests, lane, |request| {
            branch == Some(&request.from)
        }));
    }
    found.truncate(MOST);
    found
}

/// Returns the open requests into a lane that are meant.
fn open_into<'a>(
    look: &'a Look,
    requests: &'a [ChangeRequest],
    lane: &'a LaneName,
    is_meant: impl Fn(&ChangeRequest) -> bool,
) -> Vec<Asked<'a>> {
    let branch = look.book.project.lane(lane);
    let branch = branch.and_then(Lane::branch_name);
    let (Some(branch), Some(onto)) = (branch, look.lane_tip(lane)) else {
        return Vec::new();
    };
    let open = requests.iter().filter(|request| {
        request.is_open()
            && request.into == branch
            // What was not fetched at this head is not merged at it either.
            && look.tips.get(&request.from) == Some(&request.head)
            && is_meant(request)
    });
    open.map(|request| Asked {
        lane,
        head: &request.head,
        onto,
    })
    .collect()
}

/// Tells whether a request may be one that carries the fix: opened for it, from a branch that was built for it, from the
/// lane that is carried, or from a branch of the pattern's name.
fn may_carry(
    record: &Record,
    carry: &Carry,
    source: Option<&BranchName>,
    request: &ChangeRequest,
) -> bool {
    let pattern = carry.branch.split('{').next().unwrap_or_default();
    let is_named = !pattern.is_empty() && request.from.as_str().starts_with(pattern);
    is_ours(record, request)
        || record.has_opened(request.id)
        || record
            .built
            .values()
            .any(|built| built.branch == request.from)
        || source == Some(&request.from)
        || (request.hotfix.is_none() && is_named)
}

/// Tells whether a request carries commits of the fix without a hotfix (`lanekeeper backport`): its record is named after
/// the newest of them.
fn carries_alone(fix: &Fix, request: &ChangeRequest) -> bool {
    request.hotfix.as_ref().is_some_and(|hotfix| {
        let mut own = fix.own.iter();
        own.any(|commit| hotfix.as_str().starts_with(&alone_id(commit, None)))
    })
}

/// Returns what will be asked of git.
pub(super) fn questions(
    look: &Look,
    fix: Option<&Fix>,
    requests: &[ChangeRequest],
) -> Vec<Question> {
    let asked = asked(look, fix, requests).into_iter();
    asked.map(|one| one.question()).collect()
}

/// Weighs every open request that may carry the fix, or brings it into RUN.
pub(super) fn weighed(
    look: &Look,
    fix: Option<&Fix>,
    requests: &[ChangeRequest],
) -> BTreeMap<(LaneName, CommitId), Seen<Weighed>> {
    let Some(span) = fix.and_then(Fix::span) else {
        return BTreeMap::new();
    };
    let asked = asked(look, fix, requests).into_iter();
    let mut weighed: BTreeMap<_, _> = asked
        .map(|one| {
            let key = (one.lane.clone(), one.head.clone());
            (key, weigh_request(look, &span, &one))
        })
        .collect();
    weighed.extend(resolved(look, &span));
    weighed
}

/// Weighs what people resolved on a branch beside a target (`two-branch`), against the target as they had it there: the
/// difference is what a commit would be made of.
fn resolved(look: &Look, span: &FixSpan) -> BTreeMap<(LaneName, CommitId), Seen<Weighed>> {
    let built = look.record.iter().flat_map(|record| &record.built);
    built
        .filter(|(_, built)| is_conflict_base(built))
        .filter_map(|((_, lane), built)| {
            let (tip, now) = (look.tips.get(&built.branch)?, look.lane_tip(lane)?);
            // As it was built nobody resolved anything; what replaced it is no resolution of it.
            if tip == &built.head || !look.repo.is_ancestor(&built.head, tip).unwrap_or(false) {
                return None;
            }
            let held = look.repo.newest_held(&built.onto, now, tip);
            let found = held.and_then(|held| weigh(&look.repo, span, &held, Some(tip), tip));
            Some(((lane.clone(), tip.clone()), look.sight.of_result(found)))
        })
        .collect()
}

fn weigh_request(look: &Look, span: &FixSpan, one: &Asked<'_>) -> Seen<Weighed> {
    let merged = match promoted(&look.repo, Some(&*look.forge), one.head, one.onto) {
        Ok(merged) => merged,
        Err(error) => return look.sight.of_result(Err(error)),
    };
    let (tree, conflicts) = match merged.outcome {
        PredictionOutcome::Clean | PredictionOutcome::Already => (merged.tree, Vec::new()),
        PredictionOutcome::Conflict { paths } => (None, paths),
        PredictionOutcome::Blocked { why } | PredictionOutcome::Unknown { why } => {
            return Seen::unknown(why);
        }
    };
    let found = weigh(&look.repo, span, one.onto, tree.as_ref(), one.head);
    look.sight.of_result(found.map(|weighed| Weighed {
        conflicts,
        ..weighed
    }))
}

/// Weighs a tree (or that of a commit) that `commit` makes of a lane at `onto`; none where the two do not merge.
pub(in crate::ops) fn weigh(
    repo: &Repo,
    span: &FixSpan,
    onto: &CommitId,
    tree: Option<&CommitId>,
    commit: &CommitId,
) -> Result<Weighed, Error> {
    let Some(tree) = tree else {
        return Ok(Weighed {
            onto: onto.clone(),
            fix: None,
            conflicts: Vec::new(),
            changes_nothing: false,
            untouched: BTreeSet::new(),
        });
    };
    let (verdict, paths) = repo.presence_in_tree(&span.base, &span.head, tree)?;
    let differing = paths.iter().filter(|path| path.verdict != Verdict::Present);
    // Under the name that the file has there.
    let name = |path: &PathVerdict| path.at.as_ref().unwrap_or(&path.path).clone();
    let names: Vec<String> = differing.clone().map(name).collect();
    let same = repo.same_files(onto, tree, &names)?;
    let untouched = differing.filter(|path| same.contains(&name(path)));
    Ok(Weighed {
        onto: onto.clone(),
        conflicts: Vec::new(),
        changes_nothing: repo.tree_of(onto)? == repo.tree_of(tree)?,
        untouched: untouched.map(|path| path.path.clone()).collect(),
        fix: Some(Presence {
            verdict,
            rule: Some(Rule::Tree),
            tip: commit.clone(),
            paths,
        }),
    })
}

/// Returns the lanes in which the fix is CHANGED and that nothing of it ever came into. Where one file has the fix as it
/// is, something of it is there, by whatever way.
pub(super) fn unreached(
    look: &Look,
    fix: Option<&Fix>,
    presence: &BTreeMap<LaneName, Seen<Presence>>,
) -> Result<BTreeSet<LaneName>, Error> {
    let mut unreached = BTreeSet::new();
    let Some((fix, span)) = fix.and_then(|fix| Some((fix, fix.span()?))) else {
        return Ok(unreached);
    };
    let own: Vec<CommitId> = fix.own.iter().cloned().collect();
    for (lane, presence) in changed_throughout(presence) {
        if !look
            .repo
            .has_come(&span.base, &span.head, &own, &presence.tip)?
        {
            unreached.insert(lane.clone());
        }
    }
    Ok(unreached)
}

/// Returns the lanes in which the fix is CHANGED and into which everything that carries it brought nothing of it: whoever
/// solved its conflict left all files as the lane had them. Of a lane that is left out nobody can say so.
pub(super) fn dropped(
    look: &Look,
    fix: Option<&Fix>,
    presence: &BTreeMap<LaneName, Seen<Presence>>,
) -> BTreeSet<LaneName> {
    let mut dropped = BTreeSet::new();
    let Some((fix, span)) = fix.and_then(|fix| Some((fix, fix.span()?))) else {
        return dropped;
    };
    let own: Vec<CommitId> = fix.own.iter().cloned().collect();
    for (lane, presence) in changed_throughout(presence) {
        match brought_nothing(&look.repo, &span, &own, &presence.tip) {
            Ok(true) => {
                dropped.insert(lane.clone());
            }
            Ok(false) => {}
            // The lane counts as one that took something.
            Err(error) => tracing::debug!(%error, %lane, "what came of the fix is not told"),
        }
    }
    dropped
}

/// Returns the lanes in which the fix is CHANGED and no file has it as it is.
fn changed_throughout(
    presence: &BTreeMap<LaneName, Seen<Presence>>,
) -> impl Iterator<Item = (&LaneName, &Presence)> {
    let seen = presence.iter();
    let seen = seen.filter_map(|(lane, seen)| Some((lane, seen.value()?)));
    seen.filter(|(_, one)| one.verdict == Verdict::Changed && !has_part(one))
}

/// Tells whether one file at least has the fix as it is.
fn has_part(presence: &Presence) -> bool {
    let mut paths = presence.paths.iter();
    paths.any(|path| path.verdict == Verdict::Present)
}

/// Tells whether something carried the fix into a lane, and each time nothing of it was there afterwards.
fn brought_nothing(
    repo: &Repo,
    span: &FixSpan,
    own: &[CommitId],
    tip: &CommitId,
) -> Result<bool, Error> {
    let mut came = BTreeSet::new();
    let mut are_without = |carriers: &[CommitId]| -> Result<bool, Error> {
        for carrier in carriers {
            if repo.commit(carrier).is_err() || !repo.is_ancestor(carrier, tip)? {
                continue;
            }
            // What came so long ago that nobody finds it brought something.
            let Some(commit) = arrival(repo, carrier, tip)? else {
                return Ok(false);
            };
            if came.insert(commit.id.clone()) && !is_without(repo, span, &commit)? {
                return Ok(false);
            }
        }
        Ok(true)
    };
    let is_dropped =
        are_without(own)? && are_without(&repo.copies(&span.base, &span.head, own, tip)?)?;
    Ok(is_dropped && !came.is_empty())
}

/// Tells whether nothing of the fix was in a lane after one of its commits, or not more of it than before.
fn is_without(repo: &Repo, span: &FixSpan, commit: &Commit) -> Result<bool, Error> {
    let Some(before) = commit.parents.first() else {
        return Ok(false);
    };
    let weighed = weigh(repo, span, before, Some(&commit.id), &commit.id)?;
    Ok(weighed.fix.as_ref().is_some_and(|then| match then.verdict {
        Verdict::Absent => true,
        Verdict::Changed => weighed.brings_nothing() && !has_part(then),
        Verdict::Present | Verdict::Pending | Verdict::Unknown => false,
    }))
}
