//! The desktop's keyring through libsecret's `secret-tool`, where there is one.
//!
//! The tool and not a library: the libraries bring a D-Bus stack of some sixty crates for two calls.

use std::path::Path;

use crate::config::Environment;

use super::tool;

const SERVICE: &str = "lanekeeper";

/// Returns what is kept for a host.
pub(super) async fn get(environment: &Environment, folder: &Path, host: &str) -> Option<String> {
    let arguments = ["lookup", "service", SERVICE, "host", host];
    let secret = tool::ask(
        environment,
        folder,
        "secret-tool",
        &arguments,
        "",
        tool::GLANCE,
    )
    .await?;
    let secret = secret.trim();
    (!secret.is_empty()).then(|| secret.to_owned())
}

/// Keeps a secret for a host; tells whether it can be read again.
pub(super) async fn set(
    environment: &Environment,
    folder: &Path,
    host: &str,
    secret: &str,
) -> bool {
    let label = format!("Lanekeeper token for {host}");
    let arguments = ["store", "--label", &label, "service", SERVICE, "host", host];
    let stored = tool::ask(
        environment,
        folder,
        "secret-tool",
        &arguments,
        secret,
        tool::PATIENCE,
    )
    .await;
    stored.is_some() && get(environment, folder, host).await.as_deref() == Some(secret)
}

/// Forgets what is kept for a host.
pub(super) async fn clear(environment: &Environment, folder: &Path, host: &str) {
    let arguments = ["clear", "service", SERVICE, "host", host];
    let _was_there = tool::ask(
        environment,
        folder,
        "secret-tool",
        &arguments,
        "",
        tool::GLANCE,
    )
    .await;
}
