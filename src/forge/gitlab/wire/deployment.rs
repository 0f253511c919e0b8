//! Deployments with their approvals.

use serde::Deserialize;

use crate::forge::soft::soft;

use super::User;
use super::ci::Job;

/// One job's deployment to one environment, as lists have it.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::forge::gitlab) struct Deployment {
    pub(in crate::forge::gitlab) id: u64,
    pub(in crate::forge::gitlab) sha: String,
    #[serde(default)]
    pub(in crate::forge::gitlab) status: String,
    pub(in crate::forge::gitlab) environment: Environment,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) user: Option<User>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) created_at: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) updated_at: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) deployable: Option<Job>,
}

/// The environment of a deployment.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::forge::gitlab) struct Environment {
    pub(in crate::forge::gitlab) name: String,
}

/// What only a single deployment's answer has.
#[derive(Debug, Clone, Default, Deserialize)]
pub(in crate::forge::gitlab) struct DeploymentDetail {
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) approvals: Vec<DeploymentApproval>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) pending_approval_count: u64,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) approval_summary: Option<Summary>,
}

impl DeploymentDetail {
    /// Returns the rules; none where the environment only counts approvals, or is not protected.
    pub(in crate::forge::gitlab) fn rules(&self) -> &[Rule] {
        self.approval_summary
            .as_ref()
            .map_or(&[], |summary| &summary.rules)
    }

    /// Returns how many people must approve, whoever they are, where there are no rules; those who did count.
    pub(in crate::forge::gitlab) fn counted(&self) -> u64 {
        if !self.rules().is_empty() {
            return 0;
        }
        let given = self.approvals.iter().filter(|one| one.status == "approved");
        let given = u64::try_from(given.count()).unwrap_or(u64::MAX);
        self.pending_approval_count.saturating_add(given)
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
pub(in crate::forge::gitlab) struct Summary {
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) rules: Vec<Rule>,
}

/// One rule: so many approvals of a group, a user or an access level.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::forge::gitlab) struct Rule {
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) access_level_description: String,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) required_approvals: u64,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) deployment_approvals: Vec<DeploymentApproval>,
}

impl Rule {
    /// Tells whether as many have approved as it wants.
    pub(in crate::forge::gitlab) fn is_met(&self) -> bool {
        let given = self.deployment_approvals.iter();
        let given = given.filter(|one| one.status == "approved").count();
        u64::try_from(given).unwrap_or(u64::MAX) >= self.required_approvals
    }
}

/// A yes or a no to a deployment.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::forge::gitlab) struct DeploymentApproval {
    pub(in crate::forge::gitlab) user: User,
    #[serde(default)]
    pub(in crate::forge::gitlab) status: String,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) created_at: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) comment: Option<String>,
}
