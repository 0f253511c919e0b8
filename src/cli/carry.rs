//! From an intent to its result: plan, show, ask, carry out, tell, and go on with what follows by itself.

use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::Signal;
use tokio::signal::unix::SignalKind;
use tokio::signal::unix::signal;

use crate::engine::Board;
use crate::engine::Intent;
use crate::engine::Interrupted;
use crate::engine::Level;
use crate::engine::Plan;
use crate::engine::Refusal;
use crate::engine::Report;
use crate::engine::Resuming;
use crate::engine::StepProgress;
use crate::engine::TargetProgress;
use crate::model::HotfixId;
use crate::ops::Fault;
use crate::ops::FaultKind;
use crate::ops::Watcher;
use crate::ops::Workspace;
use crate::record::Record;

use super::args::Handling;
use super::consent;
use super::exit::Exit;
use super::json::CarriedDocument;
use super::json::TargetRow;
use super::run::exit_of;
use super::run::tell;
use super::session::Session;
use super::session::none_open;
use super::text;
use super::watch::Teller;

/// Automatic steps after one command; more than a playbook has would mean a loop.
const MOST_FOLLOW_UPS: usize = 8;

/// Plans `intent` on `board` and carries it out as `handling` says.
pub(super) async fn carry(
    session: &Session,
    workspace: &Workspace,
    board: &Board,
    intent: &Intent,
    handling: &Handling,
) -> Result<Exit, Fault> {
    let record = match (&board.record, intent) {
        (Some(record), _) => record.clone(),
        (None, Intent::Start(order)) => Record::empty(order.id.clone()),
        (None, _) => return Err(none_open(board)),
    };
    // On the heap: what is looked for differs by intent, and every command waits for it.
    let board = Box::pin(workspace.weighed(board, intent)).await?;
    let mut planned = board.plan(intent, &record);
    let is_interrupted = !board.seen.interrupted.is_empty();
    if planned.is_err()
        && is_interrupted
        && !handling.dry_run
        && settle(session, workspace, &record.hotfix, handling).await?
    {
        let board = workspace.look(Some(&record.hotfix)).await?;
        let board = Box::pin(workspace.weighed(&board, intent)).await?;
        let record = board.record.as_ref().unwrap_or(&record);
        planned = board.plan(intent, record);
    }
    carry_planned(session, workspace, planned, handling).await
}

/// Shows what a run that died left behind and, if a person agrees, puts what was found on record: nothing of it is sent
/// again. Returns whether that was done.
pub(super) async fn settle(
    session: &Session,
    workspace: &Workspace,
    hotfix: &HotfixId,
    handling: &Handling,
) -> Result<bool, Fault> {
    let all = workspace.interrupted().await?;
    let left: Vec<Interrupted> = all
        .into_iter()
        .filter(|(of, _)| of == hotfix)
        .flat_map(|(_, left)| left)
        .filter(Interrupted::may_have_acted)
        .collect();
    for sentence in left.iter().flat_map(Interrupted::sentences) {
        session.output.note(&text::Page::of(sentence));
    }
    if left.is_empty() || !is_agreed(session, handling).await {
        return Ok(false);
    }
    for one in left {
        let board = workspace.board_of_interrupted(hotfix).await?;
        let Some(record) = &board.record else {
            return Ok(false);
        };
        let skip = Intent::Resume {
            intent: one.intent,
            how: Resuming::Skip,
        };
        match board.plan(&skip, record) {
            Ok(plan) => drop(execute(session, workspace, &plan).await?),
            Err(_) => return Ok(false),
        }
    }
    Ok(true)
}

async fn is_agreed(session: &Session, handling: &Handling) -> bool {
    let output = &session.output;
    if handling.yes || !output.is_interactive() {
        return handling.yes;
    }
    let question = "Put what was found on record, and go on? [y/N]";
    let answer = output.ask_unless_ended(question).await;
    matches!(answer.as_deref(), Some("y" | "Y" | "yes"))
}

/// How a command ends where its plan does not say all: what a job that started it must be told.
pub(super) struct Ends<'a> {
    /// Nothing could be planned.
    pub(super) refused: Exit,
    /// Everything planned was done; the board is the look after it.
    pub(super) done: &'a (dyn Fn(&Plan, &Board) -> Exit + Sync),
    /// How targets that were asked for stand, in the look after the plan; without one, in that before it.
    pub(super) targets: &'a (dyn Fn(Option<&Board>) -> Vec<TargetRow> + Sync),
}

/// Carries out what was planned, or tells why nothing was.
pub(super) async fn carry_planned(
    session: &Session,
    workspace: &Workspace,
    planned: Result<Plan, Refusal>,
    handling: &Handling,
) -> Result<Exit, Fault> {
    let ends = Ends {
        refused: Exit::Refused,
        done: &exit_of_decisions,
        targets: &|_| Vec::new(),
    };
    carry_to_end(session, workspace, planned, handling, &ends).await
}

/// The same, with ends of its own.
pub(super) async fn carry_to_end(
    session: &Session,
    workspace: &Workspace,
    planned: Result<Plan, Refusal>,
    handling: &Handling,
    ends: &Ends<'_>,
) -> Result<Exit, Fault> {
    let output = &session.output;
    let project = &workspace.settings().project;
    let plan = match planned {
        Ok(plan) => plan,
        Err(refusal) => return Ok(refused_with(session, &refusal, ends.refused, ends)),
    };
    if handling.dry_run {
        let document = CarriedDocument::planned(&plan, &[], Exit::Done as u8);
        output.show(
            &text::plan(&plan, project),
            &document.with((ends.targets)(None)),
        );
        return Ok(Exit::Done);
    }
    if plan.level > Level::L1 || output.is_verbose() {
        output.page(&text::plan(&plan, project));
    }
    if let Err((reason, hint)) = consent::obtain(&plan, project, handling, output).await {
        let refusal = Refusal {
            wanted: plan.title.clone(),
            reasons: vec![reason],
            hint: Some(hint),
        };
        return Ok(refused_with(session, &refusal, Exit::Refused, ends));
    }
    let report = execute(session, workspace, &plan).await?;
    output.page(&text::results(&report.results));
    let mut exit = Exit::of_results(&plan, &report.results);
    let mut document = CarriedDocument::planned(&plan, &report.results, 0);
    let is_begun = is_begun(workspace, &plan).await;
    // What is only put on record is no stage of the way: nothing follows from it by itself.
    let is_stage = is_begun && plan.level > Level::L1 && !plan.is_only_written();
    if exit == Exit::Done && is_stage {
        let followed = follow_up(session, workspace, &plan.hotfix, &mut document).await;
        exit = exit.worst(match followed {
            Ok(exit) => exit,
            Err(fault) => tell_later(session, &fault, &mut document),
        });
    }
    // What was done is told whatever comes now: a look that fails must not hide it.
    match workspace
        .look_offline(is_begun.then_some(&plan.hotfix))
        .await
    {
        Ok(board) => {
            if exit == Exit::Done && is_begun {
                exit = (ends.done)(&plan, &board);
            }
            document = document.with((ends.targets)(Some(&board)));
            if is_stage {
                output.page(&text::next(&board));
            }
        }
        Err(fault) => exit = exit.worst(tell_later(session, &fault, &mut document)),
    }
    document.exit = exit as u8;
    if output.is_json() {
        output.document(&document);
    }
    Ok(exit)
}

/// Tells whether the hotfix of a plan is on record and may go on: a start that died may have been forgotten just now, and
/// what was archived is over.
async fn is_begun(workspace: &Workspace, plan: &Plan) -> bool {
    if matches!(plan.intent, Intent::Archive { .. }) {
        return false;
    }
    if plan.settles.is_none() {
        return true;
    }
    let board = workspace.board_of_interrupted(&plan.hotfix).await;
    board.is_ok_and(|board| board.record.is_some_and(|record| record.opening.is_some()))
}

/// Tells a fault beside results that stand.
fn tell_later(session: &Session, fault: &Fault, document: &mut CarriedDocument) -> Exit {
    document.fault(fault);
    if session.output.is_json() {
        return exit_of(fault);
    }
    tell(fault, &session.output)
}

pub(super) fn refused(session: &Session, refusal: &Refusal, exit: Exit) -> Exit {
    let document = CarriedDocument::refused(refusal, exit as u8);
    session.output.show(&text::refusal(refusal), &document);
    exit
}

/// The same, with the targets that were asked for.
fn refused_with(session: &Session, refusal: &Refusal, exit: Exit, ends: &Ends<'_>) -> Exit {
    let document = CarriedDocument::refused(refusal, exit as u8).with((ends.targets)(None));
    session.output.show(&text::refusal(refusal), &document);
    exit
}

/// How long a call that is under way may go on after SIGTERM or SIGHUP (safety.md F14). The rest of the two seconds is for
/// a git that is asked to end then, and does not at once.
const LEAVING: Duration = Duration::from_millis(1_300);

/// Hears a signal from now on, in place of ending by it.
pub(super) fn hear(kind: SignalKind) -> Result<Signal, Fault> {
    signal(kind)
        .map_err(|error| Fault::caused(FaultKind::Internal, "cannot listen for signals", &error))
}

/// Executes a plan; Ctrl-C stops it before its next change, never inside one. Whoever ends the process by SIGTERM or closes
/// its terminal does not wait for a call that takes long; that one is told as unknown.
async fn execute(session: &Session, workspace: &Workspace, plan: &Plan) -> Result<Report, Fault> {
    let teller = Arc::new(Teller::new(Arc::clone(&session.output)));
    let watcher: Arc<dyn Watcher> = Arc::clone(&teller) as Arc<dyn Watcher>;
    let mut interrupt = hear(SignalKind::interrupt())?;
    let mut terminate = hear(SignalKind::terminate())?;
    let mut hang_up = hear(SignalKind::hangup())?;
    let mut execution = Box::pin(workspace.execute(plan, watcher));
    let told = |report: Result<Report, Fault>| report.inspect_err(|_| teller.tell_results());
    loop {
        tokio::select! {
            report = &mut execution => return told(report),
            _ = interrupt.recv() => teller.cancel(),
            _ = terminate.recv() => break,
            _ = hang_up.recv() => break,
        }
    }
    teller.cancel();
    match tokio::time::timeout(LEAVING, &mut execution).await {
        Ok(report) => told(report),
        Err(_elapsed) => told(Err(Fault::new(
            FaultKind::Unknown,
            "ended by a signal while a call was under way; what came of it is not known",
        )
        .hint("Find out, and go on from there: lanekeeper resume"))),
    }
}

/// Carries out steps that the playbook calls automatic, as soon as they can be.
async fn follow_up(
    session: &Session,
    workspace: &Workspace,
    hotfix: &HotfixId,
    document: &mut CarriedDocument,
) -> Result<Exit, Fault> {
    let output = &session.output;
    for _ in 0..MOST_FOLLOW_UPS {
        let Some((_, plan)) = workspace.follow_up(hotfix).await? else {
            return Ok(Exit::Done);
        };
        output.page(text::Page::new().blank().text("This follows by itself:"));
        output.page(&text::plan(&plan, &workspace.settings().project));
        let report = execute(session, workspace, &plan).await?;
        output.page(&text::results(&report.results));
        document.follow(&plan, &report.results);
        let exit = Exit::of_results(&plan, &report.results);
        if exit != Exit::Done {
            return Ok(exit);
        }
        let board = workspace.look_offline(Some(hotfix)).await?;
        let exit = exit_of_decisions(&plan, &board);
        if exit != Exit::Done {
            return Ok(exit);
        }
    }
    Ok(Exit::Done)
}

/// Returns how the targets that `plan` touched stand: with conflicted paths that a person must decide in none, in
/// some or in all of them.
fn exit_of_decisions(plan: &Plan, board: &Board) -> Exit {
    let is_touched = |step: &StepProgress, target: &TargetProgress| {
        plan.changes.iter().any(|change| {
            change.step.as_ref() == Some(&step.id) && change.target.as_ref() == Some(&target.lane)
        })
    };
    let steps = board.progress.iter().flat_map(|progress| &progress.steps);
    let touched: Vec<&TargetProgress> = steps
        .flat_map(|step| {
            step.targets
                .iter()
                .filter(|target| is_touched(step, target))
        })
        .collect();
    let undecided = touched.iter().filter(|target| target.has_open_conflict());
    match undecided.count() {
        0 => Exit::Done,
        count if count == touched.len() => Exit::Conflicts,
        _ => Exit::Partial,
    }
}
