//! The merge queue of the fake: merges in the background, looked at by their number.

use serde_json::Value;
use serde_json::json;

use super::super::message::Reply;
use super::pulls::merge;
use super::shapes;
use super::site::Call;
use super::site::no;
use super::site::not_found;
use super::state::State;
use super::state::Task;

impl Call<'_> {
    /// Puts a request into the queue, as GraphQL does it.
    pub(super) fn enqueue(&self, state: &mut State, number: u64) -> Reply {
        let variables = &self.body["variables"];
        let pull = state.pull(number).expect("asked before").clone();
        let head = shapes::head(self.git, &pull);
        let said = if variables["head"] != head.as_str() {
            Some("Head branch was modified.".to_owned())
        } else if state.tasks.iter().any(|task| task.pull == number) {
            Some("Pull request is already in the queue".to_owned())
        } else {
            shapes::obstacle(state, &pull, &head)
        };
        if let Some(said) = said {
            return Reply::json(200, &json!({"data": null, "errors": [{"message": said}]}));
        }
        let looks = state.queue_looks;
        self.wait_in_queue(state, number, json!({"sha": head}), looks);
        state.tasks.last_mut().expect("made just now").is_enqueued = true;
        Reply::json(
            200,
            &json!({"data": {"enqueuePullRequest": {"mergeQueueEntry": {"id": "MQE_1"}}}}),
        )
    }

    fn wait_in_queue(&self, state: &mut State, pull: u64, body: Value, looks: usize) -> String {
        let number = state.number();
        let uuid = format!("00000000-0000-4000-8000-{number:012}");
        state.tasks.push(Task {
            uuid: uuid.clone(),
            pull,
            who: self.me.clone(),
            body,
            looks,
            is_enqueued: false,
        });
        uuid
    }

    /// Merges what has waited long enough, whether or not anybody looks at its task.
    pub(super) fn merge_due(&self, state: &mut State, number: u64) {
        let is_due =
            |task: &&Task| task.pull == number && task.looks == 0 && !is_custom(&task.body);
        let Some(task) = state.tasks.iter().find(is_due).cloned() else {
            return;
        };
        let pull = state.pull(number).cloned();
        if let Some(pull) = pull.filter(|pull| pull.merged.is_none()) {
            // What does not merge is told to who looks at the task.
            let _made = merge(state, self, &pull, &task.who, &task.body);
        }
    }

    pub(super) fn merge_later(&self, state: &mut State, number: u64) -> Reply {
        if state.has_no_async {
            return not_found();
        }
        if is_custom(&self.body) && self.text("merge_action") == "merge_queue" {
            return no(
                422,
                "Custom merge params (merge_method, commit_title, commit_message) are not supported with the merge_queue merge action",
            );
        }
        match state.tasks.iter().find(|task| task.pull == number) {
            Some(task) if task.is_enqueued => return Reply::json(200, &enqueued()),
            Some(task) => {
                let mut there = pending(&task.body, &task.uuid);
                there["details"]["message"] =
                    json!("A merge request already exists for this pull request.");
                return Reply::json(409, &there);
            }
            None => {}
        }
        let looks = state.queue_looks;
        let uuid = self.wait_in_queue(state, number, self.body.clone(), looks);
        Reply::json(202, &pending(&self.body, &uuid))
    }

    pub(super) fn task(&self, state: &mut State, uuid: &str) -> Reply {
        let Some(task) = state.tasks.iter_mut().find(|task| task.uuid == uuid) else {
            return not_found();
        };
        if task.looks > 0 {
            task.is_enqueued = true;
            return Reply::json(200, &enqueued());
        }
        let task = task.clone();
        // With `default` the words are looked at only where the merge is made.
        if is_custom(&task.body) {
            let why = "Custom merge params are not supported when merging via a merge queue";
            return Reply::json(
                200,
                &json!({"status": "failed", "details": {"message": why}}),
            );
        }
        let pull = state.pull(task.pull).expect("it was asked for").clone();
        let answer = match pull.merged.clone() {
            Some((sha, _)) => {
                json!({"status": "merged", "details": {"message": "merged", "sha": sha}})
            }
            None => match merge(state, self, &pull, &task.who, &task.body) {
                Ok(sha) => {
                    json!({"status": "merged", "details": {"message": "merged", "sha": sha}})
                }
                Err((_, why)) => json!({"status": "failed", "details": {"message": why}}),
            },
        };
        Reply::json(200, &answer)
    }
}

/// Tells whether a merge is asked for by a method or with words of its own, which no queue takes.
fn is_custom(body: &Value) -> bool {
    let fields = ["merge_method", "commit_title", "commit_message"];
    fields.iter().any(|field| !body[*field].is_null())
}

fn enqueued() -> Value {
    json!({"status": "enqueued", "details": {"message": "Pull request is already in the merge queue."}})
}

fn pending(body: &Value, uuid: &str) -> Value {
    json!({
        "status": "pending",
        "details": {
            "message": "on its way",
            "uuid": uuid,
            "merge_method": body["merge_method"].as_str().unwrap_or("default"),
            "merge_action": body["merge_action"].as_str().unwrap_or("default"),
            "expected_head_sha": body["sha"],
        },
    })
}
