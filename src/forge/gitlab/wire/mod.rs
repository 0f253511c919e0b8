//! What travels, as lean as we use it. Words are texts, so that a new one is no error; a field at the side that has
//! another type than expected is as if it were not there.

mod ci;
mod deployment;
mod project;
mod request;

use serde::Deserialize;

use crate::forge::soft::soft;
use crate::model::Person;
use crate::model::Timestamp;

pub(super) use ci::{Bridge, Commit, Job, Pipeline, Status};
pub(super) use deployment::{Deployment, DeploymentApproval, DeploymentDetail, Rule};
pub(super) use project::{
    Branch, Member, Metadata, Permissions, Project, ProtectedEnvironment, StartLevel,
};
pub(super) use request::{ApprovalRule, ApprovalState, Approvals, Note, Request, Version};

/// Reads a time; none where the text is no time.
pub(super) fn time(text: Option<&String>) -> Option<Timestamp> {
    text?.parse().ok()
}

/// Somebody with an account.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct User {
    pub(super) id: u64,
    #[serde(default)]
    pub(super) username: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) name: String,
    /// Told of administrators, to themselves.
    #[serde(default, deserialize_with = "soft")]
    pub(super) is_admin: bool,
}

impl User {
    pub(super) fn person(&self) -> Person {
        Person::from_account(self.id, &self.username, &self.name)
    }
}

/// Returns the person, or nobody where the account is gone.
pub(super) fn person(user: Option<&User>) -> Person {
    user.map_or_else(
        || Person::from_account(0, "ghost", "somebody without an account"),
        User::person,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_type_at_the_side_does_not_break_a_look() {
        let text = r#"{"iid":7,"state":"opened","source_branch":"a","target_branch":"b","sha":{"no":[]},
            "labels":"x","draft":"yes","author":17,"reviewers":null,"head_pipeline":"none","title":[1]}"#;
        let request: Request = serde_json::from_str(text).expect("the main fields are right");
        assert_eq!((request.iid, request.sha), (7, None));
        assert!(!request.draft && request.labels.is_empty() && request.author.is_none());
    }
}
