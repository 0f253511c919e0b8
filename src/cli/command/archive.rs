//! `archive`: closed hotfixes leave the list of refs that each look reads, and nothing of them is lost.

use crate::cli::args::Archive;
use crate::cli::carry::carry_planned;
use crate::cli::exit::Exit;
use crate::cli::session::Session;
use crate::ops::Fault;

pub(in crate::cli) async fn run(session: &Session, words: &Archive) -> Result<Exit, Fault> {
    let workspace = session.open().await?;
    let planned = workspace.plan_archive(words.year).await?;
    carry_planned(session, &workspace, planned, &words.handling).await
}
