//! Answers that are remembered with their ETag: what did not change since is not sent again.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use reqwest::Url;

use super::answer::Answer;

/// Answers that are remembered, and the longest one.
const MOST: usize = 256;
const BYTES: usize = 1024 * 1024;

#[derive(Default)]
pub(super) struct Remembered(Mutex<BTreeMap<String, (String, Answer)>>);

impl Remembered {
    fn all(&self) -> MutexGuard<'_, BTreeMap<String, (String, Answer)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the tag and the answer that came with it.
    pub(super) fn recall(&self, url: &Url) -> Option<(String, Answer)> {
        self.all().get(url.as_str()).cloned()
    }

    pub(super) fn keep(&self, url: &Url, answer: &Answer) {
        let tag = answer.header("etag").map(str::to_owned);
        let Some(tag) = tag.filter(|_| answer.status == 200 && answer.body.len() <= BYTES) else {
            return;
        };
        let mut all = self.all();
        if all.len() >= MOST {
            all.clear();
        }
        all.insert(url.to_string(), (tag, answer.clone()));
    }

    pub(super) fn forget(&self) {
        self.all().clear();
    }
}
