//! `lanes`.

use crate::cli::args::Lanes;
use crate::cli::exit::Exit;
use crate::cli::json::LanesDocument;
use crate::cli::session::Session;
use crate::cli::text;
use crate::engine::Board;
use crate::engine::HotfixSummary;
use crate::model::HotfixId;
use crate::ops::Fault;
use crate::ops::LOOKED_BESIDE;
use crate::ops::Workspace;

/// Open hotfixes beside a board of the lanes alone.
#[derive(Debug, Default)]
pub(in crate::cli) struct Beside {
    /// Each with its look, or why there is none.
    pub boards: Vec<(HotfixSummary, Result<Board, Fault>)>,
    /// Those that nobody looked at, since too many are open.
    pub left_out: Vec<HotfixId>,
}

pub(in crate::cli) async fn run(session: &Session, words: &Lanes) -> Result<Exit, Fault> {
    let workspace = session.open().await?;
    // With one open hotfix the lanes are drawn for it; with several each has a block of its own.
    let only_open = |hotfixes: &[HotfixSummary]| {
        let open: Vec<_> = hotfixes.iter().filter(|row| row.is_open).collect();
        Ok(match open[..] {
            [only] => Some(only.id.clone()),
            [] | [_, _, ..] => None,
        })
    };
    let board = workspace.look_at(only_open).await?;
    let beside = beside(&workspace, &board).await;
    let fixes = match words.fixes {
        Some(limit) => Some(workspace.fixes(&board, limit).await?),
        None => None,
    };
    // Thousands of rows: only what is printed is made.
    if session.output.is_json() {
        let mut document = LanesDocument::new(&board).with_hotfixes(&beside);
        let others = beside.boards.iter();
        let others = others.filter_map(|(_, looked)| looked.as_ref().ok());
        for board in std::iter::once(&board).chain(others) {
            let taken_out = workspace.taken_out(board).await?;
            document = document.with_taken_out(board, &taken_out);
        }
        session
            .output
            .document(&document.with_fixes(fixes.as_ref()));
    } else {
        let mut page = text::lanes(&board);
        text::beside(&mut page, &beside);
        if let Some(fixes) = &fixes {
            text::fixes(&mut page, fixes);
        }
        session.output.page(&page);
    }
    Ok(Exit::Done)
}

/// Looks at the open hotfixes one after another, where the lanes are not those of the only one.
async fn beside(workspace: &Workspace, board: &Board) -> Beside {
    let mut beside = Beside::default();
    if board.record.is_some() {
        return beside;
    }
    let open = board.hotfixes.iter().filter(|row| row.is_open);
    for (place, row) in open.enumerate() {
        if place >= LOOKED_BESIDE {
            beside.left_out.push(row.id.clone());
            continue;
        }
        // One that cannot be looked at hides none of the others.
        let looked = workspace.look_beside(board, &row.id).await;
        beside.boards.push((row.clone(), looked));
    }
    beside
}
