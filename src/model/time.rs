//! Points in time as values. Nobody here reads a clock: `ops` does, and hands the value in.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

/// How long a write to a forge may be under way; then it is cut off. The drain of the driver's seat is longer than this by
/// more than the life of a permit, so that whoever comes next finds nothing of before still on its way.
pub const LONGEST_WRITE: Duration = Duration::from_secs(30);

/// A point in time, second precision, printed as RFC 3339 in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(jiff::Timestamp);

impl Timestamp {
    /// Returns the time that lies `seconds` after 1970-01-01T00:00:00Z; out of range is clamped.
    pub fn from_second(seconds: i64) -> Self {
        let clamped = seconds.clamp(
            jiff::Timestamp::MIN.as_second(),
            jiff::Timestamp::MAX.as_second(),
        );
        Self(jiff::Timestamp::from_second(clamped).unwrap_or(jiff::Timestamp::UNIX_EPOCH))
    }

    /// Returns seconds since 1970-01-01T00:00:00Z.
    pub fn as_second(self) -> i64 {
        self.0.as_second()
    }

    /// Returns whole seconds from `earlier` to `self`; negative where the clocks disagree.
    pub fn seconds_since(self, earlier: Self) -> i64 {
        self.as_second() - earlier.as_second()
    }

    /// Returns the time of day in the zone of this machine, `10:42`.
    pub fn clock(self) -> String {
        self.here().strftime("%H:%M").to_string()
    }

    /// Returns date and time in the zone of this machine, and which zone that is: `2026-04-12 10:42 CEST`.
    pub fn date_clock(self) -> String {
        self.here().strftime("%Y-%m-%d %H:%M %Z").to_string()
    }

    /// Returns the short name that the zone of this machine has at this time: `CEST`, `UTC`.
    pub fn zone(self) -> String {
        self.here().strftime("%Z").to_string()
    }

    /// Returns date and time in UTC, for texts that people in several zones read: `2026-04-12 08:42`.
    pub fn utc_date_clock(self) -> String {
        self.0.strftime("%Y-%m-%d %H:%M").to_string()
    }

    /// Returns the time as this machine's clocks show it; in UTC where the machine does not say which zone is its own.
    fn here(self) -> jiff::Zoned {
        let zone = jiff::tz::TimeZone::try_system().unwrap_or(jiff::tz::TimeZone::UTC);
        self.0.to_zoned(zone)
    }

    /// Returns the year in UTC; zero for what no calendar of ours has.
    pub fn year(self) -> u16 {
        let year = self.0.to_zoned(jiff::tz::TimeZone::UTC).year();
        u16::try_from(year).unwrap_or_default()
    }

    /// Returns the UTC date as `20260412`, for ids.
    pub fn compact_date(self) -> String {
        self.0
            .to_zoned(jiff::tz::TimeZone::UTC)
            .strftime("%Y%m%d")
            .to_string()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.strftime("%Y-%m-%dT%H:%M:%SZ"))
    }
}

impl FromStr for Timestamp {
    type Err = jiff::Error;

    fn from_str(text: &str) -> Result<Self, jiff::Error> {
        let time: jiff::Timestamp = text.parse()?;
        Ok(Self::from_second(time.as_second()))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Returns how long ago `then` was, in the largest unit that says enough: `8 s`, `4 min`, `3 h`, `2 d`.
pub fn age(now: Timestamp, then: Timestamp) -> String {
    let seconds = now.seconds_since(then).max(0);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// Returns what is left of a wait, in minutes and seconds: `0:58`.
pub fn countdown(seconds: i64) -> String {
    let seconds = seconds.max(0);
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_survives_printing_and_parsing() {
        let time = Timestamp::from_second(1_775_986_267);
        assert_eq!(
            time.to_string().parse::<Timestamp>().expect("own format"),
            time
        );
        assert_eq!(time.to_string(), "2026-04-12T09:31:07Z");
    }

    #[test]
    fn a_year_ends_at_midnight_in_utc() {
        let year = |text: &str| text.parse::<Timestamp>().expect("a time").year();
        assert_eq!(year("2025-12-31T23:59:59Z"), 2025);
        assert_eq!(year("2026-01-01T00:00:00Z"), 2026);
        assert_eq!(year("2026-01-01T00:30:00+01:00"), 2025);
        assert_eq!(Timestamp::from_second(i64::MIN).year(), 0);
    }

    #[test]
    fn a_time_for_readers_in_several_zones_is_in_utc() {
        let time = Timestamp::from_second(1_775_986_267);
        assert_eq!(time.utc_date_clock(), "2026-04-12 09:31");
    }

    #[test]
    fn ages_use_the_largest_unit_that_says_enough() {
        let at = |s| Timestamp::from_second(s);
        assert_eq!(age(at(8), at(0)), "8 s");
        assert_eq!(age(at(250), at(0)), "4 min");
        assert_eq!(age(at(7_300), at(0)), "2 h");
        assert_eq!(age(at(300_000), at(0)), "3 d");
        assert_eq!(age(at(0), at(50)), "0 s");
    }
}
