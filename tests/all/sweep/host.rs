//! A forge over HTTP with its repository over HTTP beside its API, and people who each have a clone of it: everything that
//! leaves a process leaves through a socket.

use std::process::Command;
use std::process::Stdio;
use std::sync::Arc;

use super::kills::World as Seen;
use super::kills::program;
use crate::cli::project::Answer;
use crate::forges::git_http::GitHttp;
use crate::forges::message::Reply;
use crate::forges::message::Request;
use crate::forges::server::Server;
use crate::forges::server::Site;
use crate::support::repository::World;
use crate::support::repository::first_git;

const PATH: &str = "/acme/shop.git";

/// API and git on one origin.
struct Both<S> {
    api: S,
    git: GitHttp,
}

impl<S: Site> Site for Both<S> {
    fn answer(&self, request: &Request) -> Reply {
        match request.path.strip_prefix(PATH) {
            Some(rest) => self.git.answer(rest, request),
            None => self.api.answer(request),
        }
    }
}

/// What develop has of the file that the fix changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Develop {
    AsMain,
    /// The line that the fix changes is another one there.
    Conflicts,
}

/// The forge, its repository, and everybody's clones and homes in one folder.
pub(super) struct Host {
    pub(super) world: Arc<World>,
    server: Server,
}

impl Host {
    /// Serves a project with two lanes and this team's file, which everybody trusts. `api` makes the forge for its
    /// repository and its address.
    pub(super) fn new<S: Site>(
        team: &str,
        develop: Develop,
        people: [&str; 3],
        api: impl FnOnce(&Arc<World>, &str) -> S,
    ) -> Self {
        let world = World::empty();
        world.write("lanekeeper.toml", team);
        world.change("shop.txt", "one\ntwo\nthree\n", "The shop");
        world.switch("develop", Some("main"));
        if develop == Develop::Conflicts {
            world.write("shop.txt", "one\nanother two\nthree\n");
        }
        world.change("next.txt", "next\n", "Next version");
        world.push();
        let world = Arc::new(world);
        let server = Server::start_with(|origin| Both {
            api: api(&world, origin),
            git: GitHttp {
                bare: world.origin(),
                program: first_git(),
            },
        });
        for login in people {
            world.git_in(world.path(), &["clone", "-q", "origin.git", login]);
            let clone = world.path().join(login);
            let url = format!("{}{PATH}", server.origin());
            world.git_in(&clone, &["remote", "set-url", "origin", &url]);
            world.git_in(&clone, &["config", "user.name", login]);
            let email = format!("{login}@example.org");
            world.git_in(&clone, &["config", "user.email", &email]);
        }
        let host = Self { world, server };
        for login in people {
            host.run(login, &["trust", "--yes"]).ends(0);
        }
        host
    }

    /// Commits the fix on the branch of the hotfix that was started.
    pub(super) fn push_fix(&self) {
        let world = &self.world;
        world.git(&["fetch", "-q", "origin"]);
        world.switch("hotfix/crash", Some("origin/hotfix/crash"));
        world.change("shop.txt", "one\nTWO\nthree\n", "Fix the crash");
        world.git(&["push", "-q", "origin", "HEAD"]);
    }

    /// Returns the binary as one person runs it.
    pub(super) fn binary(&self, login: &str) -> Command {
        let mut command = program(env!("CARGO_BIN_EXE_lanekeeper"));
        let folder = |name: &str| self.world.path().join(format!("{login}-{name}"));
        command
            .current_dir(self.world.path().join(login))
            .env_clear()
            .env("PATH", crate::cli::environment("PATH").unwrap_or_default())
            .env("HOME", folder("home"))
            .env("XDG_STATE_HOME", folder("state"))
            .env("XDG_CONFIG_HOME", folder("config"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("TZ", "UTC")
            .env(
                "LANEKEEPER_HOST",
                self.server.origin().trim_start_matches("http://"),
            )
            .env("LANEKEEPER_TOKEN", format!("token-{login}"))
            .stdin(Stdio::null());
        command
    }

    pub(super) fn run<S: AsRef<std::ffi::OsStr>>(&self, login: &str, words: &[S]) -> Answer {
        let output = self.binary(login).args(words).output();
        Answer::new(&output.expect("the binary runs"))
    }

    /// The same, with what it said written down.
    pub(super) fn say<S: AsRef<str>>(&self, login: &str, words: &[S], said: &mut String) -> Answer {
        let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
        let answer = self.run(login, &words);
        *said += &format!(
            "{}: {}\n{}{}\n",
            words.join(" "),
            answer.code,
            answer.out,
            answer.notes
        );
        answer
    }

    /// Takes in what the repository has, and what one person sees of the hotfix.
    pub(super) fn see(&self, login: &str, seen: &mut Seen) {
        let origin = self.world.origin();
        let git = |words: &[&str]| self.world.git_in(&origin, words);
        for name in git(&["for-each-ref", "--format=%(refname)"]).lines() {
            let name = match name.split_once("/develop-") {
                Some((before, _)) => before,
                None if name.starts_with("refs/lanekeeper/v1/hotfixes/") => "a record",
                None => name,
            };
            seen.count(name);
        }
        for branch in ["main", "develop"] {
            let commits = git(&["rev-list", "--first-parent", branch]);
            commits
                .lines()
                .for_each(|_| seen.count(format!("a commit of {branch}")));
        }
        let ask = |words: &[&str]| self.run(login, words).ends(0).json();
        seen.take_log(&ask(&["log", "--json"]), &["effect.", "intent."]);
        seen.take_status(&ask(&["status", "--json"]));
    }
}
