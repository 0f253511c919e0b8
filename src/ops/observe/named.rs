//! Change requests that records of open hotfixes name and the forge's list does not hold: it ends with the latest hundred
//! that have ended. They are asked for by their numbers. Without them a merge on record would look like one that somebody
//! else made, its seats like nobody's, and what only a note proves like something that is still to be done.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use crate::forge::Error;
use crate::forge::RequestQuery;
use crate::model::ChangeRequest;
use crate::model::RequestId;
use crate::record::Record;

use super::Look;

/// Those that have ended, as they were seen then: they are asked for once. One that is listed again is forgotten here.
#[derive(Debug, Default)]
pub(in crate::ops) struct Ended(Mutex<BTreeMap<RequestId, ChangeRequest>>);

impl Ended {
    fn all(&self) -> MutexGuard<'_, BTreeMap<RequestId, ChangeRequest>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, id: RequestId) -> Option<ChangeRequest> {
        self.all().get(&id).cloned()
    }

    fn keep(&self, found: &[ChangeRequest]) {
        let ended = found.iter().filter(|request| !request.is_open());
        self.all()
            .extend(ended.map(|request| (request.id, request.clone())));
    }
}

/// Returns the numbers of requests that the records of open hotfixes name.
pub(in crate::ops) fn named_requests<'a>(
    records: impl IntoIterator<Item = &'a Record>,
) -> BTreeSet<RequestId> {
    let open = records.into_iter().filter(|record| record.closed.is_none());
    open.flat_map(|record| {
        let opened = record.requests.values().map(|opened| opened.request);
        opened.chain(record.merges.values().map(|merged| merged.request))
    })
    .collect()
}

/// Returns the forge's list, and behind it what of the named ones it lacks and the forge still has.
pub(super) async fn requests(look: &Look) -> Result<Vec<ChangeRequest>, Error> {
    let mut all = look.forge.requests(&RequestQuery::default()).await?;
    let listed: BTreeSet<RequestId> = all.iter().map(|request| request.id).collect();
    look.ended.all().retain(|id, _| !listed.contains(id));
    for id in look.named.difference(&listed) {
        if let Some(known) = look.ended.get(*id) {
            all.push(known);
            continue;
        }
        let query = RequestQuery {
            id: Some(*id),
            ..RequestQuery::default()
        };
        let found = look.forge.requests(&query).await?;
        look.ended.keep(&found);
        all.extend(found);
    }
    Ok(all)
}
