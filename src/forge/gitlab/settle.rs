//! Sending a write and saying what came of it. What is unclear is settled by reading, never by sending again.

use serde::de::DeserializeOwned;

use crate::forge::Error;
use crate::forge::http::Answer;
use crate::forge::http::Ask;
use crate::forge::http::Sent;

use super::home::Gitlab;

/// What came of a write.
pub(super) enum Came {
    Yes(Answer),
    /// GitLab refused, in its own words.
    No {
        status: u16,
        why: String,
    },
    /// It may have been done.
    Unclear(String),
}

impl Came {
    /// Reads the body of a yes; one that cannot be read is as unclear as none.
    pub(super) fn body<T: DeserializeOwned>(&self) -> Option<T> {
        match self {
            Self::Yes(answer) => answer.json().ok(),
            Self::No { .. } | Self::Unclear(_) => None,
        }
    }
}

/// Says what is wrong with a yes whose body is no JSON; a yes without a body is one.
fn unreadable(answer: &Answer) -> Option<String> {
    let is_empty = answer.body.trim_ascii().is_empty();
    let read = answer.json::<serde_json::Value>();
    read.err()
        .filter(|_| !is_empty)
        .map(|error| error.to_string())
}

impl Gitlab {
    pub(super) async fn send(&self, ask: &Ask) -> Result<Came, Error> {
        Ok(match self.http().write(ask).await {
            Sent::Answered(answer) if answer.is_success() => match unreadable(&answer) {
                None => Came::Yes(answer),
                // A proxy's page instead of GitLab's word, or half of it.
                Some(why) => Came::Unclear(why),
            },
            Sent::Answered(answer) if answer.is_unclear() => {
                Came::Unclear(answer.refusal().to_string())
            }
            // An address that moved, or a limit: the transport's own sentence says what to do.
            Sent::Answered(answer) if answer.status < 400 || answer.status == 429 => Came::No {
                status: answer.status,
                why: answer.refusal().to_string(),
            },
            Sent::Answered(answer) if answer.status == 401 => self.denied(&answer).await,
            Sent::Answered(answer) => Came::No {
                status: answer.status,
                why: answer.why(),
            },
            Sent::NotSent(error) => return Err(error.into()),
            Sent::Lost(error) => Came::Unclear(error.to_string()),
        })
    }

    /// Says what a 401 to a write means: GitLab has it for those who may not approve or merge as well, where others say
    /// 403. Who may still ask who they are is let in, and the answer to that is what the connection remembers.
    async fn denied(&self, answer: &Answer) -> Came {
        let is_let_in = self.http().read_answer(&Ask::get(&["user"])).await.is_ok();
        let (status, why) = if is_let_in {
            (403, answer.why())
        } else {
            (401, answer.reason())
        };
        Came::No { status, why }
    }

    /// Waits a moment before something that GitLab does by itself is looked at again.
    pub(super) async fn pause(&self) {
        tokio::time::sleep(self.options.pause).await;
    }
}
