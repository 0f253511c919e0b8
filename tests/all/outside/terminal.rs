//! A terminal at the other end: bytes are read as a terminal reads them, and every cell is compared.

use std::io::Write;
use std::sync::Arc;
use std::sync::Mutex;

use lanekeeper::model::shows_itself;
use lanekeeper::tui::app::App;
use lanekeeper::tui::view::ThemeName;
use lanekeeper::tui::view::Viewport;
use lanekeeper::tui::view::draw;
use ratatui::Terminal;
use ratatui::TerminalOptions;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use super::corpus::is_unseen;

/// Where bytes go.
#[derive(Clone, Default)]
pub(crate) struct Wire(Arc<Mutex<Vec<u8>>>);

impl Wire {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0.lock().expect("one thread").clone()
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("one thread").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Says what of `bytes` is neither a visible character nor a sequence of ours: places, colours, the cursor.
pub(crate) fn foreign(bytes: &[u8], may_break_lines: bool) -> Option<String> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => return Some(format!("no UTF-8: {error}")),
    };
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\n' && may_break_lines {
            continue;
        }
        if c != '\u{1b}' {
            // The table first: the program is not asked alone what it may show.
            if is_unseen(c) || !shows_itself(c) {
                return Some(format!("U+{:04X}", c as u32));
            }
            continue;
        }
        let is_begun = chars.next() == Some('[');
        let body: String =
            std::iter::from_fn(|| chars.next_if(|c| c.is_ascii_digit() || ";:?".contains(*c)))
                .collect();
        let end = chars.next();
        let is_own = is_begun
            && match end {
                Some('m' | 'H') => !body.contains('?'),
                Some('h' | 'l') => body == "?25",
                _other => false,
            };
        if !is_own {
            return Some(format!("ESC [ {body} {end:?}"));
        }
    }
    None
}

/// Draws the console, sends it through a terminal, and returns the rows that a person sees there.
///
/// # Errors
/// What reached the terminal that is not ours, or where its cells are not those that were drawn.
pub(crate) fn rows(app: &App) -> Result<Vec<String>, String> {
    let (width, height) = app.size;
    let wire = Wire::default();
    let options = TerminalOptions {
        viewport: ratatui::Viewport::Fixed(Rect::new(0, 0, width, height)),
    };
    let backend = CrosstermBackend::new(wire.clone());
    let mut terminal =
        Terminal::with_options(backend, options).map_err(|error| error.to_string())?;
    let mut viewport = Viewport::new(ThemeName::Dark, false);
    let drawn = terminal
        .draw(|frame| draw(app, &mut viewport, frame))
        .map_err(|error| error.to_string())?
        .buffer
        .clone();
    let bytes = wire.bytes();
    if let Some(what) = foreign(&bytes, false) {
        return Err(format!("{what} reached the terminal"));
    }
    let mut parser = vt100::Parser::new(height, width, 0);
    parser.process(&bytes);
    let seen = parser.screen();
    let mut rows = Vec::new();
    for y in 0..height {
        let (mut there, mut ours) = (String::new(), String::new());
        let mut left = 0;
        for x in 0..width {
            let cell = seen.cell(y, x).ok_or("a cell is missing")?;
            if !cell.is_wide_continuation() {
                there.push_str(if cell.contents().is_empty() {
                    " "
                } else {
                    cell.contents()
                });
            }
            // What a wide character covers is no cell of its own.
            if left > 0 {
                left -= 1;
                continue;
            }
            let symbol = match drawn[(x, y)].symbol() {
                "" => " ",
                symbol => symbol,
            };
            left = symbol.width().saturating_sub(1);
            ours.push_str(symbol);
        }
        // Rows and not cells: some characters are one thing to us and several to a terminal, in as many cells.
        if there != ours {
            return Err(format!("in row {y} stands {there:?} and not {ours:?}"));
        }
        rows.push(there);
    }
    Ok(rows)
}
