//! `backport`: the engine on its own, for a job in CI.

use crate::cli::args::Backport;
use crate::cli::carry::carry_planned;
use crate::cli::exit::Exit;
use crate::cli::json::CarriedDocument;
use crate::cli::session::Session;
use crate::cli::text;
use crate::engine::Board;
use crate::engine::ChangeResult;
use crate::engine::Outcome;
use crate::ops::Fault;

pub(in crate::cli) async fn run(session: &Session, words: &Backport) -> Result<Exit, Fault> {
    let workspace = session.open().await?;
    let backport = workspace.backport(&words.rev, &words.into).await?;
    if backport.is_settled {
        return Ok(tell_settled(session, &backport.board));
    }
    let exit = carry_planned(session, &workspace, backport.planned, &words.handling).await?;
    Ok(exit)
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
        })
        .collect();
    let undecided = targets(board).filter(|target| !target.undecided.is_empty());
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
