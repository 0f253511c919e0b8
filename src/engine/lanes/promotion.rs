//! What the next promotion between two lanes would do, as computed in memory: whether it merges, and whether the fix
//! survives it.

use crate::engine::EdgeSight;
use crate::model::Edge;
use crate::model::PredictionOutcome;
use crate::model::Presence;
use crate::model::Seen;
use crate::model::Verdict;

use super::atlas::Atlas;
use super::atlas::show;
use super::event::EventKey;
use super::event::Outlook;
use super::event::Promotion;
use super::event::Row;
use super::event::StandingWord;

/// Returns the promotions between lanes of the drawing, in the order of the project.
pub(super) fn promotions(atlas: &Atlas<'_>, rows: &[Row]) -> Vec<Promotion> {
    let seen = &atlas.seen.edges;
    let edges = seen.iter().filter_map(|(edge, sight)| {
        let from = atlas.row_of_lane(&edge.from)?;
        let into = atlas.row_of_lane(&edge.into)?;
        Some(promotion(atlas, rows, edge, sight, (from, into)))
    });
    let mut edges: Vec<Promotion> = edges.collect();
    edges.sort_by_key(|edge| (edge.from, edge.into));
    edges
}

fn promotion(
    atlas: &Atlas<'_>,
    rows: &[Row],
    edge: &Edge,
    sight: &Seen<EdgeSight>,
    (from, into): (usize, usize),
) -> Promotion {
    let has_fix = |row: usize| {
        let word = rows[row].standing.as_ref().map(|standing| standing.word);
        matches!(word, Some(StandingWord::In | StandingWord::Equivalent))
    };
    let is_at_stake = atlas.record.is_some() && (has_fix(from) || has_fix(into));
    let outlook = sight.value().map_or(Outlook::Unknown, |sight| {
        let is_alive = |presence: &Presence| is_alive(atlas, presence);
        outlook(sight, is_at_stake, is_alive)
    });
    let mut forms = said(outlook, sight);
    if let (Seen::Stale { .. }, true) = (sight, outlook != Outlook::Unknown) {
        // What was true at an earlier look is no promise.
        for form in &mut forms {
            form.push('?');
        }
    }
    let longest = forms.first().map_or("", String::as_str);
    let sentence = format!(
        "promotion of {} into {}: {longest}",
        show(edge.from.as_str()),
        show(edge.into.as_str())
    );
    Promotion {
        key: EventKey::Edge(edge.from.clone(), edge.into.clone()),
        from,
        into,
        outlook,
        forms,
        sentence,
    }
}

/// Returns what the promotion would do; `is_at_stake` where one of the two lanes has the fix.
fn outlook(sight: &EdgeSight, is_at_stake: bool, is_alive: impl Fn(&Presence) -> bool) -> Outlook {
    match &sight.promotion {
        PredictionOutcome::Conflict { .. } => Outlook::Conflict,
        PredictionOutcome::Blocked { .. } | PredictionOutcome::Unknown { .. } => Outlook::Unknown,
        PredictionOutcome::Clean | PredictionOutcome::Already => {
            let after = sight.fix_after.as_ref();
            let verdict = after.map(|presence| presence.verdict);
            match (verdict, is_at_stake) {
                (Some(_), true) if after.is_some_and(is_alive) => Outlook::Survives,
                (Some(Verdict::Present), true) => Outlook::Survives,
                (Some(Verdict::Absent | Verdict::Changed), true) => Outlook::AtRisk,
                (Some(Verdict::Unknown | Verdict::Pending) | None, true) => Outlook::Unknown,
                (_, false) if sight.ahead == 0 => Outlook::Nothing,
                (_, false) => Outlook::Clean,
            }
        }
    }
}

/// Tells whether the fix is there, or there in a way that somebody accepted.
fn is_alive(atlas: &Atlas<'_>, presence: &Presence) -> bool {
    atlas.look().is_some_and(|look| look.is_alive(presence))
}

/// Returns the words of a promotion, the longest first.
fn said(outlook: Outlook, sight: &Seen<EdgeSight>) -> Vec<String> {
    let (ahead, behind, files) = sight.value().map_or((0, 0, 0), |sight| {
        let files = match &sight.promotion {
            PredictionOutcome::Conflict { paths } => paths.len(),
            PredictionOutcome::Clean
            | PredictionOutcome::Already
            | PredictionOutcome::Blocked { .. }
            | PredictionOutcome::Unknown { .. } => 0,
        };
        (sight.ahead, sight.behind, files)
    });
    let word = match outlook {
        Outlook::Clean => "merges clean".to_owned(),
        // The lane that it leads to has something that this one lacks: that is not level.
        Outlook::Nothing if behind > 0 => {
            return vec![
                format!("nothing to promote, {behind} behind"),
                format!("{behind} behind"),
            ];
        }
        Outlook::Nothing => return vec!["nothing to promote".to_owned(), "level".to_owned()],
        Outlook::Survives => "fix survives".to_owned(),
        Outlook::AtRisk => "fix AT RISK".to_owned(),
        Outlook::Conflict => {
            let plural = if files == 1 { "" } else { "s" };
            let mut forms = vec![
                format!("{ahead} ahead, conflict in {files} file{plural}"),
                format!("conflict, {files} file{plural}"),
            ];
            if files == 0 {
                forms.clear();
            }
            forms.push("conflict".to_owned());
            return forms;
        }
        Outlook::Unknown => "not known".to_owned(),
    };
    if ahead == 0 {
        return vec![word];
    }
    vec![
        format!("{ahead} ahead, {word}"),
        format!("{ahead}, {word}"),
        word,
    ]
}
