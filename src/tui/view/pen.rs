//! The pen that writes text and borders into cells, and never outside of them.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::tui::app::Line;
use crate::tui::app::Tone;

use super::Viewport;
use super::glyphs::Glyphs;
use super::text::cells;
use super::text::fit;
use super::text::measure;
use super::theme::Theme;

/// Draws with one theme and one set of glyphs.
pub(super) struct Pen<'a, 'b> {
    pub(super) frame: &'a mut Frame<'b>,
    pub(super) theme: &'a Theme,
    pub(super) glyphs: &'a Glyphs,
}

impl<'a, 'b> Pen<'a, 'b> {
    pub(super) fn new(frame: &'a mut Frame<'b>, viewport: &'a Viewport) -> Self {
        Self {
            frame,
            theme: &viewport.theme,
            glyphs: &viewport.glyphs,
        }
    }

    pub(super) fn screen(&self) -> Rect {
        self.frame.area()
    }

    pub(super) fn buffer(&mut self) -> &mut Buffer {
        self.frame.buffer_mut()
    }

    pub(super) fn tone(&self, tone: Tone) -> Style {
        self.theme.tone(tone)
    }

    /// Writes a text cut to `room` cells; returns how many it took.
    pub(super) fn text(&mut self, x: u16, y: u16, room: usize, text: &str, style: Style) -> usize {
        let screen = self.screen();
        if y < screen.top() || y >= screen.bottom() || x >= screen.right() {
            return 0;
        }
        let room = room.min(usize::from(screen.right() - x));
        let fitted = fit(text, room, self.glyphs.cut);
        let buffer = self.buffer();
        if fitted.is_ascii() {
            // Nearly every text: a letter is a cell.
            let start = buffer.index_of(x, y);
            let row = &mut buffer.content[start..start + fitted.len()];
            for (cell, letter) in row.iter_mut().zip(fitted.bytes()) {
                cell.set_char(char::from(letter)).set_style(style);
            }
            return fitted.len();
        }
        let mut used = 0;
        for cell in cells(&fitted) {
            buffer.set_stringn(at(x, used), y, cell, room - used, style);
            used += measure(cell);
        }
        used
    }

    /// Writes a line of pieces; returns how many cells it took.
    pub(super) fn line(&mut self, x: u16, y: u16, room: usize, line: &Line) -> usize {
        let mut used = 0;
        for piece in &line.0 {
            let style = self.tone(piece.tone);
            used += self.text(
                at(x, used),
                y,
                room.saturating_sub(used),
                &piece.text,
                style,
            );
        }
        used
    }

    /// Writes a text so that it ends at the right edge of `area`'s first row; returns how many cells it took.
    pub(super) fn right(&mut self, area: Rect, text: &str, style: Style) -> usize {
        let fitted = fit(text, usize::from(area.width), self.glyphs.cut);
        let width = measure(&fitted);
        let x = area.right().saturating_sub(short(width));
        self.text(x, area.y, width, &fitted, style)
    }

    /// Writes into the last row of an area which keys work in it.
    pub(super) fn keys(&mut self, area: Rect, words: &str) {
        let dim = self.tone(Tone::Dim);
        let last = area.bottom().saturating_sub(1);
        self.text(area.x, last, usize::from(area.width), words, dim);
    }

    /// Gives every cell of an area a style, keeping what is in it.
    pub(super) fn tint(&mut self, area: Rect, style: Style) {
        let area = area.intersection(self.screen());
        self.buffer().set_style(area, style);
    }

    /// Empties an area.
    pub(super) fn clear(&mut self, area: Rect) {
        let area = area.intersection(self.screen());
        for y in area.top()..area.bottom() {
            for x in area.left()..area.right() {
                self.buffer()[(x, y)].reset();
            }
        }
    }

    /// Draws a border with a title at the left and one at the right; returns what is inside.
    pub(super) fn frame(
        &mut self,
        area: Rect,
        left: &Line,
        right: &str,
        style: Style,
        is_double: bool,
    ) -> Rect {
        let area = area.intersection(self.screen());
        if area.width < 4 || area.height < 2 {
            return Rect::new(area.x, area.y, 0, 0);
        }
        let border = if is_double {
            self.glyphs.double
        } else {
            self.glyphs.border
        };
        let buffer = self.buffer();
        for x in area.left()..area.right() {
            buffer[(x, area.top())]
                .set_char(border.horizontal)
                .set_style(style);
            buffer[(x, area.bottom() - 1)]
                .set_char(border.horizontal)
                .set_style(style);
        }
        for y in area.top()..area.bottom() {
            buffer[(area.left(), y)]
                .set_char(border.vertical)
                .set_style(style);
            buffer[(area.right() - 1, y)]
                .set_char(border.vertical)
                .set_style(style);
        }
        for (x, y, corner) in [
            (area.left(), area.top(), border.top_left),
            (area.right() - 1, area.top(), border.top_right),
            (area.left(), area.bottom() - 1, border.bottom_left),
            (area.right() - 1, area.bottom() - 1, border.bottom_right),
        ] {
            buffer[(x, y)].set_char(corner).set_style(style);
        }
        self.titles(area, left, right);
        Rect::new(area.x + 1, area.y + 1, area.width - 2, area.height - 2)
    }

    fn titles(&mut self, area: Rect, left: &Line, right: &str) {
        let room = usize::from(area.width).saturating_sub(4);
        let title = self.theme.title;
        let dim = self.theme.dim;
        let mut used = 0;
        if !left.text().is_empty() {
            let x = area.x + 2;
            self.text(area.x + 1 + 1, area.y, room, " ", title);
            used = self.line(at(x, 1), area.y, room.saturating_sub(2), left) + 2;
            self.text(at(x, used - 1), area.y, 1, " ", title);
        }
        if !right.is_empty() && measure(right) + 2 + used + 2 <= room {
            let width = measure(right) + 2;
            let x = area.right().saturating_sub(short(width) + 2);
            self.text(x, area.y, width, &format!(" {right} "), dim);
        }
    }

    /// Draws an overlay's border in the middle of the screen; returns what is inside.
    pub(super) fn overlay(
        &mut self,
        width: u16,
        height: u16,
        title: &str,
        right: &str,
        style: Style,
        is_double: bool,
    ) -> Rect {
        let screen = self.screen();
        let width = width.min(screen.width);
        let height = height.min(screen.height);
        let area = Rect::new(
            screen.x + (screen.width - width) / 2,
            screen.y + (screen.height - height) / 2,
            width,
            height,
        );
        self.clear(area);
        let inner = self.frame(
            area,
            &Line::new(title, Tone::Strong),
            right,
            style,
            is_double,
        );
        // One blank column at each side reads better than text glued to the border.
        Rect::new(
            inner.x + 1,
            inner.y,
            inner.width.saturating_sub(2),
            inner.height,
        )
    }
}

/// Returns the column `cells` right of `x`.
pub(super) fn at(x: u16, cells: usize) -> u16 {
    x.saturating_add(short(cells))
}

/// Returns a number of cells as the terminal counts them.
pub(super) fn short(cells: usize) -> u16 {
    u16::try_from(cells).unwrap_or(u16::MAX)
}
