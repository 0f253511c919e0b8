//! What Detail tells about a prediction: whether the fix would apply in a target, its conflicts, and what merge drivers of
//! the person's clone make of it.

use crate::model::ConflictPath;
use crate::model::Driven;
use crate::model::DriverCase;
use crate::model::Prediction;
use crate::model::PredictionOutcome;
use crate::model::Seen;
use crate::model::Unasked;
use crate::model::Untrusted;

use super::detail::Detail;
use super::words::Line;
use super::words::Tone;

/// Says what carrying the fix there would do, as the forge sees it, and then what the person's own git makes of it.
pub(super) fn prediction_lines(
    prediction: &Seen<Prediction>,
    driven: Option<&Driven>,
    detail: &mut Detail,
) {
    let Some(known) = prediction.value() else {
        let why = prediction.why().unwrap_or_default();
        detail.say(format!("no prediction: {why}"), Tone::Warn);
        return;
    };
    match &known.outcome {
        PredictionOutcome::Clean => detail.say("predicted: applies cleanly", Tone::Good),
        PredictionOutcome::Conflict { paths } => conflicts("predicted", paths, detail),
        PredictionOutcome::Already => detail.say("predicted: it is there already", Tone::Good),
        PredictionOutcome::Blocked { why } => {
            detail.say(format!("predicted: blocked, {why}"), Tone::Warn);
        }
        PredictionOutcome::Unknown { why } => {
            detail.say(format!("no prediction: {why}"), Tone::Warn);
        }
    }
    if let Some(driven) = driven {
        detail.say(driven.words(Unasked::Trust), tone(driven));
    }
}

fn tone(driven: &Driven) -> Tone {
    match &driven.case {
        None | Some(DriverCase::OnlyForgeConflicts) => Tone::Key,
        Some(DriverCase::BothClean) => Tone::Good,
        Some(DriverCase::OnlyDriverConflicts | DriverCase::Unknown { .. }) => Tone::Warn,
        Some(DriverCase::BothConflict) => Tone::Bad,
    }
}

pub(super) fn conflicts(what: &str, paths: &[ConflictPath], detail: &mut Detail) {
    if paths.is_empty() {
        return;
    }
    let files = if paths.len() == 1 { "file" } else { "files" };
    detail.head(&format!("conflicts in {} {files}, {what}", paths.len()));
    for path in paths {
        detail.lines.push(
            Line::new(format!(" {}", path.path), Tone::Warn)
                .and(format!("  {}", path.kind.word()), Tone::Dim),
        );
        if let Some(last) = path.last_authors.words() {
            detail.say(format!("   last changed by {last}"), Tone::Dim);
        }
        if !path.owners.is_empty() {
            let owners: Vec<String> = path.owners.iter().map(Untrusted::show).collect();
            detail.say(format!("   owned by {}", owners.join(", ")), Tone::Dim);
        }
    }
}
