//! The border of a pane, or its heading where there is no room for borders.

use ratatui::layout::Rect;

use crate::tui::app::App;
use crate::tui::app::Line;
use crate::tui::app::Pane;
use crate::tui::app::Tone;
use crate::tui::app::approvals;
use crate::tui::app::detail;
use crate::tui::app::score;

use super::pen::Pen;

/// Draws the border; returns what is inside.
pub(super) fn border(
    app: &App,
    pen: &mut Pen<'_, '_>,
    area: Rect,
    pane: Pane,
    has_tabs: bool,
) -> Rect {
    let style = if app.focus == pane {
        pen.theme.border_focused
    } else {
        pen.theme.border
    };
    let left = title(app, pane, has_tabs);
    let right = right(app, pane, usize::from(area.width));
    pen.frame(area, &left, &right, style, false)
}

/// Draws the border with other words at its right.
pub(super) fn border_with(
    app: &App,
    pen: &mut Pen<'_, '_>,
    area: Rect,
    pane: Pane,
    right: &str,
) -> Rect {
    let style = if app.focus == pane {
        pen.theme.border_focused
    } else {
        pen.theme.border
    };
    pen.frame(area, &title(app, pane, false), right, style, false)
}

/// Draws the heading on a line of its own; returns what is below. The lanes have none.
pub(super) fn heading(
    app: &App,
    pen: &mut Pen<'_, '_>,
    area: Rect,
    pane: Pane,
    has_tabs: bool,
) -> Rect {
    if area.height == 0 || pane == Pane::Lanes {
        return area;
    }
    let used = pen.line(
        area.x,
        area.y,
        usize::from(area.width),
        &title(app, pane, has_tabs),
    );
    let rest = Rect::new(
        area.x.saturating_add(super::pen::short(used) + 1),
        area.y,
        area.width.saturating_sub(super::pen::short(used) + 1),
        1,
    );
    let dim = pen.tone(Tone::Dim);
    pen.right(rest, &right(app, pane, usize::from(area.width)), dim);
    Rect::new(area.x, area.y + 1, area.width, area.height - 1)
}

fn title(app: &App, pane: Pane, has_tabs: bool) -> Line {
    let named = |pane: Pane| -> String {
        let count = match pane {
            Pane::Approvals => mine(app),
            Pane::Log => running(app),
            Pane::Lanes | Pane::Checklist | Pane::Detail => 0,
        };
        if count > 0 && has_tabs {
            format!("{}({count})", pane.title())
        } else {
            pane.title().to_owned()
        }
    };
    let tone = if app.focus == pane {
        Tone::Key
    } else {
        Tone::Strong
    };
    let filtered = app
        .filter
        .get(&pane)
        .map_or_else(String::new, |filter| format!(" /{filter}"));
    if !has_tabs || pane == Pane::Lanes {
        return Line::new(format!("{}{filtered}", named(pane)), tone);
    }
    let mut line = Line(Vec::new());
    for other in Pane::ALL.into_iter().filter(|other| *other != Pane::Lanes) {
        if !line.0.is_empty() {
            line = line.and("  ", Tone::Plain);
        }
        line = if other == pane {
            line.and(format!("[{}{filtered}]", named(other)), tone)
        } else {
            line.and(named(other), Tone::Dim)
        };
    }
    line
}

fn mine(app: &App) -> usize {
    approvals(app)
        .iter()
        .filter(|row| row.group == crate::tui::app::ApprovalGroup::Mine)
        .count()
}

fn running(app: &App) -> usize {
    app.log.running().max(usize::from(app.run.is_some()))
}

fn right(app: &App, pane: Pane, width: usize) -> String {
    match pane {
        Pane::Lanes if width >= 110 => {
            "x: events, newest at right   heavy line = has the hotfix".to_owned()
        }
        Pane::Lanes => "heavy = has the hotfix".to_owned(),
        Pane::Checklist => {
            score(app).map_or_else(String::new, |(over, all)| format!("{over}/{all}"))
        }
        Pane::Approvals => match mine(app) {
            0 => String::new(),
            count => format!("{count} for you"),
        },
        Pane::Detail => detail(app).title,
        Pane::Log => match running(app) {
            0 => String::new(),
            count => format!("{count} running"),
        },
    }
}
