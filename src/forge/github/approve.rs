//! Decisions about a run's gates. A yes at the last gate starts the run: there is nothing to press afterwards.

use serde_json::json;

use crate::forge::Error;
use crate::forge::Written;
use crate::model::Approval;
use crate::model::CommitId;
use crate::model::Decision;
use crate::model::DeploymentId;
use crate::model::Role;
use crate::model::Untrusted;

use super::actions;
use super::gates::Gate;
use super::hub::Came;
use super::hub::Hub;
use super::runs::Place;
use super::runs::approval;
use super::sight::RunSight;

impl Hub {
    /// Approves or rejects at the gate of a seat.
    pub(super) async fn decide_run(
        &self,
        id: &DeploymentId,
        head: &CommitId,
        role: Option<&Role>,
        decision: Decision,
        comment: Option<&str>,
    ) -> Result<Written<Approval>, Error> {
        let refused = |why: String| Ok(Written::Refused(format!("deployment {id}: {why}")));
        let (place, sight) = self.look_closely(id).await?;
        if &sight.run.head_sha != head {
            return refused(format!(
                "it deploys {}, and you looked at {}",
                sight.run.head_sha.short(),
                head.short()
            ));
        }
        let gate = match pick(&place, &sight, role, decision) {
            Ok(gate) => gate,
            Err(why) => return refused(why),
        };
        let me = self.me().await?;
        let mine = |sight: &RunSight| {
            let decided = approval(gate, sight, sight.decision(&place, gate)?)?;
            (decided.by == me && decided.decision == decision).then_some(decided)
        };
        if let Some(mine) = mine(&sight) {
            return Ok(Written::AlreadyDone(mine));
        }
        let pending = match waiting(&place, gate, &sight) {
            Ok(pending) => pending,
            Err(why) => return refused(why),
        };
        match self.pass(&sight, &[pending], decision, comment).await? {
            Came::Yes(_) => Ok(Written::Done(Approval {
                proof: Default::default(),
                by: me,
                role: gate.role.clone(),
                head: head.clone(),
                decision,
                at: self.now(),
                comment: comment.map(Untrusted::new),
            })),
            Came::No(_, why) => refused(why),
            Came::Unclear(why) => {
                let (_, sight) = self.look_closely(id).await?;
                Ok(match mine(&sight) {
                    Some(mine) => Written::Done(mine),
                    None => Written::Unknown(why),
                })
            }
        }
    }

    /// Returns where a deployment goes, and its run as it is now.
    pub(super) async fn look_closely(
        &self,
        id: &DeploymentId,
    ) -> Result<(Place<'_>, RunSight), Error> {
        let gone = || Error::NotFound {
            what: format!("deployment {id}"),
        };
        let (run, environment) = self.whose(id)?;
        let found = self.environments().await?;
        let place = self.place(environment, &found).ok_or_else(gone)?;
        let run = self.run(run).await?.ok_or_else(gone)?;
        Ok((place, self.sight(run).await?))
    }

    /// Decides about environments that a run waits for.
    pub(super) async fn pass(
        &self,
        sight: &RunSight,
        pending: &[&actions::Pending],
        decision: Decision,
        comment: Option<&str>,
    ) -> Result<Came, Error> {
        let number = sight.run.id.to_string();
        let ids: Vec<u64> = pending.iter().map(|one| one.environment.id).collect();
        let ask = self
            .post(&["actions", "runs", &number, "pending_deployments"])
            .json(&json!({
                "environment_ids": ids,
                "state": state_word(decision),
                "comment": comment.unwrap_or(words(decision)),
            }));
        Ok(match self.send(&ask).await? {
            Came::Yes(answer) => match answer.json::<Vec<serde_json::Value>>() {
                Ok(_) => Came::Yes(answer),
                Err(error) => Came::Unclear(error.to_string()),
            },
            other => other,
        })
    }
}

/// What is said where nobody said anything: GitHub's description asks for a comment, and not whether an empty one will do.
fn words(decision: Decision) -> &'static str {
    match decision {
        Decision::Approved => "Approved with Lanekeeper.",
        Decision::Rejected => "Rejected with Lanekeeper.",
    }
}

fn state_word(decision: Decision) -> &'static str {
    match decision {
        Decision::Approved => "approved",
        Decision::Rejected => "rejected",
    }
}

/// Returns the gate to decide at: that of the seat, or without a seat the only one that the run waits at.
fn pick<'a>(
    place: &'a Place<'_>,
    sight: &RunSight,
    role: Option<&Role>,
    decision: Decision,
) -> Result<&'a Gate, String> {
    match decision {
        // GitHub starts a run as soon as its own gates are passed, whoever else was to be asked.
        Decision::Approved => {
            if let Some(gap) = place.gates.gap(place.environment) {
                return Err(gap);
            }
        }
        Decision::Rejected => {}
    }
    let mut waited = place
        .gates
        .gates
        .iter()
        .filter(|gate| sight.waits_at(gate).is_some());
    let Some(role) = role else {
        return match (waited.next(), waited.next()) {
            (Some(only), None) => Ok(only),
            (None, _) => Err("the run waits for nobody".to_owned()),
            (Some(_), Some(_)) => {
                Err("the run waits at several gates: say in which seat".to_owned())
            }
        };
    };
    if let Some(gate) = place.gates.of_role(role) {
        return Ok(gate);
    }
    match (decision, waited.next()) {
        // A no stops the run at any gate.
        (Decision::Rejected, Some(gate)) => Ok(gate),
        (Decision::Rejected | Decision::Approved, _) => Err(format!(
            "no environment holds the seat {role}: make `{}-{role}` with reviewers",
            place.environment.name
        )),
    }
}

/// Returns the gate's entry if we may decide there now.
fn waiting<'a>(
    place: &Place<'_>,
    gate: &Gate,
    sight: &'a RunSight,
) -> Result<&'a actions::Pending, String> {
    let name = &gate.name;
    if let Some(pending) = sight.waits_at(gate) {
        if pending.current_user_can_approve {
            return Ok(pending);
        }
        let starter = if gate.bars_starter {
            ", or you started the run"
        } else {
            ""
        };
        return Err(format!(
            "GitHub does not take your decision about `{name}`: you are none of its reviewers{starter}"
        ));
    }
    if sight.run.has_ended() {
        return Err("its run has ended".to_owned());
    }
    if let Some(decided) = sight.decision(place, gate) {
        let by = decided.user.as_ref().map(|user| user.login.as_str());
        return Err(format!(
            "`{name}` was {} by {}",
            Untrusted::new(decided.state.as_str()).show(),
            by.unwrap_or("somebody")
        ));
    }
    let others: Vec<&str> = sight
        .pending
        .iter()
        .map(|one| one.environment.name.as_str())
        .collect();
    Err(if others.is_empty() {
        format!("the run has not reached `{name}` yet: look again in a moment")
    } else {
        format!("`{name}` opens after `{}`", others.join("`, `"))
    })
}
