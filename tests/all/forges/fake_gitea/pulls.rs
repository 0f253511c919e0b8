//! Pull requests: opened once, reviewed, merged in the order of refusals that the source has.

use serde_json::Value;
use serde_json::json;

use super::super::message::Reply;
use super::super::message::Request;
use super::FakeGitea;
use super::issues::labels;
use super::site::list;
use super::site::not_found;
use super::site::person;
use super::site::says;
use super::state::Dismissal;
use super::state::Merge;
use super::state::Pull;
use super::state::Review;
use super::state::State;
use super::state::User;
use super::state::written;

pub(super) fn text(body: &Value, key: &str) -> String {
    body[key].as_str().unwrap_or_default().to_owned()
}

pub(super) fn ids(body: &Value, key: &str) -> Vec<i64> {
    let items = body[key].as_array().cloned().unwrap_or_default();
    items.iter().filter_map(Value::as_i64).collect()
}

fn is_draft(title: &str) -> bool {
    let upper = title.to_uppercase();
    upper.starts_with("WIP:") || upper.starts_with("[WIP]")
}

impl FakeGitea {
    fn head(&self, pull: &Pull) -> Option<String> {
        self.bare.tip(&pull.from)
    }

    fn is_clean(&self, pull: &Pull) -> bool {
        let sides = self.bare.tip(&pull.into).zip(self.head(pull));
        sides.is_some_and(|(onto, head)| self.bare.is_clean(&onto, &head))
    }

    fn shown(&self, state: &State, pull: &Pull) -> Value {
        let head = self.head(pull);
        let kept = pull.merge.as_ref().map(|merge| merge.head.clone());
        let is_gone = head.is_none();
        let all = [state.labels.as_slice(), state.org_labels.as_slice()].concat();
        let mut own: Vec<(i64, String)> = all
            .into_iter()
            .filter(|(id, _)| pull.labels.contains(id))
            .collect();
        own.sort_by(|a, b| a.1.cmp(&b.1));
        let reviewers: Vec<Value> = pull
            .reviewers
            .iter()
            .map(|id| person(state.user(*id)))
            .collect();
        let reference = if is_gone {
            format!("refs/pull/{}/head", pull.number)
        } else {
            pull.from.clone()
        };
        let mut shown = json!({
            "id": pull.number, "number": pull.number, "title": pull.title, "body": pull.body,
            "state": if pull.is_closed || pull.merge.is_some() { "closed" } else { "open" },
            "draft": is_draft(&pull.title),
            "labels": labels(&own),
            "user": person(state.user(pull.author)),
            "requested_reviewers": reviewers,
            // Where the branch is now, also after the merge.
            "head": {"label": pull.from, "ref": reference, "sha": head.or(kept).unwrap_or_default(),
                "repo_id": if pull.is_fork { 2 } else { 1 }},
            "base": {"label": pull.into, "ref": pull.into, "sha": self.bare.tip(&pull.into).unwrap_or_default(), "repo_id": 1},
            "mergeable": pull.merge.is_none() && !pull.is_closed && pull.checking == 0 && !is_draft(&pull.title) && self.is_clean(pull),
            "merged": pull.merge.is_some(),
            "created_at": written(pull.created), "updated_at": written(pull.updated),
            "html_url": format!("https://forge.example/{}/pulls/{}", super::PATH, pull.number),
        });
        if let Some(id) = pull.milestone {
            shown["milestone"] =
                json!({"id": id, "title": format!("Release {id}"), "state": "open"});
        }
        if let Some(merge) = &pull.merge {
            shown["merged_at"] = written(merge.at).into();
            shown["merge_commit_sha"] = merge.commit.clone().into();
            shown["merged_by"] = person(state.user(merge.by));
        }
        shown
    }

    /// Shows one, and lets the computation of its mergeability go on.
    fn read(&self, state: &mut State, number: u64) -> Option<Value> {
        let pull = state
            .pulls
            .iter()
            .find(|pull| pull.number == number)?
            .clone();
        let shown = self.shown(state, &pull);
        let pull = state.pull(number);
        pull.checking = pull.checking.saturating_sub(1);
        Some(shown)
    }
}

pub(super) fn all(fake: &FakeGitea, request: &Request) -> Reply {
    let state = fake.state();
    let mut pulls: Vec<&Pull> = state.pulls.iter().collect();
    let wanted = request.query("state").unwrap_or("open");
    pulls.retain(|pull| {
        let is_open = !pull.is_closed && pull.merge.is_none();
        wanted == "all" || (wanted == "open") == is_open
    });
    if state.is_forgejo() {
        let fits =
            |name: &str, value: &str| request.query(name).is_none_or(|wanted| wanted == value);
        pulls.retain(|pull| fits("head", &pull.from) && fits("base", &pull.into));
    }
    match request.query("sort") {
        Some("recentupdate") => pulls.sort_by_key(|pull| std::cmp::Reverse(pull.updated)),
        _ => pulls.sort_by_key(|pull| std::cmp::Reverse(pull.number)),
    }
    let in_list = |pull: &&Pull| {
        let mut shown = fake.shown(&state, pull);
        // Newer versions name nobody in lists.
        if let (true, Some(fields)) = (state.hides_mergers(), shown.as_object_mut()) {
            fields.remove("merged_by");
        }
        shown
    };
    let items: Vec<Value> = pulls.iter().map(in_list).collect();
    list(fake, request, &items)
}

pub(super) fn one(fake: &FakeGitea, number: u64) -> Reply {
    let found = fake.read(&mut fake.state(), number);
    found.map_or_else(not_found, |shown| Reply::json(200, &shown))
}

/// The state is ignored: any one that fits.
pub(super) fn of_branches(fake: &FakeGitea, base: &str, head: &str) -> Reply {
    let state = fake.state();
    let found = state
        .pulls
        .iter()
        .find(|pull| pull.into == base && pull.from == head);
    found.map_or_else(not_found, |pull| {
        Reply::json(200, &fake.shown(&state, pull))
    })
}

pub(super) fn of_commit(fake: &FakeGitea, commit: &str) -> Reply {
    let state = fake.state();
    let found = state.pulls.iter().find(|pull| {
        pull.merge
            .as_ref()
            .is_some_and(|merge| merge.commit == commit)
    });
    found.map_or_else(not_found, |pull| {
        Reply::json(200, &fake.shown(&state, pull))
    })
}

pub(super) fn open(fake: &FakeGitea, user: &User, body: &Value) -> Reply {
    let (from, into) = (text(body, "head"), text(body, "base"));
    if fake.bare.tip(&from).is_none() || fake.bare.tip(&into).is_none() {
        return not_found();
    }
    let mut state = fake.state();
    let is_twin = |pull: &Pull| {
        pull.from == from && pull.into == into && !pull.is_closed && pull.merge.is_none()
    };
    if state.pulls.iter().any(is_twin) {
        return says(409, "pull request already exists for these targets");
    }
    let at = state.next();
    let number = u64::try_from(state.pulls.len()).expect("few") + 1;
    let checking = state.checking;
    state.pulls.push(Pull {
        number,
        title: text(body, "title"),
        body: text(body, "body"),
        from,
        into,
        author: user.id,
        labels: ids(body, "labels"),
        milestone: body["milestone"].as_i64(),
        reviewers: Vec::new(),
        is_closed: false,
        merge: None,
        reviews: Vec::new(),
        comments: Vec::new(),
        checking,
        is_fork: false,
        created: at,
        updated: at,
    });
    let pull = state.pull(number).clone();
    Reply::json(201, &fake.shown(&state, &pull))
}

pub(super) fn edit(fake: &FakeGitea, user: &User, number: u64, body: &Value) -> Reply {
    let mut state = fake.state();
    if !state.pulls.iter().any(|pull| pull.number == number) {
        return not_found();
    }
    let at = state.next();
    let pull = state.pull(number);
    if !user.may_write && pull.author != user.id {
        return says(403, "user should have permission to write pull requests");
    }
    if body.get("state").is_some() && pull.merge.is_some() {
        return says(
            412,
            "cannot change state of this pull request, it was already merged",
        );
    }
    if let Some(title) = body["title"].as_str() {
        title.clone_into(&mut pull.title);
    }
    if let Some(new) = body["body"].as_str() {
        new.clone_into(&mut pull.body);
    }
    if let Some(word) = body["state"].as_str() {
        pull.is_closed = word == "closed";
    }
    pull.updated = at;
    let pull = pull.clone();
    Reply::json(201, &fake.shown(&state, &pull))
}

pub(super) fn commits(fake: &FakeGitea, request: &Request, number: u64) -> Reply {
    let state = fake.state();
    let Some(pull) = state.pulls.iter().find(|pull| pull.number == number) else {
        return not_found();
    };
    let (base, head) = match &pull.merge {
        Some(merge) => (merge.base.clone(), merge.head.clone()),
        None => (
            fake.bare.tip(&pull.into).unwrap_or_default(),
            fake.head(pull).unwrap_or_default(),
        ),
    };
    let items: Vec<Value> = fake
        .bare
        .commits(&base, &head)
        .into_iter()
        .map(|(id, parents)| {
            let parents: Vec<Value> = parents.iter().map(|id| json!({ "sha": id })).collect();
            json!({ "sha": id, "parents": parents })
        })
        .collect();
    list(fake, request, &items)
}

fn review_shown(state: &State, into: &str, review: &Review, head: &str) -> Value {
    let is_counted = !state.needs_a_rule || state.protections.contains_key(into);
    let user = state.user(review.user);
    json!({
        "id": review.id, "user": person(user), "state": review.state, "body": review.body,
        "commit_id": review.commit, "stale": review.commit != head,
        "official": user.may_write && is_counted && !review.is_dismissed,
        "dismissed": review.is_dismissed, "submitted_at": written(review.at),
    })
}

pub(super) fn reviews(fake: &FakeGitea, request: &Request, number: u64) -> Reply {
    let state = fake.state();
    let Some(pull) = state.pulls.iter().find(|pull| pull.number == number) else {
        return not_found();
    };
    let head = match &pull.merge {
        Some(merge) => merge.head.clone(),
        None => fake.head(pull).unwrap_or_default(),
    };
    let items: Vec<Value> = pull
        .reviews
        .iter()
        .map(|review| review_shown(&state, &pull.into, review, &head))
        .collect();
    list(fake, request, &items)
}

pub(super) fn review(fake: &FakeGitea, user: &User, number: u64, body: &Value) -> Reply {
    let mut state = fake.state();
    let Some(pull) = state.pulls.iter().find(|pull| pull.number == number) else {
        return not_found();
    };
    let head = fake.head(pull).unwrap_or_default();
    let into = pull.into.clone();
    let (event, said) = (text(body, "event"), text(body, "body"));
    let is_own = pull.author == user.id;
    let word = match event.as_str() {
        "APPROVED" if is_own => return says(422, "approve your own pull is not allowed"),
        "REQUEST_CHANGES" if is_own => return says(422, "reject your own pull is not allowed"),
        "APPROVED" => "APPROVED",
        "REQUEST_CHANGES" => "REQUEST_CHANGES",
        "COMMENT" => "COMMENT",
        // Another forge's words become a draft that nobody sees.
        _ => "PENDING",
    };
    if said.trim().is_empty() && word != "APPROVED" {
        return says(422, &format!("review event {event} requires a body"));
    }
    let commit = match text(body, "commit_id") {
        none if none.is_empty() => head.clone(),
        commit => commit,
    };
    let at = state.next();
    let mut review = Review {
        id: at,
        user: user.id,
        state: word.to_owned(),
        body: said,
        commit,
        is_dismissed: state.dismissal == Dismissal::AtOnce,
        at,
    };
    let shown = review_shown(&state, &into, &review, &head);
    review.is_dismissed = state.dismissal != Dismissal::Never;
    let pull = state.pull(number);
    pull.reviews.push(review);
    pull.reviewers.retain(|id| *id != user.id);
    pull.updated = at;
    Reply::json(200, &shown)
}

pub(super) fn ask(fake: &FakeGitea, number: u64, body: &Value, is_added: bool) -> Reply {
    let mut state = fake.state();
    let names = body["reviewers"].as_array().cloned().unwrap_or_default();
    let mut found = Vec::new();
    for name in names.iter().filter_map(Value::as_str) {
        let Some(user) = state.users.iter().find(|user| user.login == name) else {
            return says(404, &format!("User '{name}' not exist"));
        };
        found.push(user.id);
    }
    let pull = state.pull(number);
    if found.contains(&pull.author) {
        return says(422, "poster of pr can't be reviewer");
    }
    pull.reviewers.retain(|id| !found.contains(id));
    if is_added {
        pull.reviewers.extend(found);
        return Reply::json(201, &json!([]));
    }
    Reply::empty(204)
}

pub(super) fn merge(fake: &FakeGitea, user: &User, number: u64, body: &Value) -> Reply {
    let mut state = fake.state();
    let Some(pull) = state
        .pulls
        .iter()
        .find(|pull| pull.number == number)
        .cloned()
    else {
        return not_found();
    };
    if pull.is_closed {
        return not_found();
    }
    if !user.may_write {
        return says(405, "User not allowed to merge PR");
    }
    if pull.merge.is_some() {
        return Reply::empty(405);
    }
    if is_draft(&pull.title) {
        return says(405, "Work in progress PRs cannot be merged");
    }
    if pull.checking > 0 || !fake.is_clean(&pull) {
        let pull = state.pull(number);
        pull.checking = pull.checking.saturating_sub(1);
        return says(405, "Please try again later");
    }
    let head = fake.head(&pull).unwrap_or_default();
    let onto = fake.bare.tip(&pull.into).unwrap_or_default();
    let is_outdated = !fake.bare.is_ancestor(&onto, &head);
    if is_outdated && state.blocks_outdated.contains(pull.into.as_str()) {
        return says(405, "The head branch is behind the base branch");
    }
    if let Some(why) = obstacle(&state, &pull, &head) {
        return says(405, why);
    }
    let method = text(body, "Do");
    if !state.methods.contains(method.as_str()) {
        return says(
            405,
            &format!("{method} is not allowed an allowed merge style for this repository"),
        );
    }
    let wanted = text(body, "head_commit_id");
    if !wanted.is_empty() && wanted != head {
        return says(409, "head out of date");
    }
    let tree = fake.bare.merge_tree(&onto, &head).unwrap_or_default();
    let message = text(body, "MergeTitleField");
    let commit = match method.as_str() {
        "squash" => fake.bare.commit_tree(&tree, &[&onto], &message, user.login),
        "rebase" if fake.bare.is_ancestor(&onto, &head) => head.clone(),
        "rebase" => fake.bare.commit_tree(&tree, &[&onto], &message, user.login),
        _ => fake
            .bare
            .commit_tree(&tree, &[&onto, &head], &message, user.login),
    };
    let base = fake.bare.merge_base(&onto, &head);
    fake.bare.move_branch(&pull.into, Some(&commit));
    if state.leaves_merges_open {
        return Reply::empty(200);
    }
    let at = state.next();
    let stored = state.pull(number);
    stored.merge = Some(Merge {
        commit,
        head,
        base,
        by: user.id,
        at,
    });
    stored.updated = at;
    let is_deleted = body["delete_branch_after_merge"]
        .as_bool()
        .unwrap_or(state.deletes_branches);
    if is_deleted {
        fake.bare.move_branch(&pull.from, None);
    }
    Reply::empty(200)
}

/// Says what a protected branch demands and is not there.
fn obstacle(state: &State, pull: &Pull, head: &str) -> Option<&'static str> {
    let protection = state.protections.get(&pull.into)?;
    let approved = pull.reviews.iter().filter(|review| {
        review.state == "APPROVED"
            && review.commit == head
            && !review.is_dismissed
            && state.user(review.user).may_write
    });
    if approved.count() < protection.approvals {
        return Some("Does not have enough approvals");
    }
    let statuses = state.statuses.get(head).cloned().unwrap_or_default();
    let has_passed = |context: &String| {
        let newest = statuses.iter().rfind(|status| status.context == *context);
        newest.is_some_and(|status| status.status == "success")
    };
    (!protection.contexts.iter().all(has_passed))
        .then_some("Not all required status checks successful")
}
