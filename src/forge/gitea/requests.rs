//! Finding requests. Every look reads the lists; details are read of what is open and leads into a lane, and once of
//! ended requests of ours.

use futures_util::future::join_all;

use crate::forge::Error;
use crate::forge::RequestQuery;
use crate::model::BranchName;
use crate::model::ChangeRequest;
use crate::model::CommitId;
use crate::model::MergeMethod;
use crate::model::Person;
use crate::model::RequestId;

use super::options::Gitea;
use super::options::Way;
use super::view::Details;
use super::view::Lane;
use super::view::request;
use super::wire;
use super::words;
use crate::forge::marker;

/// Open requests that are read at most, and ended ones.
const OPEN_LIMIT: usize = 1000;
const OLD_LIMIT: usize = 100;
/// Requests whose details are read at the same time.
const AT_ONCE: usize = 6;
/// Looks at a request of which the server says that it does not merge, before that is believed: it says so too while it
/// is still computing.
const LOOKS: usize = 3;

impl Gitea {
    /// Lists requests, newest first.
    pub(super) async fn list_requests(
        &self,
        query: &RequestQuery,
    ) -> Result<Vec<ChangeRequest>, Error> {
        let fits = |pull: &wire::Pull| {
            let RequestQuery {
                id,
                from,
                into,
                hotfix,
                only_open,
            } = query;
            pull.is_inside()
                && id.is_none_or(|id| id.0 == pull.number)
                && from
                    .as_ref()
                    .is_none_or(|from| from.as_str() == pull.head.branch())
                && into
                    .as_ref()
                    .is_none_or(|into| into.as_str() == pull.base.branch())
                && hotfix
                    .as_ref()
                    .is_none_or(|id| marker::hotfix(&pull.body).as_ref() == Some(id))
                && (!only_open || pull.is_open())
        };
        let mut pulls = self.pulls(query).await?;
        pulls.retain(fits);
        let is_asked_for = *query != RequestQuery::default();
        let lanes = self.lanes_of(&pulls).await?;
        let mut requests = Vec::new();
        for chunk in pulls.chunks(AT_ONCE) {
            let reading = chunk.iter().map(|pull| {
                let lane = lanes
                    .iter()
                    .find(|(branch, _)| branch == pull.base.branch())
                    .map(|(_, lane)| lane);
                self.seen(pull, lane, is_asked_for)
            });
            for seen in join_all(reading).await {
                requests.extend(seen?);
            }
        }
        Ok(requests)
    }

    /// Returns the requests that have a commit. The server's own answer knows a merge or a squash only, so heads of
    /// what the lists hold are looked at as well.
    pub(super) async fn requests_of(&self, commit: &CommitId) -> Result<Vec<ChangeRequest>, Error> {
        let ask = self.get(&["commits", commit.as_str(), "pull"]);
        let brought: Option<wire::Pull> = self.http().find(&ask).await?;
        let is_head = |pull: &wire::Pull| wire::commit(&pull.head.sha).as_ref() == Some(commit);
        let mut pulls = self.pulls(&RequestQuery::default()).await?;
        pulls.retain(|pull| pull.is_inside() && is_head(pull));
        pulls.extend(brought);
        pulls.sort_by_key(|pull| std::cmp::Reverse(pull.number));
        pulls.dedup_by_key(|pull| pull.number);
        Ok(pulls.iter().filter_map(|pull| self.outline(pull)).collect())
    }

    /// Returns what a request itself tells, without its lane, reviews and statuses.
    pub(super) fn outline(&self, pull: &wire::Pull) -> Option<ChangeRequest> {
        request(pull, None, &Details::default(), self.product())
    }

    /// Returns one request, whatever its state.
    pub(super) async fn pull(&self, id: RequestId) -> Result<wire::Pull, Error> {
        let number = id.to_string();
        let found = self.http().find(&self.get(&["pulls", &number])).await?;
        found.ok_or_else(|| Error::NotFound {
            what: format!("change request {id}"),
        })
    }

    /// Returns one request as everybody sees it.
    pub(super) async fn show(&self, pull: &wire::Pull) -> Result<ChangeRequest, Error> {
        let lanes = self.lanes_of(std::slice::from_ref(pull)).await?;
        let lane = lanes.first().map(|(_, lane)| lane);
        let seen = self.seen(pull, lane, true).await?;
        seen.ok_or_else(|| Error::NotFound {
            what: format!("the branches of change request {}", pull.number),
        })
    }

    /// Reads the lists that can hold what is asked for, each request once, newest first.
    async fn pulls(&self, query: &RequestQuery) -> Result<Vec<wire::Pull>, Error> {
        if let Some(id) = query.id {
            return match self.pull(id).await {
                Ok(pull) => Ok(vec![pull]),
                Err(Error::NotFound { .. }) => Ok(Vec::new()),
                Err(error) => Err(error),
            };
        }
        let known = self.known().await?;
        let mut list = self.get(&["pulls"]).with("state", "open");
        if known.version.is_forgejo {
            // Older ones do not know these words and answer with all.
            if let Some(from) = &query.from {
                list = list.with("head", from.as_str());
            }
            if let Some(into) = &query.into {
                list = list.with("base", into.as_str());
            }
        }
        let mut pulls: Vec<wire::Pull> = self.list(list, OPEN_LIMIT).await?;
        if !query.only_open {
            let ended = self
                .get(&["pulls"])
                .with("state", "closed")
                .with("sort", "recentupdate");
            let ended: Vec<wire::Pull> = self.list(ended, OLD_LIMIT).await?;
            // One that ended between the two reads is in both; the later word holds.
            pulls.retain(|open| ended.iter().all(|ended| ended.number != open.number));
            pulls.extend(ended);
            if let (Some(from), Some(into)) = (&query.from, &query.into) {
                let is_there = |pull: &wire::Pull| {
                    pull.head.branch() == from.as_str() && pull.base.branch() == into.as_str()
                };
                // Older than the list goes back.
                if !pulls.iter().any(is_there) {
                    let ask = self.get(&["pulls", into.as_str(), from.as_str()]);
                    pulls.extend(self.http().find::<wire::Pull>(&ask).await?);
                }
            }
        }
        pulls.sort_by_key(|pull| std::cmp::Reverse(pull.number));
        pulls.dedup_by_key(|pull| pull.number);
        Ok(pulls)
    }

    /// Reads the target branches of open requests, each once.
    async fn lanes_of(&self, pulls: &[wire::Pull]) -> Result<Vec<(String, Lane)>, Error> {
        let mut lanes: Vec<(String, Lane)> = Vec::new();
        for pull in pulls.iter().filter(|pull| pull.is_open()) {
            let branch = pull.base.branch();
            let is_wanted = self.is_lane(branch) && lanes.iter().all(|(known, _)| known != branch);
            if !is_wanted {
                continue;
            }
            if let Some(found) = self.branch(branch).await? {
                let lane = Lane::new(found);
                if let Ok(name) = branch.parse() {
                    self.memory()
                        .approvals
                        .insert(name, lane.required_approvals);
                }
                lanes.push((branch.to_owned(), lane));
            }
        }
        Ok(lanes)
    }

    /// Reads a branch, if it is there.
    pub(super) async fn branch(&self, name: &str) -> Result<Option<wire::Branch>, Error> {
        Ok(self.http().find(&self.get(&["branches", name])).await?)
    }

    /// Returns the tip of a branch, if it is there.
    pub(super) async fn tip(&self, name: &str) -> Result<Option<CommitId>, Error> {
        let branch = self.branch(name).await?;
        Ok(branch.and_then(|branch| wire::commit(&branch.commit.id)))
    }

    fn is_lane(&self, branch: &str) -> bool {
        branch
            .parse()
            .is_ok_and(|branch| self.options.project.lane_of_branch(&branch).is_some())
    }

    /// Adds what the list does not say; none if the branches of the request have no name that git would take.
    async fn seen(
        &self,
        pull: &wire::Pull,
        lane: Option<&Lane>,
        is_asked_for: bool,
    ) -> Result<Option<ChangeRequest>, Error> {
        let details = if pull.is_open() {
            if lane.is_some() || is_asked_for {
                Details {
                    reviews: self.reviews(pull.number).await?,
                    statuses: self.statuses(&pull.head.sha).await?,
                    mergeable: Some(self.is_mergeable(pull).await?),
                    way: None,
                    maker: self.maker(pull).await?,
                }
            } else {
                Details::default()
            }
        } else if is_asked_for || marker::hotfix(&pull.body).is_some() {
            Details {
                reviews: self.old_reviews(pull).await?,
                way: self.way(pull).await?,
                ..Details::default()
            }
        } else {
            Details::default()
        };
        Ok(request(pull, lane, &details, self.product()))
    }

    /// Returns who made the head of a request into a lane with seats: they take none of these.
    async fn maker(&self, pull: &wire::Pull) -> Result<Option<Person>, Error> {
        let head = &pull.head.sha;
        let into: Option<BranchName> = pull.base.branch().parse().ok();
        let lane = into.and_then(|into| self.options.project.lane_of_branch(&into));
        if head.is_empty() || lane.is_none_or(|lane| lane.seats.is_empty()) {
            return Ok(None);
        }
        if let Some(known) = self.memory().makers.get(head).cloned() {
            return Ok(known);
        }
        let found: Option<wire::Commit> = self
            .http()
            .find(&self.get(&["git", "commits", head]))
            .await?;
        let Some(commit) = found else {
            return Ok(None);
        };
        let maker = commit.maker();
        self.memory().makers.insert(head.clone(), maker.clone());
        Ok(maker)
    }

    /// Tells whether a request merges. "No" also means "not computed yet", so it is asked again before it is believed.
    async fn is_mergeable(&self, pull: &wire::Pull) -> Result<bool, Error> {
        if pull.mergeable {
            return Ok(true);
        }
        let (_, is_draft) = words::without_prefix(&pull.title);
        let key = (pull.number, pull.head.sha.clone(), pull.base.sha.clone());
        // Of a draft it is always "no".
        if is_draft || pull.draft || self.memory().conflicts.contains(&key) {
            return Ok(false);
        }
        for _ in 1..LOOKS {
            tokio::time::sleep(self.options.pause).await;
            let again = self.pull(RequestId(pull.number)).await?;
            if again.mergeable {
                return Ok(true);
            }
        }
        self.memory().conflicts.insert(key);
        Ok(false)
    }

    /// Returns the head that was merged, and by whom and how if that can be told. The list shows where the source branch is now,
    /// which may be elsewhere.
    pub(super) async fn way(&self, pull: &wire::Pull) -> Result<Option<Way>, Error> {
        if !pull.merged {
            return Ok(None);
        }
        if let Some(known) = self.memory().merged.get(&pull.number) {
            return Ok(Some(known.clone()));
        }
        let number = pull.number.to_string();
        let ask = self
            .get(&["pulls", &number, "commits"])
            .with("verification", "false")
            .with("files", "false");
        let commits: Vec<wire::Commit> = self.list(ask, self.known().await?.page).await?;
        let is_parent = |sha: &str| {
            let mut parents = commits.iter().flat_map(|commit| &commit.parents);
            parents.any(|parent| parent.sha == sha)
        };
        let head = commits.iter().find(|commit| !is_parent(&commit.sha));
        let Some(head) = head.and_then(|commit| wire::commit(&commit.sha)) else {
            return Ok(None);
        };
        let by = match pull.merger() {
            Some(by) => Some(by),
            None => self.pull(RequestId(pull.number)).await?.merger(),
        };
        let way = Way {
            by,
            method: self.method(pull, &head).await?,
            head,
        };
        self.memory().merged.insert(pull.number, way.clone());
        Ok(Some(way))
    }

    /// Tells a merge commit by its second parent. A squashed and a rebased request cannot be told apart.
    async fn method(
        &self,
        pull: &wire::Pull,
        head: &CommitId,
    ) -> Result<Option<MergeMethod>, Error> {
        let Some(commit) = pull.merge_commit_sha.as_deref() else {
            return Ok(None);
        };
        let ask = self.get(&["git", "commits", commit]);
        let found: Option<wire::Commit> = self.http().find(&ask).await?;
        let is_merge = found.is_some_and(|commit| {
            let mut parents = commit.parents.iter();
            commit.parents.len() == 2 && parents.any(|parent| parent.sha == head.as_str())
        });
        Ok(is_merge.then_some(MergeMethod::Merge))
    }
}
