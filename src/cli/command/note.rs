//! `note`, `comment` and `close`: words for the record.

use crate::cli::args::Close;
use crate::cli::args::Comment;
use crate::cli::args::Note;
use crate::cli::carry::carry;
use crate::cli::exit::Exit;
use crate::cli::session::Session;
use crate::engine::Intent;
use crate::ops::Fault;
use crate::ops::check_request;

pub(in crate::cli) async fn note(session: &Session, words: &Note) -> Result<Exit, Fault> {
    let (workspace, board, _) = session.hotfix(words.on.hotfix.as_deref()).await?;
    let intent = Intent::Note {
        text: words.text.clone(),
    };
    carry(session, &workspace, &board, &intent, &words.handling).await
}

pub(in crate::cli) async fn comment(session: &Session, words: &Comment) -> Result<Exit, Fault> {
    let (workspace, board, _) = session.hotfix(words.on.hotfix.as_deref()).await?;
    check_request(&board, words.request)?;
    let intent = Intent::Comment {
        request: words.request,
        text: words.text.clone(),
    };
    carry(session, &workspace, &board, &intent, &words.handling).await
}

pub(in crate::cli) async fn close(session: &Session, words: &Close) -> Result<Exit, Fault> {
    let (workspace, board, _) = session.hotfix(words.which.words()).await?;
    let intent = Intent::Close {
        note: words.note.clone(),
    };
    carry(session, &workspace, &board, &intent, &words.handling).await
}
