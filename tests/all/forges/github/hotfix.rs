//! A whole hotfix on GitHub, by three people: from the first commit to production and back into BUILD.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::Duration;

use lanekeeper::config::Environment;
use lanekeeper::config::Flags;
use lanekeeper::engine::Board;
use lanekeeper::engine::Intent;
use lanekeeper::engine::Outcome;
use lanekeeper::engine::StepState;
use lanekeeper::engine::plan;
use lanekeeper::model::HotfixId;
use lanekeeper::ops::OpenOptions;
use lanekeeper::ops::Silent;
use lanekeeper::ops::StartWords;
use lanekeeper::ops::Workspace;
use lanekeeper::record::Record;

use crate::forges::fake_github::FakeGithub;
use crate::forges::server::Server;
use crate::support::repository::World;
use crate::support::team::numbered;

use crate::forges::looked_at;

use super::stage::chain;
use super::stage::forge;
use super::stage::serve;

const CONFIG: &str = r#"
[project]
name = "acme/shop"
forge = "local"

[[lane]]
name = "integration"
layer = "build"
merges_into = ["preprod"]

[[lane]]
name = "preprod"
layer = "run"
merges_into = ["production"]
seats = ["tech-lead"]

[[lane]]
name = "production"
branch = "main"
layer = "run"
environment = "production"
seats = ["tech-lead", "product-manager"]

[[environment]]
name = "production"
production = true
seats = ["tech-lead", "product-manager"]
job = "deploy.yml"
apps = ["portal", "api"]

[roles]
tech-lead = ["lea"]
product-manager = ["@mia"]

[[check]]
name = "unit"
required = true

[[app]]
name = "portal"
deploy = ["true"]

[[app]]
name = "api"
deploy = ["true"]
"#;

/// One clone with a console for each of three people.
struct Office {
    world: Arc<World>,
    fake: FakeGithub,
    _server: Server,
    dora: Workspace,
    lea: Workspace,
    mia: Workspace,
}

impl Office {
    async fn new() -> Self {
        let world = World::empty();
        world.write("lanekeeper.toml", CONFIG);
        world.write("shop.txt", numbered(&[]));
        world.commit("The shop");
        world.switch("preprod", Some("main"));
        world.switch("integration", Some("main"));
        world.change("next.txt", "next version\n", "Work on the next version");
        world.push();
        let world = Arc::new(world);
        let (fake, server) = serve(&world);
        {
            let mut state = fake.state();
            chain(&mut state, "deploy.yml");
            state.deletes_branches = true;
            state.checks_for = 1;
            for branch in ["preprod", "main", "integration"] {
                let unit = vec!["unit".to_owned()];
                state.required.insert(branch.to_owned(), unit);
            }
            state.wants_reviews.insert("preprod".to_owned(), 1);
            state.wants_reviews.insert("main".to_owned(), 2);
        }
        let mut environment = Environment::read().expect("the environment is readable");
        for (name, folder) in [
            ("HOME", "home"),
            ("XDG_STATE_HOME", "state"),
            ("XDG_CONFIG_HOME", "config"),
        ] {
            let folder = world.path().join(folder).into_os_string();
            environment.variables.insert(name.to_owned(), folder);
        }
        let options = OpenOptions {
            dir: World::clone(&world),
            flags: Flags::default(),
        };
        let opened = Workspace::open(&options, &environment).await;
        let opened = opened.expect("the workspace opens");
        let project = Arc::new(opened.settings().project.clone());
        let clock = Arc::new(AtomicI64::new(1_775_990_000));
        let console = async |login: &str| {
            let forge = forge(&server, login, &project, &clock, Duration::from_secs(10));
            opened.with_forge(Arc::new(forge))
        };
        Self {
            dora: console("dora").await,
            lea: console("lea").await,
            mia: console("mia").await,
            world,
            fake,
            _server: server,
        }
    }

    /// Looks until GitHub knows what can be merged.
    async fn look(&self, who: &Workspace, id: &HotfixId) -> Board {
        for _ in 0..2 {
            who.look(Some(id)).await.expect("a look");
        }
        who.look(Some(id)).await.expect("a look")
    }

    async fn tried(&self, who: &Workspace, id: &HotfixId, words: &str) -> Result<(), String> {
        let board = self.look(who, id).await;
        let mut intent: Intent = words.parse().expect("words of an intent");
        if let Intent::Approve { subject, seen, .. } = &mut intent {
            *seen = looked_at(&board, subject);
        }
        let record = board.record.clone().expect("a record");
        self.carry_out(who, &board, &record, &intent).await
    }

    async fn act(&self, who: &Workspace, id: &HotfixId, words: &str) {
        if let Err(why) = self.tried(who, id, words).await {
            panic!("{words}: {why}");
        }
    }

    async fn carry_out(
        &self,
        who: &Workspace,
        board: &Board,
        record: &Record,
        intent: &Intent,
    ) -> Result<(), String> {
        let plan = plan(intent, &board.book, record, &board.seen)
            .map_err(|refusal| refusal.reasons.join("; "))?;
        let report = who.execute(&plan, Arc::new(Silent)).await;
        let report = report.map_err(|fault| fault.to_string())?;
        for result in &report.results {
            if !matches!(result.outcome, Outcome::Done | Outcome::Already) {
                return Err(format!("{}: {}", result.call, result.why));
            }
        }
        Ok(())
    }

    async fn start(&self) -> HotfixId {
        let words = StartWords {
            slug: "refund".to_owned(),
            title: "Repair the refund".to_owned(),
            playbook: Some("build-run".to_owned()),
            answer_rest: Some("broken".to_owned()),
            ..StartWords::default()
        };
        let (board, intent) = self.dora.start(&words).await.expect("it can be started");
        let Intent::Start(order) = &intent else {
            panic!("start is a start");
        };
        let id = order.id.clone();
        let record = Record::empty(id.clone());
        let started = self.carry_out(&self.dora, &board, &record, &intent).await;
        started.expect("it is started");
        self.world.git(&["fetch", "-q", "origin"]);
        self.world
            .switch("hotfix/refund", Some("origin/hotfix/refund"));
        self.world
            .change("shop.txt", numbered(&[(3, "fixed")]), "Fix the refund");
        self.world.git(&["push", "-q", "origin", "HEAD"]);
        id
    }

    /// Lets CI pass for the head of a branch.
    fn pass(&self, branch: &str) {
        let tip = self.fake.tip(branch).expect("it is there");
        self.fake.state().conclude(&tip, "unit", Some("success"));
    }

    async fn state(&self, id: &HotfixId, step: &str) -> StepState {
        let board = self.look(&self.dora, id).await;
        let progress = board.progress.expect("a hotfix is selected");
        let found = progress.steps.iter().find(|one| one.id.as_str() == step);
        found.expect("a step").state.clone()
    }

    async fn assert_done(&self, id: &HotfixId, step: &str) {
        let state = self.state(id, step).await;
        assert!(matches!(state, StepState::Done(_)), "{step}: {state:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hotfix_goes_through_github_from_start_to_retrofit() {
    let office = Office::new().await;
    let id = office.start().await;
    let (dora, lea, mia) = (&office.dora, &office.lea, &office.mia);

    office.act(dora, &id, "do run").await;
    let early = office.tried(dora, &id, "do run").await;
    let early = early.expect_err("nothing passed, nobody approved");
    assert!(
        early.contains("unit") && early.contains("tech-lead"),
        "{early}"
    );
    office.pass("hotfix/refund");
    let own = office.tried(dora, &id, "approve 1").await;
    assert!(own.is_err_and(|why| why.contains("you opened it")));
    office.act(lea, &id, "approve 1 --role tech-lead").await;
    office.act(dora, &id, "do run").await;
    office.assert_done(&id, "run").await;
    assert!(
        office.fake.tip("hotfix/refund").is_some(),
        "the branch lives on"
    );

    office.act(dora, &id, "do promote").await;
    office.pass("preprod");
    office.act(lea, &id, "approve 2 --role tech-lead").await;
    let one = office.tried(dora, &id, "do promote").await;
    assert!(one.is_err_and(|why| why.contains("product-manager")));
    office
        .act(mia, &id, "approve 2 --role product-manager")
        .await;
    office.act(dora, &id, "do promote").await;
    office.assert_done(&id, "promote").await;
    assert!(office.fake.tip("preprod").is_some(), "a lane is never lost");

    office.act(dora, &id, "do deploy").await;
    let run = office.fake.state().runs[0].id;
    let golive = format!("deployment:{run}-production");
    let early = office.tried(dora, &id, "do deploy").await;
    assert!(early.is_err_and(|why| why.contains("product-manager")));
    office
        .act(lea, &id, &format!("approve {golive} --role tech-lead"))
        .await;
    office
        .act(
            mia,
            &id,
            &format!("approve {golive} --role product-manager"),
        )
        .await;
    let running = office.state(&id, "deploy").await;
    assert!(matches!(running, StepState::Underway(_)), "{running:?}");
    let main = office.fake.tip("main").expect("it is there");
    office.fake.state().finish_runs(&main, "success");
    office.assert_done(&id, "deploy").await;

    office
        .act(dora, &id, "do verify --note \"refunds work\"")
        .await;
    office.act(dora, &id, "do retrofit").await;
    let branch = office.fake.state().pulls[2].head.clone();
    assert_eq!(office.fake.state().pulls[2].labels, ["retrofit"]);
    office.pass(&branch);
    office.act(dora, &id, "do retrofit").await;
    office.assert_done(&id, "retrofit").await;
    assert_eq!(office.fake.state().runs.len(), 1);
    assert_eq!(office.fake.state().pulls.len(), 3);
}
