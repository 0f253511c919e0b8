//! An event in one line, exact: what the call that appends it says.

use crate::model::CommitId;
use crate::record::Event;

use super::calls::quoted;

/// Returns an event as one line: its stable name and what it is about.
pub(super) fn event_line(event: &Event) -> String {
    let name = event.name();
    match event {
        Event::Opened { title, branch, .. } => format!("{name} {branch} {}", quoted(title)),
        Event::SnapshotTaken { head, commits, .. } => format!(
            "{name} {} with {} commit{}",
            head.short(),
            commits.len(),
            if commits.len() == 1 { "" } else { "s" }
        ),
        Event::VerdictAcknowledged { lane, paths, .. } => {
            let names: Vec<&str> = paths.iter().map(|path| path.path.as_str()).collect();
            format!("{name} {lane} {}", names.join(" "))
        }
        Event::ConflictDecided {
            target, path, note, ..
        } => format!("{name} {target} {path} {}", quoted(note)),
        Event::TargetAdded { target, policy, .. } => {
            let policy = policy.as_deref().unwrap_or_default();
            format!("{name} {target} {policy}").trim_end().to_owned()
        }
        Event::TargetAbandoned { target, reason, .. } => {
            format!("{name} {target} {}", quoted(reason))
        }
        Event::RidersAccepted {
            step,
            riders,
            left_out,
            ..
        } => {
            let names: Vec<&str> = riders.iter().map(CommitId::short).collect();
            let more = if *left_out > 0 {
                format!(" and {left_out} more")
            } else {
                String::new()
            };
            format!("{name} {step} {}{more}", names.join(" "))
                .trim_end()
                .to_owned()
        }
        Event::StepConfirmed { step, note } => format!("{name} {step} {}", quoted(note)),
        Event::StepSkipped { step, reason } => format!("{name} {step} {}", quoted(reason)),
        Event::Ticked { item, note } | Event::Unticked { item, note } => {
            format!("{name} {item} {}", quoted(note))
        }
        Event::NoteAdded { text } => format!("{name} {}", quoted(text)),
        Event::Closed { note } => format!("{name} {}", quoted(note)),
        Event::EffectResolved { call, outcome, .. } => {
            format!("{name} {} {}", quoted(call), quoted(outcome))
        }
        Event::AlarmRaised { what } | Event::AlarmCleared { what, .. } => {
            format!("{name} {}", quoted(what))
        }
        Event::OverrideUsed { rule, reason, .. } => {
            format!("{name} {} {}", quoted(rule), quoted(reason))
        }
        Event::OutOfBandSeen { what, .. } => format!("{name} {}", quoted(what)),
        Event::IntentDeclared { .. }
        | Event::EffectObserved { .. }
        | Event::EffectUnknown { .. }
        | Event::RequestOpened { .. }
        | Event::RequestMerged { .. }
        | Event::TargetBuilt { .. }
        | Event::DeploymentCreated { .. }
        | Event::DeploymentFinished { .. }
        | Event::ApprovalSeen { .. }
        | Event::ApprovalVoided { .. }
        | Event::CommentAdded { .. }
        | Event::DriverChanged { .. } => name.to_owned(),
    }
}
