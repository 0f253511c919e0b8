//! Reads: few repeats, pages, remembered answers, and redirects that our token may follow.

use std::time::Duration;

use reqwest::Url;
use serde::de::DeserializeOwned;

use super::super::answer::Answer;
use super::super::ask::Ask;
use super::super::base::Base;
use super::super::error::HttpError;
use super::super::pages;
use super::Connection;

/// Redirects of one read that are followed.
const REDIRECTS: usize = 3;

impl Connection {
    /// Reads one document.
    pub async fn read<T: DeserializeOwned>(&self, ask: &Ask) -> Result<T, HttpError> {
        self.read_answer(ask).await?.json()
    }

    /// Reads one document that may not be there (404).
    pub async fn find<T: DeserializeOwned>(&self, ask: &Ask) -> Result<Option<T>, HttpError> {
        match self.read_answer(ask).await {
            Ok(answer) => answer.json().map(Some),
            Err(error) if error.status() == Some(404) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Reads an answer whole; one that says no is an error.
    pub async fn read_answer(&self, ask: &Ask) -> Result<Answer, HttpError> {
        whole(self.get(self.address(ask), ask, false).await?)
    }

    /// Reads an answer that may be kept on another origin, as logs are; the token stays here.
    pub async fn read_elsewhere(&self, ask: &Ask) -> Result<Answer, HttpError> {
        whole(self.get(self.address(ask), ask, true).await?)
    }

    /// Reads a list page after page, until its end or until `most` items are there.
    pub async fn read_list<T: DeserializeOwned>(
        &self,
        ask: &Ask,
        most: usize,
    ) -> Result<Vec<T>, HttpError> {
        self.read_pages(ask, most, |answer| answer.json()).await
    }

    /// Reads a list that is inside of an object on every page, as GitHub's `check_runs`.
    pub async fn read_pages<T>(
        &self,
        ask: &Ask,
        most: usize,
        items: impl Fn(&Answer) -> Result<Vec<T>, HttpError>,
    ) -> Result<Vec<T>, HttpError> {
        let mut all = Vec::new();
        let mut address = Some(self.address(ask));
        let mut seen = Vec::new();
        while let Some(url) = address.take() {
            let answer = whole(self.get(url.clone(), ask, false).await?)?;
            all.extend(items(&answer)?);
            if all.len() >= most {
                all.truncate(most);
                break;
            }
            seen.push(url.clone());
            // A page of another origin would be asked with our token, and one that was read already never ends.
            address = pages::next(&answer.headers, &url)
                .filter(|next| self.base.is_origin_of(next) && !seen.contains(next));
        }
        Ok(all)
    }

    /// Reads `url`, again after a passing failure, and where the same origin sends us.
    async fn get(&self, url: Url, ask: &Ask, may_leave: bool) -> Result<Answer, HttpError> {
        let mut pauses = self.manners.repeats.iter();
        loop {
            let error = match self.get_once(url.clone(), ask, may_leave).await {
                Ok(answer) if answer.status >= 500 => answer.refusal(),
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            match pauses.next() {
                Some(pause) if error.is_passing() => tokio::time::sleep(*pause).await,
                Some(_) | None => return Err(error),
            }
        }
    }

    async fn get_once(
        &self,
        mut url: Url,
        ask: &Ask,
        may_leave: bool,
    ) -> Result<Answer, HttpError> {
        let mut is_renewed = false;
        let mut redirects = 0;
        let mut waited = Duration::ZERO;
        loop {
            self.sit_out().await?;
            let token = self.token(false).await?;
            // Of a log only a part is kept, another each time.
            let may_remember = ask.from.is_none();
            let known = may_remember.then(|| self.remembered.recall(&url)).flatten();
            let tag = known.as_ref().map(|(tag, _)| tag.as_str());
            let sent = self
                .send(&self.client, url.clone(), ask, Some(&token), tag)
                .await;
            let answer = sent.map_err(|failure| failure.error)?;
            match answer.status {
                304 => {
                    // Only somebody whom the forge knows is told that nothing changed.
                    self.standing.note_answer(&answer);
                    if let Some((_, remembered)) = known {
                        return Ok(remembered.still(answer));
                    }
                    return Err(answer.refusal());
                }
                401 if !is_renewed && self.has_other_token(&token).await => is_renewed = true,
                301 | 302 | 303 | 307 | 308 => {
                    redirects += 1;
                    let target = answer.header("location").and_then(|to| url.join(to).ok());
                    match target {
                        Some(target) if redirects > REDIRECTS => {
                            return Err(self.moved(&target));
                        }
                        Some(target) if self.base.is_origin_of(&target) => url = target,
                        Some(target) if may_leave && is_safe_elsewhere(&self.base, &target) => {
                            let sent = self.send(&self.elsewhere, target, ask, None, None).await;
                            return sent.map_err(|failure| failure.error);
                        }
                        Some(target) => return Err(self.moved(&target)),
                        None => return Err(answer.refusal()),
                    }
                }
                _ => {
                    self.standing.note_answer(&answer);
                    if let Some((until, wait)) = self.standing.note_limit(&answer) {
                        waited += wait;
                        // One that asks for another short wait after each would hold a look for ever.
                        if waited > self.manners.patience {
                            return Err(self.limited(until));
                        }
                        continue;
                    }
                    if may_remember {
                        self.remembered.keep(&url, &answer);
                    }
                    return Ok(answer);
                }
            }
        }
    }

    fn moved(&self, target: &Url) -> HttpError {
        let mut target = target.clone();
        target.set_query(None);
        HttpError::Moved {
            host: self.base.name().to_owned(),
            to: target.to_string(),
        }
    }
}

/// Returns an answer that says yes; one that says no is an error.
fn whole(answer: Answer) -> Result<Answer, HttpError> {
    if answer.is_success() {
        Ok(answer)
    } else {
        Err(answer.refusal())
    }
}

/// Storage is asked over TLS, or on this machine if the forge itself is there.
fn is_safe_elsewhere(base: &Base, target: &Url) -> bool {
    match target.scheme() {
        "https" => !base.is_plain(),
        "http" => base.is_plain(),
        _ => false,
    }
}
