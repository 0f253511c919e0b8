//! The hotfix that the console shows at once: merged into preprod, on its way to production, the tech lead has
//! approved, the product manager has not, and the retrofit into integration is predicted to conflict.

use crate::engine::Intent;
use crate::engine::Progress;
use crate::model::RequestId;
use crate::model::Subject;

use super::super::fault::Fault;
use super::Demo;
use super::people::Colleague;

/// Enough rounds to get there.
const MOST_ROUNDS: usize = 30;

impl Demo {
    /// Brings a hotfix under way.
    pub async fn bring_under_way(&self) -> Result<(), Fault> {
        let ana = self.workspace(Colleague::Ana).await?;
        let id = self.begin(&ana, "build-run", &mut |_| {}).await?;
        for _ in 0..MOST_ROUNDS {
            let board = ana.look(Some(&id)).await?;
            let Some(progress) = &board.progress else {
                break;
            };
            // Everything but the product manager's yes to production, and what comes after it.
            let to_production = request_of(progress, "promote");
            let mut rest = progress.clone();
            rest.next
                .retain(|action| !is_held_back(&action.intent, to_production));
            if !(self.act(&ana, &id, &rest, &mut |_| {}).await?
                || self.develop(&board, progress, &mut |_| {})?)
            {
                break;
            }
        }
        Ok(())
    }
}

fn request_of(progress: &Progress, step: &str) -> Option<RequestId> {
    let step = progress
        .steps
        .iter()
        .find(|other| other.id.as_str() == step)?;
    step.request
}

/// Tells whether an action is left to whoever opens the console: the missing approval, and ticks.
fn is_held_back(intent: &Intent, to_production: Option<RequestId>) -> bool {
    if let Intent::Approve {
        subject: Subject::Request(request),
        role: Some(role),
        ..
    } = intent
    {
        return Some(*request) == to_production && role.as_str() == "product-manager";
    }
    matches!(intent, Intent::Tick { .. })
}
