//! Which forge a host is, asked without any token.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::config::Environment;
use crate::config::ForgeKind;
use crate::config::HostSettings;
use crate::config::UnnamedForge;
use crate::config::api_of;
use crate::forge::account::product;
use crate::forge::http::Ask;
use crate::forge::http::NoToken;

use super::super::fault::Fault;
use super::super::fault::FaultKind;
use super::super::workspace::OpenOptions;
use super::super::workspace::Workspace;
use super::connect::connect;

/// How long a host is asked that nobody wants to sign in to: it may be behind a wall that swallows everything.
const MOMENT: Duration = Duration::from_secs(3);

/// Asks the host at `web` at the doors of each forge; the first that answers as only that forge does is it.
pub async fn probe(
    host: &str,
    web: &str,
    hosts: &[HostSettings],
    environment: &Environment,
) -> Result<ForgeKind, Fault> {
    let (kind, _) = answer(host, web, hosts, environment).await?;
    Ok(kind)
}

/// Asks the same, and returns with it what the server calls itself.
async fn answer(
    host: &str,
    web: &str,
    hosts: &[HostSettings],
    environment: &Environment,
) -> Result<(ForgeKind, &'static str), Fault> {
    let mut failure = None;
    for (kind, door) in [
        (ForgeKind::Gitea, "version"),
        (ForgeKind::Gitlab, "metadata"),
        (ForgeKind::Github, "meta"),
    ] {
        let http = connect(
            kind,
            host,
            &api_of(kind, web),
            hosts,
            environment,
            Arc::new(NoToken),
        )?;
        match http.ask_without_token(&Ask::get(&[door])).await {
            Ok(answer) => {
                let body = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
                if is_home(
                    kind,
                    answer.status,
                    &body,
                    answer.header("x-gitlab-meta").is_some(),
                ) {
                    let version = body["version"]
                        .as_str()
                        .filter(|_| kind == ForgeKind::Gitea);
                    return Ok((kind, version.map_or(kind.word(), product)));
                }
            }
            Err(error) => failure = Some(error),
        }
    }
    let summary = format!("cannot tell which forge {host} is");
    let fault = match failure {
        Some(error) => Fault::caused(FaultKind::Remote, summary, &error),
        None => Fault::new(FaultKind::User, summary),
    };
    Err(fault.hint("Say it: lanekeeper login HOST --forge gitlab, github or gitea (Forgejo too)"))
}

impl Workspace {
    /// Finds the host of the project's remote if nothing says which forge it is. The host is asked for a moment, without
    /// any token; one that does not answer leaves it open.
    pub async fn unnamed_forge(
        options: &OpenOptions,
        environment: &Environment,
    ) -> Option<UnnamedForge> {
        let door = Self::door(options, environment).ok()?;
        if door.kind.is_some() || door.is_local {
            return None;
        }
        let asked = answer(&door.host, &door.web, &door.hosts, environment);
        let asked = tokio::time::timeout(MOMENT, asked).await;
        Some(UnnamedForge {
            answers_as: asked.ok().and_then(Result::ok),
            host: door.host,
        })
    }
}

/// Tells whether this is how the forge answers somebody without a token.
fn is_home(kind: ForgeKind, status: u16, body: &Value, has_gitlab_header: bool) -> bool {
    match kind {
        ForgeKind::Gitea => status == 200 && body["version"].is_string(),
        ForgeKind::Gitlab => {
            let says_so = body["message"] == "401 Unauthorized" || body["version"].is_string();
            matches!(status, 200 | 401) && (has_gitlab_header || says_so)
        }
        ForgeKind::Github => {
            matches!(status, 200 | 401)
                && (body["verifiable_password_authentication"].is_boolean()
                    || body["documentation_url"].is_string())
        }
        ForgeKind::Auto | ForgeKind::Local => false,
    }
}
