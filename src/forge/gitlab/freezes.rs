//! Deploy freezes in the project's settings. GitLab tells its pipelines of them (`CI_DEPLOY_FREEZE`), so that a deploy job
//! may not be made in one; no lane of ours is quiet for it.

use serde::Deserialize;

use crate::forge::Error;
use crate::forge::Remark;
use crate::forge::http::Ask;
use crate::forge::soft::soft;
use crate::model::Untrusted;

use super::home::Gitlab;
use super::home::degraded;

/// How many of them are read.
const MOST: usize = 100;
/// How many of them are named.
const NAMED: usize = 3;

/// From one cron time to the next of the other.
#[derive(Debug, Deserialize)]
struct Period {
    #[serde(default, deserialize_with = "soft")]
    freeze_start: String,
    #[serde(default, deserialize_with = "soft")]
    freeze_end: String,
    #[serde(default, deserialize_with = "soft")]
    cron_timezone: String,
}

impl Gitlab {
    /// Looks for freezes that only GitLab knows; nothing where there are none, or none that we may read.
    pub(super) async fn examine_freezes(&self, id: &str) -> Result<Option<Remark>, Error> {
        let ask = Ask::get(&["projects", id, "freeze_periods"]).with("per_page", &MOST);
        let found: Option<Vec<Period>> = degraded(self.http().read_list(&ask, MOST).await)?;
        let has_own = !self.options.project.freezes.is_empty();
        Ok(remark(&found.unwrap_or_default(), has_own))
    }
}

/// Names the freezes. Ours are times and GitLab's are rules of cron: whether one is the other, only people know.
fn remark(periods: &[Period], has_own: bool) -> Option<Remark> {
    if periods.is_empty() {
        return None;
    }
    let shown = |text: &str| Untrusted::new(text).show();
    let named = periods.iter().take(NAMED).map(|period| {
        let (from, until) = (shown(&period.freeze_start), shown(&period.freeze_end));
        format!("`{from}` to `{until}` {}", shown(&period.cron_timezone))
    });
    let mut named: Vec<String> = named.collect();
    if periods.len() > NAMED {
        named.push(format!("{} more", periods.len() - NAMED));
    }
    let detail = format!("GitLab has deploy freezes of its own: {}", named.join("; "));
    Some(if has_own {
        Remark::good("deploy freezes", format!("{detail}; [[freeze]] has others"))
    } else {
        Remark::doubtful(
            "deploy freezes",
            format!("{detail}; Lanekeeper does not know of them"),
            "Write the next ones into lanekeeper.toml, [[freeze]]: nothing goes into lanes by itself then, and plans tell of it.",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn freezes_that_only_gitlab_knows_are_named_and_doubtful() {
        let periods = |text: &str| -> Vec<Period> { serde_json::from_str(text).expect("periods") };
        assert_eq!(remark(&[], false), None);
        let weekend = r#"{"freeze_start":"0 23 * * 5","freeze_end":"0 8 * * 1","cron_timezone":"Europe/Madrid"}"#;
        let one = remark(&periods(&format!("[{weekend}]")), false).expect("there is one");
        assert!(one.hint.is_some() && !one.is_bad);
        let words = "`0 23 * * 5` to `0 8 * * 1` Europe/Madrid; Lanekeeper does not know of them";
        assert!(one.detail.ends_with(words), "{}", one.detail);
        let five = [weekend; 5].join(",");
        let many = remark(&periods(&format!("[{five}]")), true).expect("there are some");
        assert!(many.hint.is_none());
        let words = "; 2 more; [[freeze]] has others";
        assert!(many.detail.ends_with(words), "{}", many.detail);
    }
}
