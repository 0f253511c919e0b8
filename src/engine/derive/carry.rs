//! The fix carried into other lanes: each target on its own, the step is what its targets are (flows.md 5.2).

use crate::engine::carried::says_unresolved;
use crate::engine::look::Look;
use crate::engine::look::sight;
use crate::engine::parts;
use crate::engine::run_bound::blocked;
use crate::engine::seats::Bench;
use crate::engine::state::CONFLICT_OPEN;
use crate::engine::state::StepProgress;
use crate::engine::state::StepState;
use crate::engine::state::TargetProgress;
use crate::engine::state::WAITS_HERE;
use crate::engine::state::WaitingOn;
use crate::engine::two_branch::Conflict;
use crate::engine::two_branch::Stage;
use crate::engine::two_branch::is_conflict_base;
use crate::engine::waiting::path_names;
use crate::model::ChangeRequest;
use crate::model::ConflictPath;
use crate::model::LaneName;
use crate::model::PredictionOutcome;
use crate::model::StepId;
use crate::playbook::Carry;
use crate::playbook::ConflictPolicy;
use crate::record::BuiltTarget;

use super::aggregate::aggregate;
use super::change::request_waits;
use super::change::verdict;
use super::gate::Gate;
use super::gate::gate;
use super::gate::gate_at;
use super::mergeability::mergeability;
use super::target_request::last_request;
use super::target_request::target_request;

pub(super) fn derive_carry(
    look: Look<'_>,
    carry: &Carry,
    before: &[WaitingOn],
    blank: StepProgress,
) -> StepProgress {
    let targets: Vec<TargetProgress> = carry
        .targets
        .iter()
        .map(|lane| target(look, &blank.id, carry, before, lane))
        .collect();
    let seats = targets
        .iter()
        .filter_map(|target| {
            let id = target.request?;
            look.requests().iter().find(|request| request.id == id)
        })
        .filter(|request| request.is_open())
        .flat_map(|request| {
            let bench = Bench::of_request(look.project(), request).lifting(look.record);
            bench.seats(&look.seen.me)
        })
        .collect();
    StepProgress {
        state: aggregate(&targets),
        seats,
        targets,
        ..blank
    }
}

/// One target's raw material.
pub(super) struct Spot<'a> {
    pub(super) look: Look<'a>,
    pub(super) step: &'a StepId,
    pub(super) carry: &'a Carry,
    pub(super) lane: &'a LaneName,
    /// What the step waits for before its turn.
    pub(super) before: &'a [WaitingOn],
    pub(super) request: Option<&'a ChangeRequest>,
    /// The last request that there was, also where another branch was begun after it.
    pub(super) last: Option<&'a ChangeRequest>,
    pub(super) built: Option<&'a BuiltTarget>,
}

fn target(
    look: Look<'_>,
    step: &StepId,
    carry: &Carry,
    before: &[WaitingOn],
    lane: &LaneName,
) -> TargetProgress {
    let spot = Spot {
        look,
        step,
        carry,
        lane,
        before,
        request: target_request(look, step, carry, lane),
        last: last_request(look, step, carry, lane),
        built: look.record.built.get(&(step.clone(), lane.clone())),
    };
    let (stage, state) = spot.derive();
    let key = (step.clone(), lane.clone());
    let branch = spot
        .request
        .map(|request| request.from.clone())
        .or_else(|| spot.built.map(|built| built.branch.clone()));
    let conflict = Conflict::of(look, step, lane).filter(|_| spot.request.is_none());
    let asked = match (spot.request, &conflict) {
        (Some(request), _) => Some(gate(look, step, lane, request)),
        (None, Some(conflict)) => spot.resolved(conflict),
        (None, None) => None,
    };
    let undecided = match asked {
        Some(Gate::Undecided(paths)) => paths,
        Some(Gate::Open | Gate::Blind(_)) | None => Vec::new(),
    };
    let request = spot
        .request
        .or_else(|| conflict.as_ref().and_then(Conflict::request));
    let is_due = request.is_none() && !state.is_over();
    TargetProgress {
        lane: lane.clone(),
        state,
        stage,
        request: request.map(|request| request.id),
        branch,
        prediction: look.seen.predictions.get(&key).cloned(),
        driven: look.seen.driven.get(&key).filter(|_| is_due).cloned(),
        presence: look.seen.presence.get(lane).cloned(),
        undecided,
    }
}

impl Spot<'_> {
    fn derive(&self) -> (&'static str, StepState) {
        let key = (self.step.clone(), self.lane.clone());
        if let Some(presence) = self.look.is_present(self.lane) {
            return ("verified", self.present(presence));
        }
        if let Some(note) = self.look.record.abandoned.get(&key) {
            let state = StepState::Skipped {
                by: note.by.show(),
                why: note.note.clone(),
            };
            return ("abandoned", state);
        }
        let is_merged = self
            .request
            .is_some_and(|request| request.merged().is_some());
        if !is_merged && let Some(blocked) = blocked(self.look, self.carry, self.lane, self.before)
        {
            return blocked;
        }
        match self.request {
            Some(request) if request.is_open() => self.open(request),
            Some(request) if is_merged => self.merged(request),
            // What conflicts is resolved here before anything is opened, whatever was open before.
            Some(_) if self.is_resolved_here() => self.predicted(),
            Some(request) => (
                "failed",
                StepState::Failed(vec![format!(
                    "change request {} into {} was closed without a merge",
                    request.id, self.lane
                )]),
            ),
            None => self.not_open(),
        }
    }

    fn open(&self, request: &ChangeRequest) -> (&'static str, StepState) {
        if let Some(gone) = self.look.seen.lacks_branch(request) {
            return ("failed", StepState::Failed(vec![gone]));
        }
        let gate = gate(self.look, self.step, self.lane, request);
        let built = self.built_for(request);
        let has_conflicts = built.is_some_and(|built| !built.conflicts.is_empty());
        let is_resolved = matches!(gate, Gate::Open);
        let stage = if built.is_some_and(|built| self.is_resolution_of(built, request)) {
            "conflict resolved"
        } else if built.is_some_and(|built| built.head != request.head) {
            "taken over by a person"
        } else if has_conflicts && !(is_resolved && self.carry.conflict == ConflictPolicy::Local) {
            "request open (conflict, draft)"
        } else {
            "request open"
        };
        let rejections = Bench::of_request(self.look.project(), request).rejections();
        if !rejections.is_empty() {
            return (stage, StepState::Failed(rejections));
        }
        let mut waits = Vec::new();
        let is_closed = match gate {
            Gate::Open => false,
            Gate::Undecided(paths) => {
                waits.push(WaitingOn::Conflicts {
                    request: Some(request.id),
                    paths,
                });
                true
            }
            Gate::Blind(blind) => {
                waits.push(blind);
                true
            }
        };
        let is_closed = is_closed || self.waits_for_resolution(request, &mut waits);
        // While paths are undecided, checks and seats would judge a head that is about to be replaced.
        waits.extend(
            request_waits(self.look, request, self.lane)
                .into_iter()
                .filter(|reason| {
                    !is_closed
                        || matches!(reason, WaitingOn::Sight { .. } | WaitingOn::Draft { .. })
                }),
        );
        (stage, StepState::Underway(waits))
    }

    /// Tells whether a request's head is a resolution made here: every conflict was decided for exactly that commit. What
    /// somebody pushed themselves says nothing of that kind.
    fn is_resolution_of(&self, built: &BuiltTarget, request: &ChangeRequest) -> bool {
        let key = (self.step.clone(), self.lane.clone());
        let Some(decided) = self.look.record.decided.get(&key) else {
            return false;
        };
        let is_decided = |path: &ConflictPath| {
            let mut decided = decided.iter();
            decided.any(|one| one.path == path.path && one.head == request.head)
        };
        let mut conflicts = built.conflicts.iter();
        built.head != request.head && !built.conflicts.is_empty() && conflicts.all(is_decided)
    }

    /// Returns what was built for a request: an earlier part of the fix had a branch of its own.
    fn built_for(&self, request: &ChangeRequest) -> Option<&BuiltTarget> {
        self.built.filter(|built| built.branch == request.from)
    }

    /// A request that the team's pipeline opened and marked as a conflict, or `lanekeeper backport` as a draft: nothing tells
    /// its head apart from a resolved one, and merging what it opened with would deliver nothing, so that is believed.
    fn waits_for_resolution(&self, request: &ChangeRequest, waits: &mut Vec<WaitingOn>) -> bool {
        let hotfix = &self.look.record.hotfix;
        if self.built_for(request).is_some() || !says_unresolved(hotfix, self.carry, request) {
            return false;
        }
        let key = (self.step.clone(), self.lane.clone());
        let predicted = self.look.seen.predictions.get(&key);
        let outcome = predicted
            .and_then(crate::model::Seen::value)
            .map(|prediction| &prediction.outcome);
        waits.push(WaitingOn::Conflicts {
            request: Some(request.id),
            paths: match outcome {
                Some(PredictionOutcome::Conflict { paths }) => paths.clone(),
                Some(
                    PredictionOutcome::Clean
                    | PredictionOutcome::Already
                    | PredictionOutcome::Blocked { .. }
                    | PredictionOutcome::Unknown { .. },
                )
                | None => Vec::new(),
            },
        });
        true
    }

    fn not_open(&self) -> (&'static str, StepState) {
        let mut blind: Vec<WaitingOn> = Vec::new();
        blind.extend(sight("the remote", Some(&self.look.seen.tips)));
        blind.extend(sight("the change requests", Some(&self.look.seen.requests)));
        if !blind.is_empty() {
            return ("planned", StepState::Waiting(blind));
        }
        if let Some(conflict) = Conflict::of(self.look, self.step, self.lane) {
            return self.conflict(&conflict);
        }
        if let Some(built) = self.built
            && !is_conflict_base(built)
            && self.look.tip(&built.branch).is_some()
        {
            return ("branch built", StepState::Underway(Vec::new()));
        }
        self.predicted()
    }

    /// A conflict on two branches: which of the two requests is waited for, and on whom.
    fn conflict(&self, conflict: &Conflict<'_>) -> (&'static str, StepState) {
        match conflict.stage {
            Stage::Built => ("branch built", StepState::Underway(Vec::new())),
            Stage::Open(request) => {
                let mut waits = Vec::new();
                if request.is_draft {
                    waits.push(WaitingOn::Draft {
                        request: request.id,
                    });
                }
                waits.extend(match mergeability(self.look, request, self.lane) {
                    // The forge names paths only; what they are was seen when the branches were built.
                    Some(WaitingOn::Conflicts { request, .. }) => Some(WaitingOn::Conflicts {
                        request,
                        paths: conflict.built.conflicts.clone(),
                    }),
                    other => other,
                });
                (CONFLICT_OPEN, StepState::Underway(waits))
            }
            Stage::Merged(request) => {
                let waits = match self.resolved(conflict) {
                    Some(Gate::Open) if conflict.keeps_target(self.look, self.lane) => {
                        self.kept(request)
                    }
                    Some(Gate::Undecided(paths)) => vec![WaitingOn::Conflicts {
                        request: Some(request.id),
                        paths,
                    }],
                    Some(Gate::Blind(blind)) => vec![blind],
                    Some(Gate::Open) | None => Vec::new(),
                };
                ("conflict request merged", StepState::Underway(waits))
            }
            Stage::Closed(request) => (
                "failed",
                StepState::Failed(vec![format!(
                    "change request {} into {}, which resolves the conflict with {}, was closed without a merge",
                    request.id, request.into, self.lane
                )]),
            ),
        }
    }

    /// Returns how the gate stands for what people merged into the base branch; none before they did.
    fn resolved(&self, conflict: &Conflict<'_>) -> Option<Gate> {
        let Stage::Merged(_) = conflict.stage else {
            return None;
        };
        let branch = &conflict.built.branch;
        let head = self.look.tip(branch)?;
        Some(gate_at(self.look, self.step, self.lane, branch, head))
    }

    /// Tells whether the fix conflicts, as last seen, and the playbook has that resolved on this machine.
    fn is_resolved_here(&self) -> bool {
        let outcome = parts::outcome(self.look, self.step, self.lane);
        self.carry.conflict == ConflictPolicy::Local
            && matches!(outcome, Some(PredictionOutcome::Conflict { .. }))
    }

    fn predicted(&self) -> (&'static str, StepState) {
        if !self.before.is_empty() {
            return ("planned", StepState::Waiting(self.before.to_vec()));
        }
        let key = (self.step.clone(), self.lane.clone());
        let seen = self.look.seen.predictions.get(&key);
        if let Some(blind) = sight(&format!("whether the fix applies to {}", self.lane), seen) {
            return ("planned", StepState::Waiting(vec![blind]));
        }
        let Some(prediction) = seen.and_then(crate::model::Seen::value) else {
            return ("planned", StepState::Ready);
        };
        let state = match &prediction.outcome {
            PredictionOutcome::Clean => StepState::Ready,
            PredictionOutcome::Conflict { paths } => match self.carry.conflict {
                ConflictPolicy::DraftWithMarkers
                | ConflictPolicy::EmptyCommit
                | ConflictPolicy::TwoBranch => StepState::Ready,
                ConflictPolicy::Fail => StepState::Failed(vec![format!(
                    "the fix conflicts with {} in {}",
                    self.lane,
                    path_names(paths)
                )]),
                ConflictPolicy::Local => {
                    let waits = WaitingOn::Conflicts {
                        request: None,
                        paths: paths.clone(),
                    };
                    let state = StepState::Waiting(vec![waits]);
                    return (WAITS_HERE, state);
                }
            },
            PredictionOutcome::Already => match verdict(self.look, self.lane, None, None) {
                Some(blind @ WaitingOn::Sight { .. }) => StepState::Waiting(vec![blind]),
                Some(_) | None => StepState::Failed(vec![format!(
                    "nothing would change in {}, but the fix is {} there: a person must look",
                    self.lane,
                    self.look
                        .presence(self.lane)
                        .map_or("UNKNOWN", |presence| presence.verdict.word())
                )]),
            },
            PredictionOutcome::Blocked { why } => {
                StepState::Failed(vec![format!("cannot be carried into {}: {why}", self.lane)])
            }
            PredictionOutcome::Unknown { why } => StepState::Waiting(vec![WaitingOn::Sight {
                what: format!("whether the fix applies to {}", self.lane),
                last_seen: None,
                why: why.clone(),
            }]),
        };
        ("predicted", state)
    }
}
