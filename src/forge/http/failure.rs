//! A request that got no answer: why, and whether it may have arrived all the same.

use super::error::HttpError;
use super::error::chain;

/// A request without an answer.
pub(super) struct Failure {
    pub(super) error: HttpError,
    /// It may have arrived.
    pub(super) reached: bool,
}

impl Failure {
    pub(super) fn before(error: HttpError) -> Self {
        Self {
            error,
            reached: false,
        }
    }

    pub(super) fn after(error: HttpError) -> Self {
        Self {
            error,
            reached: true,
        }
    }

    /// Says what a failure of the library means, and whether the request may have arrived.
    pub(super) fn of(host: &str, error: reqwest::Error) -> Self {
        let host = host.to_owned();
        if error.is_builder() {
            return Self::before(HttpError::Setup {
                host,
                why: chain(error),
            });
        }
        if error.is_connect() {
            let is_late = error.is_timeout();
            let why = chain(error);
            return Self::before(if is_late {
                HttpError::TimedOut { host }
            } else if why.contains("certificate") || why.contains("UnknownIssuer") {
                HttpError::Certificate {
                    host,
                    why: last(&why),
                }
            } else {
                HttpError::Unreachable {
                    host,
                    why: last(&why),
                }
            });
        }
        if error.is_timeout() {
            return Self::after(HttpError::TimedOut { host });
        }
        let why = last(&chain(error));
        Self::after(HttpError::Broken { host, why })
    }
}

/// Returns the last cause, which is the one that a person can act on.
fn last(chain: &str) -> String {
    chain.rsplit(": ").next().unwrap_or(chain).to_owned()
}
