//! What can be taken back without leaving a trace in the world: ticks. The record keeps both.

use crate::engine::Board;
use crate::engine::Intent;
use crate::record::Tick;

/// Returns what takes an intent back that is planned on this board, with words for it.
pub(super) fn inverse(intent: &Intent, board: &Board) -> Option<(String, Intent)> {
    match intent {
        Intent::Tick { item, .. } => Some((
            format!("take back the tick of {item}"),
            Intent::Untick {
                item: item.clone(),
                note: "taken back by whoever ticked it".to_owned(),
            },
        )),
        Intent::Untick { item, .. } => {
            let ticks = &board.record.as_ref()?.ticks;
            let tick = ticks.get(item).filter(|tick| tick.is_ticked)?;
            let again = Intent::Tick {
                item: item.clone(),
                note: note_again(tick, board),
            };
            Some((format!("tick {item} again"), again))
        }
        Intent::Start(_)
        | Intent::Do { .. }
        | Intent::Skip { .. }
        | Intent::Approve { .. }
        | Intent::Reject { .. }
        | Intent::Note { .. }
        | Intent::Comment { .. }
        | Intent::Decide { .. }
        | Intent::Acknowledge { .. }
        | Intent::Override { .. }
        | Intent::Resolve(_)
        | Intent::Abandon { .. }
        | Intent::Retry { .. }
        | Intent::Close { .. }
        | Intent::Drive { .. }
        | Intent::Restore
        | Intent::Import { .. }
        | Intent::Archive { .. }
        | Intent::Resume { .. } => None,
    }
}

/// Returns the note of a tick for ticking again: what was seen then is the evidence still, and whoever saw it is named.
fn note_again(tick: &Tick, board: &Board) -> Option<String> {
    if tick.note.is_empty() {
        return None;
    }
    let note = if tick.by.id == board.seen.me.id {
        tick.note.clone()
    } else {
        format!("{} (first ticked by {})", tick.note, tick.by.show())
    };
    Some(note)
}
