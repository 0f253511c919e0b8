//! `lanes`.

use crate::cli::args::Lanes;
use crate::cli::exit::Exit;
use crate::cli::json::LanesDocument;
use crate::cli::session::Session;
use crate::cli::text;
use crate::engine::HotfixSummary;
use crate::ops::Fault;

pub(in crate::cli) async fn run(session: &Session, words: &Lanes) -> Result<Exit, Fault> {
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
    let fixes = match words.fixes {
        Some(limit) => Some(workspace.fixes(&board, limit).await?),
        None => None,
    };
    // Thousands of rows: only what is printed is made.
    if session.output.is_json() {
        let taken_out = workspace.taken_out(&board).await?;
        let document = LanesDocument::new(&board)
            .with_taken_out(&taken_out)
            .with_fixes(fixes.as_ref());
        session.output.document(&document);
    } else {
        let mut page = text::lanes(&board);
        if let Some(fixes) = &fixes {
            text::fixes(&mut page, fixes);
        }
        session.output.page(&page);
    }
    Ok(Exit::Done)
}
