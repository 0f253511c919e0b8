//! A small team on real repositories: three lanes, a console in process, and what people do with plain git.

use std::path::Path;

use lanekeeper::config::Environment;
use lanekeeper::config::Flags;
use lanekeeper::engine::Board;
use lanekeeper::engine::ChangeResult;
use lanekeeper::engine::Intent;
use lanekeeper::engine::Outcome;
use lanekeeper::engine::Plan;
use lanekeeper::engine::plan;
use lanekeeper::forge::Forge;
use lanekeeper::forge::NewRequest;
use lanekeeper::forge::RequestEdit;
use lanekeeper::forge::Written;
use lanekeeper::forge::local::LocalForge;
use lanekeeper::forge::local::LocalOptions;
use lanekeeper::model::HotfixId;
use lanekeeper::model::LONGEST_WRITE;
use lanekeeper::model::RequestId;
use lanekeeper::model::Timestamp;
use lanekeeper::ops::BackportPlan;
use lanekeeper::ops::BackportWords;
use lanekeeper::ops::Fault;
use lanekeeper::ops::OpenOptions;
use lanekeeper::ops::Silent;
use lanekeeper::ops::StartWords;
use lanekeeper::ops::Workspace;
use lanekeeper::record::Record;

use super::repository::World;

/// Lanes from BUILD into RUN, the last of them production.
pub(crate) const LANES: &str = r#"
[[lane]]
name = "integration"
layer = "build"
merges_into = ["preprod"]

[[lane]]
name = "preprod"
layer = "run"
merges_into = ["production"]

[[lane]]
name = "production"
branch = "main"
layer = "run"
environment = "production"

[[environment]]
name = "production"
production = true
"#;

/// The fewest lanes of BUILD and RUN.
pub(crate) const TWO_LANES: &str = r#"
[[lane]]
name = "develop"
layer = "build"
merges_into = ["main"]

[[lane]]
name = "main"
layer = "run"
environment = "production"

[[environment]]
name = "production"
production = true
"#;

/// A project with three lanes, and a console on it.
pub(crate) struct Team {
    pub(crate) world: World,
    runtime: tokio::runtime::Runtime,
    workspace: Workspace,
}

impl Team {
    pub(crate) fn new() -> Self {
        Self::with("")
    }

    /// The same, with more lines at the end of the team's file.
    pub(crate) fn with(more: &str) -> Self {
        let world = World::empty();
        world.write(
            "lanekeeper.toml",
            format!("[project]\nname = \"acme/shop\"\nforge = \"local\"\n{LANES}{more}"),
        );
        world.write("shop.txt", numbered(&[]));
        world.commit("The shop");
        world.switch("preprod", Some("main"));
        world.switch("integration", Some("main"));
        world.change("next.txt", "next version\n", "Work on the next version");
        world.push();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime starts");
        let workspace = runtime.block_on(open(&world, "state"));
        Self {
            world,
            runtime,
            workspace,
        }
    }

    /// The same, with its change requests on another forge.
    pub(crate) fn on(
        more: &str,
        forge: impl FnOnce(&World, &Workspace) -> std::sync::Arc<dyn Forge>,
    ) -> Self {
        let mut team = Self::with(more);
        let forge = forge(&team.world, &team.workspace);
        team.workspace = team.workspace.with_forge(forge);
        team
    }

    /// Opens somebody else's console, with a forge of theirs.
    pub(crate) fn console(&self, login: &str, forge: std::sync::Arc<dyn Forge>) -> Workspace {
        let workspace = self.wait(open(&self.world, &format!("state-{login}")));
        workspace.with_forge(forge)
    }

    pub(crate) fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    pub(crate) fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    pub(crate) fn start(&self, slug: &str) -> HotfixId {
        let words = StartWords {
            slug: slug.to_owned(),
            title: format!("Repair {slug}"),
            playbook: Some("build-run".to_owned()),
            answer_rest: Some("broken".to_owned()),
            ..StartWords::default()
        };
        let (board, intent) = self
            .runtime
            .block_on(self.workspace.start(&words))
            .expect("it can be started");
        let Intent::Start(order) = &intent else {
            panic!("start is a start");
        };
        let id = order.id.clone();
        self.carry_out(&board, &Record::empty(id.clone()), &intent);
        self.world.git(&["fetch", "-q", "origin"]);
        self.world.switch(
            &format!("hotfix/{slug}"),
            Some(&format!("origin/hotfix/{slug}")),
        );
        id
    }

    /// Plans a start; the plan is not carried out.
    pub(crate) fn start_planned(&self, slug: &str) -> Plan {
        let words = StartWords {
            slug: slug.to_owned(),
            title: format!("Repair {slug}"),
            playbook: Some("build-run".to_owned()),
            answer_rest: Some("broken".to_owned()),
            ..StartWords::default()
        };
        let started = self.runtime.block_on(self.workspace.start(&words));
        let (board, intent) = started.expect("it can be started");
        let Intent::Start(order) = &intent else {
            panic!("start is a start");
        };
        let record = Record::empty(order.id.clone());
        plan(&intent, &board.book, &record, &board.seen).expect("it can be planned")
    }

    /// Says what earlier runs left behind.
    pub(crate) fn left_behind(&self) -> Vec<String> {
        let left = self.runtime.block_on(self.workspace.interrupted());
        let left = left.expect("the remote is there");
        let left = left.into_iter().flat_map(|(_, left)| left);
        left.map(|one| one.title()).collect()
    }

    pub(crate) fn look(&self, id: &HotfixId) -> Board {
        self.runtime
            .block_on(self.workspace.look(Some(id)))
            .expect("a look")
    }

    /// Returns how many looks so far had to ask git about the lanes.
    pub(crate) fn times_answered(&self) -> usize {
        self.workspace.times_answered()
    }

    /// Plans and carries out what the words mean; the reasons where it is refused.
    pub(crate) fn tried(&self, id: &HotfixId, words: &str) -> Result<(), String> {
        let board = self.look(id);
        let intent: Intent = words.parse().expect("words of an intent");
        let record = board.record.clone().expect("a record");
        if let Err(refusal) = plan(&intent, &board.book, &record, &board.seen) {
            return Err(refusal.reasons.join("; "));
        }
        self.carry_out(&board, &record, &intent);
        Ok(())
    }

    fn carry_out(&self, board: &Board, record: &Record, intent: &Intent) {
        let plan = plan(intent, &board.book, record, &board.seen).expect("it can be planned");
        let report = self
            .runtime
            .block_on(self.workspace.execute(&plan, std::sync::Arc::new(Silent)))
            .expect("it is carried out");
        for result in &report.results {
            assert!(
                matches!(result.outcome, Outcome::Done | Outcome::Already),
                "{intent}: {} {}",
                result.call,
                result.why
            );
        }
    }

    /// Plans a backport of what the words name.
    pub(crate) fn backport(&self, words: &BackportWords) -> Result<BackportPlan, Fault> {
        self.runtime.block_on(self.workspace.backport(words))
    }

    /// Plans a backport and carries it out; it must be possible to plan.
    pub(crate) fn carry(&self, words: &BackportWords) -> Vec<ChangeResult> {
        let backport = self.backport(words).expect("it can be planned");
        let plan = backport.planned.unwrap_or_else(|refusal| {
            panic!("{}", refusal.reasons.join("; "));
        });
        self.execute(&plan)
    }

    /// Closes a change request as somebody does in another console, without a merge.
    pub(crate) fn close(&self, request: RequestId) {
        let edit = RequestEdit {
            is_open: Some(false),
            ..RequestEdit::default()
        };
        let forge = self.another_console();
        let closed = self.runtime.block_on(forge.edit_request(request, &edit));
        assert!(matches!(closed, Ok(Written::Done(_))), "{closed:?}");
    }

    /// Opens a change request as somebody does in another console.
    pub(crate) fn open_request(&self, from: &str, into: &str, labels: &[&str]) -> RequestId {
        let new = NewRequest {
            from: from.parse().expect("a branch"),
            into: into.parse().expect("a branch"),
            title: "By hand".to_owned(),
            body: "No marker here.".to_owned(),
            is_draft: false,
            labels: labels.iter().map(|&label| label.to_owned()).collect(),
            milestone: None,
            reviewers: Vec::new(),
            hotfix: None,
        };
        let forge = self.another_console();
        // The other console has the same copy of the remote, which must have been fetched since the push.
        self.runtime
            .block_on(self.workspace.repo().fetch())
            .expect("the remote is there");
        match self.runtime.block_on(forge.open_request(&new)) {
            Ok(Written::Done(request)) => request.id,
            other => panic!("{other:?}"),
        }
    }

    fn another_console(&self) -> LocalForge {
        let path = |name: &str| self.world.path().join(name);
        let options = LocalOptions {
            repo: self.workspace.repo().clone(),
            project: std::sync::Arc::new(self.workspace.settings().project.clone()),
            me: self.workspace.me().clone(),
            device: "another".to_owned(),
            pid: std::process::id(),
            prefix: self
                .workspace
                .settings()
                .record
                .of_forge()
                .prefix
                .to_string(),
            logs_dir: path("logs"),
            pin: path("pin"),
            environment: std::collections::BTreeMap::new(),
            are_commands_trusted: false,
            clock: std::sync::Arc::new(|| Timestamp::from_second(1_800_000_000)),
            head_poll: std::time::Duration::from_secs(1),
            longest_write: LONGEST_WRITE,
            notary: None,
        };
        LocalForge::new(options).expect("the prefix is a ref")
    }

    /// Returns every ref of the remote: what a run that writes nothing leaves as it is.
    pub(crate) fn refs(&self) -> String {
        self.world.git_in(&self.world.origin(), &["for-each-ref"])
    }

    pub(crate) fn execute(&self, plan: &Plan) -> Vec<ChangeResult> {
        let report = self
            .runtime
            .block_on(self.workspace.execute(plan, std::sync::Arc::new(Silent)));
        report.expect("it is carried out").results
    }

    /// Does it; it must be possible.
    pub(crate) fn act(&self, id: &HotfixId, words: &str) {
        if let Err(why) = self.tried(id, words) {
            panic!("{words}: {why}");
        }
    }

    /// Commits to the branch that is checked out, and pushes it.
    pub(crate) fn fix(&self, changed: &[(usize, &str)], message: &str) {
        self.world.change("shop.txt", numbered(changed), message);
        self.world.git(&["push", "-q", "origin", "HEAD"]);
    }

    /// Merges `from` into `into` as somebody does by hand, with more options for git.
    pub(crate) fn merge(&self, from: &str, into: &str, options: &[&str]) {
        self.world.git(&["fetch", "-q", "origin"]);
        self.world.switch(into, Some(&format!("origin/{into}")));
        let from = format!("origin/{from}");
        let arguments = [&["merge", "-q", "--no-edit"], options, &[from.as_str()]].concat();
        self.world.git(&arguments);
        if options.contains(&"--squash") {
            self.world.commit("Squashed");
        }
        self.world.git(&["push", "-q", "origin", into]);
    }
}

/// Opens a console on the clone, with a state folder of its own.
async fn open(world: &World, state: &str) -> Workspace {
    open_in(world.path(), &world.clone(), state).await
}

/// Opens a console on a clone in a world's folder, with a state folder of its own.
pub(crate) async fn open_in(world: &Path, clone: &Path, state: &str) -> Workspace {
    let (options, environment) = around(world, clone, state);
    let opened = Workspace::open(&options, &environment).await;
    opened.expect("the workspace opens")
}

/// Says where a console opens a clone in a world's folder, with nothing of the machine's own in reach.
pub(crate) fn around(world: &Path, clone: &Path, state: &str) -> (OpenOptions, Environment) {
    let mut environment = Environment::read().expect("the environment is readable");
    for (name, folder) in [
        ("HOME", "home"),
        ("XDG_STATE_HOME", state),
        ("XDG_CONFIG_HOME", "config"),
    ] {
        let folder = world.join(folder).into_os_string();
        environment.variables.insert(name.to_owned(), folder);
    }
    let options = OpenOptions {
        dir: clone.to_owned(),
        flags: Flags::default(),
    };
    (options, environment)
}

/// Thirty lines, some of them changed.
pub(crate) fn numbered(changed: &[(usize, &str)]) -> String {
    (1..=30)
        .map(|number| {
            let text = changed.iter().find(|(line, _)| *line == number);
            text.map_or_else(
                || format!("line {number}\n"),
                |(_, text)| format!("{text}\n"),
            )
        })
        .collect()
}

/// Asserts that every change is made, or was there.
pub(crate) fn assert_done(results: &[ChangeResult]) {
    for result in results {
        assert!(
            matches!(result.outcome, Outcome::Done | Outcome::Already),
            "{}: {}",
            result.call,
            result.why
        );
    }
}
