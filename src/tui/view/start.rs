//! Draws the start wizard.

use crate::tui::app::Line;
use crate::tui::app::StartField;
use crate::tui::app::StartScreen;
use crate::tui::app::Tone;

use super::glyphs::Glyphs;
use super::pen::Pen;
use super::pen::short;
use super::text::wrap;

/// Draws every line of the wizard.
pub(super) fn draw(screen: &StartScreen, pen: &mut Pen<'_, '_>) {
    let area = pen.screen();
    let style = pen.theme.border_focused;
    let width = area.width.saturating_sub(4).clamp(40, 90);
    let room = usize::from(width).saturating_sub(4);
    let (lines, focused) = lines(screen, room, pen.glyphs);
    let height = (short(lines.len()) + 5).min(area.height);
    let inner = pen.overlay(width, height, "Start a hotfix", "", style, false);
    let shown = usize::from(inner.height.saturating_sub(3));
    let top = super::layout::scroll(0, Some(focused), lines.len(), shown);
    for (n, line) in lines.iter().skip(top).take(shown).enumerate() {
        pen.line(inner.x, inner.y + short(n), room, line);
    }
    let row = inner.bottom().saturating_sub(2);
    if let Some(notice) = &screen.notice {
        let warn = pen.tone(Tone::Warn);
        pen.text(inner.x, row, room, notice, warn);
    }
    let dim = pen.tone(Tone::Dim);
    pen.text(
        inner.x,
        row + 1,
        room,
        "Enter next   Left/Right choose   Ctrl-S show the plan   Esc leave",
        dim,
    );
}

/// Returns the lines and the index of the one that is filled in.
fn lines(screen: &StartScreen, room: usize, glyphs: &Glyphs) -> (Vec<Line>, usize) {
    let mut lines = Vec::new();
    let mut focused = 0;
    for field in screen.fields() {
        let is_here = field == screen.at;
        let (label, value, is_choice) = match field {
            StartField::Title => ("Title", screen.title.text.clone(), false),
            StartField::Slug => ("Slug", screen.slug.text.clone(), false),
            StartField::Playbook => (
                "Playbook",
                format!("{}  {}", screen.choice().id, screen.choice().title),
                screen.playbooks.len() > 1,
            ),
            StartField::From => {
                let lanes = &screen.choice().lanes;
                let name = lanes
                    .get(screen.from)
                    .map_or("the playbook's base", |lane| lane.as_str());
                ("From lane", name.to_owned(), lanes.len() > 1)
            }
            StartField::Question(index) => {
                if index == 0 {
                    lines.push(Line::plain(""));
                }
                if let Some(question) = screen.choice().questions.get(index) {
                    let needed = if question.is_required {
                        ""
                    } else {
                        " (optional)"
                    };
                    for text in wrap(&format!("{}{needed}", question.text), room) {
                        let tone = if is_here { Tone::Strong } else { Tone::Dim };
                        lines.push(Line::new(text, tone));
                    }
                }
                let answer = screen.answers.get(index);
                (
                    "",
                    answer.map_or_else(String::new, |answer| answer.text.clone()),
                    false,
                )
            }
        };
        if is_here {
            focused = lines.len();
        }
        lines.push(field_line(label, &value, is_here, is_choice, glyphs, room));
    }
    (lines, focused)
}

/// Said behind a line that is chosen, not typed.
const CHOOSE: &str = "  (Left/Right)";

fn field_line(
    label: &str,
    value: &str,
    is_here: bool,
    is_choice: bool,
    glyphs: &Glyphs,
    room: usize,
) -> Line {
    let pointer = if is_here { "> " } else { "  " };
    let tone = if is_here { Tone::Strong } else { Tone::Plain };
    let most = room.saturating_sub(16);
    let shown: String = if is_choice {
        super::text::fit(value, most.saturating_sub(CHOOSE.len()), glyphs.cut)
    } else {
        // The end of a long text is what is being typed.
        let over = value.chars().count().saturating_sub(most);
        value.chars().skip(over).collect()
    };
    let line = Line::new(pointer, Tone::Key)
        .and(format!("{label:<10} "), Tone::Dim)
        .and(shown, tone);
    match (is_here, is_choice) {
        (true, true) => line.and(CHOOSE, Tone::Dim),
        (true, false) => line.and(glyphs.blank.to_string(), Tone::Key),
        (false, _) => line,
    }
}
