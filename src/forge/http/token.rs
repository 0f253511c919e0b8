//! The secret that says who we are. It has no `Display`, and `Debug` does not show it.

use std::fmt;

use async_trait::async_trait;
use reqwest::header::HeaderValue;

use crate::model::keep_hidden;

use super::error::HttpError;

/// An API token.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// Takes a token as a person or a tool gave it; space around it goes. From here on no text shows it.
    pub fn new(secret: &str) -> Self {
        keep_hidden(secret);
        Self(secret.trim().to_owned())
    }

    /// Returns the secret, to be written into a private file or the keyring and nowhere else.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Returns the value of `Authorization` (RFC 6750), which all the forges take.
    pub(super) fn header(&self) -> Result<HeaderValue, HttpError> {
        let mut value = HeaderValue::from_str(&format!("Bearer {}", self.0))
            .map_err(|_| HttpError::BadToken)?;
        value.set_sensitive(true);
        Ok(value)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(hidden)")
    }
}

/// Where the token comes from. Asked once, and once more when the forge no longer accepts it, so that a login in
/// another terminal is taken up by a running console.
#[async_trait]
pub trait TokenSource: Send + Sync {
    /// Returns the token for this connection's origin; none if the person is not signed in.
    async fn token(&self) -> Option<Token>;
}

/// Nobody is signed in.
#[derive(Debug, Clone, Copy)]
pub struct NoToken;

#[async_trait]
impl TokenSource for NoToken {
    async fn token(&self) -> Option<Token> {
        None
    }
}

#[async_trait]
impl TokenSource for Token {
    async fn token(&self) -> Option<Self> {
        Some(self.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_never_shown_by_debug_and_is_sensitive_as_a_header() {
        let token = Token::new(" glpat-secret\n");
        assert_eq!(format!("{token:?}"), "Token(hidden)");
        let header = token.header().expect("plain letters");
        assert!(header.is_sensitive());
        assert_eq!(header.to_str().expect("ASCII"), "Bearer glpat-secret");
        assert!(Token::new("a\nb").header().is_err());
    }
}
