//! `approvals`: the inbox across hotfixes.

use crate::cli::exit::Exit;
use crate::cli::json::ApprovalsDocument;
use crate::cli::session::Session;
use crate::cli::text;
use crate::engine::Board;
use crate::engine::Inbox;
use crate::engine::inbox;
use crate::model::Seen;
use crate::ops::Fault;
use crate::ops::FaultKind;

pub(in crate::cli) async fn run(session: &Session) -> Result<Exit, Fault> {
    let workspace = session.open().await?;
    let board = workspace.look(None).await?;
    let inbox = inbox_of(&board)?;
    let subjects: Vec<_> = inbox.items().map(|item| item.subject.clone()).collect();
    let sizes = workspace.diff_sizes(&board, &subjects).await;
    let document = ApprovalsDocument::new(&inbox, &sizes, &board);
    session
        .output
        .show(&text::approvals(&document.groups), &document);
    Ok(Exit::Done)
}

/// Returns the inbox as seen now; requests that nobody could see are a fault, never an empty inbox.
pub(super) fn inbox_of(board: &Board) -> Result<Inbox, Fault> {
    let requests = seen(&board.seen.requests, "the change requests")?;
    let deployments = seen(&board.seen.deployments, "the deployments")?;
    Ok(inbox(
        &board.book.project,
        requests,
        deployments,
        &board.seen.me,
        &board.looked,
        board.record.as_ref(),
    ))
}

fn seen<'a, T>(seen: &'a Seen<Vec<T>>, what: &str) -> Result<&'a [T], Fault> {
    match seen {
        Seen::Known { value, .. } | Seen::Stale { value, .. } => Ok(value),
        Seen::Unknown { why } => Err(Fault::new(
            FaultKind::Remote,
            format!("cannot see {what}: {why}"),
        )
        .hint("Try again when it answers: lanekeeper doctor tells what is wrong.")),
    }
}
