//! `next`: what can be done now, and by whom.

use crate::cli::args::Which;
use crate::cli::exit::Exit;
use crate::cli::json::NextDocument;
use crate::cli::session::Session;
use crate::cli::text;
use crate::ops::Fault;

pub(in crate::cli) async fn run(session: &Session, which: &Which) -> Result<Exit, Fault> {
    let (_, board) = session.board(which.words()).await?;
    session
        .output
        .show(&text::next(&board), &NextDocument::new(&board));
    Ok(Exit::Done)
}
