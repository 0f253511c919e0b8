//! The next stage of a go-live: create the deployment, or press start.

use crate::engine::begun::begun;
use crate::engine::derive::current_deployment;
use crate::engine::ended::job_to_retry;
use crate::engine::ended::on_its_page;
use crate::engine::intent::Intent;
use crate::engine::look::sight;
use crate::engine::other_base::open_alarm;
use crate::engine::seats::only_by;
use crate::engine::state::StepProgress;
use crate::engine::state::StepState;
use crate::engine::state::WaitingOn;
use crate::model::Deployment;
use crate::model::DeploymentState;
use crate::model::EnvironmentName;
use crate::model::LaneName;
use crate::model::Role;
use crate::model::Subject;
use crate::model::Untrusted;
use crate::model::Verdict;
use crate::playbook::Step;

use super::Call;
use super::Desk;
use super::Expectation;
use super::Level;
use super::Refusal;
use super::draft::Draft;
use super::refuse;

pub(super) fn plan_deploy(
    desk: &Desk<'_>,
    step: &Step,
    progress: &StepProgress,
    environment: &EnvironmentName,
    lane: &LaneName,
) -> Result<Draft, Refusal> {
    let wanted = format!("do {}", step.id);
    desk.can_see(&wanted)?;
    if let Some(blind) = sight("the deployments", Some(&desk.look.seen.deployments)) {
        return Err(refuse(wanted, blind.words(desk.look.seen.now)));
    }
    let current = current_deployment(desk.look, &step.id, environment, lane);
    let draft = match current {
        Some(deployment) => match deployment.state {
            DeploymentState::Blocked | DeploymentState::Approved => {
                plan_start(desk, &wanted, progress, deployment)
            }
            DeploymentState::Running
                if desk.look.seen.capabilities.starts_jobs
                    && deployment.held().next().is_some() =>
            {
                plan_start(desk, &wanted, progress, deployment)
            }
            DeploymentState::Running => Err(Refusal {
                wanted,
                reasons: progress.state.why(desk.look.seen.now),
                hint: Some("it is running; its jobs and health checks tell".into()),
            }),
            // It ended without bringing every app up: another one is needed.
            DeploymentState::Rejected
            | DeploymentState::Failed
            | DeploymentState::Cancelled
            | DeploymentState::Succeeded => match has_no_second(desk, lane, deployment) {
                Some(why) => Err(run_again(desk, wanted, progress, deployment, why)),
                None => plan_create(desk, &wanted, environment, lane),
            },
        },
        None => plan_create(desk, &wanted, environment, lane),
    };
    let mut draft = draft?;
    desk.tell_freeze(&mut draft, lane);
    Ok(draft.step(&step.id, None))
}

pub(super) fn is_production(desk: &Desk<'_>, environment: &EnvironmentName) -> bool {
    desk.look.project().is_production_name(environment)
}

/// Returns why no other go-live of what the lane has can be made, where the forge has one for each commit.
fn has_no_second<'a>(desk: &Desk<'a>, lane: &LaneName, ended: &Deployment) -> Option<&'a str> {
    let capabilities = &desk.look.seen.capabilities;
    let why = capabilities.no_second_golive.get(&ended.environment)?;
    (desk.look.lane_tip(lane) == Some(&ended.commit)).then_some(why.as_str())
}

/// Refuses another go-live of a commit, and says how the one that has ended goes on.
fn run_again(
    desk: &Desk<'_>,
    wanted: String,
    progress: &StepProgress,
    ended: &Deployment,
    why: &str,
) -> Refusal {
    let mut reasons = progress.state.why(desk.look.seen.now);
    reasons.push(why.to_owned());
    // Without such a job the step's own reasons name its page, unless somebody rejected it.
    let hint = job_to_retry(desk.look, ended).map(|job| {
        let again = Intent::Retry {
            job: job.id.clone(),
        };
        if desk.plan(&again).is_err() {
            return on_its_page(ended);
        }
        let name = Untrusted::new(job.name.as_str()).show();
        let retry = desk.line(format!("retry {}", job.id));
        format!("`{retry}` runs `{name}` again")
    });
    let hint = hint.filter(|hint| !reasons.contains(hint));
    Refusal {
        wanted,
        reasons,
        hint,
    }
}

fn plan_create(
    desk: &Desk<'_>,
    wanted: &str,
    environment: &EnvironmentName,
    lane: &LaneName,
) -> Result<Draft, Refusal> {
    let branch = desk.branch(wanted, lane)?;
    let tip = desk.fresh_tip(wanted, &branch)?;
    let presence = desk.look.is_present(lane);
    if presence.is_none_or(|presence| presence.tip != tip) {
        let verdict = desk
            .look
            .presence(lane)
            .filter(|presence| presence.tip == tip)
            .map_or(Verdict::Unknown, |presence| presence.verdict);
        return Err(refuse(
            wanted,
            format!("the fix is {} in {lane} at {}", verdict.word(), tip.short()),
        ));
    }
    if let Some(alarm) = open_alarm(desk.look, lane) {
        return Err(refuse(wanted, alarm).hint(how_to_clear(desk, lane)));
    }
    let quiet = desk.is_quiet(wanted, environment)?;
    let apps = desk
        .look
        .project()
        .environment(environment)
        .map_or(&[][..], |environment| &environment.apps);
    let mut draft = Draft::new(
        format!("create the deployment of {} to {environment}", tip.short()),
        Level::L3,
    );
    // Where the last approval starts it, creating it is what sets it going.
    let capabilities = &desk.look.seen.capabilities;
    let approval_starts = capabilities.is_started_by_approval(environment);
    let seat = if approval_starts {
        desk.seat(&mut draft, wanted, environment)?
    } else {
        None
    };
    draft.call(
        Call::CreateDeployment {
            environment: environment.clone(),
            commit: tip.clone(),
        },
        vec![
            Expectation::Branch {
                branch,
                at: Some(tip.clone()),
            },
            quiet,
        ]
        .into_iter()
        .chain(seat)
        .collect(),
    );
    draft.ok(format!("the fix is PRESENT in {lane} at {}", tip.short()));
    draft.ok(format!("no deployment to {environment} is running"));
    let project = desk.look.project();
    if let Some(alone) = only_by(project, environment, &desk.look.seen.me) {
        draft.warn(format!("{alone}: let somebody else create it"));
    }
    desk.tell_starters(&mut draft, environment);
    draft.will_change.push(format!(
        "a deployment that waits to be approved and started; {environment} itself stays as it is"
    ));
    if !apps.is_empty() {
        let names: Vec<&str> = apps.iter().map(|app| app.as_str()).collect();
        draft.ok(format!("deploys {}", names.join(", ")));
    }
    draft.way_back = if approval_starts {
        "reject it; the last approval starts it".to_owned()
    } else {
        "leave it: nothing starts by itself".to_owned()
    };
    Ok(draft)
}

fn how_to_clear(desk: &Desk<'_>, lane: &LaneName) -> String {
    let accept = desk.line(format!("acknowledge {lane} --note N"));
    format!("look at what came in between, then: {accept}")
}

/// Presses start; where some of the jobs run already, on those that somebody who was interrupted left.
fn plan_start(
    desk: &Desk<'_>,
    wanted: &str,
    progress: &StepProgress,
    deployment: &Deployment,
) -> Result<Draft, Refusal> {
    let environment = &deployment.environment;
    let waits: Vec<WaitingOn> = match &progress.state {
        StepState::Underway(on) | StepState::Waiting(on) => on
            .iter()
            .filter(|reason| !is_of_start(reason))
            .cloned()
            .collect(),
        StepState::Failed(why) => {
            return Err(Refusal {
                wanted: wanted.to_owned(),
                reasons: why.clone(),
                hint: None,
            });
        }
        StepState::Ready | StepState::Done(_) | StepState::Skipped { .. } => Vec::new(),
    };
    let begun = begun(desk.look, deployment);
    let is_rest = deployment.is_running() || begun.is_some();
    let title = if is_rest {
        format!(
            "start what is left of deployment {} to {environment}",
            deployment.id
        )
    } else {
        format!("start deployment {} to {environment}", deployment.id)
    };
    let kept_out = desk.kept_out(environment);
    if !waits.is_empty() || kept_out.is_some() {
        let hint = kept_out.is_some().then(|| somebody_else(desk, wanted));
        let mut reasons = desk.words(&waits);
        reasons.extend(kept_out);
        let subject = Subject::Deployment(deployment.id.clone());
        return Err(Refusal {
            wanted: title,
            reasons,
            hint: hint.or_else(|| desk.way_around(&subject)),
        });
    }
    let own = deployment.is_running().then_some(&deployment.id);
    let quiet = desk.is_quiet_but(wanted, environment, own)?;
    let (mut draft, expects) = draft_of(desk, wanted, title, deployment, quiet)?;
    draft.call(
        Call::StartDeployment {
            deployment: deployment.id.clone(),
            environment: environment.clone(),
            commit: deployment.commit.clone(),
        },
        expects,
    );
    for seat in &progress.seats {
        if let Some(by) = &seat.taken_by {
            draft.ok(format!("{}: {}", seat.role, by.show()));
        }
    }
    desk.tell_overrides(&mut draft, wanted, &progress.seats, Some(environment))?;
    let seats: Vec<Role> = progress
        .seats
        .iter()
        .map(|seat| seat.role.clone())
        .collect();
    if let Some(only_we) = desk.only_we_ask(&seats, &deployment.seats, "start it") {
        draft.warn(only_we);
    }
    desk.tell_starters(&mut draft, environment);
    draft.ok(format!("no other deployment to {environment} is running"));
    if let Some(said) = begun {
        draft.ok(said);
    }
    if is_rest {
        for job in deployment.held() {
            let name = Untrusted::new(job.name.as_str()).show();
            draft.ok(format!("job {name} was not started with the others"));
        }
    }
    draft.will_change.push(format!(
        "{environment}   runs {}",
        deployment.commit.short()
    ));
    draft.will_not_change = vec!["branches, tags".to_owned()];
    draft.way_back = "deploy the commit that ran before; a deployment cannot be undone".to_owned();
    Ok(draft)
}

/// Says what to do where the forge lets only others start.
pub(super) fn somebody_else(desk: &Desk<'_>, wanted: &str) -> String {
    let line = desk.line(wanted);
    format!("`{line}` is for somebody who may; who that is, the forge's settings say")
}

/// Begins the draft of a call that lets a deployment do something: as dangerous as its environment is, under the seat.
/// Returns with it what the call expects.
pub(super) fn draft_of(
    desk: &Desk<'_>,
    wanted: &str,
    title: String,
    deployment: &Deployment,
    quiet: Expectation,
) -> Result<(Draft, Vec<Expectation>), Refusal> {
    let environment = &deployment.environment;
    let mut draft = Draft::new(title, desk.level_of_start(environment));
    draft.environment = is_production(desk, environment).then(|| environment.clone());
    let seat = desk.seat(&mut draft, wanted, environment)?;
    let state = Expectation::DeploymentIs {
        deployment: deployment.id.clone(),
        state: deployment.state,
    };
    let expects = [state, quiet].into_iter().chain(seat).collect();
    Ok((draft, expects))
}

/// Tells whether pressing start is what ends a wait, or nothing that has to end before: jobs that run, apps that come up.
fn is_of_start(reason: &WaitingOn) -> bool {
    matches!(
        reason,
        WaitingOn::Start { .. }
            | WaitingOn::Held { .. }
            | WaitingOn::Begun { .. }
            | WaitingOn::Job { .. }
            | WaitingOn::Runner { .. }
            | WaitingOn::End { .. }
            | WaitingOn::Health { .. }
    )
}
