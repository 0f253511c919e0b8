//! Rate limits: what the forge's headers say, and until when we keep quiet.

use std::time::Duration;

use reqwest::header::HeaderMap;

use crate::model::Timestamp;

/// The wait when a forge says "too much" and not how long.
const DEFAULT_WAIT: Duration = Duration::from_secs(60);
/// The longest wait that a header is believed.
const LONGEST_WAIT: i64 = 60 * 60;

/// Returns until when to wait, if this answer says that a limit is used up.
///
/// `Retry-After` in seconds (all), `x-ratelimit-remaining`/`-reset` (GitHub), `RateLimit-Remaining`/`-Reset` (GitLab),
/// each reset in seconds since 1970. A 403 is a limit only if a header says so, else it is a lack of rights.
pub(super) fn pause(status: u16, headers: &HeaderMap, now: Timestamp) -> Option<Timestamp> {
    if !matches!(status, 403 | 429 | 503) {
        return None;
    }
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<i64>().ok();
    let now_seconds = now.as_second();
    let at = if let Some(seconds) = number("retry-after") {
        now_seconds.saturating_add(seconds)
    } else if status == 503 {
        return None;
    } else {
        let left = number("x-ratelimit-remaining").or_else(|| number("ratelimit-remaining"));
        let reset = number("x-ratelimit-reset").or_else(|| number("ratelimit-reset"));
        match (left, reset) {
            (Some(0), Some(reset)) => reset,
            _ if status == 429 => now_seconds + DEFAULT_WAIT.as_secs().cast_signed(),
            _ => return None,
        }
    };
    let at = at.clamp(now_seconds + 1, now_seconds + LONGEST_WAIT);
    Some(Timestamp::from_second(at))
}

/// Returns what time it is at the forge (`Date`, RFC 9110).
pub(super) fn date(headers: &HeaderMap) -> Option<Timestamp> {
    let text = headers.get(reqwest::header::DATE)?.to_str().ok()?;
    let at = jiff::fmt::rfc2822::parse(text).ok()?;
    Some(Timestamp::from_second(at.timestamp().as_second()))
}

/// Returns how long it is until then.
pub(super) fn left(until: Timestamp, now: Timestamp) -> Option<Duration> {
    let seconds = until.as_second() - now.as_second();
    (seconds > 0).then(|| Duration::from_secs(seconds.unsigned_abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    use reqwest::header::HeaderName;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        lines
            .iter()
            .map(|(name, value)| {
                let value = value.parse().expect("a header's value");
                (HeaderName::from_static(name), value)
            })
            .collect()
    }

    #[test]
    fn the_time_at_the_forge_is_read_from_its_answer() {
        let at = |text| date(&headers(&[("date", text)])).map(|at| at.as_second());
        assert_eq!(at("Tue, 15 Nov 1994 08:12:31 GMT"), Some(784_887_151));
        assert_eq!(at("yesterday"), None);
        assert_eq!(date(&headers(&[])), None);
    }

    #[test]
    fn each_forges_words_for_a_wait_are_understood() {
        let now = Timestamp::from_second(1000);
        let until = |status, lines| pause(status, &headers(lines), now).map(|at| at.as_second());
        assert_eq!(until(429, &[("retry-after", "30")]), Some(1030));
        assert_eq!(until(403, &[("retry-after", "7")]), Some(1007));
        assert_eq!(
            until(
                403,
                &[
                    ("x-ratelimit-remaining", "0"),
                    ("x-ratelimit-reset", "1100")
                ]
            ),
            Some(1100)
        );
        assert_eq!(
            until(
                429,
                &[("ratelimit-remaining", "0"), ("ratelimit-reset", "1050")]
            ),
            Some(1050)
        );
        assert_eq!(until(429, &[]), Some(1060));
        assert_eq!(until(403, &[]), None);
        assert_eq!(
            until(
                403,
                &[
                    ("x-ratelimit-remaining", "12"),
                    ("x-ratelimit-reset", "1100")
                ]
            ),
            None
        );
        assert_eq!(until(503, &[]), None);
        assert_eq!(until(429, &[("retry-after", "999999")]), Some(1000 + 3600));
        assert_eq!(until(200, &[("retry-after", "30")]), None);
    }
}
