//! The lane graph in sentences, for the linear mode and the line under the drawing.

use super::atlas::Atlas;
use super::event::Row;
use super::event::RowKind;
use super::event::StandingWord;

/// Returns a row in words: `preprod: contains 20260412-x since 10:42 by #12 as 1a2b3c4 (ancestor)`.
pub(super) fn sentence(atlas: &Atlas<'_>, row: &Row) -> String {
    let name = &row.name;
    let hotfix = atlas.record.map_or("", |record| record.hotfix.as_str());
    let Some(standing) = &row.standing else {
        return match row.kind {
            RowKind::Lane { .. } => format!("{name}: {}", row.note),
            RowKind::Fix | RowKind::Others => format!("{name} ({hotfix}): {}", row.note),
        };
    };
    let says = match standing.word {
        StandingWord::In => format!("contains {hotfix}"),
        StandingWord::Equivalent => format!("contains the same change as {hotfix}"),
        StandingWord::Pending => format!("{hotfix} is on its way"),
        StandingWord::Missing => format!("is missing {hotfix}"),
        StandingWord::Reverted => format!("{hotfix} was reverted"),
        StandingWord::Changed => format!("contains {hotfix} changed"),
        StandingWord::Unknown => format!("unknown whether it contains {hotfix}"),
        StandingWord::NotDue => format!("does not need {hotfix} yet"),
    };
    let mut words = format!("{name}: {says}");
    for more in [&standing.reason, &standing.detail] {
        if !more.is_empty() {
            let joint = if more.starts_with("since") || more.starts_with("by") {
                " "
            } else {
                ", "
            };
            words.push_str(joint);
            words.push_str(&more.replace('#', "change request "));
        }
    }
    words
}

/// Returns the line under the drawing; none without a hotfix.
pub(super) fn summary(atlas: &Atlas<'_>, rows: &[Row]) -> Option<String> {
    let hotfix = atlas.record?.hotfix.as_str();
    let named = |words: &[StandingWord]| {
        let is_one = |row: &&Row| {
            let word = row.standing.as_ref().map(|standing| standing.word);
            word.is_some_and(|word| words.contains(&word))
        };
        let names: Vec<&str> = rows
            .iter()
            .filter(is_one)
            .map(|row| row.name.as_str())
            .collect();
        names.join(", ")
    };
    let missing = named(&[StandingWord::Missing, StandingWord::Reverted]);
    let mut parts = Vec::new();
    if !missing.is_empty() {
        parts.push(format!("{hotfix} is missing from: {missing}."));
    }
    for (title, word) in [
        ("Pending", StandingWord::Pending),
        ("Changed", StandingWord::Changed),
        ("Unknown", StandingWord::Unknown),
    ] {
        let names = named(&[word]);
        if !names.is_empty() {
            parts.push(format!("{title}: {names}."));
        }
    }
    if !parts.is_empty() {
        return Some(parts.join(" "));
    }
    let is_in = named(&[StandingWord::In, StandingWord::Equivalent]);
    Some(if is_in.is_empty() {
        format!("{hotfix} is in no lane yet.")
    } else {
        format!("{hotfix} is in every lane that needs it.")
    })
}
