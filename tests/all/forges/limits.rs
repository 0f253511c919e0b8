//! How much a forge takes from one person before it asks for quiet, told with each answer in the headers of that forge:
//! GitHub's limit of requests and its secondary one of writes, GitLab's of requests.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering;

use serde_json::json;

use super::message::Reply;
use super::message::Request;

/// So many in so many seconds.
#[derive(Debug, Clone, Copy)]
struct Quota {
    most: u64,
    seconds: i64,
}

/// What one person used of a quota, and when that is forgotten.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    used: u64,
    reset: i64,
}

/// Whose words a limit is told in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dialect {
    Github,
    Gitlab,
}

/// The limits of a forge, and how far everybody is.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    dialect: Dialect,
    requests: Quota,
    /// GitHub's secondary limit. GitLab has one for all requests.
    writes: Option<Quota>,
    /// The time of whoever plays; without one, that of this machine.
    pub(crate) clock: Option<Arc<AtomicI64>>,
    /// GitHub says of its secondary limit only that it is used up, and not for how long.
    pub(crate) is_terse: bool,
    requested: BTreeMap<String, Bucket>,
    written: BTreeMap<String, Bucket>,
}

impl Limits {
    /// 5,000 requests an hour, 80 writes a minute.
    pub(crate) fn github() -> Self {
        Self {
            dialect: Dialect::Github,
            requests: Quota {
                most: 5_000,
                seconds: 3_600,
            },
            writes: Some(Quota {
                most: 80,
                seconds: 60,
            }),
            clock: None,
            is_terse: false,
            requested: BTreeMap::new(),
            written: BTreeMap::new(),
        }
    }

    /// 7,200 requests an hour, as an instance has it that somebody switches the limit on for.
    pub(crate) fn gitlab() -> Self {
        Self {
            dialect: Dialect::Gitlab,
            requests: Quota {
                most: 7_200,
                seconds: 3_600,
            },
            writes: None,
            ..Self::github()
        }
    }

    /// Leaves somebody so many requests for so many seconds.
    pub(crate) fn leave(&mut self, who: &str, left: u64, seconds: i64) {
        let bucket = Bucket {
            used: self.requests.most.saturating_sub(left),
            reset: self.now() + seconds,
        };
        self.requested.insert(who.to_owned(), bucket);
    }

    /// Leaves somebody so many writes for so many seconds.
    pub(crate) fn leave_writes(&mut self, who: &str, left: u64, seconds: i64) {
        let writes = self.writes.expect("GitHub has a limit of writes");
        let bucket = Bucket {
            used: writes.most.saturating_sub(left),
            reset: self.now() + seconds,
        };
        self.written.insert(who.to_owned(), bucket);
    }

    /// Returns the refusal of a request for which a limit is used up.
    pub(crate) fn refusal(&mut self, who: &str, request: &Request) -> Option<Reply> {
        let now = self.now();
        let requested = of(&mut self.requested, who, self.requests, now);
        if requested.used >= self.requests.most {
            return Some(self.primary(request, requested, now));
        }
        let writes = self.writes.filter(|_| request.is_write())?;
        let written = of(&mut self.written, who, writes, now);
        (written.used >= writes.most).then(|| {
            let why = json!({
                "message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
                "documentation_url": "https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits",
            });
            let wait = (written.reset - now).to_string();
            let mut reply = Reply::json(403, &why);
            if !self.is_terse {
                reply = reply.with("retry-after", &wait);
            }
            self.telling(requested, reply)
        })
    }

    /// Counts a request that was answered, and tells in its answer what is left.
    pub(crate) fn told(&mut self, who: &str, request: &Request, reply: Reply) -> Reply {
        let now = self.now();
        of(&mut self.requested, who, self.requests, now);
        let requested = self.requested.get_mut(who).expect("made just now");
        // On GitHub it is free to hear that nothing changed.
        if self.dialect == Dialect::Gitlab || reply.status != 304 {
            requested.used += 1;
        }
        let requested = *requested;
        if let Some(writes) = self.writes.filter(|_| request.is_write()) {
            of(&mut self.written, who, writes, now);
            let written = self.written.get_mut(who).expect("made just now");
            written.used += 1;
        }
        self.telling(requested, reply)
    }

    fn primary(&self, request: &Request, requested: Bucket, now: i64) -> Reply {
        let reply = match self.dialect {
            Dialect::Github if request.path.ends_with("/graphql") => {
                let why = "API rate limit exceeded for user ID 10.";
                let error = json!({"type": "RATE_LIMITED", "message": why});
                Reply::json(200, &json!({ "errors": [error] }))
            }
            Dialect::Github => {
                let why = json!({
                    "message": "API rate limit exceeded for user ID 10.",
                    "documentation_url": "https://docs.github.com/rest",
                });
                Reply::json(403, &why)
            }
            Dialect::Gitlab => {
                let wait = (requested.reset - now).to_string();
                Reply::text(429, "text/plain", "Retry later\n").with("retry-after", &wait)
            }
        };
        self.telling(requested, reply)
    }

    /// Adds the forge's headers to an answer.
    fn telling(&self, requested: Bucket, reply: Reply) -> Reply {
        let most = self.requests.most;
        let [limit, left, used, reset] = [
            most.to_string(),
            most.saturating_sub(requested.used).to_string(),
            requested.used.to_string(),
            requested.reset.to_string(),
        ];
        match self.dialect {
            Dialect::Github => reply
                .with("x-ratelimit-limit", &limit)
                .with("x-ratelimit-remaining", &left)
                .with("x-ratelimit-used", &used)
                .with("x-ratelimit-reset", &reset)
                .with("x-ratelimit-resource", "core"),
            Dialect::Gitlab => {
                let at = jiff::Timestamp::from_second(requested.reset).expect("a time");
                let reset_time = at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
                reply
                    .with("ratelimit-limit", &limit)
                    .with("ratelimit-observed", &used)
                    .with("ratelimit-remaining", &left)
                    .with("ratelimit-reset", &reset)
                    .with("ratelimit-resettime", &reset_time)
            }
        }
    }

    fn now(&self) -> i64 {
        match &self.clock {
            Some(clock) => clock.load(Ordering::SeqCst),
            None => of_this_machine(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::github()
    }
}

/// Returns what somebody used of a quota; nothing where the time is over that it was used in.
fn of(buckets: &mut BTreeMap<String, Bucket>, who: &str, quota: Quota, now: i64) -> Bucket {
    let fresh = Bucket {
        used: 0,
        reset: now + quota.seconds,
    };
    let bucket = buckets.entry(who.to_owned()).or_insert(fresh);
    if bucket.reset <= now {
        *bucket = fresh;
    }
    *bucket
}

fn of_this_machine() -> i64 {
    #[expect(
        clippy::disallowed_methods,
        reason = "a forge has a clock of its own, and the binary under test goes by this machine's"
    )]
    let now = std::time::SystemTime::now();
    let since = now.duration_since(std::time::UNIX_EPOCH);
    since.expect("it is after 1970").as_secs().cast_signed()
}

/// Which headers tell of a limit, and with which answer it is refused, as the forges' own pages have it.
#[test]
fn each_forge_tells_of_its_limit_in_its_own_words() {
    let request = |method: &str| Request {
        method: method.to_owned(),
        path: "/x".to_owned(),
        query: Vec::new(),
        headers: Vec::new(),
        body: Vec::new(),
    };
    let (read, write) = (request("GET"), request("POST"));
    let at = |mut limits: Limits| {
        limits.clock = Some(Arc::new(AtomicI64::new(1_000)));
        limits
    };
    let headers = |reply: &Reply| {
        let all = reply.headers.iter();
        let of_limit = all.filter(|(name, _)| name.contains("ratelimit") || name == "retry-after");
        let pairs = of_limit.map(|(name, value)| format!("{name}: {value}"));
        pairs.collect::<Vec<_>>().join("\n")
    };

    let mut github = at(Limits::github());
    github.leave("ana", 1, 60);
    assert!(github.refusal("ana", &read).is_none());
    let unchanged = github.told("ana", &read, Reply::empty(304));
    assert!(headers(&unchanged).contains("x-ratelimit-remaining: 1"));
    let last = github.told("ana", &read, Reply::empty(200));
    assert!(headers(&last).contains("x-ratelimit-remaining: 0"));
    let refused = github.refusal("ana", &read).expect("nothing is left");
    assert_eq!(refused.status, 403);
    assert_eq!(
        headers(&refused),
        "x-ratelimit-limit: 5000\nx-ratelimit-remaining: 0\nx-ratelimit-used: 5000\nx-ratelimit-reset: 1060\n\
         x-ratelimit-resource: core"
    );
    assert!(
        github.refusal("ben", &read).is_none(),
        "each has a limit of one's own"
    );
    github.leave_writes("ben", 1, 30);
    assert!(github.refusal("ben", &write).is_none());
    github.told("ben", &write, Reply::empty(201));
    let secondary = github
        .refusal("ben", &write)
        .expect("it was the last write");
    assert_eq!(secondary.status, 403);
    let words = headers(&secondary);
    assert!(
        words.starts_with("retry-after: 30\n") && words.contains("remaining: 4999"),
        "{words}"
    );
    assert!(github.refusal("ben", &read).is_none(), "reads go on");
    github.is_terse = true;
    let terse = github.refusal("ben", &write).expect("it is used up");
    assert!(!headers(&terse).contains("retry-after"));
    let graph = Request {
        path: "/api/graphql".to_owned(),
        ..request("POST")
    };
    let refused = github.refusal("ana", &graph).expect("nothing is left");
    assert_eq!(refused.status, 200, "GraphQL says it in its own way");
    assert!(headers(&refused).contains("x-ratelimit-remaining: 0"));

    let mut gitlab = at(Limits::gitlab());
    gitlab.leave("ana", 0, 45);
    let refused = gitlab.refusal("ana", &write).expect("nothing is left");
    assert_eq!(
        (refused.status, &refused.body[..]),
        (429, &b"Retry later\n"[..])
    );
    assert_eq!(
        headers(&refused),
        "retry-after: 45\nratelimit-limit: 7200\nratelimit-observed: 7200\nratelimit-remaining: 0\n\
         ratelimit-reset: 1045\nratelimit-resettime: Thu, 01 Jan 1970 00:17:25 GMT"
    );
    let clock = gitlab.clock.clone().expect("put in above");
    clock.store(1_045, Ordering::SeqCst);
    assert!(gitlab.refusal("ana", &write).is_none(), "it is over");
}
