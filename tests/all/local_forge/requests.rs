//! Requests: checks, logs, what happened outside, and what is refused.

use std::sync::Mutex;

use lanekeeper::forge::Forge;
use lanekeeper::forge::JobWatcher;
use lanekeeper::forge::MergeOrder;
use lanekeeper::forge::NewRequest;
use lanekeeper::forge::NewStatus;
use lanekeeper::forge::NoWatcher;
use lanekeeper::forge::RequestEdit;
use lanekeeper::forge::RequestQuery;
use lanekeeper::forge::Written;
use lanekeeper::model::ChangeRequest;
use lanekeeper::model::CheckState;
use lanekeeper::model::Decision;
use lanekeeper::model::JobId;
use lanekeeper::model::MergeMethod;
use lanekeeper::model::Mergeability;
use lanekeeper::model::Project;
use lanekeeper::model::RequestState;
use lanekeeper::model::Subject;
use lanekeeper::model::Timestamp;
use lanekeeper::model::Untrusted;

use super::contract::done;
use super::contract::refused;
use super::world::CHAIN;
use super::world::Console;
use super::world::World;
use super::world::argv;
use super::world::branch;
use super::world::project;

/// The project without seats, so that one person can do everything.
fn open_project() -> Project {
    let mut project = project();
    project.lanes[0].seats.clear();
    project
}

pub(super) fn new_request(from: &str) -> NewRequest {
    NewRequest {
        from: branch(from),
        into: branch("main"),
        title: "Fix".to_owned(),
        body: String::new(),
        is_draft: false,
        labels: Vec::new(),
        milestone: None,
        reviewers: vec!["tia@example.org".to_owned()],
        hotfix: None,
    }
}

async fn open(console: &Console) -> ChangeRequest {
    let new = new_request("hotfix/npe");
    done(console.forge.open_request(&new).await.unwrap())
}

async fn look(console: &Console) -> ChangeRequest {
    console.fetch().await;
    let all = console.forge.requests(&RequestQuery::default()).await;
    all.unwrap().remove(0)
}

fn order(world: &World, request: &ChangeRequest, method: MergeMethod) -> MergeOrder {
    MergeOrder {
        request: request.id,
        method,
        head: world.tip("hotfix/npe").expect("it is there"),
        onto: world.tip("main").expect("it is there"),
        subject: "Merge the fix".to_owned(),
    }
}

/// Hears everything, and calls `on_line` with each line.
struct Ear<F: Fn(&str) + Send + Sync> {
    heard: Mutex<Vec<String>>,
    on_line: F,
}

impl<F: Fn(&str) + Send + Sync> JobWatcher for Ear<F> {
    fn state(&self, _: &JobId, name: &str, state: &str, _: Timestamp) {
        self.heard.lock().unwrap().push(format!("{name} {state}"));
    }

    fn line(&self, _: &JobId, line: &Untrusted) {
        self.heard.lock().unwrap().push(line.show());
        (self.on_line)(line.raw());
    }
}

#[tokio::test]
async fn a_check_runs_on_the_exact_head_without_secrets_and_its_log_is_read_elsewhere() {
    let world = World::new();
    let (ana, tia) = (
        world.console("ana", &open_project()),
        world.console("tia", &open_project()),
    );
    let request = open(&ana).await;
    let ear = Ear {
        heard: Mutex::default(),
        on_line: |_| {},
    };
    let checked = ana.forge.run_checks(request.id, &request.head, &ear).await;
    let job = done(checked.unwrap()).checks[0]
        .job
        .clone()
        .expect("it ran");
    let line = format!("tested {} into main safe", request.head);
    let heard = ear.heard.into_inner().unwrap();
    let expected = [
        "unit running",
        &line,
        "[succeeded: exit code 0]",
        "unit succeeded",
    ];
    assert_eq!(heard, expected);
    tia.fetch().await;
    for console in [&ana, &tia] {
        let log = console.forge.job_log(&job, 0).await.unwrap();
        assert_eq!(
            log.text.raw(),
            format!("{line}\n[succeeded: exit code 0]\n")
        );
        assert!(log.is_complete);
        let rest = console
            .forge
            .job_log(&job, log.next_offset - 2)
            .await
            .unwrap();
        assert_eq!(rest.text.raw(), "]\n");
    }
}

#[tokio::test]
async fn a_check_is_cancelled_when_the_head_moves() {
    let world = World::new();
    let mut project = open_project();
    project.checks[0].command = Some(argv("echo begun; sleep 1000"));
    let (ana, tia) = (
        world.console("ana", &project),
        world.console("tia", &project),
    );
    let request = open(&ana).await;
    let ear = Ear {
        heard: Mutex::default(),
        on_line: |line: &str| {
            if line == "begun" {
                world.commit("hotfix/npe", "fix.txt", "better\n");
            }
        },
    };
    let checked = ana.forge.run_checks(request.id, &request.head, &ear).await;
    refused(checked.unwrap(), "moved to");
    let seen = look(&tia).await;
    assert_ne!(seen.head, request.head);
    assert_eq!(seen.checks[0].state, CheckState::Missing);
    assert!(
        ear.heard
            .into_inner()
            .unwrap()
            .contains(&"unit cancelled".to_owned())
    );
}

#[tokio::test]
async fn a_failed_check_forbids_the_merge_and_may_run_again() {
    let world = World::new();
    let mut project = open_project();
    let marker = world.path("flaky");
    let script = format!("test -f {0} || {{ touch {0}; exit 7; }}", marker.display());
    project.checks[0].command = Some(argv(&script));
    let ana = world.console("ana", &project);
    let request = open(&ana).await;
    let run = async || {
        let checked = ana.forge.run_checks(request.id, &request.head, &NoWatcher);
        done(checked.await.unwrap()).checks[0].state
    };
    assert_eq!(run().await, CheckState::Failed);
    let order = order(&world, &request, MergeMethod::Merge);
    refused(ana.forge.merge(&order).await.unwrap(), "`unit` is failed");
    assert_eq!(run().await, CheckState::Passed);
    done(ana.forge.merge(&order).await.unwrap());
}

#[tokio::test]
async fn commands_that_are_not_trusted_do_not_run() {
    let world = World::new();
    let ana = world.console_with("ana", &open_project(), |options| {
        options.are_commands_trusted = false;
    });
    let request = open(&ana).await;
    let checked = ana.forge.run_checks(request.id, &request.head, &NoWatcher);
    refused(checked.await.unwrap(), "lanekeeper trust");
}

#[tokio::test]
async fn a_required_check_without_a_command_is_missing_and_says_why() {
    let world = World::new();
    let mut project = open_project();
    project.checks[0].command = None;
    let ana = world.console("ana", &project);
    let request = open(&ana).await;
    assert_eq!(request.checks[0].state, CheckState::Missing);
    let checked = ana.forge.run_checks(request.id, &request.head, &NoWatcher);
    refused(checked.await.unwrap(), "has no `command`");
    let order = order(&world, &request, MergeMethod::Merge);
    refused(ana.forge.merge(&order).await.unwrap(), "has no `command`");
}

#[tokio::test]
async fn a_squash_is_one_commit_and_a_rebase_is_refused() {
    let world = World::new();
    let mut project = open_project();
    project.checks.clear();
    let ana = world.console("ana", &project);
    let request = open(&ana).await;
    let rebase = order(&world, &request, MergeMethod::Rebase);
    refused(ana.forge.merge(&rebase).await.unwrap(), "rebase");
    let squash = order(&world, &request, MergeMethod::Squash);
    let merged = done(ana.forge.merge(&squash).await.unwrap());
    let format = ["show", "-s", "--format=%P|%s|%cn", merged.commit.as_str()];
    let shown = world.run(&format, "origin.git");
    assert_eq!(shown, format!("{}|Merge the fix|ana", squash.onto));
}

#[tokio::test]
async fn conflicts_are_named_and_forbid_the_merge() {
    let world = World::new();
    let mut project = open_project();
    project.checks.clear();
    let ana = world.console("ana", &project);
    let request = open(&ana).await;
    world.commit("main", "fix.txt", "something else\n");
    let seen = look(&ana).await;
    assert_eq!(
        seen.mergeability,
        Mergeability::Conflicts(vec!["fix.txt".to_owned()])
    );
    let order = order(&world, &request, MergeMethod::Merge);
    refused(ana.forge.merge(&order).await.unwrap(), "fix.txt");
}

#[tokio::test]
async fn a_merge_by_hand_is_seen_with_its_commit() {
    let world = World::new();
    let (ana, tia) = (
        world.console("ana", &open_project()),
        world.console("tia", &open_project()),
    );
    let request = open(&ana).await;
    world.run(&["checkout", "-q", "main"], "seed");
    world.run(
        &["merge", "-q", "--no-ff", "-m", "By hand", "hotfix/npe"],
        "seed",
    );
    world.run(&["push", "-q", "origin", "main"], "seed");
    let by_hand = world.tip("main").expect("it is there");
    world.commit("main", "later.txt", "later\n");
    let seen = look(&tia).await;
    let merged = seen.merged().expect("the target holds the head");
    assert_eq!((&merged.commit, &merged.head), (&by_hand, &request.head));
    assert_eq!(merged.method, None);
    let order = order(&world, &request, MergeMethod::Merge);
    let again = tia.forge.merge(&order).await.unwrap();
    assert!(matches!(again, Written::AlreadyDone(_)), "{again:?}");
    let new = new_request("hotfix/npe");
    refused(tia.forge.open_request(&new).await.unwrap(), "has nothing");
}

#[tokio::test]
async fn a_request_keeps_its_head_when_its_branch_is_gone_and_closes() {
    let world = World::new();
    let ana = world.console("ana", &open_project());
    let request = open(&ana).await;
    world.run(&["push", "-q", "origin", ":hotfix/npe"], "seed");
    let seen = look(&ana).await;
    assert_eq!((seen.head, seen.state), (request.head, RequestState::Open));
    let close = |is_open| RequestEdit {
        is_open: Some(is_open),
        ..RequestEdit::default()
    };
    let closed = ana.forge.edit_request(request.id, &close(false)).await;
    assert_eq!(done(closed.unwrap()).state, RequestState::Closed);
    let opened = ana.forge.edit_request(request.id, &close(true)).await;
    assert_eq!(done(opened.unwrap()).state, RequestState::Open);
}

#[tokio::test]
async fn a_rejection_forbids_the_merge_until_its_person_approves() {
    let world = World::new();
    let mut project = open_project();
    project.checks.clear();
    let (ana, tia) = (
        world.console("ana", &project),
        world.console("tia", &project),
    );
    let request = open(&ana).await;
    let subject = Subject::Request(request.id);
    let say = async |decision| {
        let said = tia
            .forge
            .decide(&subject, &request.head, None, decision, Some("hm"));
        done(said.await.unwrap())
    };
    say(Decision::Rejected).await;
    let order = order(&world, &request, MergeMethod::Merge);
    refused(ana.forge.merge(&order).await.unwrap(), "tia rejected");
    say(Decision::Approved).await;
    done(ana.forge.merge(&order).await.unwrap());
}

#[tokio::test]
async fn a_merge_goes_on_without_seats_that_were_lifted_for_its_head() {
    let world = World::new();
    let mut seated = project();
    seated.checks.clear();
    let seats = seated.lanes[0].seats.clone();
    let ana = world.console("ana", &seated);
    let request = open(&ana).await;
    let subject = Subject::Request(request.id);
    let order = order(&world, &request, MergeMethod::Merge);
    let missing = "missing by tech-lead, product-manager";
    refused(ana.forge.merge(&order).await.unwrap(), missing);
    ana.forge.lift(&subject, &order.onto, seats.clone());
    refused(ana.forge.merge(&order).await.unwrap(), missing);
    ana.forge.lift(&subject, &order.head, seats[..1].to_vec());
    let one = "missing by product-manager";
    refused(ana.forge.merge(&order).await.unwrap(), one);
    ana.forge.lift(&subject, &order.head, seats);
    done(ana.forge.merge(&order).await.unwrap());
}

#[tokio::test]
async fn neither_the_branch_nor_the_chain_moves_when_the_remote_refuses_one_of_them() {
    let world = World::new();
    let mut project = open_project();
    project.checks.clear();
    let ana = world.console("ana", &project);
    let request = open(&ana).await;
    let hook = world.path("origin.git/hooks/update");
    std::fs::write(
        &hook,
        "#!/bin/sh\ntest \"$1\" != refs/heads/main || { echo protected; exit 1; }\n",
    )
    .expect("origin is ours");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&hook, mode).expect("origin is ours");
    let (events, main) = (world.events(), world.tip("main"));
    let order = order(&world, &request, MergeMethod::Merge);
    refused(ana.forge.merge(&order).await.unwrap(), "the remote refused");
    assert_eq!((world.events(), world.tip("main")), (events, main));
    assert_eq!(look(&ana).await.state, RequestState::Open);
}

#[tokio::test]
async fn an_event_of_a_newer_version_is_kept_and_a_critical_one_stops_writing() {
    let world = World::new();
    let ana = world.console("ana", &open_project());
    let request = open(&ana).await;
    let append = |critical: bool| {
        let json = format!(
            r#"{{"v":1,"id":"01JZ{critical}","type":"request.teleported","critical":{critical},"actor":{{"id":"x@example.org","name":"X"}},"at":"2026-04-12T09:31:07Z","body":{{}}}}"#
        );
        std::fs::write(world.path("seed/event.json"), json).expect("seed is ours");
        let blob = world.run(&["hash-object", "-w", "event.json"], "seed");
        std::fs::remove_file(world.path("seed/event.json")).expect("seed is ours");
        std::fs::write(
            world.path("tree"),
            format!("100644 blob {blob}\tevent.json\n"),
        )
        .expect("the folder is ours");
        let script = format!("!git mktree < {}", world.path("tree").display());
        let tree = world.run(&["-c", &format!("alias.tree={script}"), "tree"], "seed");
        world.run(&["fetch", "-q", "origin", CHAIN], "seed");
        let parent = world.run(&["rev-parse", "FETCH_HEAD"], "seed");
        let new = world.run(&["commit-tree", "-p", &parent, "-m", "x", &tree], "seed");
        world.run(&["push", "-q", "origin", &format!("{new}:{CHAIN}")], "seed");
    };
    append(false);
    done(ana.forge.comment(request.id, "still here").await.unwrap());
    assert_eq!(world.events(), 3);
    append(true);
    refused(
        ana.forge.comment(request.id, "no").await.unwrap(),
        "newer Lanekeeper",
    );
    assert_eq!(look(&ana).await.id, request.id);
}

#[tokio::test]
async fn a_status_shows_among_the_checks_of_its_commit_and_is_written_once() {
    let world = World::new();
    let ana = world.console("ana", &open_project());
    let request = open(&ana).await;
    let status = |state, text: &str| NewStatus {
        commit: request.head.clone(),
        name: "hotfix/unresolved".parse().expect("static name"),
        state,
        text: text.to_owned(),
    };
    let undecided = status(CheckState::Failed, "a.txt, b.txt");
    let first = ana.forge.set_status(&undecided).await.unwrap();
    assert_eq!(first, Written::Done(()));
    let again = ana.forge.set_status(&undecided).await.unwrap();
    assert_eq!(again, Written::AlreadyDone(()));
    let of = |request: &ChangeRequest| {
        let named = |check: &&lanekeeper::model::Check| check.name.as_str() == "hotfix/unresolved";
        request
            .checks
            .iter()
            .find(named)
            .map(|check| (check.state, check.is_required))
    };
    assert_eq!(of(&look(&ana).await), Some((CheckState::Failed, false)));
    let decided = status(CheckState::Passed, "every path is decided");
    done(ana.forge.set_status(&decided).await.unwrap());
    assert_eq!(of(&look(&ana).await), Some((CheckState::Passed, false)));
}
