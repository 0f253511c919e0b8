//! Checklist items: ticked from evidence at every look, or by a person with a note.

use crate::engine::look::Look;
use crate::engine::state::ItemProgress;
use crate::engine::state::ItemState;
use crate::engine::state::StepProgress;
use crate::engine::state::StepState;
use crate::engine::state::TargetProgress;
use crate::model::ChecklistItem;
use crate::model::Edge;
use crate::model::EvidenceRule;
use crate::model::Lane;
use crate::model::PredictionOutcome;
use crate::model::Role;
use crate::model::Seen;
use crate::model::StepId;
use crate::model::Verdict;
use crate::playbook::Work;

use super::unproven::unproven;

pub(super) fn items(look: Look<'_>, steps: &[StepProgress]) -> Vec<ItemProgress> {
    look.book
        .checklist
        .iter()
        .map(|item| {
            let unproven = match &item.evidence {
                Some(EvidenceRule::Merged(id)) => unproven(look, steps, id),
                Some(_) | None => None,
            };
            let (state, is_automatic) = match (&item.evidence, unproven) {
                (None, _) => (by_hand(look, item, None), false),
                (Some(_), Some(why)) => (by_hand(look, item, Some(&why)), false),
                (Some(rule), None) => (by_rule(look, steps, rule), true),
            };
            ItemProgress {
                id: item.id.clone(),
                text: item.text.clone(),
                phase: item.phase,
                state,
                is_automatic,
            }
        })
        .collect()
}

/// Returns the state of an item that a person ticks; `unproven` is why no evidence does.
fn by_hand(look: Look<'_>, item: &ChecklistItem, unproven: Option<&str>) -> ItemState {
    match look.record.ticks.get(&item.id) {
        Some(tick) if tick.is_ticked => ItemState::DoneBy {
            by: tick.by.show(),
            at: tick.at,
            note: tick.note.clone(),
        },
        Some(tick) => ItemState::Todo {
            why: format!("unticked by {}: {}", tick.by.show(), tick.note),
        },
        None => ItemState::Todo {
            why: unproven.map_or_else(
                || "a person ticks it".to_owned(),
                |why| format!("{why}: a person ticks it"),
            ),
        },
    }
}

fn by_rule(look: Look<'_>, steps: &[StepProgress], rule: &EvidenceRule) -> ItemState {
    match rule {
        EvidenceRule::Step(id) => with_step(steps, id, |step| by_state(look, step)),
        EvidenceRule::Opened(id) => with_step(steps, id, |step| {
            by_targets(look, step, "no change request yet", |target| {
                target.request.is_some()
            })
        }),
        EvidenceRule::Resolved(id) => with_step(steps, id, |step| {
            by_targets(
                look,
                step,
                "not opened yet, or conflicts to decide",
                |target| {
                    target.request.is_some()
                        && target.undecided.is_empty()
                        && !target.is_conflicting()
                },
            )
        }),
        EvidenceRule::Merged(id) if is_change(look, id) => {
            with_step(steps, id, |step| by_state(look, step))
        }
        EvidenceRule::Merged(id) => with_step(steps, id, |step| {
            by_targets(look, step, "not merged yet", |target| {
                target.stage == "merged"
            })
        }),
        EvidenceRule::Seat(role) => by_seat(look, steps, role),
        EvidenceRule::PresentInBuild => present_in_build(look),
        EvidenceRule::PromotionsClean => promotions_clean(look),
    }
}

fn is_change(look: Look<'_>, id: &StepId) -> bool {
    let step = look.book.step(id);
    step.is_some_and(|step| matches!(step.work, Work::Change(_)))
}

fn with_step(
    steps: &[StepProgress],
    id: &StepId,
    state: impl FnOnce(&StepProgress) -> ItemState,
) -> ItemState {
    let Some(step) = steps.iter().find(|step| &step.id == id) else {
        return ItemState::NotApplicable {
            reason: format!("this playbook has no step `{id}`"),
        };
    };
    match &step.state {
        StepState::Skipped { by, why } => ItemState::NotApplicable {
            reason: format!("step `{id}` was skipped by {by}: {why}"),
        },
        StepState::Waiting(_)
        | StepState::Ready
        | StepState::Underway(_)
        | StepState::Done(_)
        | StepState::Failed(_) => state(step),
    }
}

fn by_state(look: Look<'_>, step: &StepProgress) -> ItemState {
    match &step.state {
        StepState::Done(_) => ItemState::DoneByEvidence {
            evidence: step.state.evidence().join("; "),
        },
        StepState::Failed(why) => ItemState::Failed {
            why: why.join("; "),
        },
        StepState::Underway(_) => ItemState::Running {
            what: format!("step `{}` is underway", step.id),
        },
        StepState::Waiting(_) => ItemState::Todo {
            why: step.state.why(look.seen.now).join("; "),
        },
        StepState::Ready => ItemState::Todo {
            why: format!("step `{}` can be done now", step.id),
        },
        StepState::Skipped { by, why } => ItemState::NotApplicable {
            reason: format!("skipped by {by}: {why}"),
        },
    }
}

/// Judges a carrying step by its targets. One that is over needs nothing more; one that is open again has everything before
/// it once more, and says why.
fn by_targets(
    look: Look<'_>,
    step: &StepProgress,
    what: &str,
    is_so: impl Fn(&TargetProgress) -> bool,
) -> ItemState {
    let (again, begun): (Vec<&TargetProgress>, Vec<&TargetProgress>) = step
        .targets
        .iter()
        .filter(|target| !target.state.is_over())
        .partition(|target| target.is_open_again());
    let left: Vec<&str> = begun
        .into_iter()
        .filter(|target| !is_so(target))
        .map(|target| target.lane.as_str())
        .collect();
    let again = again.into_iter();
    let mut why: Vec<String> = again
        .flat_map(|target| target.state.why(look.seen.now))
        .collect();
    if !left.is_empty() {
        why.insert(0, format!("{what}: {}", left.join(", ")));
    }
    if why.is_empty() {
        let all: Vec<String> = step
            .targets
            .iter()
            .map(|target| match target.request {
                Some(request) => format!("{} (change request {request})", target.lane),
                None => target.lane.to_string(),
            })
            .collect();
        return ItemState::DoneByEvidence {
            evidence: if all.is_empty() {
                "no lane needs it".to_owned()
            } else {
                all.join(", ")
            },
        };
    }
    ItemState::Todo {
        why: why.join("; "),
    }
}

/// A seat counts where it was filled for production: on the go-live or on the request into the production lane.
fn by_seat(look: Look<'_>, steps: &[StepProgress], role: &Role) -> ItemState {
    let is_production = |id: &StepId| match look.book.step(id).map(|step| &step.work) {
        Some(Work::Deploy { environment, .. }) => look
            .project()
            .environment(environment)
            .is_some_and(|environment| environment.is_production),
        Some(Work::Change(change)) => look.is_production(&change.into),
        Some(
            Work::Commits { .. }
            | Work::Carry(_)
            | Work::Compare { .. }
            | Work::Seed { .. }
            | Work::Migration { .. }
            | Work::Confirm { .. }
            | Work::Postmortem,
        )
        | None => false,
    };
    let to_production: Vec<&StepProgress> = steps
        .iter()
        .filter(|step| is_production(&step.id))
        .collect();
    let mut seats = to_production
        .iter()
        .flat_map(|step| &step.seats)
        .filter(|seat| &seat.role == role);
    if let Some((seat, by)) = seats
        .clone()
        .find_map(|seat| Some((seat, seat.taken_by.as_ref()?)))
    {
        return ItemState::DoneByEvidence {
            evidence: format!("{} as {role} on {}", by.show(), seat.subject),
        };
    }
    let is_over =
        !to_production.is_empty() && to_production.iter().all(|step| step.state.is_over());
    // A seat that was overridden is not filled: nothing ticks the item.
    let next = seats.next().map(|seat| (seat, seat.overridden.as_ref()));
    match next {
        Some((seat, Some(one))) => ItemState::Failed {
            why: format!("{} goes on without the {role}, {}", seat.subject, one.words),
        },
        Some((seat, None)) if is_over => ItemState::Failed {
            why: format!("{} went through without the {role}", seat.subject),
        },
        Some((seat, None)) => ItemState::Todo {
            why: format!("waits for the {role} on {}", seat.subject),
        },
        None if is_over => ItemState::NotApplicable {
            reason: format!("production asked for no {role}"),
        },
        None => ItemState::Todo {
            why: format!("nothing for the {role} to approve yet"),
        },
    }
}

fn present_in_build(look: Look<'_>) -> ItemState {
    let lanes: Vec<_> = look.build_lanes().collect();
    if lanes.is_empty() {
        return ItemState::NotApplicable {
            reason: "this project has no BUILD lane".to_owned(),
        };
    }
    let left: Vec<String> = lanes
        .iter()
        .filter(|lane| look.is_present(&lane.name).is_none())
        .map(|lane| {
            let verdict = look
                .presence(&lane.name)
                .map_or(Verdict::Unknown, |presence| presence.verdict);
            let is_unreached = verdict == Verdict::Changed && !look.was_carried(&lane.name);
            let why = if is_unreached {
                " (nothing of it was carried there)"
            } else {
                ""
            };
            format!("{} in {}{why}", verdict.word(), lane.name)
        })
        .collect();
    if left.is_empty() {
        ItemState::DoneByEvidence {
            evidence: present_words(look, &lanes),
        }
    } else {
        ItemState::Todo {
            why: left.join(", "),
        }
    }
}

/// Says of lanes that have the fix which of them have it as it is, and which as what a person accepted.
fn present_words(look: Look<'_>, lanes: &[&Lane]) -> String {
    let mut present: Vec<&str> = Vec::new();
    let mut accepted: Vec<String> = Vec::new();
    for lane in lanes {
        let presence = look.presence(&lane.name);
        match presence.and_then(|presence| look.acknowledgement(presence)) {
            None => present.push(lane.name.as_str()),
            Some(one) => accepted.push(format!(
                "CHANGED in {}, acknowledged by {}",
                lane.name,
                one.by.show()
            )),
        }
    }
    if !present.is_empty() {
        accepted.insert(0, format!("PRESENT in {}", present.join(", ")));
    }
    accepted.join("; ")
}

/// Says what a promotion means whose result has not the fix, and whether the fix is lost by it: only what is there can be.
fn without_fix(look: Look<'_>, edge: &Edge) -> (bool, String) {
    let name = format!("{} -> {}", edge.from, edge.into);
    let verdict = look.presence(&edge.into).map(|presence| presence.verdict);
    match verdict {
        Some(Verdict::Changed) if !look.was_carried(&edge.into) => {
            (false, format!("fix not in {} yet", edge.into))
        }
        Some(Verdict::Present | Verdict::Changed) => (true, format!("{name} would lose the fix")),
        Some(Verdict::Absent | Verdict::Pending) => {
            // It has it, and what comes of the promotion has not: taken out on purpose in the lane that it leads to.
            if look.is_present(&edge.from).is_some() {
                (false, format!("{name} would not bring the fix"))
            } else {
                (false, format!("fix not in {} yet", edge.into))
            }
        }
        Some(Verdict::Unknown) | None => (false, format!("fix UNKNOWN in {}", edge.into)),
    }
}

fn promotions_clean(look: Look<'_>) -> ItemState {
    let edges = look.project().edges();
    if edges.is_empty() {
        return ItemState::NotApplicable {
            reason: "no lane is promoted into another".to_owned(),
        };
    }
    let mut lost = Vec::new();
    let mut left = Vec::new();
    for edge in &edges {
        let name = format!("{} -> {}", edge.from, edge.into);
        let Some(sight) = look.seen.edges.get(edge).and_then(Seen::value) else {
            left.push(format!("{name} not seen"));
            continue;
        };
        match &sight.promotion {
            PredictionOutcome::Clean | PredictionOutcome::Already => match &sight.fix_after {
                Some(presence) if look.is_alive(presence) => {}
                Some(presence) if presence.verdict == Verdict::Absent => {
                    let (is_lost, words) = without_fix(look, edge);
                    let told = if is_lost { &mut lost } else { &mut left };
                    // Several lanes may lead into one that has not the fix yet.
                    if !told.contains(&words) {
                        told.push(words);
                    }
                }
                Some(presence) => {
                    left.push(format!("fix {} after {name}", presence.verdict.word()));
                }
                None => left.push(format!("{name} not proven")),
            },
            PredictionOutcome::Conflict { .. } => left.push(format!("{name} conflicts")),
            PredictionOutcome::Blocked { why } | PredictionOutcome::Unknown { why } => {
                left.push(format!("{name}: {why}"));
            }
        }
    }
    if lost.is_empty() && left.is_empty() {
        ItemState::DoneByEvidence {
            evidence: format!("{} promotions keep the fix", edges.len()),
        }
    } else {
        lost.extend(left);
        ItemState::Todo {
            why: lost.join(", "),
        }
    }
}
