//! `preflight`: would it apply there.

use std::io::Read as _;
use std::sync::Arc;

use crate::cli::args::Preflight as Words;
use crate::cli::exit::Exit;
use crate::cli::json::PreflightDocument;
use crate::cli::json::PreflightRow;
use crate::cli::session::Session;
use crate::cli::text;
use crate::ops::Fault;
use crate::ops::FaultKind;
use crate::ops::Ground;
use crate::ops::Preflight;
use crate::ops::PreflightOutcome;
use crate::ops::PreflightWish;
use crate::ops::across;

pub(in crate::cli) async fn run(session: &Session, words: &Words) -> Result<Exit, Fault> {
    let ground = Ground::open(&session.options, &session.environment).await?;
    if words.batch {
        return batch(session, ground).await;
    }
    let ground = ground.refresh().await?;
    let wish = PreflightWish {
        with_drivers: words.with_driver,
    };
    let answers = ground.preflight(&words.revs, &words.into, wish).await?;
    session.output.show(
        &text::preflight(&answers, ground.doubt.as_deref()),
        &PreflightDocument::new(&answers, ground.doubt.clone()),
    );
    Ok(answers.iter().map(exit).fold(Exit::Done, worse))
}

async fn batch(session: &Session, ground: Ground) -> Result<Exit, Fault> {
    let lines = read_lines()?;
    let guard = ground.batch_guard(&lines).await?;
    let output = Arc::clone(&session.output);
    let work = move || {
        let mut worst = Exit::Done;
        ground.preflight_batch(&lines, &guard, &mut |answer| {
            worst = worse(worst, exit(&answer));
            output.line(&PreflightRow::new(&answer));
        })?;
        Ok(worst)
    };
    let done = across(work).await;
    done.map_err(|error| Fault::caused(FaultKind::Internal, "the batch ended early", &error))?
}

/// Reads everything that is piped in. What is not UTF-8 names nothing: it becomes a mark, and its line is answered as one
/// that names no commit.
pub(super) fn read_lines() -> Result<String, Fault> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .lock()
        .read_to_end(&mut bytes)
        .map_err(|error| {
            Fault::caused(
                FaultKind::User,
                "cannot read the lines of the batch",
                &error,
            )
            .hint("Pipe lines of COMMIT TARGET into it.")
        })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn exit(answer: &Preflight) -> Exit {
    match answer.outcome {
        PreflightOutcome::Clean { .. } | PreflightOutcome::Already { .. } => Exit::Done,
        PreflightOutcome::Conflict { .. } => Exit::Conflicts,
        PreflightOutcome::Blocked { .. } => Exit::Refused,
        PreflightOutcome::Unknown { .. } => Exit::Fault,
    }
}

fn worse(one: Exit, other: Exit) -> Exit {
    one.worst(other)
}
