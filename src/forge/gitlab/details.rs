//! What only a close look at a request tells: whether it can be merged, its checks, who approved which head. Of a merged
//! one only the last is left to tell.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::forge::Error;
use crate::model::Approval;
use crate::model::Check;
use crate::model::CommitId;
use crate::model::Mergeability;
use crate::model::Person;
use crate::model::RequestId;

use super::home::Gitlab;
use super::home::degraded;
use super::home::lock;
use super::requests::is_open;
use super::requests::merged;
use super::wire;

/// How many requests are looked at closely at the same time.
const AT_ONCE: usize = 6;

/// What a close look at a request tells.
pub(super) struct Details {
    pub(super) mergeability: Mergeability,
    pub(super) checks: Vec<Check>,
    pub(super) approvals: Vec<Approval>,
    /// Who pushed the head, where that matters.
    pub(super) pusher: Option<Person>,
}

/// The approvals of merged requests, by their number, each with the time of their last change.
pub(super) type Approved = BTreeMap<u64, (Option<String>, Vec<Approval>)>;

/// Requests as read again, by number; without details where they were closed meanwhile.
pub(super) type Looked = BTreeMap<u64, (wire::Request, Option<Details>)>;

impl Gitlab {
    pub(super) async fn details_of(
        self: &Arc<Self>,
        lines: &[wire::Request],
        closely: &[u64],
        are_single: bool,
    ) -> Result<Looked, Error> {
        let mut looks = JoinSet::new();
        let places = Arc::new(Semaphore::new(AT_ONCE));
        for line in lines.iter().filter(|line| closely.contains(&line.iid)) {
            let (gitlab, places, line) = (Arc::clone(self), Arc::clone(&places), line.clone());
            looks.spawn(async move {
                // Never closed, so this can only mean that there is a place.
                let _place = places.acquire().await;
                gitlab.look(line, are_single).await
            });
        }
        let mut looked = Looked::new();
        while let Some(ended) = looks.join_next().await {
            let (line, details) = ended.map_err(|error| Error::Read {
                what: "change requests".to_owned(),
                source: Box::new(error),
            })??;
            looked.insert(line.iid, (line, details));
        }
        Ok(looked)
    }

    /// Returns who approved merged requests before that, as far as the latest list has them and their lane has seats.
    pub(super) async fn decisions(
        self: &Arc<Self>,
        ids: &[RequestId],
    ) -> Result<BTreeMap<RequestId, Vec<Approval>>, Error> {
        let numbers: Vec<u64> = ids.iter().map(|id| id.0).collect();
        let lines: Vec<wire::Request> = {
            let merged = lock(&self.merged);
            let named = numbers.iter().filter_map(|number| merged.get(number));
            named.cloned().collect()
        };
        let looked = self.details_of(&lines, &numbers, false).await?;
        let told = looked.into_iter().filter_map(|(number, (_, details))| {
            let approvals = details?.approvals;
            Some((RequestId(number), approvals))
        });
        Ok(told.collect())
    }

    /// Looks at one request. Only the single answer names the pipeline, and makes GitLab check whether it can be merged.
    async fn look(
        self: &Arc<Self>,
        line: wire::Request,
        is_single: bool,
    ) -> Result<(wire::Request, Option<Details>), Error> {
        let line = if is_single || !is_open(&line) {
            line
        } else {
            self.line(RequestId(line.iid)).await?.unwrap_or(line)
        };
        let head = line
            .sha
            .as_ref()
            .and_then(|sha| sha.parse::<CommitId>().ok());
        let Some(head) = head.filter(|_| is_open(&line)) else {
            let details = self.after_the_merge(&line).await?;
            return Ok((line, details));
        };
        let mergeability = self.mergeability(&line).await?;
        let checks = self.checks(&line, &head).await?;
        let approvals = self.approvals(&line).await?;
        let pusher = self.pusher(&line, &head).await?;
        let details = Details {
            mergeability,
            checks,
            approvals,
            pusher,
        };
        Ok((line, Some(details)))
    }

    /// Looks at a request that was merged into a lane with seats: who approved it before that. It is asked once for each
    /// change of the request.
    async fn after_the_merge(&self, line: &wire::Request) -> Result<Option<Details>, Error> {
        let Some(merged) = merged(line).filter(|_| self.had_seats(line)) else {
            return Ok(None);
        };
        let known = lock(&self.approved).get(&line.iid).cloned();
        let known = known.filter(|(at, _)| *at == line.updated_at);
        let approvals = match known {
            Some((_, approvals)) => approvals,
            None => {
                let mut approvals = self.approvals(line).await?;
                // A seat that is taken when all is over was empty at the merge.
                approvals.retain(|approval| approval.at <= merged.at);
                let kept = (line.updated_at.clone(), approvals.clone());
                lock(&self.approved).insert(line.iid, kept);
                approvals
            }
        };
        Ok(Some(Details {
            mergeability: Mergeability::Blocked("it is merged".to_owned()),
            checks: Vec::new(),
            approvals,
            pusher: None,
        }))
    }

    async fn mergeability(&self, line: &wire::Request) -> Result<Mergeability, Error> {
        let status = line.detailed_merge_status.as_deref();
        if status == Some("not_approved") {
            let missing = self.missing_rules(line.iid).await?;
            if !missing.is_empty() {
                return Ok(Mergeability::Blocked(format!(
                    "GitLab asks for more approvals: {}",
                    missing.join(", ")
                )));
            }
        }
        Ok(line.mergeability())
    }

    /// Returns the approval rules that are not satisfied, in words; nothing where the tier has no rules.
    async fn missing_rules(&self, iid: u64) -> Result<Vec<String>, Error> {
        let ask = self
            .get(&["merge_requests", &iid.to_string(), "approval_state"])
            .await?;
        let state: wire::ApprovalState =
            degraded(self.http().read(&ask).await)?.unwrap_or_default();
        let words = |rule: &wire::ApprovalRule| {
            let given = u64::try_from(rule.approved_by.len()).unwrap_or(u64::MAX);
            let name = crate::model::Untrusted::new(rule.name.as_str()).show();
            format!("{name} ({given} of {})", rule.approvals_required)
        };
        let missing = state
            .rules
            .iter()
            .filter(|rule| !rule.approved && rule.approvals_required > 0);
        Ok(missing.map(words).collect())
    }
}
