//! Pull requests of the fake.

use serde_json::Value;
use serde_json::json;

use super::super::message::Reply;
use super::PATH;
use super::shapes;
use super::shapes::shape;
use super::shapes::time;
use super::shapes::user;
use super::site::Call;
use super::site::no;
use super::site::not_found;
use super::state::Pull;
use super::state::Review;
use super::state::State;
use super::state::Task;

fn invalid(why: &str) -> Reply {
    Reply::json(
        422,
        &json!({"message": "Validation Failed", "errors": [{"resource": "PullRequest", "code": "custom", "message": why}]}),
    )
}

impl Call<'_> {
    pub(super) fn pulls(&self, state: &mut State) -> Reply {
        if self.request.method == "POST" {
            return self.open(state);
        }
        let wanted = self.request.query("state").unwrap_or("open");
        let fits = |pull: &&Pull| {
            let is_open = !pull.is_closed && pull.merged.is_none();
            let owner = pull.fork.as_deref().unwrap_or(PATH);
            let owner = owner.split('/').next().unwrap_or_default();
            let label = format!("{owner}:{}", pull.head);
            // A head without its owner is no condition at all.
            let head = self.request.query("head").filter(|one| one.contains(':'));
            (wanted == "all" || (wanted == "open") == is_open)
                && head.is_none_or(|head| head == label)
                && self
                    .request
                    .query("base")
                    .is_none_or(|base| base == pull.base)
        };
        let mut pulls: Vec<&Pull> = state.pulls.iter().filter(fits).collect();
        match self.request.query("sort") {
            Some("updated") => pulls.sort_by_key(|pull| pull.updated),
            _ => pulls.sort_by_key(|pull| pull.number),
        }
        if self.request.query("direction") == Some("desc") {
            pulls.reverse();
        }
        let items: Vec<Value> = pulls
            .iter()
            .map(|pull| shapes::pull(state, self.git, pull, false))
            .collect();
        self.page(&items)
    }

    /// The pull requests that have a commit: as their head, or as what they became.
    pub(super) fn pulls_of(&self, state: &State, sha: &str) -> Reply {
        let has = |pull: &&Pull| {
            let became = pull
                .merged
                .as_ref()
                .is_some_and(|(commit, _)| commit == sha);
            became || shapes::head(self.git, pull) == sha
        };
        let found = state.pulls.iter().filter(has);
        let items: Vec<Value> = found
            .map(|pull| shapes::pull(state, self.git, pull, false))
            .collect();
        self.page(&items)
    }

    fn open(&self, state: &mut State) -> Reply {
        let (head, base) = (self.text("head"), self.text("base"));
        let (Some(sha), Some(onto)) = (self.git.tip(&head), self.git.tip(&base)) else {
            return invalid("head or base is invalid");
        };
        let is_twin = state.pulls.iter().any(|pull| {
            pull.head == head
                && pull.base == base
                && !pull.is_closed
                && pull.merged.is_none()
                && pull.fork.is_none()
        });
        if is_twin {
            return invalid(&format!("A pull request already exists for acme:{head}."));
        }
        if self.git.is_ancestor(&sha, &onto) {
            return invalid(&format!("No commits between {base} and {head}"));
        }
        if state.has_no_drafts && self.body["draft"] == true {
            return invalid("Draft pull requests are not supported in this repository.");
        }
        let at = state.tick();
        let number = state
            .pulls
            .iter()
            .map(|pull| pull.number)
            .max()
            .unwrap_or(0)
            + 1;
        let pull = Pull {
            number,
            title: self.text("title"),
            body: self.text("body"),
            head,
            base,
            is_draft: self.body["draft"] == true,
            author: self.me.clone(),
            checking: state.checks_for,
            created: at,
            updated: at,
            last_sha: sha,
            ..Pull::default()
        };
        let value = shapes::pull(state, self.git, &pull, true);
        state.pulls.push(pull);
        Reply::json(201, &value)
    }

    pub(super) fn one_pull(&self, state: &mut State, number: u64, rest: &[&str]) -> Reply {
        let at = state.tick();
        self.merge_due(state, number);
        let Some(pull) = state.pull(number) else {
            return not_found();
        };
        let now = shapes::head(self.git, pull);
        if now != pull.last_sha {
            pull.last_sha = now;
            pull.updated = at;
        }
        if rest.is_empty() && self.request.method == "GET" {
            let copy = pull.clone();
            pull.checking = pull.checking.saturating_sub(1);
            let in_queue = |task: &&mut Task| task.pull == number && task.is_enqueued;
            for task in state.tasks.iter_mut().filter(in_queue) {
                task.looks = task.looks.saturating_sub(1);
            }
            return Reply::json(200, &shapes::pull(state, self.git, &copy, true));
        }
        match (self.request.method.as_str(), rest) {
            ("PATCH", []) => self.patch(state, number),
            ("GET", ["reviews"]) => {
                let reviews = pull.reviews.clone();
                let items: Vec<Value> = reviews.iter().map(|one| review(state, one)).collect();
                self.page(&items)
            }
            ("POST", ["reviews"]) => self.review(state, number),
            ("POST" | "DELETE", ["requested_reviewers"]) => self.ask_reviewers(state, number),
            ("PUT", ["merge"]) => self.merge(state, number),
            ("PUT", ["merge-async"]) => self.merge_later(state, number),
            ("GET", ["merge-async", uuid]) => self.task(state, uuid),
            _ => not_found(),
        }
    }

    fn patch(&self, state: &mut State, number: u64) -> Reply {
        let at = state.tick();
        let pull = state.pull(number).expect("asked before");
        let text = |field: &str| self.body[field].as_str().map(str::to_owned);
        if let Some(title) = text("title") {
            pull.title = title;
        }
        if let Some(body) = text("body") {
            pull.body = body;
        }
        if let Some(word) = text("state") {
            pull.is_closed = word == "closed";
            pull.sha = pull.is_closed.then(|| pull.last_sha.clone());
        }
        pull.updated = at;
        let pull = pull.clone();
        Reply::json(200, &shapes::pull(state, self.git, &pull, true))
    }

    fn review(&self, state: &mut State, number: u64) -> Reply {
        let at = state.tick();
        let me = self.me.clone();
        let pull = state.pull(number).expect("asked before");
        if pull.author == me {
            return no(
                422,
                "Unprocessable Entity: Can not approve your own pull request",
            );
        }
        let body = self.text("body");
        let word = match self.text("event").as_str() {
            "APPROVE" => "APPROVED",
            "REQUEST_CHANGES" if body.is_empty() => return no(422, "Body is required"),
            "REQUEST_CHANGES" => "CHANGES_REQUESTED",
            "COMMENT" => "COMMENTED",
            _ => return no(422, "Event is invalid"),
        };
        let made = Review {
            by: me.clone(),
            state: word,
            sha: self.text("commit_id"),
            body,
            at,
        };
        pull.reviews.push(made.clone());
        pull.reviewers.retain(|one| *one != me);
        pull.updated = at;
        Reply::json(200, &review(state, &made))
    }

    fn ask_reviewers(&self, state: &mut State, number: u64) -> Reply {
        let mut names = self.list("reviewers");
        let is_known = |name: &String| state.people.iter().any(|(one, _)| one == name);
        if state.takes_good_reviewers {
            names.retain(is_known);
        } else if !names.iter().all(is_known) {
            return no(422, "Reviews may only be requested from collaborators.");
        }
        let at = state.tick();
        let is_more = self.request.method == "POST";
        let pull = state.pull(number).expect("asked before");
        pull.reviewers.retain(|one| !names.contains(one));
        if is_more {
            pull.reviewers.extend(names);
        }
        pull.updated = at;
        let pull = pull.clone();
        let status = if is_more { 201 } else { 200 };
        Reply::json(status, &shapes::pull(state, self.git, &pull, false))
    }

    fn merge(&self, state: &mut State, number: u64) -> Reply {
        let pull = state.pull(number).expect("asked before").clone();
        if state.queues.contains(&pull.base) {
            return no(
                405,
                "Repository rule violations found\n\nChanges must be made through the merge queue",
            );
        }
        match merge(state, self, &pull, &self.me, &self.body) {
            Ok(sha) => Reply::json(
                200,
                &json!({"sha": sha, "merged": true, "message": "Pull Request successfully merged"}),
            ),
            Err((status, why)) => no(status, &why),
        }
    }

    pub(super) fn issue(&self, state: &mut State, number: u64, rest: &[&str]) -> Reply {
        let at = state.tick();
        let names = self.list("labels");
        // GitHub makes labels that it does not know, in a colour of its own choice.
        for name in &names {
            if !state.labels.contains(name) {
                state.labels.push(name.clone());
            }
        }
        let Some(pull) = state.pull(number) else {
            return not_found();
        };
        match (self.request.method.as_str(), rest) {
            ("PUT" | "POST", ["labels"]) => {
                if self.request.method == "PUT" {
                    pull.labels.clear();
                }
                for name in names {
                    if !pull.labels.contains(&name) {
                        pull.labels.push(name);
                    }
                }
                pull.updated = at;
                let labels: Vec<Value> = pull
                    .labels
                    .iter()
                    .map(|name| shape("label", json!({"name": name})))
                    .collect();
                Reply::json(200, &Value::Array(labels))
            }
            ("GET", ["timeline"]) => {
                let branch = pull.head.clone();
                self.timeline(state, &branch)
            }
            ("GET", ["comments"]) => {
                let comments = pull.comments.clone();
                let items: Vec<Value> = (0..)
                    .zip(&comments)
                    .map(|(place, (by, body))| {
                        let by = user(state, by);
                        let id = comment_id(number, place);
                        shape("comment", json!({"id": id, "body": body, "user": by}))
                    })
                    .collect();
                self.page(&items)
            }
            ("POST", ["comments"]) => {
                pull.comments.push((self.me.clone(), self.text("body")));
                pull.updated = at;
                let id = comment_id(number, pull.comments.len() as u64 - 1);
                let who = user(state, &self.me);
                let body = json!({"id": id, "body": self.text("body"), "user": who});
                Reply::json(201, &shape("comment", body))
            }
            _ => not_found(),
        }
    }

    /// Edits a comment, whose number says which request it is on.
    pub(super) fn edit_comment(&self, state: &mut State, id: &str) -> Reply {
        let id: u64 = id.parse().unwrap_or_default();
        let place = usize::try_from(id % COMMENTS).expect("small");
        let Some(pull) = state.pull(id / COMMENTS) else {
            return not_found();
        };
        let Some(comment) = pull.comments.get_mut(place) else {
            return not_found();
        };
        comment.1 = self.text("body");
        let by = comment.0.clone();
        let who = user(state, &by);
        let body = json!({"id": id, "body": self.text("body"), "user": who});
        Reply::json(200, &shape("comment", body))
    }

    /// Answers the mutations that we know, and says no as GraphQL does: with status 200.
    pub(super) fn graphql(&self, state: &mut State) -> Reply {
        let query = self.text("query");
        let node = self.body["variables"]["id"].as_str().unwrap_or_default();
        let number = node.strip_prefix("PR_").and_then(|one| one.parse().ok());
        let at = state.tick();
        let Some(pull) = number.and_then(|number| state.pull(number)) else {
            let said = format!("Could not resolve to a node with the global id of '{node}'");
            return Reply::json(200, &json!({"data": null, "errors": [{"message": said}]}));
        };
        if query.contains("enqueuePullRequest(") {
            let number = pull.number;
            return self.enqueue(state, number);
        }
        if query.contains("updatePullRequest(") {
            let milestone = self.body["variables"]["milestone"].as_str();
            pull.milestone = milestone.map(str::to_owned);
        } else {
            pull.is_draft = query.contains("convertPullRequestToDraft");
        }
        pull.updated = at;
        Reply::json(
            200,
            &json!({"data": {"pullRequest": {"isDraft": pull.is_draft}}}),
        )
    }
}

fn review(state: &State, review: &Review) -> Value {
    shape(
        "review",
        json!({
            "id": review.at,
            "user": user(state, &review.by),
            "state": review.state,
            "commit_id": review.sha,
            "body": review.body,
            "submitted_at": time(review.at),
        }),
    )
}

/// Merges in the repository. Each refusal is GitHub's; which of several it tells first is not known.
pub(super) fn merge(
    state: &mut State,
    call: &Call<'_>,
    pull: &Pull,
    who: &str,
    body: &Value,
) -> Result<String, (u16, String)> {
    let head = shapes::head(call.git, pull);
    let no = |status: u16, why: &str| Err((status, why.to_owned()));
    if pull.is_closed || pull.merged.is_some() {
        return no(405, "Pull Request is not mergeable");
    }
    if pull.is_draft {
        return no(405, "Pull Request is still a draft");
    }
    if let Some(why) = shapes::obstacle(state, pull, &head) {
        return Err((405, format!("Repository rule violations found\n\n{why}")));
    }
    if body["sha"].as_str().is_some_and(|sha| sha != head) {
        return no(
            409,
            "Head branch was modified. Review and try the merge again.",
        );
    }
    // A queue goes by its own method.
    let method = if state.queues.contains(&pull.base) && !state.queue_method.is_empty() {
        state.queue_method
    } else {
        body["merge_method"].as_str().unwrap_or("merge")
    };
    let title = body["commit_title"].as_str().unwrap_or("Merge");
    let email = state.people.iter().find(|(login, _)| login == who);
    let email = email.map_or("nobody@example.org", |(_, email)| email.as_str());
    let Some(commit) = call
        .git
        .merge(&pull.base, &head, method, title, (who, email))
    else {
        return no(405, "Merge conflict");
    };
    let at = state.tick();
    let merged = state.pull(pull.number).expect("asked before");
    merged.sha = Some(head);
    merged.merged = Some((commit.clone(), who.to_owned()));
    merged.updated = at;
    if state.deletes_branches && !state.is_held(&pull.head) {
        let gone = (pull.head.clone(), pull.base.clone(), 1);
        state.deleting.push(gone);
    }
    Ok(commit)
}

/// More than a request of a test has.
const COMMENTS: u64 = 1_000;

fn comment_id(request: u64, place: u64) -> u64 {
    request * COMMENTS + place
}
