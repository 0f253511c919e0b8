//! A connection to a forge, from settings and environment.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::config::Environment;
use crate::config::ForgeKind;
use crate::config::HostSettings;
use crate::config::Logins;
use crate::forge::github::GithubForge;
use crate::forge::http::Base;
use crate::forge::http::Connection;
use crate::forge::http::Manners;
use crate::forge::http::Tls;
use crate::forge::http::TokenSource;
use crate::forge::http::Via;

use super::super::clock;
use super::super::clock::BootClock;
use super::super::fault::Fault;
use super::super::fault::FaultKind;

/// Makes a connection to `api` on `host`. Nothing is sent.
pub(in crate::ops) fn connect(
    kind: ForgeKind,
    host: &str,
    api: &str,
    hosts: &[HostSettings],
    environment: &Environment,
    source: Arc<dyn TokenSource>,
) -> Result<Connection, Fault> {
    let fault = |error: &dyn std::error::Error| {
        Fault::caused(FaultKind::Config, format!("cannot speak to {host}"), error)
    };
    let base = Base::parse(api)
        .map_err(|error| fault(&error))?
        .called(host);
    let tls = certificates(host, hosts, environment)?;
    let mut manners = match kind {
        ForgeKind::Github => GithubForge::manners(),
        ForgeKind::Gitlab | ForgeKind::Gitea | ForgeKind::Auto | ForgeKind::Local => Manners {
            headers: vec![("accept", "application/json".to_owned())],
            ..Manners::default()
        },
    };
    if base.is_plain() {
        // On this machine nobody counts.
        manners.between_writes = Duration::ZERO;
    }
    Connection::new(
        base,
        manners,
        &tls,
        &proxies(environment),
        source,
        Arc::new(clock::now),
        BootClock::system().meter(),
    )
    .map_err(|error| fault(&error))
}

fn certificates(
    host: &str,
    hosts: &[HostSettings],
    environment: &Environment,
) -> Result<Tls, Fault> {
    let settings = hosts.iter().find(|settings| settings.name == host);
    let home = environment.config_home().unwrap_or_default();
    let read = |path: Option<&PathBuf>, key: &str| match path {
        None => Ok(None),
        Some(path) => std::fs::read(home.join(path)).map(Some).map_err(|error| {
            let summary = format!("cannot read the {key} of {host}: {}", path.display());
            Fault::caused(FaultKind::Config, summary, &error)
        }),
    };
    // Without a home for settings nobody signed in; a file of that name in this folder would be somebody else's.
    let logins = environment.config_home();
    let logins = logins.and_then(|home| Logins::read(&home).ok());
    let kept = logins.as_ref().and_then(|logins| logins.0.get(host));
    let kept = kept.and_then(|login| login.ca_file.as_ref());
    let named = settings.and_then(|settings| settings.ca_file.as_ref());
    let named = named.or(kept);
    let general = environment.get("SSL_CERT_FILE").map(PathBuf::from);
    Ok(Tls {
        authorities: read(
            named.or(general.as_ref().filter(|file| is_there(file))),
            "ca_file",
        )?,
        identity: read(
            settings.and_then(|settings| settings.client_cert.as_ref()),
            "client_cert",
        )?,
    })
}

/// A variable that names no file is left to the programs that understand it.
fn is_there(file: &Path) -> bool {
    file.is_file()
}

fn proxies(environment: &Environment) -> Via {
    let of = |names: [&str; 4]| {
        names
            .into_iter()
            .find_map(|name| environment.get(name))
            .map(str::to_owned)
    };
    Via {
        https: of(["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]),
        // Upper case would be set by the header `Proxy:` in a CGI environment; curl ignores it too.
        http: of(["http_proxy", "all_proxy", "ALL_PROXY", "all_proxy"]),
        except: environment
            .get("no_proxy")
            .or_else(|| environment.get("NO_PROXY"))
            .map(str::to_owned),
    }
}
