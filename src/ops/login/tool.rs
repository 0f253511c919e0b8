//! Runs another tool's command to ask it for a secret: no shell, no terminal, few variables, a time limit.

use std::ffi::OsString;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::io::AsyncWriteExt as _;

use crate::config::Environment;

/// How long a tool may think; one that stores may show a dialog to unlock the keyring.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);
/// How long a look into the keyring may take: a session bus that hangs must not hold an incident up.
pub(super) const GLANCE: Duration = Duration::from_secs(3);
/// More is no secret.
const LIMIT: u64 = 64 * 1024;

/// Runs a tool found on the PATH in `folder`, and returns its output if it says that all is well.
pub(super) async fn ask(
    environment: &Environment,
    folder: &Path,
    program: &str,
    arguments: &[&str],
    input: &str,
    patience: Duration,
) -> Option<String> {
    let program = environment.find_program(program, Some(folder))?;
    #[expect(
        clippy::disallowed_methods,
        reason = "the one home of asking other tools for a secret"
    )]
    let mut command = tokio::process::Command::new(program);
    command
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .envs(variables(environment, folder))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    let answer = async {
        let mut child = command.spawn().ok()?;
        let mut stdin = child.stdin.take()?;
        let stdout = child.stdout.take()?;
        // A tool that reads nothing closes early, which is its right.
        let _read = stdin.write_all(input.as_bytes()).await;
        drop(stdin);
        let mut text = String::new();
        stdout.take(LIMIT).read_to_string(&mut text).await.ok()?;
        child.wait().await.ok()?.success().then_some(text)
    };
    tokio::time::timeout(patience, answer).await.ok().flatten()
}

/// Returns what git may see, and where the tools keep their settings; neither comes from `folder`.
fn variables(environment: &Environment, folder: &Path) -> Vec<(String, OsString)> {
    let mut variables = environment.for_git(Some(folder));
    for name in ["GH_CONFIG_DIR", "GLAB_CONFIG_DIR"] {
        if let Some(value) = environment.variables.get(name) {
            variables.push((name.to_owned(), value.clone()));
        }
    }
    // Whoever asks a question is answered by nobody.
    for (name, value) in [
        ("GIT_TERMINAL_PROMPT", "0"),
        ("GH_PROMPT_DISABLED", "1"),
        ("NO_PROMPT", "1"),
    ] {
        variables.push((name.to_owned(), value.into()));
    }
    variables
}
