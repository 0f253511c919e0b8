//! One world for one carrier: a remote, two consoles on it, one hotfix, and a clock that goes on when it is told to.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use lanekeeper::engine::Board;
use lanekeeper::engine::ChangeResult;
use lanekeeper::engine::Intent;
use lanekeeper::engine::Plan;
use lanekeeper::engine::Refusal;
use lanekeeper::engine::plan;
use lanekeeper::git::Chains;
use lanekeeper::git::NewLink;
use lanekeeper::model::BranchName;
use lanekeeper::model::CarrierKind;
use lanekeeper::model::CommitId;
use lanekeeper::model::HotfixId;
use lanekeeper::model::Person;
use lanekeeper::model::RefName;
use lanekeeper::model::Timestamp;
use lanekeeper::ops::BootClock;
use lanekeeper::ops::Booted;
use lanekeeper::ops::Examined;
use lanekeeper::ops::Fault;
use lanekeeper::ops::Silent;
use lanekeeper::ops::StartWords;
use lanekeeper::ops::Workspace;
use lanekeeper::record::Record;

use crate::support::repository::World;
use crate::support::team::LANES;
use crate::support::team::around;
use crate::support::team::assert_done;
use crate::support::team::open_in;

/// A project whose record has one carrier.
pub(super) struct Place {
    pub(super) kind: CarrierKind,
    pub(super) world: World,
    pub(super) ana: Workspace,
    /// Ben's console; where nothing is shared, a second one of Ana's on the same machine.
    pub(super) other: Workspace,
    pub(super) hotfix: HotfixId,
    runtime: tokio::runtime::Runtime,
    clock: Arc<AtomicU64>,
    count: AtomicU64,
}

impl Place {
    pub(super) fn new(kind: CarrierKind) -> Self {
        let world = World::empty();
        let mut project = format!(
            "[project]\nname = \"shop\"\nforge = \"local\"\nrecord_carrier = \"{}\"\n",
            kind.word()
        );
        if kind == CarrierKind::Repository {
            let records = world.path().join("records.git");
            world.git_in(
                world.path(),
                &["init", "-q", "--bare", "-b", "main", "records.git"],
            );
            project.push_str(&format!("record_remote = \"{}\"\n", records.display()));
        }
        world.write("lanekeeper.toml", format!("{project}{LANES}"));
        world.write("shop.txt", "one\ntwo\nthree\n");
        world.commit("The shop");
        world.switch("preprod", Some("main"));
        world.switch("integration", Some("main"));
        world.push();
        if kind == CarrierKind::Repository {
            // Its first commit, so that no record becomes its default branch.
            world.git(&["push", "-q", "../records.git", "main"]);
        }
        world.clone_for_two();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime starts");
        let clock = Arc::new(AtomicU64::new(1_000));
        let second = match kind {
            CarrierKind::Local => "ana",
            CarrierKind::Refs
            | CarrierKind::Notes
            | CarrierKind::Repository
            | CarrierKind::Branches => "ben",
        };
        let ana = runtime.block_on(console(&world, "ana", &clock));
        let other = runtime.block_on(console(&world, second, &clock));
        let hotfix = runtime.block_on(start(&ana, "refund"));
        // The fix waits in preprod for its promotion into production, which is one dangerous call away.
        world.git(&["fetch", "-q", "origin"]);
        world.switch("hotfix/refund", Some("origin/hotfix/refund"));
        world.change("shop.txt", "one\nTWO\nthree\n", "Fix the refund");
        world.git(&["push", "-q", "origin", "HEAD", "HEAD:preprod"]);
        let place = Self {
            kind,
            world,
            ana,
            other,
            hotfix,
            runtime,
            clock,
            count: AtomicU64::new(0),
        };
        place.act(&place.ana, &place.hotfix, "do promote");
        place
    }

    /// Tells whether others see the record.
    pub(super) fn is_shared(&self) -> bool {
        self.kind != CarrierKind::Local
    }

    /// Opens another console, as at another start of the program.
    pub(super) fn console(&self, name: &str) -> Workspace {
        self.wait(console(&self.world, name, &self.clock))
    }

    pub(super) fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// Lets time pass for everybody.
    pub(super) fn pass(&self, seconds: u64) {
        self.clock.fetch_add(seconds, Ordering::Relaxed);
    }

    /// Returns the repository that has the record.
    pub(super) fn records(&self) -> PathBuf {
        match self.kind {
            CarrierKind::Refs | CarrierKind::Notes | CarrierKind::Branches => self.world.origin(),
            CarrierKind::Repository => self.world.path().join("records.git"),
            CarrierKind::Local => self.ana.state_dir().join("record.git"),
        }
    }

    /// Runs git where the record is, and returns what it printed.
    pub(super) fn git(&self, arguments: &[&str]) -> String {
        self.world.git_in(&self.records(), arguments)
    }

    /// Returns where the repository of the record has a ref.
    pub(super) fn at(&self, name: &RefName) -> Option<CommitId> {
        let (_, text) = self.world.try_git_in(
            &self.records(),
            &["rev-parse", "--verify", "--quiet", name.as_str()],
        );
        text.trim().parse().ok()
    }

    /// Returns the ref of a hotfix's record.
    pub(super) fn record(&self, hotfix: &HotfixId) -> RefName {
        let name = self.ana.chains().carrier().hotfix(hotfix);
        name.expect("a ref")
    }

    /// Returns a name below the record's prefix that no other case has.
    pub(super) fn fresh(&self) -> RefName {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let prefix = &self.ana.chains().carrier().prefix;
        format!("{prefix}/cases/{number}").parse().expect("a ref")
    }

    /// Makes a chain of so many links on the remote, and returns its name and its commits.
    pub(super) fn chain(&self, links: usize) -> (RefName, Vec<CommitId>) {
        let name = self.fresh();
        let chains = self.ana.chains();
        let mut built: Vec<CommitId> = Vec::new();
        for number in 0..links {
            let text = format!("{name} {number}");
            built.push(
                chains
                    .build(built.last(), &link(&text))
                    .expect("it is built"),
            );
        }
        let head = built.last().expect("a link at least");
        let pushed = self.wait(chains.push(&name, head, None));
        assert_eq!(pushed.expect("asked"), lanekeeper::git::Pushed::Done);
        (name, built)
    }

    /// Looks.
    pub(super) fn look(&self, who: &Workspace, hotfix: &HotfixId) -> Board {
        self.wait(who.look(Some(hotfix))).expect("a look")
    }

    /// Looks, and plans what the words mean.
    pub(super) fn plan(
        &self,
        who: &Workspace,
        hotfix: &HotfixId,
        words: &str,
    ) -> Result<Plan, Refusal> {
        let board = self.look(who, hotfix);
        let intent: Intent = words.parse().expect("words of an intent");
        let record = board.record.clone().expect("a record");
        plan(&intent, &board.book, &record, &board.seen)
    }

    /// Says why the words are refused.
    pub(super) fn refusal(&self, who: &Workspace, hotfix: &HotfixId, words: &str) -> String {
        let refusal = self
            .plan(who, hotfix, words)
            .expect_err(&format!("`{words}` is refused"));
        let hint = refusal.hint.unwrap_or_default();
        format!("{}; hint: {hint}", refusal.reasons.join("; "))
    }

    pub(super) fn carry_out(&self, who: &Workspace, plan: &Plan) -> Vec<ChangeResult> {
        let report = self.wait(who.execute(plan, Arc::new(Silent)));
        report.expect("it is carried out").results
    }

    /// Plans and does what the words mean; it must succeed.
    pub(super) fn act(&self, who: &Workspace, hotfix: &HotfixId, words: &str) {
        let plan = match self.plan(who, hotfix, words) {
            Ok(plan) => plan,
            Err(refusal) => panic!("{words}: {}", refusal.reasons.join("; ")),
        };
        assert_done(&self.carry_out(who, &plan));
    }

    /// Tries to open another hotfix while the remote does not take its record, and returns what is said.
    pub(super) fn start_fails(&self, slug: &str) -> String {
        let started = self.wait(try_start(&self.ana, slug));
        let fault = started.expect_err("its record cannot be opened");
        format!("{fault}; {}; {:?}", fault.chain.join("; "), fault.hint)
    }

    /// Runs `doctor` in a clone.
    pub(super) fn examine(&self, name: &str) -> Vec<Examined> {
        let dir = self.world.path();
        let (options, environment) = around(dir, &dir.join(name), &format!("state-{name}"));
        self.wait(lanekeeper::ops::examine(&options, &environment))
    }

    /// Returns the branches that `init` would be told of.
    pub(super) fn survey(&self, name: &str) -> Vec<BranchName> {
        let dir = self.world.path();
        let (options, environment) = around(dir, &dir.join(name), &format!("state-{name}"));
        let survey = self.wait(Workspace::survey(&options, &environment));
        let branches = survey.expect("the remote is there").facts.branches;
        branches.into_iter().map(|branch| branch.name).collect()
    }

    /// Plans to open another hotfix.
    pub(super) fn planned_start(&self, who: &Workspace, slug: &str) -> Plan {
        self.wait(planned(who, slug))
    }

    /// Opens another hotfix.
    pub(super) fn start(&self, slug: &str) -> HotfixId {
        self.wait(start(&self.ana, slug))
    }

    /// Returns the notes of a record as a console sees it after a look.
    pub(super) fn notes(&self, who: &Workspace, hotfix: &HotfixId) -> Vec<String> {
        let board = self.look(who, hotfix);
        notes(board.record.as_ref().expect("a record"))
    }
}

/// Returns the notes of a record, oldest first.
pub(super) fn notes(record: &Record) -> Vec<String> {
    let text = |entry: &lanekeeper::record::Entry| match &entry.event {
        Some(lanekeeper::record::Event::NoteAdded { text }) => Some(text.clone()),
        Some(_) | None => None,
    };
    record.entries.iter().filter_map(text).collect()
}

/// A link that says this.
pub(super) fn link(text: &str) -> NewLink {
    NewLink {
        author: Person::from_email("Ana", "ana@example.org"),
        at: Timestamp::from_second(1_800_000_000),
        message: "case".to_owned(),
        files: BTreeMap::from([("text".to_owned(), text.as_bytes().to_vec())]),
    }
}

/// Returns what the links of a chain say, oldest first.
pub(super) fn texts(chains: &Chains, head: &CommitId) -> Vec<String> {
    let links = chains.read(head, None).expect("a chain");
    links
        .iter()
        .map(|link| String::from_utf8_lossy(&link.files["text"]).into_owned())
        .collect()
}

async fn console(world: &World, name: &str, clock: &Arc<AtomicU64>) -> Workspace {
    let dir: &Path = world.path();
    let opened = open_in(dir, &dir.join(name), &format!("state-{name}")).await;
    let clock = Arc::clone(clock);
    opened.with_boot_clock(BootClock::new(move || Booted {
        boot: "this one".to_owned(),
        since: Duration::from_secs(clock.load(Ordering::Relaxed)),
    }))
}

async fn start(who: &Workspace, slug: &str) -> HotfixId {
    let (hotfix, results) = try_start(who, slug).await.expect("it is carried out");
    for result in results {
        let word = result.outcome.word();
        assert_eq!(word, "done", "{}: {}", result.call, result.why);
    }
    hotfix
}

async fn try_start(who: &Workspace, slug: &str) -> Result<(HotfixId, Vec<ChangeResult>), Fault> {
    let plan = planned(who, slug).await;
    let report = who.execute(&plan, Arc::new(Silent)).await?;
    Ok((plan.hotfix, report.results))
}

async fn planned(who: &Workspace, slug: &str) -> Plan {
    let words = StartWords {
        slug: slug.to_owned(),
        title: format!("Repair {slug}"),
        playbook: Some("build-run".to_owned()),
        answer_rest: Some("broken".to_owned()),
        ..StartWords::default()
    };
    let (board, intent) = who.start(&words).await.expect("it can be started");
    let Intent::Start(order) = &intent else {
        panic!("start is a start");
    };
    let record = Record::empty(order.id.clone());
    plan(&intent, &board.book, &record, &board.seen).expect("it can be planned")
}
