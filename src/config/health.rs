//! Reads how to see that an app is up.

use std::time::Duration;

use crate::model::Health;
use crate::model::HealthProbe;
use crate::playbook::At;
use crate::playbook::Mistake;
use crate::playbook::Table;

use super::forge::ForgeKind;
use super::team::Team;

/// A health check with the place of its command, if it has one.
#[derive(Debug)]
pub(super) struct HealthLines {
    pub(super) health: Health,
    pub(super) command: Option<At<Vec<String>>>,
}

/// Reads `health = { url = … }` or `health = { command = […] }`.
pub(super) fn read(table: &Table<'_>) -> Option<HealthLines> {
    let url = table.text("url");
    let command = table.command("command");
    let only_for_url = [
        table.number("status").map(|at| at.map(|_| "status")),
        table.text("body").map(|at| at.map(|_| "body")),
    ];
    let probe = match (&url, table.texts("command")) {
        (Some(_), Some(both)) => {
            let hint = "keep one of them".to_owned();
            table.report(both.mistake("a health check has a `url` or a `command`", Some(hint)));
            return None;
        }
        (None, None) => {
            let what = "a health check needs a `url` or a `command`";
            table.report(table.here().mistake(what, None));
            return None;
        }
        (Some(url), None) => {
            if let Some(flaw) = url_flaw(&url.value) {
                let hint = "write it like \"https://shop.example.org/health\"".to_owned();
                table.report(url.mistake(&format!("`{}` {flaw}", url.value), Some(hint)));
                return None;
            }
            let status = table.number("status").map_or(200, |status| status.value);
            HealthProbe::Http {
                url: url.value.clone(),
                status: u16::try_from(status).ok()?,
                body: table.text("body").map(|body| body.value),
            }
        }
        (None, Some(_)) => {
            for key in only_for_url.into_iter().flatten() {
                let what = format!("`{}` means nothing for a command", key.value);
                table.report(key.mistake(&what, Some("it belongs to `url`".to_owned())));
            }
            HealthProbe::Command(command.clone()?.value)
        }
    };
    let seconds = |name: &str, default: u64| {
        table
            .duration(name)
            .map_or(Duration::from_secs(default), |duration| duration.value)
    };
    Some(HealthLines {
        health: Health {
            probe,
            attempts: table
                .number("attempts")
                .and_then(|attempts| u32::try_from(attempts.value).ok())
                .unwrap_or(5),
            interval: seconds("interval", 5),
            timeout: seconds("timeout", 10),
        },
        command,
    })
}

/// Warns of checks that nobody will ask: it is the console that asks them, after it ran the deploy command itself.
pub(super) fn check_asked(team: &Team, warnings: &mut Vec<Mistake>) {
    let forge = team.forge.as_ref();
    let kind = forge.map_or(ForgeKind::Auto, |at| ForgeKind::of_word(&at.value));
    for app in team.apps.iter().filter(|app| app.health.is_some()) {
        let is_asked = match kind {
            ForgeKind::Local => true,
            // Which one it is, only the remote tells; `doctor` says it where there is a command.
            ForgeKind::Auto => app.deploy.is_some(),
            ForgeKind::Gitlab | ForgeKind::Github | ForgeKind::Gitea => false,
        };
        if !is_asked {
            let what = "its health check is not asked: the forge runs the job that deploys it";
            let hint = "let the job fail where the app is not up".to_owned();
            warnings.push(app.name.mistake(what, Some(hint)));
        }
    }
}

fn url_flaw(url: &str) -> Option<&'static str> {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    let Some(rest) = rest else {
        return Some("is not a URL that begins with http:// or https://");
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if host.contains('@') {
        return Some("carries a user or password, which a shared file must not");
    }
    if host.is_empty() || host.starts_with(':') {
        return Some("names no host");
    }
    if url.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Some("contains white space or a control character");
    }
    let port = host.rsplit_once(':').filter(|_| !host.ends_with(']'));
    match port {
        Some((_, port)) if port.parse::<u16>().is_err() => Some("has a port that is no number"),
        Some(_) | None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_has_a_scheme_and_a_host_and_no_password() {
        for good in [
            "http://127.0.0.1:8080/health",
            "https://x.org",
            "http://[::1]:80/",
        ] {
            assert_eq!(url_flaw(good), None, "{good}");
        }
        for bad in [
            "x.org",
            "ftp://x",
            "https://",
            "https:///a",
            "http://a:b@c/",
            "http://a b",
            "http://a:x/",
        ] {
            assert!(url_flaw(bad).is_some(), "{bad}");
        }
    }
}
