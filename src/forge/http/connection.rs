//! One connection: who we are there, and writes, one after the other and never twice. Reads are in `reads`.

mod reads;

use std::sync::Arc;
use std::sync::OnceLock;
use std::time::Duration;

use reqwest::Method;
use reqwest::Url;
use reqwest::header::AUTHORIZATION;

use crate::forge::sent::may_leave;
use crate::forge::sent::note_arrived;
use crate::model::Timestamp;

use super::answer::Answer;
use super::ask::Ask;
use super::base::Base;
use super::body::Body;
use super::client;
use super::client::Tls;
use super::client::Via;
use super::error::HttpError;
use super::failure::Failure;
use super::manners::Manners;
use super::remembered::Remembered;
use super::standing::Standing;
use super::token::Token;
use super::token::TokenSource;

/// What came of a write.
#[derive(Debug)]
pub enum Sent {
    Answered(Answer),
    /// It certainly did not reach the forge.
    NotSent(HttpError),
    /// It may have reached the forge: read before anything else.
    Lost(HttpError),
}

/// A forge's API, with who we are there.
pub struct Connection {
    base: Base,
    manners: Manners,
    client: reqwest::Client,
    /// For links to other origins: no token, no client certificate.
    elsewhere: reqwest::Client,
    source: Arc<dyn TokenSource>,
    token: tokio::sync::Mutex<Option<Token>>,
    writing: tokio::sync::Mutex<Option<tokio::time::Instant>>,
    standing: Standing,
    remembered: Remembered,
    on_wait: OnceLock<Box<OnWait>>,
}

/// Hears of a host that asks for a wait, and for how long.
type OnWait = dyn Fn(&str, Duration) + Send + Sync;

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection")
            .field("base", &self.base)
            .finish_non_exhaustive()
    }
}

impl Connection {
    /// Makes a connection; nothing is sent. `clock` tells the time of day, for people; `boot` for how long the machine is
    /// up, sleep counted, by which waits are measured.
    pub fn new(
        base: Base,
        manners: Manners,
        tls: &Tls,
        via: &Via,
        source: Arc<dyn TokenSource>,
        clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
        boot: Arc<dyn Fn() -> Duration + Send + Sync>,
    ) -> Result<Self, HttpError> {
        let times = (manners.connect, manners.read, manners.total);
        let client = client::build(&base, tls, via, times.0, times.1, times.2)?;
        let without_identity = Tls {
            authorities: tls.authorities.clone(),
            identity: None,
        };
        let elsewhere = client::build(&base, &without_identity, via, times.0, times.1, times.2)?;
        Ok(Self {
            base,
            manners,
            client,
            elsewhere,
            source,
            token: tokio::sync::Mutex::new(None),
            writing: tokio::sync::Mutex::new(None),
            standing: Standing::new(clock, boot),
            remembered: Remembered::default(),
            on_wait: OnceLock::new(),
        })
    }

    /// Returns for how long the machine is up: what an adapter measures the age of what it learnt by.
    pub(in crate::forge) fn since_boot(&self) -> Duration {
        self.standing.since_boot()
    }

    /// Returns where the API is.
    pub fn base(&self) -> &Base {
        &self.base
    }

    /// Returns until when the forge asked us to be quiet, while that lasts.
    pub fn quiet_until(&self) -> Option<Timestamp> {
        self.standing.quiet().map(|(until, _)| until)
    }

    /// Lets `tell` hear of each wait that is sat out, once, when it begins. Only the first one who wants to is told.
    pub fn tell_waits(&self, tell: impl Fn(&str, Duration) + Send + Sync + 'static) {
        let _first = self.on_wait.set(Box::new(tell));
    }

    /// Returns by how many seconds the forge's clock is ahead of ours (behind, if negative), where that is more than
    /// an answer's way explains. Nothing is decided by it: whoever reads times of both should know.
    pub fn clock_offset(&self) -> Option<i64> {
        self.standing.clock_offset()
    }

    /// Returns why the forge does not let us in, in a sentence; none if its latest answer was to somebody.
    pub fn signed_out(&self) -> Option<String> {
        self.standing.signed_out()
    }

    /// Asks the source again; tells whether it now has another token than the one that was not accepted.
    pub async fn has_new_login(&self) -> bool {
        let known = self.token.lock().await.clone();
        match known {
            Some(refused) => self.has_other_token(&refused).await,
            None => self.token(true).await.is_ok(),
        }
    }

    /// Asks without any token, as one does at a door; nothing is followed.
    pub async fn ask_without_token(&self, ask: &Ask) -> Result<Answer, HttpError> {
        let sent = self
            .send(&self.elsewhere, self.address(ask), ask, None, None)
            .await;
        sent.map_err(|failure| failure.error)
    }

    /// Sends a write, after those before it.
    pub async fn write(&self, ask: &Ask) -> Sent {
        let mut last = self.writing.lock().await;
        if let Some(last) = *last {
            tokio::time::sleep_until(last + self.manners.between_writes).await;
        }
        let sent = self.write_now(ask).await;
        let may_have_arrived = match &sent {
            Sent::Answered(answer) => answer.is_success() || answer.is_unclear(),
            Sent::Lost(_) => true,
            Sent::NotSent(_) => false,
        };
        if may_have_arrived {
            note_arrived();
        }
        *last = Some(tokio::time::Instant::now());
        // What was read before may be old now.
        self.remembered.forget();
        sent
    }

    async fn write_now(&self, ask: &Ask) -> Sent {
        let url = self.address(ask);
        let mut is_renewed = false;
        let mut has_waited = false;
        loop {
            if let Err(error) = self.sit_out().await {
                return Sent::NotSent(error);
            }
            let token = match self.token(false).await {
                Ok(token) => token,
                Err(error) => return Sent::NotSent(error),
            };
            if !may_leave() {
                return Sent::NotSent(HttpError::TooLate);
            }
            let answer = match self
                .send(&self.client, url.clone(), ask, Some(&token), None)
                .await
            {
                Ok(answer) => answer,
                Err(Failure {
                    error,
                    reached: false,
                }) => return Sent::NotSent(error),
                Err(Failure {
                    error,
                    reached: true,
                }) => return Sent::Lost(error),
            };
            // A 401 and a used-up limit say that nothing was done, so saying it again does nothing twice. A 503 does not, whatever
            // wait it asks for: it may be from a proxy that had passed the write on.
            if answer.status == 401 && !is_renewed && self.has_other_token(&token).await {
                is_renewed = true;
                continue;
            }
            self.standing.note_answer(&answer);
            let is_limited = self.standing.note_limit(&answer).is_some();
            if is_limited && !answer.is_unclear() && !has_waited {
                has_waited = true;
                continue;
            }
            return Sent::Answered(answer);
        }
    }

    fn address(&self, ask: &Ask) -> Url {
        let mut url = if ask.is_beside {
            self.base.join_beside(&ask.path)
        } else {
            self.base.join(&ask.path)
        };
        if !ask.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&ask.query);
        }
        url
    }

    /// Waits while the forge asked for quiet, if that is soon over.
    async fn sit_out(&self) -> Result<(), HttpError> {
        match self.standing.quiet() {
            Some((until, wait)) if wait > self.manners.patience => Err(self.limited(until)),
            Some((until, wait)) => {
                if let Some(tell) = self.on_wait.get()
                    && self.standing.is_first_to_wait(until)
                {
                    tell(self.base.name(), wait);
                }
                tokio::time::sleep(wait).await;
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn limited(&self, until: Timestamp) -> HttpError {
        HttpError::Limited {
            host: self.base.name().to_owned(),
            until,
        }
    }

    async fn token(&self, again: bool) -> Result<Token, HttpError> {
        let mut known = self.token.lock().await;
        if known.is_none() || again {
            *known = self.source.token().await;
        }
        known.clone().ok_or_else(|| {
            let error = HttpError::NoToken {
                host: self.base.name().to_owned(),
            };
            self.standing.note_login(Some(&error));
            error
        })
    }

    /// Asks the source again, and tells whether it now has something else than what was just not accepted.
    async fn has_other_token(&self, refused: &Token) -> bool {
        self.token(true).await.is_ok_and(|token| token != *refused)
    }

    async fn send(
        &self,
        client: &reqwest::Client,
        url: Url,
        ask: &Ask,
        token: Option<&Token>,
        tag: Option<&str>,
    ) -> Result<Answer, Failure> {
        let is_read = ask.method == Method::GET;
        let mut request = client.request(ask.method.clone(), url);
        for (name, value) in self.manners.headers.iter().chain(&ask.headers) {
            request = request.header(*name, value);
        }
        if let Some(token) = token {
            let header = token.header().map_err(Failure::before)?;
            request = request.header(AUTHORIZATION, header);
        }
        if let Some(tag) = tag.filter(|_| is_read) {
            request = request.header("if-none-match", tag);
        }
        if let Some(body) = &ask.body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        if ask.from.is_some() {
            // Logs are the one thing that takes long because there is much of it.
            request = request.timeout(self.manners.total * 4);
        }
        tracing::debug!(request = ask.name(), "ask the forge");
        let mut response = request
            .send()
            .await
            .map_err(|error| Failure::of(self.base.name(), error))?;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        self.standing.note_date(&headers);
        let mut body = Body::of(ask, status, self.manners.body);
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| Failure::of(self.base.name(), error))?
        {
            body.take(&chunk).map_err(|most| {
                Failure::after(HttpError::Unexpected {
                    host: self.base.name().to_owned(),
                    what: ask.name(),
                    why: format!("more than {} KiB", most / 1024),
                })
            })?;
        }
        let (body, at) = body.end();
        tracing::debug!(request = ask.name(), status, "the forge answered");
        Ok(Answer {
            status,
            headers,
            body,
            at,
            host: self.base.name().to_owned(),
            what: ask.name(),
            base: self.base.to_string(),
        })
    }
}
