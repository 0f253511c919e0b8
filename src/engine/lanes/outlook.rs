//! Between two lanes, below the presence column: what the promotion of one into the other would do.

use super::drawing::Role;
use super::drawing::View;
use super::event::LaneModel;
use super::event::Outlook;
use super::event::Promotion;
use super::glyphs::Glyphs;
use super::paint::Sheet;
use super::paint::measure;
use super::stack::Stack;

/// Writes a promotion into the gap below (or above) the lane that it leaves, from `column` on; nothing where another
/// lane lies between the two or there is no gap.
pub(super) fn write(
    sheet: &mut Sheet,
    stack: &Stack,
    (model, promotion): (&LaneModel, &Promotion),
    (column, view): (usize, &View),
    glyphs: &Glyphs,
) {
    let into = stack.line(promotion.into);
    let Some(gap) = stack.gap_towards(promotion.from, into) else {
        return;
    };
    let room = view.width.saturating_sub(column);
    let (first, last) = (
        promotion.from.min(promotion.into),
        promotion.from.max(promotion.into),
    );
    let between = model.rows.get(first + 1..last).unwrap_or_default();
    let is_beside = between.iter().all(|row| row.layer().is_none());
    if !is_beside || !sheet.is_free(gap, column..view.width) {
        return;
    }
    let arrow = if promotion.from < promotion.into {
        glyphs.downwards
    } else {
        glyphs.upwards
    };
    let said = |form: &String| format!("{arrow} {form}");
    let mut forms = promotion.forms.iter().map(said);
    let Some(text) = forms.find(|text| measure(text) <= room) else {
        return;
    };
    let role = match promotion.outlook {
        Outlook::Clean | Outlook::Nothing => Role::Dim,
        Outlook::Survives => Role::PresenceOk,
        Outlook::AtRisk | Outlook::Conflict => Role::PresenceMissing,
        Outlook::Unknown => Role::PresenceUnknown,
    };
    sheet.write(gap, column, room, &text, role, glyphs.cut);
    let is_selected = view.selected.as_ref() == Some(&promotion.key);
    sheet.hit(
        gap,
        column..column + measure(&text),
        &promotion.key,
        is_selected,
    );
}
