//! The hotfix that the console shows at once: merged into preprod, on its way to production, the tech lead has
//! approved, the product manager has not, and the retrofit into integration is predicted to conflict.

use crate::engine::Intent;

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
            let waits_for_product = progress.next.iter().all(|action| match &action.intent {
                Intent::Approve { role, .. } => role
                    .as_ref()
                    .is_some_and(|role| role.as_str() == "product-manager"),
                Intent::Tick { .. } => true,
                _ => false,
            });
            if waits_for_product && !progress.next.is_empty() {
                break;
            }
            let is_product = |action: &crate::engine::NextAction| matches!(&action.intent, Intent::Approve { role: Some(role), .. } if role.as_str() == "product-manager");
            let mut rest = progress.clone();
            let step_of_production = progress
                .steps
                .iter()
                .find(|step| step.id.as_str() == "promote")
                .and_then(|step| step.request);
            rest.next.retain(|action| {
                !matches!(action.intent, Intent::Tick { .. })
                    && !(is_product(action)
                        && step_of_production.is_some_and(|id| subject_is(&action.intent, id)))
            });
            if !(self.act(&ana, &id, &rest, &mut |_| {}).await?
                || self.develop(&board, progress, &mut |_| {})?)
            {
                break;
            }
        }
        Ok(())
    }
}

fn subject_is(intent: &Intent, id: crate::model::RequestId) -> bool {
    matches!(intent, Intent::Approve { subject: crate::model::Subject::Request(request), .. } if *request == id)
}
