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
    /// Merges what has waited long enough, whether or not anybody looks at its task.
    pub(super) fn merge_due(&self, state: &mut State, number: u64) {
        let is_due = |task: &&Task| task.pull == number && task.looks == 0;
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
        let number_of_task = state.number();
        let uuid = format!("00000000-0000-4000-8000-{number_of_task:012}");
        let pull = state.pull(number).expect("asked before").clone();
        if self.text("sha") != shapes::head(self.git, &pull) {
            return no(422, "Head branch was modified.");
        }
        if state.tasks.iter().any(|task| task.pull == number) {
            return no(409, "A merge of this pull request is on its way.");
        }
        state.tasks.push(Task {
            uuid: uuid.clone(),
            pull: number,
            who: self.me.clone(),
            body: self.body.clone(),
            looks: state.queue_looks,
        });
        Reply::json(202, &pending(&self.body, &uuid))
    }

    pub(super) fn task(&self, state: &mut State, uuid: &str) -> Reply {
        let Some(task) = state.tasks.iter_mut().find(|task| task.uuid == uuid) else {
            return not_found();
        };
        if task.looks > 0 {
            task.looks -= 1;
            let answer = pending(&task.body, uuid);
            return Reply::json(200, &answer);
        }
        let task = task.clone();
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

fn pending(body: &Value, uuid: &str) -> Value {
    json!({
        "status": "pending",
        "details": {
            "message": "on its way",
            "uuid": uuid,
            "merge_method": body["merge_method"],
            "merge_action": "default",
            "expected_head_sha": body["sha"],
        },
    })
}
