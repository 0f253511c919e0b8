//! `lanes`.

use crate::cli::exit::Exit;
use crate::cli::json::LanesDocument;
use crate::cli::session::Session;
use crate::cli::text;
use crate::ops::Fault;

pub(in crate::cli) async fn run(session: &Session) -> Result<Exit, Fault> {
    let workspace = session.open().await?;
    let board = workspace.look(None).await?;
    // Presence is shown where it is clear of which fix; several open hotfixes are no mistake here.
    let open: Vec<_> = board.hotfixes.iter().filter(|row| row.is_open).collect();
    let board = match open[..] {
        [only] => workspace.look_offline(Some(&only.id)).await?,
        [] | [_, _, ..] => board,
    };
    session
        .output
        .show(&text::lanes(&board), &LanesDocument::new(&board));
    Ok(Exit::Done)
}
