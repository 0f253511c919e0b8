//! A small real project on disk: bare remote, clones of two people, a team's file; and the real binary in it,
//! with nothing of the machine's own configuration in reach.

use std::io::Write as _;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;

use serde_json::Value;

use crate::support::in_time::InTime as _;

pub(crate) const TEAM: &str = r#"
[project]
name = "shop"
forge = "local"

[roles]
tech-lead = ["ben@example.org"]

[[lane]]
name = "integration"
layer = "build"
merges_into = ["preprod"]

[[lane]]
name = "preprod"
layer = "run"
merges_into = ["main"]
environment = "staging"

[[lane]]
name = "main"
layer = "run"
environment = "production"

[[environment]]
name = "staging"

[[environment]]
name = "production"
production = true
"#;

/// Starts the hotfix of most stories.
pub(crate) const START: [&str; 7] = [
    "start",
    "pay",
    "--title",
    "Nobody can pay",
    "--answer",
    "impact=all",
    "--yes",
];

pub(crate) struct Project {
    dir: tempfile::TempDir,
}

/// What a run of the binary answered.
pub(crate) struct Answer {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) notes: String,
}

impl Answer {
    pub(crate) fn new(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout.clone()).expect("own text is UTF-8"),
            notes: String::from_utf8(output.stderr.clone()).expect("own text is UTF-8"),
        }
    }

    /// Runs a command to which a text comes through a pipe.
    pub(crate) fn to(command: &mut Command, text: &str) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        let mut stdin = child.stdin.take().expect("piped");
        stdin.write_all(text.as_bytes()).expect("it reads");
        drop(stdin);
        Self::new(&child.wait_with_output().expect("it ends"))
    }

    /// Asserts the exit code, and returns the answer.
    pub(crate) fn ends(self, code: i32) -> Self {
        assert_eq!(
            self.code, code,
            "stdout:\n{}\nstderr:\n{}",
            self.out, self.notes
        );
        self
    }

    /// Asserts that all of `words` are said somewhere, and returns the answer.
    pub(crate) fn says(self, words: &[&str]) -> Self {
        for word in words {
            assert!(
                self.out.contains(word) || self.notes.contains(word),
                "`{word}` is not said\nstdout:\n{}\nstderr:\n{}",
                self.out,
                self.notes
            );
        }
        self
    }

    /// Returns the one document on stdout.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out)
            .unwrap_or_else(|error| panic!("{error}: {}\n{}", self.out, self.notes))
    }
}

impl Project {
    /// Makes an empty folder.
    pub(crate) fn empty() -> Self {
        let dir = tempfile::tempdir().expect("temporary folder");
        std::fs::create_dir(dir.path().join("home")).expect("fresh folder");
        Self { dir }
    }

    /// Makes a remote with three lanes and the team's file in it, and a clone each for Ana and Ben.
    pub(crate) fn new() -> Self {
        Self::with_team(TEAM)
    }

    /// Makes the same with another team's file; commands in it are trusted in both clones.
    pub(crate) fn with_team(team: &str) -> Self {
        Self::made(team, &[])
    }

    /// Makes the same on a remote that `git init` makes with these options; none where this git does not know them.
    pub(crate) fn on_remote(options: &[&str]) -> Option<Self> {
        let probe = [&["init", "--quiet", "--bare"], options, &["probe.git"]].concat();
        let is_known = Self::empty().tries(".", &probe).code == 0;
        is_known.then(|| Self::made(TEAM, options))
    }

    fn made(team: &str, options: &[&str]) -> Self {
        let project = Self::empty();
        let init = ["init", "--quiet", "--bare", "-b", "main"];
        project.git(".", &[&init[..], options, &["origin.git"]].concat());
        project.clone_for("ana", "Ana Ruiz");
        project.write("ana/lanekeeper.toml", team);
        project.write("ana/cart.rs", "one\ntwo\nthree\n");
        project.commit("ana", "the shop");
        for branch in ["preprod", "integration"] {
            project.git("ana", &["branch", branch]);
        }
        project.git("ana", &["push", "--quiet", "origin", "--all"]);
        project.clone_for("ben", "Ben Ode");
        project.trust();
        project
    }

    /// Makes the same with a fix in main that conflicts with integration.
    pub(crate) fn fixed() -> Self {
        let project = Self::new();
        project.git("ana", &["switch", "--quiet", "integration"]);
        project.write("ana/cart.rs", "one\nanother two\nthree\n");
        project.commit("ana", "next version of the cart");
        project.git("ana", &["switch", "--quiet", "main"]);
        project.write("ana/cart.rs", "one\nfixed two\nthree\n");
        project.commit("ana", "fix the cart");
        project.git("ana", &["push", "--quiet", "origin", "--all"]);
        project
    }

    /// Makes a copy of the remote and both clones in a folder of its own, with a fresh state directory.
    pub(crate) fn copy(&self) -> Self {
        let copy = self.copy_of(&["origin.git", "ana", "ben", "home"]);
        copy.trust();
        copy
    }

    /// Makes a copy of everything, the state directory with its journals included.
    pub(crate) fn copy_with_state(&self) -> Self {
        let copy = self.copy_of(&["origin.git", "ana", "ben", "home", "state", "config"]);
        copy.trust();
        // A state directory is known by the place of its clone: what the journal holds moves to the new one.
        for login in ["ana", "ben"] {
            copy.run(login, &["status"]);
            let folders = std::fs::read_dir(copy.path("state/lanekeeper")).expect("made by a run");
            let folders: Vec<PathBuf> = folders
                .map(|one| one.expect("readable").path())
                .filter(|path| {
                    let name = path.file_name().unwrap_or_default().to_string_lossy();
                    name.starts_with(&format!("{login}-"))
                })
                .collect();
            let is_old = |path: &&PathBuf| {
                let name = path.file_name().unwrap_or_default();
                self.path("state/lanekeeper").join(name).exists()
            };
            let (Some(old), Some(new)) = (
                folders.iter().find(is_old),
                folders.iter().find(|path| !is_old(path)),
            ) else {
                continue;
            };
            for name in ["journal.sqlite", "journal.sqlite-wal", "journal.lock"] {
                drop(std::fs::remove_file(new.join(name)));
                drop(std::fs::rename(old.join(name), new.join(name)));
            }
        }
        copy
    }

    fn copy_of(&self, names: &[&str]) -> Self {
        let copy = Self {
            dir: tempfile::tempdir().expect("temporary folder"),
        };
        for name in names {
            if !self.path(name).exists() {
                continue;
            }
            let from = self.path(name);
            let to = copy.path(name);
            let output = self
                .command("cp", &self.path("."))
                .arg("-a")
                .args([&from, &to])
                .output_in_time();
            assert!(
                output.expect("cp runs").status.success(),
                "cannot copy {name}"
            );
        }
        let origin = copy.path("origin.git");
        for login in ["ana", "ben"] {
            let url = origin.to_str().expect("a temporary folder is UTF-8");
            copy.git(login, &["remote", "set-url", "origin", url]);
        }
        copy
    }

    fn trust(&self) {
        for login in ["ana", "ben"] {
            self.run(login, &["trust", "--yes"]).ends(0);
        }
    }

    pub(crate) fn clone_for(&self, login: &str, name: &str) {
        self.git(".", &["clone", "--quiet", "origin.git", login]);
        self.git(login, &["config", "user.name", name]);
        let email = format!("{login}@example.org");
        self.git(login, &["config", "user.email", &email]);
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("own folder");
    }

    pub(crate) fn commit(&self, dir: &str, message: &str) {
        self.git(dir, &["add", "--all"]);
        self.git(dir, &["commit", "--quiet", "-m", message]);
    }

    /// Runs git as a person would.
    pub(crate) fn git(&self, dir: &str, arguments: &[&str]) -> String {
        let output = self
            .command("git", &self.path(dir))
            .args(arguments)
            .output_in_time()
            .expect("git runs");
        assert!(
            output.status.success(),
            "git {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Runs git as a person would; it may fail.
    pub(crate) fn tries(&self, dir: &str, arguments: &[&str]) -> Answer {
        let output = self
            .command("git", &self.path(dir))
            .args(arguments)
            .output_in_time();
        let output = output.expect("git runs");
        Answer {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            notes: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Runs the binary in the clone of `login`.
    pub(crate) fn run(&self, login: &str, arguments: &[&str]) -> Answer {
        let output = self.binary(login).args(arguments).output_in_time();
        Answer::new(&output.expect("the binary runs"))
    }

    /// Returns the binary, ready to run in `dir`.
    pub(crate) fn binary(&self, dir: &str) -> Command {
        self.command(env!("CARGO_BIN_EXE_lanekeeper"), &self.path(dir))
    }

    /// Returns `sh -c`, ready to run in `dir`.
    pub(crate) fn shell_command(&self, dir: &str) -> Command {
        let mut command = self.command("sh", &self.path(dir));
        command.arg("-c");
        command
    }

    /// Runs a line of shell in `dir` and returns what it printed.
    pub(crate) fn shell(&self, dir: &str, line: &str) -> String {
        let output = self.shell_command(dir).arg(line).output_in_time();
        let answer = Answer::new(&output.expect("sh runs")).ends(0);
        answer.out.trim().to_owned()
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "tests run git and the binary as a person would"
    )]
    fn command(&self, program: &str, dir: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(dir)
            .env_clear()
            .env("PATH", super::environment("PATH").unwrap_or_default())
            .env("HOME", self.path("home"))
            .env("XDG_STATE_HOME", self.path("state"))
            .env("XDG_CONFIG_HOME", self.path("config"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("TZ", "UTC")
            .stdin(std::process::Stdio::null());
        command
    }

    /// Returns everything that a command must not change by being refused: refs of the remote, and the clone.
    pub(crate) fn state(&self, dir: &str) -> String {
        let refs = self.git("origin.git", &["for-each-ref"]);
        let status = self.git(dir, &["status", "--porcelain", "--branch"]);
        let own = self.git(dir, &["for-each-ref"]);
        let config = std::fs::read_to_string(self.path(dir).join(".git/config"));
        format!("{refs}\n{status}\n{own}\n{config:?}")
    }
}
