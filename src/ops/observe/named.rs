//! Change requests and go-lives that records of open hotfixes name and the forge's lists do not hold: they end with the
//! latest that have ended. They are asked for by their numbers. Without them a merge on record would look like one that
//! somebody else made, its seats like nobody's, what only a note proves like something that is still to be done, and who let
//! a go-live happen like nobody.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use crate::forge::Error;
use crate::forge::RequestQuery;
use crate::model::Approval;
use crate::model::ChangeRequest;
use crate::model::Deployment;
use crate::model::DeploymentId;
use crate::model::RequestId;
use crate::record::Record;

use super::Look;

/// What the records of open hotfixes name.
#[derive(Debug, Clone, Default)]
pub(in crate::ops) struct Named {
    requests: BTreeSet<RequestId>,
    deployments: BTreeSet<DeploymentId>,
}

/// Those that have ended, as they were seen then: they are asked for once. One that is listed again is forgotten here.
#[derive(Debug, Default)]
pub(in crate::ops) struct Ended {
    requests: Mutex<BTreeMap<RequestId, ChangeRequest>>,
    deployments: Mutex<BTreeMap<DeploymentId, Deployment>>,
    /// Who decided those that are merged, where that is asked for by their numbers.
    decisions: Mutex<BTreeMap<RequestId, Vec<Approval>>>,
}

impl Ended {
    fn all(&self) -> MutexGuard<'_, BTreeMap<RequestId, ChangeRequest>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn deployments(&self) -> MutexGuard<'_, BTreeMap<DeploymentId, Deployment>> {
        let all = self.deployments.lock();
        all.unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn decisions(&self) -> MutexGuard<'_, BTreeMap<RequestId, Vec<Approval>>> {
        self.decisions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
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

/// Returns the numbers of requests and go-lives that the records of open hotfixes name.
pub(in crate::ops) fn named<'a>(records: impl IntoIterator<Item = &'a Record>) -> Named {
    let mut named = Named::default();
    let records = records.into_iter();
    for record in records.filter(|record| record.closed.is_none()) {
        let opened = record.requests.values().map(|opened| opened.request);
        let merged = record.merges.values().map(|merged| merged.request);
        named.requests.extend(opened.chain(merged));
        let created = record.deployments.values().cloned();
        named.deployments.extend(created);
    }
    named
}

/// Returns the forge's list, and behind it what of the named ones it lacks and the forge still has.
pub(super) async fn requests(look: &Look) -> Result<Vec<ChangeRequest>, Error> {
    let mut all = look.forge.requests(&RequestQuery::default()).await?;
    let listed: BTreeSet<RequestId> = all.iter().map(|request| request.id).collect();
    look.ended.all().retain(|id, _| !listed.contains(id));
    for id in look.named.requests.difference(&listed) {
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

/// Returns the forge's list of go-lives, and behind it what of the named ones it lacks and the forge still has.
pub(super) async fn deployments(look: &Look) -> Result<Vec<Deployment>, Error> {
    let mut all = look.forge.deployments(None).await?;
    let listed: BTreeSet<DeploymentId> = all.iter().map(|one| one.id.clone()).collect();
    look.ended
        .deployments()
        .retain(|id, _| !listed.contains(id));
    for id in look.named.deployments.difference(&listed) {
        let known = look.ended.deployments().get(id).cloned();
        if let Some(known) = known {
            all.push(known);
            continue;
        }
        let Some(found) = look.forge.deployment(id).await? else {
            continue;
        };
        if found.state.has_ended() {
            look.ended.deployments().insert(id.clone(), found.clone());
        }
        all.push(found);
    }
    Ok(all)
}
