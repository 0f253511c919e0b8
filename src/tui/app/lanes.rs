//! The lane graph on the screen: the model, made once per board, and which row and event of it are selected.

use std::sync::Arc;

use crate::engine::Board;
use crate::engine::lanes::EventKey;
use crate::engine::lanes::RowKey;
use crate::engine::lanes::model_with;
use crate::model::LaneName;

use super::effect::Effect;
use super::size::Fit;
use super::state::App;
use super::state::Pane;
use super::words::Tone;

/// Events that one key goes back or on.
const PAGE: isize = 8;
/// How closely one can look.
const ZOOM: std::ops::RangeInclusive<i8> = -1..=4;

/// Takes a board in and makes its lane graph: of all that a frame needs, this is what must not be made per frame.
pub(super) fn take_board(app: &mut App, board: Board) {
    app.looked.merge(&board.looked);
    app.board = Some(board);
    regraph(app);
}

/// Takes a new size in: what fits decides whether there is a row for the other hotfixes.
pub(super) fn resized(app: &mut App, before: Fit) {
    if (before > Fit::Compact) != (app.fit() > Fit::Compact) {
        regraph(app);
    }
}

/// Makes the lane graph anew; a selection that is not in it any more goes.
fn regraph(app: &mut App) {
    let Some(board) = &app.board else {
        app.graph = None;
        return;
    };
    let shown = board.record.as_ref().map(|record| &record.hotfix);
    let others = board.hotfixes.iter();
    let others = others.filter(|other| other.is_open && Some(&other.id) != shown);
    let graph = model_with(
        &board.book,
        board.record.as_ref(),
        &board.seen,
        &app.unfolded,
    )
    // The smallest screens have no row to spare for a count.
    .with_others(if app.fit() > Fit::Compact {
        others.count()
    } else {
        0
    });
    if let Some(key) = &app.selection.event
        && graph.row_of(key).is_none()
    {
        app.selection.event = None;
    }
    app.graph = Some(Arc::new(graph));
}

/// Returns the selected row of the graph: the one chosen, else that of the selected event, else none.
pub fn graph_row(app: &App) -> Option<RowKey> {
    let graph = app.graph.as_ref()?;
    let chosen = app.selection.lane.as_ref();
    let chosen = chosen.filter(|key| graph.row(key).is_some());
    chosen.cloned().or_else(|| {
        let row = graph.row_of(app.selection.event.as_ref()?)?;
        graph.rows.get(row).map(|row| row.key())
    })
}

/// Returns the selected lane, if a lane is selected.
pub fn lane_row(app: &App) -> Option<LaneName> {
    match graph_row(app)? {
        RowKey::Lane(lane) => Some(lane),
        RowKey::Fix | RowKey::Others => None,
    }
}

/// Returns the selected event of the graph, where the graph is what Detail tells about.
pub(super) fn told_event(app: &App) -> Option<&EventKey> {
    app.selection
        .event
        .as_ref()
        .filter(|_| app.subject == Pane::Lanes)
}

fn choose(app: &mut App, row: Option<RowKey>, event: Option<EventKey>) {
    app.selection.lane = row;
    // Among the lanes the picture stays where it is: only `now` brings it back.
    app.selection.is_past |= event.is_some();
    app.selection.event = event;
    app.selection.detail = 0;
}

pub(super) fn step(app: &mut App, by: isize) {
    let Some(graph) = &app.graph else { return };
    let at = graph_row(app).and_then(|key| graph.row(&key));
    let last = graph.rows.len().saturating_sub(1);
    let next = match at {
        // The first step only shows where one is.
        None if by.abs() == 1 => 0,
        Some(_) | None => at.unwrap_or(0).saturating_add_signed(by).min(last),
    };
    let row = graph.rows.get(next).map(|row| row.key());
    choose(app, row, None);
}

fn select(app: &mut App, key: Option<EventKey>) -> Vec<Effect> {
    let Some(graph) = &app.graph else {
        return Vec::new();
    };
    let row = key.as_ref().and_then(|key| graph.row_of(key));
    let row = row.and_then(|row| graph.rows.get(row));
    let row = row.map(|row| row.key()).or(app.selection.lane.clone());
    choose(app, row, key);
    Vec::new()
}

/// Selects what lies `by` stops to the right; the newest of the selected row, else of all, where nothing is.
pub(super) fn event(app: &mut App, by: isize) -> Vec<Effect> {
    let Some(graph) = &app.graph else {
        return Vec::new();
    };
    let key = match &app.selection.event {
        Some(key) => graph.neighbour(Some(key), by),
        None => graph_row(app)
            .and_then(|key| graph.neighbour_on(graph.row(&key)?, None, true))
            .or_else(|| graph.neighbour(None, by)),
    };
    let key = key.cloned();
    if key == app.selection.event {
        app.hint(match (&key, by) {
            (None, _) => "no event is drawn",
            (Some(_), ..0) => "this is the first event that is drawn",
            (Some(_), _) => "this is the newest event",
        });
        return Vec::new();
    }
    select(app, key)
}

pub(super) fn page(app: &mut App, is_back: bool) -> Vec<Effect> {
    event(app, if is_back { -PAGE } else { PAGE })
}

/// Selects the event before or after on the same row.
pub(super) fn event_here(app: &mut App, is_back: bool) -> Vec<Effect> {
    let Some(graph) = &app.graph else {
        return Vec::new();
    };
    let row = graph_row(app).and_then(|key| graph.row(&key));
    let key = app.selection.event.as_ref();
    let next = row.and_then(|row| graph.neighbour_on(row, key, is_back));
    let Some(next) = next.cloned() else {
        app.hint("nothing is drawn on this lane");
        return Vec::new();
    };
    if key == Some(&next) {
        app.hint(if is_back {
            "nothing before this is drawn on this lane"
        } else {
            "nothing after this is drawn on this lane"
        });
        return Vec::new();
    }
    select(app, Some(next))
}

/// Drops the selected event, so that the graph ends with now; tells whether there was one.
pub(super) fn drop_event(app: &mut App) -> bool {
    let was_there = app.selection.event.take().is_some() || app.selection.is_past;
    app.selection.is_past = false;
    if was_there {
        app.selection.detail = 0;
    }
    was_there
}

pub(super) fn now(app: &mut App) -> Vec<Effect> {
    drop_event(app);
    Vec::new()
}

pub(super) fn zoom(app: &mut App, by: i8) -> Vec<Effect> {
    let wanted = app.graph_zoom + by;
    if ZOOM.contains(&wanted) {
        app.graph_zoom = wanted;
    } else {
        let words = if by > 0 {
            "this is as close as it gets"
        } else {
            "this is as much as there is to see at once"
        };
        app.hint(words);
    }
    Vec::new()
}

/// Keeps a zoom that was remembered within what there is.
pub(super) fn as_zoom(zoom: i8) -> i8 {
    zoom.clamp(*ZOOM.start(), *ZOOM.end())
}

pub(super) fn has_row(app: &App) -> Result<(), String> {
    match graph_row(app) {
        Some(RowKey::Lane(_) | RowKey::Fix) => Ok(()),
        Some(RowKey::Others) | None => Err("no lane is selected".to_owned()),
    }
}

/// Opens or folds the runs of the selected row.
pub(super) fn fold(app: &mut App) -> Vec<Effect> {
    let Some(row) = graph_row(app) else {
        return Vec::new();
    };
    let was_open = app.unfolded.remove(&row);
    let graph = app.graph.as_ref();
    let drawn = graph.and_then(|graph| graph.rows.get(graph.row(&row)?));
    if !was_open && drawn.is_some_and(|drawn| drawn.folds.is_empty()) {
        app.hint("nothing is folded on this lane");
        return Vec::new();
    }
    // A run that opens goes on being selected as its newest commit.
    let run = app.selection.event.clone();
    if !was_open {
        app.unfolded.insert(row.clone());
    }
    regraph(app);
    if let (Some(EventKey::Run(RowKey::Lane(lane), commit)), false) = (run, was_open) {
        return select(app, Some(EventKey::Commit(lane, commit)));
    }
    Vec::new()
}

/// Tells whether a row's name has the text in it.
fn is_hit(name: &str, text: &str) -> bool {
    name.to_lowercase().contains(&text.to_lowercase())
}

/// Selects the next row whose name has the filter in it, this one included while it is being typed.
pub(super) fn seek(app: &mut App, is_typing: bool) -> Vec<Effect> {
    let (Some(graph), Some(text)) = (&app.graph, app.filter.get(&Pane::Lanes)) else {
        return Vec::new();
    };
    let at = graph_row(app).and_then(|key| graph.row(&key)).unwrap_or(0);
    let count = graph.rows.len();
    let skipped = usize::from(!is_typing);
    let mut rows = (0..count).map(|n| &graph.rows[(at + skipped + n) % count]);
    match rows
        .find(|row| is_hit(&row.name, text))
        .map(|row| row.key())
    {
        Some(row) => choose(app, Some(row), None),
        None => app.say("no lane of that name", Tone::Warn),
    }
    Vec::new()
}

/// Selects what a person points at.
pub(super) fn point(app: &mut App, row: Option<RowKey>, event: Option<EventKey>) {
    match event {
        Some(key) => {
            select(app, Some(key));
        }
        None => choose(app, row, None),
    }
}
