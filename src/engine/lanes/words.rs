//! The lane graph in sentences, for the linear mode and the line under the drawing.

use crate::engine::carried::slug;

use super::atlas::Atlas;
use super::event::Row;
use super::event::RowKind;
use super::event::StandingWord;
use super::standing::WOULD_CONFLICT;

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
    let is_unreached = match &row.kind {
        RowKind::Lane { lane, .. } => atlas.is_unreached(lane),
        RowKind::Fix | RowKind::Others => false,
    };
    let says = match standing.word {
        StandingWord::In => format!("contains {hotfix}"),
        StandingWord::Equivalent if is_unreached => {
            format!("counts as fixed, though nothing of {hotfix} was carried here")
        }
        StandingWord::Equivalent => format!("contains the same change as {hotfix}"),
        StandingWord::Pending => format!("{hotfix} is on its way"),
        StandingWord::Missing => format!("is missing {hotfix}"),
        StandingWord::Reverted => format!("{hotfix} was reverted"),
        StandingWord::Changed => format!("contains {hotfix} changed"),
        StandingWord::Unknown => format!("unknown whether it contains {hotfix}"),
        StandingWord::NotDue => format!("does not need {hotfix} yet"),
    };
    let mut words = format!("{name}: {says}");
    for more in std::iter::once(&standing.reason).chain(&standing.detail) {
        if !more.is_empty() {
            let joint = if ["since", "by", "as", "(", "runs"]
                .iter()
                .any(|word| more.starts_with(word))
            {
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

/// Lanes by how they stand, as the line under the drawing counts them.
const GROUPS: [(&str, &[StandingWord]); 4] = [
    (
        "missing from",
        &[StandingWord::Missing, StandingWord::Reverted],
    ),
    ("pending", &[StandingWord::Pending]),
    ("changed", &[StandingWord::Changed]),
    ("unknown", &[StandingWord::Unknown]),
];

/// Returns the line under the drawing, the longest form first; none without a hotfix.
pub(super) fn summary(atlas: &Atlas<'_>, rows: &[Row]) -> Vec<String> {
    let Some(record) = atlas.record else {
        return Vec::new();
    };
    let hotfix = super::atlas::show(slug(&record.hotfix));
    let named = |words: &[StandingWord]| -> Vec<&str> {
        let is_one = |row: &&Row| {
            let word = row.standing.as_ref().map(|standing| standing.word);
            word.is_some_and(|word| words.contains(&word))
        };
        let rows = rows.iter().filter(is_one);
        rows.map(|row| row.name.as_str()).collect()
    };
    let groups: Vec<(&str, Vec<&str>)> = GROUPS
        .iter()
        .map(|(title, words)| (*title, named(words)))
        .filter(|(_, names)| !names.is_empty())
        .collect();
    let Some(most) = groups.iter().map(|(_, names)| names.len()).max() else {
        let is_in = named(&[StandingWord::In, StandingWord::Equivalent]);
        let mut said = vec![if is_in.is_empty() {
            format!("{hotfix} is in no lane yet.")
        } else {
            format!("{hotfix} is in every lane that needs it.")
        }];
        let foreseen = |row: &&Row| {
            let standing = row.standing.as_ref();
            standing.is_some_and(|standing| standing.reason == WOULD_CONFLICT)
        };
        let foreseen: Vec<&str> = rows
            .iter()
            .filter(foreseen)
            .map(|row| row.name.as_str())
            .collect();
        if !foreseen.is_empty() {
            let longer = format!("{} It would conflict in: {}.", said[0], foreseen.join(", "));
            said.insert(0, longer);
        }
        return said;
    };
    let mut forms = vec![told(Some(&hotfix), &groups, most)];
    forms.extend((1..=most).rev().map(|named| told(None, &groups, named)));
    forms
}

/// Says which lanes stand how, naming so many of each group and counting the others.
fn told(hotfix: Option<&str>, groups: &[(&str, Vec<&str>)], most: usize) -> String {
    let mut parts = Vec::new();
    for (index, (title, names)) in groups.iter().enumerate() {
        let title = match (index, hotfix) {
            (0, Some(hotfix)) if title.ends_with("from") => format!("{hotfix} is {title}"),
            (0, Some(hotfix)) => format!("{hotfix} is {title} in"),
            (_, Some(_) | None) => capital(title),
        };
        let mut list = names[..names.len().min(most)].join(", ");
        if names.len() > most {
            list.push_str(&format!(" +{}", names.len() - most));
        }
        parts.push(format!("{title}: {list}."));
    }
    parts.join(" ")
}

fn capital(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    format!("{}{rest}", first.to_uppercase())
}
