//! Opening: git, the clone around a folder, the settings, our own repository, the forge.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use crate::config::Environment;
use crate::config::Error as ConfigError;
use crate::config::ForgeKind;
use crate::config::Settings;
use crate::config::Sources;
use crate::forge::Forge;
use crate::forge::local::LocalForge;
use crate::forge::local::LocalOptions;
use crate::git::CommandEnvironment;
use crate::git::Git;
use crate::git::Repo;
use crate::git::UserClone;
use crate::model::Person;

use super::super::clock;
use super::super::fault::Fault;
use super::super::fault::FaultKind;
use super::super::observe::Sight;
use super::Inner;
use super::OpenOptions;
use super::Workspace;

impl Workspace {
    pub(super) fn open_blocking(
        options: &OpenOptions,
        environment: &Environment,
    ) -> Result<Self, Fault> {
        let (git, clone) = open_clone(&options.dir, environment)?;
        let settings = load_settings(options, environment, &clone)?;
        let me = clone.identity().map_err(|error| {
            Fault::caused(FaultKind::User, "cannot tell who you are", &error)
                .hint("Set it with: git config user.name \"Your Name\" && git config user.email you@example.com")
        })?;
        let url = remote_url(&clone, &settings.remote)?;
        refuse_unknown_forge(settings.forge.for_remote(&url), &settings.remote)?;
        let state_dir = settings.state_dir.clone();
        make_private(&state_dir)?;
        let repo = Repo::ensure(&git, &state_dir.join("repo"), &clone, &url).map_err(|error| {
            Fault::caused(
                FaultKind::Internal,
                "cannot make Lanekeeper's own repository",
                &error,
            )
        })?;
        let device = device_name();
        let forge = open_forge(&settings, environment, &repo, &me, &device)?;
        let sight = Sight::Never {
            why: "the remote was not asked yet".to_owned(),
        };
        let inner = Inner {
            settings,
            clone,
            repo,
            forge,
            me,
            device,
            state_dir,
            sight: Mutex::new(sight),
        };
        let workspace = Self {
            inner: Arc::new(inner),
        };
        workspace.recall_sight();
        Ok(workspace)
    }
}

/// Finds git and the clone around `dir`.
pub(in crate::ops) fn open_clone(
    dir: &Path,
    environment: &Environment,
) -> Result<(Git, UserClone), Fault> {
    let git = Git::find(commands(environment, None)).map_err(|error| {
        Fault::caused(FaultKind::User, "cannot use git", &error)
            .hint("Install git 2.38 or newer and put it on the PATH.")
    })?;
    let clone = UserClone::discover(&git, dir).map_err(|error| {
        Fault::caused(
            FaultKind::User,
            format!("cannot open {}", dir.display()),
            &error,
        )
        .hint(
            "Run lanekeeper inside a clone, or name one with -C DIR; `lanekeeper demo` needs none.",
        )
    })?;
    Ok((git, clone))
}

/// Reads every source of the settings.
pub(in crate::ops) fn sources(
    options: &OpenOptions,
    environment: &Environment,
    clone: &UserClone,
) -> Result<Sources, Fault> {
    Sources::read(
        clone.root(),
        clone.common_dir(),
        environment.clone(),
        options.flags.clone(),
    )
    .map_err(|error| Fault::caused(FaultKind::Config, "cannot read the configuration", &error))
}

fn load_settings(
    options: &OpenOptions,
    environment: &Environment,
    clone: &UserClone,
) -> Result<Settings, Fault> {
    Settings::load(&sources(options, environment, clone)?).map_err(|error| settings_fault(&error))
}

/// Turns what is wrong with the settings into a fault, one mistake a line.
pub(in crate::ops) fn settings_fault(error: &ConfigError) -> Fault {
    match error {
        ConfigError::Mistakes(mistakes) => {
            let count = mistakes.len();
            let summary = format!(
                "{count} mistake{} in the configuration",
                if count == 1 { "" } else { "s" }
            );
            let mut fault = Fault::new(FaultKind::Config, summary);
            fault.chain = mistakes.iter().map(ToString::to_string).collect();
            fault.hint("Correct them; config.example.toml explains every key. Nothing was changed.")
        }
        ConfigError::NoTeamFile { .. } => {
            Fault::caused(FaultKind::Config, "the lanes are not described yet", error)
                .hint("Run: lanekeeper init")
        }
        ConfigError::Missing { .. } | ConfigError::Read { .. } | ConfigError::NoHome => {
            Fault::caused(FaultKind::Config, "cannot read the configuration", error)
        }
    }
}

fn remote_url(clone: &UserClone, remote: &str) -> Result<String, Fault> {
    clone.remote_url(remote).map_err(|error| {
        let known = clone.remotes().unwrap_or_default();
        let hint = match known.first() {
            None => "Add one with: git remote add origin URL".to_owned(),
            Some(other) => format!(
                "Known remotes: {}. Name one in lanekeeper.toml: [project] remote = \"{other}\"",
                known.join(", ")
            ),
        };
        Fault::caused(
            FaultKind::User,
            format!("the remote `{remote}` is not there"),
            &error,
        )
        .hint(hint)
    })
}

fn device_name() -> String {
    rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned()
}

fn make_private(dir: &Path) -> Result<(), Fault> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(|error| {
            Fault::caused(
                FaultKind::Internal,
                format!("cannot make the state directory {}", dir.display()),
                &error,
            )
            .hint("Set XDG_STATE_HOME to a folder that you can write to.")
        })
}

/// A team on a forge that has no adapter yet must choose to keep its change requests in the remote: to do so silently
/// would split its work between two places.
fn refuse_unknown_forge(kind: ForgeKind, remote: &str) -> Result<(), Fault> {
    match kind {
        ForgeKind::Auto | ForgeKind::Local => Ok(()),
        ForgeKind::Gitlab | ForgeKind::Github | ForgeKind::Gitea => Err(Fault::new(
            FaultKind::Config,
            format!(
                "the remote `{remote}` belongs to {}, which this version cannot speak to yet",
                kind.word()
            ),
        )
        .hint(
            "To keep change requests and approvals in the remote itself, write into lanekeeper.toml: [project] forge = \"local\"",
        )),
    }
}

fn open_forge(
    settings: &Settings,
    environment: &Environment,
    repo: &Repo,
    me: &Person,
    device: &str,
) -> Result<Arc<dyn Forge>, Fault> {
    let options = LocalOptions {
        repo: repo.clone(),
        project: Arc::new(settings.project.clone()),
        me: me.clone(),
        pid: std::process::id(),
        prefix: settings.record_prefix.to_string(),
        logs_dir: settings.state_dir.join("logs"),
        pin: settings.state_dir.join("forge-head"),
        clock: Arc::new(clock::now),
        device: device.to_owned(),
        are_commands_trusted: settings.commands.waiting.is_empty(),
        environment: environment
            .variables
            .iter()
            .filter_map(|(name, value)| Some((name.clone(), value.to_str()?.to_owned())))
            .collect(),
        head_poll: Duration::from_secs(3),
    };
    LocalForge::new(options)
        .map(|forge| Arc::new(forge) as Arc<dyn Forge>)
        .map_err(|error| Fault::caused(FaultKind::Internal, "cannot open the local forge", &error))
}

/// Returns what git children may see of the environment.
pub(in crate::ops) fn commands(
    environment: &Environment,
    not_inside: Option<PathBuf>,
) -> CommandEnvironment {
    CommandEnvironment {
        path: environment.path().to_owned(),
        variables: environment.for_git(),
        not_inside,
    }
}
