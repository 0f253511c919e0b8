//! `backport`: the engine on its own, for a job in CI.

use std::collections::BTreeMap;

use crate::cli::args::Backport;
use crate::cli::carry::Ends;
use crate::cli::carry::carry_to_end;
use crate::cli::carry::settle;
use crate::cli::exit::Exit;
use crate::cli::json::CarriedDocument;
use crate::cli::json::TargetRow;
use crate::cli::session::Session;
use crate::cli::text;
use crate::engine::Board;
use crate::engine::ChangeResult;
use crate::engine::Outcome;
use crate::engine::StepState;
use crate::engine::TargetProgress;
use crate::model::LaneName;
use crate::model::PredictionOutcome;
use crate::model::Seen;
use crate::ops::BackportWords;
use crate::ops::Elsewhere;
use crate::ops::Fault;
use crate::ops::InPart;

pub(in crate::cli) async fn run(session: &Session, words: &Backport) -> Result<Exit, Fault> {
    let workspace = session.open().await?;
    let asked = BackportWords {
        rev: words.rev.clone(),
        into: words.into.clone(),
        is_per_commit: words.per_commit,
        policy: words.policy,
        is_start_over: words.start_over,
    };
    // On the heap: it asks more than any other command before it plans.
    let mut backport = Box::pin(workspace.backport(&asked)).await?;
    // A job that died is run again by the same words: what it left is put on record before anything else.
    let is_interrupted = !backport.board.seen.interrupted.is_empty();
    let died = backport.board.record.as_ref().filter(|_| is_interrupted);
    if let Some(hotfix) = died.map(|record| record.hotfix.clone())
        && !words.handling.dry_run
        && settle(session, &workspace, &hotfix, &words.handling).await?
    {
        backport = Box::pin(workspace.backport(&asked)).await?;
    }
    let board = &backport.board;
    let asked = Asked {
        lanes: &backport.targets,
        elsewhere: &backport.elsewhere,
        in_part: &backport.in_part,
        ways: &backport.ways,
    };
    if backport.is_settled {
        return Ok(tell_settled(session, board, &asked));
    }
    let ends = Ends {
        // Nothing was built because it conflicts: that is what a job must be told, not that it was refused.
        refused: if asked.has_unbuilt(board) {
            asked.exit(board)
        } else {
            Exit::Refused
        },
        done: &|_, board| asked.exit(board),
        targets: &|after: Option<&Board>| asked.rows(after.unwrap_or(board)),
    };
    let (planned, handling) = (backport.planned, &words.handling);
    carry_to_end(session, &workspace, planned, handling, &ends).await
}

/// The lanes that were asked for.
struct Asked<'a> {
    lanes: &'a [LaneName],
    /// Open requests of other records that bring the same.
    elsewhere: &'a BTreeMap<LaneName, Elsewhere>,
    /// Open requests of other records that bring a part of it.
    in_part: &'a BTreeMap<LaneName, InPart>,
    /// What can be done about those where it was merged and is not, or not as it was.
    ways: &'a BTreeMap<LaneName, String>,
}

/// How one of them stands, for a job.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stand {
    /// The commit is there, or nothing but a person's yes keeps it from there.
    Fine,
    /// A conflict waits for a person.
    Conflict,
    Failed,
}

impl Asked<'_> {
    fn stand(&self, board: &Board, lane: &LaneName) -> Stand {
        if let Some(other) = self.other(board, lane) {
            return if other.has_conflict {
                Stand::Conflict
            } else {
                Stand::Fine
            };
        }
        match (target(board, lane), self.in_part.get(lane)) {
            (Some(target), None) => stand(board, target),
            (Some(_) | None, Some(_)) | (None, None) => Stand::Failed,
        }
    }

    /// Returns another record's request for a lane, where that has not come by itself meanwhile.
    fn other(&self, board: &Board, lane: &LaneName) -> Option<&Elsewhere> {
        let own = target(board, lane);
        let has_own = own.is_some_and(|one| one.state.is_over() || one.request.is_some());
        self.elsewhere.get(lane).filter(|_| !has_own)
    }

    fn count(&self, board: &Board, wanted: Stand) -> usize {
        let lanes = self.lanes.iter();
        let stands = lanes.map(|lane| self.stand(board, lane));
        stands.filter(|stand| *stand == wanted).count()
    }

    /// Tells whether a conflict is the reason why nothing was built for a lane.
    fn has_unbuilt(&self, board: &Board) -> bool {
        let lanes = self.lanes.iter();
        let own = lanes.filter(|lane| !self.in_part.contains_key(*lane));
        let targets = own.filter_map(|lane| target(board, lane));
        let mut targets = targets.filter(|target| !target.is_blocked());
        targets.any(has_predicted)
    }

    /// Returns how a job ends: all is fine, all waits for people to resolve, some is fine, none is.
    fn exit(&self, board: &Board) -> Exit {
        let all = self.lanes.len();
        let count = |wanted| self.count(board, wanted);
        match (count(Stand::Fine), count(Stand::Conflict)) {
            (fine, _) if fine == all => Exit::Done,
            (_, conflicts) if conflicts == all => Exit::Conflicts,
            (0, _) => Exit::Fault,
            (_some, _) => Exit::Partial,
        }
    }

    fn rows(&self, board: &Board) -> Vec<TargetRow> {
        let row = |lane: &LaneName| {
            if let Some(other) = self.other(board, lane) {
                return Some(TargetRow::elsewhere(lane, board, other));
            }
            let target = target(board, lane)?;
            Some(match self.in_part.get(lane) {
                Some(part) => TargetRow::in_part(target, board, part),
                None => TargetRow::new(target, board),
            })
        };
        self.lanes.iter().filter_map(row).collect()
    }
}

fn target<'a>(board: &'a Board, lane: &LaneName) -> Option<&'a TargetProgress> {
    let steps = board.progress.iter().flat_map(|progress| &progress.steps);
    let mut targets = steps.flat_map(|step| &step.targets);
    targets.find(|target| &target.lane == lane)
}

/// Merged is not enough: what is not there, or not there any more, is not delivered.
fn stand(board: &Board, target: &TargetProgress) -> Stand {
    if target.state.is_over() {
        return Stand::Fine;
    }
    let waits = target.is_conflicting() || has_predicted(target);
    if target.has_open_conflict() || (waits && !target.is_blocked()) {
        return Stand::Conflict;
    }
    let request = target.request.and_then(|id| board.seen.request(id));
    let has_failed = matches!(target.state, StepState::Failed(_));
    if request.is_some_and(|request| request.is_open() && !board.leaves_out(request)) && !has_failed
    {
        return Stand::Fine;
    }
    Stand::Failed
}

/// Tells whether there is no request, and a conflict to expect.
fn has_predicted(target: &TargetProgress) -> bool {
    let seen = target.prediction.as_ref().and_then(Seen::value);
    let has_conflict = seen
        .is_some_and(|prediction| matches!(prediction.outcome, PredictionOutcome::Conflict { .. }));
    target.request.is_none() && has_conflict
}

/// Tells that every lane was seen to before; nothing is written.
fn tell_settled(session: &Session, board: &Board, asked: &Asked<'_>) -> Exit {
    let results: Vec<ChangeResult> = asked
        .lanes
        .iter()
        .filter_map(|lane| {
            let (outcome, why) = match asked.stand(board, lane) {
                Stand::Fine | Stand::Conflict => (Outcome::Already, Vec::new()),
                Stand::Failed => {
                    let own = target(board, lane)?;
                    let request = own.request.and_then(|id| board.seen.request(id));
                    let is_without = request.is_some_and(|request| board.leaves_out(request));
                    let mut why = own.state.why(board.seen.now);
                    why.extend(is_without.then(|| format!("{} without the fix", own.stage)));
                    (Outcome::Failed, why)
                }
            };
            Some(ChangeResult {
                call: format!("backport into {lane}"),
                outcome,
                why: match asked.other(board, lane) {
                    Some(other) => other.words(),
                    None => words(target(board, lane)?, why, asked.ways.get(lane)),
                },
                is_aside: false,
            })
        })
        .collect();
    let exit = asked.exit(board);
    let document = CarriedDocument::settled(&results, exit as u8).with(asked.rows(board));
    session.output.show(&text::results(&results), &document);
    exit
}

/// Says how far a target is, why that is not enough, and what can be done about it.
fn words(target: &TargetProgress, mut why: Vec<String>, way: Option<&String>) -> String {
    let how = if why.is_empty() {
        target.stage.to_owned()
    } else {
        why.extend(way.cloned());
        why.join("; ")
    };
    match target.request {
        Some(request) => format!("change request {request}: {how}"),
        None => how,
    }
}
