//! Every status with which a forge can send us on, to another origin by name, port, scheme or as a path that only looks
//! like ours; and the clients of the three forges, which are sent there by all answers or by that with a log.

use std::sync::Arc;
use std::time::Duration;

use lanekeeper::forge::RequestQuery;
use lanekeeper::forge::http::Base;
use lanekeeper::forge::http::Connection;
use lanekeeper::forge::http::Manners;
use lanekeeper::forge::http::Tls;
use lanekeeper::forge::http::Token;
use lanekeeper::forge::http::Via;
use lanekeeper::model::RequestId;
use serde_json::json;

use super::canary;
use super::look;
use crate::forges::message::Reply;
use crate::forges::message::Request;
use crate::forges::server::Server;
use crate::outside::targets::forges;

/// Returns statuses with the address of another server.
pub(super) fn shapes(other: &Server) -> Vec<(u16, String)> {
    let port = other.origin().rsplit(':').next().expect("a port");
    let targets = [
        format!("{}/x", other.origin()),
        format!("//127.0.0.1:{port}/x"),
        format!("http://localhost:{port}/x"),
        format!("http://[::1]:{port}/x"),
        format!("http://user@127.0.0.1:{port}/x"),
        format!("http://127.0.0.1:{port}"),
    ];
    let shapes: Vec<(u16, String)> = [301, 302, 303, 307, 308]
        .into_iter()
        .flat_map(|status| targets.iter().map(move |target| (status, target.clone())))
        .collect();
    assert!(shapes.len() >= 30, "{}", shapes.len());
    shapes
}

fn connection(forge: &Server) -> Arc<Connection> {
    let manners = Manners {
        repeats: Vec::new(),
        patience: Duration::ZERO,
        ..Manners::default()
    };
    let http = Connection::new(
        Base::parse(&format!("{}/api", forge.origin())).expect("an address"),
        manners,
        &Tls::default(),
        &Via::default(),
        Arc::new(Token::new(&canary("GITLAB_TOKEN"))),
        Arc::new(lanekeeper::ops::now),
        lanekeeper::ops::BootClock::system().meter(),
    );
    Arc::new(http.expect("a connection"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_forges_client_takes_its_token_along_to_another_origin() {
    let other = Server::start(|_: &Request| Reply::json(200, &json!({"ok": true})));
    let shapes = shapes(&other);
    for (name, site) in [
        ("gitlab", forges::GITLAB),
        ("github", forges::GITHUB),
        ("gitea", forges::GITEA),
    ] {
        let site = Arc::new(site);
        for (status, target) in &shapes {
            for is_log_only in [false, true] {
                let (own, status, target) = (Arc::clone(&site), *status, target.clone());
                let forge = Server::start(move |request: &Request| {
                    let path = request.path.trim_start_matches("/api/");
                    let is_log = path.ends_with("/logs") || path.ends_with("/trace");
                    if is_log || !is_log_only {
                        return Reply::empty(status).with("location", &target);
                    }
                    match own.says(path) {
                        Some(text) => Reply::text(200, "application/json", text),
                        None => Reply::json(404, &json!({})),
                    }
                });
                let client = site.on(connection(&forge));
                let _read = client.me().await.is_ok();
                let _read = client.requests(&RequestQuery::default()).await.is_ok();
                let job = "7".parse().expect("static id");
                let _log = client.job_log(&job, 0).await.is_ok();
                let _written = client.comment(RequestId(7), "look").await.is_ok();
                let own_token = canary("GITLAB_TOKEN");
                let is_given = |token: Option<&str>| token == Some(own_token.as_str());
                let log = forge.log();
                assert!(
                    log.iter().any(|one| is_given(one.request.token())),
                    "{name} {status}: its own forge has the token"
                );
            }
        }
    }
    let mut found = Vec::new();
    let log = other.log();
    for exchange in &log {
        let told = format!("{:?} {}", exchange.request.headers, exchange.request.path);
        look(&told, "a header", &mut found);
        assert!(!exchange.request.is_write(), "a write was sent on: {told}");
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    assert!(!log.is_empty(), "logs are read where they are");
}
