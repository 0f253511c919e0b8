//! The user's clone, read only. Every question goes through the git executable, which knows every repository
//! format; the verbs used here run neither hooks nor filters nor file system monitors, and write nothing.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use crate::model::BranchName;
use crate::model::CommitId;
use crate::model::Person;

use super::bridge::beside;
use super::clone_config::CloneConfig;
use super::command::failed;
use super::error::Error;
use super::executable::Git;
use super::merge_drivers::LastRead;
use super::refs::no_such;
use super::url;

/// The user's clone. Cheap enough to clone, never written to.
#[derive(Debug, Clone)]
pub struct UserClone {
    git: Git,
    git_dir: PathBuf,
    common_dir: PathBuf,
    objects: PathBuf,
    /// The object format, `sha1` or `sha256`.
    format: String,
    workdir: Option<PathBuf>,
    config: CloneConfig,
    /// The configuration as it was last read, for what must be known as it is now.
    last_read: Arc<LastRead>,
}

impl UserClone {
    /// Finds the repository around `dir`: a clone, a linked worktree, a bare clone, in any state.
    pub fn discover(git: &Git, dir: &Path) -> Result<Self, Error> {
        if !dir.is_dir() {
            return Err(Error::NoRepository { dir: dir.into() });
        }
        let ask = |what: &[&str]| {
            git.around(dir, "rev-parse")
                .arg("--path-format=absolute")
                .args(what)
                .output()
        };
        let all = [&Self::FOLDERS[..], &["--show-toplevel"]].concat();
        // Two processes beside each other: every start waits for them.
        let (config, output) = beside(|| CloneConfig::read(git, dir), || ask(&all));
        let config = config.unwrap_or_default();
        // Ends with an error in a bare repository, and inside a git folder: no work tree is what that means.
        let output = output?;
        let lines: Vec<PathBuf> = output
            .stdout
            .split_inclusive(|byte| *byte == b'\n')
            .map(as_path)
            .collect();
        if let [format, git_dir, common_dir, objects, rest @ ..] = &lines[..]
            && rest.len() <= 1
            && rest.is_empty() != output.is_success()
        {
            let found = Self {
                git: git.clone(),
                git_dir: git_dir.clone(),
                common_dir: common_dir.clone(),
                objects: objects.clone(),
                format: format.to_string_lossy().into_owned(),
                workdir: rest.first().cloned(),
                config,
                last_read: Arc::default(),
            };
            found.keep_read();
            return Ok(found);
        }
        // No repository, or a path with a line break in it: each answer alone tells which.
        let path = |what: &[&str]| -> Result<PathBuf, Error> {
            let output = ask(what)?;
            if !output.is_success() {
                return Err(no_repository(dir, failed("rev-parse", &output)));
            }
            Ok(as_path(&output.stdout))
        };
        Ok(Self {
            git: git.clone(),
            git_dir: path(&["--git-dir"])?,
            common_dir: path(&["--git-common-dir"])?,
            objects: path(&["--git-path", "objects"])?,
            format: path(&["--show-object-format"])?
                .to_string_lossy()
                .into_owned(),
            workdir: path(&["--show-toplevel"]).ok(),
            config,
            last_read: Arc::default(),
        })
    }

    /// The questions for the format and the folders of a repository.
    const FOLDERS: [&str; 5] = [
        "--show-object-format",
        "--git-dir",
        "--git-common-dir",
        "--git-path",
        "objects",
    ];

    pub(super) fn git(&self) -> &Git {
        &self.git
    }

    /// Returns the configuration as it was when the clone was found.
    pub(super) fn config(&self) -> &CloneConfig {
        &self.config
    }

    pub(super) fn last_read(&self) -> &LastRead {
        &self.last_read
    }

    /// Returns the git folder of this work tree, which linked worktrees do not share.
    pub(super) fn git_dir(&self) -> &Path {
        &self.git_dir
    }

    /// Returns the work tree; none in a bare clone.
    pub fn workdir(&self) -> Option<&Path> {
        self.workdir.as_deref()
    }

    /// Returns the git folder that all linked worktrees share.
    pub fn common_dir(&self) -> &Path {
        &self.common_dir
    }

    /// Returns where `lanekeeper.toml` lives: the work tree, or the bare repository.
    pub fn root(&self) -> &Path {
        self.workdir.as_deref().unwrap_or(&self.common_dir)
    }

    /// Returns who commits here, by git's user.name and user.email.
    pub fn identity(&self) -> Result<Person, Error> {
        let config = self.config.or_ask(&self.git, &self.git_dir)?;
        match (config.last("user.name"), config.last("user.email")) {
            (Some(name), Some(email)) if !email.trim().is_empty() => {
                Ok(Person::from_email(name, email))
            }
            (Some(_) | None, Some(_) | None) => Err(Error::NoIdentity),
        }
    }

    /// Returns the address of a remote, as git would use it, a relative path made absolute.
    pub fn remote_url(&self, name: &str) -> Result<String, Error> {
        if let Some(url) = self.config.plain_url(name) {
            return url::check(url, self.root());
        }
        let output = self
            .git
            .at(&self.git_dir, "remote")
            .args(["get-url", "--", name])
            .output()?;
        if output.is_success() {
            return url::check(output.text().trim_end_matches('\n'), self.root());
        }
        let known = self.remotes()?;
        if known.iter().any(|remote| remote == name) {
            return Err(failed("remote", &output));
        }
        Err(Error::NoRemote {
            name: name.to_owned(),
            known: if known.is_empty() {
                "none; add one with `git remote add origin ADDRESS`".into()
            } else {
                known.join(", ")
            },
        })
    }

    /// Returns the names of the remotes.
    pub fn remotes(&self) -> Result<Vec<String>, Error> {
        let output = self.git.at(&self.git_dir, "remote").success()?;
        Ok(output.text().lines().map(str::to_owned).collect())
    }

    /// Returns the local branches; names that could be read as options are left out.
    pub fn branches(&self) -> Result<BTreeMap<BranchName, CommitId>, Error> {
        let output = self
            .git
            .at(&self.git_dir, "for-each-ref")
            .args(["--format=%(objectname) %(refname:lstrip=2)", "refs/heads/"])
            .success()?;
        let text = output.text();
        let branch = |line: &str| {
            let (id, name) = line.split_once(' ')?;
            Some((name.parse().ok()?, id.parse().ok()?))
        };
        Ok(text.lines().filter_map(branch).collect())
    }

    /// Returns the branches of a remote as last fetched here, and which of them its HEAD names, where that is known.
    pub fn fetched(&self, remote: &str) -> Result<(Option<BranchName>, Vec<BranchName>), Error> {
        let folder = format!("refs/remotes/{remote}/");
        let output = self
            .git
            .at(&self.git_dir, "for-each-ref")
            .args(["--format=%(refname) %(symref)", folder.as_str()])
            .success()?;
        let branch = |name: &str| {
            let name = name.strip_prefix(folder.as_str())?;
            name.parse::<BranchName>().ok()
        };
        let (mut default, mut branches) = (None, Vec::new());
        for line in output.text().lines() {
            match line.split_once(' ') {
                Some((_, leads_to)) if !leads_to.is_empty() => default = branch(leads_to),
                Some((name, _)) => branches.extend(branch(name)),
                None => branches.extend(branch(line)),
            }
        }
        Ok((default, branches))
    }

    /// Tells whether `rev` has a file at `path`.
    pub fn has_file(&self, rev: &str, path: &str) -> bool {
        let output = self
            .git
            .at(&self.git_dir, "rev-parse")
            .args(["--verify", "--quiet", "--end-of-options"])
            .arg(format!("{rev}:{path}"))
            .output();
        output.is_ok_and(|output| output.is_success())
    }

    /// Returns the commit that `rev` names here.
    pub fn resolve(&self, rev: &str) -> Result<CommitId, Error> {
        let output = self
            .git
            .at(&self.git_dir, "rev-parse")
            .args(["--verify", "--quiet", "--end-of-options"])
            .arg(format!("{rev}^{{commit}}"))
            .output()?;
        output.text().trim().parse().map_err(|_| no_such(rev))
    }

    /// Returns the files and folders that change when refs of the clone move, for a watcher; some may come to be only
    /// then.
    pub fn watch_paths(&self) -> Vec<PathBuf> {
        vec![
            self.git_dir.join("HEAD"),
            self.common_dir.join("refs"),
            self.common_dir.join("packed-refs"),
            self.common_dir.join("reftable"),
        ]
    }

    /// Returns the object folders to borrow from, nearest first; none where borrowing would break us:
    /// shallow and partial clones lack objects, and git would not say so until a merge needs them.
    pub(super) fn lendable_objects(&self) -> Result<Vec<PathBuf>, Error> {
        if self.common_dir.join("shallow").exists()
            || self.common_dir.join("reftable").exists()
            || self.is_partial()?
        {
            return Ok(Vec::new());
        }
        Ok(self.object_folders())
    }

    /// Returns the folders that objects of the clone lie in, nearest first, whole or not; none where a path cannot be
    /// written into a list of folders.
    pub(super) fn object_folders(&self) -> Vec<PathBuf> {
        let mut folders = vec![self.objects.clone()];
        // Git follows relative alternates at the first level only, so the clone's own are named as well.
        if let Ok(text) = std::fs::read_to_string(self.objects.join("info/alternates")) {
            let named = text
                .lines()
                .filter(|line| !line.is_empty() && !line.starts_with('#'));
            folders.extend(named.map(|line| self.objects.join(line)));
        }
        // A line break or a leading quote would make another path out of it.
        let is_plain = |path: &PathBuf| {
            path.to_str()
                .is_some_and(|text| text.starts_with('/') && !text.contains('\n'))
        };
        if folders.iter().all(is_plain) {
            folders
        } else {
            Vec::new()
        }
    }

    fn is_partial(&self) -> Result<bool, Error> {
        let config = self.config.or_ask(&self.git, &self.git_dir)?;
        Ok(config.names_promisors())
    }

    /// Returns the object format, `sha1` or `sha256`.
    pub(super) fn object_format(&self) -> &str {
        &self.format
    }
}

/// Reads a path that git printed, without the line end.
fn as_path(line: &[u8]) -> PathBuf {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    PathBuf::from(OsString::from_vec(line.to_vec()))
}

/// Says why `dir` cannot be used, in a way that tells "there is none" from "git will not read it".
fn no_repository(dir: &Path, error: Error) -> Error {
    match error {
        Error::Failed { why, .. } if !why.contains("not a git repository") => Error::Unreadable {
            dir: dir.into(),
            why,
        },
        Error::Failed { .. } => Error::NoRepository { dir: dir.into() },
        other => other,
    }
}
