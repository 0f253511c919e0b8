//! Hermetic git repositories: own home, no system or global configuration, fixed people and times.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;

use lanekeeper::git::CommandEnvironment;
use lanekeeper::git::Git;
use lanekeeper::model::CommitId;
use tempfile::TempDir;

use crate::support::in_time::InTime as _;

/// Nine lines, of which a fix changes one.
pub(crate) const LINES: &str = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";

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

    /// Makes the same world in a folder of its own, without starting git once.
    pub(crate) fn copy(&self) -> Self {
        let folder = tempfile::tempdir().expect("temporary folder");
        copy_folder(self.path(), folder.path());
        // The clone names its remote by an absolute path.
        let config = folder.path().join("clone/.git/config");
        let text = std::fs::read_to_string(&config).expect("a clone has one");
        let (old, new) = (self.path().to_str(), folder.path().to_str());
        let text = text.replace(old.expect("UTF-8"), new.expect("UTF-8"));
        std::fs::write(&config, text).expect("own folder");
        Self {
            folder,
            program: self.program.clone(),
            path: self.path.clone(),
        }
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
        let mut variables = variables(&self.home());
        variables.push(("PATH".into(), self.path.clone()));
        CommandEnvironment {
            git: Some(self.program.clone()),
            variables,
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

    /// Makes a clone of the remote for each of two people, `ana` and `ben`, on `main`.
    pub(crate) fn clone_for_two(&self) {
        let origin = self.origin();
        let origin = origin.to_str().expect("UTF-8");
        for (name, full) in [("ana", "Ana"), ("ben", "Ben")] {
            self.git_in(self.path(), &["clone", "-q", "-b", "main", origin, name]);
            let dir = self.path().join(name);
            self.git_in(&dir, &["config", "user.name", full]);
            let address = format!("{name}@example.org");
            self.git_in(&dir, &["config", "user.email", &address]);
        }
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
            .output_in_time()
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

    /// Makes one fix that conflicts in four ways on develop, of which one leaves markers: base, fix, develop.
    pub(crate) fn four_conflicts(&self, message: &str) -> [CommitId; 3] {
        self.write("text", LINES);
        self.write("picture", [0, 1, 2, 0]);
        self.write("kept", LINES);
        self.write("gone", LINES);
        let base = self.commit("base");
        self.switch("develop", Some("main"));
        self.write("text", LINES.replace('5', "V"));
        self.write("picture", [0, 9, 9, 0]);
        self.write("kept", LINES.replace('1', "I"));
        std::fs::remove_file(self.clone().join("gone")).expect("removed");
        let develop = self.commit("develop goes on");
        self.switch("main", None);
        self.write("text", LINES.replace('5', "five"));
        self.write("picture", [0, 7, 7, 0]);
        std::fs::remove_file(self.clone().join("kept")).expect("removed");
        self.write("gone", LINES.replace('1', "one"));
        let fix = self.commit(message);
        [base, fix, develop]
    }

    /// Puts that many commits on a branch of the remote, in one go.
    pub(crate) fn grow(&self, branch: &str, count: usize) {
        let tip = self.remote_id(&format!("refs/heads/{branch}"));
        let mut from = format!("from {}\n", tip.expect("the branch is there"));
        let mut stream = String::new();
        for number in 1..=count {
            stream.push_str(&format!(
                "commit refs/heads/{branch}\ncommitter Ana <ana@example.org> 1700000000 +0200\ndata <<E\nStep {number}\nE\n{from}M 100644 inline grown.txt\ndata <<E\n{number}\nE\n\n"
            ));
            // Each further one follows on the one before it.
            from.clear();
        }
        self.executable()
            .run(
                &self.origin(),
                &["fast-import", "--quiet"],
                Some(stream.as_bytes()),
            )
            .expect("imported");
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

fn copy_folder(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).expect("own folder") {
        let entry = entry.expect("own folder");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("own file").is_dir() {
            std::fs::create_dir(&target).expect("fresh folder");
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), &target).expect("own file");
        }
    }
}

/// Reads every branch of a bare repository with its tip, without starting git: fakes ask for it at each request.
pub(crate) fn branch_tips(bare: &Path) -> BTreeMap<String, String> {
    let mut tips = BTreeMap::new();
    let packed = std::fs::read_to_string(bare.join("packed-refs")).unwrap_or_default();
    for (id, name) in packed.lines().filter_map(|line| line.split_once(' ')) {
        if let Some(name) = name.strip_prefix("refs/heads/") {
            tips.insert(name.to_owned(), id.to_owned());
        }
    }
    // A loose ref is newer than a packed one.
    let mut folders = vec![(bare.join("refs/heads"), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries.flatten() {
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                folders.push((entry.path(), format!("{name}/")));
            } else if !name.ends_with(".lock")
                && let Ok(id) = std::fs::read_to_string(entry.path())
            {
                tips.insert(name, id.trim().to_owned());
            }
        }
    }
    tips
}

/// Asks git, or remembers what it said to the same question in another copy of the repository: about commits that are
/// named by their whole ids it says the same everywhere. Only a yes is remembered, since an object may be missing.
pub(crate) fn said_before(
    arguments: &[&str],
    ask: impl FnOnce() -> Option<String>,
) -> Option<String> {
    static SAID: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());
    let is_id = |word: &str| word.len() == 40 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_pure = arguments
        .iter()
        .skip(1)
        .all(|word| word.starts_with('-') || word.split("..").all(is_id));
    if !is_pure {
        return ask();
    }
    let key = arguments.join(" ");
    let known = SAID.lock().expect("no panic while held").get(&key).cloned();
    if known.is_some() {
        return known;
    }
    let said = ask()?;
    let mut all = SAID.lock().expect("no panic while held");
    all.insert(key, said.clone());
    Some(said)
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
