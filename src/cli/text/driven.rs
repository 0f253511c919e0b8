//! What the merge drivers of the clone have to do with a target, in a line below it.

use crate::model::Driven;
use crate::model::DriverCase;
use crate::model::Unasked;

use super::page::Span;
use super::page::Tone;

/// Returns the line behind `lead`; `unasked` is how one comes to see more where the drivers were not run.
pub(super) fn driven(driven: &Driven, unasked: Unasked, lead: &str) -> Span {
    let tone = match &driven.case {
        None | Some(DriverCase::OnlyForgeConflicts) => Tone::Active,
        Some(DriverCase::BothClean) => Tone::Good,
        Some(DriverCase::OnlyDriverConflicts | DriverCase::Unknown { .. }) => Tone::Warning,
        Some(DriverCase::BothConflict) => Tone::Bad,
    };
    Span::new(tone, format!("{lead}{}", driven.words(unasked)))
}
