//! What a team wants signed is demanded before a plan begins, for every entry that it writes for sure.

use crate::engine::Call;
use crate::engine::Change;
use crate::engine::Expectation;
use crate::engine::Plan;
use crate::model::DECISION_KIND;
use crate::record::LockEvent;

use super::super::fault::Fault;
use super::super::fault::FaultKind;
use super::super::workspace::Workspace;
use super::touches_world;

impl Workspace {
    /// Refuses a plan that would write an entry which the team wants signed, where it could not be signed. What only
    /// comes of a call is written in any case: what was done must not be lost, and is shown as unsigned.
    pub(super) async fn demand_signature(&self, plan: &Plan) -> Result<(), Fault> {
        let required = self.signing().required();
        if required.is_empty() {
            return Ok(());
        }
        let declared = touches_world(plan).then_some("intent.declared");
        let is_local = self.reach().is_none();
        let kinds = plan
            .changes
            .iter()
            .flat_map(|change| kinds(change, is_local));
        let Some(kind) = kinds.chain(declared).find(|kind| required.contains(*kind)) else {
            return Ok(());
        };
        match self.signing().why_not(&self.me().id).await {
            None => Ok(()),
            Some(why) => Err(Fault::new(
                FaultKind::User,
                format!("nothing was done: {kind} must be signed, and it cannot be: {why}"),
            )
            .hint("Name your key in config.toml: signing_key = \"~/.ssh/id_ed25519.pub\", and see that your SSH agent has it (ssh-add -l).")),
        }
    }
}

/// Returns the kinds of entries that a change writes for sure, of whichever chain.
fn kinds(change: &Change, is_local: bool) -> Vec<&str> {
    let call = &change.call;
    let mut kinds = Vec::new();
    if let Call::Record { event } = call {
        kinds.push(event.name());
    }
    if let Call::Drive { event, .. } = call {
        let is_takeover = matches!(event, LockEvent::TakeOver { .. });
        kinds.extend(is_takeover.then_some("driver.changed"));
        kinds.push(event.name());
    }
    if matches!(call, Call::Restore { .. }) {
        kinds.push("alarm.raised");
    }
    if is_local && matches!(call, Call::Decide { .. }) {
        kinds.push(DECISION_KIND);
    }
    if matches!(call, Call::PushResolution { .. } | Call::PushLocal { .. }) {
        kinds.push("conflict.decided");
    }
    let is_seat = |one: &Expectation| matches!(one, Expectation::Seat { .. });
    if change.expects.iter().any(is_seat) {
        kinds.push("permit");
    }
    kinds
}
