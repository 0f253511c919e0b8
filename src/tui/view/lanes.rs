//! Paints a laid-out lane graph into an area. What a cell means is decided there, how it looks by the theme.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::style::Style;

use crate::engine::lanes::Drawing;
use crate::engine::lanes::EventKey;
use crate::engine::lanes::Role;

/// Draws the rows of `drawing` from `top` on; what is outside of the area is cut off.
pub fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    drawing: &Drawing,
    top: usize,
    style: impl Fn(Role) -> Style,
) {
    let area = area.intersection(frame.area());
    let buffer = frame.buffer_mut();
    for (y, row) in (area.top()..area.bottom()).zip(drawing.rows.iter().skip(top)) {
        for (x, cell) in (area.left()..area.right()).zip(row) {
            let mut style = style(cell.role);
            if cell.is_selected {
                style = style.add_modifier(Modifier::REVERSED);
            }
            let target = &mut buffer[(x, y)];
            // The right half of a wide character stays as ratatui wants it: an empty symbol is skipped.
            target.set_symbol(if cell.text.is_empty() {
                " "
            } else {
                &cell.text
            });
            target.set_style(style);
        }
    }
}

/// Returns the first row to show so that the selected event is visible in `height` rows.
pub fn scroll(drawing: &Drawing, selected: Option<&EventKey>, top: usize, height: usize) -> usize {
    let last = drawing.rows.len().saturating_sub(height);
    let node = drawing
        .hits
        .iter()
        .rfind(|hit| Some(&hit.event) == selected);
    let wanted = node.map_or(top, |hit| {
        let least = (hit.row + 1).saturating_sub(height);
        top.clamp(least, hit.row.max(least))
    });
    wanted.min(last)
}

#[cfg(test)]
mod tests {
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    use crate::engine::lanes::Cell;
    use crate::engine::lanes::Hit;

    use super::*;

    fn cell(text: &str) -> Cell {
        Cell {
            text: text.to_owned(),
            role: Role::Name,
            is_selected: false,
        }
    }

    fn tall(height: usize) -> Drawing {
        Drawing {
            width: 3,
            rows: (0..height)
                .map(|row| vec![cell("客"), cell(""), cell(&(row % 10).to_string())])
                .collect(),
            hits: vec![Hit {
                row: height - 1,
                columns: 2..3,
                event: EventKey::Cut,
            }],
            ..Drawing::default()
        }
    }

    #[test]
    fn a_wide_character_keeps_its_two_cells() {
        let mut terminal = Terminal::new(TestBackend::new(5, 2)).unwrap();
        terminal
            .draw(|frame| draw(frame, frame.area(), &tall(4), 2, |_| Style::new()))
            .unwrap();
        let shown = terminal.backend().to_string();
        assert_eq!(shown.matches("客").count(), 2);
        assert!(shown.contains('2') && shown.contains('3') && !shown.contains('0'));
    }

    #[test]
    fn a_selected_event_is_scrolled_into_view() {
        assert_eq!(scroll(&tall(40), Some(&EventKey::Cut), 0, 10), 30);
        assert_eq!(scroll(&tall(40), None, 5, 10), 5);
        assert_eq!(scroll(&tall(4), Some(&EventKey::Cut), 3, 10), 0);
    }
}
