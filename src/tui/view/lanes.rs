//! Paints a laid-out lane graph into an area. What a cell means is decided there, how it looks by the theme.

use std::sync::Arc;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::style::Style;

use crate::engine::lanes::Drawing;
use crate::engine::lanes::Glyphs;
use crate::engine::lanes::LaneModel;
use crate::engine::lanes::Role;
use crate::engine::lanes::View;
use crate::engine::lanes::layout;

/// Draws the rows of `drawing` from `top` on; what is outside of the area is cut off.
pub fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    drawing: &Drawing,
    top: usize,
    style: impl Fn(Role) -> Style,
) {
    let area = area.intersection(frame.area());
    if area.is_empty() {
        return;
    }
    let buffer = frame.buffer_mut();
    for (y, row) in (area.top()..area.bottom()).zip(drawing.rows.iter().skip(top)) {
        let start = buffer.index_of(area.left(), y);
        let targets = &mut buffer.content[start..start + usize::from(area.width)];
        for (target, cell) in targets.iter_mut().zip(row) {
            let mut style = style(cell.role);
            if cell.is_selected {
                style = style.add_modifier(Modifier::REVERSED);
            }
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

/// Lines kept visible on each side of the selection, where there is room.
const MARGIN: usize = 1;

/// Returns the first line to show so that the line `wanted` is visible in `height` lines.
pub fn scroll(lines: usize, wanted: Option<usize>, top: usize, height: usize) -> usize {
    let last = lines.saturating_sub(height);
    let Some(wanted) = wanted else {
        return top.min(last);
    };
    let margin = if height > 2 * MARGIN + 2 { MARGIN } else { 0 };
    let least = (wanted + 1 + margin).saturating_sub(height);
    let most = wanted.saturating_sub(margin);
    top.clamp(least, most.max(least)).min(last)
}

/// Drawings by view: most frames need the one of the frame before.
#[derive(Debug, Clone, Default)]
pub(super) struct Drawings {
    of: Option<Arc<LaneModel>>,
    kept: Vec<(View, Arc<Drawing>)>,
    made: usize,
}

impl Drawings {
    /// More views than one frame asks for.
    const KEPT: usize = 6;

    /// Returns the drawing of a view, laying it out only if that was not done before.
    pub(super) fn get(
        &mut self,
        model: &Arc<LaneModel>,
        view: &View,
        glyphs: &Glyphs,
    ) -> Arc<Drawing> {
        if !self.of.as_ref().is_some_and(|of| Arc::ptr_eq(of, model)) {
            self.of = Some(Arc::clone(model));
            self.kept.clear();
        }
        if let Some((_, drawing)) = self.kept.iter().find(|(kept, _)| kept == view) {
            return Arc::clone(drawing);
        }
        self.made += 1;
        let drawing = Arc::new(layout(model, view, glyphs));
        if self.kept.len() == Self::KEPT {
            self.kept.remove(0);
        }
        self.kept.push((view.clone(), Arc::clone(&drawing)));
        drawing
    }

    /// Returns how often a graph was laid out.
    pub(super) fn made(&self) -> usize {
        self.made
    }
}

#[cfg(test)]
mod tests {
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    use crate::engine::lanes::Cell;

    use super::*;

    fn cell(text: &str) -> Cell {
        Cell {
            text: text.into(),
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
            ..Drawing::default()
        }
    }

    #[test]
    fn a_wide_character_keeps_its_two_cells() {
        let mut terminal = Terminal::new(TestBackend::new(5, 2)).expect("a backend");
        terminal
            .draw(|frame| draw(frame, frame.area(), &tall(4), 2, |_| Style::new()))
            .expect("drawn");
        let shown = terminal.backend().to_string();
        assert_eq!(shown.matches("客").count(), 2);
        assert!(shown.contains('2') && shown.contains('3') && !shown.contains('0'));
    }

    #[test]
    fn a_selected_line_is_scrolled_into_view_with_one_line_around_it() {
        assert_eq!(scroll(40, Some(39), 0, 10), 30);
        assert_eq!(scroll(40, Some(20), 0, 10), 12);
        assert_eq!(scroll(40, Some(20), 30, 10), 19);
        assert_eq!(scroll(40, Some(0), 30, 10), 0);
        assert_eq!(scroll(40, None, 5, 10), 5);
        assert_eq!(scroll(4, Some(3), 3, 10), 0);
        assert_eq!(scroll(40, Some(7), 0, 1), 7);
    }
}
