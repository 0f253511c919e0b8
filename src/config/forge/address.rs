//! A remote's URL taken apart: which host, which path.

/// `https://user@host:port/path`, `ssh://user@host:port/path` or `user@host:path`. A folder has no such parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteAddress {
    /// Lower case, as the web page has it: ssh hosts of the public forges are written as their web hosts.
    pub host: String,
    /// The port of the web page; the port of ssh says nothing about it.
    pub web_port: Option<u16>,
    /// Whether the web page is plain HTTP, which is used on this machine only.
    pub is_plain: bool,
    /// `group/sub/project`, without slashes around it and without `.git`.
    pub path: String,
}

impl RemoteAddress {
    /// Takes a URL apart, as `git remote get-url` prints it; none for a path on this machine.
    pub fn parse(url: &str) -> Option<Self> {
        let (scheme, rest) = match url.split_once("://") {
            Some((scheme, rest)) => (Some(scheme), rest),
            None => (None, url),
        };
        let (authority, path) = match scheme {
            Some("https" | "http" | "ssh" | "git") => rest.split_once('/')?,
            Some(_) => return None,
            None => {
                let (authority, path) = rest.split_once(':')?;
                // git's own rule: a slash before the first colon makes it a path.
                if authority.contains('/') {
                    return None;
                }
                (authority, path)
            }
        };
        let authority = authority.rsplit('@').next()?;
        let (host, port) = split_port(authority);
        let is_web = matches!(scheme, Some("https" | "http"));
        let host = host.to_lowercase();
        let host = match host.as_str() {
            "ssh.github.com" => "github.com".to_owned(),
            "altssh.gitlab.com" => "gitlab.com".to_owned(),
            _ => host,
        };
        let path = path.trim_matches('/');
        let path = path.strip_suffix(".git").unwrap_or(path);
        (is_host(&host) && !path.is_empty()).then(|| Self {
            host,
            web_port: port.filter(|_| is_web),
            is_plain: scheme == Some("http"),
            path: path.to_owned(),
        })
    }

    /// Returns `host` or `host:port`, by which logins are kept.
    pub fn host_port(&self) -> String {
        match self.web_port {
            Some(port) => format!("{}:{port}", self.host),
            None => self.host.clone(),
        }
    }
}

/// Tells whether a name can be a host's: what begins like an option, or holds what no name has, is a path or a trap.
fn is_host(name: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || "-._[]:".contains(c);
    !name.is_empty() && !name.starts_with('-') && name.chars().all(is_part)
}

/// Splits `host:port`, `[::1]:port`.
fn split_port(authority: &str) -> (&str, Option<u16>) {
    let split = match authority.rfind(']') {
        Some(end) => authority[end..].find(':').map(|colon| end + colon),
        None => authority.find(':'),
    };
    match split {
        Some(colon) => (&authority[..colon], authority[colon + 1..].parse().ok()),
        None => (authority, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_remote_is_taken_apart() {
        for (url, host_port, path) in [
            ("git@github.com:acme/shop.git", "github.com", "acme/shop"),
            (
                "ssh://git@ssh.github.com:443/acme/shop.git",
                "github.com",
                "acme/shop",
            ),
            ("https://github.com/acme/shop/", "github.com", "acme/shop"),
            (
                "https://ana@GitLab.example.org:8443/a/b/c/shop.git",
                "gitlab.example.org:8443",
                "a/b/c/shop",
            ),
            (
                "ssh://git@git.example.org:2222/acme/shop.git",
                "git.example.org",
                "acme/shop",
            ),
            ("git.example.org:acme/shop", "git.example.org", "acme/shop"),
            (
                "http://127.0.0.1:3000/acme/shop.git",
                "127.0.0.1:3000",
                "acme/shop",
            ),
            ("http://[::1]:3000/acme/shop.git", "[::1]:3000", "acme/shop"),
            (
                "git@altssh.gitlab.com:acme/shop.git",
                "gitlab.com",
                "acme/shop",
            ),
        ] {
            let address = RemoteAddress::parse(url).unwrap_or_else(|| panic!("{url}"));
            assert_eq!(
                (address.host_port().as_str(), address.path.as_str()),
                (host_port, path),
                "{url}"
            );
        }
        for folder in [
            "/srv/git/shop.git",
            "../shop.git",
            "./a:b",
            "file:///srv/github.com/shop.git",
            "https://github.com",
            "-oProxyCommand=touch:acme/shop.git",
            "ssh://git@-oProxyCommand=touch/acme/shop.git",
            "a host:acme/shop.git",
        ] {
            assert_eq!(RemoteAddress::parse(folder), None, "{folder}");
        }
    }
}
