//! Steps that a playbook calls automatic: planned as soon as they can be, by the same plan that an operator would get.

use crate::engine::Board;
use crate::engine::Call;
use crate::engine::Intent;
use crate::engine::Level;
use crate::engine::Plan;
use crate::engine::plan;
use crate::model::HotfixId;

use super::backport::closed;
use super::fault::Fault;
use super::workspace::Workspace;

impl Workspace {
    /// Returns the plan of the first automatic step that can be carried on, if there is one. Nothing is done yet.
    ///
    /// Automatic means building branches and opening requests; merging and deploying are always a person's decision.
    pub async fn follow_up(&self, hotfix: &HotfixId) -> Result<Option<(Board, Plan)>, Fault> {
        let board = self.look(Some(hotfix)).await?;
        let planned = automatic_plan(&board);
        Ok(planned.map(|plan| (board, plan)))
    }
}

fn automatic_plan(board: &Board) -> Option<Plan> {
    let (record, progress) = (board.record.as_ref()?, board.progress.as_ref()?);
    let automatic = board.book.steps.iter().filter(|step| step.is_automatic);
    automatic
        .filter(|step| {
            progress.next.iter().any(
                |action| matches!(&action.intent, Intent::Do { step: id, .. } if id == &step.id),
            )
        })
        .find_map(|step| {
            let intent = Intent::Do {
                step: step.id.clone(),
                target: None,
                note: None,
                riders: None,
            };
            let mut plan = plan(&intent, &board.book, record, &board.seen).ok()?;
            // What somebody closed is not opened again without being asked.
            let closed = closed(board);
            plan.changes.retain(|change| {
                let target = change.target.as_ref();
                target.is_none_or(|target| !closed.contains_key(target))
            });
            let plan = plan.rehashed();
            is_harmless(&plan).then_some(plan)
        })
}

/// Only new branches of ours, requests and words about them, never a merge, an approval or a deployment.
fn is_harmless(plan: &Plan) -> bool {
    plan.level < Level::L4
        && plan
            .changes
            .iter()
            .any(|change| matches!(change.call, Call::OpenRequest { .. } | Call::Comment { .. }))
        && plan.changes.iter().all(|change| match &change.call {
            Call::Record { .. }
            | Call::BuildTarget { .. }
            | Call::BuildConflict { .. }
            | Call::BuildResolved { .. }
            | Call::SetStatus { .. }
            | Call::OpenRequest { .. }
            | Call::RunChecks { .. }
            | Call::Comment { .. } => true,
            Call::CreateBranch { .. }
            | Call::Import { .. }
            | Call::Restore { .. }
            | Call::DeleteBranch { .. }
            | Call::CloseRequest { .. }
            | Call::MarkReady { .. }
            | Call::Decide { .. }
            | Call::Merge { .. }
            | Call::CreateDeployment { .. }
            | Call::StartDeployment { .. }
            | Call::RunMigrations { .. }
            | Call::RetryJob { .. }
            | Call::PushResolution { .. }
            | Call::Drive { .. } => false,
        })
}
