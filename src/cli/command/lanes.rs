//! `lanes`.

use crate::cli::exit::Exit;
use crate::cli::json::LanesDocument;
use crate::cli::session::Session;
use crate::cli::text;
use crate::engine::HotfixSummary;
use crate::ops::Fault;

pub(in crate::cli) async fn run(session: &Session) -> Result<Exit, Fault> {
    let workspace = session.open().await?;
    // Presence is shown where it is clear of which fix; several open hotfixes are no mistake here.
    let only_open = |hotfixes: &[HotfixSummary]| {
        let open: Vec<_> = hotfixes.iter().filter(|row| row.is_open).collect();
        Ok(match open[..] {
            [only] => Some(only.id.clone()),
            [] | [_, _, ..] => None,
        })
    };
    let board = workspace.look_at(only_open).await?;
    session
        .output
        .show(&text::lanes(&board), &LanesDocument::new(&board));
    Ok(Exit::Done)
}
