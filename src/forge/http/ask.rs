//! One request, before it is sent.

use reqwest::Method;
use serde::Serialize;

/// A method, a path below the base, a query and a body.
#[derive(Debug, Clone)]
pub struct Ask {
    pub(super) method: Method,
    pub(super) path: Vec<String>,
    pub(super) query: Vec<(String, String)>,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Option<serde_json::Value>,
    pub(super) is_beside: bool,
    /// Of the answer, a log, only what is behind this byte.
    pub(super) from: Option<u64>,
}

impl Ask {
    fn new(method: Method, path: &[&str]) -> Self {
        Self {
            method,
            path: path.iter().map(|segment| (*segment).to_owned()).collect(),
            query: Vec::new(),
            headers: Vec::new(),
            body: None,
            is_beside: false,
            from: None,
        }
    }

    /// Reads what is at `path`, given segment by segment.
    pub fn get(path: &[&str]) -> Self {
        Self::new(Method::GET, path)
    }

    pub fn post(path: &[&str]) -> Self {
        Self::new(Method::POST, path)
    }

    pub fn put(path: &[&str]) -> Self {
        Self::new(Method::PUT, path)
    }

    pub fn patch(path: &[&str]) -> Self {
        Self::new(Method::PATCH, path)
    }

    pub fn delete(path: &[&str]) -> Self {
        Self::new(Method::DELETE, path)
    }

    /// Adds one parameter to the query.
    #[must_use]
    pub fn with(mut self, name: &str, value: &(impl ToString + ?Sized)) -> Self {
        self.query.push((name.to_owned(), value.to_string()));
        self
    }

    /// Adds a header, other than `Authorization`.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Sets the body. Only maps with text keys and plain values are sent, which always have a JSON form.
    #[must_use]
    pub fn json(mut self, body: &impl Serialize) -> Self {
        self.body = serde_json::to_value(body).ok();
        self
    }

    /// Keeps of the answer, which is a log, only what is behind byte `offset`, and of that the last 8 MiB;
    /// `Answer::at` says where it begins.
    #[must_use]
    pub fn from(mut self, offset: u64) -> Self {
        self.from = Some(offset);
        self
    }

    /// Puts the path beside the last segment of the base instead of below it: `/api/graphql` beside `/api/v3`.
    #[must_use]
    pub fn beside(mut self) -> Self {
        self.is_beside = true;
        self
    }

    /// Returns `GET projects/1/merge_requests`, for logs and error texts. Queries and bodies stay out.
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.path.join("/"))
    }
}
