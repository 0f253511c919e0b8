//! Where the token of one host is looked for.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::OnceCell;

use crate::config::Environment;
use crate::config::ForgeKind;
use crate::config::Logins;
use crate::config::RemoteAddress;
use crate::forge::http::Token;
use crate::forge::http::TokenSource;

use super::keyring;
use super::tea;
use super::tool;

/// Where a token was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenOrigin {
    Keyring,
    File,
    Variable(&'static str),
    /// The forge's own command line tool.
    Tool(&'static str),
    GitCredential,
    /// Whoever sits at the terminal.
    Person,
}

impl std::fmt::Display for TokenOrigin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Keyring => f.write_str("the keyring"),
            Self::File => f.write_str("logins.json"),
            Self::Variable(name) => write!(f, "{name}"),
            Self::Tool(name) => write!(f, "{name}"),
            Self::GitCredential => f.write_str("git's credential helper"),
            Self::Person => f.write_str("you"),
        }
    }
}

/// Asks the person at the terminal for a token of a host, once in a run whatever the answer is. Nobody is there by default.
#[derive(Clone, Default)]
pub struct Asker(Option<Arc<Asking>>);

type Ask = dyn Fn(&str) -> Option<String> + Send + Sync;

struct Asking {
    ask: Box<Ask>,
    said: OnceCell<Option<String>>,
}

impl Asker {
    /// `ask` blocks until there is an answer.
    pub fn new(ask: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(Asking {
            ask: Box::new(ask),
            said: OnceCell::new(),
        })))
    }

    async fn token(&self, host: &str) -> Option<String> {
        let asking = self.0.clone()?;
        let host = host.to_owned();
        let ask = async {
            let asking = Arc::clone(&asking);
            #[expect(
                clippy::disallowed_methods,
                reason = "a person may take long, and signals are heard meanwhile"
            )]
            let answer = tokio::task::spawn_blocking(move || (asking.ask)(&host));
            answer.await.ok().flatten()
        };
        asking.said.get_or_init(|| ask).await.clone()
    }
}

impl std::fmt::Debug for Asker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let who = if self.0.is_some() {
            "a person"
        } else {
            "nobody"
        };
        write!(f, "Asker({who})")
    }
}

/// Looks for the token of one host.
#[derive(Debug, Clone)]
pub struct Tokens {
    pub kind: ForgeKind,
    /// `host` or `host:port`.
    pub host: String,
    /// It is reached by plain HTTP, as on this machine: git's helpers keep that apart from HTTPS.
    pub is_plain: bool,
    pub environment: Environment,
    /// Where other tools are run: no clone, so that no clone's settings are read.
    pub folder: PathBuf,
    /// The last to be asked.
    pub asker: Asker,
}

#[async_trait]
impl TokenSource for Tokens {
    async fn token(&self) -> Option<Token> {
        self.find().await.map(|(token, _)| token)
    }
}

impl Tokens {
    /// Returns the first token that is found, and where.
    pub async fn find(&self) -> Option<(Token, TokenOrigin)> {
        let (secret, origin) = match self.own().await {
            Some(found) => Some(found),
            None => match self.variable() {
                Some(found) => Some(found),
                None => match self.other_tool().await {
                    Some(found) => Some(found),
                    None => match self.git().await {
                        Some(found) => Some((found, TokenOrigin::GitCredential)),
                        None => Some((self.asker.token(&self.host).await?, TokenOrigin::Person)),
                    },
                },
            },
        }?;
        Some((Token::new(&secret), origin))
    }

    async fn own(&self) -> Option<(String, TokenOrigin)> {
        let home = self.environment.config_home()?;
        let logins = match Logins::read(&home) {
            Ok(logins) => logins,
            Err(error) => {
                tracing::warn!(%error, "the logins cannot be used");
                return None;
            }
        };
        // The keyring is asked only for hosts that were signed in to, since asking may open a dialog.
        let login = logins.0.get(&self.host)?;
        if let Some(token) = &login.token {
            return Some((token.clone(), TokenOrigin::File));
        }
        let secret = keyring::get(&self.environment, &self.folder, &self.host).await?;
        Some((secret, TokenOrigin::Keyring))
    }

    /// Takes a variable only if it is meant for this host.
    fn variable(&self) -> Option<(String, TokenOrigin)> {
        let get = |name: &'static str| {
            let value = self.environment.get(name)?;
            Some((value.to_owned(), TokenOrigin::Variable(name)))
        };
        let names_us = |name: &str| {
            self.environment
                .get(name)
                .is_some_and(|value| host_of(value).as_deref() == Some(self.host.as_str()))
        };
        if names_us("LANEKEEPER_HOST")
            && let Some(found) = get("LANEKEEPER_TOKEN")
        {
            return Some(found);
        }
        match self.kind {
            ForgeKind::Github if self.host == "github.com" || self.host.ends_with(".ghe.com") => {
                get("GH_TOKEN").or_else(|| get("GITHUB_TOKEN"))
            }
            ForgeKind::Github if names_us("GH_HOST") => {
                get("GH_ENTERPRISE_TOKEN").or_else(|| get("GITHUB_ENTERPRISE_TOKEN"))
            }
            ForgeKind::Gitlab => {
                let others = ["GITLAB_HOST", "GITLAB_URI", "GL_HOST", "CI_SERVER_HOST"];
                let is_named = others.iter().any(|name| names_us(name));
                let is_any_set = others
                    .iter()
                    .any(|name| self.environment.get(name).is_some());
                (is_named || (self.host == "gitlab.com" && !is_any_set))
                    .then(|| {
                        get("GITLAB_TOKEN")
                            .or_else(|| get("GITLAB_ACCESS_TOKEN"))
                            .or_else(|| get("OAUTH_TOKEN"))
                    })
                    .flatten()
            }
            ForgeKind::Gitea if names_us("GITEA_INSTANCE_URL") => get("GITEA_TOKEN"),
            ForgeKind::Github | ForgeKind::Gitea | ForgeKind::Auto | ForgeKind::Local => None,
        }
    }

    async fn other_tool(&self) -> Option<(String, TokenOrigin)> {
        let host = self.host.as_str();
        let (name, arguments): (&'static str, &[&str]) = match self.kind {
            ForgeKind::Github => ("gh", &["auth", "token", "--hostname", host]),
            ForgeKind::Gitlab => ("glab", &["config", "get", "token", "--host", host]),
            ForgeKind::Gitea => {
                let home = self.environment.config_home()?;
                let text = std::fs::read_to_string(home.parent()?.join("tea/config.yml")).ok()?;
                return Some((tea::token(&text, host)?, TokenOrigin::Tool("tea")));
            }
            ForgeKind::Auto | ForgeKind::Local => return None,
        };
        let text = tool::ask(
            &self.environment,
            &self.folder,
            name,
            arguments,
            "",
            tool::PATIENCE,
        )
        .await?;
        let token = text.trim();
        (!token.is_empty()).then(|| (token.to_owned(), TokenOrigin::Tool(name)))
    }

    async fn git(&self) -> Option<String> {
        let protocol = if self.is_plain { "http" } else { "https" };
        let question = credential_question(protocol, &self.host)?;
        let arguments = ["credential", "fill"];
        let text = tool::ask(
            &self.environment,
            &self.folder,
            "git",
            &arguments,
            &question,
            tool::PATIENCE,
        )
        .await?;
        credential_answer(&text, protocol, &self.host)
    }
}

/// Asks `git credential` about a host; none where the host could end its line and begin another.
fn credential_question(protocol: &str, host: &str) -> Option<String> {
    let is_odd = |c: char| c.is_control() || c.is_whitespace();
    (!host.contains(is_odd)).then(|| format!("protocol={protocol}\nhost={host}\n\n"))
}

/// Reads the password out of what `git credential` answered; none where a field holds what no field may, or where the
/// answer is about another host.
fn credential_answer(text: &str, protocol: &str, host: &str) -> Option<String> {
    if text.contains(['\r', '\0']) {
        return None;
    }
    let field = |name: &str| {
        let mut fields = text.lines().filter_map(|line| line.split_once('='));
        fields.find_map(|(one, value)| (one == name).then_some(value))
    };
    let is_ours = |name: &str, asked: &str| field(name).is_none_or(|answered| answered == asked);
    if !is_ours("protocol", protocol) || !is_ours("host", host) {
        return None;
    }
    field("password")
        .filter(|password| !password.is_empty())
        .map(str::to_owned)
}

/// Returns the host of `host`, `host:port` or a web address.
fn host_of(text: &str) -> Option<String> {
    let url = if text.contains("://") {
        text.to_owned()
    } else {
        format!("https://{text}")
    };
    let address = RemoteAddress::parse(&format!("{}/x", url.trim_end_matches('/')))?;
    Some(address.host_port())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(kind: ForgeKind, host: &str, variables: &[(&str, &str)]) -> Tokens {
        let mut environment = Environment::default();
        for (name, value) in variables {
            environment
                .variables
                .insert((*name).to_owned(), value.into());
        }
        Tokens {
            kind,
            host: host.to_owned(),
            is_plain: false,
            environment,
            folder: PathBuf::from("/"),
            asker: Asker::default(),
        }
    }

    fn variable(kind: ForgeKind, host: &str, variables: &[(&str, &str)]) -> Option<String> {
        tokens(kind, host, variables)
            .variable()
            .map(|(token, _)| token)
    }

    #[test]
    fn no_field_of_a_credential_smuggles_another_in() {
        assert_eq!(
            credential_question("https", "code.example:8443").as_deref(),
            Some("protocol=https\nhost=code.example:8443\n\n")
        );
        assert_eq!(
            credential_question("http", "127.0.0.1:3000").as_deref(),
            Some("protocol=http\nhost=127.0.0.1:3000\n\n")
        );
        for host in ["a\nhost=b", "a\rb", "a\0", "a b"] {
            assert_eq!(credential_question("https", host), None, "{host:?}");
        }
        let answer = |text: &str| credential_answer(text, "https", "code.example");
        let good = "protocol=https\nhost=code.example\nusername=ana\npassword=s=3cret\n";
        assert_eq!(answer(good).as_deref(), Some("s=3cret"));
        for text in [
            "protocol=https\nhost=evil.example\npassword=x\n",
            "protocol=http\nhost=code.example\npassword=x\n",
            "host=code.example\npassword=a\rb\n",
            "host=code.example\npassword=a\0b\n",
            "host=code.example\npassword=\n",
            "",
        ] {
            assert_eq!(answer(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_variable_counts_for_its_own_host_and_for_no_other() {
        use ForgeKind::Gitea;
        use ForgeKind::Github;
        use ForgeKind::Gitlab;
        fn found(kind: ForgeKind, host: &str, variables: &[(&str, &str)]) -> bool {
            variable(kind, host, variables).is_some()
        }
        let gitlab = ("GITLAB_TOKEN", "t");
        assert!(found(Gitlab, "gitlab.com", &[gitlab]));
        assert!(!found(Gitlab, "gitlab.evil.example", &[gitlab]));
        assert!(!found(
            Gitlab,
            "gitlab.com",
            &[gitlab, ("GITLAB_HOST", "code.example")]
        ));
        assert!(found(
            Gitlab,
            "code.example:8443",
            &[gitlab, ("GITLAB_HOST", "https://code.example:8443/")]
        ));
        assert!(found(Github, "github.com", &[("GITHUB_TOKEN", "t")]));
        assert!(!found(
            Github,
            "ghes.example",
            &[("GITHUB_TOKEN", "t"), ("GH_HOST", "ghes.example")]
        ));
        assert!(found(
            Github,
            "ghes.example",
            &[("GH_ENTERPRISE_TOKEN", "t"), ("GH_HOST", "ghes.example")]
        ));
        assert!(!found(
            Github,
            "other.example",
            &[("GH_ENTERPRISE_TOKEN", "t"), ("GH_HOST", "ghes.example")]
        ));
        assert!(!found(Gitea, "codeberg.org", &[("GITEA_TOKEN", "t")]));
        assert!(found(
            Gitea,
            "codeberg.org",
            &[
                ("GITEA_TOKEN", "t"),
                ("GITEA_INSTANCE_URL", "https://codeberg.org")
            ]
        ));
        let own = [
            ("LANEKEEPER_TOKEN", "own"),
            ("LANEKEEPER_HOST", "gitlab.com"),
            gitlab,
        ];
        assert_eq!(variable(Gitlab, "gitlab.com", &own).as_deref(), Some("own"));
        assert_eq!(
            variable(Gitlab, "gitlab.com", &[("LANEKEEPER_TOKEN", "own"), gitlab]).as_deref(),
            Some("t")
        );
    }
}
