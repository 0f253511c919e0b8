//! `do`, `skip`, `abandon`, `retry` and `decide`: what is done about a step.

use crate::cli::args::Abandon;
use crate::cli::args::Acknowledge;
use crate::cli::args::Decide;
use crate::cli::args::Do;
use crate::cli::args::Override;
use crate::cli::args::Retry;
use crate::cli::args::Skip;
use crate::cli::carry::carry;
use crate::cli::exit::Exit;
use crate::cli::session::Session;
use crate::engine::Board;
use crate::engine::Intent;
use crate::engine::StepState;
use crate::engine::WaitingOn;
use crate::ops::Fault;
use crate::ops::check_lane;
use crate::ops::check_step;

pub(in crate::cli) async fn carry_on(session: &Session, words: &Do) -> Result<Exit, Fault> {
    let (workspace, board, _) = session.hotfix(words.on.hotfix.as_deref()).await?;
    check_step(&board, &words.step)?;
    if let Some(lane) = &words.target {
        check_lane(&board, lane)?;
    }
    let intent = Intent::Do {
        step: words.step.clone(),
        target: words.target.clone(),
        note: note_of(session, &board, words),
        riders: words.accept_riders,
    };
    carry(session, &workspace, &board, &intent, &words.handling).await
}

pub(in crate::cli) async fn skip(session: &Session, words: &Skip) -> Result<Exit, Fault> {
    let (workspace, board, _) = session.hotfix(words.on.hotfix.as_deref()).await?;
    check_step(&board, &words.step)?;
    let intent = Intent::Skip {
        step: words.step.clone(),
        reason: words.reason.clone(),
    };
    carry(session, &workspace, &board, &intent, &words.handling).await
}

pub(in crate::cli) async fn abandon(session: &Session, words: &Abandon) -> Result<Exit, Fault> {
    let (workspace, board, _) = session.hotfix(words.on.hotfix.as_deref()).await?;
    check_step(&board, &words.step)?;
    check_lane(&board, &words.target)?;
    let intent = Intent::Abandon {
        step: words.step.clone(),
        target: words.target.clone(),
        reason: words.reason.clone(),
    };
    carry(session, &workspace, &board, &intent, &words.handling).await
}

pub(in crate::cli) async fn retry(session: &Session, words: &Retry) -> Result<Exit, Fault> {
    let (workspace, board, _) = session.hotfix(words.on.hotfix.as_deref()).await?;
    let intent = Intent::Retry {
        job: words.job.clone(),
    };
    carry(session, &workspace, &board, &intent, &words.handling).await
}

pub(in crate::cli) async fn acknowledge(
    session: &Session,
    words: &Acknowledge,
) -> Result<Exit, Fault> {
    let (workspace, board, _) = session.hotfix(words.on.hotfix.as_deref()).await?;
    check_lane(&board, &words.lane)?;
    let question = format!("What did you find in {}? It goes on record:", words.lane);
    let intent = Intent::Acknowledge {
        lane: words.lane.clone(),
        note: said(session, &words.note, &question),
    };
    carry(session, &workspace, &board, &intent, &words.handling).await
}

pub(in crate::cli) async fn override_rule(
    session: &Session,
    words: &Override,
) -> Result<Exit, Fault> {
    let (workspace, board, _) = session.hotfix(words.on.hotfix.as_deref()).await?;
    let intent = Intent::Override {
        rule: words.rule.clone(),
        reason: words.reason.clone(),
    };
    carry(session, &workspace, &board, &intent, &words.handling).await
}

pub(in crate::cli) async fn decide(session: &Session, words: &Decide) -> Result<Exit, Fault> {
    let (workspace, board, _) = session.hotfix(words.on.hotfix.as_deref()).await?;
    check_step(&board, &words.step)?;
    check_lane(&board, &words.target)?;
    let intent = Intent::Decide {
        step: words.step.clone(),
        target: words.target.clone(),
        path: words.path.clone(),
        note: said(
            session,
            &words.note,
            "Why is it right as it stands? It goes on record:",
        ),
    };
    carry(session, &workspace, &board, &intent, &words.handling).await
}

/// Returns words for the record: those that were given, else what a person answers now.
fn said(session: &Session, given: &str, question: &str) -> String {
    if given.trim().is_empty() {
        return session.output.ask(question).unwrap_or_default();
    }
    given.to_owned()
}

/// Returns the note of a `do`; where a step waits for nothing else and none was given, a person is asked for it.
fn note_of(session: &Session, board: &Board, words: &Do) -> Option<String> {
    if words.note.is_some() {
        return words.note.clone();
    }
    let mut steps = board.progress.iter().flat_map(|progress| &progress.steps);
    let step = steps.find(|step| step.id == words.step)?;
    let StepState::Waiting(on) = &step.state else {
        return None;
    };
    let [WaitingOn::Note { prompt }] = on.as_slice() else {
        return None;
    };
    let question = format!("{prompt}: what did you see? It goes on record:");
    let answer = session.output.ask(&question);
    answer.filter(|answer| !answer.is_empty())
}
