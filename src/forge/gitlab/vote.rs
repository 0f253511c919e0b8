//! A decision in a seat of a go-live: said to GitLab for each of its jobs that waits for approvals, where GitLab asks
//! for that seat. A seat that no rule of GitLab's stands for (there are none on Free) is decided into the record.

use serde_json::Map;
use serde_json::json;

use crate::forge::Error;
use crate::forge::Written;
use crate::model::Approval;
use crate::model::CommitId;
use crate::model::Decision;
use crate::model::DeploymentId;
use crate::model::DeploymentState;
use crate::model::Person;
use crate::model::Role;
use crate::model::Untrusted;

use super::golive::GoLive;
use super::golive::Part;
use super::golive::Phase;
use super::home::Gitlab;
use super::seats;
use super::settle::Came;
use super::wire;

const ONE_EACH: &str = "you have said so in another seat; GitLab counts one per person, so another person must take this one";

/// A decision about a go-live.
pub(super) struct Vote<'a> {
    pub(super) id: &'a DeploymentId,
    pub(super) head: &'a CommitId,
    pub(super) role: Option<&'a Role>,
    pub(super) decision: Decision,
    pub(super) comment: Option<&'a str>,
}

impl Gitlab {
    /// Finds the go-live of a number, with the environment that it goes to.
    pub(super) async fn find_golive(&self, id: &DeploymentId) -> Result<GoLive, Error> {
        let missing = || Error::NotFound {
            what: format!("deployment {id}"),
        };
        let ask = self.get(&["deployments", id.as_str()]).await?;
        let line: Option<wire::Deployment> = self.http().find(&ask).await?;
        let environment = line.ok_or_else(missing)?.environment.name;
        let environment = environment.parse().map_err(|_| missing())?;
        let all = self.golives(&environment).await?;
        all.into_iter()
            .find(|one| one.id().as_ref() == Some(id))
            .ok_or_else(missing)
    }

    pub(super) async fn decide_deployment(
        &self,
        vote: &Vote<'_>,
    ) -> Result<Written<Approval>, Error> {
        let me = self.me().await?;
        let golive = self.find_golive(vote.id).await?;
        let refused = |why: &str| Written::Refused(format!("deployment {}: {why}", vote.id));
        if golive.commit != *vote.head {
            return Ok(refused(&format!(
                "it is of {}, and you looked at {}: look again",
                golive.commit.short(),
                vote.head.short()
            )));
        }
        if let Some(why) = self.not_in_role(&me, vote.role) {
            return Ok(refused(&why));
        }
        if vote.decision == Decision::Approved
            && let Some(why) = self.starts_too_early(&golive)
        {
            return Ok(refused(&why));
        }
        if self.is_ours_alone(&golive, vote.role) {
            return Ok(match self.why_not_on_record(&golive, vote, &me) {
                Some(why) => refused(why),
                None => Written::Done(self.spoken(vote, &me)),
            });
        }
        if let Some(mine) = self.my_vote(&golive, vote, &me) {
            return Ok(Written::AlreadyDone(mine));
        }
        let waiting = golive
            .parts
            .iter()
            .filter(|part| part.phase() == Phase::Blocked);
        let waiting: Vec<&Part> = waiting.collect();
        if waiting.is_empty() {
            return Ok(refused(match golive.state() {
                DeploymentState::Blocked => "the pipeline has not reached it yet",
                DeploymentState::Approved => "it is approved already; it waits to be started",
                state => past(state),
            }));
        }
        let mut said = 0;
        for part in waiting {
            if has_voted(&part.detail, vote, &me) {
                continue;
            }
            match self.vote(&golive, part, vote, &me).await? {
                Written::Done(()) | Written::AlreadyDone(()) => said += 1,
                Written::Refused(why) if said == 0 => return Ok(refused(&why)),
                Written::Refused(why) | Written::Unknown(why) => {
                    let name = part.job().map_or("", |job| job.name.as_str());
                    return Ok(Written::Unknown(format!(
                        "said of {said} job(s), not of `{name}`: {why}"
                    )));
                }
            }
            if vote.decision == Decision::Rejected {
                // One no ends the whole; GitLab may have ended the others with it.
                break;
            }
        }
        if said == 0 {
            return Ok(refused(ONE_EACH));
        }
        Ok(Written::Done(self.spoken(vote, &me)))
    }

    /// Tells whether a seat is one that the team's file asks for and GitLab does not: what is said in it, nothing on
    /// GitLab would hear.
    fn is_ours_alone(&self, golive: &GoLive, role: Option<&Role>) -> bool {
        let (environment, project) = (&golive.environment, &self.options.project);
        let configured = project.environment(environment);
        let Some(role) = role.filter(|role| configured.is_some_and(|one| one.seats.contains(role)))
        else {
            return false;
        };
        let asks = |part: &Part| {
            let detail = &part.detail;
            // It waits without a rule: it counts people whatever their roles, or its rules are not for us to read.
            detail.rules().is_empty() && detail.pending_approval_count > 0
                || seats::seats_of(detail, environment, project).contains(role)
        };
        !golive.parts.iter().any(asks)
    }

    /// Says why nothing is approved through us where GitLab counts fewer people than there are seats: the last of them
    /// would start the job, whoever is missing.
    fn starts_too_early(&self, golive: &GoLive) -> Option<String> {
        let environment = self.options.project.environment(&golive.environment)?;
        let details = golive.parts.iter().map(|part| &part.detail);
        let waiting = details.filter(|detail| detail.pending_approval_count > 0);
        let counts = waiting.map(wire::DeploymentDetail::counted);
        let counted = counts.filter(|count| *count > 0).min()?;
        let seats = environment.seats.len();
        usize::try_from(counted).is_ok_and(|counted| counted < seats).then(|| {
            format!(
                "GitLab starts it after {counted} of {seats} approvals, and waits for nobody else: give each seat of {} an approval rule, or count {seats}",
                environment.name
            )
        })
    }

    /// Says why a decision may not go on record, by what GitLab would have said of it.
    fn why_not_on_record(
        &self,
        golive: &GoLive,
        vote: &Vote<'_>,
        me: &Person,
    ) -> Option<&'static str> {
        match golive.state() {
            DeploymentState::Blocked | DeploymentState::Approved => {}
            state => return Some(past(state)),
        }
        let known = self.neutral(golive)?;
        if known.created_by == *me {
            return Some("its pipeline is yours, so somebody else must decide");
        }
        let sits = |one: &Approval| {
            &one.by == me && one.decision == Decision::Approved && one.role.as_ref() != vote.role
        };
        let has_seat = known.approvals.iter().any(sits);
        (vote.decision == Decision::Approved && has_seat).then_some(ONE_EACH)
    }

    /// Says it to GitLab for one job's deployment.
    async fn vote(
        &self,
        golive: &GoLive,
        part: &Part,
        vote: &Vote<'_>,
        me: &Person,
    ) -> Result<Written<()>, Error> {
        let mut body = Map::new();
        let status = match vote.decision {
            Decision::Approved => "approved",
            Decision::Rejected => "rejected",
        };
        body.insert("status".to_owned(), json!(status));
        if let Some(comment) = vote.comment {
            body.insert("comment".to_owned(), json!(comment));
        }
        // Only a name that GitLab has: another one would be refused.
        let name = vote.role.and_then(|role| {
            seats::rule_name(
                &part.detail,
                role,
                &golive.environment,
                &self.options.project,
            )
        });
        if let Some(name) = name {
            body.insert("represented_as".to_owned(), json!(name));
        }
        let id = part.deployment.id.to_string();
        let ask = self
            .post(&["deployments", &id, "approval"])
            .await?
            .json(&body);
        Ok(match self.send(&ask).await? {
            Came::Yes(_) => Written::Done(()),
            Came::No { status: 404, .. } => Written::Refused(
                "this GitLab has no approvals of deployments, or not for you".to_owned(),
            ),
            Came::No { why, .. } => Written::Refused(why),
            Came::Unclear(why) => {
                let ask = self.get(&["deployments", &id]).await?;
                let detail: wire::DeploymentDetail = self.http().read(&ask).await?;
                if has_voted(&detail, vote, me) {
                    Written::Done(())
                } else {
                    Written::Unknown(why)
                }
            }
        })
    }

    /// Returns my decision if every job that waits has it.
    fn my_vote(&self, golive: &GoLive, vote: &Vote<'_>, me: &Person) -> Option<Approval> {
        let known = self.neutral(golive)?;
        known.approvals.into_iter().find(|one| {
            &one.by == me
                && one.decision == vote.decision
                && (vote.role.is_none() || one.role.is_none() || one.role.as_ref() == vote.role)
        })
    }

    fn spoken(&self, vote: &Vote<'_>, me: &Person) -> Approval {
        Approval {
            proof: Default::default(),
            by: me.clone(),
            role: vote.role.cloned(),
            head: vote.head.clone(),
            decision: vote.decision,
            at: self.now(),
            comment: vote.comment.map(Untrusted::new),
        }
    }
}

/// Says why nothing is decided any more.
fn past(state: DeploymentState) -> &'static str {
    match state {
        DeploymentState::Blocked | DeploymentState::Approved => "it waits to be decided",
        DeploymentState::Rejected => "it was rejected",
        DeploymentState::Running => "it runs already",
        DeploymentState::Succeeded | DeploymentState::Failed | DeploymentState::Cancelled => {
            "it has ended"
        }
    }
}

fn has_voted(detail: &wire::DeploymentDetail, vote: &Vote<'_>, me: &Person) -> bool {
    let status = match vote.decision {
        Decision::Approved => "approved",
        Decision::Rejected => "rejected",
    };
    detail
        .approvals
        .iter()
        .any(|one| one.user.person() == *me && one.status == status)
}
