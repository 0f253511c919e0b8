//! A request that was clean when it was opened and conflicts with its target since. What nobody worked on is carried anew:
//! the request is closed, and the playbook's way with conflicts begins on a branch of its own. What people made of a branch is
//! theirs: they merge the target into it. One whose branch is gone is closed and carried anew as well.

use crate::engine::derive::conflict_with;
use crate::engine::derive::target_request;
use crate::engine::ours::is_ours;
use crate::engine::state::StepProgress;
use crate::engine::state::TargetProgress;
use crate::engine::words::git_merge;
use crate::model::ChangeRequest;
use crate::model::ConflictPath;
use crate::model::LaneName;
use crate::model::StepId;
use crate::playbook::Carry;
use crate::playbook::ConflictPolicy;
use crate::playbook::Step;
use crate::playbook::Strategy;
use crate::record::Event;

use super::Call;
use super::Desk;
use super::Expectation;
use super::Level;
use super::Refusal;
use super::draft::Draft;
use super::request::open_at_head;
use super::target::names;
use super::target::plan_branch;

/// What may be done about a request that conflicts since.
enum Way {
    /// Closed by us, and carried anew.
    Anew,
    /// Closed by whoever opened it, and carried anew by us then.
    Theirs,
    /// The target is merged into its branch, by hand.
    ByHand,
    /// The playbook builds nothing on a conflict.
    Nothing,
}

/// Plans what becomes of an open request that conflicts with its lane in `paths`.
pub(super) fn plan_anew(
    desk: &Desk<'_>,
    wanted: &str,
    step: &Step,
    carry: &Carry,
    lane: &LaneName,
    (request, paths): (&ChangeRequest, &[ConflictPath]),
) -> Result<Draft, Refusal> {
    let remote = &desk.look.project().remote;
    let id = request.id;
    let again = desk.line(format!("do {} --target {lane}", step.id));
    let hint = match way(desk, &step.id, carry, lane, request) {
        Way::Anew if carry.conflict == ConflictPolicy::Local => {
            return Ok(close_only(desk, step, lane, request, paths));
        }
        Way::Anew => {
            let draft = plan_branch(desk, wanted, step, carry, lane).map_err(|mut refusal| {
                refusal.reasons.insert(0, conflicts(lane, request, paths));
                refusal
            })?;
            return Ok(closed_before(lane, request, paths, draft));
        }
        Way::Theirs => format!(
            "{} or whoever else may closes change request {id} on its page; `{again}` carries it anew then",
            request.author.show()
        ),
        Way::ByHand => format!(
            "{}; resolve, commit, git push: what was made of {} stays",
            git_merge(remote, &request.from, &request.into),
            request.from
        ),
        Way::Nothing => format!(
            "this playbook builds nothing on a conflict: close change request {id} on its page; `{again}` names the commands then"
        ),
    };
    Err(Refusal {
        wanted: format!("merge change request {id} into {lane}"),
        reasons: vec![conflicts(lane, request, paths)],
        hint: Some(hint),
    })
}

/// Plans the same anew where an open request has lost its branch: it can only be closed, and it carries nothing.
pub(super) fn plan_without_branch(
    desk: &Desk<'_>,
    wanted: &str,
    step: &Step,
    carry: &Carry,
    lane: &LaneName,
    (request, gone): (&ChangeRequest, &str),
) -> Result<Draft, Refusal> {
    let mut draft = plan_branch(desk, wanted, step, carry, lane).map_err(|mut refusal| {
        refusal.reasons.insert(0, gone.to_owned());
        refusal
    })?;
    let id = request.id;
    draft.warn(gone);
    let expects = vec![
        open_at_head(request),
        // Whoever pushes it again wants this request.
        Expectation::Branch {
            branch: request.from.clone(),
            at: None,
        },
    ];
    let text = format!(
        "The branch {} is not on the remote any more. This is closed, and the fix is carried into {lane} anew, on a branch of its own.",
        request.from
    );
    close(&mut draft, request, text, &expects);
    draft.title = format!(
        "close change request {id}, whose branch is gone; {}",
        draft.title
    );
    draft.level = draft.level.max(Level::L3);
    Ok(draft)
}

/// Returns git's own line that brings a target into the branch of its request, where nothing else resolves that it
/// conflicts.
pub(in crate::engine) fn merge_by_hand(
    desk: &Desk<'_>,
    step: &StepProgress,
    target: &TargetProgress,
) -> Option<String> {
    let carry = desk.look.book.step(&step.id)?.work.carry()?;
    let lane = &target.lane;
    if !target.is_conflicting() || !target.undecided.is_empty() {
        return None;
    }
    let request = target_request(desk.look, &step.id, carry, lane)?;
    if !request.is_open() || request.is_draft {
        return None;
    }
    conflict_with(desk.look, request, lane)?;
    match way(desk, &step.id, carry, lane, request) {
        Way::ByHand => Some(git_merge(
            &desk.look.project().remote,
            &request.from,
            &request.into,
        )),
        Way::Anew | Way::Theirs | Way::Nothing => None,
    }
}

fn way(
    desk: &Desk<'_>,
    step: &StepId,
    carry: &Carry,
    lane: &LaneName,
    request: &ChangeRequest,
) -> Way {
    let look = desk.look;
    // A target that is merged into one of these goes where they go.
    let is_source = match carry.strategy {
        Strategy::MergeFix => look.fix_branch() == Some(&request.from),
        Strategy::MergeLane => look.branch_of(&carry.source).as_ref() == Some(&request.from),
        Strategy::Pick => false,
    };
    if !is_source && !is_untouched(desk, step, lane, request) {
        return Way::ByHand;
    }
    if !is_ours(look.record, request) && !look.record.has_opened(request.id) {
        return Way::Theirs;
    }
    match carry.conflict {
        ConflictPolicy::Fail => Way::Nothing,
        ConflictPolicy::DraftWithMarkers
        | ConflictPolicy::EmptyCommit
        | ConflictPolicy::Local
        | ConflictPolicy::TwoBranch => Way::Anew,
    }
}

/// Tells whether a request's branch is as we built it, and nobody ever resolved anything for this target: the next branch
/// would ask for all of it once more.
fn is_untouched(desk: &Desk<'_>, step: &StepId, lane: &LaneName, request: &ChangeRequest) -> bool {
    let record = desk.look.record;
    let built = record.built.get(&(step.clone(), lane.clone()));
    let is_as_built =
        built.is_some_and(|built| built.branch == request.from && built.head == request.head);
    let had_conflicts = record.entries.iter().any(|entry| {
        matches!(
            &entry.event,
            Some(Event::TargetBuilt { step: of, target, conflicts, .. })
                if of == step && target == lane && !conflicts.is_empty()
        )
    });
    is_as_built && !had_conflicts
}

/// Closes the request first: a second one beside it would only confuse. Where the rest fails, the same plan without the
/// closing goes on.
fn closed_before(
    lane: &LaneName,
    request: &ChangeRequest,
    paths: &[ConflictPath],
    mut draft: Draft,
) -> Draft {
    let id = request.id;
    let text = comment(lane, paths);
    close(&mut draft, request, text, &[open_at_head(request)]);
    draft.title = format!(
        "close change request {id}, which conflicts; {}",
        draft.title
    );
    draft.level = draft.level.max(Level::L3);
    draft.way_back = format!(
        "open change request {id} again on its page; {}",
        draft.way_back
    );
    draft
}

/// Policy `local`: it is resolved here before anything else is opened, and that begins once the request is closed.
fn close_only(
    desk: &Desk<'_>,
    step: &Step,
    lane: &LaneName,
    request: &ChangeRequest,
    paths: &[ConflictPath],
) -> Draft {
    let id = request.id;
    let mut draft = Draft::new(
        format!("close change request {id}, which conflicts with {lane}"),
        Level::L3,
    );
    draft.warn(conflicts(lane, request, paths));
    let text = comment(lane, paths);
    close(&mut draft, request, text, &[open_at_head(request)]);
    draft.warn(format!(
        "`{}` comes next; another change request is opened after that",
        desk.line(format!("resolve {} --target {lane}", step.id))
    ));
    draft.way_back = format!("open change request {id} again on its page");
    draft
}

/// Says on a request why it is closed.
fn comment(lane: &LaneName, paths: &[ConflictPath]) -> String {
    format!(
        "Conflicts with {lane} since it was opened: {}. It is closed, and the fix is carried into {lane} anew, on a branch of its own.",
        names(paths)
    )
}

/// Closes the request before everything else, and says on it why.
fn close(draft: &mut Draft, request: &ChangeRequest, text: String, expects: &[Expectation]) {
    let id = request.id;
    draft.call(Call::Comment { request: id, text }, expects.to_vec());
    draft.call(Call::CloseRequest { request: id }, expects.to_vec());
    draft.changes.rotate_right(2);
    draft.warn(format!(
        "change request {id} is closed without a merge: what was approved on it does not count for another"
    ));
    draft
        .will_change
        .insert(0, format!("change request {id} is closed"));
}

/// Says that a request conflicts, and where.
fn conflicts(lane: &LaneName, request: &ChangeRequest, paths: &[ConflictPath]) -> String {
    format!(
        "change request {} conflicts with {lane} in {}",
        request.id,
        names(paths)
    )
}
