//! Hermetic git repositories: own home, no system or global configuration, fixed people and times.

use std::path::Path;
use std::path::PathBuf;

use lanekeeper::git::CommandEnvironment;
use lanekeeper::git::Git;
use lanekeeper::model::CommitId;
use tempfile::TempDir;

/// A folder with a bare `origin.git`, a `clone` of it, and a home that nobody else uses.
pub(crate) struct World {
    folder: TempDir,
    program: PathBuf,
    path: std::ffi::OsString,
}

/// What every git call of a test sees besides PATH.
fn variables(home: &Path) -> Vec<(String, std::ffi::OsString)> {
    vec![
        ("HOME".into(), home.into()),
        ("GIT_CONFIG_NOSYSTEM".into(), "1".into()),
        ("GIT_CONFIG_GLOBAL".into(), home.join("gitconfig").into()),
    ]
}

impl World {
    /// Makes the folder with a bare remote and a clone, both without commits.
    pub(crate) fn empty() -> Self {
        Self::with(&first_git())
    }

    /// The same, made and used by a certain git.
    pub(crate) fn with(program: &Path) -> Self {
        let folder = tempfile::tempdir().expect("temporary folder");
        let world = Self {
            path: std::env::join_paths(
                std::iter::once(program.parent().expect("absolute").to_owned())
                    .chain(std::env::split_paths(&path_variable())),
            )
            .expect("PATH entries hold no colon"),
            program: program.to_owned(),
            folder,
        };
        std::fs::create_dir(world.home()).expect("home");
        std::fs::write(world.home().join("gitconfig"), "").expect("global configuration");
        world.git_in(
            world.path(),
            &["init", "-q", "--bare", "-b", "main", "origin.git"],
        );
        world.git_in(world.path(), &["init", "-q", "-b", "main", "clone"]);
        let origin = world.origin();
        world.git(&["remote", "add", "origin", origin.to_str().expect("UTF-8")]);
        world.git(&["config", "user.name", "Ana"]);
        world.git(&["config", "user.email", "ana@example.org"]);
        world
    }

    /// Returns the folder around everything.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.path().join("home")
    }

    pub(crate) fn origin(&self) -> PathBuf {
        self.path().join("origin.git")
    }

    pub(crate) fn clone(&self) -> PathBuf {
        self.path().join("clone")
    }

    /// Returns where our own repository goes.
    pub(crate) fn own(&self) -> PathBuf {
        self.path().join("state/repository.git")
    }

    /// Returns the environment that the git room gets.
    pub(crate) fn environment(&self) -> CommandEnvironment {
        CommandEnvironment {
            path: self.path.clone(),
            variables: variables(&self.home()),
            not_inside: None,
        }
    }

    /// Returns the executable as the git room finds it.
    pub(crate) fn executable(&self) -> Git {
        Git::find(self.environment()).expect("git is installed")
    }

    /// Runs git in the clone and returns what it printed; it must succeed.
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        self.git_in(&self.clone(), arguments)
    }

    /// Runs git in a folder and returns what it printed; it must succeed.
    pub(crate) fn git_in(&self, dir: &Path, arguments: &[&str]) -> String {
        let (succeeded, text) = self.try_git_in(dir, arguments);
        assert!(succeeded, "git {arguments:?}: {text}");
        text
    }

    /// Runs git in a folder; tells whether it succeeded and what it printed.
    #[expect(clippy::disallowed_methods, reason = "tests drive git from outside")]
    pub(crate) fn try_git_in(&self, dir: &Path, arguments: &[&str]) -> (bool, String) {
        let output = std::process::Command::new(&self.program)
            .args(arguments)
            .current_dir(dir)
            .env_clear()
            .env("PATH", &self.path)
            .envs(variables(&self.home()))
            .env("GIT_AUTHOR_NAME", "Ana")
            .env("GIT_AUTHOR_EMAIL", "ana@example.org")
            .env("GIT_AUTHOR_DATE", "1700000000 +0200")
            .env("GIT_COMMITTER_NAME", "Ana")
            .env("GIT_COMMITTER_EMAIL", "ana@example.org")
            .env("GIT_COMMITTER_DATE", "1700000000 +0200")
            .output()
            .expect("git can be started");
        let mut text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        if !output.status.success() {
            text.push_str(&String::from_utf8_lossy(&output.stderr));
        }
        (output.status.success(), text)
    }

    /// Writes a file in the clone.
    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let file = self.clone().join(path);
        std::fs::create_dir_all(file.parent().expect("inside the clone")).expect("folder");
        std::fs::write(file, content).expect("file");
    }

    /// Commits everything in the clone and returns the id.
    pub(crate) fn commit(&self, message: &str) -> CommitId {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.id("HEAD")
    }

    /// Writes one file and commits.
    pub(crate) fn change(&self, path: &str, content: impl AsRef<[u8]>, message: &str) -> CommitId {
        self.write(path, content);
        self.commit(message)
    }

    /// Goes to a branch in the clone, made at `from` if given.
    pub(crate) fn switch(&self, branch: &str, from: Option<&str>) {
        match from {
            Some(from) => self.git(&["checkout", "-q", "-B", branch, from]),
            None => self.git(&["checkout", "-q", branch]),
        };
    }

    /// Pushes all branches and tags to the remote.
    pub(crate) fn push(&self) {
        self.git(&["push", "-q", "--force", "origin", "--all"]);
        self.git(&["push", "-q", "--force", "origin", "--tags"]);
    }

    /// Returns the id of a revision in the clone.
    pub(crate) fn id(&self, rev: &str) -> CommitId {
        self.git(&["rev-parse", rev]).parse().expect("an id")
    }

    /// Returns the id of a ref on the remote, if it is there.
    pub(crate) fn remote_id(&self, name: &str) -> Option<CommitId> {
        let (_, text) =
            self.try_git_in(&self.origin(), &["rev-parse", "--verify", "--quiet", name]);
        text.trim().parse().ok()
    }
}

/// Writes a shell script that can be run at once. A child process writes it: were the file open for writing in this
/// process while another test starts a program, running it would fail with "text file busy".
#[expect(clippy::disallowed_methods, reason = "tests make their own programs")]
pub(crate) fn script(path: &Path, body: &str) {
    let made = std::process::Command::new("/bin/sh")
        .args([
            "-c",
            "printf '%s' \"$2\" > \"$1\" && chmod 755 \"$1\"",
            "sh",
        ])
        .arg(path)
        .arg(format!("#!/bin/sh\n{body}\n"))
        .status()
        .expect("sh can be started");
    assert!(made.success(), "{} is written", path.display());
}

#[expect(clippy::disallowed_methods, reason = "tests look for git themselves")]
fn path_variable() -> std::ffi::OsString {
    std::env::var_os("PATH").unwrap_or_default()
}

/// Returns every git in the absolute entries of PATH, the preferred one first.
pub(crate) fn all_gits() -> Vec<PathBuf> {
    let mut gits: Vec<PathBuf> = std::env::split_paths(&path_variable())
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join("git"))
        .filter(|program| program.is_file())
        .collect();
    let mut seen = std::collections::BTreeSet::new();
    gits.retain(|git| seen.insert(git.canonicalize().expect("it exists")));
    gits
}

pub(crate) fn first_git() -> PathBuf {
    all_gits().into_iter().next().expect("git is installed")
}
