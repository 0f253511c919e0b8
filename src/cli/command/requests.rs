//! `requests`: which change requests brought a commit, or would.

use crate::cli::args::Requests;
use crate::cli::exit::Exit;
use crate::cli::json::RequestsDocument;
use crate::cli::session::Session;
use crate::cli::text;
use crate::ops::Fault;

pub(in crate::cli) async fn run(session: &Session, words: &Requests) -> Result<Exit, Fault> {
    let workspace = session.open().await?;
    let (commit, requests) = workspace.requests_named(&words.rev).await?;
    let document = RequestsDocument::new(&commit, &requests);
    session
        .output
        .show(&text::requests(&commit, &requests), &document);
    Ok(Exit::Done)
}
