//! What a pull request has as an issue, and the API keeps there: labels and comments.

use serde_json::Value;
use serde_json::json;

use super::super::message::Reply;
use super::FakeGitea;
use super::pulls::ids;
use super::pulls::text;
use super::site::person;
use super::site::says;
use super::state::User;

/// More than a request of a test has: a comment's number says which request it is on.
const COMMENTS: u64 = 1_000;

pub(super) fn labels(labels: &[(i64, String)]) -> Vec<Value> {
    let label = |(id, name): &(i64, String)| json!({ "id": id, "name": name, "color": "b60205" });
    labels.iter().map(label).collect()
}

pub(super) fn make_label(fake: &FakeGitea, user: &User, body: &Value) -> Reply {
    if !user.may_write {
        return says(403, "user should have a permission to write to this repo");
    }
    let (name, colour) = (text(body, "name"), text(body, "color"));
    if name.is_empty() || !colour.starts_with('#') {
        return says(422, "bad color code");
    }
    let mut state = fake.state();
    let id = state.next();
    state.labels.push((id, name.clone()));
    Reply::json(201, &json!({ "id": id, "name": name, "color": "b60205" }))
}

pub(super) fn set_labels(fake: &FakeGitea, user: &User, number: u64, body: &Value) -> Reply {
    let mut state = fake.state();
    if !user.may_write {
        return says(403, "no write permission");
    }
    let ids = ids(body, "labels");
    state.pull(number).labels.clone_from(&ids);
    let all = [state.labels.as_slice(), state.org_labels.as_slice()].concat();
    let own: Vec<(i64, String)> = all.into_iter().filter(|(id, _)| ids.contains(id)).collect();
    Reply::json(200, &Value::Array(labels(&own)))
}

/// The API gives all comments at once.
pub(super) fn comments(fake: &FakeGitea, number: u64) -> Reply {
    let mut state = fake.state();
    let comments = state.pull(number).comments.clone();
    let items = comments.iter().zip(number * COMMENTS..);
    let items = items.map(|((user, said), id)| shown(id, state.user(*user), said));
    Reply::json(200, &items.collect())
}

fn shown(id: u64, user: &User, said: &str) -> Value {
    json!({ "id": id, "user": person(user), "body": said })
}

pub(super) fn edit_comment(fake: &FakeGitea, id: u64, body: &Value) -> Reply {
    let mut state = fake.state();
    let said = text(body, "body");
    let at = state.next();
    let pull = state.pull(id / COMMENTS);
    pull.updated = at;
    let comment = &mut pull.comments[usize::try_from(id % COMMENTS).expect("small")];
    comment.1.clone_from(&said);
    let user = comment.0;
    Reply::json(200, &shown(id, state.user(user), &said))
}

pub(super) fn comment(fake: &FakeGitea, user: &User, number: u64, body: &Value) -> Reply {
    let mut state = fake.state();
    let said = text(body, "body");
    let at = state.next();
    let pull = state.pull(number);
    pull.comments.push((user.id, said.clone()));
    pull.updated = at;
    let id = number * COMMENTS + pull.comments.len() as u64 - 1;
    Reply::json(201, &shown(id, user, &said))
}
