//! The transport alone: where the token goes, what is repeated and what never is, limits, pages.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_trait::async_trait;
use lanekeeper::forge::http::Ask;
use lanekeeper::forge::http::Base;
use lanekeeper::forge::http::Connection;
use lanekeeper::forge::http::HttpError;
use lanekeeper::forge::http::Manners;
use lanekeeper::forge::http::NoToken;
use lanekeeper::forge::http::Sent;
use lanekeeper::forge::http::Tls;
use lanekeeper::forge::http::Token;
use lanekeeper::forge::http::TokenSource;
use lanekeeper::forge::http::Via;
use lanekeeper::forge::while_it_may;
use lanekeeper::model::Timestamp;
use serde_json::Value;
use serde_json::json;

use super::message::Reply;
use super::message::Request;
use super::message::page;
use super::message::tagged;
use super::server::Fault;
use super::server::Server;

/// Manners for loopback: short waits, quick repeats.
pub(crate) fn brisk() -> Manners {
    Manners {
        connect: Duration::from_secs(5),
        read: Duration::from_millis(400),
        total: Duration::from_secs(5),
        repeats: vec![Duration::ZERO, Duration::ZERO],
        patience: Duration::ZERO,
        ..Manners::default()
    }
}

/// Makes a connection to `base` with `token`, at a fixed time.
pub(crate) fn connect(base: &str, token: impl TokenSource + 'static) -> Connection {
    connect_at(base, token, Arc::new(AtomicI64::new(1000)))
}

pub(super) fn connect_at(
    base: &str,
    token: impl TokenSource + 'static,
    now: Arc<AtomicI64>,
) -> Connection {
    connect_with(base, token, now, brisk())
}

pub(super) fn connect_with(
    base: &str,
    token: impl TokenSource + 'static,
    now: Arc<AtomicI64>,
    manners: Manners,
) -> Connection {
    let boot = boot_clock(&now);
    let clock = move || Timestamp::from_second(now.load(Ordering::SeqCst));
    Connection::new(
        Base::parse(base).expect("an address"),
        manners,
        &Tls::default(),
        &Via::default(),
        Arc::new(token),
        Arc::new(clock),
        boot,
    )
    .expect("a connection")
}

/// Returns a clock that counts sleep, which tells these seconds.
pub(crate) fn boot_clock(seconds: &Arc<AtomicI64>) -> Arc<dyn Fn() -> Duration + Send + Sync> {
    let seconds = Arc::clone(seconds);
    Arc::new(move || Duration::from_secs(seconds.load(Ordering::SeqCst).unsigned_abs()))
}

pub(crate) fn secret() -> Token {
    Token::new("secret-token")
}

pub(super) fn ok(_: &Request) -> Reply {
    Reply::json(200, &json!({"ok": true}))
}

#[tokio::test]
async fn the_token_goes_to_its_own_origin_and_nowhere_else() {
    let other = Server::start(|_: &Request| Reply::text(200, "text/plain", "the log"));
    let elsewhere = format!("{}/storage?signature=1", other.origin());
    let forge = Server::start(move |request: &Request| match request.path.as_str() {
        "/api/moved" => Reply::empty(301).with("location", "/api/here"),
        "/api/log" => Reply::empty(302).with("location", &elsewhere),
        _ => ok(request),
    });
    let http = connect(&format!("{}/api", forge.origin()), secret());

    let moved: Value = http.read(&Ask::get(&["moved"])).await.expect("followed");
    assert_eq!(moved, json!({"ok": true}));
    let error = http
        .read::<Value>(&Ask::get(&["log"]))
        .await
        .expect_err("another origin");
    assert!(
        matches!(&error, HttpError::Moved { to, .. } if !to.contains("signature")),
        "{error}"
    );
    assert!(other.log().is_empty());

    let log = http
        .read_elsewhere(&Ask::get(&["log"]))
        .await
        .expect("followed without token");
    assert_eq!(log.body, b"the log");
    let asked = other.log();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].request.token(), None);
    for exchange in forge.log() {
        assert_eq!(exchange.request.token(), Some("secret-token"));
    }
}

#[tokio::test]
async fn a_write_is_never_sent_on_and_never_sent_again() {
    let forge = Server::start(|request: &Request| match request.path.as_str() {
        "/api/moved" => Reply::empty(307).with("location", "/api/here"),
        _ => Reply::json(201, &json!({"id": 1})),
    });
    let http = connect(&format!("{}/api", forge.origin()), secret());
    // A connection that was used before, as a pool keeps them.
    http.read::<Value>(&Ask::get(&["warm"]))
        .await
        .expect("an answer");

    let sent = http.write(&Ask::post(&["moved"])).await;
    assert!(matches!(sent, Sent::Answered(answer) if answer.status == 307));
    for fault in [
        Fault::CloseBefore,
        Fault::CloseAfter,
        Fault::HangAfter,
        Fault::HangBefore,
        Fault::Truncate,
    ] {
        let before = forge.log().len();
        forge.trap("POST", "things", fault.clone());
        let sent = http
            .write(&Ask::post(&["things"]).json(&json!({"a": 1})))
            .await;
        assert!(matches!(sent, Sent::Lost(_)), "{fault:?}: {sent:?}");
        assert_eq!(forge.log().len() - before, 1, "{fault:?}");
        // The next one is sent on a fresh connection.
        let sent = http.write(&Ask::post(&["things"])).await;
        assert!(matches!(sent, Sent::Answered(answer) if answer.status == 201));
    }
    let status = Fault::InsteadAfter(Reply::text(502, "text/html", "<html>"));
    forge.trap("POST", "things", status);
    let before = forge.log().len();
    let sent = http.write(&Ask::post(&["things"])).await;
    assert!(matches!(sent, Sent::Answered(answer) if answer.is_unclear()));
    assert_eq!(forge.log().len() - before, 1);
}

#[tokio::test]
async fn a_forge_that_is_not_there_was_certainly_not_asked() {
    let gone = Server::start(ok).origin().to_owned();
    let http = connect(&gone, secret());
    let sent = http.write(&Ask::post(&["things"])).await;
    assert!(
        matches!(sent, Sent::NotSent(HttpError::Unreachable { .. })),
        "{sent:?}"
    );
}

#[tokio::test]
async fn a_read_is_repeated_after_a_passing_failure_and_not_after_a_no() {
    let forge = Server::start(ok);
    let http = connect(forge.origin(), secret());
    forge.trap("GET", "x", Fault::Instead(Reply::empty(503)));
    forge.trap("GET", "x", Fault::CloseBefore);
    http.read::<Value>(&Ask::get(&["x"]))
        .await
        .expect("the third attempt");
    assert_eq!(forge.log().len(), 3);

    forge.trap(
        "GET",
        "y",
        Fault::Instead(Reply::json(403, &json!({"message": "no rights"}))),
    );
    let error = http
        .read::<Value>(&Ask::get(&["y"]))
        .await
        .expect_err("it is a no");
    assert_eq!(error.status(), Some(403));
    assert_eq!(
        error.to_string(),
        "127.0.0.1 refused GET y (403): no rights"
    );
    assert_eq!(forge.log().len(), 4);
}

#[tokio::test]
async fn pages_are_read_to_the_end_and_only_on_our_origin() {
    let items: Vec<Value> = (0..5).map(Value::from).collect();
    let forge = Server::start_with(|origin| {
        let origin = origin.to_owned();
        move |request: &Request| match request.path.as_str() {
            "/trap" => {
                Reply::json(200, &json!([1])).with("link", "<https://evil.example/x>; rel=\"next\"")
            }
            "/loop" => Reply::json(200, &json!([1])).with("link", "</loop>; rel=\"next\""),
            _ => page(request, &origin, &items, "per_page", 2),
        }
    });
    let http = connect(forge.origin(), secret());
    let list = Ask::get(&["list"]).with("per_page", &100).with("q", "a b");
    assert_eq!(
        http.read_list::<u64>(&list, 100).await.expect("a list"),
        [0, 1, 2, 3, 4]
    );
    assert_eq!(forge.log().len(), 3);
    assert_eq!(
        http.read_list::<u64>(&list, 3).await.expect("a list"),
        [0, 1, 2]
    );
    assert_eq!(
        http.read_list::<u64>(&Ask::get(&["trap"]), 9)
            .await
            .expect("a list"),
        [1]
    );
    assert_eq!(
        http.read_list::<u64>(&Ask::get(&["loop"]), 9)
            .await
            .expect("a list"),
        [1]
    );
}

#[tokio::test]
async fn an_unchanged_answer_is_not_sent_again() {
    let forge = Server::start(|request: &Request| tagged(request, ok(request)));
    let http = connect(forge.origin(), secret());
    for _ in 0..3 {
        let value: Value = http.read(&Ask::get(&["x"])).await.expect("an answer");
        assert_eq!(value, json!({"ok": true}));
    }
    let statuses: Vec<u16> = forge
        .log()
        .iter()
        .filter_map(|exchange| Some(exchange.reply.as_ref()?.status))
        .collect();
    assert_eq!(statuses, [200, 304, 304]);
}

#[tokio::test]
async fn a_page_that_did_not_change_has_a_next_one_all_the_same() {
    let count = Arc::new(AtomicI64::new(2));
    let items = Arc::clone(&count);
    let forge = Server::start(move |request: &Request| {
        let items: Vec<Value> = (0..items.load(Ordering::SeqCst)).map(Value::from).collect();
        tagged(request, page(request, "", &items, "per_page", 2))
    });
    let http = connect(forge.origin(), secret());
    let list = Ask::get(&["list"]).with("per_page", &2);
    for all in [vec![0, 1], vec![0, 1, 2]] {
        count.store(i64::try_from(all.len()).expect("few"), Ordering::SeqCst);
        let read = http.read_list::<u64>(&list, 9).await.expect("a list");
        assert_eq!(read, all);
    }
    let sent = forge.log().len();
    assert_eq!(sent, 3, "the first page is confirmed, the second is new");
}

#[tokio::test]
async fn a_write_whose_time_is_over_when_its_turn_comes_is_not_sent() {
    let forge = Server::start(ok);
    let http = connect(forge.origin(), secret());
    let ask = Ask::post(&["x"]);
    // The token was waited for, or the forge had asked for quiet: the question comes after that.
    let late = while_it_may(Arc::new(|| false), http.write(&ask)).await;
    assert!(
        matches!(late, Sent::NotSent(HttpError::TooLate)),
        "{late:?}"
    );
    assert_eq!(forge.log().len(), 0);
    let asked = Ask::get(&["x"]);
    let read = http.read::<Value>(&asked);
    while_it_may(Arc::new(|| false), read)
        .await
        .expect("a read is never too late");
    let in_time = while_it_may(Arc::new(|| true), http.write(&ask)).await;
    assert!(matches!(in_time, Sent::Answered(_)), "{in_time:?}");
}

#[tokio::test]
async fn who_hears_that_nothing_changed_is_let_in_again() {
    let forge = Server::start(|request: &Request| tagged(request, ok(request)));
    let http = connect(forge.origin(), secret());
    let ask = Ask::get(&["x"]);
    http.read::<Value>(&ask).await.expect("an answer");
    let no = Reply::json(401, &json!({"message": "Token is expired."}));
    forge.trap("GET", "x", Fault::Instead(no));
    http.read::<Value>(&ask).await.expect_err("it is a no");
    assert!(http.signed_out().is_some());

    http.read::<Value>(&ask).await.expect("as it was");
    let last = forge.log().pop().and_then(|exchange| exchange.reply);
    assert_eq!(last.map(|reply| reply.status), Some(304));
    assert_eq!(http.signed_out(), None);
}

/// Somebody who signs in again while the console runs.
struct Relogin(Mutex<Vec<&'static str>>);

#[async_trait]
impl TokenSource for Relogin {
    async fn token(&self) -> Option<Token> {
        let mut left = self.0.lock().expect("no panic while held");
        let next = if left.len() > 1 {
            left.remove(0)
        } else {
            left[0]
        };
        Some(Token::new(next))
    }
}

fn only_new(request: &Request) -> Reply {
    if request.token() == Some("new") {
        Reply::json(201, &json!({}))
    } else {
        Reply::json(401, &json!({"message": "401 Unauthorized"}))
    }
}

#[tokio::test]
async fn a_login_in_another_terminal_is_taken_up() {
    let forge = Server::start(only_new);
    let http = connect(forge.origin(), Relogin(Mutex::new(vec!["old", "new"])));
    let sent = http.write(&Ask::post(&["x"])).await;
    assert!(matches!(sent, Sent::Answered(answer) if answer.status == 201));

    let http = connect(forge.origin(), Token::new("old"));
    let error = http
        .read::<Value>(&Ask::get(&["x"]))
        .await
        .expect_err("nobody signed in again");
    assert!(
        error
            .to_string()
            .ends_with("run: lanekeeper login 127.0.0.1"),
        "{error}"
    );
    let http = connect(forge.origin(), NoToken);
    let error = http
        .read::<Value>(&Ask::get(&["x"]))
        .await
        .expect_err("nobody is signed in");
    assert!(matches!(error, HttpError::NoToken { .. }), "{error}");
}

#[tokio::test]
async fn a_web_page_in_place_of_an_api_is_said_in_one_sentence() {
    let forge = Server::start(|_: &Request| {
        Reply::text(200, "text/html", "<!DOCTYPE html><h1>Sign in</h1>")
    });
    let http = connect(&format!("{}/api/v4", forge.origin()), secret());
    let error = http
        .read::<Value>(&Ask::get(&["user"]))
        .await
        .expect_err("no JSON");
    let expected = format!(
        "127.0.0.1 answered GET user with a web page; is {}/api/v4 the address of its API?",
        forge.origin()
    );
    assert_eq!(error.to_string(), expected);
}
