//! The policy `two-branch`: the conflict in a request of its own, then one commit of what it was resolved to.

use crate::engine::carried;
use crate::engine::derive::Gate;
use crate::engine::derive::gate_at;
use crate::engine::state::StepState;
use crate::engine::state::TargetProgress;
use crate::engine::state::WaitingOn;
use crate::engine::two_branch::Conflict;
use crate::engine::two_branch::Stage;
use crate::model::BranchName;
use crate::model::ChangeRequest;
use crate::model::CommitId;
use crate::model::MergeMethod;
use crate::model::RequestId;
use crate::model::Verdict;
use crate::playbook::Carry;
use crate::playbook::Step;

use super::Call;
use super::Desk;
use super::Expectation;
use super::Level;
use super::Refusal;
use super::carry::conflicts;
use super::draft::Draft;
use super::opening::Conflicts;
use super::refuse;
use super::request::open_at_head;
use super::request::same_head;
use super::target::New;
use super::target::no_name;
use super::target::plan_branch;
use super::told::milestone;
use super::told::reviewers;
use super::words;

/// Plans the next stage of a conflict that is resolved on two branches.
pub(super) fn plan_conflict(
    desk: &Desk<'_>,
    wanted: &str,
    step: &Step,
    carry: &Carry,
    target: &TargetProgress,
    conflict: &Conflict<'_>,
) -> Result<Draft, Refusal> {
    let lane = &target.lane;
    match conflict.stage {
        Stage::Built => {
            let base = &conflict.built.branch;
            let mut draft = Draft::new(
                format!("open change request {} -> {base}", conflict.side),
                Level::L2,
            );
            let new = New::of(
                desk,
                wanted,
                step,
                carry,
                lane,
                conflict.built.picks.clone(),
            )?;
            let new = New {
                conflicts: conflict.built.conflicts.clone(),
                ..new
            };
            let head = desk.fresh_tip(wanted, &conflict.side)?;
            new.open_conflict(&mut draft, base, &conflict.side, Some(&head));
            Ok(draft)
        }
        Stage::Open(request) => plan_merge(desk, wanted, target, conflict, request),
        Stage::Merged(request) => {
            let branch = &conflict.built.branch;
            let tip = desk.fresh_tip(wanted, branch)?;
            match gate_at(desk.look, &step.id, lane, branch, &tip) {
                Gate::Open => {}
                Gate::Undecided(paths) => {
                    return Err(conflicts(
                        desk,
                        wanted,
                        step,
                        lane,
                        (request.id, branch),
                        &paths,
                    ));
                }
                Gate::Blind(blind) => return Err(refuse(wanted, blind.words(desk.look.seen.now))),
            }
            if conflict.keeps_target(desk.look, lane) {
                return Err(kept(desk, wanted, step, target, conflict));
            }
            let picks = conflict.built.picks.clone();
            let new = New {
                resolved: Some(request.id),
                ..New::of(desk, wanted, step, carry, lane, picks)?
            };
            new.build_resolved(wanted, conflict, tip, request.id)
        }
        // It is built again, under names that were never used.
        Stage::Closed(_) => plan_branch(desk, wanted, step, carry, lane),
    }
}

/// Refuses to make a commit of what was resolved to the target as it is: none would come of it.
fn kept(
    desk: &Desk<'_>,
    wanted: &str,
    step: &Step,
    target: &TargetProgress,
    conflict: &Conflict<'_>,
) -> Refusal {
    let lane = &target.lane;
    let verdict = desk.look.presence(lane).map(|presence| presence.verdict);
    let accept = match verdict {
        Some(Verdict::Changed) => format!(
            "if the fix is alive in {lane} as it stands: {}; else ",
            desk.line(format!("acknowledge {lane} --note N"))
        ),
        Some(Verdict::Present | Verdict::Absent | Verdict::Pending | Verdict::Unknown) | None => {
            String::new()
        }
    };
    Refusal {
        wanted: wanted.to_owned(),
        reasons: target.state.why(desk.look.seen.now),
        hint: Some(format!(
            "{accept}push what {lane} lacks to {}, or `{}`",
            conflict.built.branch,
            desk.line(format!("abandon {} --target {lane} --reason R", step.id))
        )),
    }
}

/// Merges the request between the branches once people resolved it. No lane is touched by that.
fn plan_merge(
    desk: &Desk<'_>,
    wanted: &str,
    target: &TargetProgress,
    conflict: &Conflict<'_>,
    request: &ChangeRequest,
) -> Result<Draft, Refusal> {
    let waits: &[WaitingOn] = match &target.state {
        StepState::Underway(on) | StepState::Waiting(on) => on,
        StepState::Ready
        | StepState::Done(_)
        | StepState::Failed(_)
        | StepState::Skipped { .. } => &[],
    };
    if !waits.is_empty() {
        return Err(Refusal {
            wanted: wanted.to_owned(),
            reasons: desk.words(waits),
            hint: Some(format!(
                "resolve change request {} on the forge's page, or merge {} into {} by hand and push; what is merged there becomes one commit for {}",
                request.id, request.into, request.from, target.lane
            )),
        });
    }
    let tip = desk.fresh_tip(wanted, &request.from)?;
    same_head(wanted, request, &tip)?;
    let base = &conflict.built.branch;
    let onto = desk.fresh_tip(wanted, base)?;
    let methods = &desk.look.seen.capabilities.merge_methods;
    let method = if methods.is_empty() || methods.contains(&MergeMethod::Merge) {
        MergeMethod::Merge
    } else {
        methods[0]
    };
    let mut draft = Draft::new(
        format!("merge change request {} into {base}", request.id),
        Level::L2,
    );
    let at = |branch: &BranchName, at: &CommitId| Expectation::Branch {
        branch: branch.clone(),
        at: Some(at.clone()),
    };
    draft.call(
        Call::Merge {
            request: request.id,
            method,
            head: request.head.clone(),
            into: request.into.clone(),
            onto: onto.clone(),
        },
        vec![
            open_at_head(request),
            at(&request.from, &request.head),
            at(base, &onto),
        ],
    );
    draft.ok(format!(
        "change request {} merges without conflict",
        request.id
    ));
    draft.way_back = format!(
        "{base} is no lane; nothing of it has reached {}",
        target.lane
    );
    Ok(draft)
}

impl New<'_> {
    /// Builds both branches and opens the request between them.
    pub(super) fn build_conflict(&self, wanted: &str) -> Result<Draft, Refusal> {
        let look = self.desk.look;
        let names =
            carried::branch_beside_two(look, &self.step.id, self.carry, self.lane, &self.commits);
        let (_, base, side) = names.map_err(|error| no_name(wanted, self.carry, &error))?;
        let previous = look.tip(&base).cloned();
        let mut draft = Draft::new(
            format!(
                "{} into {}: put the conflict into a change request of its own",
                self.carry.kind.word(),
                self.lane
            ),
            Level::L3,
        );
        draft.call(
            Call::BuildConflict {
                base: base.clone(),
                side: side.clone(),
                previous: previous.clone(),
                onto: self.onto.clone(),
                commits: self.commits.clone(),
                trailers: carried::trailers(look, self.lane),
            },
            vec![
                Expectation::Branch {
                    branch: self.into.clone(),
                    at: Some(self.onto.clone()),
                },
                Expectation::Branch {
                    branch: base.clone(),
                    at: previous,
                },
                Expectation::Branch {
                    branch: side.clone(),
                    at: look.tip(&side).cloned(),
                },
            ],
        );
        self.open_conflict(&mut draft, &base, &side, None);
        self.tell_choice(&mut draft);
        draft.will_change.insert(
            0,
            format!(
                "new branch {base} from {} {}, new branch {side}",
                self.lane,
                self.onto.short()
            ),
        );
        draft.way_back =
            format!("close the change request, delete {base} and {side}; no lane has changed");
        Ok(draft)
    }

    fn open_conflict(
        &self,
        draft: &mut Draft,
        base: &BranchName,
        side: &BranchName,
        head: Option<&CommitId>,
    ) {
        let desk = self.desk;
        let expects = head.map(|head| Expectation::Branch {
            branch: side.clone(),
            at: Some(head.clone()),
        });
        draft.call(
            Call::OpenRequest {
                from: side.clone(),
                into: base.clone(),
                head: head.cloned(),
                title: format!(
                    "{}: resolve the conflict",
                    words::carry_title(desk, self.carry, self.lane)
                ),
                body: words::conflict_body(desk, self.step, self.lane, base, &self.conflicts),
                is_draft: false,
                labels: self.labels(true),
                milestone: milestone(desk),
                reviewers: reviewers(desk, self.lane, &self.conflicts),
            },
            expects.into_iter().collect(),
        );
        draft.warn(format!(
            "conflicts in {}: they are resolved in a change request of their own first",
            self.names()
        ));
        draft
            .will_change
            .push(format!("one more change request into {base}"));
        draft.way_back = "close the change request; no lane has changed".to_owned();
    }

    /// Makes one commit of what was resolved, and opens the real request.
    fn build_resolved(
        &self,
        wanted: &str,
        conflict: &Conflict<'_>,
        tip: CommitId,
        request: RequestId,
    ) -> Result<Draft, Refusal> {
        let look = self.desk.look;
        let name = carried::branch(look, &self.step.id, self.carry, self.lane, &self.commits);
        let branch = name.map_err(|error| no_name(wanted, self.carry, &error))?;
        let previous = look.tip(&branch).cloned();
        let base = &conflict.built.branch;
        let mut draft = Draft::new(
            format!(
                "{} into {}: build {branch} from what change request {request} was resolved to",
                self.carry.kind.word(),
                self.lane
            ),
            Level::L3,
        );
        draft.call(
            Call::BuildResolved {
                branch: branch.clone(),
                previous: previous.clone(),
                base: base.clone(),
                tip: tip.clone(),
                built: conflict.built.head.clone(),
                onto: conflict.built.onto.clone(),
                into: self.into.clone(),
                commits: self.commits.clone(),
                conflicts: conflict.built.conflicts.clone(),
                trailers: carried::trailers(look, self.lane),
            },
            vec![
                Expectation::Branch {
                    branch: base.clone(),
                    at: Some(tip),
                },
                Expectation::Branch {
                    branch: branch.clone(),
                    at: previous,
                },
            ],
        );
        self.open(&mut draft, &branch, None, Conflicts::NONE);
        draft
            .will_change
            .insert(0, format!("new branch {branch}, one commit"));
        draft.way_back =
            format!("close the change request and delete {branch}; no lane has changed");
        Ok(draft)
    }
}
