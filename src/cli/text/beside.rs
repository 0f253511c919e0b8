//! `lanes` with several open hotfixes: for each of them what the page says of the only one.

use crate::cli::command::lanes::Beside;
use crate::engine::Board;
use crate::engine::lanes::LaneModel;
use crate::engine::lanes::Outlook;
use crate::engine::lanes::RowKey;
use crate::engine::lanes::model;
use crate::model::Unasked;

use super::driven::driven;
use super::lanes::presence_cell;
use super::page::Page;
use super::page::Span;
use super::page::Tone;

/// Adds a block for each hotfix.
pub(in crate::cli) fn beside(page: &mut Page, beside: &Beside) {
    for (row, looked) in &beside.boards {
        page.heading(&format!("Where {} is", row.id)).table(2);
        match looked {
            Ok(board) => hotfix(page, board),
            Err(fault) => {
                let words = format!("cannot be looked at: {fault}");
                page.row([Span::new(Tone::Warning, words)], []);
            }
        }
    }
    if let [first, ..] = &beside.left_out[..] {
        page.blank().text(format!(
            "{} more open hotfixes were not looked at; name one: lanekeeper status {first}",
            beside.left_out.len()
        ));
    }
}

fn hotfix(page: &mut Page, board: &Board) {
    let graph = model(&board.book, board.record.as_ref(), &board.seen);
    for row in &graph.rows {
        let (verdict, told) = match row.key() {
            RowKey::Lane(lane) => (presence_cell(board, &lane), board.driven_into(&lane)),
            RowKey::Fix | RowKey::Others => (Span::default(), None),
        };
        let below = told.map(|told| driven(told, Unasked::Trust, "  "));
        page.row([verdict, Span::plain(row.sentence.clone())], below);
    }
    promotions(page, &graph);
}

/// Says which promotions keep the fix and which do not; those that have nothing to do with it stand above.
fn promotions(page: &mut Page, graph: &LaneModel) {
    for promotion in &graph.promotions {
        let cell = match promotion.outlook {
            Outlook::Survives => Span::new(Tone::Good, "the fix survives"),
            Outlook::AtRisk => Span::new(Tone::Bad, "the fix is AT RISK"),
            Outlook::Clean | Outlook::Nothing | Outlook::Conflict | Outlook::Unknown => continue,
        };
        page.row([cell, Span::plain(promotion.sentence.clone())], []);
    }
}
