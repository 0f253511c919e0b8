//! `resume`: what a process that died left open here, what was kept here and is not shared, and what becomes of it.
//! `restore`: the same for a record.

use crate::cli::args::Restore;
use crate::cli::args::Resume;
use crate::cli::carry::carry;
use crate::cli::carry::carry_planned;
use crate::cli::exit::Exit;
use crate::cli::json::ResumeDocument;
use crate::cli::session::Session;
use crate::cli::text;
use crate::engine::Intent;
use crate::engine::Interrupted;
use crate::model::HotfixId;
use crate::model::IntentId;
use crate::ops::Fault;
use crate::ops::FaultKind;
use crate::ops::Workspace;
use crate::record::Record;

pub(in crate::cli) async fn run(session: &Session, words: &Resume) -> Result<Exit, Fault> {
    let workspace = session.open().await?;
    if words.share && !words.handling.dry_run {
        return share(session, &workspace).await;
    }
    let all = workspace.interrupted().await?;
    let Some(how) = words.how() else {
        let mut document = ResumeDocument::default();
        for (hotfix, left) in &all {
            let board = workspace.board_of_interrupted(hotfix).await?;
            document.add(hotfix, left, &board);
        }
        // Where they cannot be read, nobody can say that nothing is kept here.
        document.keep(&workspace.hotfixes().await?);
        document.keep_beside(&workspace.kept_of_archived().await?);
        session.output.show(&text::resume(&document), &document);
        return Ok(Exit::Done);
    };
    let (hotfix, intent) = meant(&all, words.intent.as_deref())?;
    let board = workspace.board_of_interrupted(&hotfix).await?;
    let intent = Intent::Resume { intent, how };
    let empty = Record::empty(hotfix);
    let board = workspace.weighed(&board, &intent).await?;
    let record = board.record.as_ref().unwrap_or(&empty);
    let planned = board.plan(&intent, record);
    carry_planned(session, &workspace, planned, &words.handling).await
}

/// Sends what is kept here, and says what stays.
async fn share(session: &Session, workspace: &Workspace) -> Result<Exit, Fault> {
    // A remote that cannot be asked is told with what stays because of it.
    let _asked = workspace.ask_remote().await;
    let sharing = workspace.share_kept().await?;
    let document = ResumeDocument::of_sharing(&sharing);
    session.output.show(&text::shared(&document), &document);
    Ok(match (sharing.shared, sharing.held.is_empty()) {
        (_, true) => Exit::Done,
        (0, false) => Exit::Fault,
        (_, false) => Exit::Partial,
    })
}

pub(in crate::cli) async fn restore(session: &Session, words: &Restore) -> Result<Exit, Fault> {
    let (workspace, board, _) = session.hotfix(words.which.words()).await?;
    carry(
        session,
        &workspace,
        &board,
        &Intent::Restore,
        &words.handling,
    )
    .await
}

/// Returns the intent that the words mean: its id, the beginning of it, or the only one.
fn meant(
    all: &[(HotfixId, Vec<Interrupted>)],
    words: Option<&str>,
) -> Result<(HotfixId, IntentId), Fault> {
    let begins = words.unwrap_or_default();
    let each = all
        .iter()
        .flat_map(|(hotfix, left)| left.iter().map(move |one| (hotfix, one)));
    let fitting: Vec<(&HotfixId, &Interrupted)> = each
        .filter(|(_, one)| one.intent.as_str().starts_with(begins))
        .collect();
    match fitting[..] {
        [(hotfix, only)] => Ok((hotfix.clone(), only.intent.clone())),
        [] => Err(Fault::new(
            FaultKind::User,
            match words {
                Some(words) => format!("no interrupted intent `{words}` is kept here"),
                None => "nothing was interrupted here".to_owned(),
            },
        )
        .hint("`lanekeeper resume` lists what is there.")),
        [..] => {
            let known: Vec<String> = fitting
                .iter()
                .map(|(_, one)| format!("{} ({})", one.intent, one.title()))
                .collect();
            Err(Fault::new(
                FaultKind::User,
                format!("{} intents were interrupted", known.len()),
            )
            .hint(format!("Name one: {}", known.join(", "))))
        }
    }
}
