//! Health checks after a deployment: ask, wait, ask again, a fixed number of times.

use std::time::Duration;

use crate::model::Health;
use crate::model::HealthProbe;
use crate::model::HealthState;
use crate::model::Timestamp;
use crate::model::chain_text;

use super::command;
use super::environment::Surroundings;

/// Bytes of a response that are searched for the expected text.
const BODY_LIMIT: usize = 1024 * 1024;

/// Asks until the answer is right or the attempts are used up. Every attempt is one line to `on_line`.
pub async fn check(
    health: &Health,
    surroundings: &Surroundings,
    clock: &(dyn Fn() -> Timestamp + Send + Sync),
    on_line: &mut (dyn FnMut(&[u8]) + Send),
) -> HealthState {
    let attempts = health.attempts.max(1);
    let mut answer = Err("not asked".to_owned());
    for attempt in 1..=attempts {
        if attempt > 1 {
            tokio::time::sleep(health.interval).await;
        }
        answer = ask(&health.probe, surroundings, health.timeout, on_line).await;
        let (Ok(words) | Err(words)) = &answer;
        on_line(format!("health check {attempt} of {attempts}: {words}").as_bytes());
        if answer.is_ok() {
            break;
        }
    }
    match answer {
        Ok(detail) => HealthState::Healthy {
            at: clock(),
            detail,
        },
        Err(why) => HealthState::Unhealthy { at: clock(), why },
    }
}

async fn ask(
    probe: &HealthProbe,
    surroundings: &Surroundings,
    timeout: Duration,
    on_line: &mut (dyn FnMut(&[u8]) + Send),
) -> Result<String, String> {
    match probe {
        HealthProbe::Http { url, status, body } => {
            let get = get(url, *status, body.as_deref());
            match tokio::time::timeout(timeout, get).await {
                Ok(answer) => answer,
                Err(_) => Err(format!("no answer within {} s", timeout.as_secs())),
            }
        }
        HealthProbe::Command(argv) => {
            let stop = std::future::pending();
            let ended = command::run(argv, surroundings, timeout, on_line, stop)
                .await
                .map_err(|error| chain_text(&error))?;
            if ended.is_success() {
                Ok(ended.to_string())
            } else {
                Err(ended.to_string())
            }
        }
    }
}

/// Asks once over HTTP. Redirects are not followed: a login page that answers 200 is not a healthy app.
async fn get(url: &str, status: u16, text: Option<&str>) -> Result<String, String> {
    let client = client(url).map_err(|error| chain_text(&*error))?;
    let mut response = client
        .get(url)
        .send()
        .await
        .map_err(|error| chain_text(&error.without_url()))?;
    let answered = response.status().as_u16();
    if answered != status {
        return Err(format!("HTTP {answered}, expected {status}"));
    }
    let Some(text) = text else {
        return Ok(format!("HTTP {answered}"));
    };
    let mut body = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| chain_text(&error.without_url()))?
    {
        body.extend_from_slice(&chunk);
        if body.len() > BODY_LIMIT {
            break;
        }
    }
    if String::from_utf8_lossy(&body).contains(text) {
        Ok(format!("HTTP {answered} with `{text}`"))
    } else {
        Err(format!("HTTP {answered} without `{text}` in the body"))
    }
}

type ClientError = Box<dyn std::error::Error + Send + Sync>;

/// Makes a client that follows nothing and carries no credentials.
fn client(url: &str) -> Result<reqwest::Client, ClientError> {
    let is_plain = url.starts_with("http://");
    Ok(crate::forge::http::plain_builder(is_plain)?.build()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::collections::BTreeMap;

    use tokio::io::AsyncReadExt as _;
    use tokio::io::AsyncWriteExt as _;

    /// Answers each connection with the next of `answers`; returns the address.
    async fn serve(answers: &'static [&'static str]) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a free port");
        let address = listener.local_addr().expect("bound");
        tokio::spawn(async move {
            for answer in answers {
                let (mut stream, _) = listener.accept().await.expect("a client");
                let mut request = [0; 1024];
                let _read = stream.read(&mut request).await;
                stream.write_all(answer.as_bytes()).await.expect("sent");
            }
        });
        format!("http://{address}/health")
    }

    async fn ask_http(url: String, body: Option<&str>, attempts: u32) -> (HealthState, usize) {
        let health = Health {
            probe: HealthProbe::Http {
                url,
                status: 200,
                body: body.map(str::to_owned),
            },
            attempts,
            interval: Duration::from_millis(1),
            timeout: Duration::from_secs(20),
        };
        let here = Surroundings::new(std::path::Path::new("/"), &BTreeMap::new(), []);
        let mut lines = 0;
        let clock = || Timestamp::from_second(1);
        let state = check(&health, &here, &clock, &mut |_| lines += 1).await;
        (state, lines)
    }

    const UP: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nup";
    const DOWN: &str = "HTTP/1.1 503 Down\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    const MOVED: &str =
        "HTTP/1.1 302 Found\r\nlocation: /login\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

    #[tokio::test]
    async fn it_asks_again_until_the_answer_is_right() {
        let url = serve(&[DOWN, UP]).await;
        let (state, lines) = ask_http(url, Some("up"), 5).await;
        assert!(matches!(state, HealthState::Healthy { .. }), "{state:?}");
        assert_eq!(lines, 2);
    }

    #[tokio::test]
    async fn a_redirect_or_a_body_without_the_text_is_not_healthy() {
        for (answer, why) in [(MOVED, "HTTP 302"), (UP, "without `ready`")] {
            let answers: &'static [&'static str] = Vec::leak(vec![answer]);
            let (state, _) = ask_http(serve(answers).await, Some("ready"), 1).await;
            let HealthState::Unhealthy { why: words, .. } = state else {
                panic!("{state:?}");
            };
            assert!(words.contains(why), "{words}");
        }
    }
}
