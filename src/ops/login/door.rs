//! The forge of a clone, also where the team's file is not there yet.

use crate::config::Environment;
use crate::config::Error as ConfigError;
use crate::config::ForgeKind;
use crate::config::HostSettings;
use crate::config::Logins;
use crate::config::RemoteAddress;
use crate::config::Settings;
use crate::config::hosts;
use crate::config::web_of;

use super::super::fault::Fault;
use super::super::fault::FaultKind;
use super::super::workspace::OpenOptions;
use super::super::workspace::Workspace;
use super::super::workspace::open_clone;
use super::super::workspace::settings_fault;
use super::super::workspace::sources;

/// Where to sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Door {
    /// None where the host must be asked.
    pub kind: Option<ForgeKind>,
    /// The team wants change requests to be kept in the remote.
    pub is_local: bool,
    /// `host` or `host:port`.
    pub host: String,
    /// The web page that everything is below.
    pub web: String,
    /// How the person's settings say that hosts are reached.
    pub hosts: Vec<HostSettings>,
}

impl Workspace {
    /// Finds the forge of the clone around `options.dir`.
    pub fn door(options: &OpenOptions, environment: &Environment) -> Result<Door, Fault> {
        let (_, clone) = open_clone(&options.dir, environment)?;
        let settings = match Settings::load(&sources(options, environment, &clone)?) {
            Ok(settings) => Some(settings),
            Err(ConfigError::NoTeamFile { .. }) => None,
            Err(error) => return Err(settings_fault(&error)),
        };
        let remote = settings
            .as_ref()
            .map_or("origin", |settings| settings.remote.as_str());
        let url = clone.remote_url(remote).map_err(|error| {
            Fault::caused(
                FaultKind::User,
                format!("the remote `{remote}` is not there"),
                &error,
            )
            .hint("Name a host: lanekeeper login gitlab.example.org")
        })?;
        let address = RemoteAddress::parse(&url).ok_or_else(|| {
            Fault::new(FaultKind::User, format!("the remote `{remote}` is a folder of this machine"))
                .hint("It needs no login. To sign in elsewhere, name the host: lanekeeper login gitlab.example.org")
        })?;
        let web = settings
            .as_ref()
            .and_then(|settings| settings.forge_url.clone());
        let web = web.unwrap_or_else(|| web_of(&address));
        let named = RemoteAddress::parse(&format!("{}/x", web.trim_end_matches('/')));
        let host = named.as_ref().unwrap_or(&address).host_port();
        let home = environment.config_home().unwrap_or_default();
        let logins = Logins::read(&home).unwrap_or_default();
        let configured = settings
            .as_ref()
            .map_or(ForgeKind::Auto, |settings| settings.forge);
        let kind = configured.for_remote(&url, |_| logins.kind(&host));
        Ok(Door {
            kind: (kind != ForgeKind::Local).then_some(kind),
            is_local: configured == ForgeKind::Local,
            host,
            web,
            hosts: match settings {
                Some(settings) => settings.person.hosts,
                // Whoever signs in is told what is wrong with them.
                None => known_hosts(environment).unwrap_or_default(),
            },
        })
    }
}

/// Returns how the person's settings say that hosts are reached, also where no team's file is.
pub fn known_hosts(environment: &Environment) -> Result<Vec<HostSettings>, Fault> {
    hosts(environment).map_err(|error| settings_fault(&error))
}
