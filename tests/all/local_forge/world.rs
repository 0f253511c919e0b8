//! A bare remote, a project, and one console per person, all in a temporary folder.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use lanekeeper::forge::local::LocalForge;
use lanekeeper::forge::local::LocalOptions;
use lanekeeper::git::CommandEnvironment;
use lanekeeper::git::Git;
use lanekeeper::git::Repo;
use lanekeeper::git::UserClone;
use lanekeeper::model::App;
use lanekeeper::model::BranchName;
use lanekeeper::model::CheckRule;
use lanekeeper::model::CommitId;
use lanekeeper::model::Environment;
use lanekeeper::model::Health;
use lanekeeper::model::HealthProbe;
use lanekeeper::model::LONGEST_WRITE;
use lanekeeper::model::Lane;
use lanekeeper::model::Layer;
use lanekeeper::model::OverrideRules;
use lanekeeper::model::Person;
use lanekeeper::model::Project;
use lanekeeper::model::RemoteName;
use lanekeeper::model::Roles;
use lanekeeper::model::Timestamp;

use crate::support::in_time::InTime as _;
use crate::support::repository::first_git;

pub(crate) const CHAIN: &str = "refs/lanekeeper/v1/forge";
const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

pub(crate) struct World {
    folder: tempfile::TempDir,
    git: Git,
}

/// One person's console: a clone, our own repository beside it, and the forge.
pub(crate) struct Console {
    pub(crate) forge: LocalForge,
    pub(crate) repo: Repo,
}

pub(crate) fn branch(name: &str) -> BranchName {
    name.parse().expect("static name")
}

fn git_at(program: PathBuf, home: &Path) -> Git {
    let environment = CommandEnvironment {
        git: Some(program),
        variables: vec![
            ("PATH".to_owned(), PATH.into()),
            ("HOME".to_owned(), home.into()),
            ("GIT_CONFIG_NOSYSTEM".to_owned(), "1".into()),
            ("GIT_CONFIG_GLOBAL".to_owned(), "/dev/null".into()),
        ],
    };
    Git::find(environment).expect("git is installed")
}

impl World {
    /// Makes a remote with `main` and `hotfix/npe` one commit ahead of it.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let git = git_at(first_git(), folder.path());
        let world = Self { folder, git };
        world.run(&["init", "-q", "--bare", "-b", "main", "origin.git"], "");
        world.run(&["clone", "-q", "origin.git", "seed"], "");
        world.run(&["checkout", "-q", "-b", "main"], "seed");
        world.commit("main", "app.txt", "1\n");
        world.branch_off("hotfix/npe", "main");
        world.commit("hotfix/npe", "fix.txt", "fixed\n");
        world
    }

    /// Lets the consoles that are opened from now on use another git.
    pub(crate) fn use_git(&mut self, program: PathBuf) {
        self.git = git_at(program, self.folder.path());
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs git in a folder of the world.
    pub(crate) fn run(&self, arguments: &[&str], folder: &str) -> String {
        #[expect(
            clippy::disallowed_methods,
            reason = "tests build their repositories with git itself"
        )]
        let output = std::process::Command::new("git")
            .args(arguments)
            .current_dir(self.path(folder))
            .env_clear()
            .env("PATH", PATH)
            .env("HOME", self.folder.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_AUTHOR_NAME", "Dev")
            .env("GIT_AUTHOR_EMAIL", "dev@example.org")
            .env("GIT_COMMITTER_NAME", "Dev")
            .env("GIT_COMMITTER_EMAIL", "dev@example.org")
            .output_in_time()
            .expect("git is installed");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {arguments:?}: {error}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Makes a branch on the remote.
    pub(crate) fn branch_off(&self, name: &str, from: &str) {
        self.run(&["checkout", "-q", "-B", name, from], "seed");
        self.run(&["push", "-q", "origin", name], "seed");
    }

    /// Commits one file on a branch, as the developer, and pushes.
    pub(crate) fn commit(&self, name: &str, file: &str, text: &str) -> CommitId {
        // The very first commit is made on a branch that is not there yet.
        if self.tip(name).is_some() {
            self.run(&["fetch", "-q"], "seed");
            self.run(&["checkout", "-q", name], "seed");
            self.run(
                &["reset", "-q", "--hard", &format!("origin/{name}")],
                "seed",
            );
        }
        std::fs::write(self.path("seed").join(file), text).expect("seed is ours");
        self.run(&["add", "-A"], "seed");
        self.run(&["commit", "-q", "-m", &format!("Change {file}")], "seed");
        self.run(&["push", "-q", "origin", name], "seed");
        self.tip(name).expect("just pushed")
    }

    /// Returns where a branch is on the remote.
    pub(crate) fn tip(&self, name: &str) -> Option<CommitId> {
        let full = format!("refs/heads/{name}");
        let all = self.run(
            &["for-each-ref", "--format=%(objectname)", &full],
            "origin.git",
        );
        all.lines().next().and_then(|id| id.parse().ok())
    }

    /// Returns how many events the chain has, making sure that it is linear.
    pub(crate) fn events(&self) -> usize {
        let merges = self.run(
            &["rev-list", "--count", "--min-parents=2", CHAIN],
            "origin.git",
        );
        assert_eq!(merges, "0");
        let count = self.run(&["rev-list", "--count", CHAIN], "origin.git");
        count.parse().expect("a number")
    }

    /// Opens the console of a person in a clone of their own.
    pub(crate) fn console(&self, person: &str, project: &Project) -> Console {
        self.console_with(person, project, |_| {})
    }

    pub(crate) fn console_with(
        &self,
        person: &str,
        project: &Project,
        change: impl FnOnce(&mut LocalOptions),
    ) -> Console {
        let clone_dir = self.path(person);
        if !clone_dir.exists() {
            self.run(&["clone", "-q", "origin.git", person], "");
        }
        let clone = UserClone::discover(&self.git, &clone_dir).expect("just cloned");
        let origin = self.path("origin.git");
        let own = self.path(&format!("own-{person}"));
        let url = origin.to_str().expect("UTF-8");
        let repo = Repo::ensure(&self.git, &own, &clone, url).expect("a repository can be made");
        let environment = [
            ("PATH", PATH),
            ("HOME", self.folder.path().to_str().expect("UTF-8")),
            ("SECRET_TOKEN", "hunter2"),
        ];
        let mut options = LocalOptions {
            repo: repo.clone(),
            project: Arc::new(project.clone()),
            me: Person::from_email(person, &format!("{person}@example.org")),
            device: format!("{person}-laptop"),
            pid: std::process::id(),
            prefix: "refs/lanekeeper/v1".to_owned(),
            logs_dir: self.path(&format!("logs-{person}")),
            pin: self.path(&format!("pin-{person}")),
            environment: BTreeMap::from(
                environment.map(|(name, value)| (name.to_owned(), value.to_owned())),
            ),
            are_commands_trusted: true,
            clock: Arc::new(|| Timestamp::from_second(1_775_986_267)),
            head_poll: Duration::from_millis(20),
            longest_write: LONGEST_WRITE,
            notary: None,
        };
        change(&mut options);
        let forge = LocalForge::new(options).expect("the prefix is a ref");
        Console { forge, repo }
    }
}

impl Console {
    /// Looks at the remote.
    pub(crate) async fn fetch(&self) {
        self.repo.fetch().await.expect("the remote is a folder");
    }
}

pub(crate) fn argv(script: &str) -> Vec<String> {
    ["sh", "-c", script].map(str::to_owned).to_vec()
}

/// A project with one production lane, two seats, one check and three apps.
pub(crate) fn project() -> Project {
    let seats = vec![
        "tech-lead".parse().expect("static name"),
        "product-manager".parse().expect("static name"),
    ];
    let members = |names: &[&str]| -> Vec<String> {
        names
            .iter()
            .map(|name| format!("{name}@example.org"))
            .collect()
    };
    Project {
        name: "shop".to_owned(),
        lanes: vec![Lane {
            name: "main".parse().expect("static name"),
            branch: "main".parse().expect("static pattern"),
            layer: Layer::Run,
            merges_into: Vec::new(),
            environment: Some("production".parse().expect("static name")),
            seats: seats.clone(),
            pattern: None,
        }],
        environments: vec![Environment {
            name: "production".parse().expect("static name"),
            is_production: true,
            seats: seats.clone(),
            job: Some("deploy-prod-hotfix".to_owned()),
            apps: ["portal", "admin", "api-gateway"]
                .map(|name| name.parse().expect("static name"))
                .to_vec(),
            migrations: Some(argv("test -f fix.txt && echo migrated")),
            hotfix_sandbox: None,
            is_org: false,
        }],
        roles: Roles(BTreeMap::from([
            (seats[0].clone(), members(&["ana", "tia", "bob"])),
            (seats[1].clone(), members(&["pia", "bob"])),
        ])),
        checks: vec![CheckRule {
            name: "unit".parse().expect("static name"),
            command: Some(argv(
                "test -f fix.txt && echo tested $LANEKEEPER_HEAD into $LANEKEEPER_TARGET ${SECRET_TOKEN:-safe}",
            )),
            is_required: true,
            lanes: Vec::new(),
            timeout: Duration::from_secs(60),
        }],
        apps: vec![
            app(
                "portal",
                "echo up > ../portal; echo deployed $LANEKEEPER_APP",
                None,
            ),
            app(
                "admin",
                "echo deployed $LANEKEEPER_APP",
                Some(HealthProbe::Command(argv(
                    "test \"$LANEKEEPER_APP\" = admin",
                ))),
            ),
            app("api-gateway", "echo deployed $LANEKEEPER_APP", None),
        ],
        checklist: Vec::new(),
        freezes: Vec::new(),
        remote: RemoteName::default(),
        overrides: OverrideRules::default(),
    }
}

pub(crate) fn app(name: &str, script: &str, probe: Option<HealthProbe>) -> App {
    App {
        name: name.parse().expect("static name"),
        deploy: argv(script),
        health: probe.map(|probe| Health {
            probe,
            attempts: 2,
            interval: Duration::from_millis(1),
            timeout: Duration::from_secs(30),
        }),
    }
}
