//! `backport`: the engine on its own, for a job in CI.

use crate::cli::args::Backport;
use crate::cli::carry::carry_planned;
use crate::cli::exit::Exit;
use crate::cli::session::Session;
use crate::ops::Fault;

pub(in crate::cli) async fn run(session: &Session, words: &Backport) -> Result<Exit, Fault> {
    let workspace = session.open().await?;
    let backport = workspace.backport(&words.rev, &words.into).await?;
    carry_planned(session, &workspace, backport.planned, &words.handling).await
}
