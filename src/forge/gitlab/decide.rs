//! Approving and rejecting a request.

use std::sync::Arc;

use crate::forge::Error;
use crate::forge::Written;
use crate::model::Approval;
use crate::model::CommitId;
use crate::model::Decision;
use crate::model::Person;
use crate::model::RequestId;
use crate::model::Role;
use crate::model::Untrusted;
use crate::model::chain_text;

use super::approvals;
use super::home::Gitlab;
use super::requests::is_open;
use super::settle::Came;
use super::wire;
use super::words;

/// A decision about a request.
pub(super) struct Verdict<'a> {
    pub(super) id: RequestId,
    pub(super) head: &'a CommitId,
    pub(super) role: Option<&'a Role>,
    pub(super) decision: Decision,
    pub(super) comment: Option<&'a str>,
}

impl Gitlab {
    pub(super) async fn decide_request(
        self: &Arc<Self>,
        verdict: &Verdict<'_>,
    ) -> Result<Written<Approval>, Error> {
        let me = self.me().await?;
        let line = self.known_line(verdict.id).await?;
        if let Some(why) = self.why_not(&line, verdict, &me) {
            return Ok(Written::Refused(format!(
                "change request {}: {why}",
                verdict.id
            )));
        }
        let mine = self.my_last(&line, &me).await?;
        let void = mine.as_ref().and_then(|mine| mine.proof.void.clone());
        if let Some(void) = void.as_deref()
            && verdict.decision == Decision::Approved
        {
            // Taken back and given again it would be no better, and there would be a moment without any.
            return Ok(Written::Refused(format!(
                "change request {}: you approved it, and that {void}; look again in a moment, or take it back in GitLab and approve again",
                verdict.id
            )));
        }
        if let Some(mine) = &mine
            && void.is_none()
            && (&mine.head, mine.decision) == (verdict.head, verdict.decision)
        {
            return Ok(Written::AlreadyDone(Approval {
                role: verdict.role.cloned().or_else(|| mine.role.clone()),
                ..mine.clone()
            }));
        }
        let approved = mine.filter(|mine| mine.decision == Decision::Approved);
        let is_withdrawn = approved.is_some();
        if is_withdrawn && let Some(ended) = self.withdraw(verdict).await? {
            return Ok(ended);
        }
        let said = match verdict.decision {
            Decision::Approved => self.approve(verdict, &me).await,
            Decision::Rejected => self.reject(verdict, &me).await,
        };
        if is_withdrawn {
            Ok(after_withdrawal(said))
        } else {
            said
        }
    }

    fn why_not(&self, line: &wire::Request, verdict: &Verdict<'_>, me: &Person) -> Option<String> {
        if !is_open(line) {
            return Some("it is not open".to_owned());
        }
        if line
            .author
            .as_ref()
            .is_some_and(|author| author.person() == *me)
        {
            return Some(
                "you opened it, and GitLab does not count what authors say of their own".to_owned(),
            );
        }
        if line.sha.as_deref() != Some(verdict.head.as_str()) {
            let now = line
                .sha
                .as_deref()
                .and_then(|sha| sha.get(..7))
                .unwrap_or("nowhere");
            return Some(format!(
                "it is at {now} now, and you looked at {}: look again",
                verdict.head.short()
            ));
        }
        self.not_in_role(me, verdict.role)
    }

    /// Says that `me` is not among those whom the team's file lists for a role.
    pub(super) fn not_in_role(&self, me: &Person, role: Option<&Role>) -> Option<String> {
        let roles = &self.options.project.roles;
        let role = role.filter(|role| roles.0.contains_key(role))?;
        (!roles.has(me, role)).then(|| format!("{} is not in the role {role}", me.show()))
    }

    async fn my_last(&self, line: &wire::Request, me: &Person) -> Result<Option<Approval>, Error> {
        let all = self.approvals(line).await?;
        Ok(all.into_iter().rfind(|one| &one.by == me))
    }

    async fn my_last_now(&self, id: RequestId, me: &Person) -> Result<Option<Approval>, Error> {
        let line = self.known_line(id).await?;
        self.my_last(&line, me).await
    }

    /// Takes an approval back: GitLab takes no second one of the same person, and a no beside a yes says nothing.
    async fn withdraw(&self, verdict: &Verdict<'_>) -> Result<Option<Written<Approval>>, Error> {
        let ask = self
            .post(&["merge_requests", &verdict.id.to_string(), "unapprove"])
            .await?;
        Ok(match self.send(&ask).await? {
            // 404: there was none any more.
            Came::Yes(_) | Came::No { status: 404, .. } => None,
            Came::No { why, .. } => Some(Written::Refused(format!(
                "your earlier approval cannot be taken back: {why}"
            ))),
            Came::Unclear(why) => Some(Written::Unknown(format!(
                "your earlier approval may still stand: {why}"
            ))),
        })
    }

    async fn approve(
        &self,
        verdict: &Verdict<'_>,
        me: &Person,
    ) -> Result<Written<Approval>, Error> {
        let ask = self
            .post(&["merge_requests", &verdict.id.to_string(), "approve"])
            .await?
            .json(&serde_json::json!({ "sha": verdict.head }));
        let came = self.send(&ask).await?;
        if let Came::No { status, why } = &came {
            let mut why = why.clone();
            if *status == 403 {
                why = format!("GitLab does not let you approve it ({why})");
            }
            return Ok(Written::Refused(why));
        }
        let mine = match self.my_last_now(verdict.id, me).await {
            Ok(mine) => mine,
            // A yes is one, whether it can be read again or not.
            Err(_) if matches!(came, Came::Yes(_)) => {
                self.comment_along(verdict).await;
                return Ok(Written::Done(self.said(verdict, me, self.now())));
            }
            Err(error) => return Err(error),
        };
        let mine = mine.filter(|mine| {
            mine.decision == Decision::Approved
                // The answer itself says so where the push and the approval are too close to tell.
                && (mine.head == *verdict.head && mine.proof.void.is_none()
                    || matches!(came, Came::Yes(_)))
        });
        match (mine, came) {
            (Some(mine), _) => {
                let at = mine.at;
                self.comment_along(verdict).await;
                Ok(Written::Done(self.said(verdict, me, at)))
            }
            (None, Came::Unclear(why)) => Ok(Written::Unknown(why)),
            (None, Came::Yes(_) | Came::No { .. }) => Ok(Written::Unknown(
                "GitLab took the approval and does not show it".to_owned(),
            )),
        }
    }

    /// What was said with an approval is a comment; losing it loses no approval.
    async fn comment_along(&self, verdict: &Verdict<'_>) {
        let Some(text) = verdict.comment else {
            return;
        };
        let sent = match self.note(verdict.id, text).await {
            Ok(ask) => self.send(&ask).await,
            Err(error) => Err(error),
        };
        if let Err(error) = sent {
            tracing::warn!(%error, "what was said with an approval could not be added");
        }
    }

    async fn reject(&self, verdict: &Verdict<'_>, me: &Person) -> Result<Written<Approval>, Error> {
        let said = verdict.comment.map(words::without_actions);
        let text = approvals::rejection(verdict.head, verdict.role, said.as_deref());
        let ask = self.note(verdict.id, &text).await?;
        match self.send(&ask).await? {
            Came::Yes(_) => Ok(Written::Done(self.said(verdict, me, self.now()))),
            Came::No { why, .. } => Ok(Written::Refused(why)),
            Came::Unclear(why) => {
                let mine = self.my_last_now(verdict.id, me).await?;
                Ok(
                    match mine.filter(|mine| mine.decision == Decision::Rejected) {
                        Some(mine) if &mine.head == verdict.head => Written::Done(mine),
                        Some(_) | None => Written::Unknown(why),
                    },
                )
            }
        }
    }

    fn said(&self, verdict: &Verdict<'_>, me: &Person, at: crate::model::Timestamp) -> Approval {
        Approval {
            proof: Default::default(),
            by: me.clone(),
            role: verdict.role.cloned(),
            head: verdict.head.clone(),
            decision: verdict.decision,
            at,
            comment: verdict.comment.map(Untrusted::new),
        }
    }
}

/// Says what became of a decision for which an earlier approval was taken back: the half that was done is told, and
/// nothing of it is called refused.
fn after_withdrawal(said: Result<Written<Approval>, Error>) -> Written<Approval> {
    let half = |why: String| {
        Written::Unknown(format!(
            "your earlier approval was taken back, and what you say now did not arrive: {why}"
        ))
    };
    match said {
        Ok(Written::Refused(why)) => half(why),
        Ok(Written::Unknown(why)) => Written::Unknown(format!(
            "your earlier approval was taken back; of what you say now: {why}"
        )),
        Ok(done) => done,
        Err(error) => half(chain_text(&error)),
    }
}
