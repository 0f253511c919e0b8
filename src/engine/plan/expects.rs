//! What must still hold just before a call, in words: both fronts print them behind `if`, and documents carry them.

use std::fmt;

use super::Expectation;

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Branch {
                branch,
                at: Some(at),
            } => write!(f, "{branch} is at {}", at.short()),
            Self::Branch { branch, at: None } => write!(f, "{branch} does not exist"),
            Self::RequestOpen { request, head } => {
                write!(f, "change request {request} is open at {}", head.short())
            }
            Self::DeploymentIs { deployment, state } => {
                write!(f, "deployment {deployment} is: {}", state.word())
            }
            Self::Quiet {
                environment,
                but: None,
            } => write!(f, "no deployment to {environment} is running"),
            Self::Quiet {
                environment,
                but: Some(own),
            } => write!(f, "no deployment to {environment} is running besides {own}"),
            Self::Seat { environment, .. } => write!(
                f,
                "the driver's seat of {environment} is yours, or free and taken for this call"
            ),
        }
    }
}
