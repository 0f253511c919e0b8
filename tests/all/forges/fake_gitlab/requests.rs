//! Merge requests: drafts by prefix, approvals without a head, refusals of a merge in GitLab's order.

use serde_json::Value;
use serde_json::json;

use super::Call;
use super::ci;
use super::refusal;
use super::repository;
use super::state::MergedMr;
use super::state::Mr;
use super::state::State;
use super::state::User;
use crate::forges::message::Reply;

impl State {
    /// Opens a request as the team's pipeline does, with labels and without a marker of anybody's.
    pub(crate) fn open_by_pipeline(&mut self, from: &str, into: &str, head: &str, names: &[&str]) {
        let at = self.tick();
        let iid = u64::try_from(self.mrs.len()).expect("few") + 77;
        self.mrs.push(Mr {
            iid,
            title: format!("Backport to {into}"),
            description: "Opened by the job hotfix-backport.".to_owned(),
            from: from.to_owned(),
            into: into.to_owned(),
            state: "opened",
            labels: names.iter().map(|&name| name.to_owned()).collect(),
            milestone: None,
            author: self.users[4].clone(),
            reviewers: Vec::new(),
            removes_source: false,
            versions: vec![(head.to_owned(), at.clone())],
            approvals: Vec::new(),
            notes: Vec::new(),
            told: Vec::new(),
            merged: None,
            created_at: at.clone(),
            updated_at: at,
        });
    }
}

pub(super) fn route(state: &mut State, call: &Call<'_>, rest: &[&str]) -> Reply {
    match (call.request.method.as_str(), rest) {
        ("GET", []) => list(state, call),
        ("POST", []) => open(state, call),
        (method, [iid, rest @ ..]) => {
            if state.mr(iid).is_none() {
                return refusal(404, "404 Not found");
            }
            of_one(state, call, method, iid, rest)
        }
        _ => refusal(404, "404 Not Found"),
    }
}

fn of_one(state: &mut State, call: &Call<'_>, method: &str, iid: &str, rest: &[&str]) -> Reply {
    let mr = state.mr(iid).expect("looked for just before").clone();
    match (method, rest) {
        ("GET", []) => {
            let is_checking = state.checking > 0 && mr.state == "opened";
            let shown = show(state, call, &mr, is_checking);
            state.checking = state.checking.saturating_sub(usize::from(is_checking));
            state.locked = state
                .locked
                .saturating_sub(usize::from(mr.merged.is_some()));
            call.one(&shown)
        }
        ("PUT", []) => edit(state, call, iid),
        ("PUT", ["merge"]) => merge(state, call, &mr),
        ("GET", ["approvals"]) => call.one(&approvals(state, call, &mr)),
        ("GET", ["approval_state"]) if state.is_free => refusal(404, "404 Not Found"),
        ("GET", ["approval_state"]) => call.one(&rules(state, &mr)),
        ("POST", ["approve"]) => approve(state, call, &mr),
        ("POST", ["unapprove"]) => {
            let at = state.tick();
            let mr = state.mr(iid).expect("looked for just before");
            if !mr.unapprove(call.user.username, at) {
                return refusal(404, "404 Not Found");
            }
            Reply::json(201, &json!({}))
        }
        ("GET", ["versions"]) => {
            let versions = mr.versions.iter().enumerate().rev();
            let shown = versions.map(|(place, (head, at))| {
                json!({ "id": place + 1, "head_commit_sha": head, "created_at": at })
            });
            call.list(&shown.collect::<Vec<_>>())
        }
        ("GET", ["notes"]) => {
            let notes = mr.notes.iter().enumerate();
            let mut shown: Vec<Value> = notes
                .map(|(place, (user, body, at))| note(place, user, body, at))
                .collect();
            for (place, (user, body, at)) in mr.told.iter().enumerate() {
                let mut told = note(1000 + place, user, body, at);
                told["system"] = json!(true);
                shown.push(told);
            }
            shown.sort_by_key(|note| std::cmp::Reverse(note["created_at"].to_string()));
            call.list(&shown)
        }
        ("POST", ["notes"]) => {
            let at = state.tick();
            let body = call.text("body").unwrap_or_default().to_owned();
            let mr = state.mr(iid).expect("looked for just before");
            mr.notes.push((call.user.clone(), body.clone(), at.clone()));
            Reply::json(201, &note(mr.notes.len() - 1, &call.user, &body, &at))
        }
        ("PUT", ["notes", id]) => {
            let body = call.text("body").unwrap_or_default().to_owned();
            let mr = state.mr(iid).expect("looked for just before");
            let place = id.parse::<usize>().unwrap_or(0).checked_sub(1);
            let place = place.filter(|place| *place < mr.notes.len());
            let Some(place) = place else {
                return refusal(404, "404 Not Found");
            };
            mr.notes[place].1 = body;
            let (user, body, at) = &mr.notes[place];
            Reply::json(200, &note(place, user, body, at))
        }
        _ => refusal(404, "404 Not Found"),
    }
}

fn note(place: usize, user: &User, body: &str, at: &str) -> Value {
    json!({ "id": place + 1, "body": body, "author": user.json(), "created_at": at, "system": false })
}

fn list(state: &mut State, call: &Call<'_>) -> Reply {
    let asked = |name: &str| call.request.query(name);
    let wanted = asked("state").unwrap_or("all");
    let fits = |mr: &&Mr| {
        (wanted == "all" || wanted == mr.state)
            && asked("source_branch").is_none_or(|from| from == mr.from)
            && asked("target_branch").is_none_or(|into| into == mr.into)
            && asked("search").is_none_or(|text| mr.description.contains(text))
    };
    let found: Vec<Mr> = state.mrs.iter().filter(fits).rev().cloned().collect();
    let shown = found.iter().map(|mr| {
        let mut shown = show(state, call, mr, false);
        // Lists do not name the pipeline.
        shown
            .as_object_mut()
            .expect("an object")
            .remove("head_pipeline");
        shown
    });
    let shown: Vec<Value> = shown.collect();
    call.list(&shown)
}

/// Lists the requests that brought a commit.
pub(super) fn of_commit(state: &State, call: &Call<'_>, id: &str) -> Reply {
    let brought = |mr: &&Mr| {
        let merge = mr.merged.as_ref().is_some_and(|merged| merged.merge == id);
        merge || mr.versions.iter().any(|(head, _)| head == id)
    };
    let found = state.mrs.iter().filter(brought);
    let shown: Vec<Value> = found.map(|mr| show(state, call, mr, false)).collect();
    call.list(&shown)
}

fn open(state: &mut State, call: &Call<'_>) -> Reply {
    let from = call.text("source_branch").unwrap_or_default().to_owned();
    let into = call.text("target_branch").unwrap_or_default().to_owned();
    let is_twin = |mr: &&Mr| mr.state == "opened" && mr.from == from && mr.into == into;
    if let Some(twin) = state.mrs.iter().find(is_twin) {
        let why = format!(
            "Another open merge request already exists for this source branch: !{}",
            twin.iid
        );
        return Reply::json(409, &json!({ "message": [why] }));
    }
    let tips = repository::tips(call.world);
    let Some(tip) = tips.get(&from) else {
        return Reply::json(
            400,
            &json!({ "message": { "source_branch": ["does not exist"] } }),
        );
    };
    let at = state.tick();
    let iid = u64::try_from(state.mrs.len()).expect("few") + 77;
    let mr = Mr {
        iid,
        title: call.text("title").unwrap_or_default().to_owned(),
        description: call.text("description").unwrap_or_default().to_owned(),
        from,
        into,
        state: "opened",
        labels: labels(&call.body["labels"]),
        milestone: call.body["milestone_id"].as_u64(),
        author: call.user.clone(),
        reviewers: reviewers(state, call),
        // The project deletes merged branches unless told otherwise.
        removes_source: call.body["remove_source_branch"] != json!(false),
        versions: vec![(tip.clone(), at.clone())],
        approvals: Vec::new(),
        notes: Vec::new(),
        told: Vec::new(),
        merged: None,
        created_at: at.clone(),
        updated_at: at,
    };
    let shown = show(state, call, &mr, false);
    state.mrs.push(mr);
    Reply::json(201, &shown)
}

fn labels(value: &Value) -> Vec<String> {
    let all = value.as_array().into_iter().flatten();
    all.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn numbers(value: &Value) -> Vec<u64> {
    let all = value.as_array().into_iter().flatten();
    all.filter_map(Value::as_u64).collect()
}

/// Returns the reviewers that are kept: without a licence the first, and no word of the others.
fn reviewers(state: &State, call: &Call<'_>) -> Vec<u64> {
    let mut ids = numbers(&call.body["reviewer_ids"]);
    if state.is_free {
        ids.truncate(1);
    }
    ids
}

fn edit(state: &mut State, call: &Call<'_>, iid: &str) -> Reply {
    let at = state.tick();
    let reviewers = reviewers(state, call);
    let mr = state.mr(iid).expect("looked for just before");
    if let Some(title) = call.text("title") {
        mr.title = title.to_owned();
    }
    if let Some(text) = call.text("description") {
        mr.description = text.to_owned();
    }
    if call.body["labels"].is_array() {
        mr.labels = labels(&call.body["labels"]);
    }
    if call.body["reviewer_ids"].is_array() {
        mr.reviewers = reviewers;
    }
    match call.text("state_event") {
        Some("close") => mr.state = "closed",
        Some("reopen") => mr.state = "opened",
        _ => {}
    }
    mr.updated_at = at;
    let mr = mr.clone();
    let shown = show(state, call, &mr, false);
    call.one(&shown)
}

/// Returns GitLab's one reason, in its order.
fn status(state: &State, call: &Call<'_>, mr: &Mr, is_checking: bool) -> &'static str {
    if mr.state != "opened" {
        "not_open"
    } else if is_checking {
        "checking"
    } else if mr.is_draft() {
        "draft_status"
    } else if mr.approvals.len() < state.required_approvals {
        "not_approved"
    } else if !is_clean(call, mr) {
        "conflict"
    } else if state.needs_pipeline && !ci::has_passed(state, mr.head()) {
        "ci_must_pass"
    } else {
        "mergeable"
    }
}

fn is_clean(call: &Call<'_>, mr: &Mr) -> bool {
    let tips = repository::tips(call.world);
    let onto = tips.get(&mr.into);
    onto.is_some_and(|onto| repository::is_clean(call.world, onto, mr.head()))
}

fn content(call: &Call<'_>, mr: &Mr) -> Option<String> {
    let tips = repository::tips(call.world);
    repository::merged_tree(call.world, tips.get(&mr.into)?, mr.head())
}

fn show(state: &State, call: &Call<'_>, mr: &Mr, is_checking: bool) -> Value {
    let reviewers = state
        .users
        .iter()
        .filter(|user| mr.reviewers.contains(&user.id));
    let is_open = mr.state == "opened";
    let merges = match (is_open, is_checking) {
        (true, true) => "checking",
        (true, false) if !is_clean(call, mr) => "cannot_be_merged",
        (true | false, _) => "can_be_merged",
    };
    let merged = mr.merged.as_ref();
    json!({
        "id": mr.iid + 9000,
        "iid": mr.iid,
        "project_id": 42,
        "source_project_id": 42,
        "target_project_id": 42,
        "title": mr.title,
        "description": mr.description,
        "state": if merged.is_some() && state.locked > 0 { "locked" } else { mr.state },
        "source_branch": mr.from,
        "target_branch": mr.into,
        "sha": mr.head(),
        "merge_commit_sha": merged.map(|merged| &merged.merge),
        "squash_commit_sha": merged.and_then(|merged| merged.squash.as_ref()),
        "draft": mr.is_draft(),
        "labels": mr.labels,
        "milestone": mr.milestone.map(|id| json!({
            "id": id, "iid": 3, "project_id": 42, "title": format!("Release {id}"), "state": "active",
        })),
        "author": mr.author.json(),
        "reviewers": reviewers.map(User::json).collect::<Vec<_>>(),
        "merge_user": merged.map(|merged| merged.by.json()),
        "merged_at": merged.map(|merged| &merged.at),
        "created_at": mr.created_at,
        "updated_at": mr.updated_at,
        "merge_status": merges,
        "detailed_merge_status": status(state, call, mr, is_checking),
        "web_url": format!("https://gitlab.example/acme/shop/-/merge_requests/{}", mr.iid),
        "user_notes_count": mr.notes.len(),
        "head_pipeline": ci::pipeline_of(state, mr.head()),
    })
}

fn approvals(state: &State, call: &Call<'_>, mr: &Mr) -> Value {
    let given = mr.approvals.iter();
    let one = |(user, at): &(User, String)| {
        if state.dates_approvals {
            json!({ "user": user.json(), "approved_at": at })
        } else {
            json!({ "user": user.json() })
        }
    };
    let has_approved = mr.approvals.iter().any(|(user, _)| *user == call.user);
    json!({
        "approved": mr.approvals.len() >= state.required_approvals,
        "user_has_approved": has_approved,
        "user_can_approve": !has_approved && mr.author != call.user,
        "approved_by": given.map(one).collect::<Vec<_>>(),
    })
}

fn rules(state: &State, mr: &Mr) -> Value {
    let given: Vec<Value> = mr.approvals.iter().map(|(user, _)| user.json()).collect();
    json!({
        "approval_rules_overwritten": false,
        "rules": [{
            "id": 1, "name": "Leads", "rule_type": "regular", "approvals_required": state.required_approvals,
            "approved": mr.approvals.len() >= state.required_approvals, "approved_by": given,
        }],
    })
}

fn approve(state: &mut State, call: &Call<'_>, mr: &Mr) -> Reply {
    let is_again = mr.approvals.iter().any(|(user, _)| *user == call.user);
    if is_again || mr.author == call.user {
        return refusal(401, "401 Unauthorized");
    }
    if call.text("sha").is_some_and(|sha| sha != mr.head()) {
        return refusal(
            409,
            &format!("SHA does not match HEAD of source branch: {}", mr.head()),
        );
    }
    let at = state.tick();
    let iid = mr.iid.to_string();
    let mr = state.mr(&iid).expect("looked for just before");
    mr.approve(call.user.clone(), at);
    let mr = mr.clone();
    let shown = approvals(state, call, &mr);
    Reply::json(201, &shown)
}

fn merge(state: &mut State, call: &Call<'_>, mr: &Mr) -> Reply {
    if !state.mergers.contains(&call.user.username) {
        return refusal(401, "401 Unauthorized");
    }
    let is_checking = state.checking > 0;
    match status(state, call, mr, is_checking) {
        "mergeable" => {}
        "conflict" => return refusal(422, "Branch cannot be merged"),
        _ => return refusal(405, "405 Method Not Allowed"),
    }
    if call.text("sha").is_some_and(|sha| sha != mr.head()) {
        return refusal(
            409,
            &format!("SHA does not match HEAD of source branch: {}", mr.head()),
        );
    }
    let tips = repository::tips(call.world);
    let (onto, head) = (&tips[&mr.into], mr.head());
    let tree = content(call, mr).expect("mergeable");
    let is_squash = call.body["squash"] == json!(true);
    let squash = is_squash.then(|| {
        let message = call.text("squash_commit_message").unwrap_or("Squash");
        repository::commit(call.world, &tree, &[onto], message)
    });
    let second = squash.as_deref().unwrap_or(head);
    let message = call.text("merge_commit_message").unwrap_or("Merge");
    let made = repository::commit(call.world, &tree, &[onto, second], message);
    repository::move_branch(call.world, &mr.into, &made, onto);
    let removes = call.body["should_remove_source_branch"]
        .as_bool()
        .unwrap_or(mr.removes_source);
    if removes {
        let name = format!("refs/heads/{}", mr.from);
        repository::git(call.world, &["update-ref", "-d", &name]).expect("it is there");
    }
    let at = state.tick();
    let kept = state
        .mr(&mr.iid.to_string())
        .expect("looked for just before");
    kept.state = "merged";
    kept.updated_at.clone_from(&at);
    kept.merged = Some(MergedMr {
        merge: made.clone(),
        squash,
        by: call.user.clone(),
        at,
    });
    let kept = kept.clone();
    if state.has_ci && kept.into == "main" {
        state.push_pipeline(&made, &call.user);
    }
    let shown = show(state, call, &kept, false);
    call.one(&shown)
}
