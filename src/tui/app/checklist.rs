//! The checklist: the playbook's steps with their proof, their targets, the items. What the plan that is carried out here
//! is about stands as it is by that: the latest look may be from before.

use crate::engine::Evidence;
use crate::engine::ItemProgress;
use crate::engine::ItemState;
use crate::engine::Progress;
use crate::engine::StepProgress;
use crate::engine::StepState;
use crate::engine::WaitingOn;
use crate::model::ItemId;
use crate::model::LaneName;
use crate::model::StepId;
use crate::model::Timestamp;

use super::state::App;
use super::state::Pane;
use super::words::Tone;

/// What a row is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum RowId {
    Step(StepId),
    Target(StepId, LaneName),
    Item(ItemId),
}

/// The box before a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// A heading has none.
    None,
    Open,
    /// Something can be done now.
    Ready,
    Underway,
    Done,
    /// Failed, or a person must look.
    Attention,
    Skipped,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// None for a heading, which cannot be selected.
    pub id: Option<RowId>,
    pub mark: Mark,
    pub title: String,
    /// Proof, or the reason why not yet.
    pub note: String,
    /// When and by whom, where it is done.
    pub stamp: String,
    pub tone: Tone,
    pub is_nested: bool,
}

/// Returns the rows that the filter leaves.
pub fn rows(app: &App) -> Vec<Row> {
    let Some(progress) = progress(app) else {
        return Vec::new();
    };
    let now = app.clock.now;
    let mut rows = Vec::new();
    for step in &progress.steps {
        rows.push(step_row(step, now));
        for target in &step.targets {
            let (mark, tone) = mark(&target.state, &[]);
            let note = match &target.state {
                StepState::Done(_) | StepState::Skipped { .. } => explain(&target.state, now),
                StepState::Ready => target.stage.to_owned(),
                StepState::Waiting(_) | StepState::Underway(_) | StepState::Failed(_) => {
                    staged(target.stage, explain(&target.state, now))
                }
            };
            rows.push(Row {
                id: Some(RowId::Target(step.id.clone(), target.lane.clone())),
                mark,
                title: target.lane.to_string(),
                note,
                stamp: stamp(&target.state),
                tone,
                is_nested: true,
            });
        }
    }
    tell_of_run(app, progress, &mut rows);
    if !progress.checklist.is_empty() {
        rows.push(Row {
            id: None,
            mark: Mark::None,
            title: "Checklist".to_owned(),
            note: String::new(),
            stamp: String::new(),
            tone: Tone::Dim,
            is_nested: false,
        });
    }
    rows.extend(progress.checklist.iter().map(item_row));
    if let Some(filter) = app.filter.get(&Pane::Checklist) {
        let wanted = filter.to_lowercase();
        rows.retain(|row| {
            row.id.is_some()
                && format!("{} {}", row.title, row.note)
                    .to_lowercase()
                    .contains(&wanted)
        });
    }
    rows
}

/// Returns how far a target is, and why not further; a reason that begins with the stage says it itself.
fn staged(stage: &str, why: String) -> String {
    let says_itself = why.strip_prefix(stage).is_some_and(|rest| {
        let mut rest = rest.chars();
        rest.next().is_none_or(|c| !c.is_alphanumeric())
    });
    if why.is_empty() {
        stage.to_owned()
    } else if says_itself {
        why
    } else {
        format!("{stage}, {why}")
    }
}

pub(super) fn progress(app: &App) -> Option<&Progress> {
    app.board.as_ref()?.progress.as_ref()
}

/// Marks the rows that the plan which is carried out here works on now, unless the latest look tells of that already.
fn tell_of_run(app: &App, progress: &Progress, rows: &mut [Row]) {
    let run = app.run.as_ref();
    let Some((change, doing)) = run.and_then(|run| run.doing(app.clock.now)) else {
        return;
    };
    let Some(step) = progress
        .steps
        .iter()
        .find(|step| Some(&step.id) == change.step.as_ref() && !is_running(&step.state))
    else {
        return;
    };
    let about = [
        Some(RowId::Step(step.id.clone())),
        change
            .target
            .clone()
            .map(|lane| RowId::Target(step.id.clone(), lane)),
    ];
    let is_its = |row: &&mut Row| row.id.is_some() && about.contains(&row.id);
    for row in rows.iter_mut().filter(is_its) {
        row.mark = Mark::Underway;
        row.tone = Tone::Strong;
        row.note = format!("running here: {doing}");
    }
}

/// Tells whether something of a step runs, as the latest look saw it.
pub(super) fn is_running(state: &StepState) -> bool {
    let StepState::Underway(on) = state else {
        return false;
    };
    on.iter().any(|reason| {
        matches!(
            reason,
            WaitingOn::Job { .. }
                | WaitingOn::Runner { .. }
                | WaitingOn::End { .. }
                | WaitingOn::Health { .. }
                | WaitingOn::Check { .. }
        )
    })
}

fn step_row(step: &StepProgress, now: Timestamp) -> Row {
    let (mark, tone) = mark(&step.state, &step.stages);
    Row {
        id: Some(RowId::Step(step.id.clone())),
        mark,
        title: step.title.clone(),
        note: explain(&step.state, now),
        stamp: stamp(&step.state),
        tone,
        is_nested: false,
    }
}

fn mark(state: &StepState, stages: &[(&'static str, bool)]) -> (Mark, Tone) {
    match state {
        StepState::Waiting(_) => (Mark::Open, Tone::Dim),
        StepState::Ready => (Mark::Ready, Tone::Strong),
        StepState::Underway(on) => {
            let needs_person = on.iter().any(|reason| {
                matches!(
                    reason,
                    WaitingOn::Conflicts { .. } | WaitingOn::Verdict { .. }
                )
            });
            let is_begun = stages.iter().any(|(_, is_reached)| *is_reached) || stages.is_empty();
            if needs_person {
                (Mark::Attention, Tone::Warn)
            } else if is_begun {
                (Mark::Underway, Tone::Strong)
            } else {
                (Mark::Ready, Tone::Strong)
            }
        }
        StepState::Done(_) => (Mark::Done, Tone::Plain),
        StepState::Failed(_) => (Mark::Attention, Tone::Bad),
        StepState::Skipped { .. } => (Mark::Skipped, Tone::Dim),
    }
}

/// Returns the first reason or the first proof, in words.
fn explain(state: &StepState, now: Timestamp) -> String {
    let words = match state {
        StepState::Done(_) => state.evidence(),
        StepState::Waiting(_)
        | StepState::Ready
        | StepState::Underway(_)
        | StepState::Failed(_)
        | StepState::Skipped { .. } => state.why(now),
    };
    let more = words.len().saturating_sub(1);
    match words.into_iter().next() {
        Some(first) if more > 0 && !matches!(state, StepState::Done(_)) => {
            format!("{first} (+{more})")
        }
        Some(first) => first,
        None => String::new(),
    }
}

/// Returns time of day and person of the latest proof that has them.
fn stamp(state: &StepState) -> String {
    let StepState::Done(evidence) = state else {
        return String::new();
    };
    let said = evidence.iter().rev().find_map(|proof| match proof {
        Evidence::Merged { by, at, .. } => Some((*at, by.clone().unwrap_or_default())),
        Evidence::Deployed { at, .. } => Some((*at, String::new())),
        Evidence::Approved { by, at, .. } | Evidence::Confirmed { by, at, .. } => {
            Some((*at, by.clone()))
        }
        Evidence::Commits { .. }
        | Evidence::Found { .. }
        | Evidence::Present { .. }
        | Evidence::Acknowledged { .. }
        | Evidence::Nothing { .. } => None,
    });
    said.map_or_else(String::new, |(at, by)| stamped(at, &by))
}

fn stamped(at: Timestamp, by: &str) -> String {
    let name = by.split('@').next().unwrap_or(by);
    if name.is_empty() {
        at.clock()
    } else {
        format!("{} {name}", at.clock())
    }
}

fn item_row(item: &ItemProgress) -> Row {
    let (mark, note, stamp, tone) = match &item.state {
        ItemState::Todo { why } => (Mark::Open, why.clone(), String::new(), Tone::Plain),
        ItemState::Running { what } => (Mark::Underway, what.clone(), String::new(), Tone::Plain),
        ItemState::DoneByEvidence { evidence } => {
            (Mark::Done, evidence.clone(), String::new(), Tone::Plain)
        }
        ItemState::DoneBy { by, at, note } => {
            (Mark::Done, note.clone(), stamped(*at, by), Tone::Plain)
        }
        ItemState::Failed { why } => (Mark::Attention, why.clone(), String::new(), Tone::Bad),
        ItemState::NotApplicable { reason } => {
            (Mark::Skipped, reason.clone(), String::new(), Tone::Dim)
        }
    };
    Row {
        id: Some(RowId::Item(item.id.clone())),
        mark,
        title: item.text.clone(),
        note,
        stamp,
        tone,
        is_nested: false,
    }
}

/// Returns how many steps and items are over, of how many.
pub fn score(app: &App) -> Option<(usize, usize)> {
    let progress = progress(app)?;
    let steps = progress.steps.iter().filter(|step| step.state.is_over());
    let items = progress
        .checklist
        .iter()
        .filter(|item| item.state.is_over());
    Some((
        steps.count() + items.count(),
        progress.steps.len() + progress.checklist.len(),
    ))
}

/// Returns the selected row: the chosen one, else the first that is not over.
pub fn selected(app: &App) -> Option<RowId> {
    let rows = rows(app);
    let chosen = app.selection.row.as_ref();
    rows.iter()
        .find(|row| row.id.is_some() && row.id.as_ref() == chosen)
        .or_else(|| {
            rows.iter().find(|row| {
                row.id.is_some() && !matches!(row.mark, Mark::Done | Mark::Skipped | Mark::None)
            })
        })
        .or_else(|| rows.iter().find(|row| row.id.is_some()))
        .and_then(|row| row.id.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_is_not_said_twice() {
        let staged = |stage, why: &str| staged(stage, why.to_owned());
        let why = "merged, but the fix is CHANGED in uat";
        assert_eq!(staged("merged", why), why);
        assert_eq!(staged("planned", "waits for uat"), "planned, waits for uat");
        assert_eq!(staged("merge", "merged by Ben"), "merge, merged by Ben");
        assert_eq!(staged("merged", ""), "merged");
    }
}
