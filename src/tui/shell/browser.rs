//! The person's browser, started and left alone: it lives longer than we do.

use std::process::Stdio;

use crate::tui::app::Trouble;

/// The program that knows which browser a person uses.
const OPENER: &str = if cfg!(target_os = "macos") {
    "open"
} else {
    "xdg-open"
};

/// Shows a page. The address came from a forge: only what can be nothing but a web page is handed on.
pub(super) fn browse(url: &str) -> Result<(), Trouble> {
    if !is_page(url) {
        return Err(Trouble::new("the link is no web page"));
    }
    #[expect(
        clippy::disallowed_methods,
        reason = "the one home of the person's browser"
    )]
    let mut command = tokio::process::Command::new(OPENER);
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
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    is_web && url.chars().all(|c| c.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_pages_are_opened() {
        assert!(is_page("https://forge.example.org/acme/crm/pulls/7"));
        for url in [
            "file:///etc/passwd",
            "-h",
            "javascript:1",
            "https://a b",
            "https://a\n",
        ] {
            assert!(!is_page(url), "{url}");
        }
    }
}
