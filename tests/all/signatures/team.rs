//! A team on one remote whose members sign with keys of their own, and an agent.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::sync::Arc;

use lanekeeper::config::Environment;
use lanekeeper::engine::Board;
use lanekeeper::engine::Intent;
use lanekeeper::engine::Severity;
use lanekeeper::engine::plan;
use lanekeeper::git::NewLink;
use lanekeeper::git::Pushed;
use lanekeeper::model::HotfixId;
use lanekeeper::model::Person;
use lanekeeper::ops::OpenOptions;
use lanekeeper::ops::Silent;
use lanekeeper::ops::StartWords;
use lanekeeper::ops::Workspace;
use lanekeeper::record::Actor;
use lanekeeper::record::Entry;
use lanekeeper::record::Event;
use lanekeeper::record::Record;
use lanekeeper::record::Signed;
use lanekeeper::record::encode;

use crate::support::repository::World;
use crate::support::team::TWO_LANES;
use crate::support::team::around;

/// A key pair of somebody, in the world's home.
pub(super) struct Key(pub(super) PathBuf);

impl Key {
    pub(super) fn new(world: &World, name: &str, kind: &str, passphrase: &str) -> Self {
        let path = world.home().join(name);
        run(ssh("ssh-keygen")
            .args(["-q", "-t", kind, "-N", passphrase, "-C", name, "-f"])
            .arg(&path));
        Self(path)
    }

    pub(super) fn public(&self) -> PathBuf {
        self.0.with_extension("pub")
    }

    /// The line that gives this key to somebody.
    pub(super) fn allowed(&self, who: &str) -> String {
        let public = std::fs::read_to_string(self.public()).expect("a public key");
        format!("{who} namespaces=\"lanekeeper-event-v1\" {public}")
    }
}

#[expect(clippy::disallowed_methods, reason = "tests drive ssh from outside")]
pub(super) fn ssh(program: &str) -> Command {
    Command::new(program)
}

fn run(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().expect("it runs");
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{command:?}: {words}");
}

/// An agent of this test alone.
pub(super) struct Agent {
    child: Child,
    socket: PathBuf,
}

impl Agent {
    pub(super) fn with(world: &World, key: &Key) -> Self {
        let socket = world.home().join("agent");
        let child = ssh("ssh-agent")
            .args(["-D", "-a"])
            .arg(&socket)
            .stdout(Stdio::null())
            .spawn()
            .expect("it runs");
        while !socket.exists() {
            std::thread::yield_now();
        }
        let agent = Self { child, socket };
        run(ssh("ssh-add")
            .arg("-q")
            .arg(&key.0)
            .env("SSH_AUTH_SOCK", &agent.socket));
        agent
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _ended = self.child.wait();
    }
}

/// A team on one remote.
pub(super) struct Team {
    pub(super) world: World,
    runtime: tokio::runtime::Runtime,
}

impl Team {
    /// Makes the project; `required` entries must be signed by the keys of `allowed`.
    pub(super) fn new(required: &[&str], allowed: impl FnOnce(&World) -> String) -> Self {
        let world = World::empty();
        let signers = allowed(&world);
        let signatures =
            format!("\n[signatures]\nallowed_signers = \"signers\"\nrequired = {required:?}\n");
        world.write(
            "lanekeeper.toml",
            format!("[project]\nname = \"shop\"\nforge = \"local\"\n{TWO_LANES}{signatures}"),
        );
        world.write("signers", signers);
        world.write("shop.txt", "one\n");
        world.commit("The shop");
        world.switch("develop", Some("main"));
        world.push();
        world.clone_for_two();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime starts");
        Self { world, runtime }
    }

    /// The same with one key, which is Ana's.
    pub(super) fn with_key(required: &[&str], kind: &str) -> (Self, Key) {
        let mut key = None;
        let team = Self::new(required, |world| {
            let made = Key::new(world, "ana-key", kind, "");
            let allowed = made.allowed("ana@example.org");
            key = Some(made);
            allowed
        });
        (team, key.expect("made"))
    }

    pub(super) fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// Opens somebody's console, which signs with `key`, and asks this agent.
    pub(super) fn console(
        &self,
        name: &str,
        key: Option<&Path>,
        agent: Option<&Agent>,
    ) -> Workspace {
        let workspace = self.untrusting(name, key, agent);
        let (options, environment) = self.around(name, agent);
        Workspace::trust(&options, &environment).expect("it can be kept");
        drop(workspace);
        self.untrusting(name, key, agent)
    }

    /// The same before anybody has read who is allowed to sign.
    pub(super) fn untrusting(
        &self,
        name: &str,
        key: Option<&Path>,
        agent: Option<&Agent>,
    ) -> Workspace {
        let folder = self.world.path().join("config/lanekeeper");
        std::fs::create_dir_all(&folder).expect("own folder");
        let line = key.map_or_else(String::new, |key| {
            format!("signing_key = \"{}\"\n", key.display())
        });
        std::fs::write(folder.join("config.toml"), line).expect("own folder");
        let (options, environment) = self.around(name, agent);
        let opened = self.wait(Workspace::open(&options, &environment));
        opened.expect("the workspace opens")
    }

    fn around(&self, name: &str, agent: Option<&Agent>) -> (OpenOptions, Environment) {
        let dir = self.world.path();
        let (options, mut environment) = around(dir, &dir.join(name), &format!("state-{name}"));
        environment.variables.remove("SSH_AUTH_SOCK");
        if let Some(agent) = agent {
            let socket = agent.socket.clone().into_os_string();
            environment
                .variables
                .insert("SSH_AUTH_SOCK".to_owned(), socket);
        }
        (options, environment)
    }

    pub(super) fn start(&self, who: &Workspace) -> HotfixId {
        let words = StartWords {
            slug: "refund".to_owned(),
            title: "Repair the refund".to_owned(),
            answer_rest: Some("broken".to_owned()),
            ..StartWords::default()
        };
        let (board, intent) = self.wait(who.start(&words)).expect("it can be started");
        let Intent::Start(order) = &intent else {
            panic!("start is a start");
        };
        let record = Record::empty(order.id.clone());
        let plan = plan(&intent, &board.book, &record, &board.seen).expect("it can be planned");
        let report = self.wait(who.execute(&plan, Arc::new(Silent)));
        report.expect("it is carried out");
        order.id.clone()
    }

    pub(super) fn look(&self, who: &Workspace, hotfix: &HotfixId) -> Board {
        self.wait(who.look(Some(hotfix))).expect("a look")
    }

    /// Does what the words mean, and returns what was said; the words of a fault where nothing was done.
    pub(super) fn act(
        &self,
        who: &Workspace,
        hotfix: &HotfixId,
        words: &str,
    ) -> Result<String, String> {
        let board = self.look(who, hotfix);
        let intent: Intent = words.parse().expect("words of an intent");
        let record = board.record.clone().expect("a record");
        let plan = plan(&intent, &board.book, &record, &board.seen).expect("it can be planned");
        match self.wait(who.execute(&plan, Arc::new(Silent))) {
            Ok(report) => Ok(report.results.into_iter().map(|one| one.why).collect()),
            Err(fault) => Err(format!("{fault}; {:?}", fault.hint)),
        }
    }

    /// Returns how each note was signed, as somebody sees it after a look.
    pub(super) fn notes(&self, who: &Workspace, hotfix: &HotfixId) -> Vec<(String, Signed)> {
        let record = self.look(who, hotfix).record.expect("a record");
        let notes = record.entries.into_iter().filter_map(|entry| {
            let Some(Event::NoteAdded { text }) = entry.event else {
                return None;
            };
            Some((text, entry.signed))
        });
        notes.collect()
    }

    pub(super) fn alarms(&self, who: &Workspace, hotfix: &HotfixId) -> Vec<String> {
        let progress = self.look(who, hotfix).progress.expect("derived");
        let alarms = progress
            .findings
            .into_iter()
            .filter(|finding| finding.severity == Severity::Alarm);
        alarms.map(|finding| finding.text).collect()
    }

    /// Deletes the record from the remote.
    pub(super) fn delete(&self, who: &Workspace, hotfix: &HotfixId) {
        let name = who.chains().carrier().hotfix(hotfix).expect("a ref");
        let origin = self.world.origin();
        self.world
            .git_in(&origin, &["update-ref", "-d", name.as_str()]);
    }

    /// Appends an entry by hand, as somebody with push rights can.
    pub(super) fn forge(
        &self,
        who: &Workspace,
        hotfix: &HotfixId,
        change: impl FnOnce(&mut Entry),
    ) {
        self.append(who, hotfix, change, |_| {});
    }

    /// The same, with other files than such an entry has.
    pub(super) fn forge_files(
        &self,
        who: &Workspace,
        hotfix: &HotfixId,
        change: impl FnOnce(&mut BTreeMap<String, Vec<u8>>),
    ) {
        self.append(who, hotfix, |_| {}, change);
    }

    fn append(
        &self,
        who: &Workspace,
        hotfix: &HotfixId,
        change: impl FnOnce(&mut Entry),
        change_files: impl FnOnce(&mut BTreeMap<String, Vec<u8>>),
    ) {
        let record = self.look(who, hotfix).record.expect("a record");
        let last = record.entries.last().expect("it was opened").clone();
        let name = who.chains().carrier().hotfix(hotfix).expect("a ref");
        let head = who.chains().head(&name).expect("readable").expect("there");
        let actor = Actor {
            person: Person::from_email("Ana", "ana@example.org"),
            device: "another".to_owned(),
        };
        let id = format!("01FORGED{}", record.entries.len());
        let id = id.parse().expect("an id");
        let text = "by nobody knows whom".to_owned();
        let entry = Entry::new(
            id,
            hotfix.clone(),
            actor,
            last.at,
            Event::NoteAdded { text },
        );
        let mut entry = entry.expect("small").after(&head, &last).expect("small");
        change(&mut entry);
        let mut files = encode(&entry);
        change_files(&mut files);
        let link = NewLink {
            author: entry.actor.person.clone(),
            at: entry.at,
            message: entry.message(),
            files,
        };
        let built = who.chains().build(Some(&head), &link).expect("built");
        let pushed = self.wait(who.chains().push(&name, &built, Some(&head)));
        assert_eq!(pushed.expect("asked"), Pushed::Done);
    }
}
