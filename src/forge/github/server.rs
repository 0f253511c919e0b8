//! Which GitHub this is: github.com, or an Enterprise Server that may be too old for what we do.

use serde::Deserialize;

use crate::forge::Remark;
use crate::forge::http::Ask;

use super::hub::Hub;

/// The first Enterprise Server with environments that somebody has to approve.
const WITH_ENVIRONMENTS: (u32, u32) = (3, 1);
/// The first with rule sets.
const WITH_RULESETS: (u32, u32) = (3, 11);

#[derive(Default, Deserialize)]
struct Meta {
    #[serde(default)]
    installed_version: String,
}

impl Hub {
    /// GitHub Enterprise Server tells its version; github.com has none.
    pub(super) async fn examine_version(&self) -> Remark {
        let meta: Result<Meta, _> = self.http().read(&Ask::get(&["meta"])).await;
        let installed = meta.unwrap_or_default().installed_version;
        examined(self.http().base().name(), &installed)
    }
}

fn examined(name: &str, installed: &str) -> Remark {
    let what = "version";
    if installed.is_empty() {
        return Remark::good(what, name);
    }
    let detail = format!("{name}, GitHub Enterprise Server {installed}");
    let mut parts = installed.split('.').map(|part| part.parse::<u32>().ok());
    let (Some(Some(major)), Some(Some(minor))) = (parts.next(), parts.next()) else {
        return Remark::good(what, detail);
    };
    let hint = "Update it.";
    if (major, minor) < WITH_ENVIRONMENTS {
        return Remark::bad(
            what,
            format!(
                "{detail}: before 3.1 no environment waits for an approval, so no go-live has seats"
            ),
            hint,
        );
    }
    if (major, minor) < WITH_RULESETS {
        return Remark::doubtful(
            what,
            format!(
                "{detail}: before 3.11 there are no rule sets, and how many approvals branch protection asks for only administrators may read"
            ),
            hint,
        );
    }
    Remark::good(what, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_enterprise_server_is_told_with_what_it_lacks() {
        let of = |installed: &str| {
            let remark = examined("git.example.org", installed);
            (remark.is_bad, remark.hint.is_some(), remark.detail)
        };
        assert_eq!(of(""), (false, false, "git.example.org".to_owned()));
        let (is_bad, has_hint, detail) = of("3.14.2");
        assert!(!is_bad && !has_hint && detail.ends_with("GitHub Enterprise Server 3.14.2"));
        let (is_bad, has_hint, detail) = of("3.10.17");
        assert!(
            !is_bad && has_hint && detail.contains("rule sets"),
            "{detail}"
        );
        let (is_bad, _, detail) = of("2.22.3");
        assert!(
            is_bad && detail.contains("no go-live has seats"),
            "{detail}"
        );
        assert!(!of("unknown").1);
    }
}
