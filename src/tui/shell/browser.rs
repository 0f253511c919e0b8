//! The person's browser, started and left alone: it lives longer than we do.

use std::path::Path;
use std::process::Stdio;

use crate::config::SECRETS;
use crate::tui::app::Trouble;

/// The program that knows which browser a person uses.
pub(super) const OPENER: &str = if cfg!(target_os = "macos") {
    "open"
} else {
    "xdg-open"
};

/// Shows a page. The address came from a forge: only what can be nothing but a web page is handed on.
pub(super) fn browse(opener: Option<&Path>, url: &str) -> Result<(), Trouble> {
    if !is_page(url) {
        return Err(Trouble::new("the link is no web page"));
    }
    let opener = opener.ok_or_else(|| Trouble {
        summary: format!("cannot start `{OPENER}`"),
        chain: vec!["it is in no absolute folder of PATH".to_owned()],
        hint: Some("y l copies the link".to_owned()),
    })?;
    #[expect(
        clippy::disallowed_methods,
        reason = "the one home of the person's browser"
    )]
    let mut command = tokio::process::Command::new(opener);
    for name in SECRETS {
        command.env_remove(name);
    }
    // What a browser says must not land on our screen.
    let started = command
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    started.map(drop).map_err(|error| Trouble {
        summary: format!("cannot start `{OPENER}`"),
        chain: vec![error.to_string()],
        hint: Some("y l copies the link".to_owned()),
    })
}

fn is_page(url: &str) -> bool {
    // Plain http is for a forge on this machine only, as for everything that we ask ourselves.
    let is_web = url.starts_with("https://")
        || ["localhost", "127.0.0.1", "[::1]"].iter().any(|host| {
            let rest = url
                .strip_prefix("http://")
                .and_then(|rest| rest.strip_prefix(host));
            rest.is_some_and(|rest| rest.starts_with([':', '/']))
        });
    is_web && url.chars().all(|c| c.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_pages_are_opened() {
        assert!(is_page("https://forge.example.org/acme/crm/pulls/7"));
        assert!(is_page("http://127.0.0.1:3000/acme/crm/pulls/7"));
        for url in [
            "file:///etc/passwd",
            "http://forge.example.org/acme",
            "http://localhost.evil.example/acme",
            "-h",
            "javascript:1",
            "https://a b",
            "https://a\n",
        ] {
            assert!(!is_page(url), "{url}");
        }
    }
}
