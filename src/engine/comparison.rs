//! What is compared with what, to see what a change request or a go-live brings.

use std::fmt;
use std::str::FromStr;

use crate::model::Against;
use crate::model::ChangeRequest;
use crate::model::CommitId;
use crate::model::Deployment;
use crate::model::DeploymentState;
use crate::model::EnvironmentName;
use crate::model::Project;
use crate::model::Subject;
use crate::model::Untrusted;

use super::look::sight;
use super::observation::Observation;
use super::plan::Refusal;

/// Something that has a diff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiffOf {
    Subject(Subject),
    /// A single commit, against its first parent.
    Commit(CommitId),
}

/// A diff to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    pub of: DiffOf,
    /// `preprod to production`.
    pub title: String,
    pub against: Against,
    pub head: CommitId,
    /// What it is compared with, for people.
    pub words: String,
    /// What those who bring it call it: title, branches, author.
    pub names: Vec<Untrusted>,
}

impl fmt::Display for DiffOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Subject(Subject::Request(id)) => write!(f, "{id}"),
            Self::Subject(Subject::Deployment(id)) => write!(f, "deployment:{id}"),
            Self::Commit(id) => write!(f, "commit:{id}"),
        }
    }
}

impl FromStr for DiffOf {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let said = |error: crate::model::IdError| error.to_string();
        if let Some(id) = text.strip_prefix("commit:") {
            return id.parse().map(Self::Commit).map_err(said);
        }
        let subject = match text.strip_prefix("deployment:") {
            Some(id) => Subject::Deployment(id.parse().map_err(said)?),
            None => Subject::Request(text.parse().map_err(said)?),
        };
        Ok(Self::Subject(subject))
    }
}

/// Returns what must be compared to see what `of` brings.
///
/// # Errors
/// Where it is not here, or what it would be compared with is not in sight.
pub fn comparison(
    seen: &Observation,
    project: &Project,
    of: &DiffOf,
) -> Result<Comparison, Refusal> {
    let refuse = |reason: String| Refusal {
        wanted: format!("show the diff of {of}"),
        reasons: vec![reason],
        hint: Some("`lanekeeper approvals` lists what can be decided".to_owned()),
    };
    match of {
        DiffOf::Commit(id) => Ok(Comparison {
            of: of.clone(),
            title: format!("commit {}", id.short()),
            against: Against::FirstParent,
            head: id.clone(),
            words: "against its first parent".to_owned(),
            names: Vec::new(),
        }),
        DiffOf::Subject(Subject::Request(id)) => {
            let requests = seen.requests.value().ok_or_else(|| {
                let blind = sight("the change requests", Some(&seen.requests));
                refuse(blind.map_or_else(String::new, |blind| blind.words(seen.now)))
            })?;
            let request = requests.iter().find(|request| &request.id == id);
            let request =
                request.ok_or_else(|| refuse(format!("there is no change request {id} here")))?;
            of_request(seen, of, request).map_err(refuse)
        }
        DiffOf::Subject(Subject::Deployment(id)) => {
            let deployments = seen.deployments.value().ok_or_else(|| {
                let blind = sight("the deployments", Some(&seen.deployments));
                refuse(blind.map_or_else(String::new, |blind| blind.words(seen.now)))
            })?;
            let deployment = deployments.iter().find(|deployment| &deployment.id == id);
            let deployment =
                deployment.ok_or_else(|| refuse(format!("there is no deployment {id} here")))?;
            Ok(of_deployment(seen, project, of, deployments, deployment))
        }
    }
}

fn of_request(
    seen: &Observation,
    of: &DiffOf,
    request: &ChangeRequest,
) -> Result<Comparison, String> {
    let title = format!("{} to {}", request.from, request.into);
    if let Some(merged) = request.merged() {
        return Ok(Comparison {
            of: of.clone(),
            title,
            against: Against::FirstParent,
            head: merged.commit.clone(),
            words: format!("what the merge {} brought", merged.commit.short()),
            names: names(request),
        });
    }
    let tip = seen.tips.value().and_then(|tips| tips.get(&request.into));
    let tip = tip.ok_or_else(|| format!("its target {} is not in sight", request.into))?;
    Ok(Comparison {
        of: of.clone(),
        title,
        against: Against::MergeBase(tip.clone()),
        head: request.head.clone(),
        words: format!("since it left {} at {}", request.into, tip.short()),
        names: names(request),
    })
}

fn of_deployment(
    seen: &Observation,
    project: &Project,
    of: &DiffOf,
    deployments: &[Deployment],
    deployment: &Deployment,
) -> Comparison {
    let environment = &deployment.environment;
    let before = deployments.iter().find(|other| {
        &other.environment == environment
            && other.id != deployment.id
            && other.state == DeploymentState::Succeeded
            && other.created_at <= deployment.created_at
    });
    let (against, words) = match before {
        Some(before) => (
            Against::Commit(before.commit.clone()),
            format!(
                "what ships: since deployment {} of {}",
                before.id,
                before.commit.short()
            ),
        ),
        None => match tip_of(seen, project, environment) {
            Some(tip) if tip != &deployment.commit => (
                Against::NewTo(tip.clone()),
                format!(
                    "no earlier deployment is known: since it left the branch at {}, or what its latest merge brought where it is part of that",
                    tip.short()
                ),
            ),
            Some(_) | None => (
                Against::FirstParent,
                "no earlier deployment is known: what its latest merge brought".to_owned(),
            ),
        },
    };
    Comparison {
        of: of.clone(),
        title: format!("deploy {} to {environment}", deployment.commit.short()),
        against,
        head: deployment.commit.clone(),
        words,
        names: Vec::new(),
    }
}

/// Returns the names that a reviewer goes by.
fn names(request: &ChangeRequest) -> Vec<Untrusted> {
    let login = request.author.login.as_deref().unwrap_or_default();
    let mut names = vec![request.title.clone(), request.author.name.clone()];
    names.extend([request.from.as_str(), request.into.as_str(), login].map(Untrusted::from));
    names
}

/// Returns the tip of the lane that is deployed there.
fn tip_of<'a>(
    seen: &'a Observation,
    project: &Project,
    environment: &EnvironmentName,
) -> Option<&'a CommitId> {
    let lane = project.lanes.iter().find(|lane| {
        let of_lane = project.environment_of(&lane.name);
        of_lane.is_some_and(|known| &known.name == environment)
    })?;
    seen.tips.value()?.get(&lane.branch_name()?)
}
