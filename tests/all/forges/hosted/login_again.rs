//! A token that ends in the middle of an incident, and the person as the last place where one is looked for.

use std::sync::Arc;
use std::sync::Mutex;

use lanekeeper::config::Environment;
use lanekeeper::config::Flags;
use lanekeeper::config::ForgeKind;
use lanekeeper::engine::ChangeResult;
use lanekeeper::engine::Outcome;
use lanekeeper::engine::Plan;
use lanekeeper::engine::plan;
use lanekeeper::model::HotfixId;
use lanekeeper::model::JobId;
use lanekeeper::model::Timestamp;
use lanekeeper::model::Untrusted;
use lanekeeper::ops::Asker;
use lanekeeper::ops::OpenOptions;
use lanekeeper::ops::Storage;
use lanekeeper::ops::TokenOrigin;
use lanekeeper::ops::Tokens;
use lanekeeper::ops::Watcher;
use lanekeeper::ops::Workspace;

use super::Hosted;
use super::Which;
use crate::forges::message::Reply;
use crate::forges::server::Fault;

/// Somebody who signs in again when the plan says that it waits for that.
struct Attentive {
    hosted: Arc<Hosted>,
    heard: Mutex<Vec<String>>,
    /// The console in which the token is typed; without it another terminal is used.
    here: Option<Workspace>,
}

impl Watcher for Attentive {
    fn call(&self, text: &str) {
        self.heard
            .lock()
            .expect("no panic while held")
            .push(text.to_owned());
        if !text.starts_with("paused") {
            return;
        }
        let Some(console) = self.here.clone() else {
            let again = self.hosted.login("dana", "token-dana-2", &["--in-file"]);
            again.ends(0);
            return;
        };
        let runtime = tokio::runtime::Handle::current();
        let typed = std::thread::spawn(move || {
            runtime.block_on(async {
                let wrong = console.sign_in("token-of-nobody", Storage::File).await;
                let why = wrong.expect_err("nobody has it").to_string();
                assert!(!why.contains("token-of-nobody"), "{why}");
                console.sign_in("token-dana-2", Storage::File).await
            })
        });
        let sentence = typed.join().expect("no panic").expect("it is accepted");
        let sentence = sentence.expect("a file needs no keyring");
        assert!(sentence.contains("as @dana"), "{sentence}");
    }

    fn result(&self, _: &ChangeResult) {}

    fn job(&self, _: &JobId, _: &str, _: &str, _: Timestamp) {}

    fn line(&self, _: &JobId, _: &Untrusted) {}

    fn is_attended(&self) -> bool {
        true
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_waits_for_a_new_login_and_goes_on_with_what_was_not_done() {
    waits_for_a_login(false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_typed_into_the_console_lets_the_plan_go_on() {
    waits_for_a_login(true).await;
}

/// Opens the driver's console.
pub(super) async fn console(hosted: &Hosted) -> Workspace {
    let [driver, ..] = hosted.which.people();
    let options = OpenOptions {
        dir: hosted.project.path(driver),
        flags: Flags::default(),
    };
    let opened = Workspace::open(&options, &hosted.environment(driver)).await;
    opened.expect("it opens")
}

/// Plans the next change of a hotfix.
pub(super) async fn planned(console: &Workspace, id: &HotfixId) -> Plan {
    let board = console.look(Some(id)).await.expect("a look");
    let record = board.record.clone().expect("a record");
    let intent = "do change".parse().expect("words of an intent");
    plan(&intent, &board.book, &record, &board.seen).expect("it can be planned")
}

async fn waits_for_a_login(is_here: bool) {
    let hosted = Arc::new(Hosted::with_people(Which::Gitlab));
    let id = hosted.start().parse().expect("an id");
    let workspace = console(&hosted).await;
    let plan = planned(&workspace, &id).await;

    hosted.expire("token-dana");
    let watcher = Arc::new(Attentive {
        hosted: Arc::clone(&hosted),
        heard: Mutex::default(),
        here: is_here.then(|| workspace.clone()),
    });
    let shared: Arc<dyn Watcher> = watcher.clone();
    let report = workspace.execute(&plan, shared).await;
    let report = report.expect("it is carried out");
    for result in &report.results {
        assert_eq!(
            result.outcome,
            Outcome::Done,
            "{}: {}",
            result.call,
            result.why
        );
    }
    let heard = watcher
        .heard
        .lock()
        .expect("no panic while held")
        .join("\n");
    for words in [
        "paused: 127.0.0.1:",
        "Token is expired.",
        "lanekeeper login",
        "going on",
    ] {
        assert!(heard.contains(words), "{heard}");
    }
    let writes = hosted.server.writes();
    let opened = writes
        .iter()
        .filter(|one| one.path.ends_with("/merge_requests"));
    let tokens: Vec<Option<&str>> = opened.map(|one| one.token()).collect();
    assert_eq!(
        tokens,
        [Some("token-dana-2")],
        "opened once, by the new login"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_no_to_somebody_whom_gitlab_knows_is_a_lack_of_rights_and_pauses_nothing() {
    let hosted = Arc::new(Hosted::with_people(Which::Gitlab));
    let id: HotfixId = hosted.start().parse().expect("an id");
    hosted.run("dana", &["do", "change", "--yes"]).ends(0);
    let workspace = console(&hosted).await;
    // The check is green at the next look.
    workspace.look(Some(&id)).await.expect("a look");
    let plan = planned(&workspace, &id).await;

    let no = serde_json::json!({ "message": "401 Unauthorized" });
    let no = Fault::Instead(Reply::json(401, &no));
    hosted.server.trap("PUT", "/merge", no);
    let watcher = Arc::new(Attentive {
        hosted: Arc::clone(&hosted),
        heard: Mutex::default(),
        here: None,
    });
    let shared: Arc<dyn Watcher> = watcher.clone();
    let report = workspace.execute(&plan, shared).await;
    let report = report.expect("it is carried out");
    let why: Vec<&str> = report
        .results
        .iter()
        .filter(|result| result.outcome == Outcome::Refused)
        .map(|result| result.why.as_str())
        .collect();
    assert_eq!(
        why.first(),
        Some(&"request 77: you may not merge into `main` (401 Unauthorized)"),
        "{why:?}"
    );
    let heard = watcher
        .heard
        .lock()
        .expect("no panic while held")
        .join("\n");
    assert!(!heard.contains("paused"), "{heard}");
}

#[tokio::test]
async fn the_person_is_asked_last_and_once() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&asked);
    let tokens = Tokens {
        kind: ForgeKind::Gitlab,
        host: "code.example:8443".to_owned(),
        is_plain: false,
        environment: Environment::default(),
        folder: "/".into(),
        asker: Asker::new(move |host| {
            kept.lock()
                .expect("no panic while held")
                .push(host.to_owned());
            Some("typed".to_owned())
        }),
    };
    for _ in 0..2 {
        let (token, origin) = tokens.find().await.expect("it was typed");
        assert_eq!((token.expose(), origin), ("typed", TokenOrigin::Person));
    }
    assert_eq!(
        *asked.lock().expect("no panic while held"),
        ["code.example:8443"]
    );
    let mut named = tokens.clone();
    for (name, value) in [
        ("LANEKEEPER_HOST", "code.example:8443"),
        ("LANEKEEPER_TOKEN", "own"),
    ] {
        named
            .environment
            .variables
            .insert(name.to_owned(), value.into());
    }
    let (token, _) = named.find().await.expect("a variable names it");
    assert_eq!(token.expose(), "own");
}
