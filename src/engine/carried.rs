//! What is carried into a target, and under which names (flows.md 5.3, 5.5, 5.6).

use crate::model::BranchName;
use crate::model::ChangeRequest;
use crate::model::CommitId;
use crate::model::HotfixId;
use crate::model::LaneName;
use crate::model::MergeMethod;
use crate::model::Merged;
use crate::model::NameError;
use crate::model::StepId;
use crate::playbook::Carry;
use crate::playbook::Playbook;
use crate::playbook::Strategy;
use crate::record::Event;
use crate::record::Record;

use super::look::Look;
use super::observation::FixSight;
use super::ours::source_merges;
use super::ours::source_request;
use super::two_branch;

/// Returns the marker key of one target, unique in its hotfix.
pub(super) fn key(step: &StepId, lane: &LaneName) -> String {
    format!("{step}/{lane}")
}

/// Returns the commits that a carrying step brings to each of its targets, oldest first.
///
/// Predictions, plans and branches must all mean the same commits, so this is the one place that chooses them.
/// Empty where what is to be carried is not known yet.
pub fn carried(
    carry: &Carry,
    book: &Playbook,
    record: &Record,
    fix: Option<&FixSight>,
    requests: &[ChangeRequest],
    source_tip: Option<&CommitId>,
) -> Vec<CommitId> {
    let recorded = || record.snapshot.as_ref();
    match carry.strategy {
        Strategy::MergeLane => source_tip.into_iter().cloned().collect(),
        Strategy::MergeFix => fix
            .and_then(|fix| fix.head.clone())
            .or_else(|| recorded().map(|snapshot| snapshot.head.clone()))
            .into_iter()
            .collect(),
        Strategy::Pick => {
            if let Some(asked) = asked_for(book, record) {
                return asked;
            }
            let chosen = fix.map_or(&[][..], |fix| fix.picks.chosen(carry.unit));
            if !chosen.is_empty() {
                return chosen.iter().map(|commit| commit.id.clone()).collect();
            }
            let merges = source_merges(book, record, requests);
            let is_one_commit = |merged: &&Merged| match merged.method {
                Some(MergeMethod::Merge | MergeMethod::Squash) => true,
                Some(MergeMethod::Rebase) | None => false,
            };
            if !merges.is_empty() && merges.iter().all(is_one_commit) {
                // A merge commit is picked as one (`-m 1`): one conflict round for all that it brought.
                return merges.iter().map(|merged| merged.commit.clone()).collect();
            }
            let seen: Vec<CommitId> = fix
                .map(|fix| fix.commits.iter().map(|one| one.id.clone()).collect())
                .unwrap_or_default();
            if seen.is_empty() {
                recorded()
                    .map(|snapshot| snapshot.commits.clone())
                    .unwrap_or_default()
            } else {
                seen
            }
        }
    }
}

/// Returns the commits that somebody named, where no step of the playbook lands the fix: these and no others.
///
/// The record says whether it is carried without a hotfix. For the debt clock every record is read beside the playbook of
/// the selected one, which may land its fix where this one does not, or the other way round.
pub fn asked_for(book: &Playbook, record: &Record) -> Option<Vec<CommitId>> {
    let is_anothers_book = book.id == ALONE;
    if !is_alone_record(record) && (is_anothers_book || book.lands_fix()) {
        return None;
    }
    record
        .snapshot
        .as_ref()
        .map(|snapshot| snapshot.commits.clone())
}

/// Tells whether a record is of what is carried without a hotfix.
pub(super) fn is_alone_record(record: &Record) -> bool {
    let opening = record.opening.as_ref();
    opening.is_some_and(|opening| opening.playbook == ALONE)
}

/// Returns the readable part of a hotfix id: `20260412-checkout-null-7f3a9c` is about `checkout-null`.
pub(super) fn slug(hotfix: &HotfixId) -> &str {
    let whole = hotfix.as_str();
    let tail = whole.split_once('-').map_or(whole, |(_, tail)| tail);
    tail.rsplit_once('-').map_or(tail, |(slug, _)| slug)
}

/// Returns the branch to build for a target: the pattern's name, or with `-2`, `-3` where that name was used
/// before. A name that was ever merged or closed, or that somebody else took, is not used again: a later part of the fix
/// has a branch of its own, also where the forge has forgotten the request of the earlier one.
pub(super) fn branch(
    look: Look<'_>,
    step: &StepId,
    carry: &Carry,
    lane: &LaneName,
    commits: &[CommitId],
) -> Result<BranchName, String> {
    branch_where(look, step, carry, lane, commits, &|_| true)
}

/// Returns the branch of the real request where the conflict is resolved on two branches beside it: those must be
/// free as well.
pub(super) fn branch_beside_two(
    look: Look<'_>,
    step: &StepId,
    carry: &Carry,
    lane: &LaneName,
    commits: &[CommitId],
) -> Result<(BranchName, BranchName, BranchName), String> {
    let are_free = |name: &BranchName| {
        two_branch::branches(name).is_none_or(|(base, side)| {
            let is_pair = |one: &ChangeRequest| one.from == side || one.into == base;
            let is_there = look.tip(&base).is_some() || look.tip(&side).is_some();
            !look.requests().iter().any(is_pair) && (!is_there || began(look, &base))
        })
    };
    let name = branch_where(look, step, carry, lane, commits, &are_free)?;
    match two_branch::branches(&name) {
        Some((base, side)) => Ok((name, base, side)),
        None => Err(format!("{name} is too long for two branches beside it")),
    }
}

fn branch_where(
    look: Look<'_>,
    step: &StepId,
    carry: &Carry,
    lane: &LaneName,
    commits: &[CommitId],
    fits: &impl Fn(&BranchName) -> bool,
) -> Result<BranchName, String> {
    let base = base_name(look, carry, lane, commits);
    let mut number = 1;
    loop {
        let text = if number == 1 {
            base.clone()
        } else {
            format!("{base}-{number}")
        };
        let name: BranchName = text.parse().map_err(|error: NameError| error.to_string())?;
        if let Some(branch) = in_the_way(look, &name) {
            return Err(format!(
                "{branch} is a branch, so {name} cannot be one: name it otherwise with `branch`"
            ));
        }
        if is_free(look, step, lane, &name) && fits(&name) {
            return Ok(name);
        }
        number += 1;
    }
}

/// Returns the pattern's name for a target, before it is known whether that is free.
fn base_name(look: Look<'_>, carry: &Carry, lane: &LaneName, commits: &[CommitId]) -> String {
    let request = source_request(look.book, look.record, look.requests()).map_or_else(
        || slug(&look.record.hotfix).to_owned(),
        |request| request.id.to_string(),
    );
    // `/` becomes `-` in the name only: `backport/release` and `backport/release/1.0` cannot both exist.
    let flat = |name: &LaneName| name.as_str().replace('/', "-");
    carry
        .branch
        .replace("{target}", &flat(lane))
        .replace("{source}", &flat(&carry.source))
        .replace("{request}", &request)
        .replace("{sha7}", commits.last().map_or("", CommitId::short))
        .replace("{slug}", slug(&look.record.hotfix))
        .replace("{id}", look.record.hotfix.as_str())
}

/// Tells whether a request is the one that the team's own pipeline opens for a target: from a branch of the pattern's
/// name, with as many digits of the commit as the pipeline writes.
pub(super) fn is_by_pipeline(
    look: Look<'_>,
    carry: &Carry,
    lane: &LaneName,
    request: &ChangeRequest,
) -> bool {
    if request.hotfix.is_some() || !carry.branch.ends_with("{sha7}") {
        return false;
    }
    let commits = carried(
        carry,
        look.book,
        look.record,
        look.fix(),
        look.requests(),
        look.lane_tip(&carry.source),
    );
    let is_named_after = |commit: &CommitId| {
        let base = base_name(look, carry, lane, std::slice::from_ref(commit));
        let more = request.from.as_str().strip_prefix(&base);
        more.is_some_and(|more| commit.as_str()[commit.short().len()..].starts_with(more))
    };
    let Some((last, earlier)) = commits.split_last() else {
        return false;
    };
    // While it is open, one for an earlier part of the fix is in the way of a second one as well.
    is_named_after(last) || (request.is_open() && earlier.iter().any(is_named_after))
}

/// The playbook of what is carried without a hotfix, and how the ids of such records begin.
pub const ALONE: &str = "backport";

/// Returns the id under which commits are carried without a hotfix: one is named by itself, several by their newest and by
/// where they begin.
pub fn alone_id(newest: &CommitId, since: Option<&CommitId>) -> String {
    let short = |id: &CommitId| id.as_str()[..12].to_owned();
    let newest = short(newest);
    match since {
        None => format!("{ALONE}-{newest}"),
        Some(base) => format!("{ALONE}-{newest}-since-{}", short(base)),
    }
}

/// Tells whether a record is of this one commit, carried without a hotfix.
pub fn is_alone_of(hotfix: &HotfixId, commit: &CommitId) -> bool {
    is_named(hotfix.as_str(), &alone_id(commit, None))
}

/// Tells whether a request carries the very same without a hotfix (`lanekeeper backport`): its record is named after what
/// it carries.
pub(super) fn is_alone(look: Look<'_>, carry: &Carry, request: &ChangeRequest) -> bool {
    let Some(hotfix) = request.hotfix.as_ref() else {
        return false;
    };
    let is_closed = !request.is_open() && request.merged().is_none();
    if is_closed || hotfix == &look.record.hotfix {
        return false;
    }
    alone_ids(look, carry)
        .iter()
        .any(|id| is_named(hotfix.as_str(), id))
}

/// Tells whether a record is the one of this id, or one that was begun after it with a number of its own.
fn is_named(hotfix: &str, id: &str) -> bool {
    let Some(more) = hotfix.strip_prefix(id) else {
        return false;
    };
    let is_number = |number: &str| number.parse::<usize>().is_ok();
    more.is_empty() || more.strip_prefix('-').is_some_and(is_number)
}

/// Returns the ids under which somebody would carry the same without a hotfix.
fn alone_ids(look: Look<'_>, carry: &Carry) -> Vec<String> {
    let source = look.lane_tip(&carry.source);
    let requests = look.requests();
    let commits = carried(carry, look.book, look.record, look.fix(), requests, source);
    let mut ids = Vec::new();
    match &commits[..] {
        [] => {}
        [only] => ids.push(alone_id(only, None)),
        [oldest, .., newest] => {
            let fix = look.fix();
            let known = fix.map_or(&[][..], |fix| &fix.picks.single).iter();
            let mut known = known.chain(fix.map_or(&[][..], |fix| &fix.commits));
            let base = known
                .find(|commit| &commit.id == oldest)
                .and_then(|commit| commit.parents.first());
            ids.extend(base.map(|base| alone_id(newest, Some(base))));
        }
    }
    // A hotfix as a whole is the one commit that brought it into RUN, however many are picked here.
    if look.book.lands_fix()
        && let [merged] = source_merges(look.book, look.record, requests)[..]
    {
        match merged.method {
            Some(MergeMethod::Merge | MergeMethod::Squash) => {
                ids.push(alone_id(&merged.commit, None));
            }
            Some(MergeMethod::Rebase) | None => {}
        }
    }
    ids
}

/// Tells whether a request that was not opened for `hotfix` says that people must resolve something in it: by a label that
/// no clean one has, or, where it is one of ours, by being a draft.
pub fn says_unresolved(hotfix: &HotfixId, carry: &Carry, request: &ChangeRequest) -> bool {
    let is_mark =
        |label: &String| carry.conflict_labels.contains(label) && !carry.labels.contains(label);
    let is_draft = request.is_draft || request.title.raw().starts_with("Draft: ");
    let is_anothers = request.hotfix.as_ref().is_some_and(|other| other != hotfix);
    request.labels.iter().any(is_mark) || is_anothers && is_draft
}

/// Returns the branch that stands where the name needs a folder: `backport` where `backport/develop` is wanted.
fn in_the_way(look: Look<'_>, name: &BranchName) -> Option<BranchName> {
    let text = name.as_str();
    text.match_indices('/')
        .filter_map(|(at, _)| text[..at].parse().ok())
        .find(|above: &BranchName| look.tip(above).is_some())
}

/// Tells whether a name can be used for this target: never used, or ours and cut short before it was recorded.
fn is_free(look: Look<'_>, step: &StepId, lane: &LaneName, name: &BranchName) -> bool {
    if look.requests().iter().any(|request| &request.from == name) || was_opened(look, name) {
        return false;
    }
    let is_elsewhere = look
        .record
        .built
        .iter()
        .any(|(key, built)| &built.branch == name && key != &(step.clone(), lane.clone()));
    if is_elsewhere {
        return false;
    }
    match look.tip(name) {
        None => !is_folder(look, name),
        Some(_) => began(look, name),
    }
}

/// Tells whether the record has a request from a branch of this name, in whatever place.
fn was_opened(look: Look<'_>, name: &BranchName) -> bool {
    look.record.entries.iter().any(
        |entry| matches!(&entry.event, Some(Event::RequestOpened { from, .. }) if from == name),
    )
}

/// Tells whether other branches lie below the name, as if it were a folder.
fn is_folder(look: Look<'_>, name: &BranchName) -> bool {
    let folder = format!("{name}/");
    let tips = look.seen.tips.value();
    tips.is_some_and(|tips| {
        tips.keys()
            .any(|branch| branch.as_str().starts_with(&folder))
    })
}

/// Tells whether a push of this branch was begun by us and its result never recorded.
pub(super) fn began(look: Look<'_>, name: &BranchName) -> bool {
    let pushed = format!("git push {} <- ", name.to_ref());
    look.record
        .effects
        .values()
        .flatten()
        .any(|effect| effect.call.contains(&pushed))
}

/// Returns the trailers of a carried commit; git's own `cherry picked from` line is added where it is picked.
pub(super) fn trailers(look: Look<'_>, lane: &LaneName) -> Vec<String> {
    let mut trailers = vec![format!("Hotfix-Id: {}", look.record.hotfix)];
    if let Some(request) = source_request(look.book, look.record, look.requests()) {
        trailers.push(format!("Backport-of: !{}", request.id));
    }
    trailers.push(format!("Backport-target: {lane}"));
    trailers
}
