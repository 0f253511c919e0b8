//! `status`: every step with why it stands as it stands, and the checklist.

use crate::cli::args::Which;
use crate::cli::exit::Exit;
use crate::cli::json::StatusDocument;
use crate::cli::session::Session;
use crate::cli::text;
use crate::ops::Fault;

pub(in crate::cli) async fn run(session: &Session, which: &Which) -> Result<Exit, Fault> {
    let (_, board) = session.board(which.words()).await?;
    session
        .output
        .show(&text::status(&board), &StatusDocument::new(&board));
    Ok(Exit::Done)
}
