//! Whether anything may be planned for a hotfix at all, whatever the intent is about: not for a record that cannot be
//! judged, is archived, closed or was never opened, and not over what an earlier plan left open.

use crate::engine::Intent;
use crate::engine::interrupted::Interrupted;
use crate::record::EffectState;

use super::Desk;
use super::Refusal;
use super::refuse;

impl Desk<'_> {
    /// Refuses to archive one hotfix: which ones are due is not seen from here. One that is archived is done with.
    pub(super) fn not_alone(&self, intent: &Intent) -> Refusal {
        let reason = match self.look.seen.archived {
            Some(year) => format!("nothing to do: its record is in the archive of {year}"),
            None => "it is planned from all records: `lanekeeper archive`".to_owned(),
        };
        refuse(intent.to_string(), reason)
    }

    /// Refuses every change for a record that cannot be judged; what is only written down stays possible
    /// while the outcome of an earlier call is unknown.
    pub(super) fn may_write(&self, intent: &Intent) -> Result<(), Refusal> {
        let wanted = intent.bare();
        let record = self.look.record;
        if record.is_beyond_us {
            return Err(refuse(
                wanted,
                "a newer version of Lanekeeper wrote a critical event into this record",
            )
            .hint("update Lanekeeper, then look again"));
        }
        if matches!(intent, Intent::Restore) {
            return Ok(());
        }
        if let Some(rewritten) = &self.look.seen.rewritten {
            let restore = self.line("restore");
            return Err(refuse(wanted, rewritten.what.clone()).hint(format!(
                "nothing more is done for this hotfix until `{restore}` has put back what is missing"
            )));
        }
        // What died here is decided about also where the hotfix was never begun, or is over.
        if matches!(intent, Intent::Resume { .. }) {
            return Ok(());
        }
        if let Some(year) = self.look.seen.archived {
            return Err(refuse(
                wanted,
                format!(
                    "the record of this hotfix is in the archive of {year}: no plan adds to it"
                ),
            ));
        }
        if record.opening.is_none() {
            return Err(refuse(wanted, "this hotfix has no opening on record")
                .hint("`lanekeeper start` opens one"));
        }
        // The seat is not the hotfix's own: whoever has it can leave it whatever became of this one.
        let is_about_the_seat = matches!(intent, Intent::Drive { .. });
        if let (Some(closed), false) = (&record.closed, is_about_the_seat) {
            return Err(refuse(
                wanted,
                format!("this hotfix was closed by {}", closed.by.show()),
            ));
        }
        let is_written_only = match intent {
            Intent::Tick { .. }
            | Intent::Untick { .. }
            | Intent::Note { .. }
            | Intent::Skip { .. }
            | Intent::Abandon { .. }
            | Intent::Acknowledge { .. }
            | Intent::Override { .. }
            | Intent::Decide { .. }
            | Intent::Drive { .. }
            | Intent::Restore
            | Intent::Import { .. }
            | Intent::Archive { .. }
            | Intent::Resume { .. } => true,
            Intent::Start(_)
            | Intent::Do { .. }
            | Intent::Approve { .. }
            | Intent::Reject { .. }
            | Intent::Comment { .. }
            | Intent::Resolve(_)
            | Intent::Retry { .. }
            | Intent::Close { .. } => false,
        };
        let unknown: Vec<String> = record
            .effects
            .values()
            .flatten()
            .filter_map(|effect| match &effect.state {
                EffectState::Unknown { why } => Some(format!(
                    "the outcome of `{}` is unknown: {why}",
                    effect.call
                )),
                EffectState::Declared | EffectState::Observed { .. } => None,
            })
            .collect();
        let interrupted = self.look.seen.interrupted.iter();
        let interrupted: Vec<String> = interrupted.flat_map(Interrupted::sentences).collect();
        if !is_written_only && !interrupted.is_empty() {
            return Err(Refusal {
                wanted,
                reasons: interrupted,
                hint: Some(
                    "`lanekeeper resume` goes on with it, leaves it as it is, or takes it back"
                        .into(),
                ),
            });
        }
        if !is_written_only && !unknown.is_empty() {
            return Err(Refusal {
                wanted,
                reasons: unknown,
                hint: Some("look again until it is known; nothing is sent twice on a guess".into()),
            });
        }
        Ok(())
    }
}
