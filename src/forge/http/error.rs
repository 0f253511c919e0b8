//! What went wrong on the way to a forge or back, each in one sentence with what to do next.

use crate::model::Timestamp;
use crate::model::chain_text;

/// A request that came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    #[error("`{address}` is no address of an API: {why}")]
    BadAddress { address: String, why: String },
    #[error("the token holds characters that no token has")]
    BadToken,
    #[error("cannot set up a connection to {host}: {why}")]
    Setup { host: String, why: String },
    #[error("cannot reach {host}: {why}")]
    Unreachable { host: String, why: String },
    #[error(
        "{host} shows a certificate that is not trusted here ({why}); name the file of its CA: lanekeeper login {host} --ca-file FILE, or in config.toml: [[host]] ca_file = \"…\""
    )]
    Certificate { host: String, why: String },
    #[error("{host} did not answer in time")]
    TimedOut { host: String },
    #[error("the connection to {host} broke: {why}")]
    Broken { host: String, why: String },
    #[error("nobody is signed in to {host}; run: lanekeeper login {host}")]
    NoToken { host: String },
    #[error("{host} does not accept the token ({why}); run: lanekeeper login {host}")]
    SignedOut { host: String, why: String },
    #[error("{host} asks us to wait until {until}")]
    Limited { host: String, until: Timestamp },
    #[error(
        "nothing was sent: the time in which the call may start was over before its turn came; look again, then plan again"
    )]
    TooLate,
    #[error("{host} sends us to {to}; correct the remote's URL or [project] forge_url")]
    Moved { host: String, to: String },
    #[error("{host} refused {what} ({status}): {why}")]
    Refused {
        host: String,
        what: String,
        status: u16,
        why: String,
    },
    #[error("{host} answered {what} with a web page; is {base} the address of its API?")]
    WebPage {
        host: String,
        what: String,
        base: String,
    },
    #[error("{host} answered {what} with something unexpected: {why}")]
    Unexpected {
        host: String,
        what: String,
        why: String,
    },
}

impl HttpError {
    /// Returns the status of an answer that says no.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            Self::SignedOut { .. } => Some(401),
            Self::BadAddress { .. }
            | Self::BadToken
            | Self::Setup { .. }
            | Self::Unreachable { .. }
            | Self::Certificate { .. }
            | Self::TimedOut { .. }
            | Self::Broken { .. }
            | Self::NoToken { .. }
            | Self::Limited { .. }
            | Self::TooLate
            | Self::Moved { .. }
            | Self::WebPage { .. }
            | Self::Unexpected { .. } => None,
        }
    }

    /// Tells whether the same read may well succeed a moment later.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::Refused { status, .. } => matches!(status, 500 | 502..=504),
            Self::Broken { .. } | Self::TimedOut { .. } => true,
            Self::BadAddress { .. }
            | Self::BadToken
            | Self::Setup { .. }
            | Self::Unreachable { .. }
            | Self::Certificate { .. }
            | Self::NoToken { .. }
            | Self::SignedOut { .. }
            | Self::Limited { .. }
            | Self::TooLate
            | Self::Moved { .. }
            | Self::WebPage { .. }
            | Self::Unexpected { .. } => false,
        }
    }
}

/// Returns an error with its causes on one line, without the address, which may hold parameters.
pub(super) fn chain(error: reqwest::Error) -> String {
    chain_text(&error.without_url())
}
