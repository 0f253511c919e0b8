//! The remote and the clone in which everything is measured: made on the spot, with borrowed objects.

use std::io::Write as _;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;

/// A bare remote, a clone of it with `lanekeeper.toml`, and a home of its own.
pub(super) struct Project {
    root: tempfile::TempDir,
    lanes: Vec<String>,
}

impl Project {
    /// Makes both from the branches and tags of `source`, which is only read.
    pub(super) fn make(source: &Path, lanes: &[String]) -> Self {
        let project = Self {
            root: tempfile::tempdir().expect("a temporary folder"),
            lanes: lanes.to_vec(),
        };
        let objects = git(
            source,
            &[
                "rev-parse",
                "--path-format=absolute",
                "--git-path",
                "objects",
            ],
        );
        std::fs::create_dir_all(project.home()).expect("made");
        git(
            project.root.path(),
            &["init", "--quiet", "--bare", "remote.git"],
        );
        let alternates = project.remote().join("objects/info/alternates");
        std::fs::write(alternates, format!("{}\n", objects.trim())).expect("written");
        for lane in lanes {
            let id = ["refs/heads/", "refs/remotes/origin/"]
                .iter()
                .map(|prefix| {
                    git(
                        source,
                        &[
                            "for-each-ref",
                            "--format=%(objectname)",
                            &format!("{prefix}{lane}"),
                        ],
                    )
                })
                .find(|id| !id.trim().is_empty())
                .unwrap_or_else(|| panic!("no branch {lane} in {}", source.display()));
            git(
                &project.remote(),
                &["update-ref", &format!("refs/heads/{lane}"), id.trim()],
            );
        }
        let tags = git(
            source,
            &[
                "for-each-ref",
                "--format=create %(refname) %(objectname)",
                "refs/tags",
            ],
        );
        feed(&project.remote(), &["update-ref", "--stdin"], &tags);
        // As every clone and every forge has them, and not a file each.
        git(&project.remote(), &["pack-refs", "--all"]);
        git(
            &project.remote(),
            &["symbolic-ref", "HEAD", &format!("refs/heads/{}", lanes[0])],
        );
        git(
            project.root.path(),
            &[
                "clone",
                "--quiet",
                "--shared",
                "--no-checkout",
                "remote.git",
                "clone",
            ],
        );
        for (key, value) in [("user.name", "Bench"), ("user.email", "bench@example.org")] {
            git(&project.clone_dir(), &["config", key, value]);
        }
        git(
            &project.clone_dir(),
            &["commit-graph", "write", "--reachable"],
        );
        // So that a peer that shows the branch, not the remote's, has all of them.
        for lane in &lanes[1..] {
            git(
                &project.clone_dir(),
                &["branch", "--quiet", lane, &format!("origin/{lane}")],
            );
        }
        project.poll_slowly();
        project
    }

    fn remote(&self) -> PathBuf {
        self.root.path().join("remote.git")
    }

    /// Returns the clone in which the subjects run.
    pub(super) fn clone_dir(&self) -> PathBuf {
        self.root.path().join("clone")
    }

    /// Returns a home without anybody's settings.
    pub(super) fn home(&self) -> PathBuf {
        self.root.path().join("home")
    }

    /// Returns the branches, the first one being the newest line.
    pub(super) fn lanes(&self) -> &[String] {
        &self.lanes
    }

    /// Removes what Lanekeeper keeps, so that the next start is the first one.
    pub(super) fn forget_state(&self) {
        let _gone = std::fs::remove_dir_all(self.home().join(".local"));
    }

    /// Lets the clone know its remote by a place where nothing is, or by the right one.
    pub(super) fn hide_remote(&self, is_hidden: bool) {
        let name = if is_hidden {
            "nowhere.git"
        } else {
            "remote.git"
        };
        let url = self.root.path().join(name);
        let url = url.to_str().expect("a temporary folder is UTF-8");
        git(&self.clone_dir(), &["remote", "set-url", "origin", url]);
    }

    /// Returns what is on the screen once the newest commit of the first lane is.
    pub(super) fn marker(&self, shows_ids: bool) -> String {
        let format = if shows_ids {
            "--format=%h"
        } else {
            "--format=%s"
        };
        let abbreviation = if shows_ids {
            "--abbrev=7"
        } else {
            "--abbrev=40"
        };
        let text = git(
            &self.remote(),
            &["log", "-1", abbreviation, format, &self.lanes[0]],
        );
        text.trim().chars().take(20).collect()
    }

    /// Adds a commit to the first lane in the remote; returns how the screen names it.
    pub(super) fn commit_on_remote(&self) -> String {
        let lane = format!("refs/heads/{}", self.lanes[0]);
        let tree = git(&self.remote(), &["rev-parse", &format!("{lane}^{{tree}}")]);
        let new = git(
            &self.remote(),
            &["commit-tree", "-p", &lane, "-m", "One more", tree.trim()],
        );
        git(&self.remote(), &["update-ref", &lane, new.trim()]);
        new[..7].to_owned()
    }

    /// Adds a commit to the first lane in the remote and fetches it into the clone, as a person's git would.
    pub(super) fn commit_and_fetch(&self) -> String {
        let new = self.commit_on_remote();
        git(&self.clone_dir(), &["fetch", "--quiet"]);
        new
    }

    /// Takes the last commit of the first lane back.
    pub(super) fn take_back(&self) {
        let lane = format!("refs/heads/{}", self.lanes[0]);
        git(&self.remote(), &["update-ref", &lane, &format!("{lane}^")]);
        git(&self.clone_dir(), &["fetch", "--quiet", "--force"]);
    }

    /// Lets the clone borrow from where the remote does, no longer from the remote: what comes there must be fetched.
    pub(super) fn stand_apart(&self) {
        let borrows = "objects/info/alternates";
        let clone = self.clone_dir().join(".git").join(borrows);
        std::fs::copy(self.remote().join(borrows), clone).expect("written");
    }

    /// Gives the remote every branch of another repository, whose objects it borrows.
    pub(super) fn grow(&self, other: &Path) {
        let find = [
            "rev-parse",
            "--path-format=absolute",
            "--git-path",
            "objects",
        ];
        let alternates = self.remote().join("objects/info/alternates");
        let mut text = std::fs::read_to_string(&alternates).expect("there");
        text.push_str(&git(other, &find));
        std::fs::write(alternates, text).expect("written");
        let format = "--format=create refs/heads/other/%(objectname) %(objectname)";
        let heads = git(other, &["for-each-ref", format, "refs/heads"]);
        // Several may have one commit.
        let heads: std::collections::BTreeSet<&str> = heads.lines().collect();
        let mut updates = String::new();
        for head in heads {
            updates.push_str(&format!("{head}\n"));
        }
        feed(&self.remote(), &["update-ref", "--stdin"], &updates);
    }

    /// Returns lines for `preflight --batch`: so many commits of the first lane, behind the newest `skip`, onto the other
    /// lanes, at most five.
    pub(super) fn picks(&self, count: usize, skip: usize) -> String {
        let (count, skip) = (format!("-{count}"), format!("--skip={skip}"));
        let lane = format!("origin/{}", self.lanes[0]);
        let list = ["log", &count, &skip, "--no-merges", "--format=%H", &lane];
        let listed = git(&self.clone_dir(), &list);
        let mut lines = String::new();
        for commit in listed.lines() {
            for lane in self.lanes.iter().skip(1).take(5) {
                lines.push_str(&format!("{commit} origin/{lane}\n"));
            }
        }
        lines
    }

    /// Returns our program in the clone, with a home of its own.
    pub(super) fn ours(&self, words: &[&str]) -> Command {
        let mut command = program(env!("CARGO_BIN_EXE_lanekeeper"));
        command
            .args(words)
            .current_dir(self.clone_dir())
            .env("HOME", self.home())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env_remove("XDG_STATE_HOME")
            .env_remove("XDG_CONFIG_HOME");
        command
    }

    /// Lets the console look at the remote as often as the default says.
    pub(super) fn poll_slowly(&self) {
        self.write_lanes("15s");
    }

    /// Lets the console look at the remote every two seconds.
    pub(super) fn poll_fast(&self) {
        self.write_lanes("2s");
    }

    fn write_lanes(&self, poll: &str) {
        let mut text =
            format!("[project]\nname = \"bench\"\nforge = \"local\"\npoll = \"{poll}\"\n");
        for (index, lane) in self.lanes.iter().enumerate() {
            let (layer, into) = match index {
                0 => ("build", self.lanes.get(1)),
                1 => ("run", self.lanes.get(2)),
                _ => ("run", None),
            };
            text.push_str(&format!(
                "\n[[lane]]\nname = \"{lane}\"\nlayer = \"{layer}\"\n"
            ));
            if let Some(into) = into {
                text.push_str(&format!("merges_into = [\"{into}\"]\n"));
            }
            if index == 2 || (index == 1 && self.lanes.len() == 2) {
                text.push_str("environment = \"production\"\n");
            }
        }
        text.push_str("\n[[environment]]\nname = \"production\"\nproduction = true\n");
        std::fs::write(self.clone_dir().join("lanekeeper.toml"), text).expect("written");
    }
}

#[expect(clippy::disallowed_methods, reason = "a bench starts programs")]
pub(super) fn program(name: &str) -> Command {
    Command::new(name)
}

/// Starts a command and gives it this input; what it prints is not read.
pub(super) fn fed(mut command: Command, input: &str) -> Child {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let mut stdin = child.stdin.take().expect("piped");
    // One that needs no input may have ended already.
    let _unread = stdin.write_all(input.as_bytes());
    child
}

fn command(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = program("git");
    command
        .args([
            "-c",
            "user.name=Bench",
            "-c",
            "user.email=bench@example.org",
        ])
        .args(arguments)
        .current_dir(dir)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null");
    command
}

fn git(dir: &Path, arguments: &[&str]) -> String {
    let output = command(dir, arguments).output().expect("git is there");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {arguments:?}: {said}");
    String::from_utf8(output.stdout).expect("names in UTF-8")
}

fn feed(dir: &Path, arguments: &[&str], input: &str) {
    let mut child = command(dir, arguments)
        .stdin(Stdio::piped())
        .spawn()
        .expect("git is there");
    let mut stdin = child.stdin.take().expect("piped");
    stdin.write_all(input.as_bytes()).expect("taken");
    drop(stdin);
    assert!(
        child.wait().expect("a child").success(),
        "git {arguments:?}"
    );
}
