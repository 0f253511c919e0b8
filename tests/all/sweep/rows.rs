//! Rows of the failure table that nothing else shows: waits, clocks, an expired token, a rewritten branch, many refs, a
//! stale lock.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use lanekeeper::engine::Intent;
use lanekeeper::engine::Outcome;
use lanekeeper::engine::plan;
use lanekeeper::forge::http::Ask;
use lanekeeper::forge::http::Base;
use lanekeeper::forge::http::Connection;
use lanekeeper::forge::http::HttpError;
use lanekeeper::forge::http::Manners;
use lanekeeper::forge::http::Tls;
use lanekeeper::forge::http::Token;
use lanekeeper::forge::http::Via;
use lanekeeper::git::RefUpdate;
use lanekeeper::model::Timestamp;
use serde_json::Value;
use serde_json::json;

use super::tell;
use crate::cli::project::Project;
use crate::forges::gitlab::play::Play;
use crate::forges::message::Reply;
use crate::forges::message::Request;
use crate::forges::server::Fault;
use crate::forges::server::Happening;
use crate::forges::server::Server;
use crate::forges::transport::boot_clock;
use crate::support::team::Team;

fn connection(origin: &str, manners: Manners, now: &Arc<AtomicI64>) -> Connection {
    let boot = boot_clock(now);
    let now = Arc::clone(now);
    Connection::new(
        Base::parse(origin).unwrap(),
        manners,
        &Tls::default(),
        &Via::default(),
        Arc::new(Token::new("secret")),
        Arc::new(move || Timestamp::from_second(now.load(Ordering::SeqCst))),
        boot,
    )
    .unwrap()
}

fn ok(_: &Request) -> Reply {
    Reply::json(200, &json!({}))
}

#[tokio::test]
async fn two_minutes_of_quiet_are_sat_out_and_more_is_asked_about() {
    let forge = Server::start(ok);
    let now = Arc::new(AtomicI64::new(1_000));
    let limited = |seconds: &str| Fault::Instead(Reply::empty(429).with("retry-after", seconds));
    let http = Arc::new(connection(forge.origin(), Manners::default(), &now));

    forge.trap("GET", "", limited("121"));
    let answer = http.read::<Value>(&Ask::get(&["x"])).await;
    let Err(HttpError::Limited { until, .. }) = answer else {
        panic!("{answer:?}");
    };
    assert_eq!(until.as_second(), 1_121);

    // Two minutes are waited for, and counted down on the screen; nothing is asked meanwhile.
    now.store(2_000, Ordering::SeqCst);
    forge.trap("GET", "", limited("120"));
    let own = Arc::clone(&http);
    let waiting = tokio::spawn(async move { own.read::<Value>(&Ask::get(&["x"])).await });
    while http.quiet_until().is_none() {
        tokio::task::yield_now().await;
    }
    assert_eq!(http.quiet_until().unwrap().as_second(), 2_120);
    assert!(!waiting.is_finished());
    assert_eq!(forge.log().len(), 2);
    waiting.abort();
}

#[tokio::test]
async fn a_read_is_given_up_after_five_tries_and_a_request_after_half_a_minute() {
    let real = Manners::default();
    assert_eq!(real.total, Duration::from_secs(30));
    let pauses: Vec<u128> = real.repeats.iter().map(Duration::as_millis).collect();
    assert_eq!(pauses, [500, 1_000, 2_000, 4_000]);
    let forge = Server::start(|_: &Request| Reply::empty(503));
    let manners = Manners {
        repeats: vec![Duration::ZERO; pauses.len()],
        ..real
    };
    let now = Arc::new(AtomicI64::new(1_000));
    let http = connection(forge.origin(), manners, &now);
    let answer = http.read::<Value>(&Ask::get(&["x"])).await;
    assert_eq!(answer.unwrap_err().status(), Some(503));
    assert_eq!(forge.log().len(), 5);
}

#[tokio::test]
async fn the_clock_of_a_forge_that_differs_is_told() {
    // Tue, 15 Nov 1994 08:12:31 GMT is 784887151.
    let forge = Server::start(|_: &Request| {
        Reply::json(200, &json!({})).with("date", "Tue, 15 Nov 1994 08:12:31 GMT")
    });
    for (ours, told) in [
        (784_887_151, None),
        (784_887_121, None),
        (784_887_120, Some(31)),
        (784_890_751, Some(-3_600)),
    ] {
        let now = Arc::new(AtomicI64::new(ours));
        let http = connection(forge.origin(), Manners::default(), &now);
        assert_eq!(http.clock_offset(), None, "nothing was asked yet");
        http.read::<Value>(&Ask::get(&["x"])).await.unwrap();
        assert_eq!(http.clock_offset(), told, "at {ours}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_expires_in_mid_plan_pauses_it_and_the_same_words_go_on_after_a_login() {
    let play = Play::begin("two").await;
    // Nobody has dana's token any more, from the first write of the plan on.
    let state = Arc::clone(&play.state);
    let expires = Happening::new(move || {
        let mut state = state.lock().expect("no panic while held");
        state.users[0].username = "nobody";
    });
    let expires = Fault::Meanwhile(expires);
    play.server.trap("POST", "merge_requests", expires);
    let intent: Intent = "do change".parse().unwrap();
    let why = play
        .tried(&play.dana, &intent)
        .await
        .expect_err("nobody is signed in");
    assert!(why.contains("lanekeeper login"), "{why}");
    assert!(play.state().mrs.is_empty());

    // Who signs in again says the same once more: it begins with a look at what is there.
    play.state().users[0].username = "dana";
    play.act(&play.dana, "do change").await;
    assert_eq!(play.state().mrs.len(), 1);

    let board = play.board(&play.dana).await;
    let record = board.record.unwrap();
    let lines: Vec<String> = record
        .entries
        .iter()
        .filter(|entry| entry.kind.starts_with("effect."))
        .map(|entry| entry.to_line().to_owned())
        .collect();
    assert!(
        lines
            .iter()
            .any(|line| line.contains("does not accept the token")),
        "the gap is on record: {lines:?}"
    );
}

#[test]
fn a_branch_that_was_rewritten_stops_the_plan_and_what_is_gone_is_named() {
    let team = Team::new();
    let id = team.start("refund");
    team.fix(&[(3, "fixed")], "Fix the refund");
    team.act(&id, "do run");
    let board = team.look(&id);
    let record = board.record.clone().unwrap();
    let intent: Intent = "do run".parse().unwrap();
    let merge = plan(&intent, &board.book, &record, &board.seen).expect("it can be merged");

    // The target: somebody pushes over what was in the lane.
    let world = &team.world;
    world.switch("preprod", Some("origin/preprod"));
    world.change("other.txt", "other\n", "Somebody's work");
    world.git(&["push", "-q", "origin", "preprod"]);
    let board = team.look(&id);
    let later = plan(&intent, &board.book, &record, &board.seen).expect("it can be merged");
    world.git(&["reset", "-q", "--hard", "HEAD~1"]);
    world.change("third.txt", "third\n", "Instead of it");
    world.git(&["push", "-q", "--force", "origin", "preprod"]);
    let before = team.refs();
    let results = team.execute(&later);
    let why = &results.last().expect("a call").why;
    for words in [
        "was rewritten",
        "it lost 1 commit",
        "Somebody's work",
        "Instead of it",
        "plan again",
    ] {
        assert!(why.contains(words), "`{words}` is not said: {why}");
    }
    assert_eq!(results.last().unwrap().outcome, Outcome::Refused);
    let heads = |refs: &str| -> Vec<String> {
        let lines = refs.lines().filter(|line| line.contains("refs/heads/"));
        lines.map(str::to_owned).collect()
    };
    assert_eq!(heads(&team.refs()), heads(&before), "no branch moved");

    // The source: the fix itself is another one now.
    world.switch("hotfix/refund", None);
    world.git(&["reset", "-q", "--hard", "HEAD~1"]);
    team.world
        .change("shop.txt", "another fix\n", "Another fix");
    world.git(&["push", "-q", "--force", "origin", "HEAD"]);
    let results = team.execute(&merge);
    let why = &results.last().expect("a call").why;
    for words in ["was rewritten", "Fix the refund", "Another fix"] {
        assert!(why.contains(words), "`{words}` is not said: {why}");
    }
    assert_eq!(heads(&team.refs()).len(), heads(&before).len());
}

#[test]
fn a_stale_lock_in_our_repository_is_removed_and_one_in_the_clone_is_not_touched() {
    let team = Team::new();
    let id = team.start("refund");
    team.fix(&[(3, "fixed")], "Fix the refund");
    team.look(&id);
    let repo = team.workspace().repo().clone();
    let kept = repo.dir().join("refs/remote/heads");
    let mut stale = vec![repo.dir().join("packed-refs.lock")];
    for name in ["preprod", "integration", "hotfix/refund", "hotfix/other"] {
        stale.push(kept.join(format!("{name}.lock")));
    }
    let theirs = [
        team.world.clone().join(".git/index.lock"),
        team.world.clone().join(".git/refs/heads/main.lock"),
    ];
    for path in stale.iter().chain(&theirs) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "").unwrap();
    }
    // A push whose result cannot be noted at once is done all the same.
    let head = team.world.id("hotfix/refund");
    let update = RefUpdate {
        name: "refs/heads/hotfix/other".parse().unwrap(),
        new: Some(head.clone()),
        expected: None,
        replaces: false,
    };
    let pushed = team.wait(repo.push(&[update])).expect("it is pushed");
    assert_eq!(pushed, [lanekeeper::git::Pushed::Done]);
    let kept = repo.remote_refs("refs/heads/").unwrap();
    let has_it = kept
        .iter()
        .any(|(name, id)| name.as_str() == "refs/heads/hotfix/other" && *id == head);
    assert!(has_it, "{kept:?}");
    team.act(&id, "do run");
    team.act(&id, "do run");
    for path in &theirs {
        assert!(path.exists(), "{} is somebody else's", path.display());
    }
}

#[test]
#[ignore = "makes a hundred thousand refs; shows how long the first and the next look take"]
fn a_hundred_thousand_refs_are_listed_and_looked_at() {
    let project = Project::new();
    let tip = project.git("origin.git", &["rev-parse", "main"]);
    let mut packed = String::from("# pack-refs with: peeled fully-peeled sorted \n");
    let own = project.git(
        "origin.git",
        &["for-each-ref", "--format=%(objectname) %(refname)"],
    );
    let mut lines: Vec<String> = (0..100_000)
        .map(|number| format!("{tip} refs/heads/topic/{:03}/{number:06}", number / 1000))
        .chain(own.lines().map(str::to_owned))
        .collect();
    lines.sort_by(|a, b| a.split(' ').nth(1).cmp(&b.split(' ').nth(1)));
    for line in lines {
        packed.push_str(&line);
        packed.push('\n');
    }
    project.write("origin.git/packed-refs", &packed);
    for round in ["first", "second", "third"] {
        let begun = std::time::Instant::now();
        project.run("ana", &["lanes", "--json"]).ends(0);
        let took = begun.elapsed();
        tell(&format!("100,000 refs, {round} look: {took:?}"));
        // What is promised of a list that was seen before is promised of the program as it is built for people.
        let is_promised = round != "first" && !cfg!(debug_assertions);
        assert!(!is_promised || took.as_secs() < 1, "{round}: {took:?}");
    }
}
