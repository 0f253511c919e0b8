//! The fix is written: its branch has commits of its own, and none that is only in BUILD.

use crate::engine::look::Look;
use crate::engine::look::sight;
use crate::engine::state::Evidence;
use crate::engine::state::StepProgress;
use crate::engine::state::StepState;
use crate::engine::state::WaitingOn;
use crate::model::BranchName;
use crate::model::Commit;
use crate::model::EnvironmentName;

pub(super) fn derive_commits(
    look: Look<'_>,
    sandbox: Option<&EnvironmentName>,
    blank: StepProgress,
) -> StepProgress {
    let title = match sandbox {
        Some(sandbox) => format!("{} (work in {sandbox})", blank.title),
        None => blank.title.clone(),
    };
    StepProgress {
        title,
        state: state(look),
        ..blank
    }
}

fn state(look: Look<'_>) -> StepState {
    let Some(opening) = look.opening() else {
        return StepState::Waiting(vec![WaitingOn::Sight {
            what: "how this hotfix began".to_owned(),
            last_seen: None,
            why: "its record has no opening".to_owned(),
        }]);
    };
    let contamination = look.fix().map_or(&[][..], |fix| &fix.contamination);
    if !contamination.is_empty() && !has_left(look) {
        return StepState::Failed(contamination.iter().map(only_in_build).collect());
    }
    if look.fix().is_some_and(|fix| fix.changes_nothing) {
        return StepState::Failed(vec![changes_nothing(&opening.branch)]);
    }
    let commits = look.fix_commits();
    if let Some(last) = commits.last() {
        let head = look.fix_head().unwrap_or(last);
        return StepState::Done(vec![Evidence::Commits {
            count: commits.len(),
            head: head.clone(),
        }]);
    }
    if let Some(blind) = sight(
        &format!("the branch {}", opening.branch),
        Some(&look.seen.fix),
    ) {
        return StepState::Waiting(vec![blind]);
    }
    if look.fix_head().is_none() {
        // The record is there and the branch is not: `start` was cut short between the two. It can be pushed now.
        return StepState::Ready;
    }
    StepState::Waiting(vec![WaitingOn::Commits {
        branch: opening.branch.clone(),
    }])
}

/// Tells whether the fix has reached every RUN lane it goes to from its own branch: from then on commits of
/// BUILD on that branch (a conflict solved there) lead nowhere dangerous.
pub(super) fn has_left(look: Look<'_>) -> bool {
    look.book
        .steps
        .iter()
        .filter_map(|step| step.work.takes_fix_into())
        .all(|lane| look.is_present(lane).is_some())
}

/// Returns the sentence about commits that leave every file as it was.
fn changes_nothing(branch: &BranchName) -> String {
    format!(
        "the commits on {branch} change nothing when taken together: there is no fix to bring anywhere"
    )
}

/// Returns the sentence that names one commit of BUILD.
pub(in crate::engine) fn only_in_build(commit: &Commit) -> String {
    format!(
        "commit {} \"{}\" by {} is only in BUILD and would lead to RUN",
        commit.id.short(),
        commit.subject(),
        commit.author.show()
    )
}
