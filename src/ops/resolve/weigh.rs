//! What only a plan tells. Is the fix in what was decided, so that a fix which was decided away is not pushed like any
//! other; and what picks stand on that conflict.

use std::borrow::Cow;

use crate::engine::Board;
use crate::engine::Intent;
use crate::engine::Resolution;
use crate::model::CommitId;
use crate::model::LaneName;
use crate::model::Seen;

use super::super::fault::Fault;
use super::super::observe;
use super::super::workspace::Workspace;

impl Workspace {
    /// Returns the board with what a plan of `intent` should know besides: the fix in the commit that finishes a resolution,
    /// earlier changes that a target lacks. Every other intent is planned on the board as it is.
    pub async fn weighed<'a>(
        &self,
        board: &'a Board,
        intent: &Intent,
    ) -> Result<Cow<'a, Board>, Fault> {
        if let Intent::Do { step, target, .. } = intent {
            let found = self.prerequisites(board, step, target.as_ref()).await?;
            if found.is_empty() {
                return Ok(Cow::Borrowed(board));
            }
            let mut board = board.clone();
            board.seen.prerequisites = found;
            return Ok(Cow::Owned(board));
        }
        let fix = board.seen.fix.value();
        let span = fix.and_then(|fix| fix.span.clone());
        let (Some(order), Some(span)) = (resolution(board, intent), span) else {
            return Ok(Cow::Borrowed(board));
        };
        let Some(onto) = built_on(board, &order) else {
            return Ok(Cow::Borrowed(board));
        };
        let commit = order.commit.clone();
        let found = self
            .git(move |repo| Ok(observe::weigh(repo, &span, &onto, Some(&commit), &commit)))
            .await?;
        let seen = match found {
            Ok(weighed) => Seen::known(weighed, board.seen.now),
            Err(error) => Seen::unknown(crate::model::chain_text(&error)),
        };
        let mut board = board.clone();
        board
            .seen
            .weighed
            .insert((order.target, order.commit), seen);
        Ok(Cow::Owned(board))
    }
}

/// Returns the resolution that an intent finishes, now or where a process died over it.
fn resolution(board: &Board, intent: &Intent) -> Option<Resolution> {
    if let Intent::Resolve(order) = intent {
        return Some(order.clone());
    }
    let Intent::Resume { intent: id, .. } = intent else {
        return None;
    };
    let mut left = board.seen.interrupted.iter();
    let words = left.find(|one| &one.intent == id)?.words.as_ref()?;
    let Ok(Intent::Resolve(order)) = words.parse() else {
        return None;
    };
    Some(order)
}

/// Returns the commit of the target that a resolution was built on: the branch's, else where the target is now.
fn built_on(board: &Board, order: &Resolution) -> Option<CommitId> {
    let key = (order.step.clone(), order.target.clone());
    let built = board
        .record
        .as_ref()
        .and_then(|record| record.built.get(&key));
    match built {
        Some(built) => Some(built.onto.clone()),
        None => tip_of(board, &order.target),
    }
}

fn tip_of(board: &Board, lane: &LaneName) -> Option<CommitId> {
    let branch = board.book.project.lane(lane)?.branch_name()?;
    board.seen.tips.value()?.get(&branch).cloned()
}
