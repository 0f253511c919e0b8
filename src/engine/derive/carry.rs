//! The fix carried into other lanes: each target on its own, the step is what its targets are (flows.md 5.2).

use crate::engine::carried;
use crate::engine::look::Look;
use crate::engine::look::sight;
use crate::engine::marker::Marker;
use crate::engine::ours::is_ours;
use crate::engine::seats::Bench;
use crate::engine::state::Evidence;
use crate::engine::state::StepProgress;
use crate::engine::state::StepState;
use crate::engine::state::TargetProgress;
use crate::engine::state::WaitingOn;
use crate::model::ChangeRequest;
use crate::model::ConflictPath;
use crate::model::LaneName;
use crate::model::Merged;
use crate::model::PredictionOutcome;
use crate::model::Presence;
use crate::model::StepId;
use crate::playbook::Carry;
use crate::playbook::ConflictPolicy;
use crate::playbook::Strategy;
use crate::record::BuiltTarget;

use super::change::rank;
use super::change::request_waits;
use super::change::verdict;
use super::gate::Gate;
use super::gate::gate;

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
        .flat_map(|request| Bench::of_request(look.project(), request).seats(&look.seen.me))
        .collect();
    StepProgress {
        state: aggregate(&targets),
        seats,
        targets,
        ..blank
    }
}

/// One target's raw material.
struct Spot<'a> {
    look: Look<'a>,
    step: &'a StepId,
    carry: &'a Carry,
    lane: &'a LaneName,
    /// What the step waits for before its turn.
    before: &'a [WaitingOn],
    request: Option<&'a ChangeRequest>,
    built: Option<&'a BuiltTarget>,
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
        built: look.record.built.get(&(step.clone(), lane.clone())),
    };
    let (stage, state) = spot.derive();
    let key = (step.clone(), lane.clone());
    let branch = spot
        .request
        .map(|request| request.from.clone())
        .or_else(|| spot.built.map(|built| built.branch.clone()));
    let undecided = match spot.request.map(|request| gate(look, step, lane, request)) {
        Some(Gate::Undecided(paths)) => paths,
        Some(Gate::Open | Gate::Blind(_)) | None => Vec::new(),
    };
    TargetProgress {
        lane: lane.clone(),
        state,
        stage,
        request: spot.request.map(|request| request.id),
        branch,
        prediction: look.seen.predictions.get(&key).cloned(),
        presence: look.seen.presence.get(lane).cloned(),
        undecided,
    }
}

/// Returns the request of one target: the recorded one, ours by marker, or one from a branch of ours.
pub(in crate::engine) fn target_request<'a>(
    look: Look<'a>,
    step: &StepId,
    carry: &Carry,
    lane: &LaneName,
) -> Option<&'a ChangeRequest> {
    let into = look.branch_of(lane)?;
    let key = (step.clone(), Some(lane.clone()));
    let recorded = look.record.requests.get(&key).map(|opened| opened.request);
    let marker = Marker::new(look.record.hotfix.clone(), carried::key(step, lane));
    let built = look
        .record
        .built
        .get(&(step.clone(), lane.clone()))
        .map(|built| &built.branch);
    look.requests()
        .iter()
        .filter(|request| request.into == into)
        .filter(|request| {
            recorded == Some(request.id)
                || Marker::find(request.body.raw()).as_ref() == Some(&marker)
                || Some(&request.from) == built
                || is_same_way(look, carry, request)
        })
        .max_by_key(|request| rank(request, recorded == Some(request.id)))
}

/// Tells whether a request that nobody here opened carries the same: from the hotfix branch itself, or for a
/// merged lane an open one from that lane. Opening a second beside it would only confuse.
fn is_same_way(look: Look<'_>, carry: &Carry, request: &ChangeRequest) -> bool {
    match carry.strategy {
        Strategy::MergeFix => {
            Some(&request.from) == look.fix_branch() && is_ours(look.record, request)
        }
        Strategy::MergeLane => {
            request.is_open() && Some(&request.from) == look.branch_of(&carry.source).as_ref()
        }
        Strategy::Pick => false,
    }
}

impl Spot<'_> {
    fn derive(&self) -> (&'static str, StepState) {
        let key = (self.step.clone(), self.lane.clone());
        let merged = self
            .request
            .and_then(|request| Some((request, request.merged()?)));
        if let Some(presence) = self.look.is_present(self.lane) {
            return ("verified", self.present(presence, merged));
        }
        if let Some(note) = self.look.record.abandoned.get(&key) {
            let state = StepState::Skipped {
                by: note.by.show(),
                why: note.note.clone(),
            };
            return ("abandoned", state);
        }
        if merged.is_some() {
            let waits = verdict(self.look, self.lane).into_iter().collect();
            return ("merged", StepState::Underway(waits));
        }
        match self.request {
            Some(request) if request.is_open() => self.open(request),
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

    fn present(&self, presence: &Presence, merged: Option<(&ChangeRequest, &Merged)>) -> StepState {
        let rule = presence
            .rule
            .map_or("unknown rule", crate::model::Rule::word);
        if let Some((request, merged)) = merged {
            return StepState::Done(vec![
                Evidence::Merged {
                    request: request.id,
                    commit: merged.commit.clone(),
                    by: merged.by.as_ref().map(crate::model::Person::show),
                    at: merged.at,
                },
                match self.look.acknowledgement(presence) {
                    None => Evidence::Present {
                        lane: self.lane.clone(),
                        rule,
                    },
                    Some(acknowledged) => Evidence::Acknowledged {
                        lane: self.lane.clone(),
                        by: acknowledged.by.show(),
                        note: acknowledged.note.clone(),
                    },
                },
            ]);
        }
        if self.request.is_none() && self.built.is_none() {
            return StepState::Done(vec![Evidence::Nothing {
                why: format!(
                    "nothing to do: it is already in {} at {} ({rule})",
                    self.lane,
                    presence.tip.short()
                ),
            }]);
        }
        StepState::Done(vec![Evidence::Found {
            lane: self.lane.clone(),
            rule,
            tip: presence.tip.clone(),
        }])
    }

    fn open(&self, request: &ChangeRequest) -> (&'static str, StepState) {
        let gate = gate(self.look, self.step, self.lane, request);
        let has_conflicts = self.built.is_some_and(|built| !built.conflicts.is_empty());
        let stage = if self.built.is_some_and(|built| built.head != request.head) {
            "taken over by a person"
        } else if has_conflicts {
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

    fn not_open(&self) -> (&'static str, StepState) {
        let mut blind: Vec<WaitingOn> = Vec::new();
        blind.extend(sight("the remote", Some(&self.look.seen.tips)));
        blind.extend(sight("the change requests", Some(&self.look.seen.requests)));
        if !blind.is_empty() {
            return ("planned", StepState::Waiting(blind));
        }
        if let Some(built) = self.built
            && self.look.tip(&built.branch).is_some()
        {
            return ("branch built", StepState::Underway(Vec::new()));
        }
        self.predicted()
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
                ConflictPolicy::DraftWithMarkers | ConflictPolicy::EmptyCommit => StepState::Ready,
                ConflictPolicy::Fail => StepState::Failed(vec![format!(
                    "the fix conflicts with {} in {}",
                    self.lane,
                    names(paths)
                )]),
                ConflictPolicy::Local => {
                    let waits = WaitingOn::Conflicts {
                        request: None,
                        paths: paths.clone(),
                    };
                    let state = StepState::Waiting(vec![waits]);
                    return ("waits for local resolution", state);
                }
            },
            PredictionOutcome::Already => match verdict(self.look, self.lane) {
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

pub(super) fn names(paths: &[ConflictPath]) -> String {
    let names: Vec<&str> = paths.iter().map(|path| path.path.as_str()).collect();
    names.join(", ")
}

/// Returns the step's state from its targets': the worst that a person must see, with every reason.
fn aggregate(targets: &[TargetProgress]) -> StepState {
    if targets.is_empty() {
        return StepState::Done(vec![Evidence::Nothing {
            why: "nothing to do: no lane needs it".to_owned(),
        }]);
    }
    let mut evidence = Vec::new();
    let mut failures = Vec::new();
    let mut waits: Vec<WaitingOn> = Vec::new();
    let mut skipped = None;
    let (mut over, mut ready, mut underway) = (0, 0, 0);
    for target in targets {
        match &target.state {
            StepState::Done(why) => {
                over += 1;
                evidence.extend(why.iter().cloned());
            }
            StepState::Skipped { .. } => {
                over += 1;
                skipped = Some(target.state.clone());
            }
            StepState::Failed(why) => failures.extend(why.iter().cloned()),
            StepState::Ready => ready += 1,
            StepState::Waiting(on) => push_new(&mut waits, on),
            StepState::Underway(on) => {
                underway += 1;
                push_new(&mut waits, on);
            }
        }
    }
    if over == targets.len() {
        return match skipped {
            Some(state) if evidence.is_empty() => state,
            Some(_) | None => StepState::Done(evidence),
        };
    }
    if !failures.is_empty() {
        return StepState::Failed(failures);
    }
    if over > 0 || underway > 0 {
        return StepState::Underway(waits);
    }
    if ready > 0 {
        StepState::Ready
    } else {
        StepState::Waiting(waits)
    }
}

fn push_new(waits: &mut Vec<WaitingOn>, on: &[WaitingOn]) {
    for reason in on {
        if !waits.contains(reason) {
            waits.push(reason.clone());
        }
    }
}
