//! The forge, as far as it has a part in this: jobs that change production each time they are run, and the ledger of all
//! that was done.

use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use crate::engine::Outcome;
use crate::model::PermitId;
use crate::ops::clock::played::happens;
use crate::ops::clock::played::since;
use crate::ops::clock::played::tell;
use crate::ops::execute::calls::Answer;
use crate::ops::fault::Fault;
use crate::ops::fault::FaultKind;
use crate::record::Permit;

use super::super::super::seat::Eye;
use super::network::LONGEST_CALL;
use super::network::Lost;
use super::network::Network;
use super::network::lock;

/// What a probe says where it found nothing.
pub(super) const NOWHERE: &str = "no trace of it on the remote";
/// What it says otherwise.
pub(super) const THERE: &str = "it ran";

/// One change of production.
#[derive(Debug, Clone)]
pub(super) struct Effect {
    pub(super) at: Duration,
    pub(super) by: usize,
    /// None where it was made without a permit.
    pub(super) permit: Option<PermitId>,
    pub(super) call: String,
}

/// The forge as one console sees it.
#[derive(Debug, Clone)]
pub(super) struct Forge {
    pub(super) machine: usize,
    pub(super) network: Arc<Network>,
    pub(super) ledger: Arc<Mutex<Vec<Effect>>>,
}

impl Forge {
    /// Runs a job. One that `plays_once` is not run a second time, as a merge is not made twice; each other is.
    pub(super) async fn run(
        &self,
        call: &str,
        permit: Option<PermitId>,
        plays_once: bool,
    ) -> Answer {
        let (ledger, by, call) = (Arc::clone(&self.ledger), self.machine, call.to_owned());
        let is_refused = since() < self.network.heals_at && happens(30);
        let work = move || {
            let mut ledger = lock(&ledger);
            if is_refused {
                return Outcome::Refused;
            }
            if plays_once && ledger.iter().any(|effect| effect.call == call) {
                return Outcome::Already;
            }
            tell(|| format!("forge: {by} changes production: {call}"));
            ledger.push(Effect {
                at: since(),
                by,
                permit,
                call,
            });
            Outcome::Done
        };
        let sent = self.network.ask_within(self.machine, LONGEST_CALL, work);
        match sent.await {
            Ok(outcome) => Answer::plain(outcome, ""),
            Err(Lost::NotSent) => Answer::plain(Outcome::Failed, "the forge was not reached"),
            Err(Lost::Unanswered) => Answer::plain(Outcome::Unknown, "no answer came"),
        }
    }

    /// Looks whether a job was run.
    pub(super) async fn has_run(&self, call: &str) -> Result<bool, Fault> {
        let (ledger, call) = (Arc::clone(&self.ledger), call.to_owned());
        let work = move || lock(&ledger).iter().any(|effect| effect.call == call);
        let seen = self.network.ask(self.machine, work).await;
        seen.map_err(|_| Fault::new(FaultKind::Remote, "the forge was not seen"))
    }
}

impl Eye for Forge {
    async fn found(&self, open: &Permit) -> Result<String, Fault> {
        let has_run = self.has_run(&open.call).await?;
        Ok(if has_run { THERE } else { NOWHERE }.to_owned())
    }
}
