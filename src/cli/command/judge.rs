//! `approve` and `reject`. A yes is bound to the head whose diff was looked at, here or as named with `--seen`.

use crate::cli::args::Approve;
use crate::cli::args::Judge;
use crate::cli::carry::carry;
use crate::cli::carry::refused;
use crate::cli::exit::Exit;
use crate::cli::session::Session;
use crate::engine::Board;
use crate::engine::DiffOf;
use crate::engine::Intent;
use crate::engine::Refusal;
use crate::engine::Standing;
use crate::engine::hidden_words;
use crate::model::CommitId;
use crate::model::HotfixId;
use crate::model::Subject;
use crate::ops::Fault;
use crate::ops::FaultKind;
use crate::ops::Workspace;
use crate::ops::check_request;

use super::approvals::inbox_of;

pub(in crate::cli) async fn approve(session: &Session, words: &Approve) -> Result<Exit, Fault> {
    let judge = &words.judge;
    let (workspace, board) = board_of(session, judge).await?;
    let inbox = inbox_of(&board)?;
    let item = inbox.item(&judge.subject);
    let standing = item.map(|item| &item.standing);
    let seen = match (&words.seen, item) {
        // Short digits mean the head if they are its first; as a whole id they may also name one that is gone.
        (Some(digits), Some(item)) if item.head.as_str().starts_with(digits.as_str()) => {
            Some(item.head.clone())
        }
        (Some(digits), item) => {
            let head = item.map(|item| &item.head);
            return Err(not_the_head(judge, digits, head));
        }
        (None, None) => None,
        (None, Some(item)) => match &item.standing {
            Standing::Looked { .. } => Some(item.head.clone()),
            Standing::Changed { looked_at } => Some(looked_at.clone()),
            Standing::Never | Standing::Hidden { .. } => None,
        },
    };
    if let (None, Some(Standing::Hidden { count }), Some(item)) = (&seen, standing, item)
        && item.can_act
    {
        return Ok(refused(
            session,
            &Refusal {
                wanted: format!("approve {}", judge.subject),
                reasons: vec![hidden_words(*count)],
                hint: Some(format!(
                    "look for them, then say so: `lanekeeper diff {} --saw-hidden {count}`",
                    DiffOf::Subject(judge.subject.clone())
                )),
            },
            Exit::Refused,
        ));
    }
    let intent = Intent::Approve {
        subject: judge.subject.clone(),
        role: judge.role.clone(),
        comment: judge.comment.clone(),
        seen,
    };
    carry(session, &workspace, &board, &intent, &judge.handling).await
}

fn not_the_head(words: &Judge, digits: &str, head: Option<&CommitId>) -> Fault {
    let of = DiffOf::Subject(words.subject.clone());
    match head {
        Some(head) => Fault::new(
            FaultKind::User,
            format!(
                "{} stands at {} now, not at {digits}: nothing was approved",
                words.subject,
                head.short()
            ),
        )
        .hint(format!("Look again: lanekeeper diff {of}")),
        None => Fault::new(
            FaultKind::User,
            format!("there is no {} that waits for a decision", words.subject),
        )
        .hint("`lanekeeper approvals` lists what can be decided."),
    }
}

pub(in crate::cli) async fn reject(session: &Session, words: &Judge) -> Result<Exit, Fault> {
    let intent = Intent::Reject {
        subject: words.subject.clone(),
        role: words.role.clone(),
        comment: words.comment.clone(),
    };
    let (workspace, board) = board_of(session, words).await?;
    carry(session, &workspace, &board, &intent, &words.handling).await
}

/// Looks at the hotfix that the subject belongs to.
async fn board_of(session: &Session, words: &Judge) -> Result<(Workspace, Board), Fault> {
    let workspace = session.open().await?;
    let board = workspace.look(None).await?;
    if let Subject::Request(id) = &words.subject {
        check_request(&board, *id)?;
    }
    let named = words.on.hotfix.as_deref();
    // An approver knows the request's number, not which hotfix it belongs to.
    let found = match named {
        Some(_) => None,
        None => hotfix_of(&board, &words.subject)?,
    };
    let hotfix = match found {
        Some(hotfix) => Some(taken_over(&workspace, &board, &words.subject, hotfix).await?),
        None => workspace.choose(&board.hotfixes, named)?,
    };
    let board = match &hotfix {
        Some(hotfix) => workspace.look_offline(Some(hotfix)).await?,
        None => board,
    };
    Ok((workspace, board))
}

/// Returns the open hotfix that goes on with what a closed one left, else the one that it names. What the forge said for the
/// board holds for all of them.
async fn taken_over(
    workspace: &Workspace,
    board: &Board,
    subject: &Subject,
    named: HotfixId,
) -> Result<HotfixId, Fault> {
    if board.is_open(&named) {
        return Ok(named);
    }
    // All of them: planned for the closed one it would be refused, with no word of the one that was not looked at.
    for row in board.hotfixes.iter().filter(|row| row.is_open) {
        let shown = workspace.look_beside(board, &row.id).await?;
        if shown.decided_for(subject, Some(&named)).as_ref() == Some(&row.id) {
            return Ok(row.id.clone());
        }
    }
    Ok(named)
}

fn hotfix_of(board: &Board, subject: &Subject) -> Result<Option<HotfixId>, Fault> {
    let inbox = inbox_of(board)?;
    let found = inbox.item(subject);
    Ok(found.and_then(|item| item.hotfix.clone()))
}
