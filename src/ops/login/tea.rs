//! The logins of `tea`, Gitea's command line tool: `$XDG_CONFIG_HOME/tea/config.yml`.
//!
//! Only what `tea` itself writes is understood: a list `logins:` of maps with `url` and `token`, one value a line.

use crate::config::RemoteAddress;

/// Returns the token of the login whose `url` is on `host`.
pub(super) fn token(text: &str, host: &str) -> Option<String> {
    let mut url = None;
    let mut token = None;
    let mut is_in_logins = false;
    for line in text.lines() {
        if !line.starts_with([' ', '-', '\t']) {
            is_in_logins = line.trim_end() == "logins:";
            continue;
        }
        if !is_in_logins {
            continue;
        }
        let entry = line.trim_start();
        let field = match entry.strip_prefix("- ") {
            Some(first) => {
                (url, token) = (None, None);
                first
            }
            None => entry,
        };
        let Some((key, value)) = field.split_once(':') else {
            continue;
        };
        let value = value.trim().trim_matches(['"', '\'']);
        match key.trim() {
            "url" => url = Some(value.to_owned()),
            "token" => token = Some(value.to_owned()),
            _ => {}
        }
        let is_ours = url.as_ref().is_some_and(|url| {
            RemoteAddress::parse(&format!("{}/x", url.trim_end_matches('/')))
                .is_some_and(|address| address.host_port() == host)
        });
        if let Some(token) = token.as_ref().filter(|token| is_ours && !token.is_empty()) {
            return Some(token.clone());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_login_of_the_host_is_found_and_no_other() {
        let text = "logins:\n    - name: work\n      url: https://code.example:3000\n      token: abc\n      default: true\n    - name: home\n      token: \"def\"\n      url: https://home.example/gitea/\npreferences:\n    editor: false\n    token: nope\n";
        assert_eq!(token(text, "code.example:3000").as_deref(), Some("abc"));
        assert_eq!(token(text, "home.example").as_deref(), Some("def"));
        assert_eq!(token(text, "code.example"), None);
        assert_eq!(token("", "home.example"), None);
    }
}
