//! Which forge a workspace speaks to, and how.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::config::Environment;
use crate::config::ForgeKind;
use crate::config::ForgePlace;
use crate::config::Logins;
use crate::config::Settings;
use crate::forge::Forge;
use crate::forge::gitea::GiteaForge;
use crate::forge::gitea::GiteaOptions;
use crate::forge::github::GithubForge;
use crate::forge::github::GithubOptions;
use crate::forge::gitlab::GitlabForge;
use crate::forge::gitlab::GitlabOptions;
use crate::forge::http::Connection;
use crate::forge::local::LocalForge;
use crate::forge::local::LocalOptions;
use crate::forge::local::Notary;
use crate::git::Repo;
use crate::model::LONGEST_WRITE;
use crate::model::Person;

use super::super::clock;
use super::super::fault::Fault;
use super::super::fault::FaultKind;
use super::super::login::Asker;
use super::super::login::Tokens;
use super::super::login::connect;

/// Between two looks at what a forge does in the background.
const PAUSE: Duration = Duration::from_secs(1);

/// A forge with an API, and how it is reached; `doctor` asks it more than a forge's users do.
#[derive(Debug, Clone)]
pub(in crate::ops) struct Reach {
    pub(in crate::ops) place: ForgePlace,
    pub(in crate::ops) http: Arc<Connection>,
    pub(in crate::ops) tokens: Tokens,
}

/// Finds out which forge a remote belongs to; none where change requests are kept in the remote itself.
pub(super) fn reach(
    settings: &Settings,
    environment: &Environment,
    url: &str,
    asker: &Asker,
) -> Result<Option<Reach>, Fault> {
    let logins = environment.config_home().map(|home| Logins::read(&home));
    let logins = match logins {
        None => Logins::default(),
        Some(Ok(logins)) => logins,
        Some(Err(error)) => {
            return Err(Fault::caused(
                FaultKind::Config,
                "cannot tell who is signed in",
                &error,
            ));
        }
    };
    let kind = settings.forge.for_remote(url, |host| logins.kind(host));
    if matches!(kind, ForgeKind::Local | ForgeKind::Auto) {
        return Ok(None);
    }
    let place = ForgePlace::find(kind, url, settings.forge_url.as_deref()).map_err(|error| {
        Fault::caused(FaultKind::Config, format!("cannot find the project on {}", kind.word()), &error)
            .hint("Correct [project] forge, forge_url or the remote's URL; `forge = \"local\"` keeps change requests in the remote itself.")
    })?;
    let tokens = Tokens {
        kind,
        host: place.host.clone(),
        is_plain: place.api.starts_with("http://"),
        environment: environment.clone(),
        folder: "/".into(),
        asker: asker.clone(),
    };
    let http = connect(
        kind,
        &place.host,
        &place.api,
        &settings.person.hosts,
        environment,
        Arc::new(tokens.clone()),
    )?;
    Ok(Some(Reach {
        place,
        http: Arc::new(http),
        tokens,
    }))
}

/// Makes the forge. Nothing is asked yet.
pub(super) fn open(
    reach: Option<&Reach>,
    settings: &Settings,
    environment: &Environment,
    repo: &Repo,
    me: &Person,
    device: &str,
    notary: Arc<dyn Notary>,
) -> Result<Arc<dyn Forge>, Fault> {
    match reach {
        None => open_local(settings, environment, repo, me, device, notary),
        Some(reach) => Ok(open_remote(reach, settings)),
    }
}

fn open_remote(reach: &Reach, settings: &Settings) -> Arc<dyn Forge> {
    let http = Arc::clone(&reach.http);
    let path = reach.place.project.clone();
    let project = Arc::new(settings.project.clone());
    let clock = Arc::new(clock::now);
    match reach.place.kind {
        ForgeKind::Gitlab => Arc::new(GitlabForge::new(GitlabOptions {
            http,
            path,
            project,
            clock,
            pause: PAUSE,
        })),
        ForgeKind::Github => Arc::new(GithubForge::new(GithubOptions {
            http,
            path,
            project,
            clock,
            pause: PAUSE,
        })),
        // A place is never `Auto` or `Local`.
        ForgeKind::Gitea | ForgeKind::Auto | ForgeKind::Local => Arc::new(GiteaForge::new(
            GiteaOptions::new(http, path, project, clock),
        )),
    }
}

/// Returns the variables that are text: what the team's commands may see is chosen from them.
pub(super) fn variables(environment: &Environment) -> BTreeMap<String, String> {
    let variables = environment.variables.iter();
    variables
        .filter_map(|(name, value)| Some((name.clone(), value.to_str()?.to_owned())))
        .collect()
}

fn open_local(
    settings: &Settings,
    environment: &Environment,
    repo: &Repo,
    me: &Person,
    device: &str,
    notary: Arc<dyn Notary>,
) -> Result<Arc<dyn Forge>, Fault> {
    let options = LocalOptions {
        repo: repo.clone(),
        project: Arc::new(settings.project.clone()),
        me: me.clone(),
        pid: std::process::id(),
        prefix: settings.record.of_forge().prefix.to_string(),
        logs_dir: settings.state_dir.join("logs"),
        pin: settings.state_dir.join("forge-head"),
        clock: Arc::new(clock::now),
        device: device.to_owned(),
        are_commands_trusted: settings.commands.waiting.is_empty(),
        environment: variables(environment),
        head_poll: Duration::from_secs(3),
        longest_write: LONGEST_WRITE,
        notary: Some(notary),
    };
    LocalForge::new(options)
        .map(|forge| Arc::new(forge) as Arc<dyn Forge>)
        .map_err(|error| Fault::caused(FaultKind::Internal, "cannot open the local forge", &error))
}
