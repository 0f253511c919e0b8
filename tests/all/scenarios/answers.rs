//! What the engine says, as the lines that a person reads.

use lanekeeper::engine::Call;
use lanekeeper::engine::Expectation;
use lanekeeper::engine::Intent;
use lanekeeper::engine::ItemState;
use lanekeeper::engine::Looked;
use lanekeeper::engine::Plan;
use lanekeeper::engine::Prerequisite;
use lanekeeper::engine::Progress;
use lanekeeper::engine::Refusal;
use lanekeeper::engine::StepState;
use lanekeeper::engine::derive;
use lanekeeper::engine::follow_up;
use lanekeeper::engine::inbox;
use lanekeeper::engine::plan;
use lanekeeper::model::Timestamp;

use super::world::World;
use super::world::commit;

/// Tells whether a line asks rather than tells.
pub(super) fn is_question(line: &str) -> bool {
    let verb = line.split_whitespace().next().unwrap_or_default();
    [
        "board",
        "next",
        "findings",
        "checklist",
        "inbox",
        "body",
        "plan",
        "follows",
    ]
    .contains(&verb)
}

/// Returns the answer if the line is a question.
pub(crate) fn answer(world: &World, line: &str) -> Option<String> {
    let book = world.book();
    let progress = || derive(&book, &world.record, &world.seen);
    let now = world.seen.now;
    match line.split_once(' ').unwrap_or((line, "")) {
        ("board", "") => Some(board(&progress(), now, None)),
        ("board", step) => Some(board(&progress(), now, Some(step))),
        ("next", "") => Some(next(&progress())),
        ("findings", "") => Some(findings(&progress())),
        ("checklist", only) => Some(checklist(&progress(), only)),
        ("inbox", "") => Some(approvals(world)),
        ("follows", "") => Some(
            match follow_up(&book, &world.record, &world.seen, &progress()) {
                Some(plan) => planned(&plan),
                None => "nothing\n".to_owned(),
            },
        ),
        ("body", words) => Some(bodies(world, words)),
        ("plan", words) => {
            let words = with_whole_head(words);
            let intent: Intent = words.parse().expect("the words mean an intent");
            assert_eq!(intent.to_string().parse(), Ok(intent.clone()), "{intent}");
            Some(match plan(&intent, &book, &world.record, &world.seen) {
                Ok(plan) => planned(&plan),
                Err(refusal) => refused(&refusal),
            })
        }
        _ => None,
    }
}

fn board(progress: &Progress, now: Timestamp, only: Option<&str>) -> String {
    let mut out = String::new();
    for step in &progress.steps {
        if only.is_some_and(|only| only != step.id.as_str()) {
            continue;
        }
        let request = step
            .request
            .map_or_else(String::new, |id| format!(" !{id}"));
        out.push_str(&format!("{} {}{request}\n", step.id, step.state.word()));
        if only.is_some() {
            out.push_str(&format!("  {}\n", step.title));
        }
        reasons(&mut out, "  ", &step.state, now);
        if only.is_some() && !step.stages.is_empty() {
            let stages: Vec<String> = step
                .stages
                .iter()
                .map(|(name, is_reached)| format!("{}{name}", if *is_reached { "+" } else { "-" }))
                .collect();
            out.push_str(&format!("  {}\n", stages.join(" ")));
        }
        for seat in step.seats.iter().filter(|_| only.is_some()) {
            let by = seat.taken_by.as_ref().map_or_else(
                || format!("open to {}", seat.allowed.join(", ")),
                |by| format!("taken by {}", by.show()),
            );
            let me = seat.why_not_me.as_deref().unwrap_or("you may");
            out.push_str(&format!(
                "  seat {} on {}: {by}; {me}\n",
                seat.role, seat.subject
            ));
        }
        for target in &step.targets {
            out.push_str(&format!(
                "  -> {}: {} ({})\n",
                target.lane,
                target.stage,
                target.state.word()
            ));
            reasons(&mut out, "       ", &target.state, now);
        }
    }
    if progress.is_complete {
        out.push_str("complete\n");
    }
    out
}

fn reasons(out: &mut String, indent: &str, state: &StepState, now: Timestamp) {
    for line in state.why(now).iter().chain(&state.evidence()) {
        out.push_str(&format!("{indent}{line}\n"));
    }
}

fn next(progress: &Progress) -> String {
    let mut out = String::new();
    for action in &progress.next {
        let who = match &action.who {
            Prerequisite::Me => "me".to_owned(),
            Prerequisite::Others { role, ids } => format!(
                "{} ({})",
                role.as_ref().map_or("others", |role| role.as_str()),
                ids.join(", ")
            ),
        };
        out.push_str(&format!(
            "{} {who}: {}   `{}`\n",
            action.level,
            action.text,
            action
                .by_git
                .clone()
                .unwrap_or_else(|| action.command(None))
        ));
    }
    out
}

fn findings(progress: &Progress) -> String {
    progress
        .findings
        .iter()
        .map(|finding| {
            let step = finding
                .step
                .as_ref()
                .map_or_else(String::new, |step| format!("{step}: "));
            format!("{:?} {step}{}\n", finding.severity, finding.text)
        })
        .collect()
}

fn checklist(progress: &Progress, only: &str) -> String {
    let mut out = String::new();
    for item in &progress.checklist {
        if !only.is_empty() && only != item.id.as_str() {
            continue;
        }
        let detail = match &item.state {
            ItemState::Todo { why } | ItemState::Failed { why } => why.clone(),
            ItemState::Running { what } => what.clone(),
            ItemState::DoneByEvidence { evidence } => evidence.clone(),
            ItemState::DoneBy { by, note, .. } => format!("{by}: {note}"),
            ItemState::NotApplicable { reason } => reason.clone(),
        };
        out.push_str(&format!("[{}] {}: {detail}\n", item.state.word(), item.id));
    }
    out
}

/// Writes the id behind `--seen` out, as facts write theirs: `b1` stands for a whole one.
fn with_whole_head(words: &str) -> String {
    match words.split_once("--seen ") {
        Some((before, name)) => format!("{before}--seen {}", commit(name)),
        None => words.to_owned(),
    }
}

fn approvals(world: &World) -> String {
    let book = world.book();
    let requests = world.seen.requests.value().cloned().unwrap_or_default();
    let deployments = world.seen.deployments.value().cloned().unwrap_or_default();
    let inbox = inbox(
        &book.project,
        &requests,
        &deployments,
        &world.seen.me,
        &Looked::default(),
        Some(&world.record),
    );
    let mut out = String::new();
    for (group, items) in [
        ("mine", &inbox.mine),
        ("waiting", &inbox.waiting),
        ("seen", &inbox.seen),
        ("foreign", &inbox.foreign),
    ] {
        for item in items {
            let why = item.why_not.as_deref().unwrap_or("you may");
            out.push_str(&format!(
                "{group}: {} \"{}\" -> {}: {why}\n",
                item.subject, item.title, item.into
            ));
        }
    }
    out
}

fn planned(plan: &Plan) -> String {
    let mut out = format!("{} {}", plan.level, plan.title);
    if let Some(environment) = &plan.environment {
        out.push_str(&format!(", type {environment}"));
    }
    out.push('\n');
    for (number, change) in plan.changes.iter().enumerate() {
        out.push_str(&format!("  {} {}\n", number + 1, change.call));
        for expectation in &change.expects {
            out.push_str(&format!("      if {}\n", expects(expectation)));
        }
    }
    for fact in &plan.facts {
        out.push_str(&format!("  {:<4} {}\n", fact.state.word(), fact.text));
    }
    for line in &plan.will_change {
        out.push_str(&format!("  will change {line}\n"));
    }
    out.push_str(&format!("  way back: {}\n", plan.way_back));
    out
}

fn expects(expectation: &Expectation) -> String {
    match expectation {
        Expectation::Branch {
            branch,
            at: Some(at),
        } => format!("{branch} is at {}", at.short()),
        Expectation::Branch { branch, at: None } => format!("{branch} does not exist"),
        Expectation::RequestOpen { request, head } => {
            format!("change request {request} is open at {}", head.short())
        }
        Expectation::DeploymentIs { deployment, state } => {
            format!("deployment {deployment} is {}", state.word())
        }
        Expectation::Quiet {
            environment,
            but: None,
        } => format!("nothing is deployed to {environment}"),
        Expectation::Quiet {
            environment,
            but: Some(own),
        } => format!("nothing but {own} is deployed to {environment}"),
        Expectation::Seat { environment, .. } => {
            format!("the driver's seat of {environment} is ours or free")
        }
    }
}

fn refused(refusal: &Refusal) -> String {
    let mut out = format!("refused: {}\n", refusal.wanted);
    for reason in &refusal.reasons {
        out.push_str(&format!("  - {reason}\n"));
    }
    if let Some(hint) = &refusal.hint {
        out.push_str(&format!("  hint: {hint}\n"));
    }
    out
}

/// Returns the bodies of the requests that a plan would open.
fn bodies(world: &World, words: &str) -> String {
    let intent: Intent = words.parse().expect("the words mean an intent");
    let plan = plan(&intent, &world.book(), &world.record, &world.seen).expect("can be planned");
    plan.changes
        .iter()
        .filter_map(|change| match &change.call {
            Call::OpenRequest { body, .. } => Some(body.as_str()),
            Call::Record { .. }
            | Call::Import { .. }
            | Call::Archive { .. }
            | Call::Restore { .. }
            | Call::DeleteBranch { .. }
            | Call::CloseRequest { .. }
            | Call::CreateBranch { .. }
            | Call::BuildTarget { .. }
            | Call::BuildConflict { .. }
            | Call::BuildResolved { .. }
            | Call::SetStatus { .. }
            | Call::PushResolution { .. }
            | Call::PushLocal { .. }
            | Call::MarkReady { .. }
            | Call::RunChecks { .. }
            | Call::Decide { .. }
            | Call::Merge { .. }
            | Call::CreateDeployment { .. }
            | Call::StartDeployment { .. }
            | Call::RunMigrations { .. }
            | Call::RetryJob { .. }
            | Call::Comment { .. }
            | Call::Mirror { .. }
            | Call::Drive { .. } => None,
        })
        .collect()
}
