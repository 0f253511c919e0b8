//! The real binary on a forge: people who sign in with `lanekeeper login`, remotes with the forge's own address, git and
//! API on one origin. Everything that the in-process stages go around is in the way here: the settings, the detection,
//! the token's place, the connection.

mod approvals;
mod ci;
mod doctor;
mod limits;
mod login_again;
mod long_ago;
mod mirrored;
mod requests;
mod retries;
mod sentences;
mod stand;
mod story;
mod unnamed;
mod unruled;

use std::sync::Arc;
use std::sync::Mutex;

pub(super) use ci::Ci;
use lanekeeper::config::Environment;

use super::git_http::GitHttp;
use super::message::Reply;
use super::message::Request;
use super::server::Server;
use super::server::Site;
use super::spec::Described;
use super::team_file::TeamFile;
use crate::cli::project::Answer;
use crate::cli::project::Project;
use crate::support::in_time::InTime as _;
use crate::support::repository::World;
use crate::support::repository::first_git;
use crate::support::team::numbered;

/// Which forge is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    Gitlab,
    Github,
    /// The first version that runs a job again, in its place.
    Gitea,
    /// A later one, which makes another job of it.
    GiteaLater,
    Forgejo,
}

impl Which {
    /// The driver, the tech lead and the product manager, by the names that the fakes know.
    pub(super) fn people(self) -> [&'static str; 3] {
        match self {
            Self::Gitlab => ["dana", "lena", "pat"],
            Self::Github => ["dora", "lea", "mia"],
            Self::Gitea | Self::GiteaLater | Self::Forgejo => ["ana", "tia", "pia"],
        }
    }

    pub(super) fn token(self, login: &str) -> String {
        match self {
            Self::Gitlab | Self::Github => format!("token-{login}"),
            Self::Gitea | Self::GiteaLater | Self::Forgejo => format!("token-of-{login}"),
        }
    }

    /// The job of the deploy stage, and the check that CI runs.
    pub(super) fn words(self) -> [&'static str; 2] {
        match self {
            Self::Gitlab => ["deploy-prod-hotfix", "lint"],
            Self::Github => ["deploy.yml", "unit"],
            Self::Gitea | Self::GiteaLater | Self::Forgejo => ["deploy.yml", "ci/unit"],
        }
    }

    /// The team's file. The forge is not named in it: it is found out when somebody signs in.
    fn team(self) -> String {
        let [_, lead, manager] = self.people();
        let [job, check] = self.words();
        let names: &[&str] = match self {
            Self::Gitlab => &["portal", "admin", "api-gateway"],
            Self::Github | Self::Gitea | Self::GiteaLater | Self::Forgejo => &["portal", "api"],
        };
        TeamFile {
            forge: None,
            seats: [lead, manager],
            job,
            check,
            apps: names,
            migrations: None,
        }
        .text()
    }
}

/// A project on a fake forge, with a clone, a home and a login for each of three people.
pub(super) struct Hosted {
    pub(super) which: Which,
    pub(super) server: Server,
    pub(super) project: Project,
    ci: Arc<Ci>,
    expired: Arc<Mutex<Option<String>>>,
}

/// API and git on one origin. CI goes on with each look at the API.
struct Whole {
    /// A token that has ended.
    expired: Arc<Mutex<Option<String>>>,
    ci: Arc<Ci>,
    git: GitHttp,
    _world: Arc<World>,
}

impl Whole {
    fn is_expired(&self, request: &Request) -> bool {
        let expired = self.expired.lock().expect("no panic while held");
        expired.is_some() && request.token() == expired.as_deref()
    }
}

impl Site for Whole {
    fn answer(&self, request: &Request) -> Reply {
        match request.path.strip_prefix("/acme/shop.git") {
            Some(rest) => self.git.answer(rest, request),
            None if self.is_expired(request) => {
                Reply::json(401, &serde_json::json!({ "message": "Token is expired." }))
            }
            None => {
                self.ci.go_on();
                self.ci.answer(request)
            }
        }
    }

    fn description(&self) -> Option<Described> {
        self.ci.description()
    }
}

impl Hosted {
    /// Serves a project with two lanes. Nobody has a clone yet.
    pub(super) fn new(which: Which) -> Self {
        Self::with_team(which, &which.team())
    }

    /// The same with this team's file.
    fn with_team(which: Which, team: &str) -> Self {
        let world = World::empty();
        world.write("lanekeeper.toml", team);
        world.write("shop.txt", numbered(&[]));
        world.commit("The shop");
        world.switch("develop", Some("main"));
        world.change("next.txt", "next version\n", "Work on the next version");
        world.push();
        let world = Arc::new(world);
        let expired: Arc<Mutex<Option<String>>> = Arc::default();
        let kept = Arc::clone(&expired);
        let mut ci = None;
        let server = Server::start_with(|origin| Whole {
            expired: kept,
            ci: Arc::clone(ci.insert(Arc::new(Ci::new(which, &world, origin)))),
            git: GitHttp {
                bare: world.origin(),
                program: first_git(),
            },
            _world: world,
        });
        Self {
            which,
            server,
            project: Project::empty(),
            ci: ci.expect("the server began with it"),
            expired,
        }
    }

    /// The same, with everybody signed in.
    pub(super) fn with_people(which: Which) -> Self {
        Self::new(which).signed_in()
    }

    /// The same where the record is on each one's machine alone.
    pub(super) fn solo(which: Which) -> Self {
        let here = "[project]\nrecord_carrier = \"local\"\n";
        let team = which.team().replacen("[project]\n", here, 1);
        Self::with_team(which, &team).signed_in()
    }

    fn signed_in(self) -> Self {
        let hosted = self;
        for login in hosted.which.people() {
            hosted.join(login);
            hosted
                .login(login, &hosted.which.token(login), &["--in-file"])
                .ends(0);
            hosted.run(login, &["trust", "--yes"]).ends(0);
        }
        hosted
    }

    /// Lets a token end: nobody is let in by it any more.
    pub(super) fn expire(&self, token: &str) {
        let mut expired = self.expired.lock().expect("no panic while held");
        *expired = Some(token.to_owned());
    }

    /// Returns the address of the remote.
    pub(super) fn url(&self) -> String {
        format!("{}/acme/shop.git", self.server.origin())
    }

    /// Gives somebody a clone and a home.
    pub(super) fn join(&self, login: &str) {
        let project = &self.project;
        project.git(".", &["clone", "--quiet", &self.url(), login]);
        project.git(login, &["config", "user.name", login]);
        let email = format!("{login}@example.org");
        project.git(login, &["config", "user.email", &email]);
        if matches!(self.which, Which::Gitea | Which::GiteaLater) {
            // As some teams have it: a short name that git writes out.
            let key = format!("url.{}/.insteadOf", self.server.origin());
            project.git(login, &["config", &key, "forge:"]);
            let short = ["remote", "set-url", "origin", "forge:acme/shop.git"];
            project.git(login, &short);
        }
    }

    /// Starts a hotfix and pushes its fix; returns its id.
    pub(super) fn start(&self) -> String {
        let [driver, ..] = self.which.people();
        let words = [
            "start",
            "crash",
            "--title",
            "Fix the crash",
            "--yes",
            "--json",
        ];
        let answers = [
            "critical=it crashes",
            "cannot-wait=it crashes",
            "scoped=one line",
        ];
        let answers = answers.iter().flat_map(|answer| ["--answer", answer]);
        let words: Vec<&str> = words.into_iter().chain(answers).collect();
        self.run(driver, &words).ends(0);
        self.project.git(driver, &["fetch", "--quiet"]);
        self.project
            .git(driver, &["checkout", "--quiet", "hotfix/crash"]);
        let fixed = numbered(&[(3, "fixed")]);
        self.project.write(&format!("{driver}/shop.txt"), &fixed);
        self.project.commit(driver, "Fix the crash");
        let push = ["push", "--quiet", "origin", "HEAD"];
        self.project.git(driver, &push);
        let status = self.run(driver, &["status", "--json"]).ends(0).json();
        let id = status["hotfix"]["id"].as_str();
        id.expect("a hotfix is open").to_owned()
    }

    /// Returns the binary as one person runs it.
    pub(super) fn binary(&self, login: &str) -> std::process::Command {
        let mut command = self.project.binary(login);
        for (name, kind) in [("XDG_STATE_HOME", "state"), ("XDG_CONFIG_HOME", "config")] {
            command.env(name, self.project.path(&format!("{login}-{kind}")));
        }
        command
    }

    /// Returns the environment of one person, for a console in this process.
    pub(super) fn environment(&self, login: &str) -> Environment {
        let mut environment = Environment::read().expect("the environment is readable");
        for (name, folder) in [
            ("HOME", "home".to_owned()),
            ("XDG_STATE_HOME", format!("{login}-state")),
            ("XDG_CONFIG_HOME", format!("{login}-config")),
        ] {
            let folder = self.project.path(&folder).into_os_string();
            environment.variables.insert(name.to_owned(), folder);
        }
        environment
    }

    pub(super) fn run(&self, login: &str, arguments: &[&str]) -> Answer {
        let output = self.binary(login).args(arguments).output_in_time();
        Answer::new(&output.expect("the binary runs"))
    }

    /// Signs somebody in with a token that comes through a pipe.
    pub(super) fn login(&self, login: &str, token: &str, more: &[&str]) -> Answer {
        let mut command = self.binary(login);
        Answer::to(command.args(["login", "--with-token"]).args(more), token)
    }
}
