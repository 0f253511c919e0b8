//! Where every hotfix of the project is, for the debt clock.

use std::sync::Arc;

use crate::engine::Debt;
use crate::engine::Whereabouts;
use crate::engine::debts;
use crate::model::ChangeRequest;
use crate::record::Record;

use super::Look;
use super::fix;
use super::lanes;

/// Older hotfixes than this many are not looked at: a debt of that age is no longer told by a clock.
const LOOKED_AT: usize = 60;

/// Returns what is owed to BUILD. A hotfix that cannot be seen is left out and said so in the log; its own page says
/// why.
pub(in crate::ops) fn debt(
    look: &Look,
    records: Vec<Record>,
    requests: &[ChangeRequest],
) -> Vec<Debt> {
    let mut seen = Vec::new();
    for record in records.into_iter().take(LOOKED_AT) {
        let mut own = look.duplicate();
        let record = Arc::new(record);
        own.record = Some(Arc::clone(&record));
        match whereabouts(&own, requests) {
            Ok(Some(found)) => seen.push((record, found)),
            Ok(None) => {}
            Err(error) => {
                tracing::debug!(%error, hotfix = %record.hotfix, "its debt could not be told");
            }
        }
    }
    let pairs = seen.iter().map(|(record, found)| (&**record, found));
    debts(&look.book.project, pairs)
}

/// Looks where the fix is: in production first, and only if it is there in every other lane.
fn whereabouts(
    look: &Look,
    requests: &[ChangeRequest],
) -> Result<Option<Whereabouts>, crate::git::Error> {
    let project = &look.book.project;
    let Some(production) = project.production().map(|lane| lane.name.clone()) else {
        return Ok(None);
    };
    let fix = fix::see(look, requests)?;
    let Some(span) = fix.span() else {
        return Ok(None);
    };
    let mut presence = lanes::presence(look, Some(&span), requests);
    presence.retain(|lane, _| look.lane_tip(lane).is_some());
    let landed = fix.sight.landed.get(&production);
    let landed = landed.map(|commit| look.repo.commit(commit)).transpose()?;
    Ok(Some(Whereabouts {
        presence,
        landed_at: landed.map(|commit| commit.committed_at),
    }))
}
