//! Which remote addresses we hand to git, and how they are shown.

use std::path::Path;

use super::error::Error;

/// Checks an address and returns the form that git gets; a relative path is taken from `base`.
///
/// Allowed: `https`, `ssh`, `file`, `user@host:path`, a path, and `http` to this machine only.
pub(super) fn check(url: &str, base: &Path) -> Result<String, Error> {
    let bad = |why| {
        Err(Error::BadUrl {
            url: without_secrets(url),
            why,
        })
    };
    if url.is_empty() {
        return bad("it is empty");
    }
    if url.starts_with('-') {
        return bad("it begins with `-` and could be read as an option");
    }
    if url.chars().any(char::is_control) {
        return bad("it holds a control character");
    }
    if let Some((scheme, rest)) = url.split_once("://") {
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let (user, host) = match authority.rsplit_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, authority),
        };
        if host.starts_with('-') || user.is_some_and(|user| user.starts_with('-')) {
            return bad("its host or user begins with `-` and could be read as an option");
        }
        if scheme != "file" && host.is_empty() {
            return bad("it names no host");
        }
        return match scheme {
            "https" | "http" if user.is_some_and(|user| user.contains(':')) => {
                bad("it holds a password; use a credential helper instead")
            }
            "http" if !is_this_machine(host) => {
                bad("plain http is allowed to this machine only; use https")
            }
            "https" | "http" | "ssh" | "file" => Ok(url.to_owned()),
            _ => bad("only https, ssh, file and plain paths are allowed"),
        };
    }
    if url
        .split('/')
        .next()
        .is_some_and(|head| head.contains("::"))
    {
        return bad("remote helpers can run any program");
    }
    if let Some((host, path)) = scp_like(url) {
        let name = host.rsplit_once('@').map_or(host, |(_, name)| name);
        if name.starts_with('-') || path.starts_with('-') || name.is_empty() {
            return bad("its host or path begins with `-` and could be read as an option");
        }
        return Ok(url.to_owned());
    }
    match base.join(url).to_str() {
        Some(path) => Ok(path.to_owned()),
        None => bad("the path is not UTF-8"),
    }
}

/// Splits `user@host:path`; a colon after a slash belongs to a path.
fn scp_like(url: &str) -> Option<(&str, &str)> {
    let (host, path) = url.split_once(':')?;
    (!host.contains('/')).then_some((host, path))
}

/// Tells whether `host`, with or without a port, is the loopback interface.
pub(super) fn is_this_machine(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    matches!(name, "localhost" | "127.0.0.1" | "::1")
}

/// Returns `text` with what stands between `//` and `@` in addresses taken out.
pub(super) fn without_secrets(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        clean.push_str(before);
        clean.push_str("://");
        let end = after
            .find(|c: char| c == '/' || c.is_whitespace() || c == '\'')
            .unwrap_or(after.len());
        let authority = &after[..end];
        clean.push_str(match authority.rsplit_once('@') {
            Some((user, host)) if user.contains(':') => host,
            Some(_) | None => authority,
        });
        rest = &after[end..];
    }
    clean.push_str(rest);
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(url: &str) -> Option<String> {
        check(url, Path::new("/clone")).ok()
    }

    #[test]
    fn only_addresses_that_run_nothing_and_hide_nothing_are_taken() {
        for good in [
            "https://example.org/a/b.git",
            "https://ana@example.org/a.git",
            "http://127.0.0.1:8080/a.git",
            "http://localhost/a",
            "ssh://git@example.org:22/a.git",
            "git@example.org:a/b.git",
            "file:///srv/a.git",
            "/srv/a.git",
        ] {
            assert_eq!(checked(good).as_deref(), Some(good));
        }
        assert_eq!(checked("../o.git").as_deref(), Some("/clone/../o.git"));
        assert_eq!(checked("a/b:c").as_deref(), Some("/clone/a/b:c"));
        for bad in [
            "",
            "-oProxyCommand=x",
            "ext::sh -c x",
            "https://a:b@example.org/x",
            "http://example.org/x",
            "http://127.0.0.1.example.org/x",
            "ssh://-oProxyCommand=x/y",
            "ssh://-x@host/y",
            "git://example.org/x",
            "https:///x",
            "-x@host:y",
            "u@-host:y",
            "a\nb",
            "https://example.org/\u{1b}",
        ] {
            assert_eq!(checked(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        assert_eq!(
            without_secrets("fatal: 'https://a:b@h/x' and ssh://git@h/y fail"),
            "fatal: 'https://h/x' and ssh://git@h/y fail"
        );
    }
}
