//! A page: lines of toned spans. Colour is an addition, never the only carrier of a meaning.

use unicode_width::UnicodeWidthStr;

use crate::model::Untrusted;

/// How a page becomes bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Style {
    pub has_color: bool,
    pub is_ascii: bool,
}

/// What a piece of text means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tone {
    #[default]
    Plain,
    /// Headings and names.
    Strong,
    /// Of lesser weight.
    Faint,
    Good,
    /// Can be acted on now.
    Active,
    Warning,
    Bad,
}

impl Tone {
    /// Returns the parameters of the escape sequence that switches it on.
    fn code(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Strong => Some("1"),
            Self::Faint => Some("2"),
            Self::Good => Some("32"),
            Self::Active => Some("36"),
            Self::Warning => Some("33"),
            Self::Bad => Some("31"),
        }
    }
}

/// A piece of text with one meaning, and what stands for it where only ASCII can be shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Span {
    tone: Tone,
    text: String,
    ascii: Option<&'static str>,
}

impl Span {
    /// Makes a span; whatever in `text` could move a cursor becomes a visible mark.
    pub fn new(tone: Tone, text: impl Into<String>) -> Self {
        Self {
            tone,
            text: Untrusted::new(text.into()).show(),
            ascii: None,
        }
    }

    /// Makes a plain span.
    pub fn plain(text: impl Into<String>) -> Self {
        Self::new(Tone::Plain, text)
    }

    /// Makes a mark of our own with its ASCII form.
    pub fn mark(tone: Tone, mark: &'static str, ascii: &'static str) -> Self {
        Self {
            tone,
            text: mark.to_owned(),
            ascii: Some(ascii),
        }
    }

    fn shown(&self, style: Style) -> &str {
        match self.ascii {
            Some(ascii) if style.is_ascii => ascii,
            Some(_) | None => &self.text,
        }
    }

    fn width(&self, style: Style) -> usize {
        self.shown(style).width()
    }

    fn push_to(&self, out: &mut String, style: Style) {
        let text = self.shown(style);
        match self.tone.code() {
            Some(code) if style.has_color && !text.is_empty() => {
                out.push_str("\u{1b}[");
                out.push_str(code);
                out.push('m');
                out.push_str(text);
                out.push_str("\u{1b}[0m");
            }
            Some(_) | None => out.push_str(text),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Block {
    Line(Vec<Span>),
    /// Rows whose cells are aligned with each other; the last cell is not padded.
    Table {
        indent: usize,
        rows: Vec<Row>,
    },
}

/// One row of a table and the lines below it that belong to it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    cells: Vec<Span>,
    below: Vec<Span>,
}

/// Lines of text for a person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    blocks: Vec<Block>,
}

impl Page {
    /// Returns an empty page.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns a page of one plain line.
    pub fn of(text: impl Into<String>) -> Self {
        let mut page = Self::new();
        page.text(text);
        page
    }

    /// Appends a line of spans.
    pub fn line(&mut self, spans: impl Into<Vec<Span>>) -> &mut Self {
        self.blocks.push(Block::Line(spans.into()));
        self
    }

    /// Appends a plain line.
    pub fn text(&mut self, text: impl Into<String>) -> &mut Self {
        self.line([Span::plain(text)])
    }

    /// Appends an empty line, unless the page is empty.
    pub fn blank(&mut self) -> &mut Self {
        if !self.blocks.is_empty() {
            self.line([]);
        }
        self
    }

    /// Appends a heading, with an empty line before it.
    pub fn heading(&mut self, text: &str) -> &mut Self {
        self.blank().line([Span::new(Tone::Strong, text)])
    }

    /// Appends a line that stands two columns in.
    pub fn item(&mut self, tone: Tone, text: impl Into<String>) -> &mut Self {
        self.line([Span::plain("  "), Span::new(tone, text)])
    }

    /// Begins a table.
    pub fn table(&mut self, indent: usize) -> &mut Self {
        let rows = Vec::new();
        self.blocks.push(Block::Table { indent, rows });
        self
    }

    /// Appends a row to the table just begun, with lines that belong below its last cell.
    pub fn row(
        &mut self,
        cells: impl Into<Vec<Span>>,
        below: impl IntoIterator<Item = Span>,
    ) -> &mut Self {
        let row = Row {
            cells: cells.into(),
            below: below.into_iter().collect(),
        };
        if let Some(Block::Table { rows, .. }) = self.blocks.last_mut() {
            rows.push(row);
        } else {
            let rows = vec![row];
            self.blocks.push(Block::Table { indent: 2, rows });
        }
        self
    }

    /// Tells whether there is nothing on it.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// Returns the page as text, every line ended.
    pub fn render(&self, style: Style) -> String {
        let mut out = String::new();
        for block in &self.blocks {
            match block {
                Block::Line(spans) => end_line(&mut out, spans, style),
                Block::Table { indent, rows } => render_table(&mut out, *indent, rows, style),
            }
        }
        out
    }
}

fn end_line(out: &mut String, spans: &[Span], style: Style) {
    for span in spans {
        span.push_to(out, style);
    }
    let kept = out.trim_end_matches(' ').len();
    out.truncate(kept);
    out.push('\n');
}

fn render_table(out: &mut String, indent: usize, rows: &[Row], style: Style) {
    let columns = rows.iter().map(|row| row.cells.len()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            let cells = rows.iter().filter_map(|row| row.cells.get(column));
            cells.map(|cell| cell.width(style)).max().unwrap_or(0)
        })
        .collect();
    // An empty column takes no room.
    let room = |column: usize| match widths[column] {
        0 => 0,
        width => width + 2,
    };
    for row in rows {
        let mut spans = vec![Span::plain(" ".repeat(indent))];
        for (column, cell) in row.cells.iter().enumerate() {
            spans.push(cell.clone());
            if column + 1 < row.cells.len() {
                spans.push(Span::plain(" ".repeat(room(column) - cell.width(style))));
            }
        }
        end_line(out, &spans, style);
        let last = row.cells.len().saturating_sub(1);
        let inset = indent + (0..last).map(room).sum::<usize>();
        for line in &row.below {
            end_line(out, &[Span::plain(" ".repeat(inset)), line.clone()], style);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align_by_the_cells_they_take_and_nothing_trails() {
        let mut page = Page::new();
        page.table(1);
        page.row([Span::plain("名前"), Span::plain("x")], []);
        page.row([Span::plain("a"), Span::plain("y")], [Span::plain("below")]);
        page.row([Span::plain("only")], []);
        assert_eq!(
            page.render(Style::default()),
            " 名前  x\n a     y\n       below\n only\n"
        );
    }

    #[test]
    fn outside_text_cannot_reach_the_terminal_and_colour_is_only_ours() {
        let mut page = Page::new();
        page.line([Span::new(Tone::Bad, "x\u{1b}[2Jy\nz")]);
        let style = Style {
            has_color: true,
            is_ascii: false,
        };
        assert_eq!(page.render(style), "\u{1b}[31mx␛[2Jy␊z\u{1b}[0m\n");
        assert_eq!(page.render(Style::default()), "x␛[2Jy␊z\n");
    }

    #[test]
    fn marks_have_an_ascii_form() {
        let mut page = Page::new();
        page.line([Span::mark(Tone::Good, "✓", "x"), Span::plain(" done")]);
        let style = Style {
            has_color: false,
            is_ascii: true,
        };
        assert_eq!(page.render(style), "x done\n");
    }
}
