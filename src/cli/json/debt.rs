//! The debt clock in documents.

use schemars::JsonSchema;
use serde::Serialize;

use crate::engine::Board;
use crate::engine::Debt;

/// One hotfix that a RUN lane took and a BUILD lane lacks.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DebtRow {
    pub hotfix: String,
    pub title: String,
    /// When RUN first took it.
    pub since: String,
    pub age_seconds: i64,
    pub missing: Vec<MissingRow>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct MissingRow {
    pub lane: String,
    /// `absent`, `changed`, `pending` or `unknown`.
    pub verdict: String,
}

impl DebtRow {
    /// Makes the rows of a board, the oldest debt first.
    pub fn all(board: &Board) -> Vec<Self> {
        let row = |debt: &Debt| Self {
            hotfix: debt.hotfix.to_string(),
            title: debt.title.clone(),
            since: debt.since.to_string(),
            age_seconds: board.seen.now.seconds_since(debt.since).max(0),
            missing: debt
                .missing
                .iter()
                .map(|(lane, verdict)| MissingRow {
                    lane: lane.to_string(),
                    verdict: verdict.word().to_lowercase(),
                })
                .collect(),
        };
        board.debt.iter().map(row).collect()
    }
}
