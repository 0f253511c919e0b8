//! Merging: guarded by the head on the forge, by the target only through reading just before, and believed only after
//! reading again.

use serde_json::json;

use crate::forge::Error;
use crate::forge::MergeOrder;
use crate::forge::Written;
use crate::forge::http::Ask;
use crate::model::CommitId;
use crate::model::MergeMethod;
use crate::model::Merged;

use super::options::Gitea;
use super::options::Way;
use super::rules::by_rule;
use super::send::Reply;
use super::send::unknown;
use super::wire;
use super::words;

/// Times that a merge is asked for while the forge answers that it still computes whether it can.
const TRIES: usize = 3;

impl Gitea {
    pub(super) async fn merge_request(&self, order: &MergeOrder) -> Result<Written<Merged>, Error> {
        for left in (0..TRIES).rev() {
            let pull = self.pull(order.request).await?;
            if let Some(ended) = self.ended(&pull, order).await? {
                return Ok(ended);
            }
            if let Some(why) = self.merge_obstacle(&pull, order).await? {
                return Ok(Written::Refused(why));
            }
            match self.send(&self.merge_ask(order)).await? {
                Reply::Yes(_) => return self.settle_merge(order, None).await,
                Reply::Unclear(why) => return self.settle_merge(order, Some(&why)).await,
                // 405 is also the answer while it is still computing, and when somebody else was faster.
                Reply::No { status: 405, why } => {
                    let is_later = why.to_lowercase().contains("try again later");
                    if is_later && left > 0 {
                        tokio::time::sleep(self.options.pause).await;
                        continue;
                    }
                    let pull = self.pull(order.request).await?;
                    if let Some(ended) = self.ended(&pull, order).await? {
                        return Ok(ended);
                    }
                    return Ok(Written::Refused(if is_later {
                        format!(
                            "{} says of request {} that it does not merge now: it conflicts with {}, or that is still being computed; look again in a moment",
                            self.product(),
                            order.request,
                            pull.base.branch()
                        )
                    } else {
                        by_rule(why, pull.base.branch())
                    }));
                }
                Reply::No { status: 409, why } if why.contains("head out of date") => {
                    return Ok(Written::Refused(format!(
                        "`{}` moved since {} was looked at: look again",
                        pull.head.branch(),
                        order.head.short()
                    )));
                }
                Reply::No { why, .. } => return Ok(Written::Refused(why)),
            }
        }
        Ok(Written::Refused(format!(
            "{} did not get to it",
            self.product()
        )))
    }

    fn merge_ask(&self, order: &MergeOrder) -> Ask {
        let number = order.request.to_string();
        let method = match order.method {
            MergeMethod::Merge => "merge",
            MergeMethod::Squash => "squash",
            MergeMethod::Rebase => "rebase",
        };
        Ask::post(&self.at(&["pulls", &number, "merge"])).json(&json!({
            "Do": method,
            "head_commit_id": order.head.as_str(),
            "MergeTitleField": order.subject,
            // Without an explicit no, newer versions do what the project's settings say.
            "delete_branch_after_merge": false,
            "force_merge": false,
            "merge_when_checks_succeed": false,
        }))
    }

    /// Returns the answer if the request has been merged already: with that head it is done, with another it is not.
    async fn ended(
        &self,
        pull: &wire::Pull,
        order: &MergeOrder,
    ) -> Result<Option<Written<Merged>>, Error> {
        if !pull.merged {
            return Ok(None);
        }
        let way = self.way(pull).await?;
        let method = way.as_ref().and_then(|way| way.method);
        let head = way.map(|way| way.head);
        Ok(Some(match (head, merged(pull, &order.head, method)) {
            (Some(head), Some(merged)) if head == order.head => Written::AlreadyDone(merged),
            (Some(head), _) => Written::Refused(format!(
                "request {} was merged at {}, and you looked at {}",
                order.request,
                head.short(),
                order.head.short()
            )),
            (None, _) => Written::Refused(format!(
                "request {} is merged, and {} does not tell at which commit",
                order.request,
                self.product()
            )),
        }))
    }

    /// Says what forbids the merge, as far as it can be seen before.
    async fn merge_obstacle(
        &self,
        pull: &wire::Pull,
        order: &MergeOrder,
    ) -> Result<Option<String>, Error> {
        let moved = |branch: &str, now: Option<&CommitId>, expected: &CommitId| {
            Some(format!(
                "`{branch}` moved to {} since {} was looked at: look again",
                now.map_or("nothing", CommitId::short),
                expected.short()
            ))
        };
        if !pull.is_open() {
            return Ok(Some(format!("request {} is closed", order.request)));
        }
        if pull.draft || words::without_prefix(&pull.title).1 {
            return Ok(Some(format!("request {} is a draft", order.request)));
        }
        let known = self.known().await?;
        if !known.methods.contains(&order.method) {
            let why = format!(
                "the project's settings on {} do not allow to {}",
                self.product(),
                order.method.word()
            );
            return Ok(Some(why));
        }
        let head = wire::commit(&pull.head.sha);
        if head.as_ref() != Some(&order.head) {
            return Ok(moved(pull.head.branch(), head.as_ref(), &order.head));
        }
        // The forge has no guard for the target: between this and the merge it can still move.
        let onto = self.tip(pull.base.branch()).await?;
        if onto.as_ref() != Some(&order.onto) {
            return Ok(moved(pull.base.branch(), onto.as_ref(), &order.onto));
        }
        Ok(None)
    }

    /// Reads what became of a merge: `why` is what kept us from its answer. A yes has an empty body, so it is read too.
    async fn settle_merge(
        &self,
        order: &MergeOrder,
        why: Option<&str>,
    ) -> Result<Written<Merged>, Error> {
        let what = format!("request {} was merged", order.request);
        for left in (0..TRIES).rev() {
            let pull = match self.pull(order.request).await {
                Ok(pull) => pull,
                // It was sent, so a look that fails leaves it unknown and is no failure.
                Err(error) => return Ok(Written::Unknown(unknown(&what, &error.to_string()))),
            };
            if pull.merged {
                let head = match why {
                    // The forge merged for us what the guard named.
                    None => Some(order.head.clone()),
                    Some(_) => self.way(&pull).await.ok().flatten().map(|way| way.head),
                };
                return Ok(
                    match (head, merged(&pull, &order.head, Some(order.method))) {
                        (Some(head), Some(merged)) if head == order.head => {
                            let (method, by) = (Some(order.method), pull.merger());
                            self.memory()
                                .merged
                                .insert(pull.number, Way { head, method, by });
                            Written::Done(merged)
                        }
                        (Some(head), Some(_)) => Written::Refused(format!(
                            "request {} was merged by somebody else, at {}",
                            order.request,
                            head.short()
                        )),
                        (Some(_) | None, _) => Written::Unknown(unknown(
                            &what,
                            "it is, but nobody tells at which commit",
                        )),
                    },
                );
            }
            if left > 0 {
                tokio::time::sleep(self.options.pause).await;
                continue;
            }
            // A server that died in between has moved the branch and goes on showing the request open.
            if let Ok(Some(merged)) = self.merged_on_target(order, pull.base.branch()).await {
                return Ok(Written::Done(merged));
            }
        }
        Ok(Written::Unknown(unknown(
            &what,
            why.unwrap_or("it is still open"),
        )))
    }

    /// Returns the merge if the target's tip is the very one that was ordered, whatever the request shows. Of a rebase that
    /// made new commits the tip alone tells nothing.
    async fn merged_on_target(
        &self,
        order: &MergeOrder,
        into: &str,
    ) -> Result<Option<Merged>, Error> {
        let Some(tip) = self.tip(into).await? else {
            return Ok(None);
        };
        let ask = self.get(&["git", "commits", tip.as_str()]);
        let found: Option<wire::Commit> = self.http().find(&ask).await?;
        let is_it = found.is_some_and(|commit| {
            let parents: Vec<&str> = commit.parents.iter().map(|one| one.sha.as_str()).collect();
            let (onto, head) = (order.onto.as_str(), order.head.as_str());
            match order.method {
                MergeMethod::Merge => parents == [onto, head],
                // Nothing in it names the head, but nobody else says just this on the tip that was looked at.
                MergeMethod::Squash => {
                    let subject = commit.commit.message.lines().next();
                    parents == [onto] && subject == Some(order.subject.as_str())
                }
                // It was a fast-forward: the target was elsewhere when the merge was asked for.
                MergeMethod::Rebase => tip == order.head && onto != head,
            }
        });
        Ok(is_it.then(|| Merged {
            commit: tip,
            head: order.head.clone(),
            by: None,
            at: self.now(),
            method: Some(order.method),
        }))
    }
}

fn merged(pull: &wire::Pull, head: &CommitId, method: Option<MergeMethod>) -> Option<Merged> {
    Some(Merged {
        commit: pull.merge_commit_sha.as_deref().and_then(wire::commit)?,
        head: head.clone(),
        by: pull.merger(),
        at: wire::time(pull.merged_at.as_deref().unwrap_or_default()),
        method,
    })
}
