//! One sentence per entry, for `log`, the report and the console. Text from outside comes out showable.

use crate::model::Approval;
use crate::model::ConflictPath;
use crate::model::LaneName;
use crate::model::StepId;
use crate::model::Subject;
use crate::model::Untrusted;

use super::entry::Entry;
use super::event::Event;

impl Entry {
    /// Returns what happened, in one showable line without time and author.
    pub fn sentence(&self) -> String {
        let words = match &self.event {
            // Who approved is who wrote it: the name stands before the sentence already.
            Some(Event::ApprovalSeen { subject, approval }) if approval.by == self.actor.person => {
                approved(subject, approval)
            }
            Some(event) => event.sentence(),
            None => format!("{} (made by a newer version)", self.kind),
        };
        Untrusted::new(words).show()
    }
}

impl Event {
    /// Returns what happened in words; may still hold text from outside as it came.
    fn sentence(&self) -> String {
        match self {
            Self::Opened {
                title,
                branch,
                base,
                base_tip,
                playbook,
                ..
            } => format!(
                "opened \"{title}\": {branch} from {base} at {}, playbook {playbook}",
                base_tip.short()
            ),
            Self::SnapshotTaken { head, commits, .. } => {
                format!("the fix is {}, head {}", count(commits.len()), head.short())
            }
            Self::IntentDeclared { words, level, .. } => format!("declared: {words} ({level})"),
            Self::EffectObserved {
                call,
                outcome,
                detail,
                ..
            } => format!("{outcome}: {call}{}", tail(detail)),
            Self::EffectUnknown { call, why, .. } => {
                format!("outcome unknown: {call}{}", tail(why))
            }
            Self::EffectResolved { call, outcome, .. } => format!("found out: {call}: {outcome}"),
            Self::RequestOpened {
                step,
                target,
                request,
                from,
                into,
                head,
                opened_by,
            } => {
                let begin = opened_by.as_ref().map_or_else(
                    || format!("opened change request {request}"),
                    |by| format!("found change request {request} by {} open", by.show()),
                );
                let (head, place) = (head.short(), place(step, target.as_ref()));
                format!("{begin}, {from} -> {into} at {head}, for {place}")
            }
            Self::RequestMerged {
                step,
                target,
                request,
                commit,
                method,
                ..
            } => format!(
                "merged change request {request} as {} ({}), for {}",
                commit.short(),
                method.word(),
                place(step, target.as_ref())
            ),
            Self::TargetBuilt {
                step,
                target,
                branch,
                head,
                conflicts,
                ..
            } => format!(
                "built {branch} at {}, for {}{}",
                head.short(),
                place(step, Some(target)),
                conflicted(conflicts)
            ),
            Self::ConflictDecided {
                step,
                target,
                path,
                head,
                note,
            } => format!(
                "decided to keep {path} as it stands in {}, for {}{}",
                head.short(),
                place(step, Some(target)),
                tail(note)
            ),
            Self::VerdictAcknowledged { lane, paths, note } => {
                let names: Vec<&str> = paths.iter().map(|path| path.path.as_str()).collect();
                format!(
                    "acknowledged the fix as changed in {lane}: {}{}",
                    names.join(", "),
                    tail(note)
                )
            }
            Self::TargetAdded { step, target, .. } => {
                format!("added {}", place(step, Some(target)))
            }
            Self::TargetAbandoned {
                step,
                target,
                reason,
            } => format!("abandoned {}{}", place(step, Some(target)), tail(reason)),
            Self::RidersAccepted {
                step,
                from_tip,
                into_tip,
                riders,
                left_out,
            } => format!(
                "accepted {} that ship along in step {step}, {} -> {}",
                count(riders.len() + left_out),
                from_tip.short(),
                into_tip.short()
            ),
            Self::DeploymentCreated {
                deployment,
                environment,
                commit,
                ..
            } => format!(
                "created deployment {deployment} of {} to {environment}",
                commit.short()
            ),
            Self::DeploymentFinished {
                deployment,
                state,
                detail,
                ..
            } => format!("deployment {deployment}: {}{}", state.word(), tail(detail)),
            Self::ApprovalSeen { subject, approval } => {
                format!("{} {}", approval.by.show(), approved(subject, approval))
            }
            Self::ApprovalVoided {
                subject,
                by,
                head,
                why,
            } => format!(
                "the approval of {subject} by {by} at {} counts no more{}",
                head.short(),
                tail(why)
            ),
            Self::StepConfirmed { step, note } => format!("confirmed step {step}{}", tail(note)),
            Self::StepSkipped { step, reason } => format!("skipped step {step}{}", tail(reason)),
            Self::Ticked { item, note } => format!("ticked {item}{}", tail(note)),
            Self::Unticked { item, note } => format!("unticked {item}{}", tail(note)),
            Self::NoteAdded { text } => format!("note: {text}"),
            Self::CommentAdded { request, text } => {
                format!("commented on change request {request}: {text}")
            }
            Self::DriverChanged { from, to, reason } => {
                let name =
                    |who: &Option<String>| who.clone().unwrap_or_else(|| "nobody".to_owned());
                format!("driver: {} -> {}{}", name(from), name(to), tail(reason))
            }
            Self::AlarmRaised { what } => format!("ALARM: {what}"),
            Self::AlarmCleared { what, note } => format!("alarm cleared: {what}{}", tail(note)),
            Self::OutOfBandSeen { what, .. } => format!("happened outside Lanekeeper: {what}"),
            Self::OverrideUsed { rule, reason, .. } => format!("OVERRODE {rule}{}", tail(reason)),
            Self::Closed { note } => format!("closed the hotfix{}", tail(note)),
        }
    }
}

fn approved(subject: &Subject, approval: &Approval) -> String {
    let comment = approval
        .comment
        .as_ref()
        .map_or(String::new(), |comment| tail(comment.raw()));
    format!("{}{comment}", approval.told(subject))
}

fn place(step: &StepId, target: Option<&LaneName>) -> String {
    match target {
        Some(lane) => format!("target {lane} of step {step}"),
        None => format!("step {step}"),
    }
}

fn count(commits: usize) -> String {
    match commits {
        1 => "1 commit".to_owned(),
        many => format!("{many} commits"),
    }
}

fn conflicted(paths: &[ConflictPath]) -> String {
    match paths.len() {
        0 => String::new(),
        1 => format!(", 1 conflicted path: {}", paths[0].path),
        many => format!(", {many} conflicted paths"),
    }
}

fn tail(words: &str) -> String {
    if words.is_empty() {
        String::new()
    } else {
        format!(": {words}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Person;
    use crate::model::RequestId;

    #[test]
    fn who_found_a_request_open_did_not_open_it() {
        let commit = "f1".repeat(20);
        let event = |opened_by: Option<Person>| Event::RequestOpened {
            step: "run".parse().expect("static id"),
            target: None,
            request: RequestId(4),
            from: "hotfix/refund".parse().expect("static name"),
            into: "preprod".parse().expect("static name"),
            head: commit.parse().expect("static id"),
            opened_by,
        };
        assert_eq!(
            event(None).sentence(),
            "opened change request 4, hotfix/refund -> preprod at f1f1f1f, for step run"
        );
        let ben = Person::from_email("Ben", "ben@example.org");
        let found = event(Some(ben.clone())).sentence();
        let begin = format!("found change request 4 by {} open, ", ben.show());
        assert!(found.starts_with(&begin), "{found}");
    }
}
