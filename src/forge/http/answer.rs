//! What a forge answered, and what its error bodies say.

use std::borrow::Cow;

use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use reqwest::header::LINK;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::model::Untrusted;

use super::error::HttpError;

/// Characters of a forge's own words that are kept.
const SENTENCE_LIMIT: usize = 300;

/// A complete answer.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// Where the body begins in what the forge has: not at 0 only for a log that is read on.
    pub at: u64,
    pub(super) host: String,
    /// What was asked, for error texts.
    pub(super) what: String,
    pub(super) base: String,
}

impl Answer {
    /// Returns this answer where `confirmed` says that its body did not change. Where the next page is may have: GitHub's
    /// tag of a full page stays as it is when another page follows.
    pub(super) fn still(mut self, mut confirmed: Self) -> Self {
        if let Some(links) = confirmed.headers.remove(LINK) {
            self.headers.insert(LINK, links);
        }
        self
    }

    /// Returns what is new of a log that was read up to byte `offset`. Where more came since than is kept, its first line
    /// says how much is left out, and what follows begins with a line.
    pub fn log_behind(&self, offset: u64) -> Cow<'_, [u8]> {
        let left_out = self.at.saturating_sub(offset);
        if left_out == 0 {
            return Cow::Borrowed(&self.body);
        }
        let begun = self.body.iter().position(|byte| *byte == b'\n');
        let begun = begun.map_or(0, |place| place + 1);
        let left_out = left_out + u64::try_from(begun).unwrap_or_default();
        let mut text = format!("[{} KiB of this log are left out]\n", left_out / 1024).into_bytes();
        text.extend_from_slice(&self.body[begun..]);
        Cow::Owned(text)
    }

    /// Returns where a log ends that this is the end of.
    pub fn log_end(&self) -> u64 {
        self.at + u64::try_from(self.body.len()).unwrap_or_default()
    }

    /// Tells whether the forge said yes.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Tells whether a write may have been done although the answer is an error.
    pub fn is_unclear(&self) -> bool {
        self.status >= 500 || self.status == 408
    }

    /// Tells whether the forge says in words that a limit is used up: GitHub's secondary limit may come without a header
    /// that says so, and its GraphQL tells of any limit with status 200.
    pub(super) fn tells_limit(&self) -> bool {
        let is_graph = self.status == 200 && self.what == "POST graphql";
        if !is_graph && !matches!(self.status, 403 | 429) {
            return false;
        }
        let Ok(body) = serde_json::from_slice::<Value>(&self.body) else {
            return false;
        };
        let text = |said: &Value| said.as_str().unwrap_or_default().to_lowercase();
        let is_secondary = |said: &Value| text(&said["message"]).contains("secondary rate limit");
        if is_graph {
            let mut errors = body["errors"].as_array().into_iter().flatten();
            return errors.any(|error| error["type"] == "RATE_LIMITED" || is_secondary(error));
        }
        let page = text(&body["documentation_url"]);
        page.ends_with("secondary-rate-limits")
            || page.ends_with("#abuse-rate-limits")
            || is_secondary(&body)
    }

    /// Returns a header's text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Reads the body.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, HttpError> {
        if self.is_web_page() {
            return Err(HttpError::WebPage {
                host: self.host.clone(),
                what: self.what.clone(),
                base: self.base.clone(),
            });
        }
        serde_json::from_slice(&self.body).map_err(|error| HttpError::Unexpected {
            host: self.host.clone(),
            what: self.what.clone(),
            why: error.to_string(),
        })
    }

    fn is_web_page(&self) -> bool {
        let is_html = self
            .header("content-type")
            .is_some_and(|kind| kind.starts_with("text/html"));
        is_html || self.body.trim_ascii_start().starts_with(b"<")
    }

    /// Returns the forge's reason in one sentence: its own words, or what the status means.
    pub fn why(&self) -> String {
        let said = if self.is_web_page() {
            None
        } else {
            serde_json::from_slice(&self.body)
                .ok()
                .and_then(|body: Value| sentence(&body))
                .or_else(|| plain(&self.body))
        };
        said.unwrap_or_else(|| {
            let status = StatusCode::from_u16(self.status).ok();
            let reason = status.and_then(|status| status.canonical_reason());
            reason.unwrap_or("no reason given").to_lowercase()
        })
    }

    /// Returns why a write was refused, as a person reads it: a token that is not accepted says what to do about it.
    pub fn reason(&self) -> String {
        match self.status {
            401 => self.refusal().to_string(),
            _ => self.why(),
        }
    }

    /// Turns an answer that says no into an error.
    pub fn refusal(&self) -> HttpError {
        if self.status == 401 {
            return HttpError::SignedOut {
                host: self.host.clone(),
                why: self.why(),
            };
        }
        if self.status >= 300 && self.status < 400 {
            return HttpError::Moved {
                host: self.host.clone(),
                to: self.header("location").unwrap_or("elsewhere").to_owned(),
            };
        }
        HttpError::Refused {
            host: self.host.clone(),
            what: self.what.clone(),
            status: self.status,
            why: self.why(),
        }
    }
}

/// Returns the first words that a person can use out of an error body of any of the forges: `message` as text,
/// list or map of lists (GitLab), `error_description`, `error`, `details.message` (GitHub's background), then `errors[].message` (GitHub).
fn sentence(body: &Value) -> Option<String> {
    let words = |key: &str| body.get(key).map(flatten).filter(|text| !text.is_empty());
    let mut text = words("message")
        .or_else(|| words("error_description"))
        .or_else(|| words("error"))
        .or_else(|| words("details"))?;
    let details = body.get("errors").map(flatten).unwrap_or_default();
    if !details.is_empty() {
        text = format!("{text}: {details}");
    }
    Some(cut(&text))
}

fn flatten(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(word) => word.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_owned(),
        Value::Array(items) => {
            let words: Vec<String> = items.iter().map(flatten).collect();
            words.join("; ")
        }
        Value::Object(fields) => {
            if let Some(message) = fields.get("message") {
                return flatten(message);
            }
            if let (Some(field), Some(code)) = (fields.get("field"), fields.get("code")) {
                return format!("{} {}", flatten(field), flatten(code).replace('_', " "));
            }
            let words: Vec<String> = fields
                .iter()
                .map(|(name, value)| format!("{name} {}", flatten(value)))
                .collect();
            words.join("; ")
        }
    }
}

fn plain(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?.trim();
    let is_words = !text.is_empty() && !text.starts_with(['{', '[', '<']);
    is_words.then(|| cut(text.lines().next().unwrap_or_default()))
}

/// Cuts a text and makes it safe to show.
fn cut(text: &str) -> String {
    let shown = Untrusted::new(text).show();
    match shown.char_indices().nth(SENTENCE_LIMIT) {
        Some((end, _)) => format!("{}…", &shown[..end]),
        None => shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer {
            status,
            headers: HeaderMap::new(),
            body: body.as_bytes().to_vec(),
            at: 0,
            host: "forge.example".to_owned(),
            what: "GET x".to_owned(),
            base: "https://forge.example/api".to_owned(),
        }
    }

    #[test]
    fn every_forges_error_body_becomes_one_sentence() {
        for (status, body, said) in [
            (
                405,
                r#"{"message":"405 Method Not Allowed"}"#,
                "405 Method Not Allowed",
            ),
            (
                409,
                r#"{"message":["Another open merge request already exists for this source branch: !77"]}"#,
                "Another open merge request already exists for this source branch: !77",
            ),
            (
                400,
                r#"{"message":{"title":["is too short"]}}"#,
                "title is too short",
            ),
            (
                400,
                r#"{"status":"failed","details":{"message":"Pull request is closed."}}"#,
                "Pull request is closed.",
            ),
            (
                401,
                r#"{"error":"invalid_token","error_description":"Token was revoked."}"#,
                "Token was revoked.",
            ),
            (400, r#"{"error":"id is invalid"}"#, "id is invalid"),
            (
                422,
                r#"{"message":"Validation Failed","errors":[{"resource":"PullRequest","code":"custom","message":"A pull request already exists for a:b."}]}"#,
                "Validation Failed: A pull request already exists for a:b.",
            ),
            (
                422,
                r#"{"message":"Validation Failed","errors":[{"resource":"Label","code":"already_exists","field":"name"}]}"#,
                "Validation Failed: name already exists",
            ),
            (
                409,
                r#"{"message":"head out of date","url":"https://x/api/swagger"}"#,
                "head out of date",
            ),
            (429, "Retry later\n", "Retry later"),
            (404, "", "not found"),
            (502, "<html>bad gateway</html>", "bad gateway"),
        ] {
            assert_eq!(answer(status, body).why(), said, "{body}");
        }
    }

    #[test]
    fn a_limit_is_known_by_its_words_where_no_header_tells_it() {
        let docs = "https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api";
        let told = |status, body: &str| answer(status, body).tells_limit();
        let secondary = r#"{"message":"You have exceeded a secondary rate limit. Please wait."}"#;
        assert!(told(403, secondary) && told(429, secondary));
        let page = format!(
            r#"{{"message":"Slow down.","documentation_url":"{docs}#about-secondary-rate-limits"}}"#
        );
        assert!(told(403, &page));
        assert!(!told(403, r#"{"message":"Must have admin rights."}"#));
        // The same words in what was read are no limit.
        assert!(!told(200, secondary));
        let graph = |body: &str| {
            let mut answer = answer(200, body);
            answer.what = "POST graphql".to_owned();
            answer.tells_limit()
        };
        assert!(graph(
            r#"{"errors":[{"type":"RATE_LIMITED","message":"API rate limit exceeded"}]}"#
        ));
        assert!(!graph(
            r#"{"errors":[{"type":"FORBIDDEN","message":"No rights."}]}"#
        ));
    }

    #[test]
    fn a_web_page_is_named_as_one() {
        let error = answer(200, "<!DOCTYPE html><title>Sign in</title>")
            .json::<Value>()
            .expect_err("it is no JSON");
        assert!(matches!(error, HttpError::WebPage { .. }), "{error}");
    }
}
