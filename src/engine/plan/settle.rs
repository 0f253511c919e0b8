//! What a person settles about one target: a conflicted path stays as it is, or the target is given up.

use crate::engine::derive::target_request;
use crate::engine::other_base::open_alarm;
use crate::engine::state::StepProgress;
use crate::engine::state::TargetProgress;
use crate::engine::two_branch::Conflict;
use crate::engine::two_branch::Stage;
use crate::model::CommitId;
use crate::model::LaneName;
use crate::model::StepId;
use crate::model::Verdict;
use crate::playbook::Carry;
use crate::playbook::Step;
use crate::playbook::Work;
use crate::playbook::suggest;
use crate::record::AcknowledgedPath;
use crate::record::Event;

use super::Desk;
use super::Level;
use super::Refusal;
use super::carry::find;
use super::draft::Draft;
use super::refuse;

/// Keeps a conflicted path as it stands in the present head.
pub(super) fn plan_decide(
    desk: &Desk<'_>,
    id: &StepId,
    lane: &LaneName,
    path: &str,
    note: &str,
) -> Result<Draft, Refusal> {
    let wanted = format!("decide {path} for {lane}");
    let (step, carry, target) = carrying(desk, &wanted, id, lane)?;
    if note.trim().is_empty() {
        return Err(refuse(
            wanted,
            "a decision needs a note: why is it right as it stands",
        )
        .hint("say it with --note"));
    }
    desk.can_see(&wanted)?;
    let Some(head) = head_to_decide(desk, id, carry, lane) else {
        return Err(refuse(
            wanted,
            format!("there is no open change request into {lane}"),
        )
        .hint(format!(
            "`{}` shows what can be done now",
            desk.line("next")
        )));
    };
    if !target.undecided.iter().any(|one| one.path == path) {
        let left: Vec<&str> = target
            .undecided
            .iter()
            .map(|one| one.path.as_str())
            .collect();
        return Err(
            refuse(wanted, format!("{path} is not waiting for a decision")).hint(
                if left.is_empty() {
                    "nothing is left to decide".to_owned()
                } else {
                    format!("left: {}", left.join(", "))
                },
            ),
        );
    }
    let mut draft = Draft::lasting(
        format!("keep {path} as it stands in {}", head.short()),
        Event::ConflictDecided {
            step: id.clone(),
            target: lane.clone(),
            path: path.to_owned(),
            head,
            note: note.to_owned(),
        },
    )
    .step(&step.id, Some(lane));
    draft.way_back = "a new head on the branch asks again".to_owned();
    Ok(draft)
}

/// Returns the head that decisions of a target are about: its open request's, or what people merged where the
/// conflict has a request of its own.
fn head_to_decide(
    desk: &Desk<'_>,
    id: &StepId,
    carry: &Carry,
    lane: &LaneName,
) -> Option<CommitId> {
    if let Some(request) = target_request(desk.look, id, carry, lane) {
        return request.is_open().then(|| request.head.clone());
    }
    let conflict = Conflict::of(desk.look, id, lane)?;
    match conflict.stage {
        Stage::Merged(_) => desk.look.tip(&conflict.built.branch).cloned(),
        Stage::Built | Stage::Open(_) | Stage::Closed(_) => None,
    }
}

/// Clears the alarm about a merge onto another base, or accepts a CHANGED verdict for exactly the blobs that are there now (flows.md 6.3): the next change asks again.
pub(super) fn plan_acknowledge(
    desk: &Desk<'_>,
    lane: &LaneName,
    note: &str,
) -> Result<Draft, Refusal> {
    let wanted = format!("acknowledge the fix in {lane}");
    if note.trim().is_empty() {
        return Err(refuse(
            wanted,
            "an acknowledgement needs a note: why is the fix alive as it stands",
        )
        .hint("say it with --note"));
    }
    let lanes = &desk.look.book.project.lanes;
    if !lanes.iter().any(|known| &known.name == lane) {
        let names = lanes.iter().map(|known| known.name.as_str());
        let mut reason = format!("there is no lane {lane}");
        if let Some(hint) = suggest(lane.as_str(), names) {
            reason.push_str(&format!(": {hint}"));
        }
        return Err(refuse(wanted, reason));
    }
    desk.can_see(&wanted)?;
    if let Some(alarm) = open_alarm(desk.look, lane) {
        return Ok(clear(lane, alarm, note));
    }
    accept(desk, wanted, lane, note)
}

/// Accepts what the fix has become in a lane, for the files as they are there and as the fix makes them.
pub(super) fn accept(
    desk: &Desk<'_>,
    wanted: String,
    lane: &LaneName,
    note: &str,
) -> Result<Draft, Refusal> {
    let seen = desk.look.seen.presence.get(lane);
    let Some(presence) = seen.and_then(crate::model::Seen::fresh) else {
        return Err(refuse(
            wanted,
            format!("cannot see whether the fix is in {lane}"),
        ));
    };
    if desk.look.is_present(lane).is_some() {
        return Err(refuse(
            wanted,
            format!("nothing to do: the fix is in {lane}"),
        ));
    }
    if presence.verdict != Verdict::Changed || presence.paths.is_empty() {
        return Err(refuse(
            wanted,
            format!(
                "the fix is {} in {lane}, not CHANGED",
                presence.verdict.word()
            ),
        ));
    }
    let differing = presence.paths.iter();
    let differing = differing.filter(|path| path.verdict != Verdict::Present);
    let (names, paths): (Vec<String>, Vec<AcknowledgedPath>) = differing
        .map(|path| {
            let accepted = AcknowledgedPath {
                path: path.path.clone(),
                blob: path.blob.clone(),
                is_gone: path.blob.is_none(),
                made: path.made.clone(),
            };
            (path.name(), accepted)
        })
        .unzip();
    let mut draft = Draft::lasting(
        format!(
            "acknowledge the fix as it stands in {lane}: {}",
            names.join(", ")
        ),
        Event::VerdictAcknowledged {
            lane: lane.clone(),
            paths,
            note: note.to_owned(),
        },
    );
    for path in &presence.paths {
        let name = path.name();
        match path.verdict {
            Verdict::Present => {}
            Verdict::Changed => draft.ok(format!(
                "{name} is in {lane} neither as with the fix nor as without it"
            )),
            Verdict::Absent => draft.warn(format!("{name} is in {lane} as without the fix")),
            Verdict::Pending | Verdict::Unknown => {
                draft.warn(format!("what {name} is in {lane} could not be told"));
            }
        }
    }
    draft.way_back = "any change of these files asks again".to_owned();
    if !desk.look.was_carried(lane) {
        tell_unreached(desk, lane, &mut draft);
    }
    Ok(draft)
}

/// A lane that nothing of the fix ever came into may have solved it in another way. Whoever says so leaves it out, which
/// is asked about as a skipped step is.
fn tell_unreached(desk: &Desk<'_>, lane: &LaneName, draft: &mut Draft) {
    draft.level = Level::L2;
    draft.warn(if desk.look.was_dropped(lane) {
        format!("nothing of the fix is in {lane}: what was merged there left its files as they were")
    } else {
        format!(
            "nothing of the fix was ever carried into {lane}: no commit, no pick, no merge of it is there"
        )
    });
    let carries = |step: &&StepProgress| {
        let mut targets = step.targets.iter();
        targets.any(|target| &target.lane == lane && !target.state.is_over())
    };
    for step in desk.steps.iter().filter(carries) {
        draft.warn(format!(
            "step `{}` will not bring it there any more: {lane} counts as fixed, by your word alone",
            step.id
        ));
    }
}

/// Says that a person looked at what a merge onto another base brought; another merge is another alarm.
fn clear(lane: &LaneName, alarm: String, note: &str) -> Draft {
    let mut draft = Draft::lasting(
        format!("acknowledge the merge into {lane} onto another base"),
        Event::AlarmCleared {
            what: alarm.clone(),
            note: note.to_owned(),
        },
    );
    draft.warn(alarm);
    draft.way_back = "the record is append-only: a later note can correct it".to_owned();
    draft
}

pub(super) fn plan_abandon(
    desk: &Desk<'_>,
    id: &StepId,
    lane: &LaneName,
    reason: &str,
) -> Result<Draft, Refusal> {
    let wanted = format!("abandon {lane} of {id}");
    let (step, _, target) = carrying(desk, &wanted, id, lane)?;
    if reason.trim().is_empty() {
        return Err(refuse(wanted, "giving a target up needs a reason"));
    }
    if target.state.is_over() {
        let mut why = target.state.evidence();
        why.extend(target.state.why(desk.look.seen.now));
        return Err(refuse(wanted, format!("nothing to do: {}", why.join("; "))));
    }
    let mut draft = Draft::lasting(
        format!("give up {lane} of {id}"),
        Event::TargetAbandoned {
            step: id.clone(),
            target: lane.clone(),
            reason: reason.to_owned(),
        },
    )
    .step(&step.id, Some(lane));
    draft.warn(format!("{lane} will not have the fix"));
    "not possible here: a target that was given up stays so".clone_into(&mut draft.way_back);
    let open = desk
        .look
        .requests()
        .iter()
        .find(|request| Some(request.id) == target.request && request.is_open());
    if let Some(request) = open.map(|request| request.id) {
        draft.warn(format!(
            "change request {request} stays open until somebody closes it"
        ));
    }
    Ok(draft)
}

pub(super) fn carrying<'a>(
    desk: &'a Desk<'_>,
    wanted: &str,
    id: &StepId,
    lane: &LaneName,
) -> Result<(&'a Step, &'a Carry, &'a TargetProgress), Refusal> {
    let (step, progress) = desk.step(id)?;
    let Work::Carry(carry) = &step.work else {
        return Err(refuse(wanted, format!("step `{id}` has no targets")));
    };
    Ok((step, carry, find(progress, lane)?))
}
