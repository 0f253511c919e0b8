//! Listing requests: open ones with their details where they may be ours, the others as the list has them. Who approved a
//! merged one is told where it is asked for by its number.

use std::sync::Arc;

use crate::forge::Error;
use crate::forge::RequestQuery;
use crate::forge::http::Ask;
use crate::forge::marker;
use crate::model::BranchName;
use crate::model::ChangeRequest;
use crate::model::CommitId;
use crate::model::MergeMethod;
use crate::model::Mergeability;
use crate::model::Merged;
use crate::model::Milestone;
use crate::model::RequestId;
use crate::model::RequestState;
use crate::model::Timestamp;
use crate::model::Untrusted;

use super::details::Details;
use super::home::Gitlab;
use super::home::lock;
use super::wire;
use super::words;

/// How many ended requests a list without conditions holds.
const OLD_LIMIT: usize = 100;
/// How many open ones are listed at most.
const OPEN_LIMIT: usize = 500;
/// How many open ones are looked at closely in a list without conditions: those of hotfixes, then those into lanes.
const CLOSE_LOOKS: usize = 30;

impl Gitlab {
    pub(super) async fn list(
        self: &Arc<Self>,
        query: &RequestQuery,
    ) -> Result<Vec<ChangeRequest>, Error> {
        let lines = match query.id {
            Some(id) => self.line(id).await?.into_iter().collect(),
            None => self.lines(query).await?,
        };
        let is_limited = *query == RequestQuery::default();
        let fits = |line: &wire::Request| {
            query.id.is_none_or(|id| id.0 == line.iid)
                && query
                    .from
                    .as_ref()
                    .is_none_or(|from| from.as_str() == line.source_branch)
                && query
                    .into
                    .as_ref()
                    .is_none_or(|into| into.as_str() == line.target_branch)
                && (query.hotfix.is_none() || hotfix(line) == query.hotfix)
                && (!query.only_open || is_open(line))
        };
        let mut lines: Vec<wire::Request> = lines.into_iter().filter(fits).collect();
        lines.sort_by_key(|line| std::cmp::Reverse(line.iid));
        lines.dedup_by_key(|line| line.iid);
        let mut closely = self.closely(&lines, is_limited);
        let had_seats = lines.iter().filter(|line| self.had_seats(line));
        if is_limited {
            let merged = had_seats.map(|line| (line.iid, line.clone()));
            *lock(&self.merged) = merged.collect();
        } else if query.id.is_some() {
            closely.extend(had_seats.map(|line| line.iid));
        }
        let mut details = self
            .details_of(&lines, &closely, query.id.is_some())
            .await?;
        let seen = lines.iter().filter_map(|line| {
            let (line, details) = details.remove(&line.iid).unwrap_or((line.clone(), None));
            neutral(&line, details)
        });
        let seen: Vec<ChangeRequest> = seen.collect();
        self.remember_hotfixes(&seen);
        Ok(seen)
    }

    /// Reads one request without its details; none where there is none of that number.
    pub(super) async fn line(&self, id: RequestId) -> Result<Option<wire::Request>, Error> {
        let ask = self.get(&["merge_requests", &id.to_string()]).await?;
        let found: Option<wire::Request> = self.http().find(&ask).await?;
        Ok(found.filter(is_from_here))
    }

    /// Reads one request that must be there.
    pub(super) async fn known_line(&self, id: RequestId) -> Result<wire::Request, Error> {
        self.line(id).await?.ok_or_else(|| Error::NotFound {
            what: format!("change request {id}"),
        })
    }

    /// Reads one request with everything about it.
    pub(super) async fn request(self: &Arc<Self>, id: RequestId) -> Result<ChangeRequest, Error> {
        let query = RequestQuery {
            id: Some(id),
            ..RequestQuery::default()
        };
        let found = self.list(&query).await?;
        found.into_iter().next().ok_or_else(|| Error::NotFound {
            what: format!("change request {id}"),
        })
    }

    /// Shows a request that the answer to a write described: closely, or as it was described where that cannot be read.
    pub(super) async fn described(
        self: &Arc<Self>,
        made: &wire::Request,
    ) -> Result<ChangeRequest, Error> {
        match self.request(RequestId(made.iid)).await {
            Ok(request) => Ok(request),
            Err(error) => neutral(made, None).ok_or(error),
        }
    }

    async fn lines(&self, query: &RequestQuery) -> Result<Vec<wire::Request>, Error> {
        if *query == RequestQuery::default() {
            let mut all = self.page(query, "opened", OPEN_LIMIT).await?;
            all.extend(self.page(query, "merged", OLD_LIMIT).await?);
            all.extend(self.page(query, "closed", OLD_LIMIT).await?);
            return Ok(all);
        }
        let state = if query.only_open { "opened" } else { "all" };
        self.page(query, state, OPEN_LIMIT).await
    }

    async fn page(
        &self,
        query: &RequestQuery,
        state: &str,
        most: usize,
    ) -> Result<Vec<wire::Request>, Error> {
        let order = if state == "opened" {
            "created_at"
        } else {
            "updated_at"
        };
        let mut ask: Ask = self
            .get(&["merge_requests"])
            .await?
            .with("state", state)
            .with("scope", "all")
            .with("order_by", order)
            .with("sort", "desc")
            .with("per_page", &most.min(100));
        if let Some(from) = &query.from {
            ask = ask.with("source_branch", from);
        }
        if let Some(into) = &query.into {
            ask = ask.with("target_branch", into);
        }
        if let Some(hotfix) = &query.hotfix {
            ask = ask.with("search", hotfix).with("in", "description");
        }
        let lines: Vec<wire::Request> = self.http().read_list(&ask, most).await?;
        Ok(lines.into_iter().filter(is_from_here).collect())
    }

    /// Returns the numbers of open requests that are looked at closely.
    fn closely(&self, lines: &[wire::Request], is_limited: bool) -> Vec<u64> {
        let open = lines.iter().filter(|line| is_open(line));
        if !is_limited {
            return open.map(|line| line.iid).collect();
        }
        let project = &self.options.project;
        let is_into_lane = |line: &wire::Request| {
            let into: Option<BranchName> = line.target_branch.parse().ok();
            into.is_some_and(|into| project.lane_of_branch(&into).is_some())
        };
        let (ours, others): (Vec<&wire::Request>, Vec<&wire::Request>) =
            open.partition(|line| hotfix(line).is_some());
        let into_lanes = others.into_iter().filter(|line| is_into_lane(line));
        ours.into_iter()
            .chain(into_lanes)
            .take(CLOSE_LOOKS)
            .map(|line| line.iid)
            .collect()
    }

    /// Tells whether a request was merged into a lane that has seats.
    pub(super) fn had_seats(&self, line: &wire::Request) -> bool {
        merged(line).is_some() && self.has_seats(line)
    }

    fn remember_hotfixes(&self, seen: &[ChangeRequest]) {
        let mut hotfixes = lock(&self.hotfixes);
        for request in seen {
            if let (Some(merged), Some(hotfix)) = (request.merged(), &request.hotfix) {
                hotfixes.insert(merged.commit.clone(), hotfix.clone());
            }
        }
    }
}

fn hotfix(line: &wire::Request) -> Option<crate::model::HotfixId> {
    marker::hotfix(line.description.as_deref().unwrap_or_default())
}

/// Tells whether the source branch is one of this project.
fn is_from_here(line: &wire::Request) -> bool {
    line.source_project_id.is_none() || line.source_project_id == line.target_project_id
}

pub(super) fn is_open(line: &wire::Request) -> bool {
    // `locked` is open while GitLab merges it.
    matches!(line.state.as_str(), "opened" | "locked")
}

/// Returns how a request was merged, if it was and GitLab says with which head.
pub(super) fn merged(line: &wire::Request) -> Option<Merged> {
    if line.state != "merged" {
        return None;
    }
    let id = |text: &Option<String>| text.as_ref()?.parse::<CommitId>().ok();
    let head = id(&line.sha)?;
    let squash = id(&line.squash_commit_sha);
    let merge = id(&line.merge_commit_sha);
    let method = match (&squash, &merge) {
        (Some(_), _) => MergeMethod::Squash,
        (None, Some(_)) => MergeMethod::Merge,
        (None, None) => MergeMethod::Rebase,
    };
    let by = line.merge_user.as_ref().or(line.merged_by.as_ref());
    Some(Merged {
        // A squash may be merged by a merge commit of its own.
        commit: merge.or(squash).unwrap_or_else(|| head.clone()),
        head,
        by: by.map(wire::User::person),
        at: wire::time(line.merged_at.as_ref())
            .or_else(|| wire::time(line.updated_at.as_ref()))
            .unwrap_or(Timestamp::from_second(0)),
        method: Some(method),
    })
}

/// Translates requests as a list has them, without a close look; those from forks are left out.
pub(super) fn plain(lines: &[wire::Request]) -> Vec<ChangeRequest> {
    let ours = lines.iter().filter(|line| is_from_here(line));
    ours.filter_map(|line| neutral(line, None)).collect()
}

/// Translates a request; none where it has no commits or no branches that could be named.
fn neutral(line: &wire::Request, details: Option<Details>) -> Option<ChangeRequest> {
    let description = line.description.as_deref().unwrap_or_default();
    let state = match merged(line) {
        Some(merged) => RequestState::Merged(merged),
        None if is_open(line) => RequestState::Open,
        None => RequestState::Closed,
    };
    let details = details.unwrap_or_else(|| Details {
        mergeability: match &state {
            RequestState::Open => line.mergeability(),
            RequestState::Merged(_) => Mergeability::Blocked("it is merged".to_owned()),
            RequestState::Closed => Mergeability::Blocked("it is closed".to_owned()),
        },
        checks: Vec::new(),
        approvals: Vec::new(),
        pusher: None,
    });
    let opened_at = wire::time(line.created_at.as_ref()).unwrap_or(Timestamp::from_second(0));
    Some(ChangeRequest {
        id: RequestId(line.iid),
        title: Untrusted::new(words::bare_title(&line.title, line.draft)),
        body: Untrusted::new(description),
        from: line.source_branch.parse().ok()?,
        into: line.target_branch.parse().ok()?,
        head: line.sha.as_ref()?.parse().ok()?,
        state,
        is_draft: line.draft,
        labels: line.labels.clone(),
        milestone: line.milestone.as_ref().map(|one| Milestone {
            id: one.id.to_string(),
            title: Untrusted::new(one.title.as_str()),
        }),
        author: wire::person(line.author.as_ref()),
        last_pusher: details.pusher,
        reviewers: line.reviewers.iter().map(wire::User::person).collect(),
        opened_at,
        updated_at: wire::time(line.updated_at.as_ref()).unwrap_or(opened_at),
        mergeability: details.mergeability,
        checks: details.checks,
        approvals: details.approvals,
        hotfix: marker::hotfix(description),
        url: line.web_url.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(more: &str) -> wire::Request {
        let head = "a".repeat(40);
        let text = format!(
            r#"{{"iid":7,"state":"merged","source_branch":"f","target_branch":"main","sha":"{head}"{more}}}"#
        );
        serde_json::from_str(&text).expect("a request")
    }

    #[test]
    fn how_it_was_merged_is_told_by_the_commits_that_came_of_it() {
        let (merge, squash) = ("b".repeat(40), "c".repeat(40));
        let of = |more: &str| merged(&line(more)).map(|merged| (merged.method, merged.commit));
        let id = |text: &str| text.parse::<CommitId>().expect("an id");
        assert_eq!(
            of(""),
            Some((Some(MergeMethod::Rebase), id(&"a".repeat(40))))
        );
        let both = format!(r#","merge_commit_sha":"{merge}","squash_commit_sha":"{squash}""#);
        assert_eq!(of(&both), Some((Some(MergeMethod::Squash), id(&merge))));
        let one = format!(r#","merge_commit_sha":"{merge}""#);
        assert_eq!(of(&one), Some((Some(MergeMethod::Merge), id(&merge))));
    }

    #[test]
    fn a_request_from_a_fork_is_not_one_of_a_branch_here() {
        assert!(is_from_here(&line("")));
        assert!(is_from_here(&line(
            r#","source_project_id":4,"target_project_id":4"#
        )));
        assert!(!is_from_here(&line(
            r#","source_project_id":9,"target_project_id":4"#
        )));
    }
}
