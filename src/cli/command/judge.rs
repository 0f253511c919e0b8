//! `approve` and `reject`, bound to the head that is there now.

use crate::cli::args::Judge;
use crate::cli::carry::carry;
use crate::cli::exit::Exit;
use crate::cli::session::Session;
use crate::engine::Board;
use crate::engine::Intent;
use crate::model::HotfixId;
use crate::model::Subject;
use crate::ops::Fault;

use super::approvals::inbox_of;

pub(in crate::cli) async fn approve(session: &Session, words: &Judge) -> Result<Exit, Fault> {
    let intent = Intent::Approve {
        subject: words.subject.clone(),
        role: words.role.clone(),
        comment: words.comment.clone(),
    };
    judge(session, words, &intent).await
}

pub(in crate::cli) async fn reject(session: &Session, words: &Judge) -> Result<Exit, Fault> {
    let intent = Intent::Reject {
        subject: words.subject.clone(),
        role: words.role.clone(),
        comment: words.comment.clone(),
    };
    judge(session, words, &intent).await
}

async fn judge(session: &Session, words: &Judge, intent: &Intent) -> Result<Exit, Fault> {
    let workspace = session.open().await?;
    let board = workspace.look(None).await?;
    let named = words.on.hotfix.as_deref();
    // An approver knows the request's number, not which hotfix it belongs to.
    let found = match named {
        Some(_) => None,
        None => hotfix_of(&board, &words.subject)?,
    };
    let hotfix = match found {
        Some(hotfix) => Some(hotfix),
        None => workspace.choose(&board.hotfixes, named)?,
    };
    let board = match &hotfix {
        Some(hotfix) => workspace.look_offline(Some(hotfix)).await?,
        None => board,
    };
    carry(session, &workspace, &board, intent, &words.handling).await
}

fn hotfix_of(board: &Board, subject: &Subject) -> Result<Option<HotfixId>, Fault> {
    let inbox = inbox_of(board)?;
    let mut items = inbox.mine.iter().chain(&inbox.waiting).chain(&inbox.seen);
    let found = items.find(|item| &item.subject == subject);
    Ok(found.and_then(|item| item.hotfix.clone()))
}
