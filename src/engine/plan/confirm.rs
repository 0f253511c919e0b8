//! Steps that a person confirms with a note, and migrations that a command can run.

use crate::engine::state::StepProgress;
use crate::model::EnvironmentName;
use crate::playbook::Step;
use crate::record::Event;

use super::Call;
use super::Desk;
use super::Expectation;
use super::Level;
use super::Refusal;
use super::draft::Draft;
use super::refuse;

pub(super) fn plan_note(
    desk: &Desk<'_>,
    step: &Step,
    progress: &StepProgress,
    note: Option<&str>,
) -> Result<Draft, Refusal> {
    let wanted = format!("do {}", step.id);
    let is_not_yet = matches!(
        &progress.state,
        crate::engine::state::StepState::Waiting(on)
            if on.iter().any(|one| matches!(one, crate::engine::state::WaitingOn::NotYet { .. }))
    );
    if is_not_yet {
        return Err(Refusal {
            wanted,
            reasons: progress.state.why(desk.look.seen.now),
            hint: Some(desk.line(format!("skip {} --reason R", step.id))),
        });
    }
    let Some(note) = note.filter(|note| !note.trim().is_empty()) else {
        return Err(Refusal {
            wanted,
            reasons: progress.state.why(desk.look.seen.now),
            hint: Some(desk.line(format!("do {} --note N", step.id))),
        });
    };
    Ok(confirmed(step, note))
}

fn confirmed(step: &Step, note: &str) -> Draft {
    Draft::written(
        format!("confirm `{}`", step.title),
        Event::StepConfirmed {
            step: step.id.clone(),
            note: note.to_owned(),
        },
    )
    .step(&step.id, None)
}

/// With a note: there were none, or they ran elsewhere. Without: the team's command runs, and only after it
/// succeeded is the step confirmed; the order of the two changes is the guarantee.
pub(super) fn plan_migration(
    desk: &Desk<'_>,
    step: &Step,
    progress: &StepProgress,
    environment: &EnvironmentName,
    note: Option<&str>,
) -> Result<Draft, Refusal> {
    let known = desk.look.project().environment(environment);
    let has_command = known.is_some_and(|environment| environment.migrations.is_some());
    if note.is_some() || !has_command {
        return plan_note(desk, step, progress, note);
    }
    let wanted = format!("run the migrations in {environment}");
    desk.can_see(&wanted)?;
    let lane = desk
        .look
        .project()
        .lanes
        .iter()
        .find(|lane| lane.environment.as_ref() == Some(environment));
    let Some(lane) = lane else {
        return Err(refuse(wanted, format!("no lane runs in {environment}")));
    };
    let branch = desk.branch(&wanted, &lane.name)?;
    let commit = desk.fresh_tip(&wanted, &branch)?;
    let quiet = desk.is_quiet(&wanted, environment)?;
    let is_production = known.is_some_and(|environment| environment.is_production);
    let mut draft =
        Draft::new(wanted, if is_production { Level::L4 } else { Level::L3 }).step(&step.id, None);
    draft.environment = is_production.then(|| environment.clone());
    let title = draft.title.clone();
    let seat = desk.seat(&mut draft, &title, environment)?;
    draft.call(
        Call::RunMigrations {
            environment: environment.clone(),
            commit: commit.clone(),
        },
        vec![
            Expectation::Branch {
                branch,
                at: Some(commit.clone()),
            },
            quiet,
        ]
        .into_iter()
        .chain(seat)
        .collect(),
    );
    draft.call(
        Call::Record {
            event: Event::StepConfirmed {
                step: step.id.clone(),
                note: format!("migrations of {} ran in {environment}", commit.short()),
            },
        },
        Vec::new(),
    );
    draft.ok(format!("{} is at {}", lane.name, commit.short()));
    draft
        .will_change
        .push(format!("the database of {environment}"));
    draft.will_not_change = vec!["branches, tags".to_owned()];
    draft.way_back = "not possible here: what a migration did is undone by another one".to_owned();
    Ok(draft)
}
