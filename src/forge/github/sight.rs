//! One run as it was seen, and which decisions about its gates stand.

use super::actions;
use super::gates::Gate;
use super::jobs;
use super::runs::Place;

/// A run with everything about it that we look at.
#[derive(Debug, Clone)]
pub(super) struct RunSight {
    pub(super) run: actions::Run,
    pub(super) jobs: Vec<actions::Job>,
    pub(super) approvals: Vec<actions::RunApproval>,
    pub(super) pending: Vec<actions::Pending>,
}

impl RunSight {
    /// Returns the gate's entry if the run waits there now.
    pub(super) fn waits_at(&self, gate: &Gate) -> Option<&actions::Pending> {
        self.pending
            .iter()
            .filter(|one| one.asks_somebody())
            .find(|one| one.environment.name.eq_ignore_ascii_case(&gate.name))
    }

    /// Returns the decision that stands about a gate. One of an earlier attempt does not, unless only a part of the run
    /// runs again. GitHub does not say of which attempt a decision is, whether it lists those of earlier ones, nor in which
    /// order: what the run did since tells, and where it does not, nothing stands.
    pub(super) fn decision(&self, place: &Place<'_>, gate: &Gate) -> Option<&actions::RunApproval> {
        if self.waits_at(gate).is_some() {
            return None;
        }
        // A comment of somebody who did not decide stands there too, as `pending`.
        let is_decision = |one: &&actions::RunApproval| {
            matches!(one.state.as_str(), "approved" | "rejected") && names(one, gate)
        };
        let all: Vec<&actions::RunApproval> = self.approvals.iter().filter(is_decision).collect();
        let of = |word: &str| all.iter().copied().find(|one| one.state == word);
        let (yes, no) = (of("approved"), of("rejected"));
        let listed = u64::try_from(all.len()).unwrap_or(u64::MAX);
        let (has_ended, attempt) = (self.run.has_ended(), self.run.run_attempt);
        match (yes, no) {
            // Nothing behind a gate begins without its yes.
            (Some(yes), _) if self.has_passed_all(place) => Some(yes),
            // Of both, in a run that has ended, the no may be the last word or that of an earlier attempt.
            (Some(yes), no) => {
                Some(yes).filter(|_| listed >= self.times() && (no.is_none() || !has_ended))
            }
            // A no ends its attempt, and every later one asks again.
            (None, Some(no)) => {
                Some(no).filter(|_| attempt <= 1 || (has_ended && listed >= attempt))
            }
            (None, None) => None,
        }
    }

    /// Tells whether this attempt is past every gate of a place: it has begun what it does there.
    fn has_passed_all(&self, place: &Place<'_>) -> bool {
        let attempt = self.run.run_attempt;
        let has_begun = |job: &actions::Job| {
            let is_own = job.run_attempt.is_none_or(|of| of >= attempt);
            // One that was rejected at a gate of its own has failed without a step.
            is_own && place.deploys(job) && jobs::has_begun(job) && !job.steps.is_empty()
        };
        self.run.conclusion.as_deref() == Some("success") || self.jobs.iter().any(has_begun)
    }

    /// Returns how often a gate was decided about if it was in this attempt: GitHub lists the decisions of every attempt
    /// without saying of which, and each attempt of all jobs asks once more.
    fn times(&self) -> u64 {
        let attempt = self.run.run_attempt;
        let is_taken_over = |job: &actions::Job| job.run_attempt.is_some_and(|of| of < attempt);
        if self.jobs.iter().any(is_taken_over) {
            1
        } else {
            attempt
        }
    }

    pub(super) fn has_passed(&self, place: &Place<'_>, gate: &Gate) -> bool {
        self.decision(place, gate)
            .is_some_and(|one| one.state == "approved")
    }
}

fn names(approval: &actions::RunApproval, gate: &Gate) -> bool {
    let mut environments = approval.environments.iter();
    environments.any(|one| one.name.eq_ignore_ascii_case(&gate.name))
}
