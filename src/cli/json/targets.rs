//! The targets of a backport: one row each, the same whether this run carried it, an earlier one did, or nobody yet.

use schemars::JsonSchema;
use serde::Serialize;

use crate::engine::Board;
use crate::engine::TargetProgress;
use crate::model::CommitId;
use crate::model::ConflictPath;
use crate::model::LaneName;
use crate::model::Prediction;
use crate::model::PredictionOutcome;
use crate::model::Presence;
use crate::model::Seen;
use crate::ops::Elsewhere;
use crate::ops::InPart;

/// One lane that was asked for.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TargetRow {
    pub target: String,
    /// `waiting`, `ready`, `underway`, `done`, `failed` or `skipped`.
    pub state: &'static str,
    /// How far it is, such as `predicted`, `blocked`, `request open`, `request open (conflict, draft)`, `merged` or
    /// `verified`.
    pub stage: &'static str,
    /// Why it stands so, where it is not done.
    pub why: Vec<String>,
    /// The change request that brings it.
    pub request: Option<u64>,
    /// The hotfix or backport whose request that is, where it is another one.
    pub of: Option<String>,
    pub branch: Option<String>,
    /// `clean`, `conflict`, `already`, `blocked` or `unknown`; null where nobody predicted it.
    pub prediction: Option<&'static str>,
    /// Conflicted paths that nobody has decided; before a branch is built, those to expect.
    pub conflicts: Vec<TargetConflict>,
    /// Commits that are left out behind a conflict: whoever resolves it picks them, too.
    pub pending: Vec<String>,
    /// `present`, `absent`, `changed`, `pending` or `unknown`; null where it was not judged.
    pub verdict: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct TargetConflict {
    pub path: String,
    /// `content`, `modify-delete`, `rename`, `binary`, `submodule`, `mode`, `type` (a file, a link, a folder) or `pending`.
    pub kind: &'static str,
}

impl TargetRow {
    /// Makes the row of a target.
    pub fn new(target: &TargetProgress, board: &Board) -> Self {
        let prediction = target.prediction.as_ref().and_then(Seen::value);
        Self {
            target: target.lane.to_string(),
            state: target.state.word(),
            stage: target.stage,
            why: target.state.why(board.seen.now),
            request: target.request.map(|request| request.0),
            of: None,
            branch: target.branch.as_ref().map(ToString::to_string),
            prediction: prediction.map(|prediction| word(&prediction.outcome)),
            conflicts: conflicts(target, prediction)
                .iter()
                .map(TargetConflict::new)
                .collect(),
            pending: pending(target, prediction, board)
                .iter()
                .map(ToString::to_string)
                .collect(),
            verdict: verdict(target.presence.as_ref()),
        }
    }

    /// Makes the row of a target of which requests of other records bring a part.
    pub fn in_part(target: &TargetProgress, board: &Board, part: &InPart) -> Self {
        Self {
            state: "waiting",
            stage: "blocked",
            why: vec![part.words()],
            ..Self::new(target, board)
        }
    }

    /// Makes the row of a lane for which a request of another record brings the same.
    pub fn elsewhere(lane: &LaneName, board: &Board, other: &Elsewhere) -> Self {
        let request = board.seen.request(other.request);
        Self {
            target: lane.to_string(),
            state: "underway",
            stage: if other.has_conflict {
                "request open (conflict, draft)"
            } else {
                "request open"
            },
            why: vec![other.words()],
            request: Some(other.request.0),
            of: Some(other.hotfix.to_string()),
            branch: request.map(|request| request.from.to_string()),
            prediction: None,
            conflicts: Vec::new(),
            pending: Vec::new(),
            verdict: verdict(board.seen.presence.get(lane)),
        }
    }
}

fn verdict(seen: Option<&Seen<Presence>>) -> Option<String> {
    let presence = seen.and_then(Seen::value);
    presence.map(|presence| presence.verdict.word().to_lowercase())
}

fn word(outcome: &PredictionOutcome) -> &'static str {
    match outcome {
        PredictionOutcome::Clean => "clean",
        PredictionOutcome::Conflict { .. } => "conflict",
        PredictionOutcome::Already => "already",
        PredictionOutcome::Blocked { .. } => "blocked",
        PredictionOutcome::Unknown { .. } => "unknown",
    }
}

/// Tells whether something was built or opened for a target, so that a prediction says nothing of it any more.
fn is_begun(target: &TargetProgress) -> bool {
    target.branch.is_some() || target.state.is_over()
}

fn conflicts<'a>(
    target: &'a TargetProgress,
    prediction: Option<&'a Prediction>,
) -> &'a [ConflictPath] {
    match prediction.map(|prediction| &prediction.outcome) {
        Some(PredictionOutcome::Conflict { paths }) if !is_begun(target) => paths,
        Some(
            PredictionOutcome::Conflict { .. }
            | PredictionOutcome::Clean
            | PredictionOutcome::Already
            | PredictionOutcome::Blocked { .. }
            | PredictionOutcome::Unknown { .. },
        )
        | None => &target.undecided,
    }
}

/// Returns what is left out: as the branch was built while somebody has to decide on it, else as it would be.
fn pending<'a>(
    target: &TargetProgress,
    prediction: Option<&'a Prediction>,
    board: &'a Board,
) -> &'a [CommitId] {
    if !is_begun(target) {
        return prediction.map_or(&[][..], |prediction| &prediction.pending);
    }
    let built = board.record.iter().flat_map(|record| &record.built);
    let mut own = built
        .filter(|((_, lane), _)| lane == &target.lane && !target.undecided.is_empty())
        .map(|(_, built)| &built.pending[..]);
    own.next().unwrap_or_default()
}

impl TargetConflict {
    fn new(path: &ConflictPath) -> Self {
        Self {
            path: path.path.clone(),
            kind: path.kind.word(),
        }
    }
}
