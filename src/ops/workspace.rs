//! The workspace: our own repository, the forge, the settings, built once per process.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use crate::config::Environment;
use crate::config::Error as ConfigError;
use crate::config::Flags;
use crate::config::ForgeKind;
use crate::config::Settings;
use crate::config::Sources;
use crate::engine::Board;
use crate::engine::HotfixSummary;
use crate::engine::derive;
use crate::forge::Forge;
use crate::forge::LogChunk;
use crate::forge::local::LocalForge;
use crate::forge::local::LocalOptions;
use crate::git::CommandEnvironment;
use crate::git::Git;
use crate::git::Repo;
use crate::git::UserClone;
use crate::model::BranchName;
use crate::model::CommitId;
use crate::model::HotfixId;
use crate::model::JobId;
use crate::model::Person;
use crate::model::Project;
use crate::model::RefName;
use crate::model::Timestamp;
use crate::playbook::Playbook;
use crate::playbook::resolve;
use crate::record::Actor;
use crate::record::Record;
use crate::store::Journal;

use super::backport;
use super::clock;
use super::fault::Fault;
use super::fault::FaultKind;
use super::ledger::Ledger;
use super::observe;
use super::observe::Look;
use super::observe::Sight;
use super::story::Story;

/// Where to open a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenOptions {
    /// A folder in the user's clone.
    pub dir: PathBuf,
    /// Flags of the command line that are settings.
    pub flags: Flags,
}

/// Own repository, forge and settings. Cheap to clone.
#[derive(Clone)]
pub struct Workspace {
    inner: Arc<Inner>,
}

struct Inner {
    settings: Settings,
    clone: UserClone,
    repo: Repo,
    forge: Arc<dyn Forge>,
    me: Person,
    /// This machine's name, so that two consoles of one person can be told apart.
    device: String,
    state_dir: PathBuf,
    /// When the remote was last seen, and the reason if the latest try failed.
    sight: Mutex<Sight>,
}

impl Workspace {
    /// Opens the workspace around `options.dir`: finds git, the clone, the settings; makes our own repository.
    ///
    /// # Errors
    /// Each names what is missing and what to do next. Nothing was changed outside the state directory.
    pub async fn open(options: &OpenOptions, environment: &Environment) -> Result<Self, Fault> {
        let options = options.clone();
        let environment = environment.clone();
        tokio::task::spawn_blocking(move || Self::open_blocking(&options, &environment))
            .await
            .map_err(|error| Fault::caused(FaultKind::Internal, "opening ended early", &error))?
    }

    fn open_blocking(options: &OpenOptions, environment: &Environment) -> Result<Self, Fault> {
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

    /// Returns the settings.
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    /// Returns who operates this workspace.
    pub fn me(&self) -> &Person {
        &self.inner.me
    }

    /// Returns our own repository.
    pub fn repo(&self) -> &Repo {
        &self.inner.repo
    }

    /// Returns the user's clone.
    pub fn user_clone(&self) -> &UserClone {
        &self.inner.clone
    }

    /// Returns where this project's state is kept.
    pub fn state_dir(&self) -> &Path {
        &self.inner.state_dir
    }

    pub(super) fn forge(&self) -> &Arc<dyn Forge> {
        &self.inner.forge
    }

    /// Opens the journal for writing; only one process per clone carries plans out at a time.
    pub(super) fn ledger(&self) -> Result<Ledger, Fault> {
        let journal = Journal::open(&self.inner.state_dir).map_err(|error| {
            Fault::caused(FaultKind::Internal, "cannot open the local journal", &error)
                .hint("Nothing was sent. Look at the permissions and the free space of the state directory.")
        })?;
        if journal.is_writer() {
            return Ok(Ledger::new(journal));
        }
        let why = journal.why_read_only().unwrap_or("it is read-only");
        Err(
            Fault::new(FaultKind::Internal, format!("nothing was done: {why}")).hint(
                "Wait until the other one has ended, or make the state directory writable; then look again.",
            ),
        )
    }

    /// Crosses the bridge to blocking git calls.
    pub(super) async fn git<T, F>(&self, work: F) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: FnOnce(&Repo) -> Result<T, crate::git::Error> + Send + 'static,
    {
        let repo = self.inner.repo.clone();
        tokio::task::spawn_blocking(move || work(&repo))
            .await
            .map_err(|error| Fault::caused(FaultKind::Internal, "a git call ended early", &error))?
            .map_err(|error| Fault::caused(FaultKind::Remote, "cannot read the repository", &error))
    }

    /// Fetches, and remembers when the remote was seen.
    pub(super) async fn refresh(&self) -> Result<(), Fault> {
        match self.inner.repo.fetch().await {
            Ok(_) => {
                self.set_sight(Sight::Fresh(clock::now()));
                Ok(())
            }
            Err(error) => {
                let fault = Fault::caused(
                    FaultKind::Remote,
                    format!("cannot see the remote `{}`", self.inner.settings.remote),
                    &error,
                )
                .hint("Check the network and your access with: git ls-remote");
                let why = fault.to_string();
                let old = self.sight();
                self.set_sight(match old {
                    Sight::Fresh(at) | Sight::Stale { at, .. } => Sight::Stale { at, why },
                    Sight::Never { .. } => Sight::Never { why },
                });
                Err(fault)
            }
        }
    }

    /// Looks at everything, the remote first. A remote that cannot be reached makes facts stale, not the look a failure.
    pub async fn look(&self, hotfix: Option<&HotfixId>) -> Result<Board, Fault> {
        if let Err(fault) = self.refresh().await {
            tracing::warn!(%fault, "the remote was not seen");
        }
        self.look_offline(hotfix).await
    }

    /// Looks at what was last fetched, without the network.
    pub async fn look_offline(&self, hotfix: Option<&HotfixId>) -> Result<Board, Fault> {
        self.board(hotfix, None).await
    }

    /// Looks with another playbook than the project's default, the remote first.
    pub(super) async fn look_with(
        &self,
        hotfix: Option<&HotfixId>,
        playbook: Option<&str>,
    ) -> Result<Board, Fault> {
        self.refresh().await?;
        self.board(hotfix, playbook).await
    }

    pub(super) async fn board(
        &self,
        hotfix: Option<&HotfixId>,
        playbook: Option<&str>,
    ) -> Result<Board, Fault> {
        let (_, project) = self.expanded().await?;
        let records = self.records().await?;
        let record = match hotfix {
            None => None,
            Some(id) => {
                let hotfixes = summaries(&records);
                let found = records.into_iter().find(|record| &record.hotfix == id);
                Some(found.ok_or_else(|| no_such_hotfix(id.as_str(), &hotfixes))?)
            }
        };
        let wanted = record
            .as_ref()
            .and_then(|record| record.opening.as_ref())
            .map(|opening| opening.playbook.as_str());
        let book = match (&record, wanted) {
            (Some(record), Some(backport::PLAYBOOK)) => {
                let base = self.book(&project, None)?.base;
                backport::book_of(record, &project, &base)?
            }
            _ => self.book(&project, wanted.or(playbook))?,
        };
        self.board_of(record, book).await
    }

    /// Observes and derives for a record and a playbook in hand.
    pub(super) async fn board_of(
        &self,
        record: Option<Record>,
        book: Playbook,
    ) -> Result<Board, Fault> {
        let (tips, _) = self.expanded().await?;
        let hotfixes = self.hotfixes().await?;
        let record = record.map(Arc::new);
        let book = Arc::new(book);
        let look = Look {
            repo: self.inner.repo.clone(),
            forge: Arc::clone(&self.inner.forge),
            book: Arc::clone(&book),
            record: record.clone(),
            me: self.inner.me.clone(),
            now: clock::now(),
            tips,
            sight: self.sight(),
        };
        let seen = observe::observe(look).await;
        let record = record.map(Arc::unwrap_or_clone);
        let progress = record.as_ref().map(|record| derive(&book, record, &seen));
        let mut board = Board {
            book: Arc::unwrap_or_clone(book),
            record,
            seen,
            progress,
            hotfixes,
        };
        self.tell_left_behind(&mut board);
        Ok(board)
    }

    /// Returns every hotfix of the project, open ones first, newest first.
    pub async fn hotfixes(&self) -> Result<Vec<HotfixSummary>, Fault> {
        Ok(summaries(&self.records().await?))
    }

    /// Returns the hotfix that `words` mean: an id, the beginning of one, a slug or a branch; without words the only open one.
    pub fn choose(
        &self,
        hotfixes: &[HotfixSummary],
        words: Option<&str>,
    ) -> Result<Option<HotfixId>, Fault> {
        choose(hotfixes, words)
    }

    /// Resolves a playbook (the project's default without a name) against the project as last seen.
    pub(super) fn book(&self, project: &Project, name: Option<&str>) -> Result<Playbook, Fault> {
        let settings = &self.inner.settings;
        let name = name.unwrap_or(&settings.playbook);
        let Some(schema) = settings.book(name) else {
            let known: Vec<&str> = settings.books.iter().map(|book| book.id.as_str()).collect();
            return Err(
                Fault::new(FaultKind::User, format!("there is no playbook `{name}`"))
                    .hint(format!("Known: {}", known.join(", "))),
            );
        };
        resolve(schema, project).map_err(|mistakes| {
            let mut fault = Fault::new(
                FaultKind::Config,
                format!("the playbook `{name}` does not fit this project"),
            );
            fault.chain = mistakes.iter().map(ToString::to_string).collect();
            fault.hint("Run `lanekeeper config check`.")
        })
    }

    /// Returns the tips and the project with its patterns expanded, as last fetched.
    pub(super) async fn expanded(
        &self,
    ) -> Result<(BTreeMap<BranchName, CommitId>, Project), Fault> {
        let tips = self.git(Repo::tips).await?;
        let project = self.inner.settings.project.expand(tips.keys());
        Ok((tips, project))
    }

    /// Reads every record as last fetched, newest first.
    pub(super) async fn records(&self) -> Result<Vec<Record>, Fault> {
        let prefix = format!("{}/hotfixes/", self.inner.settings.record_prefix);
        let lookup = prefix.clone();
        let refs = self.git(move |repo| repo.remote_refs(&lookup)).await?;
        let mut records = Vec::new();
        for (name, _) in refs {
            let Some(Ok(id)) = name
                .as_str()
                .strip_prefix(&prefix)
                .map(str::parse::<HotfixId>)
            else {
                continue;
            };
            let story = self.story(&id)?;
            let read = tokio::task::spawn_blocking(move || story.read())
                .await
                .map_err(|error| {
                    Fault::caused(FaultKind::Internal, "reading a record ended early", &error)
                })?;
            records.push(read?);
        }
        records.sort_by(|a, b| b.hotfix.cmp(&a.hotfix));
        Ok(records)
    }

    /// Returns the story of one hotfix, which may not have begun.
    pub(super) fn story(&self, hotfix: &HotfixId) -> Result<Story, Fault> {
        let name: RefName = format!("{}/hotfixes/{hotfix}", self.inner.settings.record_prefix)
            .parse()
            .map_err(|error| {
                Fault::caused(FaultKind::Config, "the record prefix is not a ref", &error)
            })?;
        let actor = Actor {
            person: self.inner.me.clone(),
            device: self.inner.device.clone(),
        };
        Ok(Story {
            repo: self.inner.repo.clone(),
            name,
            hotfix: hotfix.clone(),
            actor,
        })
    }

    /// Returns a job's log from `offset`.
    pub async fn job_log(&self, job: &JobId, offset: u64) -> Result<LogChunk, Fault> {
        self.inner
            .forge
            .job_log(job, offset)
            .await
            .map_err(|error| {
                Fault::caused(
                    FaultKind::Remote,
                    format!("cannot read the log of job {job}"),
                    &error,
                )
            })
    }

    fn sight(&self) -> Sight {
        self.inner
            .sight
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn set_sight(&self, sight: Sight) {
        if let Sight::Fresh(at) = &sight {
            // Only a convenience for the next start: without it stale facts have no age.
            if let Err(error) = std::fs::write(self.inner.state_dir.join("seen"), at.to_string()) {
                tracing::debug!(%error, "cannot keep when the remote was seen");
            }
        }
        *self
            .inner
            .sight
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = sight;
    }

    /// Takes up when an earlier process saw the remote.
    fn recall_sight(&self) {
        let seen = std::fs::read_to_string(self.inner.state_dir.join("seen")).ok();
        if let Some(at) = seen.and_then(|text| text.trim().parse::<Timestamp>().ok()) {
            let why = "not asked since".to_owned();
            *self
                .inner
                .sight
                .lock()
                .unwrap_or_else(PoisonError::into_inner) = Sight::Stale { at, why };
        }
    }
}

/// Finds git and the clone around `dir`.
pub(super) fn open_clone(dir: &Path, environment: &Environment) -> Result<(Git, UserClone), Fault> {
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
pub(super) fn sources(
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
pub(super) fn settings_fault(error: &ConfigError) -> Fault {
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

fn summaries(records: &[Record]) -> Vec<HotfixSummary> {
    let mut rows: Vec<HotfixSummary> = records
        .iter()
        .filter_map(|record| {
            let opening = record.opening.as_ref()?;
            Some(HotfixSummary {
                id: record.hotfix.clone(),
                title: opening.title.clone(),
                branch: opening.branch.clone(),
                base: opening.base.clone(),
                playbook: opening.playbook.clone(),
                is_open: record.closed.is_none(),
            })
        })
        .collect();
    rows.sort_by_key(|row| !row.is_open);
    rows
}

fn choose(hotfixes: &[HotfixSummary], words: Option<&str>) -> Result<Option<HotfixId>, Fault> {
    let Some(words) = words else {
        let open: Vec<&HotfixSummary> = hotfixes.iter().filter(|row| row.is_open).collect();
        return match open[..] {
            [] => Ok(None),
            [only] => Ok(Some(only.id.clone())),
            [..] => Err(
                Fault::new(FaultKind::User, format!("{} hotfixes are open", open.len())).hint(
                    format!(
                        "Name one: {}",
                        open.iter()
                            .map(|row| row.id.as_str())
                            .collect::<Vec<_>>()
                            .join(", ")
                    ),
                ),
            ),
        };
    };
    let exact = hotfixes
        .iter()
        .find(|row| row.id.as_str() == words || row.branch.as_str() == words);
    let slug = |row: &&HotfixSummary| {
        row.id.as_str().starts_with(words) || row.id.as_str().contains(&format!("-{words}-"))
    };
    let matching: Vec<&HotfixSummary> =
        exact.map_or_else(|| hotfixes.iter().filter(slug).collect(), |row| vec![row]);
    match matching[..] {
        [only] => Ok(Some(only.id.clone())),
        [] => Err(no_such_hotfix(words, hotfixes)),
        [..] => Err(Fault::new(
            FaultKind::User,
            format!("`{words}` fits {} hotfixes", matching.len()),
        )
        .hint(format!(
            "Name one: {}",
            matching
                .iter()
                .map(|row| row.id.as_str())
                .collect::<Vec<_>>()
                .join(", ")
        ))),
    }
}

fn no_such_hotfix(words: &str, hotfixes: &[HotfixSummary]) -> Fault {
    let fault = Fault::new(FaultKind::User, format!("there is no hotfix `{words}`"));
    let nearest = hotfixes.iter().max_by(|a, b| {
        let near = |row: &HotfixSummary| strsim::jaro_winkler(row.id.as_str(), words);
        near(a).total_cmp(&near(b))
    });
    match nearest {
        Some(row) => fault.hint(format!(
            "Did you mean {}? `lanekeeper lanes` lists them all.",
            row.id
        )),
        None => fault.hint("No hotfix was started here yet: lanekeeper start SLUG --title TITLE"),
    }
}

/// Returns what git children may see of the environment.
pub(super) fn commands(
    environment: &Environment,
    not_inside: Option<PathBuf>,
) -> CommandEnvironment {
    CommandEnvironment {
        path: environment.path().to_owned(),
        variables: environment.for_git(),
        not_inside,
    }
}
