//! The kill sweep against a forge over HTTP: a GitLab whose ledger is its state, and git over HTTP beside its API, so
//! that everything that leaves the process leaves through a socket.

use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::Mutex;

use super::hosted_acts::BACKPORT;
use super::hosted_acts::RETRY;
use super::hosted_acts::SOLO_NOTE;
use super::hosted_acts::SOLO_OPEN;
use super::hosted_acts::STORY;
use super::hosted_acts::before;
use super::kills::Ground;
use super::kills::World as Seen;
use super::kills::program;
use super::kills::sweep;
use super::sample::Share;
use super::tell;
use super::trace;
use crate::cli::project::Answer;
use crate::forges::fake_gitlab::FakeGitlab;
use crate::forges::fake_gitlab::State;
use crate::forges::git_http::GitHttp;
use crate::forges::message::Reply;
use crate::forges::message::Request;
use crate::forges::server::Server;
use crate::forges::server::Site;
use crate::forges::spec::Described;
use crate::forges::team_file::TeamFile;
use crate::support::repository::World;
use crate::support::repository::first_git;

const PATH: &str = "/acme/shop.git";

/// A GitLab with its repository over HTTP.
struct Host {
    api: FakeGitlab,
    git: GitHttp,
}

impl Site for Host {
    fn answer(&self, request: &Request) -> Reply {
        match request.path.strip_prefix(PATH) {
            Some(rest) => self.git.answer(rest, request),
            None => self.api.answer(request),
        }
    }

    fn description(&self) -> Option<Described> {
        self.api.description()
    }
}

struct Stage {
    world: Arc<World>,
    state: Arc<Mutex<State>>,
    kept: Mutex<State>,
    server: Server,
    act: usize,
    /// The words of the act, with the go-live's id in its place.
    said: Vec<String>,
}

impl Stage {
    /// Plays the story up to the act `at`, without harm.
    fn before(at: usize) -> Self {
        let world = World::empty();
        let team = TeamFile {
            forge: Some("gitlab"),
            ..TeamFile::GITLAB
        };
        let mut text = team.text();
        if matches!(at, SOLO_OPEN | SOLO_NOTE) {
            let here = "[project]\nrecord_carrier = \"local\"\n";
            text = text.replacen("[project]\n", here, 1);
        }
        world.write("lanekeeper.toml", text);
        world.change("shop.txt", "one\ntwo\nthree\n", "The shop");
        world.switch("develop", Some("main"));
        world.change("next.txt", "next\n", "Next version");
        world.push();
        let world = Arc::new(world);
        let mut state = State::new();
        state.has_ci = true;
        let kept = Mutex::new(state.clone());
        let state = Arc::new(Mutex::new(state));
        let (own, api) = (Arc::clone(&world), Arc::clone(&state));
        let server = Server::start_with(|origin| Host {
            git: GitHttp {
                bare: own.origin(),
                program: first_git(),
            },
            api: FakeGitlab::new(own, origin, api),
        });
        for login in ["dana", "lena", "pat"] {
            world.git_in(world.path(), &["clone", "-q", "origin.git", login]);
            let clone = world.path().join(login);
            let url = format!("{}{PATH}", server.origin());
            world.git_in(&clone, &["remote", "set-url", "origin", &url]);
            world.git_in(&clone, &["config", "user.name", login]);
            let email = format!("{login}@example.org");
            world.git_in(&clone, &["config", "user.email", &email]);
        }
        let mut stage = Self {
            world,
            state,
            kept,
            server,
            act: 0,
            said: Vec::new(),
        };
        for login in ["dana", "lena", "pat"] {
            let words = ["trust", "--yes"].map(str::to_owned);
            stage.run(login, &words).ends(0);
        }
        for act in before(at) {
            stage.come_to(act);
            let answer = stage.run(STORY[act].login, &stage.said);
            assert_eq!(
                answer.code, 0,
                "{:?}: {}{}",
                stage.said, answer.out, answer.notes
            );
            if act == 0 {
                stage.world.git(&["fetch", "-q", "origin"]);
                stage
                    .world
                    .switch("hotfix/crash", Some("origin/hotfix/crash"));
                stage
                    .world
                    .change("shop.txt", "one\nTWO\nthree\n", "Fix the crash");
                stage.world.git(&["push", "-q", "origin", "HEAD"]);
            }
        }
        stage.come_to(at);
        *stage.kept.lock().unwrap() = stage.state.lock().unwrap().clone();
        stage
    }

    /// Lets the forge do its part, and whoever approves look at the diff.
    fn come_to(&mut self, at: usize) {
        let act = &STORY[at];
        self.act = at;
        (act.before)(&mut self.state.lock().unwrap());
        let of = |word: &&str| match *word {
            "GO-LIVE" => self.go_live(),
            other => other.to_owned(),
        };
        self.said = act.words.iter().map(of).collect();
        if let [verb, id, ..] = self.said.as_slice()
            && verb == "approve"
        {
            self.run(act.login, &["diff".to_owned(), id.clone()]);
        }
    }

    fn go_live(&self) -> String {
        let list = self
            .run("lena", &["approvals".to_owned(), "--json".to_owned()])
            .json();
        let groups = ["mine", "waiting", "seen"].iter();
        let mut items = groups.flat_map(|group| {
            list["groups"][group]
                .as_array()
                .cloned()
                .unwrap_or_default()
        });
        let id = items.find_map(|item| {
            item["id"]
                .as_str()
                .filter(|id| id.starts_with("deployment:"))
                .map(str::to_owned)
        });
        id.unwrap_or_else(|| panic!("no go-live in {list}"))
    }

    fn binary(&self, login: &str) -> Command {
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

    fn run(&self, login: &str, words: &[String]) -> Answer {
        Answer::new(
            &self
                .binary(login)
                .args(words)
                .output()
                .expect("the binary runs"),
        )
    }
}

impl Ground for Stage {
    fn words(&self) -> String {
        format!(
            "{}: {}",
            STORY[self.act].login,
            STORY[self.act].words.join(" ")
        )
    }

    fn command(&self) -> Command {
        let mut command = self.binary(STORY[self.act].login);
        command.args(&self.said);
        command
    }

    fn code(&self) -> i32 {
        0
    }

    fn folder(&self) -> PathBuf {
        self.world.path().to_owned()
    }

    fn rewind(&self) {
        *self.state.lock().unwrap() = self.kept.lock().unwrap().clone();
    }

    fn recover(&self) -> String {
        let login = STORY[self.act].login;
        let mut said = String::new();
        let mut say = |words: &[String]| {
            let answer = self.run(login, words);
            said += &format!(
                "{}: {}\n{}{}\n",
                words.join(" "),
                answer.code,
                answer.out,
                answer.notes
            );
        };
        // Who finds a note on record, and nothing cut off after it, does not say it again: that would be another one.
        let is_over = self.act == SOLO_NOTE && {
            let told = |words: &str| {
                self.run(login, &[words.to_owned(), "--json".to_owned()])
                    .out
            };
            told("log").contains("mine") && !told("status").contains("interrupted")
        };
        if !is_over {
            say(&self.said);
        }
        if self.act == 0 {
            // A hotfix that was opened without its branch: its first step pushes it.
            say(&["do", "implement", "--yes"].map(str::to_owned));
        }
        said
    }

    fn finish(&self) {
        // The same words open the request and, where it is open, merge it.
        if STORY[self.act].words == STORY[BACKPORT].words {
            let words = ["do", "backport", "--target", "develop", "--yes"].map(str::to_owned);
            self.run("dana", &words);
        }
        // A copy that was cut off is brought up to date by the next plan.
        if matches!(self.act, SOLO_OPEN | SOLO_NOTE) {
            let words = ["note", "one more", "--yes"].map(str::to_owned);
            self.run("dana", &words).ends(0);
        }
    }

    fn world(&self) -> Seen {
        let mut seen = Seen::default();
        {
            let state = self.state.lock().unwrap();
            for mr in &state.mrs {
                seen.count(format!("request {} into {}", mr.state, mr.into));
                mr.labels
                    .iter()
                    .for_each(|label| seen.count(format!("label {label}")));
                for (_, text, _) in &mr.notes {
                    seen.count("comment");
                    if text.contains("note: mine") {
                        seen.count("the note in the copy of the record");
                    }
                }
                mr.approvals.iter().for_each(|_| seen.count("approval"));
            }
            for job in &state.jobs {
                seen.count(format!("job {} {}", job.name, job.status));
            }
            let votes = state.deployments.iter().flat_map(|one| &one.approvals);
            votes.for_each(|vote| seen.count(format!("vote of {}", vote.user.username)));
        }
        let origin = self.world.origin();
        let refs = self
            .world
            .git_in(&origin, &["for-each-ref", "--format=%(refname)"]);
        for name in refs.lines() {
            let name = match name.split_once("/develop-") {
                Some((before, _)) => before,
                None if name.starts_with("refs/lanekeeper/v1/hotfixes/") => "a record",
                None => name,
            };
            seen.count(name);
        }
        for branch in ["main", "develop"] {
            let commits = self
                .world
                .git_in(&origin, &["rev-list", "--first-parent", branch]);
            commits
                .lines()
                .for_each(|_| seen.count(format!("a commit of {branch}")));
        }
        let ask = |words: &str| {
            let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
            self.run("dana", &words).ends(0).json()
        };
        seen.take_log(&ask("log --json"), &["effect.", "intent."]);
        seen.take_status(&ask("status --json"));
        seen
    }
}

fn survives(act: usize) {
    let share = Share::wanted();
    if let Some(why) = trace::why_not() {
        tell(&format!("skipped: {why}"));
        return;
    }
    sweep(&Stage::before(act), share);
}

/// Each of these runs the part of the day, or what `LANEKEEPER_SWEEP` names.
macro_rules! sweeps {
    ($($name:ident: $index:expr,)*) => {$(
        #[test]
        fn $name() {
            survives($index);
        }
    )*};
}

sweeps! {
    a_start_on_gitlab_survives_a_kill_at_any_call: 0,
    opening_a_request_on_gitlab_survives_a_kill_at_any_call: 1,
    a_comment_on_gitlab_survives_a_kill_at_any_call: 2,
    a_merge_on_gitlab_survives_a_kill_at_any_call: 3,
    an_approval_of_a_go_live_on_gitlab_survives_a_kill_at_any_call: 4,
    the_last_approval_of_a_go_live_on_gitlab_survives_a_kill_at_any_call: 5,
    the_start_of_a_go_live_on_gitlab_survives_a_kill_at_any_call: 6,
    a_backport_on_gitlab_survives_a_kill_at_any_call: 7,
    the_merge_of_a_backport_on_gitlab_survives_a_kill_at_any_call: 8,
    migrations_on_gitlab_survive_a_kill_at_any_call: 9,
    a_tick_on_gitlab_survives_a_kill_at_any_call: 10,
    another_try_of_a_failed_job_on_gitlab_survives_a_kill_at_any_call: RETRY,
    a_request_and_the_copy_of_the_record_on_gitlab_survive_a_kill_at_any_call: SOLO_OPEN,
    a_note_and_the_copy_of_the_record_on_gitlab_survive_a_kill_at_any_call: SOLO_NOTE,
}
