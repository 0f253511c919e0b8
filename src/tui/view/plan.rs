//! Draws the plan screen: what will change, what was checked, the exact calls, the way back, the question.

use ratatui::layout::Rect;

use crate::engine::FactState;
use crate::engine::Level;
use crate::model::age;
use crate::tui::app::App;
use crate::tui::app::Line;
use crate::tui::app::PlanFocus;
use crate::tui::app::PlanScreen;
use crate::tui::app::Tone;

use super::pen::Pen;
use super::pen::short;
use super::text::measure;
use super::text::wrap;

/// Rows of the question below the facts: blank, question, blank, notice, keys.
const QUESTION: u16 = 5;

/// Cells that the buttons take, with a gap.
const BUTTONS: usize = 22;

/// What is said while a question does not hear anything yet.
pub(super) const NOT_YET: &str = "one moment: keys do nothing yet";

/// Draws the screen.
pub(super) fn draw(app: &App, screen: &PlanScreen, pen: &mut Pen<'_, '_>) {
    let plan = &screen.plan;
    let area = pen.screen();
    let width = area.width.min(100);
    let lines = content(app, screen, usize::from(width).saturating_sub(4));
    let height = (short(lines.len()) + QUESTION + 2).clamp(10.min(area.height), area.height);
    let is_danger = plan.level == Level::L4;
    let style = if is_danger {
        pen.theme.danger
    } else {
        pen.theme.border_focused
    };
    let left = plan.left(app.clock.since_boot());
    let left = left.as_millis().div_ceil(1_000);
    let title = match (is_danger, screen.is_of_a_lane()) {
        (true, false) => format!("PRODUCTION  {}", plan.title),
        (true, true) => format!("DANGER  {}", plan.title),
        (false, _) => plan.title.clone(),
    };
    let hash = plan.hash.get(..4).unwrap_or(&plan.hash);
    let right = format!("{}  plan {hash}  expires {left} s", plan.level);
    // What is going to happen is worth more than the number of the plan.
    let is_tight = measure(&title) + right.len() + 11 > usize::from(width);
    let right = if is_tight {
        format!("{}  expires {left} s", plan.level)
    } else {
        right
    };
    let title = super::text::fit(
        &title,
        usize::from(width).saturating_sub(right.len() + 11),
        pen.glyphs.cut,
    );
    let inner = pen.overlay(width, height, &title, &right, style, is_danger);
    let room = usize::from(inner.width);
    let shown = usize::from(inner.height.saturating_sub(QUESTION));
    let top = screen.scroll.min(lines.len().saturating_sub(shown));
    for (n, line) in lines.iter().skip(top).take(shown).enumerate() {
        pen.line(inner.x, inner.y + short(n), room, line);
    }
    if lines.len() > shown {
        let more = format!("{}-{} of {}, Up/Down", top + 1, top + shown, lines.len());
        let dim = pen.tone(Tone::Dim);
        let row = Rect::new(
            inner.x,
            inner.bottom().saturating_sub(QUESTION),
            inner.width,
            1,
        );
        pen.right(row, &more, dim);
    }
    question(app, screen, pen, inner);
}

fn content(app: &App, screen: &PlanScreen, room: usize) -> Vec<Line> {
    let plan = &screen.plan;
    let mut lines = Vec::new();
    labelled(
        &mut lines,
        "Will change",
        &plan.will_change,
        room,
        Tone::Strong,
    );
    labelled(
        &mut lines,
        "Will NOT change",
        &plan.will_not_change,
        room,
        Tone::Plain,
    );
    lines.push(Line::plain(""));
    lines.push(Line::new(
        format!(
            "Checked (fresh look {} ago)",
            age(app.clock.now, plan.made_at)
        ),
        Tone::Dim,
    ));
    for fact in &plan.facts {
        let word = format!("{:<4}", fact.state.word());
        let (tone, said) = match fact.state {
            FactState::Ok => (Tone::Good, Tone::Plain),
            FactState::Warn => (Tone::Warn, Tone::Plain),
            FactState::Risk | FactState::OverRule => (Tone::Bad, Tone::Bad),
        };
        for (n, text) in wrap(&fact.text, room.saturating_sub(8))
            .into_iter()
            .enumerate()
        {
            let head = if n == 0 { word.as_str() } else { "    " };
            lines.push(Line::new(format!("  {head}  "), tone).and(text, said));
        }
    }
    lines.push(Line::plain(""));
    lines.push(Line::new("Exactly these calls, in this order", Tone::Dim));
    calls(&mut lines, screen, room);
    if !plan.way_back.is_empty() {
        labelled(
            &mut lines,
            "Way back",
            std::slice::from_ref(&plan.way_back),
            room,
            Tone::Plain,
        );
    }
    if let Some(command) = screen.command() {
        labelled(&mut lines, "From a shell", &[command], room, Tone::Plain);
    }
    lines
}

/// Appends each call with what it assumes, as the command line prints them.
fn calls(lines: &mut Vec<Line>, screen: &PlanScreen, room: usize) {
    for (n, (call, change)) in screen.calls().iter().zip(&screen.plan.changes).enumerate() {
        for (part, text) in wrap(call, room.saturating_sub(5)).into_iter().enumerate() {
            let head = if part == 0 {
                format!("{:>3}  ", n + 1)
            } else {
                "     ".to_owned()
            };
            lines.push(Line::new(head, Tone::Dim).and(text, Tone::Plain));
        }
        for expects in &change.expects {
            for text in wrap(&format!("if {expects}"), room.saturating_sub(7)) {
                lines.push(Line::new(format!("       {text}"), Tone::Dim));
            }
        }
    }
}

/// Appends texts behind a label, the second and later ones below the first.
fn labelled(lines: &mut Vec<Line>, label: &str, texts: &[String], room: usize, tone: Tone) {
    let indent = label.len().max(15) + 2;
    for (n, text) in texts.iter().enumerate() {
        for (part, piece) in wrap(text, room.saturating_sub(indent))
            .into_iter()
            .enumerate()
        {
            let head = if n == 0 && part == 0 { label } else { "" };
            lines.push(Line::new(format!("{head:<indent$}"), Tone::Dim).and(piece, tone));
        }
    }
}

/// Draws the question, the notice and the keys at the bottom.
fn question(app: &App, screen: &PlanScreen, pen: &mut Pen<'_, '_>, inner: Rect) {
    let top = inner.bottom().saturating_sub(QUESTION - 1);
    let room = usize::from(inner.width);
    let level = screen.plan.level;
    let blank = pen.glyphs.blank;
    let full = asked(app, screen, blank, false);
    // What is typed is seen at every width: where the buttons have no room beside it they stand below.
    let is_tight = measure(&full.text()) > room.saturating_sub(BUTTONS);
    let line = if is_tight {
        asked(app, screen, blank, true)
    } else {
        full
    };
    pen.line(inner.x, top, room, &line);
    let row = top + u16::from(is_tight);
    buttons(app, screen, pen, Rect::new(inner.x, row, inner.width, 1));
    let notice = match &screen.typed.notice {
        Some(notice) => Line::new(notice.clone(), Tone::Warn),
        None if screen.typed.guard.is_dead(app.clock.millis) => Line::new(NOT_YET, Tone::Dim),
        None => Line::new(rule(app, screen), Tone::Dim),
    };
    pen.line(inner.x, top + 2, room, &notice);
    let keys = if level == Level::L4 {
        "Esc cancel   Tab to the buttons   Up/Down scroll   Ctrl-Y copy"
    } else {
        "Esc cancel   Up/Down scroll   Ctrl-Y copy"
    };
    let dim = pen.tone(Tone::Dim);
    pen.text(inner.x, top + 3, room, keys, dim);
}

/// Returns what a yes is here, with what is typed; briefly where rows are narrow.
fn asked(app: &App, screen: &PlanScreen, blank: char, is_brief: bool) -> Line {
    let environment = screen.plan.environment.as_ref();
    if screen.is_dry {
        return Line::plain("Only shown: nothing will be run.");
    }
    if screen.needs_arming(app) {
        let name = environment.map_or("production", |environment| environment.as_str());
        let words = if is_brief {
            format!("READ-ONLY: A arms {name}.")
        } else {
            format!("{name} is READ-ONLY in this session: A arms it.")
        };
        return Line::new(words, Tone::Warn);
    }
    if screen.plan.level < Level::L4 {
        return Line::plain("Press y to run this.");
    }
    let width = environment.map_or(8, |name| name.as_str().chars().count().max(8));
    let what = if screen.is_of_a_lane() {
        "lane"
    } else {
        "environment"
    };
    let question = if is_brief {
        format!("Type its {what}: ")
    } else {
        format!("Type the {what} name to run: ")
    };
    screen.typed.line(&question, width, blank)
}

fn rule(app: &App, screen: &PlanScreen) -> &'static str {
    if screen.is_dry {
        ""
    } else if screen.needs_arming(app) {
        "Arming asks for the name of the environment and lasts 10 minutes."
    } else {
        match screen.plan.level {
            Level::L4 => "Enter does nothing until the name is complete. Paste is off here.",
            Level::L3 => "Enter does not run it. Paste is off here.",
            Level::L0 | Level::L1 | Level::L2 => "Cancel has the focus. Paste is off here.",
        }
    }
}

fn buttons(app: &App, screen: &PlanScreen, pen: &mut Pen<'_, '_>, row: Rect) {
    let can_run = !screen.is_dry && !screen.needs_arming(app);
    let button = |name: &str, is_focused: bool| {
        if is_focused {
            format!("[>{name}<]")
        } else {
            format!("[ {name} ]")
        }
    };
    let cancel = button("Cancel", screen.focus == PlanFocus::Cancel || !can_run);
    let run = button("Run", screen.focus == PlanFocus::Run);
    let text = if can_run {
        format!("{run} {cancel}")
    } else {
        cancel
    };
    let style = pen.tone(Tone::Strong);
    pen.right(row, &text, style);
}
