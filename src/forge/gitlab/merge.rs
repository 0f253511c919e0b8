//! Merging. The call always carries the head that was looked at, and keeps the source branch by name.
//!
//! Guaranteed by GitLab: another head is not merged. Not guaranteed: that the target has not moved; it is read just
//! before, and its first parent is for the caller to look at after. GitLab refuses in the order rights (401), mergeable
//! now (405), mergeable at all (422), head (409), so a 405 may hide a moved head: what is said is read afterwards.

use std::sync::Arc;

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::forge::Error;
use crate::forge::MergeOrder;
use crate::forge::Written;
use crate::forge::http::Ask;
use crate::model::MergeMethod;
use crate::model::Mergeability;
use crate::model::Merged;

use super::home::Gitlab;
use super::requests::is_open;
use super::requests::merged;
use super::settle::Came;
use super::wire;

/// How often it is looked again while GitLab merges in the background or still checks.
const LOOKS: usize = 20;

impl Gitlab {
    pub(super) async fn merge(
        self: &Arc<Self>,
        order: &MergeOrder,
    ) -> Result<Written<Merged>, Error> {
        let mut line = self.known_line(order.request).await?;
        for _ in 0..LOOKS {
            let is_checking = line.mergeability() == Mergeability::Checking;
            if !is_open(&line) || !is_checking {
                break;
            }
            self.pause().await;
            line = self.known_line(order.request).await?;
        }
        if let Some(ended) = ended(&line, order) {
            return Ok(match ended {
                Ok(merged) => Written::AlreadyDone(merged),
                Err(why) => Written::Refused(why),
            });
        }
        if let Some(why) = self.why_not_now(&line, order).await? {
            return Ok(Written::Refused(why));
        }
        let came = self.send(&self.merge_call(order).await?).await?;
        let line = match (self.after(order).await, came.body::<wire::Request>()) {
            (Ok(line), _) => line,
            // The answer itself says it, where it is the last that we hear.
            (Err(_), Some(line)) if line.state == "merged" => line,
            (Err(error), _) => return Err(error),
        };
        match came {
            Came::Yes(_) | Came::Unclear(_) if line.state == "merged" => {
                Ok(match ended(&line, order) {
                    Some(Ok(merged)) => Written::Done(merged),
                    Some(Err(why)) => Written::Refused(why),
                    None => Written::Unknown("GitLab does not say what was merged".to_owned()),
                })
            }
            Came::Yes(_) => Ok(Written::Unknown(match &line.merge_error {
                Some(why) => format!(
                    "GitLab accepted the merge and has not made it: {}",
                    crate::model::Untrusted::new(why.as_str()).show()
                ),
                None => "GitLab accepted the merge and has not made it yet".to_owned(),
            })),
            Came::Unclear(why) => Ok(Written::Unknown(why)),
            Came::No { status, why } => Ok(Written::Refused(refusal(status, &why, &line, order))),
        }
    }

    /// Says what speaks against the merge before anything is sent; the target is guarded only here.
    async fn why_not_now(
        &self,
        line: &wire::Request,
        order: &MergeOrder,
    ) -> Result<Option<String>, Error> {
        if line.sha.as_deref() != Some(order.head.as_str()) {
            return Ok(Some(moved(line, order)));
        }
        if line.draft {
            return Ok(Some(format!("request {} is a draft", order.request)));
        }
        let onto = self.tip(&line.target_branch).await?;
        if onto.as_ref() != Some(&order.onto) {
            let at = onto.map_or_else(|| "gone".to_owned(), |onto| format!("at {}", onto.short()));
            return Ok(Some(format!(
                "`{}` moved: it is {at}, not at {}",
                line.target_branch,
                order.onto.short()
            )));
        }
        let methods = self.capabilities().merge_methods;
        if !methods.contains(&order.method) {
            let allowed: Vec<&str> = methods.iter().map(|method| method.word()).collect();
            return Ok(Some(format!(
                "the project's settings do not allow `{}`, only {}",
                order.method.word(),
                allowed.join(", ")
            )));
        }
        Ok(None)
    }

    async fn merge_call(&self, order: &MergeOrder) -> Result<Ask, Error> {
        let mut body: Map<String, Value> = Map::new();
        let is_squash = order.method == MergeMethod::Squash;
        body.insert("sha".to_owned(), json!(order.head));
        body.insert("squash".to_owned(), json!(is_squash));
        body.insert("should_remove_source_branch".to_owned(), json!(false));
        body.insert("merge_commit_message".to_owned(), json!(order.subject));
        if is_squash {
            body.insert("squash_commit_message".to_owned(), json!(order.subject));
        }
        let id = order.request.to_string();
        Ok(self
            .put(&["merge_requests", &id, "merge"])
            .await?
            .json(&body))
    }

    /// Reads the request after the call, while GitLab is still merging.
    async fn after(&self, order: &MergeOrder) -> Result<wire::Request, Error> {
        let mut line = self.known_line(order.request).await?;
        for _ in 0..LOOKS {
            if line.state != "locked" {
                break;
            }
            self.pause().await;
            line = self.known_line(order.request).await?;
        }
        Ok(line)
    }
}

/// Returns what a request that is over came to: merged as ordered, or why the order does not apply; none while open.
fn ended(line: &wire::Request, order: &MergeOrder) -> Option<Result<Merged, String>> {
    if is_open(line) {
        return None;
    }
    let id = order.request;
    Some(match merged(line) {
        Some(merged) if merged.head == order.head => Ok(merged),
        Some(merged) => Err(format!(
            "request {id} is merged with {}, not with {}",
            merged.head.short(),
            order.head.short()
        )),
        None => Err(format!("request {id} is closed")),
    })
}

fn moved(line: &wire::Request, order: &MergeOrder) -> String {
    let now = line
        .sha
        .as_deref()
        .and_then(|sha| sha.get(..7))
        .unwrap_or("nowhere");
    format!(
        "`{}` moved: it is at {now}, and {} was looked at",
        line.source_branch,
        order.head.short()
    )
}

/// Says why GitLab refused: what a look afterwards shows is nearer to the truth than the number.
fn refusal(status: u16, why: &str, line: &wire::Request, order: &MergeOrder) -> String {
    if is_open(line) && line.sha.as_deref() != Some(order.head.as_str()) {
        return moved(line, order);
    }
    let why = match (status, line.mergeability()) {
        (401 | 403, _) => format!("you may not merge into `{}` ({why})", line.target_branch),
        (405 | 406 | 422, Mergeability::Blocked(reason)) => format!("{reason} ({why})"),
        (405 | 406 | 422, Mergeability::Conflicts(_)) => format!("it conflicts ({why})"),
        (405 | 406 | 422, Mergeability::Checking) => {
            format!("GitLab is still checking whether it can be merged ({why})")
        }
        (409, _) => format!(
            "GitLab has another head than {} ({why})",
            order.head.short()
        ),
        (_, _) => why.to_owned(),
    };
    format!("request {}: {why}", order.request)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RequestId;

    fn order() -> MergeOrder {
        MergeOrder {
            request: RequestId(7),
            method: MergeMethod::Merge,
            head: "a".repeat(40).parse().expect("an id"),
            onto: "b".repeat(40).parse().expect("an id"),
            subject: "Merge".to_owned(),
        }
    }

    fn line(head: &str, status: &str) -> wire::Request {
        let head = head.repeat(40);
        let text = format!(
            r#"{{"iid":7,"state":"opened","source_branch":"f","target_branch":"main","sha":"{head}","detailed_merge_status":"{status}"}}"#
        );
        serde_json::from_str(&text).expect("a request")
    }

    #[test]
    fn a_refusal_that_hides_a_moved_head_names_the_head() {
        for status in [401, 405, 422, 409] {
            let said = refusal(
                status,
                "405 Method Not Allowed",
                &line("c", "ci_must_pass"),
                &order(),
            );
            assert!(said.contains("moved: it is at ccccccc"), "{said}");
        }
    }

    #[test]
    fn each_refusal_says_what_is_missing() {
        let said = |status, word: &str| refusal(status, "no", &line("a", word), &order());
        assert!(said(401, "mergeable").contains("you may not merge into `main`"));
        assert!(said(405, "not_approved").contains("more approvals"));
        assert!(said(405, "checking").contains("still checking"));
        assert!(said(422, "conflict").contains("conflicts"));
        assert!(said(409, "mergeable").contains("another head"));
    }
}
