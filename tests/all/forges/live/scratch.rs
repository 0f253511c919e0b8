//! A scratch project on a forge, with branches of one story, and what cleans up after it.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;

use lanekeeper::config::ForgeKind;
use lanekeeper::config::api_of;
use lanekeeper::forge::Forge;
use lanekeeper::forge::MergeOrder;
use lanekeeper::forge::NewDeployment;
use lanekeeper::forge::NewRequest;
use lanekeeper::forge::RequestEdit;
use lanekeeper::forge::RequestQuery;
use lanekeeper::forge::Written;
use lanekeeper::forge::gitea::GiteaForge;
use lanekeeper::forge::gitea::GiteaOptions;
use lanekeeper::forge::github::GithubForge;
use lanekeeper::forge::github::GithubOptions;
use lanekeeper::forge::gitlab::GitlabForge;
use lanekeeper::forge::gitlab::GitlabOptions;
use lanekeeper::forge::http::Base;
use lanekeeper::forge::http::Connection;
use lanekeeper::forge::http::Manners;
use lanekeeper::forge::http::Tls;
use lanekeeper::forge::http::Token;
use lanekeeper::forge::http::Via;
use lanekeeper::model::BranchName;
use lanekeeper::model::ChangeRequest;
use lanekeeper::model::CommitId;
use lanekeeper::model::Deployment;
use lanekeeper::model::EnvironmentName;
use lanekeeper::model::Lane;
use lanekeeper::model::Layer;
use lanekeeper::model::MergeMethod;
use lanekeeper::model::Project;
use lanekeeper::model::RequestId;
use lanekeeper::ops::BootClock;

use crate::support::repository::first_git;

/// Looks at something that the forge computes in its own time.
const LOOKS: usize = 40;
const BETWEEN: Duration = Duration::from_millis(500);

/// Stories of this process, so that two of the same second do not share their branches.
static STORIES: AtomicUsize = AtomicUsize::new(0);

/// Where the stories are played, and by whom.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// `gitea`, `forgejo`, `gitlab`, `github`.
    pub(super) kind: String,
    pub(super) url: String,
    pub(super) path: String,
    pub(super) token: String,
    /// Of somebody else, who may approve.
    pub(super) second: Option<String>,
    /// What deploys, where the project has a CI that does: a job, or the file of a workflow.
    pub(super) job: Option<String>,
    pub(super) environment: EnvironmentName,
    /// Between two looks at what a forge does in its own time.
    pub(super) between: Duration,
}

/// A scratch project, with branches of one story.
pub(super) struct Scratch {
    pub(super) place: Place,
    folder: tempfile::TempDir,
    stamp: String,
    pub(super) project: Arc<Project>,
    pub(super) forge: Arc<dyn Forge>,
    pub(super) second: Option<Arc<dyn Forge>>,
}

#[expect(clippy::disallowed_methods, reason = "a test's own switches")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.is_empty())
}

fn wanted(name: &str) -> String {
    variable(name).unwrap_or_else(|| panic!("set {name}; see the head of tests/all/forges/live.rs"))
}

/// Says why a story is not played here, past what the test harness swallows.
pub(super) fn skipped(story: &str, why: &str) {
    said(&format!("skipped: {story}"), why);
}

/// Says something past what the test harness swallows.
pub(super) fn said(what: &str, why: &str) {
    let line = format!("{what}: {why}\n");
    let mut out = std::io::stderr();
    out.write_all(line.as_bytes()).expect("somebody reads");
}

impl Place {
    /// Returns the real forge that the environment names.
    pub(super) fn of_environment() -> Self {
        let environment = variable("LANEKEEPER_LIVE_ENVIRONMENT");
        let environment = environment.as_deref().unwrap_or("production");
        Self {
            kind: wanted("LANEKEEPER_LIVE_FORGE"),
            url: wanted("LANEKEEPER_LIVE_URL")
                .trim_end_matches('/')
                .to_owned(),
            path: wanted("LANEKEEPER_LIVE_PROJECT"),
            token: wanted("LANEKEEPER_LIVE_TOKEN"),
            second: variable("LANEKEEPER_LIVE_SECOND_TOKEN"),
            job: variable("LANEKEEPER_LIVE_JOB"),
            environment: environment
                .parse()
                .expect("LANEKEEPER_LIVE_ENVIRONMENT is a name"),
            between: BETWEEN,
        }
    }

    /// Makes one person's adapter. Each forge is one arm.
    pub(super) fn adapter(&self, token: &str, project: &Arc<Project>) -> Arc<dyn Forge> {
        let Self {
            kind,
            url,
            path,
            between,
            ..
        } = self;
        let clock = Arc::new(lanekeeper::ops::now);
        let pause = *between * 2;
        let connect = |base: &str, manners: Manners| {
            let connection = Connection::new(
                Base::parse(base).expect("LANEKEEPER_LIVE_URL is an address"),
                manners,
                &Tls::default(),
                &Via::default(),
                Arc::new(Token::new(token)),
                clock.clone(),
                BootClock::system().meter(),
            );
            Arc::new(connection.expect("a connection can be set up"))
        };
        match kind.as_str() {
            "gitea" | "forgejo" => {
                let http = connect(&format!("{url}/api/v1"), Manners::default());
                let options = GiteaOptions::new(http, path, Arc::clone(project), clock.clone());
                Arc::new(GiteaForge::new(GiteaOptions { pause, ..options }))
            }
            "gitlab" => Arc::new(GitlabForge::new(GitlabOptions {
                http: connect(&api_of(ForgeKind::Gitlab, url), Manners::default()),
                path: path.to_owned(),
                project: Arc::clone(project),
                clock,
                pause,
            })),
            "github" => {
                let own = GithubForge::manners();
                let manners = Manners {
                    // A second, where there is something to wait for.
                    between_writes: own.between_writes.min(pause),
                    ..own
                };
                Arc::new(GithubForge::new(GithubOptions {
                    http: connect(&api_of(ForgeKind::Github, url), manners),
                    path: path.to_owned(),
                    project: Arc::clone(project),
                    clock,
                    pause,
                }))
            }
            other => panic!("LANEKEEPER_LIVE_FORGE: no adapter for `{other}` here"),
        }
    }

    /// Makes the adapters of both people.
    fn forges(&self, project: &Arc<Project>) -> (Arc<dyn Forge>, Option<Arc<dyn Forge>>) {
        let second = self.second.as_ref();
        (
            self.adapter(&self.token, project),
            second.map(|token| self.adapter(token, project)),
        )
    }
}

/// Returns the name that goes with a token where git asks for a password.
fn user_of(kind: &str) -> &'static str {
    match kind {
        "github" => "x-access-token",
        _ => "oauth2",
    }
}

impl Scratch {
    fn new(place: &Place) -> Self {
        let number = STORIES.fetch_add(1, Ordering::SeqCst);
        let stamp = format!("live-{}-{number}", lanekeeper::ops::now().as_second());
        let project = Arc::new(Project {
            name: "scratch".to_owned(),
            lanes: vec![Lane {
                name: "target".parse().expect("static name"),
                branch: format!("{stamp}-target").parse().expect("a branch"),
                layer: Layer::Run,
                merges_into: Vec::new(),
                environment: None,
                seats: Vec::new(),
                pattern: None,
            }],
            ..Project::default()
        });
        let (forge, second) = place.forges(&project);
        let scratch = Self {
            place: place.clone(),
            folder: tempfile::tempdir().expect("a folder"),
            stamp,
            project,
            forge,
            second,
        };
        scratch.git(&["init", "-q", "-b", "seed"]);
        scratch.git(&["config", "user.name", "Live"]);
        scratch.git(&["config", "user.email", "live@example.org"]);
        scratch.git(&["fetch", "-q", &scratch.remote(), "HEAD"]);
        scratch.git(&[
            "checkout",
            "-q",
            "-b",
            &scratch.branch("target"),
            "FETCH_HEAD",
        ]);
        scratch.commit("target", "live.txt", "first\n");
        scratch
    }

    /// Returns both people's forges for another description of the project.
    pub(super) fn described(
        &self,
        change: impl FnOnce(&mut Project),
    ) -> (Arc<dyn Forge>, Option<Arc<dyn Forge>>) {
        let mut project = Project::clone(&self.project);
        change(&mut project);
        self.place.forges(&Arc::new(project))
    }

    fn remote(&self) -> String {
        format!("{}/{}.git", self.place.url, self.place.path)
    }

    fn branch(&self, name: &str) -> String {
        format!("{}-{name}", self.stamp)
    }

    fn name(&self, name: &str) -> BranchName {
        self.branch(name).parse().expect("a branch")
    }

    /// Runs git in the clone; the token is in the environment of this child only, where the helper reads it.
    fn git(&self, arguments: &[&str]) -> String {
        self.try_git(arguments)
            .unwrap_or_else(|error| panic!("git {arguments:?}: {error}"))
    }

    /// The same, with git's own words where it did not succeed.
    fn try_git(&self, arguments: &[&str]) -> Result<String, String> {
        let helper = "!f() { test \"$1\" = get && echo \"username=$LIVE_USER\" && echo \"password=$LIVE_TOKEN\"; }; f";
        #[expect(
            clippy::disallowed_methods,
            reason = "the story pushes with git itself"
        )]
        let mut command = std::process::Command::new(first_git());
        if self.place.url.starts_with("http://127.0.0.1:") {
            // What stays on this machine needs no proxy.
            command.args(["-c", "http.proxy="]);
        }
        let output = command
            .args([
                "-c",
                "credential.helper=",
                "-c",
                &format!("credential.helper={helper}"),
            ])
            .args(arguments)
            .current_dir(self.folder.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", Path::new("/dev/null"))
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("LC_ALL", "C")
            .env("LIVE_USER", user_of(&self.place.kind))
            .env("LIVE_TOKEN", &self.place.token)
            .output()
            .expect("git can be started");
        let words = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        if output.status.success() {
            Ok(words(&output.stdout))
        } else {
            Err(words(&output.stderr))
        }
    }

    /// Goes to a branch, made where the target is.
    pub(super) fn start(&self, name: &str) {
        let (branch, target) = (self.branch(name), self.branch("target"));
        self.git(&["fetch", "-q", &self.remote(), &target]);
        self.git(&["checkout", "-q", "-b", &branch, "FETCH_HEAD"]);
    }

    /// Commits one file on a branch and pushes it.
    pub(super) fn commit(&self, name: &str, file: &str, text: &str) -> CommitId {
        let branch = self.branch(name);
        self.git(&["checkout", "-q", &branch]);
        std::fs::write(self.folder.path().join(file), text).expect("the folder is ours");
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", &format!("Change {file}")]);
        self.git(&[
            "push",
            "-q",
            &self.remote(),
            &format!("HEAD:refs/heads/{branch}"),
        ]);
        self.git(&["rev-parse", "HEAD"])
            .parse()
            .expect("git prints ids")
    }

    pub(super) fn tip(&self, name: &str) -> Option<CommitId> {
        let name = format!("refs/heads/{}", self.branch(name));
        let found = self.git(&["ls-remote", &self.remote(), &name]);
        found.split_whitespace().next()?.parse().ok()
    }

    pub(super) fn new_request(&self, name: &str) -> NewRequest {
        NewRequest {
            from: self.name(name),
            into: self.name("target"),
            title: format!("Live story {name}"),
            body: "Made by Lanekeeper's live suite; it cleans up after itself.".to_owned(),
            is_draft: false,
            labels: vec!["live".to_owned()],
            milestone: None,
            reviewers: Vec::new(),
            hotfix: None,
        }
    }

    pub(super) async fn see(&self, id: RequestId) -> ChangeRequest {
        let query = RequestQuery {
            id: Some(id),
            ..RequestQuery::default()
        };
        let mut found = self.forge.requests(&query).await.unwrap();
        assert_eq!(found.len(), 1);
        found.remove(0)
    }

    /// Looks until it is so: forges compute in their own time.
    pub(super) async fn until(
        &self,
        id: RequestId,
        is_so: impl Fn(&ChangeRequest) -> bool,
    ) -> ChangeRequest {
        for _ in 0..LOOKS {
            let seen = self.see(id).await;
            if is_so(&seen) {
                return seen;
            }
            self.moment().await;
        }
        panic!("it did not come: {:?}", self.see(id).await);
    }

    /// Lets a forge do what it does in its own time.
    pub(super) async fn moment(&self) {
        tokio::time::sleep(self.place.between).await;
    }

    /// Makes a deployment as soon as the forge can: its CI may have to hear of the commit first.
    pub(super) async fn deployment(&self, forge: &dyn Forge, new: &NewDeployment) -> Deployment {
        let mut why = String::new();
        for _ in 0..LOOKS {
            match forge.create_deployment(new).await.unwrap() {
                Written::Done(made) | Written::AlreadyDone(made) => return made,
                Written::Refused(reason) => why = reason,
                Written::Unknown(reason) => panic!("{reason}"),
            }
            self.moment().await;
        }
        panic!("{why}");
    }

    pub(super) fn order(&self, request: &ChangeRequest) -> MergeOrder {
        MergeOrder {
            request: request.id,
            method: MergeMethod::Merge,
            head: request.head.clone(),
            onto: self.tip("target").expect("it is there"),
            subject: "Merge the live story".to_owned(),
        }
    }

    /// Closes what is open and deletes the branches of this run. One that a rule of the project keeps is named: the story
    /// has not failed by that, and the rule is not ours to take away.
    async fn clean_up(&self) {
        let query = RequestQuery {
            into: Some(self.name("target")),
            only_open: true,
            ..RequestQuery::default()
        };
        let close = RequestEdit {
            is_open: Some(false),
            ..RequestEdit::default()
        };
        let listed = self.forge.requests(&query).await;
        if let Err(error) = &listed {
            said("cleaning up: requests stay open", &error.to_string());
        }
        for open in listed.unwrap_or_default() {
            let closed = self.forge.edit_request(open.id, &close).await;
            assert!(matches!(closed, Ok(Written::Done(_))), "{closed:?}");
        }
        let ours = format!("refs/heads/{}-*", self.stamp);
        let listed = self.git(&["ls-remote", &self.remote(), &ours]);
        let names = |listed: &str| -> Vec<String> {
            let names = listed
                .lines()
                .filter_map(|line| line.split_whitespace().nth(1));
            names.map(str::to_owned).collect()
        };
        let mut kept = Vec::new();
        for name in names(&listed) {
            match self.try_git(&["push", "-q", &self.remote(), "--delete", &name]) {
                Ok(_) => {}
                Err(why) if why.contains("[remote rejected]") => {
                    skipped(&format!("removing {name}"), &why);
                    kept.push(name);
                }
                Err(why) => panic!("removing {name}: {why}"),
            }
        }
        let left = self.git(&["ls-remote", &self.remote(), &ours]);
        assert_eq!(names(&left), kept, "branches of ours are left");
    }
}

/// Runs a story on a scratch of its own, and cleans up whatever became of it.
pub(super) async fn play<F>(place: &Place, story: impl FnOnce(Arc<Scratch>) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let scratch = Arc::new(Scratch::new(place));
    let ended = tokio::spawn(story(Arc::clone(&scratch))).await;
    scratch.clean_up().await;
    if let Err(failed) = ended {
        std::panic::resume_unwind(failed.into_panic());
    }
}
