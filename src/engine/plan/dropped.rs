//! To leave an interrupted run as it is where that only meant to say something, and this machine keeps it: whoever goes on
//! shares it, so whoever does not must not. It is dropped, and the record is told that, without what it said.

use crate::engine::interrupted::Interrupted;
use crate::engine::interrupted::LeftCall;
use crate::model::IntentId;
use crate::record::Event;

use super::Call;
use super::Desk;
use super::Level;
use super::Plan;
use super::Refusal;
use super::draft::Draft;
use super::refuse;

/// How the record is told of it.
const DROPPED: &str = "dropped: nobody else had seen it";

impl Plan {
    /// Returns the interrupted run of which it drops what this machine keeps, if it does.
    pub fn drops(&self) -> Option<&IntentId> {
        let mut changes = self.changes.iter();
        changes.find_map(|change| {
            let Call::Record { event } = &change.call else {
                return None;
            };
            let Event::EffectResolved {
                intent, outcome, ..
            } = event
            else {
                return None;
            };
            (outcome == DROPPED).then_some(intent)
        })
    }
}

/// Returns the draft that drops what is kept of a run; none where nothing is, or more was meant than to say something.
pub(super) fn drop_kept(
    desk: &Desk<'_>,
    left: &Interrupted,
    settled: &[Event],
) -> Result<Option<Draft>, Refusal> {
    let record = desk.look.record;
    let known = record.effects.get(&left.intent).into_iter().flatten();
    let known: Vec<&str> = known.map(|effect| effect.call.as_str()).collect();
    let kept = left.kept_alone().into_iter();
    let kept: Vec<&LeftCall> = kept
        .filter(|call| !known.contains(&in_brief(call)))
        .collect();
    if kept.is_empty() || record.opening.is_none() {
        return Ok(None);
    }
    let ended = match desk.look.seen.archived {
        Some(year) => Some(format!("the record is in the archive of {year}")),
        None if record.closed.is_some() => Some("the hotfix is closed".to_owned()),
        None => None,
    };
    if let Some(why) = ended {
        return Err(refuse(
            format!("drop what is kept here of `{}`", left.title()),
            format!(
                "{why}: its record takes no word of what is dropped, so it stays on this machine, unshared"
            ),
        ));
    }
    let mut draft = Draft::new(
        format!(
            "drop what is kept here of `{}`, and share none of it",
            left.title()
        ),
        Level::L2,
    );
    for event in settled {
        let event = event.clone();
        draft.call(Call::Record { event }, Vec::new());
    }
    for call in kept {
        let event = Event::EffectResolved {
            intent: left.intent.clone(),
            call: in_brief(call).to_owned(),
            outcome: DROPPED.to_owned(),
        };
        draft.call(Call::Record { event }, Vec::new());
        draft.warn(format!(
            "{}: it is kept on this machine only, and goes",
            call.call
        ));
    }
    draft.will_change = vec![
        "what is kept of it here   dropped; the record is told that, and not what it said"
            .to_owned(),
    ];
    draft.will_not_change = vec!["branches, change requests, environments".to_owned()];
    "none but to say it again".clone_into(&mut draft.way_back);
    Ok(Some(draft))
}

/// Returns a call up to the words of a person, which are nobody's business who was not told them.
fn in_brief(call: &LeftCall) -> &str {
    let words = call.call.split('"').next();
    words.map_or("", str::trim_end)
}
