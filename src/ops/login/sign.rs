//! Signing in and out: the token is tried before it is kept.

use std::path::Path;
use std::sync::Arc;

use crate::config::Environment;
use crate::config::ForgeKind;
use crate::config::HostSettings;
use crate::config::Login;
use crate::config::Logins;
use crate::config::api_of;
use crate::forge::account;
use crate::forge::account::Account;
use crate::forge::http::Connection;
use crate::forge::http::HttpError;
use crate::forge::http::Token;

use super::super::clock;
use super::super::fault::Fault;
use super::super::fault::FaultKind;
use super::super::workspace::Workspace;
use super::connect::connect;
use super::keyring;

/// Where a token may be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Storage {
    /// In the keyring, or nowhere.
    Keyring,
    /// In `logins.json`, to which the person agreed.
    File,
}

/// Where it is kept now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    Keyring,
    File,
    /// There is no keyring; the person was not asked for a file yet.
    Nowhere,
}

/// A token that the forge accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    pub account: Account,
    pub kept: Kept,
    /// Rights that a hotfix needs and the token lacks.
    pub lacks: Vec<String>,
    /// That it ends soon.
    pub ending: Option<String>,
}

impl SignedIn {
    /// Returns as whom, with which rights, until when, and where it is kept.
    pub fn sentence(&self, host: &str, kind: ForgeKind) -> String {
        let account = &self.account;
        let name = account.person.login.as_deref().unwrap_or("?");
        let scopes = match &account.scopes {
            None => "this forge does not tell its scopes".to_owned(),
            Some(scopes) if scopes.is_empty() => "no classic scopes".to_owned(),
            Some(scopes) => format!("scopes: {}", scopes.join(", ")),
        };
        let expires = match &account.expires {
            Some(at) => format!("expires {at}"),
            None => "no expiry known".to_owned(),
        };
        let kept = match self.kept {
            Kept::Keyring => "kept in the keyring",
            Kept::File => "kept in logins.json, which only you can read",
            Kept::Nowhere => {
                "not kept: there is no keyring; say --in-file to keep it in a private file"
            }
        };
        let mut text = format!(
            "Signed in to {host} ({}) as @{name}: {scopes}; {expires}; {kept}.",
            account.server.unwrap_or(kind.word())
        );
        if !self.lacks.is_empty() {
            let lacks = self.lacks.join(", ");
            text.push_str(&format!(
                " The token lacks `{lacks}`, without which a hotfix gets stuck."
            ));
        }
        if let Some(ending) = &self.ending {
            text.push_str(&format!(" Mind: {ending}."));
        }
        text
    }
}

impl Workspace {
    /// Tries a token on this project's forge and keeps it, as `lanekeeper login` does; returns the sentence about it, or
    /// none where there is no keyring and nothing was kept.
    pub async fn sign_in(&self, token: &str, storage: Storage) -> Result<Option<String>, Fault> {
        let Some(reach) = self.reach() else {
            return Err(Fault::new(FaultKind::User, "this project needs no login"));
        };
        let (place, environment) = (&reach.place, &reach.tokens.environment);
        let at = (place.kind, place.host.as_str(), place.web.as_str());
        let hosts = &self.settings().person.hosts;
        let signed_in = sign_in(at, token, storage, None, hosts, environment).await?;
        let is_kept = signed_in.kept != Kept::Nowhere;
        Ok(is_kept.then(|| signed_in.sentence(&place.host, place.kind)))
    }
}

/// Tries a token on the forge at `web`, which is reached as `hosts` say, then keeps it, and with it the host's CA file: the
/// one that was kept before where nobody names another.
pub async fn sign_in(
    (kind, host, web): (ForgeKind, &str, &str),
    token: &str,
    storage: Storage,
    ca_file: Option<&Path>,
    hosts: &[HostSettings],
    environment: &Environment,
) -> Result<SignedIn, Fault> {
    let source = Arc::new(Token::new(token));
    let http = connect(kind, host, &api_of(kind, web), hosts, environment, source)?;
    let account = ask(kind, &http).await.map_err(|error| {
        Fault::caused(
            FaultKind::Remote,
            format!("cannot sign in to {host}"),
            &error,
        )
    })?;
    let home = config_home(environment)?;
    let folder = environment
        .current_dir
        .ancestors()
        .last()
        .unwrap_or(Path::new("/"))
        .to_owned();
    let kept = match storage {
        Storage::File => Kept::File,
        Storage::Keyring if keyring::set(environment, &folder, host, token.trim()).await => {
            Kept::Keyring
        }
        Storage::Keyring => Kept::Nowhere,
    };
    if kept != Kept::Nowhere {
        let mut login = Login {
            forge: kind.word().to_owned(),
            account: account.person.login.clone().unwrap_or_default(),
            token: (kept == Kept::File).then(|| token.trim().to_owned()),
            ca_file: ca_file.map(Path::to_owned),
        };
        change(&home, |logins| {
            let before = logins.0.remove(host);
            login.ca_file = login.ca_file.or(before.and_then(|before| before.ca_file));
            logins.0.insert(host.to_owned(), login);
        })?;
    }
    Ok(SignedIn {
        lacks: account.missing(needed(kind)),
        ending: account.ending(clock::now()),
        account,
        kept,
    })
}

/// Returns how hosts are reached where a CA file is named for one of them.
pub fn reached_by(hosts: &[HostSettings], host: &str, ca_file: Option<&Path>) -> Vec<HostSettings> {
    let mut hosts = hosts.to_vec();
    let Some(ca_file) = ca_file.map(Path::to_owned) else {
        return hosts;
    };
    match hosts.iter_mut().find(|known| known.name == host) {
        Some(known) => known.ca_file = Some(ca_file),
        None => hosts.push(HostSettings {
            name: host.to_owned(),
            ca_file: Some(ca_file),
            client_cert: None,
        }),
    }
    hosts
}

/// Forgets the token of a host; tells whether there was a login. Tokens that other tools keep stay theirs.
pub async fn logout(host: &str, environment: &Environment) -> Result<bool, Fault> {
    let home = config_home(environment)?;
    let mut was_there = false;
    change(&home, |logins| was_there = logins.0.remove(host).is_some())?;
    if was_there {
        keyring::clear(environment, Path::new("/"), host).await;
    }
    Ok(was_there)
}

/// Asks who a connection's token belongs to.
pub(in crate::ops) async fn ask(kind: ForgeKind, http: &Connection) -> Result<Account, HttpError> {
    match kind {
        ForgeKind::Gitlab => account::gitlab(http).await,
        ForgeKind::Github => account::github(http).await,
        ForgeKind::Gitea | ForgeKind::Auto | ForgeKind::Local => account::gitea(http).await,
    }
}

/// Returns the scopes without which a hotfix gets stuck (background/forges.md 3.13), where tokens tell theirs.
pub(in crate::ops) fn needed(kind: ForgeKind) -> &'static [&'static str] {
    match kind {
        ForgeKind::Gitlab => &["api"],
        ForgeKind::Github => &["repo"],
        ForgeKind::Gitea | ForgeKind::Auto | ForgeKind::Local => &[],
    }
}

fn config_home(environment: &Environment) -> Result<std::path::PathBuf, Fault> {
    environment.config_home().ok_or_else(|| {
        Fault::new(FaultKind::Config, "there is no home for settings")
            .hint("Set HOME or XDG_CONFIG_HOME.")
    })
}

fn change(home: &Path, change: impl FnOnce(&mut Logins)) -> Result<(), Fault> {
    let fault = |error: &dyn std::error::Error| {
        Fault::caused(FaultKind::Config, "cannot keep who is signed in", error)
    };
    let mut logins = Logins::read(home).map_err(|error| fault(&error))?;
    let before = logins.clone();
    change(&mut logins);
    if logins == before {
        return Ok(());
    }
    logins.write(home).map_err(|error| fault(&error))
}
