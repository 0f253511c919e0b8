//! Certificates and proxies: an authority of the team's own, a certificate of ours, a way out through a proxy.

use std::io::BufRead as _;
use std::io::BufReader;
use std::io::Read as _;
use std::io::Write as _;
use std::net::TcpListener;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::Mutex;

use lanekeeper::forge::http::Ask;
use lanekeeper::forge::http::Base;
use lanekeeper::forge::http::Connection;
use lanekeeper::forge::http::HttpError;
use lanekeeper::forge::http::Tls;
use lanekeeper::forge::http::Via;
use lanekeeper::model::Timestamp;
use rustls::pki_types::PrivateKeyDer;
use serde_json::Value;
use serde_json::json;

use super::transport::brisk;
use super::transport::secret;

/// A certificate that vouches for itself.
struct Pair {
    made: rcgen::CertifiedKey<rcgen::KeyPair>,
}

impl Pair {
    fn new(name: &str) -> Self {
        let made = rcgen::generate_simple_self_signed(vec![name.to_owned()]);
        Self {
            made: made.expect("a certificate"),
        }
    }

    fn pem(&self) -> Vec<u8> {
        self.made.cert.pem().into_bytes()
    }

    fn key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::try_from(self.made.signing_key.serialize_der()).expect("a key")
    }

    /// Certificate and key in one file, as `client_cert` wants them.
    fn identity(&self) -> Vec<u8> {
        let key = self.made.signing_key.serialize_pem();
        [self.made.cert.pem(), key].concat().into_bytes()
    }
}

/// Answers TLS connections for `own`; where `client` is given, only whoever shows that certificate. Returns the port.
fn serve(own: &Pair, client: Option<&Pair>) -> u16 {
    serve_as(own, client, |_| "{}")
}

/// The same, with what `answer` says to the path of each request.
fn serve_as(own: &Pair, client: Option<&Pair>, answer: fn(&str) -> &'static str) -> u16 {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .expect("the defaults");
    let builder = match client {
        None => builder.with_no_client_auth(),
        Some(client) => {
            let mut roots = rustls::RootCertStore::empty();
            let der = client.made.cert.der().clone();
            roots.add(der).expect("a certificate");
            let verifier = rustls::server::WebPkiClientVerifier::builder_with_provider(
                Arc::new(roots),
                provider,
            );
            builder.with_client_cert_verifier(verifier.build().expect("a verifier"))
        }
    };
    let config = builder
        .with_single_cert(vec![own.made.cert.der().clone()], own.key())
        .expect("a pair");
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("bound").port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten().take(40) {
            let Ok(session) = rustls::ServerConnection::new(Arc::clone(&config)) else {
                return;
            };
            let mut tls = rustls::StreamOwned::new(session, stream);
            let mut request = [0; 4096];
            if let Ok(count) = tls.read(&mut request) {
                let head = String::from_utf8_lossy(&request[..count]);
                let body = answer(head.split(' ').nth(1).unwrap_or_default());
                let reply = format!(
                    "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                    body.len()
                );
                let _sent = tls.write_all(reply.as_bytes());
                tls.conn.send_close_notify();
                let _flushed = tls.flush();
            }
        }
    });
    port
}

/// Serves TLS that nobody trusts; returns the address of an API there.
pub(crate) fn untrusted() -> String {
    let port = serve(&Pair::new("localhost"), None);
    format!("https://localhost:{port}/api")
}

/// Serves a GitLab whose certificate only its own authority vouches for; returns its address and that authority's PEM.
pub(crate) fn of_its_own_authority() -> (String, Vec<u8>) {
    let own = Pair::new("localhost");
    let port = serve_as(&own, None, |path| match path {
        "/api/v4/user" => r#"{"id":7,"username":"ana","name":"Ana Ruiz"}"#,
        "/api/v4/personal_access_tokens/self" => r#"{"scopes":["api"]}"#,
        _ => "{}",
    });
    (format!("https://localhost:{port}"), own.pem())
}

fn connect(base: &str, tls: &Tls, via: &Via) -> Connection {
    Connection::new(
        Base::parse(base).expect("an address"),
        brisk(),
        tls,
        via,
        Arc::new(secret()),
        Arc::new(|| Timestamp::from_second(1000)),
        Arc::new(|| std::time::Duration::ZERO),
    )
    .expect("a connection")
}

async fn ask(http: &Connection) -> Result<Value, HttpError> {
    http.read(&Ask::get(&["x"])).await
}

#[tokio::test]
async fn an_unknown_authority_is_refused_until_its_file_is_named() {
    let own = Pair::new("localhost");
    let base = format!("https://localhost:{}/api", serve(&own, None));
    let stranger = ask(&connect(&base, &Tls::default(), &Via::default())).await;
    let error = stranger.expect_err("nobody knows this authority");
    assert!(matches!(error, HttpError::Certificate { .. }), "{error}");
    let tls = Tls {
        authorities: Some(own.pem()),
        identity: None,
    };
    let known = ask(&connect(&base, &tls, &Via::default())).await;
    assert_eq!(known.expect("the authority is known"), json!({}));
}

#[tokio::test]
async fn an_unknown_authority_and_a_file_without_any_are_told_in_a_sentence() {
    let own = Pair::new("localhost");
    let base = format!("https://localhost:{}/api", serve(&own, None));
    let stranger = ask(&connect(&base, &Tls::default(), &Via::default())).await;
    let said = stranger.expect_err("nobody knows it").to_string();
    let begins = "localhost shows a certificate that is not trusted here (";
    assert!(said.starts_with(begins) && !said.contains('\n'), "{said}");
    let ends = "--ca-file FILE, or in config.toml: [[host]] ca_file = \"…\"";
    assert!(said.ends_with(ends), "{said}");
    let empty = Tls {
        authorities: Some(b"no certificate".to_vec()),
        identity: None,
    };
    let made = Connection::new(
        Base::parse(&base).expect("an address"),
        brisk(),
        &empty,
        &Via::default(),
        Arc::new(secret()),
        Arc::new(|| Timestamp::from_second(1000)),
        lanekeeper::ops::BootClock::system().meter(),
    );
    let said = made.expect_err("there is none in it").to_string();
    assert!(
        said.ends_with("the CA file holds no certificate in PEM form"),
        "{said}"
    );
}

#[tokio::test]
async fn a_forge_that_asks_for_our_certificate_gets_the_one_that_is_named() {
    let (own, ours) = (Pair::new("localhost"), Pair::new("ana"));
    let base = format!("https://localhost:{}/api", serve(&own, Some(&ours)));
    let without = Tls {
        authorities: Some(own.pem()),
        identity: None,
    };
    let stranger = ask(&connect(&base, &without, &Via::default())).await;
    stranger.expect_err("it asks for a certificate");
    let with = Tls {
        identity: Some(ours.identity()),
        ..without
    };
    let known = ask(&connect(&base, &with, &Via::default())).await;
    assert_eq!(known.expect("it knows ours"), json!({}));
}

/// Lets connections through to `port` of this machine, whatever host is asked for; keeps what was asked.
fn proxy(port: u16) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("bound"));
    let asked = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&asked);
    std::thread::spawn(move || {
        for client in listener.incoming().flatten().take(4) {
            let mut reader = BufReader::new(client.try_clone().expect("a socket"));
            let mut head = String::new();
            while reader.read_line(&mut head).is_ok_and(|read| read > 2) {}
            kept.lock().expect("no panic while held").push(head);
            let server = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
            let mut answer = &client;
            let yes = b"HTTP/1.1 200 Connection established\r\n\r\n";
            answer.write_all(yes).expect("it reads");
            let (mut up, mut down) = (
                server.try_clone().expect("a socket"),
                client.try_clone().expect("a socket"),
            );
            std::thread::spawn(move || {
                let _ended = std::io::copy(&mut reader, &mut up);
            });
            let mut server = server;
            std::thread::spawn(move || {
                let _ended = std::io::copy(&mut server, &mut down);
                let _closed = down.shutdown(std::net::Shutdown::Both);
            });
        }
    });
    (address, asked)
}

#[tokio::test]
async fn the_way_out_is_the_proxy_of_the_environment_and_the_token_is_not_for_it() {
    let own = Pair::new("forge.example");
    let (address, asked) = proxy(serve(&own, None));
    let tls = Tls {
        authorities: Some(own.pem()),
        identity: None,
    };
    let via = Via {
        https: Some(address),
        ..Via::default()
    };
    let http = connect("https://forge.example/api", &tls, &via);
    let answer = ask(&http).await;
    assert_eq!(answer.expect("through the proxy"), json!({}));
    let asked = asked.lock().expect("no panic while held").clone();
    assert_eq!(asked.len(), 1);
    assert!(
        asked[0].starts_with("CONNECT forge.example:443 "),
        "{asked:?}"
    );
    assert!(!asked[0].contains("secret-token"), "{asked:?}");
}
