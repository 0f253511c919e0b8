//! What follows by itself after a plan: [`crate::engine::follow_up`] decides it from a fresh look.

use crate::engine::Board;
use crate::engine::Plan;
use crate::engine::follow_up;
use crate::model::HotfixId;

use super::fault::Fault;
use super::workspace::Workspace;

impl Workspace {
    /// Returns the plan of what follows by itself now, if anything does. Nothing is done yet.
    pub async fn follow_up(&self, hotfix: &HotfixId) -> Result<Option<(Board, Plan)>, Fault> {
        let board = self.look(Some(hotfix)).await?;
        let planned = match (&board.record, &board.progress) {
            (Some(record), Some(progress)) => follow_up(&board.book, record, &board.seen, progress),
            _ => None,
        };
        Ok(planned.map(|plan| (board, plan)))
    }
}
