//! What somebody else put on the record after a plan was made, and that the plan would not have been made with
//! (safety.md 3.5).

use crate::model::Decision;
use crate::record::Event;
use crate::record::Record;

use super::call::Call;
use super::data::Change;
use super::data::Plan;

impl Plan {
    /// Says who voided a change of this plan, and by what; none where nothing on the record did.
    pub fn voided_by(&self, change: &Change, record: &Record) -> Option<String> {
        let new = record
            .entries
            .iter()
            .filter(|entry| !self.known.contains(&entry.id));
        for entry in new {
            let who = entry.actor.person.show();
            let Some(event) = &entry.event else {
                if entry.is_critical {
                    return Some(format!(
                        "a newer version of Lanekeeper wrote a critical event ({}) into the record",
                        entry.kind
                    ));
                }
                continue;
            };
            if self.writes(event) {
                continue;
            }
            let what = match event {
                Event::Closed { .. } => "closed the hotfix".to_owned(),
                Event::StepSkipped { step, .. } if change.step.as_ref() == Some(step) => {
                    format!("skipped the step {step}")
                }
                Event::TargetAbandoned { step, target, .. }
                    if change.step.as_ref() == Some(step)
                        && change.target.as_ref() == Some(target) =>
                {
                    format!("gave {target} up")
                }
                Event::AlarmRaised { what } if decides(&change.call) => {
                    format!("raised an alarm ({what})")
                }
                Event::Unticked { item, .. } if decides(&change.call) => {
                    format!("took back the tick of {item}")
                }
                Event::ApprovalSeen { subject, approval }
                    if decides(&change.call) && approval.decision == Decision::Rejected =>
                {
                    format!(
                        "put on record that {} refused {subject}",
                        approval.by.show()
                    )
                }
                Event::ApprovalVoided { subject, by, .. } if decides(&change.call) => {
                    format!("voided the approval of {subject} by {by}")
                }
                _ => continue,
            };
            return Some(format!("{who} {what}"));
        }
        None
    }

    /// Tells whether the plan itself puts this on the record.
    fn writes(&self, event: &Event) -> bool {
        self.changes.iter().any(|change| match &change.call {
            Call::Record { event: own } => own == event,
            // The alarm goes before what is put back.
            Call::Restore { .. } => matches!(event, Event::AlarmRaised { .. }),
            _ => false,
        })
    }
}

/// Tells whether a call brings a change into a lane or into an environment.
fn decides(call: &Call) -> bool {
    matches!(
        call,
        Call::Merge { .. }
            | Call::CreateDeployment { .. }
            | Call::StartDeployment { .. }
            | Call::RunMigrations { .. }
            | Call::RetryJob {
                environment: Some(_),
                ..
            }
    )
}
