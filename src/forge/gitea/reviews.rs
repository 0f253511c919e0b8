//! Reviews as decisions, each about the commit that was reviewed; deciding.

use serde_json::json;

use crate::forge::Error;
use crate::forge::Written;
use crate::forge::http::Ask;
use crate::model::Approval;
use crate::model::CommitId;
use crate::model::Decision;
use crate::model::Person;
use crate::model::RequestId;
use crate::model::Role;
use crate::model::Untrusted;

use super::options::Gitea;
use super::send::Failure;
use super::send::unknown;
use super::wire;
use super::words;

/// Reviews of one request that are read.
const REVIEW_LIMIT: usize = 500;

/// Pauses until a push that came just before has been worked off: servers dismiss approvals of older heads behind the scenes,
/// and take one that came in between along.
const SETTLING: u32 = 4;

/// `APPROVE`, as another forge calls it, would be taken for a draft of a review, which nobody sees.
fn event(decision: Decision) -> &'static str {
    match decision {
        Decision::Approved => "APPROVED",
        Decision::Rejected => "REQUEST_CHANGES",
    }
}

/// Returns the decision of a review that counts for the forge's rules: of somebody who may decide, not taken back.
fn decision(review: &wire::Review) -> Option<Decision> {
    if !review.official || review.dismissed {
        return None;
    }
    match review.state.as_str() {
        "APPROVED" => Some(Decision::Approved),
        "REQUEST_CHANGES" => Some(Decision::Rejected),
        _ => None,
    }
}

/// Returns every decision, each for the commit that it saw.
pub(super) fn approvals(reviews: &[wire::Review], head: &CommitId) -> Vec<Approval> {
    let approval = |review: &wire::Review| {
        let decision = decision(review)?;
        let seen = wire::commit(&review.commit_id)?;
        // The forge says that it is no longer about what is there now.
        if review.stale && seen == *head {
            return None;
        }
        let (comment, role) = words::said(&review.body);
        Some(Approval {
            proof: Default::default(),
            by: wire::person(Some(review.user.as_ref()?)),
            role,
            head: seen,
            decision,
            at: wire::time(&review.submitted_at),
            comment: (!comment.is_empty()).then(|| Untrusted::new(comment)),
        })
    };
    reviews.iter().filter_map(approval).collect()
}

/// Returns how many people's approvals count for the number that a branch requires.
pub(super) fn counted_by_forge(reviews: &[wire::Review]) -> usize {
    let mut latest: Vec<(Person, bool)> = Vec::new();
    for review in reviews {
        let (Some(user), Some(decision)) = (&review.user, decision(review)) else {
            continue;
        };
        let by = wire::person(Some(user));
        latest.retain(|(known, _)| *known != by);
        latest.push((by, decision == Decision::Approved && !review.stale));
    }
    latest.iter().filter(|(_, counts)| *counts).count()
}

impl Gitea {
    /// Reads the reviews of a request, in the order in which they were given.
    pub(super) async fn reviews(&self, request: u64) -> Result<Vec<wire::Review>, Error> {
        let number = request.to_string();
        let ask = self.get(&["pulls", &number, "reviews"]);
        self.list(ask, REVIEW_LIMIT).await
    }

    /// Reads the reviews of a request that has ended, again only when it changed.
    pub(super) async fn old_reviews(&self, pull: &wire::Pull) -> Result<Vec<wire::Review>, Error> {
        let known = self.memory().reviews.get(&pull.number).cloned();
        if let Some((at, reviews)) = known
            && at == pull.updated_at
        {
            return Ok(reviews);
        }
        let reviews = self.reviews(pull.number).await?;
        let entry = (pull.updated_at.clone(), reviews.clone());
        self.memory().reviews.insert(pull.number, entry);
        Ok(reviews)
    }

    pub(super) async fn decide_request(
        &self,
        id: RequestId,
        head: &CommitId,
        role: Option<&Role>,
        decision: Decision,
        comment: Option<&str>,
    ) -> Result<Written<Approval>, Error> {
        let pull = self.pull(id).await?;
        let me = self.me().await?;
        let refused = |why: String| Ok(Written::Refused(format!("change request {id}: {why}")));
        if !pull.is_open() {
            return refused("it is not open".to_owned());
        }
        if wire::person(pull.user.as_ref()) == *me {
            return refused(format!(
                "you opened it, and {} lets nobody decide about their own",
                self.product()
            ));
        }
        let now = wire::commit(&pull.head.sha);
        if now.as_ref() != Some(head) {
            return refused(format!(
                "it is at {} now, and you looked at {}: look again",
                now.as_ref().map_or("nothing", CommitId::short),
                head.short()
            ));
        }
        if let Some(mine) = self.my_decision(id, head).await?
            && mine.decision == decision
            && (role.is_none() || mine.role.as_ref() == role)
        {
            return Ok(Written::AlreadyDone(mine));
        }
        let said = match (comment.map(str::trim).unwrap_or_default(), decision) {
            // The forge takes no rejection without words.
            ("", Decision::Rejected) => "Rejected.",
            (words, Decision::Approved | Decision::Rejected) => words,
        };
        let number = id.to_string();
        let ask = Ask::post(&self.at(&["pulls", &number, "reviews"])).json(&json!({
            "event": event(decision),
            "commit_id": head.as_str(),
            "body": words::review_body(said, role),
        }));
        let why = match self.send(&ask).await?.document::<wire::Review>() {
            Ok(review) if review.state == event(decision) => {
                return self.counted(&pull, head, &review).await;
            }
            Err(Failure::No { why, .. }) => return Ok(Written::Refused(why)),
            Ok(review) => format!("{} shows it as `{}`", self.product(), review.state),
            Err(Failure::Unclear(why)) => why,
        };
        Ok(match self.my_decision(id, head).await? {
            Some(mine) if mine.decision == decision => Written::Done(mine),
            Some(_) | None => Written::Unknown(unknown("your review arrived", &why)),
        })
    }

    /// Returns what a review that was taken comes to.
    async fn counted(
        &self,
        pull: &wire::Pull,
        head: &CommitId,
        review: &wire::Review,
    ) -> Result<Written<Approval>, Error> {
        let overtaken = || {
            Written::Refused(format!(
                "{} dismissed your review at once: it is still working off a push to {}; say it again in a moment",
                self.product(),
                pull.head.branch()
            ))
        };
        let is_of_head = wire::commit(&review.commit_id).as_ref() == Some(head);
        // Asked first: a dismissed review may not be called official either.
        if review.dismissed || review.stale || !is_of_head {
            return Ok(overtaken());
        }
        let Some(mine) = approvals(std::slice::from_ref(review), head).pop() else {
            // It is there, but the forge counts it for nothing, and so do we.
            return Ok(Written::Refused(
                self.why_it_counts_for_nothing(pull).await?,
            ));
        };
        tokio::time::sleep(self.options.pause * SETTLING).await;
        Ok(if self.is_dismissed(pull, review).await {
            overtaken()
        } else {
            Written::Done(mine)
        })
    }

    /// Tells whether a review has been dismissed since. What cannot be read, or comes out of a cache without it, takes no yes
    /// back.
    async fn is_dismissed(&self, pull: &wire::Pull, review: &wire::Review) -> bool {
        let reviews = self.reviews(pull.number).await.unwrap_or_default();
        let mut same = reviews.iter().filter(|one| one.id == review.id);
        review.id > 0 && same.any(|one| one.dismissed)
    }

    /// Older versions, and Forgejo, count reviews only where a rule of the branch asks for them.
    async fn why_it_counts_for_nothing(&self, pull: &wire::Pull) -> Result<String, Error> {
        #[derive(serde::Deserialize)]
        struct Branch {
            #[serde(default)]
            protected: bool,
        }
        let into = pull.base.branch();
        let ask = Ask::get(&self.at(&["branches", into]));
        let branch: Option<Branch> = self.http().find(&ask).await?;
        let product = self.product();
        Ok(if branch.is_some_and(|branch| branch.protected) {
            format!(
                "{product} took it as a remark only: your account is not among those whose approval counts for {into}"
            )
        } else {
            format!(
                "{product} took it as a remark only: it counts approvals of protected branches alone; protect {into} and ask for approvals there"
            )
        })
    }

    /// Returns our own latest decision about a head.
    async fn my_decision(&self, id: RequestId, head: &CommitId) -> Result<Option<Approval>, Error> {
        let me = self.me().await?;
        let all = approvals(&self.reviews(id.0).await?, head);
        Ok(all
            .into_iter()
            .rfind(|approval| approval.by == *me && approval.head == *head))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn review(user: i64, state: &str, more: &serde_json::Value) -> wire::Review {
        let mut review = serde_json::json!({
            "user": {"id": user, "login": format!("u{user}")}, "state": state, "official": true,
            "commit_id": "a".repeat(40), "submitted_at": "2026-01-02T03:04:05Z",
        });
        let (all, more) = (review.as_object_mut(), more.as_object());
        if let Some((all, more)) = all.zip(more) {
            all.extend(more.clone());
        }
        serde_json::from_value(review).expect("a review")
    }

    #[test]
    fn only_official_reviews_that_stand_are_decisions() {
        let head: CommitId = "a".repeat(40).parse().expect("an id");
        let none = serde_json::json!({});
        let reviews = [
            review(1, "APPROVED", &none),
            review(2, "APPROVED", &serde_json::json!({"official": false})),
            review(
                3,
                "REQUEST_CHANGES",
                &serde_json::json!({"dismissed": true}),
            ),
            review(4, "APPROVED", &serde_json::json!({"stale": true})),
            review(
                5,
                "APPROVED",
                &serde_json::json!({"stale": true, "commit_id": "b".repeat(40)}),
            ),
            review(6, "COMMENT", &none),
            review(7, "PENDING", &none),
            review(8, "REQUEST_CHANGES", &none),
        ];
        let seen: Vec<(String, bool)> = approvals(&reviews, &head)
            .into_iter()
            .map(|one| (one.by.id, one.head == head))
            .collect();
        let expected = [("1", true), ("5", false), ("8", true)];
        assert_eq!(seen, expected.map(|(id, is_now)| (id.to_owned(), is_now)));
        assert_eq!(counted_by_forge(&reviews), 1);
    }

    #[test]
    fn a_rejection_takes_back_an_earlier_approval_of_the_same_person() {
        let none = serde_json::json!({});
        let reviews = [
            review(1, "APPROVED", &none),
            review(1, "REQUEST_CHANGES", &none),
        ];
        assert_eq!(counted_by_forge(&reviews), 0);
    }
}
