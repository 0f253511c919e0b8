//! `tick` and `untick`.

use crate::cli::args::Tick;
use crate::cli::args::Untick;
use crate::cli::carry::carry;
use crate::cli::exit::Exit;
use crate::cli::session::Session;
use crate::engine::Intent;
use crate::ops::Fault;

pub(in crate::cli) async fn tick(session: &Session, words: &Tick) -> Result<Exit, Fault> {
    let (workspace, board, _) = session.hotfix(words.on.hotfix.as_deref()).await?;
    let intent = Intent::Tick {
        item: words.item.clone(),
        note: words.note.clone(),
    };
    carry(session, &workspace, &board, &intent, &words.handling).await
}

pub(in crate::cli) async fn untick(session: &Session, words: &Untick) -> Result<Exit, Fault> {
    let (workspace, board, _) = session.hotfix(words.on.hotfix.as_deref()).await?;
    let intent = Intent::Untick {
        item: words.item.clone(),
        note: words.note.clone(),
    };
    carry(session, &workspace, &board, &intent, &words.handling).await
}
