//! Traces of conflicts that people decided: the one thing that the remote does not tell by itself.

use std::collections::BTreeSet;

use crate::engine::Board;
use crate::engine::Intent;
use crate::model::CommitId;
use crate::record::Event;
use crate::record::Record;

use super::Trace;

/// Who decided what is nowhere but in the words of the intent: the branch shows only what came of it. Where a resolution
/// became a branch of its own (policy `local`) the record lacks the branch as well, and the same words said again tell both.
pub(super) fn of_resolutions(board: &Board, record: &Record, traces: &mut Vec<Trace>) {
    let tips = board.seen.tips.fresh().into_iter().flatten();
    let mut heads: BTreeSet<&CommitId> = tips.map(|(_, tip)| tip).collect();
    // A branch may be gone after its merge.
    for request in board.seen.requests.fresh().into_iter().flatten() {
        heads.insert(&request.head);
        heads.extend(request.merged().map(|merged| &merged.head));
    }
    for (place, entry) in record.entries.iter().enumerate() {
        let Some(Event::IntentDeclared { words, calls, .. }) = &entry.event else {
            continue;
        };
        if !words.starts_with("resolve ") {
            continue;
        }
        let Ok(Intent::Resolve(order)) = words.parse::<Intent>() else {
            continue;
        };
        let head = &order.commit;
        let pushes = format!(" <- {}, ", head.short());
        let is_its = |call: &&String| {
            call.starts_with("git push ")
                && call.contains(&pushes)
                && !call.ends_with("(must not exist)")
        };
        let Some(call) = calls.iter().find(is_its).filter(|_| heads.contains(head)) else {
            continue;
        };
        let by = &entry.actor.person;
        for (path, how) in &order.decided {
            // A later decision about the path counts, whatever head it is for.
            let is_known = record.entries[place..].iter().any(|later| {
                matches!(&later.event, Some(Event::ConflictDecided { step, target, path: about, .. })
                    if *step == order.step && *target == order.target && about == path)
            });
            let event = || {
                let note = if by.id == board.seen.me.id {
                    how.clone()
                } else {
                    // The entry is by whoever goes on with it.
                    format!("{how}, as decided by {}", by.show())
                };
                Some(Event::ConflictDecided {
                    step: order.step.clone(),
                    target: order.target.clone(),
                    path: path.clone(),
                    head: head.clone(),
                    note,
                })
            };
            let found = format!("{} is there", head.short());
            traces.push(Trace::new(call.clone(), found).lacking(!is_known, event));
        }
    }
}
