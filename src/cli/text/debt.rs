//! The debt clock: what RUN took and BUILD lacks.

use crate::engine::Board;
use crate::model::age;

use super::page::Page;
use super::page::Span;
use super::page::Tone;

/// Adds what is owed to BUILD, the oldest first; nothing where nothing is.
pub(super) fn debt(page: &mut Page, board: &Board) {
    let left_out = board.debt_left_out;
    if left_out > 0 {
        page.text(format!(
            "Retrofit debt: {left_out} not known: closed long ago or carried without a hotfix, which are not looked at, or git could not tell; `lanekeeper lanes --fixes` shows them."
        ));
    }
    if board.debt.is_empty() {
        return;
    }
    page.heading("Retrofit debt: in RUN, not in BUILD").table(2);
    for debt in &board.debt {
        let missing = debt.missing.iter();
        let missing: Vec<String> = missing
            .map(|(lane, verdict)| format!("{lane} {}", verdict.word()))
            .collect();
        page.row(
            [
                Span::new(Tone::Warning, age(board.seen.now, debt.since)),
                Span::new(Tone::Strong, debt.hotfix.as_str()),
                Span::plain(debt.title.as_str()),
                Span::new(Tone::Warning, missing.join(", ")),
            ],
            [],
        );
    }
}
