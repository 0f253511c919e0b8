//! Opening: git, the clone around a folder, the settings, our own repository, the forge.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;

use rustix::fs::Access;
use tempfile::TempDir;

use crate::config::Environment;
use crate::config::Error as ConfigError;
use crate::config::Settings;
use crate::config::Sources;
use crate::forge::local::Notary;
use crate::git::Chains;
use crate::git::CommandEnvironment;
use crate::git::Git;
use crate::git::Repo;
use crate::git::UserClone;
use crate::model::Carrier;
use crate::model::RecordPlace;
use crate::model::remote_folder;
use crate::store::Told;

use super::super::clock::BootClock;
use super::super::drivers::LOOK_LIMIT;
use super::super::fault::Fault;
use super::super::fault::FaultKind;
use super::super::login::Asker;
use super::super::observe::Sight;
use super::super::points::Points;
use super::super::seat::Memos;
use super::super::seat::console_of;
use super::super::sign::Signing;
use super::super::undescribed::unsettled;
use super::Inner;
use super::OpenOptions;
use super::Workspace;
use super::forges;

/// What to do where nothing can be kept.
pub(in crate::ops) const NO_STATE: &str = "Set XDG_STATE_HOME to a folder that you can write to.";

impl Workspace {
    pub(super) fn open_blocking(
        options: &OpenOptions,
        environment: &Environment,
        asker: &Asker,
    ) -> Result<Self, Fault> {
        let (git, clone) = open_clone(&options.dir, environment)?;
        let mut settings = load_settings(options, environment, &clone)?;
        let me = clone.identity().map_err(|error| {
            Fault::caused(FaultKind::User, "cannot tell who you are", &error)
                .hint("Set it with: git config user.name \"Your Name\" && git config user.email you@example.com")
        })?;
        let url = remote_url(&clone, &settings.remote)?;
        let reach = forges::reach(&settings, environment, &url, asker)?;
        settings.project.overrides.by_account = reach.is_some();
        let state_dir = settings.state_dir.clone();
        make_private(&state_dir)?;
        let (place, scratch) = place_of_repo(&state_dir)?;
        let unmade = |error: &dyn std::error::Error| {
            Fault::caused(
                FaultKind::Internal,
                "cannot make Lanekeeper's own repository",
                error,
            )
        };
        let carrier = &settings.record;
        check_place(carrier, clone.root())?;
        let repo = Repo::of_project(&git, &place, &clone, &url, carrier);
        let repo = repo.map_err(|error| unmade(&error))?;
        // Where the state directory cannot be written, a store that is not there yet stands in for an empty record.
        let store = scratch.as_ref().filter(|_| !has_store(&state_dir));
        let store = store.map_or(state_dir.as_path(), |scratch| scratch.path());
        let chains = Chains::open(&git, carrier, &repo, &clone, store);
        let chains = chains.map_err(|error| unmade(&error))?;
        let device = device_name();
        let signing = Arc::new(Signing::new(&settings, environment, clone.root()));
        let forge = forges::open(
            reach.as_ref(),
            &settings,
            environment,
            &repo,
            &me,
            &device,
            Arc::clone(&signing) as Arc<dyn Notary>,
        )?;
        let sight = Sight::Never {
            why: "the remote was not asked yet".to_owned(),
        };
        let inner = Inner {
            signing,
            settings,
            clone,
            repo,
            chains,
            forge,
            reach,
            variables: forges::variables(environment),
            me,
            device,
            console: console_of(&state_dir),
            boot: BootClock::system(),
            memos: Arc::new(Memos::new(&state_dir)),
            company: Arc::default(),
            state_dir,
            sight: Mutex::new(sight),
            known: Mutex::default(),
            ended: Arc::default(),
            answered: AtomicUsize::default(),
            patience: LOOK_LIMIT,
            points: Points::default(),
            scratch,
            open_calls: Told::default(),
            pins: Told::default(),
            kept: Told::default(),
            writing: Arc::default(),
            reads: Mutex::default(),
            before: Arc::default(),
            times_read: AtomicUsize::default(),
            alarms: Mutex::default(),
            archive: Mutex::default(),
            sitting: Mutex::default(),
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
    let found = Git::find_and(commands(environment, dir), |git| {
        UserClone::discover(git, dir)
    });
    let (git, clone) = found.map_err(|error| {
        Fault::caused(FaultKind::User, "cannot use git", &error)
            .hint("Install git 2.38 or newer and put it on the PATH.")
    })?;
    let clone = clone.map_err(|error| {
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

/// Returns the folder of the repository around `dir`, by its looks: git itself is not found yet, and it must not be
/// one that the repository brings.
fn around(dir: &Path) -> Option<PathBuf> {
    let dir = dir.canonicalize().ok()?;
    let found = dir.ancestors().find(|folder| folder.join(".git").exists());
    found.map(Path::to_owned)
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
    .map_err(|error| {
        let fault = settings_fault(&error);
        match (&error, environment.state_home()) {
            (ConfigError::Read { path, .. }, Some(home)) if path.starts_with(&home) => {
                fault.hint(NO_STATE)
            }
            (_, Some(_) | None) => fault,
        }
    })
}

fn load_settings(
    options: &OpenOptions,
    environment: &Environment,
    clone: &UserClone,
) -> Result<Settings, Fault> {
    Settings::load(&sources(options, environment, clone)?)
        .map_err(|error| unsettled(&error, clone, environment))
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
                .hint(unread_hint(error))
        }
    }
}

/// Returns what to do about settings that could not be read at all.
fn unread_hint(error: &ConfigError) -> &'static str {
    match error {
        ConfigError::Missing { .. } => {
            "Name a file that is there, or leave --config out: lanekeeper.toml of the clone is read then."
        }
        ConfigError::NoHome => {
            "Set HOME, or XDG_STATE_HOME and XDG_CONFIG_HOME, to absolute paths."
        }
        ConfigError::Read { .. } | ConfigError::NoTeamFile { .. } | ConfigError::Mistakes(_) => {
            "It must be a file of text in UTF-8 that you can read."
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

/// Returns where our own repository is: beside the journal or, where nothing can be written there, in a folder of this
/// process. It is a cache, so that looking works either way; the journal says why nothing can be changed.
fn place_of_repo(state_dir: &Path) -> Result<(PathBuf, Option<Arc<TempDir>>), Fault> {
    if rustix::fs::access(state_dir, Access::WRITE_OK).is_ok() {
        return Ok((state_dir.join("repo"), None));
    }
    let scratch = tempfile::tempdir().map_err(|error| {
        let summary = format!(
            "neither {} nor a temporary folder can be written",
            state_dir.display()
        );
        Fault::caused(FaultKind::Internal, summary, &error).hint(NO_STATE)
    })?;
    tracing::warn!(state_dir = %state_dir.display(), "it cannot be written: this is for looking only");
    Ok((scratch.path().join("repo"), Some(Arc::new(scratch))))
}

/// Refuses a repository of records that lies in the checkout itself: whoever wrote the checkout would have put hooks
/// there, which run on a push.
fn check_place(carrier: &Carrier, checkout: &Path) -> Result<(), Fault> {
    let RecordPlace::Remote(url) = carrier.place() else {
        return Ok(());
    };
    let Some(folder) = remote_folder(url) else {
        return Ok(());
    };
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if real(Path::new(folder)).starts_with(real(checkout)) {
        return Err(Fault::new(
            FaultKind::Config,
            format!("the records' repository {folder} lies in the checkout"),
        )
        .hint("Name a repository elsewhere: [project] record_remote = \"URL\""));
    }
    Ok(())
}

fn has_store(state_dir: &Path) -> bool {
    state_dir.join("record.git/HEAD").is_file()
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
            .hint(NO_STATE)
        })
}

/// Returns what git, used in `dir`, and its children may see of the environment: no program of the repository there.
pub(in crate::ops) fn commands(environment: &Environment, dir: &Path) -> CommandEnvironment {
    let not_inside = around(dir);
    CommandEnvironment {
        git: environment.find_program("git", not_inside.as_deref()),
        variables: environment.for_git(not_inside.as_deref()),
    }
}
