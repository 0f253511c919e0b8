//! `lanes`: the long-lived branches, what lies between them, open hotfixes, where each fix is.

use crate::engine::Board;
use crate::engine::EdgeSight;
use crate::engine::lanes::EventKey;
use crate::engine::lanes::LaneModel;
use crate::engine::lanes::Outlook;
use crate::engine::lanes::RowKey;
use crate::engine::lanes::model;
use crate::model::Edge;
use crate::model::LaneName;
use crate::model::Layer;
use crate::model::PredictionOutcome;
use crate::model::Seen;
use crate::model::Unasked;
use crate::model::Verdict;
use crate::ops::FixCell;
use crate::ops::FixTable;

use super::driven::driven;
use super::page::Page;
use super::page::Span;
use super::page::Tone;
use super::resume::entries;

/// Files of a conflict that are named; JSON has them all.
const NAMED: usize = 3;

/// Returns lanes by layer, promotions, hotfixes and presence.
pub fn lanes(board: &Board) -> Page {
    let mut page = Page::new();
    super::status::remote(&mut page, board);
    super::status::not_shared(&mut page, board);
    if let Seen::Known {
        value: Some(frozen),
        ..
    } = &board.seen.frozen
    {
        let words = format!(
            "RUN is frozen: {} is being validated in {}",
            frozen.by, frozen.lane
        );
        page.line([Span::new(Tone::Warning, words)]);
    }
    super::driving::driving(&mut page, board);
    for layer in [Layer::Build, Layer::Run] {
        layer_rows(&mut page, board, layer);
    }
    promotions(&mut page, board);
    words(&mut page, board);
    hotfixes(&mut page, board);
    super::debt::debt(&mut page, board);
    page
}

fn layer_rows(page: &mut Page, board: &Board, layer: Layer) {
    let lanes = board.book.project.lanes.iter();
    let lanes: Vec<_> = lanes.filter(|lane| lane.layer == layer).collect();
    if lanes.is_empty() {
        return;
    }
    page.heading(layer.word()).table(2);
    for lane in lanes {
        let tip = lane.branch_name().and_then(|branch| {
            let tips = board.seen.tips.value()?;
            tips.get(&branch)
        });
        let tip = match tip {
            Some(tip) => Span::new(Tone::Faint, tip.short()),
            None if board.seen.tips.value().is_none() => Span::new(Tone::Warning, "not seen"),
            None => Span::new(Tone::Warning, "no branch"),
        };
        let branch = if lane.branch.as_str() == lane.name.as_str() {
            String::new()
        } else {
            lane.branch.to_string()
        };
        let environment = lane.environment.as_ref();
        page.row(
            [
                Span::new(Tone::Strong, lane.name.as_str()),
                Span::plain(branch),
                tip,
                Span::plain(environment.map_or(String::new(), ToString::to_string)),
                presence_cell(board, &lane.name),
            ],
            [],
        );
    }
}

pub(super) fn presence_cell(board: &Board, lane: &LaneName) -> Span {
    let Some(seen) = board.seen.presence.get(lane) else {
        return Span::default();
    };
    let Some(presence) = seen.value() else {
        let why = seen.why().unwrap_or_default();
        return Span::new(Tone::Warning, format!("UNKNOWN ({why})"));
    };
    let tone = match presence.verdict {
        Verdict::Present => Tone::Good,
        Verdict::Absent => Tone::Plain,
        Verdict::Changed | Verdict::Unknown => Tone::Warning,
        Verdict::Pending => Tone::Active,
    };
    let rule = presence
        .rule
        .map_or(String::new(), |rule| format!(" ({})", rule.word()));
    let stale = if seen.fresh().is_some() {
        ""
    } else {
        ", stale"
    };
    let verdict = board.verdict_in(lane, presence.verdict);
    let lacking = board.lacking_in(lane);
    let lacking = lacking.map_or_else(String::new, |words| format!(", {words}"));
    Span::new(tone, format!("{verdict}{rule}{stale}{lacking}"))
}

fn promotions(page: &mut Page, board: &Board) {
    if board.seen.edges.is_empty() {
        return;
    }
    page.heading("Promotions").table(2);
    let graph = graph(board);
    for (edge, seen) in &board.seen.edges {
        let (counts, merge) = match seen.value() {
            Some(sight) => (
                format!("{} ahead, {} behind", sight.ahead, sight.behind),
                as_of(seen, merge_words(sight)),
            ),
            None => {
                let why = seen.why().unwrap_or_default();
                (
                    String::new(),
                    Span::new(Tone::Warning, format!("unknown: {why}")),
                )
            }
        };
        page.row(
            [
                Span::plain(edge.from.as_str()),
                Span::mark(Tone::Faint, "→", "->"),
                Span::plain(edge.into.as_str()),
                Span::plain(counts),
                merge,
                outlook_cell(&graph, edge),
            ],
            [],
        );
    }
}

/// Says what becomes of the fix; nothing where no fix is at stake.
fn outlook_cell(graph: &LaneModel, edge: &Edge) -> Span {
    let key = EventKey::Edge(edge.from.clone(), edge.into.clone());
    match graph.promotion(&key).map(|promotion| promotion.outlook) {
        Some(Outlook::Survives) => Span::new(Tone::Good, "the fix survives"),
        Some(Outlook::AtRisk) => Span::new(Tone::Bad, "the fix is AT RISK"),
        Some(Outlook::Clean | Outlook::Nothing | Outlook::Conflict | Outlook::Unknown) | None => {
            Span::default()
        }
    }
}

/// Says row by row what the lane graph draws, and what the person's own git makes of a lane that it foresees.
fn words(page: &mut Page, board: &Board) {
    if board.record.is_none() {
        return;
    }
    page.heading("Where the fix is").table(2);
    for row in &graph(board).rows {
        let told = match row.key() {
            RowKey::Lane(lane) => board.driven_into(&lane),
            RowKey::Fix | RowKey::Others => None,
        };
        let below = told.map(|told| driven(told, Unasked::Trust, "  "));
        page.row([Span::plain(row.sentence.clone())], below);
    }
}

fn graph(board: &Board) -> LaneModel {
    model(&board.book, board.record.as_ref(), &board.seen)
}

/// Says of what is not known from now when it was seen, as the lane graph does.
fn as_of<T>(seen: &Seen<T>, (tone, words): (Tone, String)) -> Span {
    match seen {
        Seen::Stale { at, .. } => {
            Span::new(Tone::Warning, format!("{words}, as of {}", at.date_clock()))
        }
        Seen::Known { .. } | Seen::Unknown { .. } => Span::new(tone, words),
    }
}

fn merge_words(sight: &EdgeSight) -> (Tone, String) {
    match &sight.promotion {
        PredictionOutcome::Clean => (Tone::Good, "merges cleanly".to_owned()),
        PredictionOutcome::Already => (Tone::Faint, "nothing to promote".to_owned()),
        PredictionOutcome::Conflict { paths } => {
            let names = paths.iter().take(NAMED).map(|path| path.path.as_str());
            let names: Vec<&str> = names.collect();
            let mut words = format!("conflicts in {}", names.join(", "));
            if paths.len() > NAMED {
                words.push_str(&format!(" and {} more files", paths.len() - NAMED));
            }
            (Tone::Bad, words)
        }
        PredictionOutcome::Blocked { why } | PredictionOutcome::Unknown { why } => {
            (Tone::Warning, format!("unknown: {why}"))
        }
    }
}

fn hotfixes(page: &mut Page, board: &Board) {
    if board.hotfixes.is_empty() {
        return;
    }
    page.heading("Hotfixes").table(2);
    for row in &board.hotfixes {
        let state = if row.is_open {
            Span::new(Tone::Active, "open")
        } else {
            Span::new(Tone::Faint, "closed")
        };
        page.row(
            [
                state,
                Span::new(Tone::Strong, row.id.as_str()),
                Span::plain(row.title.as_str()),
                Span::new(Tone::Faint, row.branch.as_str()),
            ],
            kept(row.not_shared),
        );
    }
}

fn kept(count: usize) -> Option<Span> {
    let words = format!("{} not shared yet", entries(count));
    (count > 0).then(|| Span::new(Tone::Warning, words))
}

/// Adds the newest fixes of RUN, with the lanes where each is, differs, or is not any more.
pub fn fixes(page: &mut Page, table: &FixTable) {
    page.heading("Fixes of RUN").table(2);
    for row in &table.rows {
        let cells = || table.lanes.iter().zip(&row.cells);
        let of = |verdict: Verdict| {
            cells()
                .filter(|(_, cell)| cell.verdict == verdict)
                .map(
                    |(lane, cell)| match cell.rule.filter(|_| verdict == Verdict::Present) {
                        Some(rule) => format!("{lane} ({})", rule.word()),
                        None => lane.to_string(),
                    },
                )
                .collect::<Vec<_>>()
                .join(", ")
        };
        let mut below = Vec::new();
        for (tone, verdict) in [
            (Tone::Good, Verdict::Present),
            (Tone::Warning, Verdict::Changed),
            (Tone::Warning, Verdict::Unknown),
            (Tone::Plain, Verdict::Absent),
        ] {
            let lanes = of(verdict);
            if !lanes.is_empty() {
                below.push(Span::new(tone, format!("{} in {lanes}", verdict.word())));
            }
        }
        below.extend(cells().filter_map(|(lane, cell)| reverted(lane.as_str(), cell)));
        page.row(
            [
                Span::new(Tone::Faint, row.fix.id.short()),
                Span::new(Tone::Strong, row.fix.subject()),
            ],
            below,
        );
    }
}

fn reverted(lane: &str, cell: &FixCell) -> Option<Span> {
    let revert = cell.reverted_by.as_ref()?;
    let words = format!("reverted in {lane} by {}", revert.short());
    Some(Span::new(Tone::Warning, words))
}
