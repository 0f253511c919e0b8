//! Where a project is on its forge: the address of the API and the project's path.

use super::address::RemoteAddress;
use super::kind::ForgeKind;

/// A project on a forge with an API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForgePlace {
    /// Never `Auto` or `Local`.
    pub kind: ForgeKind,
    /// `host` or `host:port` of the web page, by which logins are kept.
    pub host: String,
    /// `https://gitlab.example.org/sub`.
    pub web: String,
    /// `https://gitlab.example.org/sub/api/v4`.
    pub api: String,
    /// `group/sub/project`.
    pub project: String,
}

/// Why a project's place cannot be told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    #[error("the remote is a folder of this machine, which is no {kind}")]
    Folder { kind: &'static str },
    #[error("forge_url `{url}` is no web address")]
    NoAddress { url: String },
    #[error("the remote is on {remote}, and forge_url on {named}")]
    OtherHost { remote: String, named: String },
    #[error("the remote's path `{path}` is not below forge_url's `{prefix}`")]
    OtherPath { path: String, prefix: String },
    #[error("`{path}` is not `owner/project`")]
    Path { path: String },
}

impl ForgePlace {
    /// Finds the place of a remote on a forge of that kind. `forge_url` is where the web page is, if it cannot be told
    /// from the remote: another port than ssh's, another host name than ssh's, or a path before all projects.
    pub fn find(kind: ForgeKind, url: &str, forge_url: Option<&str>) -> Result<Self, PlaceError> {
        let remote = RemoteAddress::parse(url).ok_or(PlaceError::Folder { kind: kind.word() })?;
        let (web, host, project) = match forge_url {
            None => (web_of(&remote), remote.host_port(), remote.path.clone()),
            Some(named) => {
                let (host, prefix) = named_page(named)?;
                // A token goes to the host that the person trusts with the repository, or to one that it is a part of
                // (ssh.example.org and example.org): a team's file cannot send it anywhere else.
                if !is_family(&remote.host, bare(&host)) {
                    return Err(PlaceError::OtherHost {
                        remote: remote.host,
                        named: host,
                    });
                }
                let project = below(&remote, &prefix)?;
                (named.trim_end_matches('/').to_owned(), host, project)
            }
        };
        if !project.contains('/')
            || project
                .split('/')
                .any(|part| part.is_empty() || part == "..")
        {
            return Err(PlaceError::Path { path: project });
        }
        Ok(Self {
            kind,
            api: api_of(kind, &web),
            host,
            web,
            project,
        })
    }
}

/// Returns the web page of a remote's host.
pub fn web_of(remote: &RemoteAddress) -> String {
    let scheme = if remote.is_plain { "http" } else { "https" };
    format!("{scheme}://{}", remote.host_port())
}

/// Returns where the API of the forge at this web page is (background/forges.md 3.1).
pub fn api_of(kind: ForgeKind, web: &str) -> String {
    let web = web.trim_end_matches('/');
    match kind {
        ForgeKind::Gitlab => format!("{web}/api/v4"),
        ForgeKind::Gitea => format!("{web}/api/v1"),
        ForgeKind::Github => match web.strip_prefix("https://") {
            Some("github.com") => "https://api.github.com".to_owned(),
            // GitHub Enterprise Cloud with data residency.
            Some(host) if host.ends_with(".ghe.com") => format!("https://api.{host}"),
            Some(_) | None => format!("{web}/api/v3"),
        },
        ForgeKind::Auto | ForgeKind::Local => web.to_owned(),
    }
}

/// Splits `https://host:port/prefix` into `host:port` and `prefix`.
pub(in crate::config) fn named_page(url: &str) -> Result<(String, String), PlaceError> {
    let no_address = || PlaceError::NoAddress {
        url: url.to_owned(),
    };
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"))
        .ok_or_else(no_address)?;
    let (host, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let is_plain_host = !host.is_empty() && !host.contains(['@', '?', '#', ' ']);
    is_plain_host
        .then(|| (host.to_lowercase(), prefix.trim_matches('/').to_owned()))
        .ok_or_else(no_address)
}

fn bare(host: &str) -> &str {
    host.split(':').next().unwrap_or(host)
}

/// Tells whether one host is the other, or a part of it.
fn is_family(one: &str, other: &str) -> bool {
    let is_part = |part: &str, whole: &str| {
        part.strip_suffix(whole)
            .is_some_and(|rest| rest.ends_with('.'))
            && whole.contains('.')
    };
    one == other || is_part(one, other) || is_part(other, one)
}

/// Returns the project's path without what stands before all projects. An ssh URL may leave that out.
fn below(remote: &RemoteAddress, prefix: &str) -> Result<String, PlaceError> {
    if prefix.is_empty() {
        return Ok(remote.path.clone());
    }
    let inside = remote
        .path
        .strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix('/'));
    match inside {
        Some(project) => Ok(project.to_owned()),
        None if remote.web_port.is_none() && remote.path.split('/').count() >= 2 => {
            Ok(remote.path.clone())
        }
        None => Err(PlaceError::OtherPath {
            path: remote.path.clone(),
            prefix: prefix.to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(kind: ForgeKind, url: &str, forge_url: Option<&str>) -> (String, String) {
        let place =
            ForgePlace::find(kind, url, forge_url).unwrap_or_else(|error| panic!("{url}: {error}"));
        (place.api, place.project)
    }

    #[test]
    fn each_forge_has_its_api_where_it_documents_it() {
        use ForgeKind::Gitea;
        use ForgeKind::Github;
        use ForgeKind::Gitlab;
        for (kind, url, web, api, project) in [
            (
                Github,
                "git@github.com:acme/shop.git",
                None,
                "https://api.github.com",
                "acme/shop",
            ),
            (
                Github,
                "git@acme.ghe.com:acme/shop.git",
                None,
                "https://api.acme.ghe.com",
                "acme/shop",
            ),
            (
                Github,
                "git@ghes.example.org:acme/shop",
                None,
                "https://ghes.example.org/api/v3",
                "acme/shop",
            ),
            (
                Gitlab,
                "git@gitlab.com:a/b/shop.git",
                None,
                "https://gitlab.com/api/v4",
                "a/b/shop",
            ),
            (
                Gitlab,
                "https://host.example/git/a/shop.git",
                Some("https://host.example/git/"),
                "https://host.example/git/api/v4",
                "a/shop",
            ),
            (
                Gitea,
                "ssh://git@ssh.code.example:2222/acme/shop.git",
                Some("https://code.example:3000/gitea"),
                "https://code.example:3000/gitea/api/v1",
                "acme/shop",
            ),
            (
                Gitea,
                "http://127.0.0.1:3000/acme/shop.git",
                None,
                "http://127.0.0.1:3000/api/v1",
                "acme/shop",
            ),
        ] {
            assert_eq!(
                place(kind, url, web),
                (api.to_owned(), project.to_owned()),
                "{url}"
            );
        }
    }

    #[test]
    fn a_teams_file_cannot_send_the_token_to_another_host() {
        for (url, web) in [
            ("git@gitlab.example.org:a/b.git", "https://evil.example/"),
            (
                "git@gitlab.example.org:a/b.git",
                "https://example.org.evil.example",
            ),
            ("git@gitlab.example.org:a/b.git", "https://xample.org"),
            ("git@gitlab.org:a/b.git", "https://org"),
            (
                "git@gitlab.example.org:a/b.git",
                "https://me@gitlab.example.org",
            ),
            ("/srv/git/shop.git", "https://gitlab.example.org"),
        ] {
            assert!(
                ForgePlace::find(ForgeKind::Gitlab, url, Some(web)).is_err(),
                "{web}"
            );
        }
        assert!(ForgePlace::find(ForgeKind::Github, "git@github.com:shop.git", None).is_err());
        assert!(ForgePlace::find(ForgeKind::Github, "https://github.com/../x/y", None).is_err());
    }
}
