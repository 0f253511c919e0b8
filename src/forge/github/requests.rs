//! Pull requests: what a list tells of all of them, and details of those that may be acted upon.

use futures_util::future::join_all;

use crate::forge::Error;
use crate::forge::RequestQuery;
use crate::model::BranchName;
use crate::model::ChangeRequest;
use crate::model::CommitId;
use crate::model::MergeMethod;
use crate::model::Mergeability;
use crate::model::Merged;
use crate::model::Milestone;
use crate::model::RequestId;
use crate::model::RequestState;
use crate::model::Untrusted;

use super::hub::Hub;
use super::wire;
use super::words;
use crate::forge::marker;

/// Ended requests of a list without conditions.
const ENDED: usize = 100;
/// Open requests of any list; more cannot be looked at.
const OPEN: usize = 2000;
/// Requests that are looked at closely at the same time: enough to hide the way there, few enough to be polite.
const AT_ONCE: usize = 4;

impl Hub {
    /// Returns requests that fit, newest first.
    pub(super) async fn list(&self, query: &RequestQuery) -> Result<Vec<ChangeRequest>, Error> {
        let pulls = match query.id {
            Some(id) => self.find_pull(id).await?.into_iter().collect(),
            None => self.pulls(query).await?,
        };
        let is_wanted = |request: &ChangeRequest| {
            query.from.as_ref().is_none_or(|from| *from == request.from)
                && query.into.as_ref().is_none_or(|into| *into == request.into)
                && (query.hotfix.is_none() || query.hotfix == request.hotfix)
                && (!query.only_open || request.is_open())
        };
        let mut found: Vec<(wire::Pull, ChangeRequest)> = pulls
            .into_iter()
            .filter_map(|pull| self.outline(&pull).map(|request| (pull, request)))
            .filter(|(_, request)| is_wanted(request))
            .collect();
        found.sort_by_key(|(_, request)| std::cmp::Reverse(request.id));
        found.dedup_by_key(|(_, request)| request.id);
        let is_named = query.id.is_some() || query.from.is_some();
        let mut requests = Vec::with_capacity(found.len());
        for group in found.chunks(AT_ONCE) {
            let group = group.iter().map(|(pull, request)| {
                let is_close = is_named || self.is_ours(request);
                self.detailed(pull, request, is_close)
            });
            for request in join_all(group).await {
                requests.push(request?);
            }
        }
        Ok(requests)
    }

    /// Returns the requests that GitHub finds a commit in; what a list tells of them.
    pub(super) async fn requests_of(&self, commit: &CommitId) -> Result<Vec<ChangeRequest>, Error> {
        let ask = self
            .get(&["commits", commit.as_str(), "pulls"])
            .with("per_page", "100");
        let pulls: Vec<wire::Pull> = self.http().read_list(&ask, ENDED).await?;
        let mut found: Vec<ChangeRequest> =
            pulls.iter().filter_map(|pull| self.outline(pull)).collect();
        found.sort_by_key(|request| std::cmp::Reverse(request.id));
        Ok(found)
    }

    /// Tells whether a request is one that this console may act upon: of a hotfix, or into a lane with seats or checks.
    fn is_ours(&self, request: &ChangeRequest) -> bool {
        let lane = self.options.project.lane_of_branch(&request.into);
        request.hotfix.is_some() || (request.is_open() && lane.is_some())
    }

    async fn pulls(&self, query: &RequestQuery) -> Result<Vec<wire::Pull>, Error> {
        let list = |state: &str| {
            let mut ask = self.get(&["pulls"]).with("state", state);
            if let Some(from) = &query.from {
                // Without the owner GitHub ignores the branch.
                ask = ask.with("head", &format!("{}:{from}", self.owner));
            }
            if let Some(into) = &query.into {
                ask = ask.with("base", into);
            }
            ask.with("direction", "desc").with("per_page", "100")
        };
        let open = list("open").with("sort", "created");
        let mut pulls: Vec<wire::Pull> = self.http().read_list(&open, OPEN).await?;
        if !query.only_open {
            let ended = list("closed").with("sort", "updated");
            let ended: Vec<wire::Pull> = self.http().read_list(&ended, ENDED).await?;
            pulls.extend(ended);
        }
        Ok(pulls)
    }

    /// Returns one pull request with its details; none if it is not there.
    async fn find_pull(&self, id: RequestId) -> Result<Option<wire::Pull>, Error> {
        let number = id.to_string();
        Ok(self.http().find(&self.get(&["pulls", &number])).await?)
    }

    /// Returns one pull request with its details.
    pub(super) async fn pull(&self, id: RequestId) -> Result<wire::Pull, Error> {
        self.find_pull(id).await?.ok_or_else(|| Error::NotFound {
            what: format!("request {id}"),
        })
    }

    /// Returns one request with its details.
    pub(super) async fn request(&self, id: RequestId) -> Result<ChangeRequest, Error> {
        let pull = self.pull(id).await?;
        let outline = self.outline(&pull).ok_or_else(|| Error::NotFound {
            what: format!("request {id} of a branch in this repository"),
        })?;
        self.detailed(&pull, &outline, true).await
    }

    /// Returns what a list tells of a request; none for one from a fork, or between names that no branch can have.
    pub(super) fn outline(&self, pull: &wire::Pull) -> Option<ChangeRequest> {
        let home = pull.head.repo.as_ref()?;
        if !self.is_here(&home.full_name) {
            return None;
        }
        let from: BranchName = pull.head.branch.parse().ok()?;
        let into: BranchName = pull.base.branch.parse().ok()?;
        let body = pull.body.clone().unwrap_or_default();
        let settled = |why: &str| Mergeability::Blocked(why.to_owned());
        let (state, mergeability) = match (pull.merged_at, &pull.merge_commit_sha) {
            (Some(at), Some(commit)) => (
                RequestState::Merged(Merged {
                    commit: commit.clone(),
                    head: pull.head.sha.clone(),
                    by: pull.merged_by.as_ref().map(wire::User::person),
                    at,
                    method: None,
                }),
                settled("it is merged"),
            ),
            _ if pull.state == "open" => (
                RequestState::Open,
                words::mergeability(pull.mergeable, &pull.mergeable_state, &self.teams(pull)),
            ),
            _ => (RequestState::Closed, settled("it is closed")),
        };
        Some(ChangeRequest {
            id: RequestId(pull.number),
            title: Untrusted::new(pull.title.as_str()),
            hotfix: marker::hotfix(&body),
            body: Untrusted::new(body),
            from,
            into,
            head: pull.head.sha.clone(),
            state,
            is_draft: pull.draft,
            labels: pull.labels.iter().map(|label| label.name.clone()).collect(),
            milestone: pull.milestone.as_ref().map(|one| Milestone {
                id: one.node_id.clone(),
                title: Untrusted::new(one.title.as_str()),
            }),
            author: wire::person_or_ghost(pull.user.as_ref()),
            last_pusher: None,
            reviewers: pull
                .requested_reviewers
                .iter()
                .map(wire::User::person)
                .collect(),
            opened_at: pull.created_at,
            updated_at: pull.updated_at,
            mergeability,
            checks: Vec::new(),
            approvals: Vec::new(),
            url: pull.html_url.clone(),
        })
    }

    /// Returns the teams that are asked for a review, as people write them: they are of who owns the repository.
    fn teams(&self, pull: &wire::Pull) -> Vec<String> {
        let slug = |team: &wire::Team| Untrusted::new(team.slug.as_str()).show();
        let teams = pull.requested_teams.iter();
        teams
            .map(|team| format!("{}/{}", self.owner, slug(team)))
            .collect()
    }

    /// Adds what a list does not tell. Of an ended request that is read once per change of it.
    async fn detailed(
        &self,
        pull: &wire::Pull,
        outline: &ChangeRequest,
        is_close: bool,
    ) -> Result<ChangeRequest, Error> {
        if !is_close {
            return Ok(outline.clone());
        }
        if outline.is_open() {
            return self.open_details(pull, outline).await;
        }
        let key = (outline.id.0, outline.updated_at);
        if let Some(known) = self.known().ended.get(&key).cloned() {
            return Ok(known);
        }
        let request = self.ended_details(pull, outline).await?;
        self.known().ended.insert(key, request.clone());
        Ok(request)
    }

    async fn open_details(
        &self,
        pull: &wire::Pull,
        outline: &ChangeRequest,
    ) -> Result<ChangeRequest, Error> {
        let (pull, approvals, checks, arrival) = tokio::join!(
            self.whole(pull),
            self.reviews(pull),
            self.checks(&outline.head, &outline.into, outline.updated_at),
            self.arrival(pull),
        );
        let request = self.outline(&pull?).unwrap_or_else(|| outline.clone());
        // A push between two reads: what was read of the old head counts for nothing, so the look says "checking".
        let is_same = request.head == outline.head;
        let (mut approvals, arrival) = (approvals?, arrival?);
        arrival.bind(&mut approvals, &outline.head);
        Ok(ChangeRequest {
            approvals,
            checks: checks?,
            last_pusher: arrival.by,
            mergeability: if is_same {
                request.mergeability
            } else {
                Mergeability::Checking
            },
            ..request
        })
    }

    async fn ended_details(
        &self,
        pull: &wire::Pull,
        outline: &ChangeRequest,
    ) -> Result<ChangeRequest, Error> {
        let pull = self.whole(pull).await?;
        let mut request = self.outline(&pull).unwrap_or_else(|| outline.clone());
        request.approvals = self.reviews(&pull).await?;
        let arrival = self.arrival(&pull).await?;
        arrival.bind(&mut request.approvals, &pull.head.sha);
        if let RequestState::Merged(merged) = &mut request.state {
            merged.method = self.method(&pull, &merged.commit).await?;
        }
        Ok(request)
    }

    /// Returns a pull request with the fields that lists leave out.
    async fn whole(&self, pull: &wire::Pull) -> Result<wire::Pull, Error> {
        // Only a pull request that was read alone has these.
        if !pull.mergeable_state.is_empty() || pull.commits > 0 {
            return Ok(pull.clone());
        }
        self.pull(RequestId(pull.number)).await
    }

    /// Returns how a request was merged, as far as the commit shows it: two parents, or one commit of one.
    async fn method(
        &self,
        pull: &wire::Pull,
        commit: &CommitId,
    ) -> Result<Option<MergeMethod>, Error> {
        let ask = self.get(&["commits", commit.as_str()]);
        let commit: Option<wire::Commit> = self.http().find(&ask).await?;
        Ok(match commit.map(|commit| commit.parents.len()) {
            Some(2..) => Some(MergeMethod::Merge),
            Some(1) if pull.commits == 1 => Some(MergeMethod::Squash),
            Some(_) | None => None,
        })
    }
}
