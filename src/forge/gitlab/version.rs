//! Which GitLab this is, and whether it is new enough.

use crate::forge::Remark;

/// The first that says of a merge request in one word whether it can be merged, which everything here goes by.
const OLDEST: (u32, u32) = (15, 6);

/// The first that says in its answers when somebody approved a merge request.
const DATED: (u32, u32) = (18, 4);

/// Returns `17.10` of `17.10.3-ee`; nothing of what is no version.
pub(super) fn short(version: &str) -> String {
    number(version).map_or_else(String::new, |(major, minor)| format!("{major}.{minor}"))
}

fn number(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.split('.');
    let mut next = || parts.next()?.parse().ok();
    Some((next()?, next()?))
}

/// Says whether Lanekeeper works with this version, as [`short`] has it.
pub(super) fn examined(version: &str) -> Remark {
    let what = "version";
    match number(version) {
        Some(number) if number >= DATED => Remark::good(what, format!("gitlab {version}")),
        Some(number) if number >= OLDEST => Remark::good(
            what,
            format!(
                "gitlab {version}; when somebody approved a merge request is taken from its notes"
            ),
        ),
        Some(_) => Remark::bad(
            what,
            format!(
                "gitlab {version} does not say whether a merge request can be merged, so that none is merged through us; 15.6 and newer do"
            ),
            "Update GitLab, or merge in the web page.",
        ),
        None => Remark::doubtful(
            what,
            "this GitLab does not tell its version",
            "Lanekeeper needs 15.6 or newer: see its help page.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_named_briefly_or_not_at_all() {
        assert_eq!(short("17.10.3-ee"), "17.10");
        assert_eq!(short("\u{1b}[2J.1"), "");
        assert_eq!(short("17"), "");
        assert_eq!(short(""), "");
    }

    #[test]
    fn a_version_before_15_6_is_bad_and_one_that_is_not_told_is_doubtful() {
        let of = |version: &str| {
            let remark = examined(version);
            (remark.is_bad, remark.hint.is_some())
        };
        for good in ["15.6", "15.11", "16.0", "18.2"] {
            assert_eq!(of(good), (false, false), "{good}");
        }
        for old in ["15.5", "14.10", "9.12"] {
            assert_eq!(of(old), (true, true), "{old}");
        }
        assert_eq!(of(""), (false, true));
    }

    #[test]
    fn a_version_that_does_not_date_approvals_is_told_so() {
        let is_told = |version: &str| examined(version).detail.contains("from its notes");
        assert!(is_told("15.6") && is_told("18.3"));
        assert!(!is_told("18.4") && !is_told("19.0") && !is_told("15.5"));
    }
}
