//! What can be done now, and by whom. Asks `plan`, so that nothing is offered that would be refused.

use crate::engine::intent::Intent;
use crate::engine::look::Look;
use crate::engine::plan::Call;
use crate::engine::plan::Desk;
use crate::engine::plan::Level;
use crate::engine::plan::Plan;
use crate::engine::refused::offered;
use crate::engine::seats::everybody_but;
use crate::engine::seats::only_by;
use crate::engine::state::ItemProgress;
use crate::engine::state::NextAction;
use crate::engine::state::Prerequisite;
use crate::engine::state::StepProgress;
use crate::engine::state::StepState;
use crate::engine::state::TargetProgress;
use crate::engine::state::WaitingOn;
use crate::engine::words::git_push;
use crate::model::ConflictPath;
use crate::model::LaneName;
use crate::model::StepId;
use crate::model::Verdict;
use crate::playbook::Source;
use crate::playbook::Work;

use super::by_git::merge_in;
use super::by_git::take_back;
use super::by_git::take_back_in_run;
use super::run_again::run_again;
use super::votes::votes;

pub(super) fn actions(
    look: Look<'_>,
    steps: &[StepProgress],
    checklist: &[ItemProgress],
    is_complete: bool,
) -> Vec<NextAction> {
    if look.record.opening.is_none() || look.record.closed.is_some() || look.record.is_beyond_us {
        return Vec::new();
    }
    let desk = Desk {
        look,
        steps,
        called: None,
        only: None,
    };
    let mut actions = Vec::new();
    for step in steps.iter().filter(|step| !step.state.is_over()) {
        by_plan(&desk, step, &mut actions);
        starts(&desk, step, &mut actions);
        run_again(&desk, step, &mut actions);
        clear(step, &mut actions);
        by_hand(&desk, step, &mut actions);
        votes(&desk, step, &mut actions);
    }
    if steps.iter().all(|step| step.state.is_over()) {
        for item in checklist
            .iter()
            .filter(|item| !item.is_automatic && !item.state.is_over())
        {
            actions.push(mine(
                Intent::Tick {
                    item: item.id.clone(),
                    note: None,
                },
                format!("tick: {}", item.text),
                Level::L1,
            ));
        }
    }
    if is_complete {
        actions.push(mine(
            Intent::Close {
                note: String::new(),
            },
            "close the hotfix".to_owned(),
            Level::L2,
        ));
    }
    // The sort is stable: within "mine" and "others" the playbook's order stays.
    actions.sort_by_key(|action| matches!(action.who, Prerequisite::Others { .. }));
    actions
}

pub(super) fn mine(intent: Intent, text: String, level: Level) -> NextAction {
    NextAction {
        intent,
        text,
        level,
        who: Prerequisite::Me,
        resolves: None,
        by_git: None,
    }
}

pub(super) fn of_plan(plan: Plan) -> NextAction {
    mine(plan.intent, plan.title, plan.level)
}

/// Returns what a plan does; a go-live that nobody could approve if we created it is for the others.
fn for_whom(desk: &Desk<'_>, plan: Plan) -> NextAction {
    let (project, me) = (desk.look.project(), &desk.look.seen.me);
    let alone = plan.changes.iter().find_map(|change| {
        if let Call::CreateDeployment { environment, .. } = &change.call {
            return only_by(project, environment, me);
        }
        None
    });
    let action = of_plan(plan);
    match alone {
        None => action,
        Some(alone) => NextAction {
            text: format!("{}: {alone}", action.text),
            who: Prerequisite::Others {
                role: None,
                ids: everybody_but(project, me),
            },
            ..action
        },
    }
}

/// Offers what `plan` accepts: the step as a whole, or each target that can move.
fn by_plan(desk: &Desk<'_>, step: &StepProgress, actions: &mut Vec<NextAction>) {
    let go = |target: Option<LaneName>| Intent::Do {
        step: step.id.clone(),
        target,
        note: None,
        riders: riders(desk, step),
    };
    if step.targets.is_empty() {
        let plan = offered(desk, &go(None), &step.state);
        actions.extend(plan.map(|plan| for_whom(desk, plan)));
        if let Some(Work::Change(change)) = desk.look.book.step(&step.id).map(|step| &step.work) {
            actions.extend(take_back_in_run(desk, step, change));
            actions.extend(acceptance(desk, step, &step.state, &change.into));
        }
        return;
    }
    for target in step.targets.iter().filter(|target| !target.state.is_over()) {
        let plan = offered(desk, &go(Some(target.lane.clone())), &target.state);
        actions.extend(plan.map(of_plan));
        actions.extend(take_back(desk, step, target));
        actions.extend(acceptance(desk, step, &target.state, &target.lane));
        actions.extend(resolve(desk, step, target));
        actions.extend(merge_in(desk, step, target));
    }
}

/// Offers to accept what the fix has become in a lane, behind what would bring the rest of it there. Before it is the
/// step's turn more of the fix may be on its way, and half of it is nothing to accept.
fn acceptance(
    desk: &Desk<'_>,
    step: &StepProgress,
    state: &StepState,
    lane: &LaneName,
) -> Option<NextAction> {
    (is_changed(state) && is_due(desk, step)).then(|| {
        mine(
            Intent::Acknowledge {
                lane: lane.clone(),
                note: String::new(),
            },
            format!("look at the fix in {lane}, which is CHANGED there, and acknowledge it"),
            Level::L2,
        )
    })
}

/// Tells whether every step before this one is over.
fn is_due(desk: &Desk<'_>, step: &StepProgress) -> bool {
    let is_over = |id: &StepId| {
        let mut steps = desk.steps.iter();
        steps.any(|one| &one.id == id && one.state.is_over())
    };
    let work = desk.look.book.step(&step.id);
    work.is_some_and(|step| step.after.iter().all(is_over))
}

/// Names those who can press start, where nothing but the forge's list of them keeps us from it.
fn starts(desk: &Desk<'_>, step: &StepProgress, actions: &mut Vec<NextAction>) {
    let Some(Work::Deploy { environment, .. }) =
        desk.look.book.step(&step.id).map(|step| &step.work)
    else {
        return;
    };
    let capabilities = &desk.look.seen.capabilities;
    let starters = capabilities.starters_of(environment);
    let (Some(starters), Some(kept_out)) = (starters, desk.kept_out(environment)) else {
        return;
    };
    let intent = Intent::Do {
        step: step.id.clone(),
        target: None,
        note: None,
        riders: None,
    };
    let Err(refusal) = desk.plan(&intent) else {
        return;
    };
    if refusal.reasons == [kept_out] {
        actions.push(NextAction {
            intent,
            text: refusal.wanted,
            level: desk.level_of_start(environment),
            who: Prerequisite::Others {
                role: None,
                ids: starters.shown(),
            },
            resolves: None,
            by_git: None,
        });
    }
}

/// Offers to say that a merge onto another base was looked at.
fn clear(step: &StepProgress, actions: &mut Vec<NextAction>) {
    let (StepState::Waiting(on) | StepState::Underway(on)) = &step.state else {
        return;
    };
    for reason in on {
        if let WaitingOn::OtherBase { lane, .. } = reason {
            let intent = Intent::Acknowledge {
                lane: lane.clone(),
                note: String::new(),
            };
            let text =
                format!("look at what came into {lane} beside the fix, and acknowledge the merge");
            actions.push(mine(intent, text, Level::L2));
        }
    }
}

/// Offers to resolve what conflicts: all paths of a target together.
fn resolve(desk: &Desk<'_>, step: &StepProgress, target: &TargetProgress) -> Vec<NextAction> {
    let lane = &target.lane;
    let decide = |path: &ConflictPath, text: String| {
        let intent = Intent::Decide {
            step: step.id.clone(),
            target: lane.clone(),
            path: path.path.clone(),
            note: String::new(),
        };
        mine(intent, text, Level::L2)
    };
    let paths = || target.to_resolve().iter();
    let key = (step.id.clone(), lane.clone());
    // Without a branch of ours nobody knows what conflicted with what: path by path, somebody says that it is right.
    if !desk.look.record.built.contains_key(&key) && !target.waits_here() {
        return paths()
            .map(|path| {
                let (name, kind) = (&path.path, path.kind.word());
                let text = format!("resolve {name} ({kind}) for {lane}, or keep it as it stands");
                decide(path, text)
            })
            .collect();
    }
    let Some(first) = paths().next() else {
        return Vec::new();
    };
    let names: Vec<String> = paths()
        .map(|path| format!("{} ({})", path.path, path.kind.word()))
        .collect();
    vec![NextAction {
        // What is decided is kept here and can be taken back; its push is a plan of its own.
        level: Level::L1,
        resolves: Some(key),
        ..decide(
            first,
            format!("resolve the conflicts with {lane}: {}", names.join(", ")),
        )
    }]
}

/// Tells whether a step or target is merged and its CHANGED verdict is open.
fn is_changed(state: &StepState) -> bool {
    let StepState::Underway(on) = state else {
        return false;
    };
    let changed = Verdict::Changed.word();
    on.iter()
        .any(|reason| matches!(reason, WaitingOn::Verdict { verdict, .. } if *verdict == changed))
}

/// Returns how many riders there are to accept, where a step asks for it.
fn riders(desk: &Desk<'_>, step: &StepProgress) -> Option<usize> {
    let on = match &step.state {
        StepState::Waiting(on) | StepState::Underway(on) => on,
        StepState::Ready
        | StepState::Done(_)
        | StepState::Failed(_)
        | StepState::Skipped { .. } => return None,
    };
    let is_promotion = matches!(
        desk.look.book.step(&step.id).map(|step| &step.work),
        Some(Work::Change(change)) if change.from != Source::Fix
    );
    on.iter().find_map(|reason| match reason {
        WaitingOn::Riders { count } if is_promotion => Some(*count),
        WaitingOn::Riders { .. }
        | WaitingOn::Step(_)
        | WaitingOn::Commits { .. }
        | WaitingOn::Check { .. }
        | WaitingOn::Seat { .. }
        | WaitingOn::StaleApproval { .. }
        | WaitingOn::Conflicts { .. }
        | WaitingOn::Draft { .. }
        | WaitingOn::DoNotMerge { .. }
        | WaitingOn::Refused { .. }
        | WaitingOn::Frozen { .. }
        | WaitingOn::Contamination { .. }
        | WaitingOn::Start { .. }
        | WaitingOn::Held { .. }
        | WaitingOn::Behind { .. }
        | WaitingOn::Begun { .. }
        | WaitingOn::OtherBase { .. }
        | WaitingOn::Job { .. }
        | WaitingOn::Runner { .. }
        | WaitingOn::End { .. }
        | WaitingOn::Health { .. }
        | WaitingOn::OtherDeployment { .. }
        | WaitingOn::Mergeability { .. }
        | WaitingOn::Note { .. }
        | WaitingOn::NothingRan { .. }
        | WaitingOn::Verdict { .. }
        | WaitingOn::Sight { .. }
        | WaitingOn::NotYet { .. } => None,
    })
}

/// Offers what a person does first: write the fix, confirm with a note.
fn by_hand(desk: &Desk<'_>, step: &StepProgress, actions: &mut Vec<NextAction>) {
    let StepState::Waiting(on) = &step.state else {
        return;
    };
    let [only] = on.as_slice() else {
        return;
    };
    let intent = Intent::Do {
        step: step.id.clone(),
        target: None,
        note: None,
        riders: None,
    };
    if let WaitingOn::Note { prompt } = only {
        actions.push(mine(
            intent,
            format!("confirm with a note: {prompt}"),
            Level::L1,
        ));
    } else if let WaitingOn::Commits { branch } = only {
        actions.push(NextAction {
            by_git: Some(git_push(&desk.look.project().remote, branch)),
            ..mine(intent, format!("push the fix to {branch}"), Level::L0)
        });
    }
}
