//! Reviews of a request: the last word of each person, and our own. What GitHub names as the commit of an approval is not
//! what was looked at; `arrival` binds it to that.

use serde_json::json;

use crate::forge::Error;
use crate::forge::Written;
use crate::model::Approval;
use crate::model::CommitId;
use crate::model::Decision;
use crate::model::Person;
use crate::model::RequestId;
use crate::model::Timestamp;
use crate::model::Untrusted;

use super::hub::Came;
use super::hub::Hub;
use super::wire;

/// More reviews of one request than anybody reads.
const MOST: usize = 1000;

impl Hub {
    /// Returns what stands of a request's reviews, each at the commit that GitHub shows it at.
    pub(super) async fn reviews(&self, pull: &wire::Pull) -> Result<Vec<Approval>, Error> {
        let number = pull.number.to_string();
        let reviews = self
            .get(&["pulls", &number, "reviews"])
            .with("per_page", "100");
        let reviews: Vec<wire::Review> = self.http().read_list(&reviews, MOST).await?;
        Ok(fold(&reviews, &pull.head.sha))
    }

    /// Approves, or asks for changes, bound to `head`. GitHub knows no seats here, so the answer names none.
    pub(super) async fn review(
        &self,
        id: RequestId,
        head: &CommitId,
        decision: Decision,
        comment: Option<&str>,
    ) -> Result<Written<Approval>, Error> {
        let pull = self.pull(id).await?;
        let me = self.me().await?;
        if let Some(why) = obstacle(&pull, id, head, &me) {
            return Ok(Written::Refused(why));
        }
        if let Some(standing) = self.standing(&pull, head, decision, &me).await? {
            return Ok(Written::AlreadyDone(standing));
        }
        // A request for changes needs words.
        let words = comment.unwrap_or(match decision {
            Decision::Approved => "",
            Decision::Rejected => "Rejected.",
        });
        let event = match decision {
            Decision::Approved => "APPROVE",
            Decision::Rejected => "REQUEST_CHANGES",
        };
        let number = id.to_string();
        let ask = self
            .post(&["pulls", &number, "reviews"])
            .json(&json!({"event": event, "commit_id": head, "body": words}));
        match self.send(&ask).await? {
            Came::Yes(answer) => {
                let review = answer.json::<wire::Review>().ok();
                let said = review.as_ref().and_then(|review| approval(review, head));
                let made = match said.filter(|one| one.decision == decision) {
                    Some(made) => Some(made),
                    None => self.standing(&pull, head, decision, &me).await?,
                };
                Ok(match made {
                    Some(made) => Written::Done(made),
                    None => Written::Unknown(format!(
                        "GitHub took the review of request {id}, but does not show it"
                    )),
                })
            }
            Came::No(_, why) => Ok(Written::Refused(format!("request {id}: {why}"))),
            Came::Unclear(why) => Ok(match self.standing(&pull, head, decision, &me).await? {
                Some(standing) => Written::Done(standing),
                None => Written::Unknown(why),
            }),
        }
    }

    /// Returns our own decision if it stands already, and was given to that head.
    async fn standing(
        &self,
        pull: &wire::Pull,
        head: &CommitId,
        decision: Decision,
        me: &Person,
    ) -> Result<Option<Approval>, Error> {
        let mut all = self.reviews(pull).await?;
        all.retain(|one| &one.by == me && &one.head == head && one.decision == decision);
        if !all.is_empty() {
            self.arrival(pull).await?.bind(&mut all, head);
        }
        Ok(all
            .into_iter()
            .find(|one| &one.head == head && one.proof.void.is_none()))
    }
}

fn obstacle(pull: &wire::Pull, id: RequestId, head: &CommitId, me: &Person) -> Option<String> {
    if pull.merged_at.is_some() {
        return Some(format!("request {id} is merged"));
    }
    if pull.state != "open" {
        return Some(format!("request {id} is closed"));
    }
    if &pull.head.sha != head {
        return Some(format!(
            "request {id} moved to {}, and you looked at {}: look again",
            pull.head.sha.short(),
            head.short()
        ));
    }
    let author = pull.user.as_ref().map(wire::User::person);
    (author.as_ref() == Some(me))
        .then(|| format!("you opened request {id}: GitHub takes no review of one's own request"))
}

/// Keeps each person's last review that says yes or no, in the order in which they were given. A dismissed one takes
/// its person's word away; a comment changes nothing; an unsent one is nobody's business.
fn fold(reviews: &[wire::Review], head: &CommitId) -> Vec<Approval> {
    let mut standing: Vec<Approval> = Vec::new();
    for review in reviews {
        let Some(user) = &review.user else {
            continue;
        };
        let by = user.person();
        match review.state.as_str() {
            "APPROVED" | "CHANGES_REQUESTED" => {
                standing.retain(|one| one.by != by);
                standing.extend(approval(review, head));
            }
            "DISMISSED" => standing.retain(|one| one.by != by),
            _ => {}
        }
    }
    standing
}

/// Returns what a review says. A no of which GitHub does not tell the commit is one to the head that is there: nobody's no
/// is lost. A yes of that kind is for nothing.
fn approval(review: &wire::Review, head: &CommitId) -> Option<Approval> {
    let decision = match review.state.as_str() {
        "APPROVED" => Decision::Approved,
        "CHANGES_REQUESTED" => Decision::Rejected,
        _ => return None,
    };
    Some(Approval {
        proof: Default::default(),
        by: review.user.as_ref()?.person(),
        role: None,
        head: match (&review.commit_id, decision) {
            (Some(commit), _) => commit.clone(),
            (None, Decision::Rejected) => head.clone(),
            (None, Decision::Approved) => return None,
        },
        decision,
        at: review
            .submitted_at
            .unwrap_or_else(|| Timestamp::from_second(0)),
        comment: (!review.body.is_empty()).then(|| Untrusted::new(review.body.as_str())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(words: &[(u64, &str, &str)]) -> Vec<String> {
        let reviews: Vec<wire::Review> = words
            .iter()
            .map(|(user, state, digit)| {
                let commit = (!digit.is_empty()).then(|| digit.repeat(40));
                let review = json!({
                    "user": {"id": user, "login": format!("u{user}")}, "state": state,
                    "commit_id": commit, "submitted_at": "2026-04-12T09:31:07Z", "body": "",
                });
                serde_json::from_value(review).expect("a review")
            })
            .collect();
        let head: CommitId = "f".repeat(40).parse().expect("an id");
        fold(&reviews, &head)
            .iter()
            .map(|one| {
                format!(
                    "{} {:?} {}",
                    one.by.id,
                    one.decision,
                    &one.head.short()[..1]
                )
            })
            .collect()
    }

    #[test]
    fn the_last_word_of_each_person_stands_at_the_commit_that_github_names() {
        assert_eq!(
            said(&[
                (1, "APPROVED", "a"),
                (2, "CHANGES_REQUESTED", "a"),
                (1, "COMMENTED", "b"),
                (2, "APPROVED", "b"),
            ]),
            ["1 Approved a", "2 Approved b"]
        );
    }

    #[test]
    fn a_dismissed_review_is_no_word_and_an_unknown_one_changes_nothing() {
        assert_eq!(
            said(&[
                (1, "APPROVED", "a"),
                (2, "APPROVED", "a"),
                (1, "DISMISSED", "a"),
                (2, "PENDING", "a"),
                (2, "WORD_OF_2031", "a"),
            ]),
            ["2 Approved a"]
        );
    }

    #[test]
    fn a_no_without_a_commit_is_one_to_the_head_and_a_yes_without_one_is_none() {
        assert_eq!(
            said(&[
                (1, "CHANGES_REQUESTED", ""),
                (2, "APPROVED", "a"),
                (2, "APPROVED", ""),
            ]),
            ["1 Rejected f"]
        );
    }
}
