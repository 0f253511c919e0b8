//! One write and what its answer means.

use serde::de::DeserializeOwned;

use crate::forge::Error;
use crate::forge::http::Answer;
use crate::forge::http::Ask;
use crate::forge::http::Sent;

use super::options::Gitea;

/// What became of a write.
pub(super) enum Reply {
    Yes(Answer),
    /// Nothing was done.
    No {
        status: u16,
        why: String,
    },
    /// It may have been done: read.
    Unclear(String),
}

impl Gitea {
    /// Sends a write once.
    pub(super) async fn send(&self, ask: &Ask) -> Result<Reply, Error> {
        Ok(match self.http().write(ask).await {
            Sent::Answered(answer) if answer.is_success() => Reply::Yes(answer),
            Sent::Answered(answer) if answer.is_unclear() => Reply::Unclear(answer.why()),
            // Not a refusal of this write but of us, or of the address.
            Sent::Answered(answer) if answer.status == 401 || answer.status < 400 => {
                return Err(answer.refusal().into());
            }
            Sent::Answered(answer) => Reply::No {
                status: answer.status,
                why: format!(
                    "{} refused it: {}{}",
                    self.product(),
                    answer.reason(),
                    way_out(&answer)
                ),
            },
            Sent::NotSent(error) => return Err(error.into()),
            Sent::Lost(error) => Reply::Unclear(error.to_string()),
        })
    }
}

/// Says what helps where the token lacks a scope.
fn way_out(answer: &Answer) -> &'static str {
    let lacks_scope =
        answer.status == 403 && String::from_utf8_lossy(&answer.body).contains("required scope");
    if lacks_scope {
        "; make a token with `write:repository` and `write:issue`, then run: lanekeeper login"
    } else {
        ""
    }
}

/// Why there is no document.
pub(super) enum Failure {
    /// Nothing was done.
    No { status: u16, why: String },
    /// It may have been done: read.
    Unclear(String),
}

impl Reply {
    /// Reads the document of a yes; one that cannot be read leaves open what was done.
    pub(super) fn document<T: DeserializeOwned>(self) -> Result<T, Failure> {
        match self {
            Self::Yes(answer) => answer
                .json()
                .map_err(|error| Failure::Unclear(error.to_string())),
            Self::No { status, why } => Err(Failure::No { status, why }),
            Self::Unclear(why) => Err(Failure::Unclear(why)),
        }
    }
}

/// Says what is not known, and how to find out.
pub(super) fn unknown(what: &str, why: &str) -> String {
    format!("it is not known whether {what}: {why}; look again before anything else")
}
