//! Which record a backport goes on with. One that was closed is over for good: what is missing is carried under another one,
//! named after it, where somebody says so.

use crate::engine::Board;
use crate::engine::Refusal;
use crate::model::HotfixId;
use crate::record::Record;

use super::super::fault::Fault;
use super::super::fault::FaultKind;
use super::super::workspace::Workspace;
use super::asked::Asked;

/// What begins another record, and another branch of the same.
pub(super) const UNDER_ANOTHER: &str = "--start-over carries it under another record";
pub(super) const UNDER_NEW_NAME: &str = "--start-over builds it again under a new name";

impl Workspace {
    /// Finds the newest record of what is carried; none where the next one is to be begun. The id is that of the record.
    pub(super) async fn newest(
        &self,
        mut asked: Asked,
        is_start_over: bool,
    ) -> Result<(Asked, Option<Record>), Fault> {
        let records = self.records().await?;
        let first = asked.id.clone();
        let mut newest: Option<Record> = None;
        for number in 1_usize.. {
            let id = numbered(&first, number)?;
            let found = records.iter().find(|record| record.hotfix == id);
            // One that was closed and archived is as closed as before.
            let found = match found {
                Some(record) => Some(record.clone()),
                None => self.archived(&id).await?,
            };
            if found.is_none() {
                let goes_on = newest
                    .as_ref()
                    .is_some_and(|record| record.closed.is_none() || !is_start_over);
                if !goes_on {
                    asked.id = id;
                    newest = None;
                }
                break;
            }
            asked.id = id;
            newest = found;
        }
        Ok((asked, newest))
    }
}

fn numbered(first: &HotfixId, number: usize) -> Result<HotfixId, Fault> {
    if number == 1 {
        return Ok(first.clone());
    }
    let name = format!("{first}-{number}");
    name.parse::<HotfixId>()
        .map_err(|error| Fault::caused(FaultKind::Internal, "cannot name the backport", &error))
}

/// Tells whether nothing is added to the record any more.
pub(super) fn is_over(board: &Board, record: &Record) -> bool {
    record.closed.is_some() || board.seen.archived.is_some()
}

/// Returns the refusal to go on with a record that is over, with the way out.
pub(super) fn over(refusal: Refusal) -> Refusal {
    Refusal {
        hint: refusal.hint.or_else(|| Some(UNDER_ANOTHER.to_owned())),
        ..refusal
    }
}
