//! What can be told of a clone before there is a workspace: its settings, its files, and the raw material
//! from which `init` proposes lanes. Nothing here changes the clone or the remote.

use std::path::Path;
use std::path::PathBuf;

use crate::config::BranchFacts;
use crate::config::Environment;
use crate::config::ForgeKind;
use crate::config::GuessFacts;
use crate::config::Settings;
use crate::config::TEAM_FILE;
use crate::config::trust;
use crate::git::Git;
use crate::git::Repo;
use crate::git::UserClone;
use crate::model::BranchName;
use crate::model::is_record_branch;
use crate::model::remote_name;

use super::fault::Fault;
use super::fault::FaultKind;
use super::undescribed::DescribedOn;
use super::undescribed::likely;
use super::undescribed::unsettled;
use super::workspace::OpenOptions;
use super::workspace::Workspace;
use super::workspace::open_clone;
use super::workspace::sources;

/// What `init` needs to know.
#[derive(Debug, Clone)]
pub struct Survey {
    pub facts: GuessFacts,
    /// Where the team's file belongs.
    pub file: PathBuf,
    /// Why the branches are those of the clone and not of the remote, if so.
    pub doubt: Option<String>,
    /// Says that another branch has the file already. Whoever names a file is not asked about.
    pub elsewhere: Option<Fault>,
}

/// A file that settings are read from or kept in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsFile {
    pub what: &'static str,
    pub path: PathBuf,
    pub is_there: bool,
}

impl Workspace {
    /// Reads and checks the settings; every mistake is in the fault.
    pub fn check_settings(
        options: &OpenOptions,
        environment: &Environment,
    ) -> Result<Settings, Fault> {
        let (_, clone) = open_clone(&options.dir, environment)?;
        let sources = sources(options, environment, &clone)?;
        Settings::load(&sources).map_err(|error| unsettled(&error, &clone, environment))
    }

    /// Returns the files that settings are read from or kept in, there or not.
    pub fn settings_files(
        options: &OpenOptions,
        environment: &Environment,
    ) -> Result<Vec<SettingsFile>, Fault> {
        let (_, clone) = open_clone(&options.dir, environment)?;
        let team = match &options.flags.config {
            Some(file) => environment.current_dir.join(file),
            None => clone.root().join(TEAM_FILE),
        };
        let person = environment
            .config_home()
            .map(|home| ("the person's file", home.join("config.toml")));
        let trusted = environment
            .state_home()
            .map(|home| ("accepted commands", trust::store(&home)));
        let files = std::iter::once(("the team's file", team))
            .chain(person)
            .chain(trusted);
        Ok(files
            .map(|(what, path)| SettingsFile {
                what,
                is_there: path.exists(),
                path,
            })
            .collect())
    }

    /// Looks at branches and files for a proposal of lanes.
    pub async fn survey(options: &OpenOptions, environment: &Environment) -> Result<Survey, Fault> {
        let (git, clone) = open_clone(&options.dir, environment)?;
        let file = match &options.flags.config {
            Some(file) => environment.current_dir.join(file),
            None => clone.root().join(TEAM_FILE),
        };
        let remote = remote_of(&clone, environment)?;
        let ((branches, described), doubt) = match remote_branches(&git, &clone, &remote).await {
            Ok(found) => (found, None),
            Err(fault) => ((local_branches(&clone)?, None), Some(fault.to_string())),
        };
        let elsewhere = match &options.flags.config {
            Some(_) => None,
            None if file.exists() => None,
            None => DescribedOn::find(&clone, environment).or_else(|| {
                let described = described.as_ref();
                described.map(|branch| DescribedOn::unseen(&remote, branch))
            }),
        };
        if branches.is_empty() {
            return Err(Fault::new(
                FaultKind::User,
                format!("the remote `{remote}` has no branches yet"),
            )
            .hint("Push a first commit, then run lanekeeper init again."));
        }
        let facts = GuessFacts {
            name: name(&clone, &remote),
            default_branch: default_branch(&clone, &remote, &branches),
            unnamed: Self::unnamed_forge(options, environment).await,
            forge: Self::door(options, environment)
                .ok()
                .filter(|door| !door.is_local)
                .and_then(|door| door.kind)
                .filter(|kind| *kind != ForgeKind::Auto),
            files: hardis_files(clone.root()),
            branches: branches
                .into_iter()
                .map(|name| BranchFacts {
                    name,
                    is_protected: None,
                })
                .collect(),
        };
        Ok(Survey {
            facts,
            file,
            doubt,
            elsewhere: elsewhere.map(|elsewhere| elsewhere.fault(&clone)),
        })
    }
}

/// Returns the remote to look at: the one named by the environment, `origin`, or the only one.
pub(super) fn remote_of(clone: &UserClone, environment: &Environment) -> Result<String, Fault> {
    if let Some(named) = environment.get("LANEKEEPER_REMOTE") {
        return Ok(named.to_owned());
    }
    let known = clone
        .remotes()
        .map_err(|error| Fault::caused(FaultKind::User, "cannot read the remotes", &error))?;
    let origin = known.iter().find(|name| *name == "origin");
    origin.or(known.first()).cloned().ok_or_else(|| {
        Fault::new(FaultKind::User, "this clone has no remote")
            .hint("Add one with: git remote add origin URL")
    })
}

/// Returns the branch that the remote's HEAD named when it was cloned, where its commit tells which.
fn default_branch(clone: &UserClone, remote: &str, branches: &[BranchName]) -> Option<BranchName> {
    let head = clone.resolve(&format!("refs/remotes/{remote}/HEAD")).ok()?;
    let is_there = |branch: &&BranchName| {
        let tip = clone.resolve(&format!("refs/remotes/{remote}/{branch}"));
        tip.is_ok_and(|tip| tip == head)
    };
    let mut fitting = branches.iter().filter(is_there);
    let only = fitting.next()?;
    // Two branches on one commit: which of them HEAD names cannot be told from here.
    fitting.next().is_none().then(|| only.clone())
}

/// Fetches into a repository of our own that lives as long as this look. Returns the branches, and one of those that are
/// like lanes and have the team's file.
async fn remote_branches(
    git: &Git,
    clone: &UserClone,
    remote: &str,
) -> Result<(Vec<BranchName>, Option<BranchName>), Fault> {
    let unseen = |error: &dyn std::error::Error| {
        Fault::caused(
            FaultKind::Remote,
            format!("cannot see the remote `{remote}`"),
            error,
        )
    };
    let url = clone.remote_url(remote).map_err(|error| unseen(&error))?;
    let scratch = tempfile::tempdir().map_err(|error| unseen(&error))?;
    let repo = Repo::ensure(git, &scratch.path().join("repo"), clone, &url)
        .map_err(|error| unseen(&error))?;
    repo.fetch().await.map_err(|error| unseen(&error))?;
    let tips = repo.tips().map_err(|error| unseen(&error))?;
    let branches: Vec<BranchName> = tips.keys().cloned().collect();
    let mut lanes = likely(None, branches.clone()).into_iter();
    let described = lanes.find(|branch| {
        let file = tips.get(branch).map(|tip| repo.read_file(tip, TEAM_FILE));
        matches!(file, Some(Ok(Some(_))))
    });
    Ok((branches, described))
}

fn local_branches(clone: &UserClone) -> Result<Vec<BranchName>, Fault> {
    let branches = clone
        .branches()
        .map_err(|error| Fault::caused(FaultKind::User, "cannot read the branches", &error))?;
    // A clone may have fetched those that hold records; nobody works on them.
    let is_work = |branch: &BranchName| !is_record_branch(branch);
    Ok(branches.into_keys().filter(is_work).collect())
}

/// The team's name for the project is that of the repository which all of them share, not of one person's folder.
fn name(clone: &UserClone, remote: &str) -> String {
    let url = clone.remote_url(remote).unwrap_or_default();
    if let Some(name) = remote_name(&url) {
        return name.to_owned();
    }
    let folder = clone.root().file_name();
    folder.map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// Reads what a Salesforce team on sfdx-hardis already has (flows.md 8.1); a file that cannot be read is not there.
fn hardis_files(root: &Path) -> Vec<(String, String)> {
    let mut names = vec!["config/.sfdx-hardis.yml".to_owned()];
    if let Ok(folder) = std::fs::read_dir(root.join("config/branches")) {
        let found = folder
            .filter_map(Result::ok)
            .filter_map(|file| file.file_name().into_string().ok())
            .filter(|name| name.starts_with(".sfdx-hardis.") && name.ends_with(".yml"))
            .map(|name| format!("config/branches/{name}"));
        names.extend(found);
    }
    names.sort();
    names
        .into_iter()
        .filter_map(|name| {
            let text = std::fs::read_to_string(root.join(&name)).ok()?;
            Some((name, text))
        })
        .collect()
}
