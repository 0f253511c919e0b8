//! `backport`: the engine on its own, for a job in CI.

use crate::cli::args::Backport;
use crate::cli::carry::Ends;
use crate::cli::carry::carry_to_end;
use crate::cli::carry::exit_of_decisions;
use crate::cli::carry::settle;
use crate::cli::exit::Exit;
use crate::cli::json::CarriedDocument;
use crate::cli::session::Session;
use crate::cli::text;
use crate::engine::Board;
use crate::engine::ChangeResult;
use crate::engine::Outcome;
use crate::engine::StepState;
use crate::model::LaneName;
use crate::model::PredictionOutcome;
use crate::model::Seen;
use crate::ops::BackportWords;
use crate::ops::Fault;

pub(in crate::cli) async fn run(session: &Session, words: &Backport) -> Result<Exit, Fault> {
    let workspace = session.open().await?;
    let asked = BackportWords {
        rev: words.rev.clone(),
        into: words.into.clone(),
        is_per_commit: words.per_commit,
        policy: words.policy,
        is_start_over: words.start_over,
    };
    let mut backport = workspace.backport(&asked).await?;
    // A job that died is run again by the same words: what it left is put on record before anything else.
    let is_interrupted = !backport.board.seen.interrupted.is_empty();
    let died = backport.board.record.as_ref().filter(|_| is_interrupted);
    if let Some(hotfix) = died.map(|record| record.hotfix.clone())
        && !words.handling.dry_run
        && settle(session, &workspace, &hotfix, &words.handling).await?
    {
        backport = workspace.backport(&asked).await?;
    }
    if backport.is_settled {
        return Ok(tell_settled(session, &backport.board));
    }
    let asked = &backport.targets;
    let ends = Ends {
        // Nothing was built because it conflicts: that is what a job must be told, not that it was refused.
        refused: if waiting(&backport.board, asked) == 0 {
            Exit::Refused
        } else {
            exit_of_targets(&backport.board, asked)
        },
        done: &|plan, board| match exit_of_decisions(plan, board) {
            Exit::Done => exit_of_targets(board, asked),
            some => some,
        },
    };
    let (planned, handling) = (backport.planned, &words.handling);
    carry_to_end(session, &workspace, planned, handling, &ends).await
}

/// Counts the targets in which a conflict is the reason why nothing was built.
fn waiting(board: &Board, asked: &[LaneName]) -> usize {
    targets(board)
        .filter(|target| asked.contains(&target.lane) && target.request.is_none())
        .filter(|target| !target.is_blocked())
        .filter(|target| {
            let seen = target.prediction.as_ref().and_then(Seen::value);
            seen.is_some_and(|prediction| {
                matches!(prediction.outcome, PredictionOutcome::Conflict { .. })
            })
        })
        .count()
}

/// Returns how the lanes that were asked for stand after everything that could be done was done.
fn exit_of_targets(board: &Board, asked: &[LaneName]) -> Exit {
    let is_fine = |lane: &&LaneName| {
        targets(board).any(|target| {
            &target.lane == *lane
                && !target.has_open_conflict()
                && (target.request.is_some() || target.state.is_over())
                && !matches!(target.state, StepState::Failed(_))
        })
    };
    match asked.iter().filter(is_fine).count() {
        count if count == asked.len() => Exit::Done,
        0 if waiting(board, asked) == asked.len() => Exit::Conflicts,
        0 => Exit::Fault,
        _some => Exit::Partial,
    }
}

/// Tells that every lane was seen to before; nothing is written.
fn tell_settled(session: &Session, board: &Board) -> Exit {
    let results: Vec<ChangeResult> = targets(board)
        .map(|target| ChangeResult {
            call: format!("backport into {}", target.lane),
            outcome: Outcome::Already,
            why: match target.request {
                Some(request) => format!("change request {request}: {}", target.stage),
                None => target.stage.to_owned(),
            },
            is_aside: false,
        })
        .collect();
    let undecided = targets(board).filter(|target| target.has_open_conflict());
    let exit = match undecided.count() {
        0 => Exit::Done,
        count if count == results.len() => Exit::Conflicts,
        _ => Exit::Partial,
    };
    let document = CarriedDocument::settled(&results, exit as u8);
    session.output.show(&text::results(&results), &document);
    exit
}

fn targets(board: &Board) -> impl Iterator<Item = &crate::engine::TargetProgress> {
    let steps = board.progress.iter().flat_map(|progress| &progress.steps);
    steps.flat_map(|step| &step.targets)
}
