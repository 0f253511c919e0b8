//! Rate limits: what the forge's headers say, and for how long we keep quiet.

use std::time::Duration;

use reqwest::header::HeaderMap;

use crate::model::Timestamp;

/// The wait when a forge says "too much" and not how long.
const DEFAULT_WAIT: Duration = Duration::from_secs(60);
/// The longest wait that a header is believed.
const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);

/// Returns how long to wait, if this answer says that a limit is used up.
///
/// `Retry-After` in seconds (all), `x-ratelimit-remaining`/`-reset` (GitHub), `RateLimit-Remaining`/`-Reset` (GitLab),
/// each reset in seconds since 1970 on the forge's clock, which the same answer tells; ours, `now`, only stands in for one
/// that it does not tell. A 403 is a limit only if a header says so or its words do (`is_told`), else it is a lack of
/// rights: GitHub's secondary limit may name no time, and is over after a minute at the earliest.
pub(super) fn pause(
    status: u16,
    headers: &HeaderMap,
    is_told: bool,
    now: Timestamp,
) -> Option<Duration> {
    if !is_told && !matches!(status, 403 | 429 | 503) {
        return None;
    }
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<i64>().ok();
    let seconds = |number: i64| Duration::from_secs(u64::try_from(number).unwrap_or_default());
    let wait = if let Some(number) = number("retry-after") {
        seconds(number)
    } else if status == 503 {
        return None;
    } else {
        let left = number("x-ratelimit-remaining").or_else(|| number("ratelimit-remaining"));
        let reset = number("x-ratelimit-reset").or_else(|| number("ratelimit-reset"));
        match (left, reset) {
            (Some(0), Some(reset)) => {
                let theirs = date(headers).unwrap_or(now);
                seconds(reset.saturating_sub(theirs.as_second()))
            }
            _ if is_told || status == 429 => DEFAULT_WAIT,
            _ => return None,
        }
    };
    Some(wait.clamp(Duration::from_secs(1), LONGEST_WAIT))
}

/// Returns what time it is at the forge (`Date`, RFC 9110).
pub(super) fn date(headers: &HeaderMap) -> Option<Timestamp> {
    let text = headers.get(reqwest::header::DATE)?.to_str().ok()?;
    let at = jiff::fmt::rfc2822::parse(text).ok()?;
    Some(Timestamp::from_second(at.timestamp().as_second()))
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
        let wait = |status, lines| {
            let wait = pause(status, &headers(lines), false, now);
            wait.map(|wait| wait.as_secs())
        };
        assert_eq!(wait(429, &[("retry-after", "30")]), Some(30));
        assert_eq!(wait(403, &[("retry-after", "7")]), Some(7));
        assert_eq!(
            wait(
                403,
                &[
                    ("x-ratelimit-remaining", "0"),
                    ("x-ratelimit-reset", "1100")
                ]
            ),
            Some(100)
        );
        assert_eq!(
            wait(
                429,
                &[("ratelimit-remaining", "0"), ("ratelimit-reset", "1050")]
            ),
            Some(50)
        );
        assert_eq!(wait(429, &[]), Some(60));
        assert_eq!(wait(403, &[]), None);
        assert_eq!(
            wait(
                403,
                &[
                    ("x-ratelimit-remaining", "12"),
                    ("x-ratelimit-reset", "1100")
                ]
            ),
            None
        );
        assert_eq!(wait(503, &[]), None);
        assert_eq!(wait(429, &[("retry-after", "999999")]), Some(3600));
        assert_eq!(wait(429, &[("retry-after", "-5")]), Some(1));
        assert_eq!(wait(200, &[("retry-after", "30")]), None);
    }

    #[test]
    fn a_limit_that_is_told_in_words_alone_lasts_a_minute() {
        let now = Timestamp::from_second(1000);
        let wait = |status, lines| {
            let wait = pause(status, &headers(lines), true, now);
            wait.map(|wait| wait.as_secs())
        };
        let left = [
            ("x-ratelimit-remaining", "14"),
            ("x-ratelimit-reset", "1100"),
        ];
        assert_eq!(wait(403, &left), Some(60));
        assert_eq!(wait(403, &[("retry-after", "7")]), Some(7));
        let none = [
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "1100"),
        ];
        assert_eq!(wait(200, &none), Some(100));
    }

    #[test]
    fn the_end_of_a_limit_is_a_time_on_the_forges_clock() {
        // Tue, 15 Nov 1994 08:12:31 GMT is 784887151.
        let told = headers(&[
            ("date", "Tue, 15 Nov 1994 08:12:31 GMT"),
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "784887191"),
        ]);
        for ours in [784_887_151, 784_890_751, 784_883_551, 0] {
            let wait = pause(403, &told, false, Timestamp::from_second(ours));
            assert_eq!(wait, Some(Duration::from_secs(40)), "at {ours}");
        }
    }
}
