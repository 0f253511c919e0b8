//! Which forge keeps the change requests.

/// A forge, as configured or found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ForgeKind {
    /// Look at the remote's host.
    Auto,
    /// The remote itself.
    Local,
    Gitlab,
    Github,
    Gitea,
}

impl ForgeKind {
    /// Returns the word in configuration.
    pub fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Local => "local",
            Self::Gitlab => "gitlab",
            Self::Github => "github",
            Self::Gitea => "gitea",
        }
    }

    pub(super) fn of_word(word: &str) -> Self {
        [Self::Local, Self::Gitlab, Self::Github, Self::Gitea]
            .into_iter()
            .find(|kind| kind.word() == word)
            .unwrap_or(Self::Auto)
    }

    /// Returns the forge of a remote: as configured, else by its host; a path or an unknown host is `Local`.
    pub fn for_remote(self, url: &str) -> Self {
        match self {
            Self::Local | Self::Gitlab | Self::Github | Self::Gitea => self,
            Self::Auto => {
                let host = host(url).unwrap_or_default().to_lowercase();
                let named = |word: &str| host.split('.').any(|part| part == word);
                if host == "github.com" {
                    Self::Github
                } else if named("gitlab") {
                    Self::Gitlab
                } else if host == "codeberg.org" || named("gitea") || named("forgejo") {
                    Self::Gitea
                } else {
                    Self::Local
                }
            }
        }
    }
}

/// Returns the host of `https://user@host:port/path`, `ssh://…` or `user@host:path`; none for a path.
fn host(url: &str) -> Option<&str> {
    let (authority, is_url) = match url.split_once("://") {
        Some(("file", _)) => return None,
        Some((_, rest)) => (rest.split('/').next()?, true),
        None => (url.split_once(':')?.0, false),
    };
    // git's own rule: a slash before the first colon makes it a path.
    if !is_url && authority.contains('/') {
        return None;
    }
    let host = authority.rsplit('@').next()?;
    Some(if is_url {
        host.split(':').next()?
    } else {
        host
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forge_is_found_by_the_host_and_a_plain_path_is_local() {
        for (url, kind) in [
            ("/srv/git/shop.git", ForgeKind::Local),
            ("file:///srv/github.com/shop.git", ForgeKind::Local),
            ("../shop.git", ForgeKind::Local),
            ("./a:b", ForgeKind::Local),
            ("git@example.org:shop.git", ForgeKind::Local),
            ("git@github.com:acme/shop.git", ForgeKind::Github),
            ("https://github.com/acme/shop", ForgeKind::Github),
            (
                "https://github.com.evil.example/acme/shop",
                ForgeKind::Local,
            ),
            (
                "ssh://git@gitlab.example.org:2222/acme/shop.git",
                ForgeKind::Gitlab,
            ),
            ("https://codeberg.org/acme/shop.git", ForgeKind::Gitea),
        ] {
            assert_eq!(ForgeKind::Auto.for_remote(url), kind, "{url}");
        }
        assert_eq!(
            ForgeKind::Local.for_remote("https://github.com/a/b"),
            ForgeKind::Local
        );
    }
}
