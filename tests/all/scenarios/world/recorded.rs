//! What a scenario finds on record: `recorded` and what follows it is one event.

use lanekeeper::model::*;
use lanekeeper::record::AcknowledgedPath;
use lanekeeper::record::Effect;
use lanekeeper::record::EffectState;
use lanekeeper::record::Event;

use super::World;
use super::commit;
use super::parse;
use super::remote::golive;
use super::words::conflict;
use super::words::riders;

impl World {
    pub(super) fn recorded(&mut self, words: &[&str], line: &str, place: &str) {
        let text = || {
            line.split_once('"')
                .map_or("", |(_, text)| text.trim_end_matches('"'))
                .to_owned()
        };
        let spot = |word: &str| -> (StepId, Option<LaneName>) {
            match word.split_once('/') {
                Some((step, lane)) => (parse(step), Some(parse(lane))),
                None => (parse(word), None),
            }
        };
        let event = match words {
            // The head that it was opened with is the fix's where none is named.
            ["request", at, id, from, "->", into, head @ ..] => {
                let (step, target) = spot(at);
                Event::RequestOpened {
                    step,
                    target,
                    request: parse(id),
                    from: parse(from),
                    into: parse(into),
                    head: commit(head.first().unwrap_or(&"f1")),
                    opened_by: None,
                }
            }
            ["merged", at, id, by] => {
                let (step, target) = spot(at);
                Event::RequestMerged {
                    step,
                    target,
                    request: parse(id),
                    commit: commit(by),
                    head: commit("f1"),
                    method: MergeMethod::Merge,
                }
            }
            ["built", at, branch, head, paths @ ..] => {
                let (step, target) = spot(at);
                Event::TargetBuilt {
                    step,
                    target: target.expect("a target"),
                    branch: parse(branch),
                    head: commit(head),
                    onto: commit("1a"),
                    // `picks=c1,c2` where it was built with other commits.
                    picks: paths
                        .iter()
                        .find_map(|path| path.strip_prefix("picks="))
                        .map_or_else(
                            || vec![commit("f1")],
                            |ids| ids.split(',').map(commit).collect(),
                        ),
                    conflicts: paths
                        .iter()
                        .filter(|path| !path.contains('='))
                        .map(|path| conflict(path))
                        .collect(),
                    pending: paths
                        .iter()
                        .filter_map(|path| path.strip_prefix("pending="))
                        .map(commit)
                        .collect(),
                }
            }
            ["decided", at, path, head] => {
                let (step, target) = spot(at);
                Event::ConflictDecided {
                    step,
                    target: target.expect("a target"),
                    path: (*path).to_owned(),
                    head: commit(head),
                    note: "right as it is".into(),
                }
            }
            ["abandoned", at, ..] => {
                let (step, target) = spot(at);
                Event::TargetAbandoned {
                    step,
                    target: target.expect("a target"),
                    reason: text(),
                }
            }
            ["riders", step, from, into, ids @ ..] => {
                let (ids, left_out) = riders(ids);
                Event::RidersAccepted {
                    step: parse(step),
                    from_tip: commit(from),
                    into_tip: commit(into),
                    riders: ids.iter().map(|id| commit(id)).collect(),
                    left_out,
                }
            }
            ["snapshot", ids @ ..] => Event::SnapshotTaken {
                head: commit(ids.last().expect("a commit")),
                base: commit("3a"),
                commits: ids.iter().map(|id| commit(id)).collect(),
            },
            // One file, as `changed` has it.
            ["acknowledged", lane, path, ..] => Event::VerdictAcknowledged {
                lane: parse(lane),
                paths: vec![AcknowledgedPath {
                    path: (*path).to_owned(),
                    blob: Some(commit("0b")),
                    is_gone: false,
                    made: None,
                }],
                note: text(),
            },
            ["confirmed", step, ..] => Event::StepConfirmed {
                step: parse(step),
                note: text(),
            },
            ["skipped", step, ..] => Event::StepSkipped {
                step: parse(step),
                reason: text(),
            },
            ["ticked", item, ..] => Event::Ticked {
                item: parse(item),
                note: text(),
            },
            ["unticked", item, ..] => Event::Unticked {
                item: parse(item),
                note: text(),
            },
            ["cleared", ..] => Event::AlarmCleared {
                what: text(),
                note: "nothing but a typo".to_owned(),
            },
            ["golive", id, state, ..] => Event::DeploymentFinished {
                step: parse("deploy"),
                deployment: parse(id),
                state: golive(state),
                detail: text(),
            },
            ["closed", ..] => Event::Closed { note: text() },
            ["declared", ..] => Event::IntentDeclared {
                intent: parse("01INTENT"),
                words: "do".into(),
                plan: "hash".into(),
                level: "L3".into(),
                calls: vec![text()],
            },
            ["unknown", ..] => Event::EffectUnknown {
                intent: parse("01INTENT"),
                call: text(),
                why: "timeout".into(),
            },
            // `CALL | WHY`, just now.
            ["refused", ..] => {
                let said = text();
                let (call, why) = said.split_once(" | ").expect("a call and why");
                let refused = Effect {
                    call: call.to_owned(),
                    state: EffectState::Observed {
                        outcome: "refused".to_owned(),
                        detail: why.to_owned(),
                    },
                    at: self.seen.now,
                };
                let effects = &mut self.record.effects;
                effects.insert(parse("01REFUSED"), vec![refused]);
                return;
            }
            ["critical"] => {
                self.record.is_beyond_us = true;
                return;
            }
            _ => panic!("{place}: no event: {line}"),
        };
        self.event(event);
    }
}
