//! `do`, `skip`, `abandon`, `retry` and `decide`: what is done about a step.

use crate::cli::args::Abandon;
use crate::cli::args::Acknowledge;
use crate::cli::args::Decide;
use crate::cli::args::Do;
use crate::cli::args::Retry;
use crate::cli::args::Skip;
use crate::cli::carry::carry;
use crate::cli::exit::Exit;
use crate::cli::session::Session;
use crate::engine::Intent;
use crate::ops::Fault;

pub(in crate::cli) async fn carry_on(session: &Session, words: &Do) -> Result<Exit, Fault> {
    let (workspace, board, _) = session.hotfix(words.on.hotfix.as_deref()).await?;
    let intent = Intent::Do {
        step: words.step.clone(),
        target: words.target.clone(),
        note: words.note.clone(),
        riders: words.accept_riders,
    };
    carry(session, &workspace, &board, &intent, &words.handling).await
}

pub(in crate::cli) async fn skip(session: &Session, words: &Skip) -> Result<Exit, Fault> {
    let (workspace, board, _) = session.hotfix(words.on.hotfix.as_deref()).await?;
    let intent = Intent::Skip {
        step: words.step.clone(),
        reason: words.reason.clone(),
    };
    carry(session, &workspace, &board, &intent, &words.handling).await
}

pub(in crate::cli) async fn abandon(session: &Session, words: &Abandon) -> Result<Exit, Fault> {
    let (workspace, board, _) = session.hotfix(words.on.hotfix.as_deref()).await?;
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
    let intent = Intent::Acknowledge {
        lane: words.lane.clone(),
        note: words.note.clone(),
    };
    carry(session, &workspace, &board, &intent, &words.handling).await
}

pub(in crate::cli) async fn decide(session: &Session, words: &Decide) -> Result<Exit, Fault> {
    let (workspace, board, _) = session.hotfix(words.on.hotfix.as_deref()).await?;
    let intent = Intent::Decide {
        step: words.step.clone(),
        target: words.target.clone(),
        path: words.path.clone(),
        note: words.note.clone(),
    };
    carry(session, &workspace, &board, &intent, &words.handling).await
}
