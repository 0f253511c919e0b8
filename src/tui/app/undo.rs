//! What can be taken back without leaving a trace in the world: ticks. The record keeps both.

use crate::engine::Intent;

/// Returns what takes an intent back, with words for it.
pub(super) fn inverse(intent: &Intent) -> Option<(String, Intent)> {
    match intent {
        Intent::Tick { item, .. } => Some((
            format!("take back the tick of {item}"),
            Intent::Untick {
                item: item.clone(),
                note: "taken back right after ticking".to_owned(),
            },
        )),
        Intent::Untick { item, .. } => Some((
            format!("tick {item} again"),
            Intent::Tick {
                item: item.clone(),
                note: Some("ticked again right after unticking".to_owned()),
            },
        )),
        Intent::Start(_)
        | Intent::Do { .. }
        | Intent::Skip { .. }
        | Intent::Approve { .. }
        | Intent::Reject { .. }
        | Intent::Note { .. }
        | Intent::Comment { .. }
        | Intent::Decide { .. }
        | Intent::Acknowledge { .. }
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
