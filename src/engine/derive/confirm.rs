//! Steps that a person does outside of git and confirms with a note.

use crate::engine::look::Look;
use crate::engine::state::Evidence;
use crate::engine::state::StepProgress;
use crate::engine::state::StepState;
use crate::engine::state::WaitingOn;
use crate::model::EnvironmentName;

pub(super) fn derive_note(look: Look<'_>, prompt: &str, blank: StepProgress) -> StepProgress {
    let state = confirmed(look, &blank).unwrap_or_else(|| {
        StepState::Waiting(vec![WaitingOn::Note {
            prompt: prompt.to_owned(),
        }])
    });
    StepProgress { state, ..blank }
}

pub(super) fn derive_compare(
    look: Look<'_>,
    environment: &EnvironmentName,
    against: &EnvironmentName,
    blank: StepProgress,
) -> StepProgress {
    if is_org(look, environment) || is_org(look, against) {
        return not_yet(look, "org comparison", blank);
    }
    derive_note(
        look,
        &format!("{environment} is the same as {against}"),
        blank,
    )
}

pub(super) fn derive_seed(
    look: Look<'_>,
    environment: &EnvironmentName,
    blank: StepProgress,
) -> StepProgress {
    if is_org(look, environment) {
        return not_yet(look, "org data", blank);
    }
    derive_note(
        look,
        &format!("the data that the bug needs is in {environment}"),
        blank,
    )
}

/// Migrations run by command where the team has one; a note says that there were none, or that they ran elsewhere.
pub(super) fn derive_migration(
    look: Look<'_>,
    environment: &EnvironmentName,
    blank: StepProgress,
) -> StepProgress {
    let has_command = look
        .project()
        .environment(environment)
        .is_some_and(|environment| environment.migrations.is_some());
    if has_command {
        let state = confirmed(look, &blank).unwrap_or(StepState::Ready);
        return StepProgress { state, ..blank };
    }
    derive_note(
        look,
        &format!("migrations ran in {environment}, or there were none"),
        blank,
    )
}

fn confirmed(look: Look<'_>, step: &StepProgress) -> Option<StepState> {
    let note = look.record.confirmed.get(&step.id)?;
    Some(StepState::Done(vec![Evidence::Confirmed {
        by: note.by.show(),
        at: note.at,
        note: note.note.clone(),
    }]))
}

fn not_yet(look: Look<'_>, what: &'static str, blank: StepProgress) -> StepProgress {
    // A newer version may have carried it out and recorded that; then it is done here too.
    let state = confirmed(look, &blank)
        .unwrap_or_else(|| StepState::Waiting(vec![WaitingOn::NotYet { what }]));
    StepProgress { state, ..blank }
}

fn is_org(look: Look<'_>, environment: &EnvironmentName) -> bool {
    look.project()
        .environment(environment)
        .is_some_and(|environment| environment.is_org)
}
