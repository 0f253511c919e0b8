//! Draws the list of hotfixes.

use ratatui::layout::Rect;

use crate::model::HotfixId;
use crate::model::age;
use crate::tui::app::App;
use crate::tui::app::HotfixList;
use crate::tui::app::Line;
use crate::tui::app::Tone;

use super::layout::scroll;
use super::pen::Pen;
use super::pen::short;

/// Draws the rows, open ones first as they come.
pub(super) fn draw(app: &App, list: &HotfixList, pen: &mut Pen<'_, '_>) {
    let Some(board) = &app.board else { return };
    let hotfixes = &board.hotfixes;
    let screen = pen.screen();
    let style = pen.theme.border_focused;
    let width = screen.width.saturating_sub(6).clamp(38, 100);
    let height = (short(hotfixes.len().max(1)) + 5).min(screen.height.saturating_sub(2));
    let open = hotfixes.iter().filter(|hotfix| hotfix.is_open).count();
    let inner = pen.overlay(
        width,
        height,
        "Hotfixes",
        &format!("{open} open"),
        style,
        false,
    );
    let room = usize::from(inner.width);
    let shown = usize::from(inner.height.saturating_sub(2));
    let at = list.index(hotfixes);
    let top = scroll(0, Some(at), hotfixes.len(), shown);
    if hotfixes.is_empty() {
        let dim = pen.tone(Tone::Dim);
        pen.text(inner.x, inner.y, room, "none yet: s starts one", dim);
    }
    for (n, hotfix) in hotfixes.iter().enumerate().skip(top).take(shown) {
        let y = inner.y + short(n - top);
        let (state, tone) = if hotfix.is_open {
            ("open  ", Tone::Good)
        } else {
            ("closed", Tone::Dim)
        };
        let pointer = if n == at { "> " } else { "  " };
        let id_room = if room >= 84 { 34 } else { 0 };
        let id: String = if id_room > 0 {
            format!("{:<id_room$} ", hotfix.id.as_str())
        } else {
            String::new()
        };
        let branch = hotfix.branch.as_str();
        let name = branch.rsplit('/').next().unwrap_or(branch);
        let text_tone = if hotfix.is_open {
            Tone::Plain
        } else {
            Tone::Dim
        };
        let line = Line::new(pointer, Tone::Key)
            .and(format!("{state}  "), tone)
            .and(id, Tone::Dim)
            .and(
                if id_room > 0 {
                    String::new()
                } else {
                    format!("{name:<18} ")
                },
                Tone::Key,
            )
            .and(
                if hotfix.is_interrupted {
                    "INTERRUPTED here  "
                } else {
                    ""
                },
                Tone::Warn,
            )
            .and(format!("\"{}\"", hotfix.title), text_tone)
            .and(format!("  {}", hotfix.playbook), Tone::Dim)
            .and(debt(app, &hotfix.id), Tone::Warn);
        pen.line(inner.x, y, room, &line);
        if n == at {
            let selected = pen.theme.selected;
            pen.tint(Rect::new(inner.x, y, inner.width, 1), selected);
        }
    }
    pen.keys(inner, "Enter show   s start a hotfix   Esc lanes only");
}

/// Returns what RUN took of it and BUILD lacks, and since when.
fn debt(app: &App, hotfix: &HotfixId) -> String {
    let debts = app.board.iter().flat_map(|board| &board.debt);
    let Some(debt) = debts.into_iter().find(|debt| &debt.hotfix == hotfix) else {
        return String::new();
    };
    let lanes: Vec<&str> = debt.missing.iter().map(|(lane, _)| lane.as_str()).collect();
    let since = age(app.clock.now, debt.since);
    format!("  owed to {} for {since}", lanes.join(", "))
}
