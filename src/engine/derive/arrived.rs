//! What proves that the fix is in a lane, and what a target is whose request was merged although it is not, or not all of it.

use crate::engine::look::Look;
use crate::engine::parts;
use crate::engine::state::Evidence;
use crate::engine::state::OPEN_AGAIN;
use crate::engine::state::StepState;
use crate::engine::state::WAITS_HERE;
use crate::engine::state::WaitingOn;
use crate::engine::taken_out::partly;
use crate::engine::taken_out::taken_out;
use crate::model::ChangeRequest;
use crate::model::ConflictPath;
use crate::model::LaneName;
use crate::model::PredictionOutcome;
use crate::model::Presence;
use crate::model::Rule;
use crate::playbook::ConflictPolicy;

use super::carry::Spot;
use super::change::verdict;

/// Returns the evidence that the fix is in a lane: PRESENT, or accepted by a person as what it has become there.
pub(super) fn alive(look: Look<'_>, lane: &LaneName, presence: &Presence) -> Evidence {
    match look.acknowledgement(presence) {
        None => Evidence::Present {
            lane: lane.clone(),
            rule: rule(presence),
        },
        Some(acknowledged) => Evidence::Acknowledged {
            lane: lane.clone(),
            by: acknowledged.by.show(),
            note: acknowledged.note.clone(),
        },
    }
}

/// Returns the word of the rule by which a verdict is known.
pub(super) fn rule(presence: &Presence) -> &'static str {
    presence.rule.map_or("unknown rule", Rule::word)
}

impl Spot<'_> {
    /// The fix is in the target: by its request, or behind our back.
    pub(super) fn present(&self, presence: &Presence) -> StepState {
        let last = self.last;
        if let Some((request, merged)) = last.and_then(|last| Some((last, last.merged()?))) {
            return StepState::Done(vec![
                Evidence::Merged {
                    request: request.id,
                    commit: merged.commit.clone(),
                    by: merged.by.as_ref().map(crate::model::Person::show),
                    at: merged.at,
                },
                alive(self.look, self.lane, presence),
            ]);
        }
        if self.look.acknowledgement(presence).is_some() {
            return StepState::Done(vec![alive(self.look, self.lane, presence)]);
        }
        if self.request.is_none() && self.built.is_none() {
            return StepState::Done(vec![Evidence::Nothing {
                why: format!(
                    "nothing to do: it is already in {} at {} ({})",
                    self.lane,
                    presence.tip.short(),
                    rule(presence)
                ),
            }]);
        }
        StepState::Done(vec![Evidence::Found {
            lane: self.lane.clone(),
            rule: rule(presence),
            tip: presence.tip.clone(),
        }])
    }

    /// Merged, and the fix is not there, or not all of it: a person looks, or it is carried once more.
    pub(super) fn merged(&self, request: &ChangeRequest) -> (&'static str, StepState) {
        let (look, step, carry, lane) = (self.look, self.step, self.carry, self.lane);
        let later = parts::later(look, step, carry, lane, request);
        let taken_out = taken_out(look, step, carry, lane, request);
        let how = taken_out.map(|taken_out| taken_out.words(lane));
        let dropped = || {
            let words = "nothing of it came: what was merged left these files as they were";
            look.was_dropped(lane).then(|| words.to_owned())
        };
        let how = how.or_else(|| partly(look, lane)).or_else(dropped);
        let mut waits: Vec<WaitingOn> = verdict(look, lane, later, how).into_iter().collect();
        if !parts::is_open_again(look, step, carry, lane, request) {
            return ("merged", StepState::Underway(waits));
        }
        let stage = match self.resolved_here() {
            None => OPEN_AGAIN,
            Some(paths) => {
                waits.push(WaitingOn::Conflicts {
                    request: None,
                    paths: paths.to_vec(),
                });
                WAITS_HERE
            }
        };
        (stage, StepState::Underway(waits))
    }

    /// People resolved the conflict to the target as it is: nothing is left to carry, and a person says what that means.
    pub(super) fn kept(&self, request: &ChangeRequest) -> Vec<WaitingOn> {
        let lane = self.lane;
        let how = format!(
            "change request {} was resolved to {lane} as it is",
            request.id
        );
        verdict(self.look, lane, None, Some(how))
            .into_iter()
            .collect()
    }

    /// Returns the conflicts that somebody resolves on this machine before anything is built (policy `local`), once it is
    /// the step's turn.
    fn resolved_here(&self) -> Option<&[ConflictPath]> {
        let is_here = self.carry.conflict == ConflictPolicy::Local && self.before.is_empty();
        match parts::outcome(self.look, self.step, self.lane)? {
            PredictionOutcome::Conflict { paths } => is_here.then_some(paths.as_slice()),
            PredictionOutcome::Clean
            | PredictionOutcome::Already
            | PredictionOutcome::Blocked { .. }
            | PredictionOutcome::Unknown { .. } => None,
        }
    }
}
