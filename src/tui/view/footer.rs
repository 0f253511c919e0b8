//! The last two lines: what just happened, and which keys help now.

use ratatui::layout::Rect;

use crate::engine::Board;
use crate::tui::app::App;
use crate::tui::app::Line;
use crate::tui::app::Pane;
use crate::tui::app::Run;
use crate::tui::app::Tone;
use crate::tui::app::asks_to_wait;
use crate::tui::app::command_here;
use crate::tui::app::is_on;

use super::pen::Pen;
use super::pen::short;
use super::text::measure;
use super::text::wrap_within;

/// Rows that a status may take; what is longer is read in the log.
const MOST: usize = 3;

/// Draws the status.
pub(super) fn status(app: &App, pen: &mut Pen<'_, '_>, area: Rect, said: &[Line]) {
    let room = usize::from(area.width).saturating_sub(2);
    if let Some(field) = &app.filtering {
        let line = Line::new("/", Tone::Key)
            .and(field.text.clone(), Tone::Strong)
            .and("_  Enter keeps the filter, Esc drops it", Tone::Dim);
        pen.line(area.x + 1, area.y, room, &line);
        return;
    }
    for (n, line) in said.iter().take(usize::from(area.height)).enumerate() {
        pen.line(area.x + 1, area.y + short(n), room, line);
    }
}

/// Returns what the status says: a refusal is worth as many rows as it needs to be read.
pub(super) fn status_lines(app: &App, room: usize, more: &str) -> Vec<Line> {
    status_rows(app, room, MOST, more)
}

/// Returns the same in at most so many rows, at least one; where it is cut, the last of them ends in `more`.
pub(super) fn status_rows(app: &App, room: usize, most: usize, more: &str) -> Vec<Line> {
    let line = status_line(app);
    let [piece] = line.0.as_slice() else {
        return vec![line];
    };
    let texts = wrap_within(&piece.text, room, most, more);
    let tone = piece.tone;
    let lines = texts.into_iter().map(|text| Line::new(text, tone));
    lines.collect()
}

fn status_line(app: &App) -> Line {
    let mut line = what_is_said(app);
    let is_at_work = app.run.is_some() || app.is_planning;
    if let Some(wait) = asks_to_wait(app).filter(|_| is_at_work)
        && let Some(last) = line.0.last_mut()
    {
        last.text.push_str(&format!("; {wait}, then it goes on"));
    }
    line
}

fn what_is_said(app: &App) -> Line {
    match (&app.status, &app.run, &app.blind) {
        (Some(status), _, _) => Line::new(status.text.clone(), status.tone),
        (None, Some(run), _) => Line::new(running(app, run), Tone::Strong),
        (None, None, Some(why)) => Line::new(format!("cannot look: {why}"), Tone::Bad),
        (None, None, None) => findings(app),
    }
}

fn running(app: &App, run: &Run) -> String {
    let is_here = command_here(app).is_some();
    let stopping = match (run.is_cancelled, is_here) {
        (true, true) => "the command that runs here is being ended",
        (true, false) => "it stops after the present call",
        (false, true) => "X in the log ends the command that runs here",
        (false, false) => "X in the log stops after the present call",
    };
    let ended = run.calls.iter().filter(|call| call.result.is_some());
    format!("running: {}  {} done, {stopping}", run.title, ended.count())
}

/// The most severe finding, where there is nothing newer to say.
fn findings(app: &App) -> Line {
    let worst = app
        .board
        .as_ref()
        .and_then(|board| board.progress.as_ref())
        .and_then(|progress| {
            progress
                .findings
                .iter()
                .max_by_key(|finding| finding.severity)
        });
    worst.map_or_else(
        || Line::plain(nothing_open(app)),
        |finding| {
            let tone = match finding.severity {
                crate::engine::Severity::Info => Tone::Plain,
                crate::engine::Severity::Warning => Tone::Warn,
                crate::engine::Severity::Alarm => Tone::Bad,
            };
            Line::new(finding.text.clone(), tone)
        },
    )
}

/// What there is to say where no hotfix is open.
fn nothing_open(app: &App) -> &'static str {
    let board = app.board.as_ref().filter(|_| app.hotfix.is_none());
    let is_any_open = |board: &Board| board.hotfixes.iter().any(|hotfix| hotfix.is_open);
    match board {
        Some(board) if !is_any_open(board) => "no hotfix is open: s starts one",
        Some(_) | None => "",
    }
}

/// Draws the hints; after a leader key its continuations.
pub(super) fn hints(app: &App, pen: &mut Pen<'_, '_>, area: Rect) {
    // An overlay names its own keys; those below it do nothing now.
    if app.overlay().is_some() {
        return;
    }
    let hints = if app.pending.is_empty() {
        pane_hints(app)
    } else {
        let keys = app.options.keymap.continuations(app.focus, &app.pending);
        let keys = keys.into_iter().map(|(key, action)| (key, action.title));
        let mut hints: Vec<(String, &str)> = keys.collect();
        hints.push(("Esc".to_owned(), "back"));
        hints
    };
    let width = usize::from(area.width).saturating_sub(2);
    // The last ones tell where the others are: they stay whatever is cut.
    let tail: Vec<(String, &str)> = if app.pending.is_empty() {
        vec![
            (app.options.keymap.first("palette"), "commands"),
            (app.options.keymap.first("help"), "help"),
            (app.options.keymap.first("quit"), "quit"),
        ]
    } else {
        Vec::new()
    };
    let cells = |hint: &(String, &str)| measure(&hint.0) + 1 + measure(hint.1);
    let kept: usize = tail.iter().map(|hint| cells(hint) + 2).sum();
    let mut used = 0;
    let mut line = Line(Vec::new());
    for hint in hints {
        if used + cells(&hint) + 2 + kept > width + 2 {
            break;
        }
        used += cells(&hint) + 2;
        line = push(line, hint);
    }
    for hint in tail {
        line = push(line, hint);
    }
    if let Some(last) = line.0.last_mut() {
        last.text.truncate(last.text.trim_end().len());
    }
    pen.line(area.x + 1, area.y, width, &line);
}

fn push(line: Line, (key, words): (String, &str)) -> Line {
    line.and(key, Tone::Key)
        .and(format!(" {words}  "), Tone::Dim)
}

/// The actions that are most wanted in each pane, in short words.
const HINTS: &[(Pane, &[(&str, &str)])] = &[
    (
        Pane::Lanes,
        &[
            ("down", "lane"),
            ("event-previous", "event back"),
            ("event-next", "on"),
            ("open", "detail"),
            ("time-now", "now"),
            ("graph-wider", "more"),
            ("graph-closer", "fewer events"),
            ("fold", "unfold"),
        ],
    ),
    (
        Pane::Checklist,
        &[("tick", "tick"), ("open", "detail"), ("note", "note")],
    ),
    (
        Pane::Approvals,
        &[
            ("approve", "approve"),
            ("reject", "request changes"),
            ("open", "diff"),
        ],
    ),
    (
        Pane::Detail,
        &[("comment", "comment"), ("conflicts", "decide conflict")],
    ),
    (Pane::Log, &[("jobs", "next job"), ("stop", "stop")]),
];

/// Work that is hinted where it can be done.
const WORK: &[(&str, &str)] = &[
    ("undo", "undo"),
    ("request", "request"),
    ("promote", "merge"),
    ("deploy", "deploy"),
    ("carry", "carry back"),
    ("approve", "approve"),
    ("conflicts", "conflicts"),
    ("start", "start"),
];

fn pane_hints(app: &App) -> Vec<(String, &'static str)> {
    let keymap = &app.options.keymap;
    let of_pane = HINTS
        .iter()
        .filter(|(pane, _)| *pane == app.focus)
        .flat_map(|(_, hints)| hints.iter());
    let mut hints = vec![("1-5".to_owned(), "pane")];
    let mut known: Vec<&str> = Vec::new();
    for (id, words) in of_pane.chain(WORK) {
        if is_on(app, id) && !known.contains(id) {
            known.push(id);
            hints.push((keymap.first(id), words));
        }
    }
    if is_on(app, "filter") {
        hints.push((keymap.first("filter"), "filter"));
    }
    hints.push((keymap.first("zoom"), "zoom"));
    hints
}
