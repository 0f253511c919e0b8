//! Which forge keeps the change requests.

use super::address::RemoteAddress;

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

    pub(in crate::config) fn of_word(word: &str) -> Self {
        // Forgejo is spoken to as Gitea; the version that it answers tells the two apart.
        if word == "forgejo" {
            return Self::Gitea;
        }
        [Self::Local, Self::Gitlab, Self::Github, Self::Gitea]
            .into_iter()
            .find(|kind| kind.word() == word)
            .unwrap_or(Self::Auto)
    }

    /// Returns the forge of a remote: as configured, else by its host; a path or an unknown host is `Local`.
    /// `known` says what people found out about a host when they signed in.
    pub fn for_remote(self, url: &str, known: impl Fn(&str) -> Option<Self>) -> Self {
        match self {
            Self::Local | Self::Gitlab | Self::Github | Self::Gitea => self,
            Self::Auto => {
                let Some(address) = RemoteAddress::parse(url) else {
                    return Self::Local;
                };
                if let Some(kind) = known(&address.host_port()) {
                    return kind;
                }
                let host = address.host;
                let named = |word: &str| host.split('.').any(|part| part == word);
                // `github.com.evil.example` is nobody's enterprise.
                let is_enterprise =
                    named("github") && !format!(".{host}.").contains(".github.com.");
                if host == "github.com" || host.ends_with(".ghe.com") || is_enterprise {
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
            ("git@github.acme.example:acme/shop.git", ForgeKind::Github),
            ("https://github.acme.com/acme/shop", ForgeKind::Github),
            ("git@github.company.example:acme/shop", ForgeKind::Github),
            ("git@www.github.com:acme/shop.git", ForgeKind::Local),
            ("git@nogithub.example:acme/shop.git", ForgeKind::Local),
            (
                "ssh://git@gitlab.example.org:2222/acme/shop.git",
                ForgeKind::Gitlab,
            ),
            ("https://codeberg.org/acme/shop.git", ForgeKind::Gitea),
        ] {
            assert_eq!(ForgeKind::Auto.for_remote(url, |_| None), kind, "{url}");
        }
        assert_eq!(
            ForgeKind::Local.for_remote("https://github.com/a/b", |_| None),
            ForgeKind::Local
        );
        let known = |host: &str| (host == "code.example:8443").then_some(ForgeKind::Gitlab);
        let url = "https://code.example:8443/a/b.git";
        assert_eq!(ForgeKind::Auto.for_remote(url, known), ForgeKind::Gitlab);
    }
}
