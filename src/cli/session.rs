//! What every command needs: where to work, what was said about printing, and the way to a board.

use std::sync::Arc;

use crate::config::Environment;
use crate::engine::Board;
use crate::model::HotfixId;
use crate::model::countdown;
use crate::ops::Asker;
use crate::ops::Fault;
use crate::ops::FaultKind;
use crate::ops::OpenOptions;
use crate::ops::Workspace;

use super::output::Output;
use super::text::Page;

/// One run of the command line.
pub(super) struct Session {
    pub(super) options: OpenOptions,
    pub(super) environment: Environment,
    pub(super) output: Arc<Output>,
}

impl Session {
    /// Opens the workspace.
    pub(super) async fn open(&self) -> Result<Workspace, Fault> {
        let output = Arc::clone(&self.output);
        let asker = Asker::new(move |host| {
            output.ask_secret(&format!(
                "Nobody is signed in to {host}. Token for this run (`lanekeeper login` keeps one):"
            ))
        });
        let workspace = Workspace::open_asking(&self.options, &self.environment, asker).await?;
        let output = Arc::clone(&self.output);
        workspace.tell_waits(move |host, wait| {
            if output.is_interactive() || output.is_verbose() {
                let left = countdown(wait.as_secs().cast_signed());
                let words = format!("{host} asks to wait {left}; going on by itself");
                output.note(&Page::of(words));
            }
        });
        Ok(workspace)
    }

    /// Looks at the hotfix that `words` mean; at the lanes alone where none is meant and none is open.
    pub(super) async fn board(&self, words: Option<&str>) -> Result<(Workspace, Board), Fault> {
        let workspace = self.open().await?;
        let board = workspace
            .look_at(|hotfixes| workspace.choose(hotfixes, words))
            .await?;
        Ok((workspace, board))
    }

    /// Looks at the hotfix that `words` mean; a fault where there is none.
    pub(super) async fn hotfix(
        &self,
        words: Option<&str>,
    ) -> Result<(Workspace, Board, HotfixId), Fault> {
        let (workspace, board) = self.board(words).await?;
        let hotfix = board.record.as_ref().map(|record| record.hotfix.clone());
        match hotfix {
            Some(hotfix) => Ok((workspace, board, hotfix)),
            None => Err(none_open(&board)),
        }
    }
}

/// Returns the fault of a command that is about a hotfix where none is open, or nobody could see whether one is.
pub(super) fn none_open(board: &Board) -> Fault {
    match (board.seen.tips.value(), board.seen.tips.why()) {
        (None, Some(why)) => Fault::new(
            FaultKind::Remote,
            format!(
                "cannot tell whether a hotfix is open, as the remote was never seen here: {why}"
            ),
        )
        .hint("Check the network and your access with: git ls-remote"),
        _ => Fault::new(FaultKind::User, "no hotfix is open")
            .hint("Start one with: lanekeeper start SLUG --title \"What is broken\""),
    }
}
