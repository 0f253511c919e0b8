//! The next stage of each target: build its branch, open its request, finish its draft, merge it.

use crate::engine::carried;
use crate::engine::derive::Gate;
use crate::engine::derive::gate;
use crate::engine::derive::target_request;
use crate::engine::look::sight;
use crate::engine::state::StepProgress;
use crate::engine::state::StepState;
use crate::engine::state::TargetProgress;
use crate::engine::state::WaitingOn;
use crate::model::BranchName;
use crate::model::ChangeRequest;
use crate::model::CommitId;
use crate::model::ConflictPath;
use crate::model::LaneName;
use crate::model::PredictionOutcome;
use crate::model::StepId;
use crate::playbook::Carry;
use crate::playbook::ConflictPolicy;
use crate::playbook::Step;
use crate::playbook::Strategy;
use crate::playbook::Work;
use crate::record::Event;

use super::Call;
use super::Desk;
use super::Expectation;
use super::Level;
use super::Refusal;
use super::RequestRef;
use super::change::has_checks_to_run;
use super::change::merge_draft;
use super::change::same_head;
use super::change::unblock;
use super::draft::Draft;
use super::refuse;
use super::words;

/// Plans one target, or all that can move. Targets are independent: one that cannot move holds nobody up.
pub(super) fn plan_carry(
    desk: &Desk<'_>,
    step: &Step,
    carry: &Carry,
    progress: &StepProgress,
    target: Option<&LaneName>,
) -> Result<Draft, Refusal> {
    if let Some(lane) = target {
        let target = find(progress, lane)?;
        return plan_target(desk, step, carry, target);
    }
    let mut moving = Vec::new();
    let mut reasons = Vec::new();
    let mut hint = None;
    for target in progress.targets.iter().filter(|one| !one.state.is_over()) {
        match plan_target(desk, step, carry, target) {
            Ok(draft) => moving.push(draft),
            Err(refusal) => {
                reasons.extend(
                    refusal
                        .reasons
                        .into_iter()
                        .map(|reason| format!("{}: {reason}", target.lane)),
                );
                hint = hint.or(refusal.hint);
            }
        }
    }
    if moving.is_empty() {
        return Err(Refusal {
            wanted: format!("do {}", step.id),
            reasons,
            hint,
        });
    }
    if moving.len() == 1 {
        let mut only = moving.remove(0);
        for reason in reasons {
            only.warn(format!("stays as it is: {reason}"));
        }
        return Ok(only);
    }
    let mut all = Draft::new(
        format!("{}: {} targets", step.title, moving.len()),
        Level::L1,
    )
    .step(&step.id, None);
    all.way_back = String::new();
    for draft in moving {
        all.absorb(draft);
    }
    for reason in reasons {
        all.warn(format!("stays as it is: {reason}"));
    }
    Ok(all)
}

fn find<'a>(progress: &'a StepProgress, lane: &LaneName) -> Result<&'a TargetProgress, Refusal> {
    progress
        .targets
        .iter()
        .find(|target| &target.lane == lane)
        .ok_or_else(|| {
            let known: Vec<&str> = progress
                .targets
                .iter()
                .map(|target| target.lane.as_str())
                .collect();
            refuse(
                format!("do {} --target {lane}", progress.id),
                format!("{lane} is no target of step `{}`", progress.id),
            )
            .hint(format!("targets: {}", known.join(", ")))
        })
}

fn plan_target(
    desk: &Desk<'_>,
    step: &Step,
    carry: &Carry,
    target: &TargetProgress,
) -> Result<Draft, Refusal> {
    let lane = &target.lane;
    let wanted = format!("do {} --target {lane}", step.id);
    if target.state.is_over() {
        let mut why = target.state.evidence();
        why.extend(target.state.why(desk.look.seen.now));
        return Err(refuse(wanted, format!("nothing to do: {}", why.join("; "))));
    }
    desk.can_see(&wanted)?;
    let request = target_request(desk.look, &step.id, carry, lane);
    let draft = match request {
        Some(request) if request.is_open() => {
            plan_open(desk, &wanted, step, carry, target, request)
        }
        Some(request) if request.merged().is_some() => Err(Refusal {
            wanted,
            reasons: target.state.why(desk.look.seen.now),
            hint: Some(format!(
                "look at {lane}; then carry it again by hand, or `lanekeeper abandon {} --target {lane} --reason R`",
                step.id
            )),
        }),
        Some(_) | None => plan_branch(desk, &wanted, step, carry, lane),
    }?;
    Ok(draft.step(&step.id, Some(lane)))
}

fn plan_open(
    desk: &Desk<'_>,
    wanted: &str,
    step: &Step,
    carry: &Carry,
    target: &TargetProgress,
    request: &ChangeRequest,
) -> Result<Draft, Refusal> {
    let lane = &target.lane;
    let tip = desk.fresh_tip(wanted, &request.from)?;
    same_head(wanted, request, &tip)?;
    if let StepState::Failed(why) = &target.state {
        return Err(Refusal {
            wanted: wanted.to_owned(),
            reasons: why.clone(),
            hint: None,
        });
    }
    match gate(desk.look, &step.id, lane, request) {
        Gate::Open => {}
        Gate::Undecided(paths) => return Err(conflicts(desk, wanted, step, lane, request, &paths)),
        Gate::Blind(blind) => return Err(refuse(wanted, blind.words(desk.look.seen.now))),
    }
    let waits: Vec<WaitingOn> = match &target.state {
        StepState::Underway(on) | StepState::Waiting(on) => on.clone(),
        StepState::Ready
        | StepState::Done(_)
        | StepState::Failed(_)
        | StepState::Skipped { .. } => Vec::new(),
    };
    if let Some(mut draft) = unblock(desk, request, lane, &waits) {
        // Every path is decided: the labels are those of a clean request from now on.
        for change in &mut draft.changes {
            if let Call::MarkReady { labels, .. } = &mut change.call {
                labels.clone_from(&carry.labels);
            }
        }
        return Ok(draft);
    }
    if !waits.is_empty() {
        return Err(Refusal {
            wanted: format!("merge change request {} into {lane}", request.id),
            reasons: desk.words(&waits),
            hint: None,
        });
    }
    let is_lane_to_lane = carry.strategy == Strategy::MergeLane;
    let method = desk.method(wanted, &[carry.method], is_lane_to_lane)?;
    let into = desk.branch(wanted, lane)?;
    let onto = desk.fresh_tip(wanted, &into)?;
    merge_draft(desk, wanted, request, lane, &onto, method)
}

fn conflicts(
    desk: &Desk<'_>,
    wanted: &str,
    step: &Step,
    lane: &LaneName,
    request: &ChangeRequest,
    paths: &[ConflictPath],
) -> Refusal {
    let mut reasons = desk.words(&[WaitingOn::Conflicts {
        request: Some(request.id),
        paths: paths.to_vec(),
    }]);
    reasons.extend(paths.iter().map(|path| {
        format!(
            "{} ({}): {}",
            path.path,
            path.kind.word(),
            crate::engine::calls::how_to_resolve(path.kind)
        )
    }));
    Refusal {
        wanted: wanted.to_owned(),
        reasons,
        hint: Some(format!(
            "resolve on {} and push; to keep a path as it stands: lanekeeper decide {} --target {lane} --path PATH --note N",
            request.from, step.id
        )),
    }
}

/// Builds the branch where it is needed and opens the request.
fn plan_branch(
    desk: &Desk<'_>,
    wanted: &str,
    step: &Step,
    carry: &Carry,
    lane: &LaneName,
) -> Result<Draft, Refusal> {
    if let Some(blind) = sight("the fix", Some(&desk.look.seen.fix)) {
        return Err(refuse(wanted, blind.words(desk.look.seen.now)));
    }
    let into = desk.branch(wanted, lane)?;
    let onto = desk.fresh_tip(wanted, &into)?;
    desk.method(
        wanted,
        &[carry.method],
        carry.strategy == Strategy::MergeLane,
    )?;
    let outlook = outlook(desk, wanted, step, carry, lane, &onto)?;
    let commits = carried::carried(
        carry,
        desk.look.book,
        desk.look.record,
        desk.look.fix(),
        desk.look.requests(),
        desk.look.lane_tip(&carry.source),
    );
    if commits.is_empty() {
        return Err(refuse(wanted, "there are no commits to carry yet"));
    }
    let request = New {
        desk,
        step,
        carry,
        lane,
        into,
        onto,
        commits,
        conflicts: outlook,
    };
    request.plan(wanted)
}

/// Returns the conflicts to expect, none if it is clean.
fn outlook(
    desk: &Desk<'_>,
    wanted: &str,
    step: &Step,
    carry: &Carry,
    lane: &LaneName,
    onto: &CommitId,
) -> Result<Vec<ConflictPath>, Refusal> {
    let seen = desk
        .look
        .seen
        .predictions
        .get(&(step.id.clone(), lane.clone()));
    if let Some(blind) = sight(&format!("whether the fix applies to {lane}"), seen) {
        return Err(refuse(wanted, blind.words(desk.look.seen.now)));
    }
    let Some(prediction) = seen.and_then(crate::model::Seen::fresh) else {
        return Err(refuse(
            wanted,
            format!("nobody predicted whether the fix applies to {lane}"),
        ));
    };
    if &prediction.target_tip != onto {
        return Err(refuse(
            wanted,
            format!(
                "{lane} moved from {} to {} since it was predicted",
                prediction.target_tip.short(),
                onto.short()
            ),
        )
        .hint("refresh"));
    }
    match &prediction.outcome {
        PredictionOutcome::Clean => Ok(Vec::new()),
        PredictionOutcome::Conflict { paths } => match carry.conflict {
            ConflictPolicy::DraftWithMarkers | ConflictPolicy::EmptyCommit => Ok(paths.clone()),
            ConflictPolicy::Fail => {
                let names: Vec<&str> = paths.iter().map(|path| path.path.as_str()).collect();
                Err(refuse(
                    wanted,
                    format!("the fix conflicts with {lane} in {}", names.join(", ")),
                )
                .hint(format!(
                    "this playbook builds nothing on a conflict: carry it by hand on a branch from {lane}"
                )))
            }
        },
        PredictionOutcome::Already => Err(refuse(
            wanted,
            format!(
                "nothing would change in {lane}: a person must look why the fix is not PRESENT"
            ),
        )),
        PredictionOutcome::Blocked { why } => Err(refuse(wanted, why.clone())),
        PredictionOutcome::Unknown { why } => Err(refuse(
            wanted,
            format!("cannot tell whether the fix applies to {lane}: {why}"),
        )),
    }
}

/// A target's request to be opened, with all that is known about it.
struct New<'a> {
    desk: &'a Desk<'a>,
    step: &'a Step,
    carry: &'a Carry,
    lane: &'a LaneName,
    into: BranchName,
    onto: CommitId,
    commits: Vec<CommitId>,
    conflicts: Vec<ConflictPath>,
}

impl New<'_> {
    fn plan(&self, wanted: &str) -> Result<Draft, Refusal> {
        let key = (self.step.id.clone(), self.lane.clone());
        let look = self.desk.look;
        let is_used = |branch: &BranchName| {
            look.requests()
                .iter()
                .any(|request| &request.from == branch && request.into == self.into)
        };
        let built = look
            .record
            .built
            .get(&key)
            .filter(|built| !is_used(&built.branch));
        if let Some(built) = built
            && let Some(tip) = look.tip(&built.branch)
        {
            // Built before, perhaps resolved by a person since: what its conflicts are is known, not predicted.
            let mut draft = Draft::new(self.open_title(&built.branch), Level::L2);
            self.open(&mut draft, &built.branch, Some(tip), &built.conflicts);
            return Ok(draft);
        }
        if self.goes_directly(&is_used) {
            let branch = look.fix_branch().cloned();
            if let (Some(branch), Some(head)) = (branch, look.fix_head()) {
                let mut draft = Draft::new(self.open_title(&branch), Level::L2);
                self.open(&mut draft, &branch, Some(head), &[]);
                return Ok(draft);
            }
        }
        self.build(wanted)
    }

    /// The hotfix branch itself is the request's source where it merges cleanly (flows.md 2.1).
    fn goes_directly(&self, is_used: &impl Fn(&BranchName) -> bool) -> bool {
        let look = self.desk.look;
        self.carry.strategy == Strategy::MergeFix
            && self.conflicts.is_empty()
            && look
                .fix_branch()
                .is_some_and(|branch| look.tip(branch).is_some() && !is_used(branch))
    }

    fn open_title(&self, branch: &BranchName) -> String {
        format!("open change request {branch} -> {}", self.lane)
    }

    fn build(&self, wanted: &str) -> Result<Draft, Refusal> {
        let look = self.desk.look;
        let branch = carried::branch(look, &self.step.id, self.carry, self.lane, &self.commits)
            .map_err(|error| {
                refuse(
                    wanted,
                    format!("no branch name from `{}`: {error}", self.carry.branch),
                )
            })?;
        let previous = look.tip(&branch).cloned();
        let mut draft = Draft::new(
            format!(
                "{} into {}: build {branch} and open its change request",
                self.carry.kind.word(),
                self.lane
            ),
            Level::L3,
        );
        draft.call(
            Call::BuildTarget {
                branch: branch.clone(),
                previous: previous.clone(),
                onto: self.onto.clone(),
                strategy: self.carry.strategy,
                commits: self.commits.clone(),
                policy: self.carry.conflict,
                trailers: carried::trailers(look, self.lane),
                subject: self.subject(),
            },
            vec![
                Expectation::Branch {
                    branch: self.into.clone(),
                    at: Some(self.onto.clone()),
                },
                Expectation::Branch {
                    branch: branch.clone(),
                    at: previous,
                },
            ],
        );
        self.open(&mut draft, &branch, None, &self.conflicts);
        draft.will_change.insert(
            0,
            format!(
                "new branch {branch} from {} {}",
                self.lane,
                self.onto.short()
            ),
        );
        draft.way_back =
            format!("close the change request and delete {branch}; no lane has changed");
        Ok(draft)
    }

    /// Returns the subject of the merge commit, for the merging strategies.
    fn subject(&self) -> String {
        let look = self.desk.look;
        match self.carry.strategy {
            Strategy::Pick => String::new(),
            Strategy::MergeFix => format!(
                "Merge {} into {}",
                look.fix_branch()
                    .map_or("the hotfix", |branch| branch.as_str()),
                self.lane
            ),
            Strategy::MergeLane => format!("Merge {} into {}", self.carry.source, self.lane),
        }
    }

    fn open(
        &self,
        draft: &mut Draft,
        branch: &BranchName,
        head: Option<&CommitId>,
        conflicts: &[ConflictPath],
    ) {
        let desk = self.desk;
        let has_conflicts = !conflicts.is_empty();
        let labels = if has_conflicts {
            &self.carry.conflict_labels
        } else {
            &self.carry.labels
        };
        let capabilities = &desk.look.seen.capabilities;
        let title = words::carry_title(desk, self.carry, self.lane);
        let expects = head.map(|head| Expectation::Branch {
            branch: branch.clone(),
            at: Some(head.clone()),
        });
        draft.call(
            Call::OpenRequest {
                from: branch.clone(),
                into: self.into.clone(),
                head: head.cloned(),
                title: if has_conflicts && !capabilities.has_drafts {
                    format!("Draft: {title}")
                } else {
                    title
                },
                body: words::carry_body(
                    desk,
                    self.step,
                    self.carry,
                    self.lane,
                    &self.commits,
                    conflicts,
                ),
                is_draft: has_conflicts && capabilities.has_drafts,
                labels: if capabilities.has_labels {
                    labels.clone()
                } else {
                    Vec::new()
                },
                reviewers: desk.reviewers(
                    desk.look
                        .lane(self.lane)
                        .map_or(&[][..], |lane| &lane.seats),
                ),
            },
            expects.into_iter().collect(),
        );
        if !has_conflicts && has_checks_to_run(desk, self.lane) {
            draft.call(
                Call::RunChecks {
                    request: RequestRef::Opened {
                        from: branch.clone(),
                        into: self.into.clone(),
                    },
                    head: head.cloned(),
                },
                Vec::new(),
            );
        }
        draft.ok(format!("{} is at {}", self.lane, self.onto.short()));
        if has_conflicts {
            let names: Vec<String> = conflicts
                .iter()
                .map(|path| format!("{} ({})", path.path, path.kind.word()))
                .collect();
            draft.warn(format!(
                "conflicts in {}: opened as a draft",
                names.join(", ")
            ));
        } else {
            draft.ok(format!("applies cleanly to {}", self.lane));
        }
        draft
            .will_change
            .push(format!("one more change request into {}", self.lane));
        draft.way_back = "close the change request; no lane has changed".to_owned();
    }
}

/// Keeps a conflicted path as it stands in the present head.
pub(super) fn plan_decide(
    desk: &Desk<'_>,
    id: &StepId,
    lane: &LaneName,
    path: &str,
    note: &str,
) -> Result<Draft, Refusal> {
    let wanted = format!("decide {path} for {lane}");
    let (step, carry, target) = carrying(desk, &wanted, id, lane)?;
    if note.trim().is_empty() {
        return Err(refuse(
            wanted,
            "a decision needs a note: why is it right as it stands",
        ));
    }
    desk.can_see(&wanted)?;
    let Some(request) =
        target_request(desk.look, id, carry, lane).filter(|request| request.is_open())
    else {
        return Err(refuse(
            wanted,
            format!("there is no open change request into {lane}"),
        ));
    };
    if !target.undecided.iter().any(|one| one.path == path) {
        let left: Vec<&str> = target
            .undecided
            .iter()
            .map(|one| one.path.as_str())
            .collect();
        return Err(
            refuse(wanted, format!("{path} is not waiting for a decision")).hint(
                if left.is_empty() {
                    "nothing is left to decide".to_owned()
                } else {
                    format!("left: {}", left.join(", "))
                },
            ),
        );
    }
    let mut draft = Draft::written(
        format!("keep {path} as it stands in {}", request.head.short()),
        Event::ConflictDecided {
            step: id.clone(),
            target: lane.clone(),
            path: path.to_owned(),
            head: request.head.clone(),
            note: note.to_owned(),
        },
    )
    .step(&step.id, Some(lane));
    draft.way_back = "a new head on the branch asks again".to_owned();
    Ok(draft)
}

pub(super) fn plan_abandon(
    desk: &Desk<'_>,
    id: &StepId,
    lane: &LaneName,
    reason: &str,
) -> Result<Draft, Refusal> {
    let wanted = format!("abandon {lane} of {id}");
    let (step, _, target) = carrying(desk, &wanted, id, lane)?;
    if reason.trim().is_empty() {
        return Err(refuse(wanted, "giving a target up needs a reason"));
    }
    if target.state.is_over() {
        let mut why = target.state.evidence();
        why.extend(target.state.why(desk.look.seen.now));
        return Err(refuse(wanted, format!("nothing to do: {}", why.join("; "))));
    }
    let mut draft = Draft::written(
        format!("give up {lane} of {id}"),
        Event::TargetAbandoned {
            step: id.clone(),
            target: lane.clone(),
            reason: reason.to_owned(),
        },
    )
    .step(&step.id, Some(lane));
    draft.warn(format!("{lane} will not have the fix"));
    if let Some(request) = target.request {
        draft.warn(format!(
            "change request {request} stays open until somebody closes it"
        ));
    }
    Ok(draft)
}

fn carrying<'a>(
    desk: &'a Desk<'_>,
    wanted: &str,
    id: &StepId,
    lane: &LaneName,
) -> Result<(&'a Step, &'a Carry, &'a TargetProgress), Refusal> {
    let (step, progress) = desk.step(id)?;
    let Work::Carry(carry) = &step.work else {
        return Err(refuse(wanted, format!("step `{id}` has no targets")));
    };
    Ok((step, carry, find(progress, lane)?))
}
