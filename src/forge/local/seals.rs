//! Signatures in the chain: made for every entry where the operator signs, looked at for decisions, which say what may
//! happen (safety.md 3.4).
//!
//! Guarantees: a signature covers the event and the commit that it follows; where the team wants decisions signed, only
//! a good signature of a key that is allowed to its person makes one count. Not guaranteed: who opened, merged or
//! deployed; the branches and the forge's pages of a plain remote have no names either.

use std::sync::Arc;

use async_trait::async_trait;

use crate::model::Approval;
use crate::model::CommitId;
use crate::model::DECISION_KIND;
use crate::model::Person;
use crate::model::Proof;
use crate::model::Seal;
use crate::model::Signed;
use crate::model::Subject;
use crate::model::Timestamp;

use super::state::State;

/// The hand that signs for the operator and the eye that checks.
#[async_trait]
pub trait Notary: Send + Sync {
    /// Tells whether entries of this kind must be signed.
    fn is_required(&self, kind: &str) -> bool;

    /// Seals an event that says its place; leaves it unsealed where this person does not sign, or cannot.
    async fn seal(&self, kind: &str, text: String) -> Seal;

    /// Finds out how well it is known that `who` wrote an event of this kind.
    async fn worth(&self, kind: &str, who: &str, at: Timestamp, seal: &Seal) -> Signed;
}

/// A decision whose seal was not looked at, or could not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unweighed {
    pub(super) subject: Subject,
    pub(super) by: Person,
    pub(super) head: CommitId,
    pub(super) at: Timestamp,
    pub(super) seal: Seal,
}

impl Unweighed {
    fn is_of(&self, approval: &Approval) -> bool {
        (&self.by, &self.head, self.at) == (&approval.by, &approval.head, approval.at)
    }
}

/// Finds out what the decisions are worth that nobody looked at, and returns the state that says so; none where nothing
/// is new.
pub(super) async fn weighed(
    notary: Option<&Arc<dyn Notary>>,
    state: &Arc<State>,
) -> Option<Arc<State>> {
    if state.unweighed.is_empty() {
        return None;
    }
    let is_required = notary.is_some_and(|notary| notary.is_required(DECISION_KIND));
    let mut found = Vec::new();
    for one in &state.unweighed {
        let signed = match (notary, &one.seal) {
            (Some(notary), seal) => notary.worth(DECISION_KIND, &one.by.id, one.at, seal).await,
            (None, Seal::None) => Signed::No,
            (None, Seal::On { .. }) => Signed::Unchecked("no keys are known here".to_owned()),
            (None, Seal::Broken(why)) => Signed::Bad(why.clone()),
        };
        found.push(Proof::new(signed, is_required));
    }
    let mut state = State::clone(state);
    for (one, proof) in std::mem::take(&mut state.unweighed).into_iter().zip(found) {
        let decisions = state.decisions_mut(&one.subject).into_iter().flatten();
        for approval in decisions.filter(|approval| one.is_of(approval)) {
            approval.proof = proof.clone();
        }
    }
    Some(Arc::new(state))
}
