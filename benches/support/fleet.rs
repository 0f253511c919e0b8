//! Made-up repositories with 20 lanes and as many commits as wanted, by `git fast-import`.

use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;
use std::sync::OnceLock;

use lanekeeper::config::Environment;
use lanekeeper::config::Flags;
use lanekeeper::engine::Board;
use lanekeeper::git::CommandEnvironment;
use lanekeeper::git::Git;
use lanekeeper::git::Repo;
use lanekeeper::git::UserClone;
use lanekeeper::model::CommitId;
use lanekeeper::ops::OpenOptions;
use lanekeeper::ops::Workspace;

/// Lanes: the main one, and releases that were cut from it at even distances and went on.
const LANES: usize = 20;
/// Commits on each release after it was cut.
const ON_RELEASE: usize = 200;
/// 2020-01-01.
const BEGIN: usize = 1_577_836_800;

/// A remote, a clone with `lanekeeper.toml`, and a home of its own.
pub(super) struct Fleet {
    pub(super) commits: usize,
    root: tempfile::TempDir,
    /// Where our own repository is.
    own: OnceLock<PathBuf>,
    runtime: tokio::runtime::Runtime,
}

impl Fleet {
    /// Makes a remote with about so many commits, a clone with git's commit-graph file, and our own repository.
    pub(super) fn make(commits: usize) -> Self {
        let fleet = Self {
            commits,
            root: tempfile::tempdir().expect("a temporary folder"),
            own: OnceLock::new(),
            runtime: tokio::runtime::Runtime::new().expect("a runtime"),
        };
        std::fs::create_dir_all(fleet.home()).expect("made");
        let root = fleet.root.path();
        fleet.git(
            root,
            &[
                "init",
                "--quiet",
                "--bare",
                "--initial-branch=main",
                "remote.git",
            ],
        );
        fleet.feed(
            &fleet.remote(),
            &["fast-import", "--quiet"],
            &story(commits),
        );
        fleet.git(
            root,
            &[
                "clone",
                "--quiet",
                "--shared",
                "--no-checkout",
                "remote.git",
                "clone",
            ],
        );
        fleet.git(&fleet.clone_dir(), &["config", "user.name", "Bench"]);
        fleet.git(
            &fleet.clone_dir(),
            &["config", "user.email", "bench@example.org"],
        );
        fleet.git(
            &fleet.clone_dir(),
            &["commit-graph", "write", "--reachable"],
        );
        std::fs::write(fleet.clone_dir().join("lanekeeper.toml"), team()).expect("written");
        let workspace = fleet.workspace();
        let board = fleet.runtime.block_on(workspace.look(None));
        let lanes = board.expect("the remote is there").book.project.lanes;
        assert_eq!(lanes.len(), LANES);
        fleet
    }

    fn home(&self) -> PathBuf {
        self.root.path().join("home")
    }

    fn remote(&self) -> PathBuf {
        self.root.path().join("remote.git")
    }

    fn clone_dir(&self) -> PathBuf {
        self.root.path().join("clone")
    }

    /// Opens our own repository as a new process would.
    pub(super) fn open(&self) -> Repo {
        let git = Git::find(self.commands()).expect("git is there");
        let clone = UserClone::discover(&git, &self.clone_dir()).expect("the clone is there");
        let made = || self.workspace().repo().dir().to_owned();
        let dir = self.own.get_or_init(made);
        let remote = self.remote();
        Repo::ensure(&git, dir, &clone, &remote.to_string_lossy()).expect("made before")
    }

    /// Opens the workspace as a new process would.
    pub(super) fn workspace(&self) -> Workspace {
        let options = OpenOptions {
            dir: self.clone_dir(),
            flags: Flags::default(),
        };
        let environment = self.environment();
        let opening = Workspace::open(&options, &environment);
        self.runtime.block_on(opening).expect("it opens")
    }

    fn environment(&self) -> Environment {
        Environment {
            variables: self.variables().into_iter().collect(),
            current_dir: self.clone_dir(),
        }
    }

    /// Looks at everything, without the network.
    pub(super) fn look(&self, workspace: &Workspace) -> Board {
        let look = workspace.look_offline(None);
        self.runtime.block_on(look).expect("it was seen before")
    }

    /// Answers how far each pair of lanes is apart.
    pub(super) fn ahead_behind(&self, repo: &Repo) -> usize {
        let tips: Vec<CommitId> = repo.tips().expect("fetched").into_values().collect();
        let mut sum = 0;
        repo.prepare_lanes(&tips).expect("fetched");
        for (index, a) in tips.iter().enumerate() {
            for b in &tips[index + 1..] {
                let (ahead, behind) = repo.ahead_behind(a, b).expect("both are there");
                sum += ahead + behind;
            }
        }
        sum
    }

    /// Asks git how far each lane is from the main one.
    pub(super) fn git_ahead_behind(&self) -> String {
        self.git(
            &self.clone_dir(),
            &[
                "for-each-ref",
                "--format=%(ahead-behind:origin/main)",
                "refs/remotes/origin",
            ],
        )
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "git is found where a shell would find it"
    )]
    fn variables(&self) -> Vec<(String, std::ffi::OsString)> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut variables = vec![
            ("PATH".to_owned(), path),
            ("HOME".to_owned(), self.home().into()),
        ];
        for (name, value) in [
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ] {
            variables.push((name.to_owned(), value.into()));
        }
        variables
    }

    fn commands(&self) -> CommandEnvironment {
        CommandEnvironment {
            git: self.environment().find_program("git", None),
            variables: self.variables(),
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "git itself makes the repository and is what we compare with"
    )]
    fn command(&self, dir: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        command
            .args(arguments)
            .current_dir(dir)
            .env_clear()
            .envs(self.variables());
        command
    }

    fn git(&self, dir: &Path, arguments: &[&str]) -> String {
        let output = self.command(dir, arguments).output().expect("git is there");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {arguments:?}: {said}");
        String::from_utf8(output.stdout).expect("names in UTF-8")
    }

    fn feed(&self, dir: &Path, arguments: &[&str], input: &str) {
        let mut child = self
            .command(dir, arguments)
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
}

/// Writes the history for `git fast-import`: every fourth commit of the main line is a merge of a short branch.
fn story(commits: usize) -> String {
    let mut text = String::new();
    // Each merge brings a commit of its own.
    let on_main = (commits - (LANES - 1) * ON_RELEASE) * 4 / 5;
    let every = on_main / LANES;
    let mut mark = 0;
    let mut main = None;
    let mut cuts = Vec::new();
    let mut commit = |branch: &str, parents: &[usize]| -> usize {
        mark += 1;
        let second = BEGIN + mark * 60;
        writeln!(text, "commit refs/heads/{branch}\nmark :{mark}").expect("a string");
        writeln!(text, "committer Bench <bench@example.org> {second} +0000").expect("a string");
        writeln!(text, "data 5\nwork\n").expect("a string");
        for (index, parent) in parents.iter().enumerate() {
            let word = if index == 0 { "from" } else { "merge" };
            writeln!(text, "{word} :{parent}").expect("a string");
        }
        let folder = mark % 40;
        let content = format!("{mark}\n");
        writeln!(
            text,
            "M 100644 inline src/{folder}/{}.txt\ndata {}\n{content}",
            mark % 7,
            content.len()
        )
        .expect("a string");
        mark
    };
    for number in 1..=on_main {
        let parents: Vec<usize> = main.into_iter().collect();
        let is_merge = number % 4 == 0;
        main = Some(match main {
            Some(first) if is_merge => {
                let side = commit("topic", &[first]);
                commit("main", &[first, side])
            }
            Some(_) | None => commit("main", &parents),
        });
        if number % every == 0 && cuts.len() < LANES - 1 {
            cuts.extend(main);
        }
    }
    for (index, cut) in cuts.into_iter().enumerate() {
        let branch = format!("release-{index:02}");
        let mut at = cut;
        for _ in 0..ON_RELEASE {
            at = commit(&branch, &[at]);
        }
    }
    text.push_str("reset refs/heads/topic\nfrom 0000000000000000000000000000000000000000\n");
    text
}

fn team() -> String {
    let mut text = "[project]\nname = \"fleet\"\nforge = \"local\"\n".to_owned();
    let lane = |text: &mut String, name: &str, layer: &str, more: &str| {
        writeln!(
            text,
            "\n[[lane]]\nname = \"{name}\"\nlayer = \"{layer}\"\n{more}"
        )
        .expect("a string");
    };
    lane(&mut text, "main", "build", "merges_into = [\"release-18\"]");
    lane(
        &mut text,
        "release-18",
        "run",
        "merges_into = [\"release-17\"]",
    );
    lane(
        &mut text,
        "release-17",
        "run",
        "environment = \"production\"",
    );
    for index in (0..17).rev() {
        lane(&mut text, &format!("release-{index:02}"), "run", "");
    }
    text.push_str("\n[[environment]]\nname = \"production\"\nproduction = true\n");
    text
}
