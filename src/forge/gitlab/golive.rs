//! One go-live: a pipeline's deployments to one environment, and what they come to together.

use crate::model::CommitId;
use crate::model::DeploymentId;
use crate::model::DeploymentState;
use crate::model::EnvironmentName;

use super::wire;

/// One pipeline's deployments to one environment.
pub(super) struct GoLive {
    pub(super) environment: EnvironmentName,
    pub(super) commit: CommitId,
    pub(super) parts: Vec<Part>,
    /// Jobs of the same stage that deploy an app without an environment of their own.
    pub(super) extra: Vec<wire::Job>,
    /// What its pipeline does before it gets there, in words.
    pub(super) behind: Option<String>,
}

/// One job's deployment.
pub(super) struct Part {
    pub(super) deployment: wire::Deployment,
    pub(super) detail: wire::DeploymentDetail,
}

/// How one job's deployment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// The pipeline has not reached its stage.
    NotReached,
    /// GitLab waits for approvals. That is not what it calls `blocked`: every manual job's deployment is, asked for or not.
    Blocked,
    /// Somebody may press play.
    Manual,
    Moving,
    Succeeded,
    Failed,
    Cancelled,
    Rejected,
}

impl Part {
    pub(super) fn phase(&self) -> Phase {
        let is_rejected = self
            .detail
            .approvals
            .iter()
            .any(|one| one.status == "rejected");
        let Some(job) = &self.deployment.deployable else {
            // Made through the API, without a job.
            return match self.deployment.status.as_str() {
                "success" => Phase::Succeeded,
                "failed" => Phase::Failed,
                "canceled" | "skipped" => Phase::Cancelled,
                "running" => Phase::Moving,
                "blocked" if self.waits_for_approval() => Phase::Blocked,
                _ => Phase::NotReached,
            };
        };
        match job.status.as_str() {
            "success" => Phase::Succeeded,
            "failed"
                if is_rejected || job.failure_reason.as_deref() == Some("deployment_rejected") =>
            {
                Phase::Rejected
            }
            "failed" => Phase::Failed,
            "canceled" | "skipped" => Phase::Cancelled,
            // By its word alone it cannot be told: it stays `blocked` until somebody presses play.
            "manual" if self.waits_for_approval() => Phase::Blocked,
            "manual" => Phase::Manual,
            "created" => Phase::NotReached,
            // `pending`, `running`, and every word that is new: it may be on its way.
            _ => Phase::Moving,
        }
    }

    pub(super) fn job(&self) -> Option<&wire::Job> {
        self.deployment.deployable.as_ref()
    }

    /// Tells whether approvals are missing that GitLab asks for; where nothing is protected, and on Free, it says of none.
    fn waits_for_approval(&self) -> bool {
        self.detail.pending_approval_count > 0
            || self.detail.rules().iter().any(|rule| !rule.is_met())
    }

    /// Tells whether GitLab asks for approvals here.
    pub(super) fn is_protected(&self) -> bool {
        !self.detail.rules().is_empty()
            || self.detail.pending_approval_count > 0
            || !self.detail.approvals.is_empty()
    }
}

impl GoLive {
    /// Returns the number that people see: that of the newest deployment, so that a retry is another go-live, with
    /// approvals of its own.
    pub(super) fn number(&self) -> u64 {
        let numbers = self.parts.iter().map(|part| part.deployment.id);
        numbers.max().unwrap_or_default()
    }

    pub(super) fn id(&self) -> Option<DeploymentId> {
        self.number().to_string().parse().ok()
    }

    /// Returns the page of its pipeline, where all of its jobs are.
    pub(super) fn page(&self) -> Option<String> {
        let mut pipelines = self
            .parts
            .iter()
            .filter_map(|part| part.job()?.pipeline.as_ref());
        pipelines.find_map(|pipeline| pipeline.web_url.clone())
    }

    pub(super) fn state(&self) -> DeploymentState {
        let mut phases: Vec<Phase> = self.parts.iter().map(Part::phase).collect();
        let is_gate_open = phases.iter().all(|phase| *phase == Phase::Succeeded);
        phases.extend(
            self.extra
                .iter()
                .filter_map(|job| match job.status.as_str() {
                    "success" => Some(Phase::Succeeded),
                    "failed" => Some(Phase::Failed),
                    "canceled" | "skipped" => Some(Phase::Cancelled),
                    "manual" => Some(Phase::Manual),
                    // It waits for the job before it, which tells where we are.
                    "created" if !is_gate_open => None,
                    _ => Some(Phase::Moving),
                }),
        );
        let has = |phase: Phase| phases.contains(&phase);
        if has(Phase::Rejected) {
            DeploymentState::Rejected
        } else if has(Phase::Moving) {
            DeploymentState::Running
        } else if has(Phase::Failed) {
            DeploymentState::Failed
        } else if has(Phase::Cancelled) {
            DeploymentState::Cancelled
        } else if has(Phase::Blocked) || has(Phase::NotReached) {
            DeploymentState::Blocked
        } else if has(Phase::Manual) {
            DeploymentState::Approved
        } else {
            DeploymentState::Succeeded
        }
    }

    /// Returns the parts whose approvals matter: those that wait for them, else all that ever asked.
    pub(super) fn judged(&self) -> Vec<&Part> {
        let waiting: Vec<&Part> = self
            .parts
            .iter()
            .filter(|part| part.phase() == Phase::Blocked)
            .collect();
        if !waiting.is_empty() {
            return waiting;
        }
        self.parts
            .iter()
            .filter(|part| part.is_protected())
            .collect()
    }

    /// Tells whether some of its jobs were; for this what the list says is enough.
    pub(super) fn is_started(&self) -> bool {
        let waits = |part: &Part| {
            matches!(
                part.phase(),
                Phase::NotReached | Phase::Blocked | Phase::Manual
            )
        };
        !self.parts.iter().all(waits)
    }
}

/// Tells whether a job is the one that is configured, or one of several that it was made into: `deploy: [portal]`,
/// `deploy:portal`, `deploy 1/3`, `deploy-portal`.
pub(super) fn is_named(name: &str, wanted: &str) -> bool {
    name.strip_prefix(wanted)
        .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(status: &str, job: &str, more: &str) -> Part {
        let text = format!(
            r#"{{"id":1,"sha":"{}","status":"{status}","environment":{{"name":"production"}},
                "deployable":{{"id":9,"name":"deploy","status":"{job}"{more}}}}}"#,
            "a".repeat(40)
        );
        Part {
            deployment: serde_json::from_str(&text).expect("a deployment"),
            detail: wire::DeploymentDetail::default(),
        }
    }

    fn state(parts: Vec<Part>) -> DeploymentState {
        let golive = GoLive {
            environment: "production".parse().expect("a name"),
            commit: "a".repeat(40).parse().expect("an id"),
            parts,
            extra: Vec::new(),
            behind: None,
        };
        golive.state()
    }

    /// Makes the part of a manual job, with what GitLab says of the approvals that it asks for.
    fn asked(detail: &str) -> Part {
        Part {
            detail: serde_json::from_str(detail).expect("a deployment"),
            ..part("blocked", "manual", "")
        }
    }

    #[test]
    fn a_manual_job_waits_for_approvals_only_where_some_are_missing() {
        let is =
            |detail: &str, wanted: Phase| assert_eq!(asked(detail).phase(), wanted, "{detail}");
        let rules = |given: &str| {
            format!(
                r#""approval_summary":{{"rules":[{{"access_level_description":"Leads","required_approvals":1,
                    "deployment_approvals":[{given}]}}]}}"#
            )
        };
        let yes = r#"{"user":{"id":4,"username":"a"},"status":"approved"}"#;
        // Free says of no approvals at all.
        is("{}", Phase::Manual);
        is(
            r#"{"pending_approval_count":0,"approvals":[]}"#,
            Phase::Manual,
        );
        is(r#"{"pending_approval_count":2}"#, Phase::Blocked);
        is(
            &format!(r#"{{"pending_approval_count":1,{}}}"#, rules("")),
            Phase::Blocked,
        );
        is(&format!("{{{}}}", rules("")), Phase::Blocked);
        // All have approved, and it stays what GitLab calls blocked: somebody must press play.
        is(
            &format!(r#"{{"pending_approval_count":0,{}}}"#, rules(yes)),
            Phase::Manual,
        );
    }

    #[test]
    fn a_go_live_waits_as_long_as_one_of_its_jobs_waits() {
        let waits = || asked(r#"{"pending_approval_count":1}"#);
        let manual = || part("blocked", "manual", "");
        assert_eq!(state(vec![waits()]), DeploymentState::Blocked);
        assert_eq!(state(vec![manual(), waits()]), DeploymentState::Blocked);
        assert_eq!(state(vec![manual(), manual()]), DeploymentState::Approved);
    }

    #[test]
    fn a_go_live_is_what_its_jobs_are() {
        let is = |parts: &[(&str, &str)], wanted: DeploymentState| {
            let all = parts
                .iter()
                .map(|(status, job)| part(status, job, ""))
                .collect();
            assert_eq!(state(all), wanted, "{parts:?}");
        };
        is(&[("blocked", "manual")], DeploymentState::Approved);
        is(&[("created", "created")], DeploymentState::Blocked);
        is(
            &[("blocked", "manual"), ("created", "created")],
            DeploymentState::Blocked,
        );
        is(
            &[("running", "running"), ("blocked", "manual")],
            DeploymentState::Running,
        );
        is(
            &[("created", "pending"), ("success", "success")],
            DeploymentState::Running,
        );
        // Somebody pressed only one of two: it can be started again.
        is(
            &[("success", "success"), ("blocked", "manual")],
            DeploymentState::Approved,
        );
        is(
            &[("success", "success"), ("failed", "failed")],
            DeploymentState::Failed,
        );
        is(
            &[("success", "success"), ("canceled", "canceled")],
            DeploymentState::Cancelled,
        );
        is(&[("skipped", "skipped")], DeploymentState::Cancelled);
        is(
            &[("success", "success"), ("success", "success")],
            DeploymentState::Succeeded,
        );
        is(&[("created", "a new word")], DeploymentState::Running);
    }

    #[test]
    fn a_rejection_is_told_from_a_failure() {
        let rejected = part(
            "failed",
            "failed",
            r#","failure_reason":"deployment_rejected""#,
        );
        assert_eq!(state(vec![rejected]), DeploymentState::Rejected);
        let failed = part("failed", "failed", r#","failure_reason":"script_failure""#);
        assert_eq!(state(vec![failed]), DeploymentState::Failed);
    }

    #[test]
    fn the_jobs_that_one_was_made_into_are_known_by_its_name() {
        for name in [
            "deploy",
            "deploy: [portal]",
            "deploy:portal",
            "deploy 1/3",
            "deploy-portal",
        ] {
            assert!(is_named(name, "deploy"), "{name}");
        }
        assert!(!is_named("deployment", "deploy"));
        assert!(!is_named("redeploy", "deploy"));
    }
}
