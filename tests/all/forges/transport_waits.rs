//! Used-up limits: waited for by a clock that nobody sets, told, and not without end.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use lanekeeper::forge::http::Ask;
use lanekeeper::forge::http::Base;
use lanekeeper::forge::http::Connection;
use lanekeeper::forge::http::HttpError;
use lanekeeper::forge::http::Manners;
use lanekeeper::forge::http::Sent;
use lanekeeper::forge::http::Tls;
use lanekeeper::forge::http::Via;
use lanekeeper::model::Timestamp;
use serde_json::Value;

use super::message::Reply;
use super::server::Fault;
use super::server::Server;
use super::transport::boot_clock;
use super::transport::brisk;
use super::transport::connect;
use super::transport::connect_at;
use super::transport::connect_with;
use super::transport::ok;
use super::transport::secret;

#[tokio::test]
async fn a_used_up_limit_is_kept_and_shown_until_it_is_over() {
    let forge = Server::start(ok);
    let now = Arc::new(AtomicI64::new(1000));
    let http = connect_at(forge.origin(), secret(), Arc::clone(&now));
    forge.trap(
        "POST",
        "x",
        Fault::Instead(Reply::empty(429).with("retry-after", "30")),
    );
    let sent = http.write(&Ask::post(&["x"])).await;
    assert!(
        matches!(sent, Sent::NotSent(HttpError::Limited { .. })),
        "{sent:?}"
    );
    assert_eq!(http.quiet_until(), Some(Timestamp::from_second(1030)));
    let error = http
        .read::<Value>(&Ask::get(&["x"]))
        .await
        .expect_err("we keep quiet");
    assert!(matches!(error, HttpError::Limited { .. }), "{error}");
    assert_eq!(forge.log().len(), 1);

    now.store(1030, Ordering::SeqCst);
    assert_eq!(http.quiet_until(), None);
    http.read::<Value>(&Ask::get(&["x"]))
        .await
        .expect("it is over");
}

#[tokio::test]
async fn a_write_that_a_proxy_answers_with_a_wait_is_not_sent_again() {
    for wait in ["1", "600"] {
        let forge = Server::start(ok);
        let http = connect(forge.origin(), secret());
        let closed = Reply::empty(503).with("retry-after", wait);
        forge.trap("POST", "x", Fault::InsteadAfter(closed));
        let sent = http.write(&Ask::post(&["x"])).await;
        assert!(
            matches!(&sent, Sent::Answered(answer) if answer.status == 503),
            "after {wait} s: {sent:?}"
        );
        assert_eq!(forge.log().len(), 1, "after {wait} s");
        assert!(http.quiet_until().is_some(), "the wait is kept");
    }
}

#[tokio::test]
async fn a_wait_is_as_long_as_it_was_whatever_is_done_to_the_time_of_day() {
    // GitHub tells when a limit ends, on its own clock: here 40 s after Tue, 15 Nov 1994 08:12:31 GMT.
    let limited = || {
        Reply::empty(403)
            .with("date", "Tue, 15 Nov 1994 08:12:31 GMT")
            .with("x-ratelimit-remaining", "0")
            .with("x-ratelimit-reset", "784887191")
    };
    let forge = Server::start(ok);
    let (now, up) = (Arc::new(AtomicI64::new(0)), Arc::new(AtomicI64::new(500)));
    let told = Arc::clone(&now);
    let http = Connection::new(
        Base::parse(forge.origin()).expect("an address"),
        brisk(),
        &Tls::default(),
        &Via::default(),
        Arc::new(secret()),
        Arc::new(move || Timestamp::from_second(told.load(Ordering::SeqCst))),
        boot_clock(&up),
    )
    .expect("a connection");
    for ours in [784_887_151, 784_890_751, 784_883_551] {
        now.store(ours, Ordering::SeqCst);
        forge.trap("GET", "x", Fault::Instead(limited()));
        let refused = http.read::<Value>(&Ask::get(&["x"])).await;
        assert!(
            matches!(refused, Err(HttpError::Limited { .. })),
            "{refused:?}"
        );
        assert_eq!(
            http.quiet_until(),
            Some(Timestamp::from_second(ours + 40)),
            "for people, on their own clock"
        );
        for set in [ours - 86_400, ours + 86_400] {
            now.store(set, Ordering::SeqCst);
            assert!(http.quiet_until().is_some(), "it was only set");
        }
        up.fetch_add(39, Ordering::SeqCst);
        assert!(http.quiet_until().is_some(), "a second is left");
        up.fetch_add(1, Ordering::SeqCst);
        assert_eq!(http.quiet_until(), None);
    }
}

#[tokio::test]
async fn a_read_that_is_limited_again_and_again_comes_to_an_end() {
    let forge = Server::start(ok);
    let limit = Reply::empty(429).with("retry-after", "1");
    forge.trap_after("GET", "x", 0, 20, Fault::Instead(limit));
    let now = || Timestamp::from_second(1000);
    // Each wait is over as soon as somebody asks how long it still is.
    let up = AtomicI64::new(0);
    let boot = move || Duration::from_secs(up.fetch_add(10, Ordering::SeqCst).unsigned_abs());
    let manners = Manners {
        patience: Duration::from_secs(3),
        ..brisk()
    };
    let http = Connection::new(
        Base::parse(forge.origin()).expect("an address"),
        manners,
        &Tls::default(),
        &Via::default(),
        Arc::new(secret()),
        Arc::new(now),
        Arc::new(boot),
    )
    .expect("a connection");
    let error = http
        .read::<Value>(&Ask::get(&["x"]))
        .await
        .expect_err("it does not stop");
    assert!(matches!(error, HttpError::Limited { .. }), "{error}");
    assert_eq!(forge.log().len(), 4, "three waits of a second each");
}

#[tokio::test]
async fn a_wait_is_told_once_however_many_requests_it_holds_up() {
    use futures_util::FutureExt as _;
    let forge = Server::start(ok);
    let now = Arc::new(AtomicI64::new(1000));
    let http = connect_with(
        forge.origin(),
        secret(),
        Arc::clone(&now),
        Manners::default(),
    );
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&told);
    http.tell_waits(move |host, wait| {
        let mut heard = heard.lock().expect("no panic while held");
        heard.push((host.to_owned(), wait.as_secs()));
    });
    let said = || told.lock().expect("no panic while held").clone();
    let (one, other) = (Ask::get(&["x"]), Ask::post(&["x"]));
    for (second, wait) in [(1000, 58), (2000, 7)] {
        now.store(second, Ordering::SeqCst);
        let limit = Reply::empty(429).with("retry-after", &wait.to_string());
        forge.trap("GET", "x", Fault::Instead(limit));
        let before = said().len();
        let mut waiting = Box::pin(http.read::<Value>(&one));
        let mut later = Box::pin(http.write(&other));
        while said().len() == before {
            assert!(waiting.as_mut().now_or_never().is_none(), "it waits");
            tokio::task::yield_now().await;
        }
        assert!(later.as_mut().now_or_never().is_none(), "it waits too");
        let host = "127.0.0.1".to_owned();
        assert_eq!(said()[before..], [(host, wait)]);
    }
}
