//! Which addresses of remotes may be handed to git. One list, for the clone's remotes and for those of the configuration.

use super::secret::may_be_token;

/// Says why an address is not handed to git, if it is not.
///
/// Allowed: `https`, `ssh`, `file`, `user@host:path`, a path, and `http` to this machine only.
pub fn remote_url_flaw(url: &str) -> Option<&'static str> {
    if url.is_empty() {
        return Some("it is empty");
    }
    if url.starts_with('-') {
        return Some("it begins with `-` and could be read as an option");
    }
    if url.chars().any(char::is_control) {
        return Some("it holds a control character");
    }
    if let Some((scheme, rest)) = url.split_once("://") {
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let (user, host) = match authority.rsplit_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, authority),
        };
        if host.starts_with('-') || user.is_some_and(|user| user.starts_with('-')) {
            return Some("its host or user begins with `-` and could be read as an option");
        }
        if scheme != "file" && host.is_empty() {
            return Some("it names no host");
        }
        return match scheme {
            "https" | "http" if user.is_some_and(|user| user.contains(':')) => {
                Some("it holds a password; use a credential helper instead")
            }
            "https" | "http" if user.is_some_and(may_be_token) => Some(
                "its user may be a token, which every process of this machine would see; take it out of the address and \
                 give it to a credential helper instead",
            ),
            "http" if !is_this_machine(host) => {
                Some("plain http is allowed to this machine only; use https")
            }
            "https" | "http" | "ssh" | "file" => None,
            _ => Some("only https, ssh, file and plain paths are allowed"),
        };
    }
    if url
        .split('/')
        .next()
        .is_some_and(|head| head.contains("::"))
    {
        return Some("remote helpers can run any program");
    }
    if let Some((host, path)) = scp_like(url) {
        let name = host.rsplit_once('@').map_or(host, |(_, name)| name);
        if name.starts_with('-') || path.starts_with('-') || name.is_empty() {
            return Some("its host or path begins with `-` and could be read as an option");
        }
    }
    None
}

/// Returns the folder of this machine that an address names, if it names one.
pub fn remote_folder(url: &str) -> Option<&str> {
    match url.split_once("://") {
        Some(("file", path)) => Some(path),
        Some(_) => None,
        None => scp_like(url).is_none().then_some(url),
    }
}

/// Returns what a repository is called where it lies: the last part of its address, without `.git`.
pub fn remote_name(url: &str) -> Option<&str> {
    let path = url.trim_end_matches('/');
    let last = path.rsplit(['/', ':']).next()?;
    let name = last.strip_suffix(".git").unwrap_or(last);
    (!name.is_empty() && !name.starts_with('.')).then_some(name)
}

/// Splits `user@host:path`; a colon after a slash belongs to a path.
fn scp_like(url: &str) -> Option<(&str, &str)> {
    let (host, path) = url.split_once(':')?;
    (!host.contains('/')).then_some((host, path))
}

/// Tells whether `host`, with or without a port, is the loopback interface.
fn is_this_machine(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    matches!(name, "localhost" | "127.0.0.1" | "::1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_called_as_the_last_part_of_its_address() {
        for (url, name) in [
            ("https://git.example.org/acme/shop.git", Some("shop")),
            ("https://git.example.org:8443/sub/acme/shop/", Some("shop")),
            ("git@git.example.org:shop.git", Some("shop")),
            ("/srv/git/shop.git", Some("shop")),
            ("..", None),
            ("/srv/shop/.git", None),
        ] {
            assert_eq!(remote_name(url), name, "{url}");
        }
    }

    #[test]
    fn a_folder_of_this_machine_is_told_from_a_host() {
        assert_eq!(remote_folder("/srv/a.git"), Some("/srv/a.git"));
        assert_eq!(remote_folder("file:///srv/a.git"), Some("/srv/a.git"));
        assert_eq!(remote_folder("a/b:c"), Some("a/b:c"));
        for host in [
            "git@example.org:a.git",
            "https://example.org/a",
            "ssh://h/a",
        ] {
            assert_eq!(remote_folder(host), None, "{host}");
        }
    }
}
