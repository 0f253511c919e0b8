//! The one home of process spawning for git: argument vector, no shell, an environment rebuilt from a list,
//! own process group, time limit, killed when nobody waits for it any more.
//!
//! What it guarantees: no prompt on the terminal, no variable of the surroundings that changes what git does
//! (`GIT_DIR`, `GIT_SSH_COMMAND`, …), no output on the screen. What it does not: a killed push may have
//! landed; `push` says so.

use std::ffi::OsStr;
use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use crate::model::Untrusted;

use super::bridge::across;
use super::cancel::Cancel;
use super::error::Error;
use super::executable::Git;
use super::process::EndOnDrop;
use super::process::Leash;
use super::process::wait;

/// Local work; on a big repository a merge of hundreds of files takes seconds.
const LOCAL_LIMIT: Duration = Duration::from_secs(120);
/// Merge drivers of the clone: whatever programs they are, somebody waits for the answer.
pub const DRIVER_LIMIT: Duration = Duration::from_secs(60);
/// Network work; a first fetch of a large project takes minutes.
pub(super) const FETCH_LIMIT: Duration = Duration::from_secs(600);
/// Questions and pushes: long enough for a slow forge, short enough to answer somebody in an incident.
pub(super) const NETWORK_LIMIT: Duration = Duration::from_secs(90);

/// What of the surrounding environment a git process may see. Built once, by `config`, from the process environment.
#[derive(Debug, Clone, Default)]
pub struct CommandEnvironment {
    /// Where git is, if there is one. `config` finds it, since what lies in the repository itself must not be run.
    pub git: Option<PathBuf>,
    /// The variables of [`CommandEnvironment::NAMES`] that are set; others are dropped.
    pub variables: Vec<(String, OsString)>,
}

impl CommandEnvironment {
    /// The variables that reach git: where its helpers are, who the user is, how to get out, where the keys are, which
    /// configuration.
    /// Every other `GIT_*` would change what a command means.
    pub const NAMES: &'static [&'static str] = &[
        "PATH",
        "HOME",
        "USER",
        "LOGNAME",
        "TMPDIR",
        "XDG_CONFIG_HOME",
        "XDG_RUNTIME_DIR",
        "DBUS_SESSION_BUS_ADDRESS",
        "SSH_AUTH_SOCK",
        "GNUPGHOME",
        "KRB5CCNAME",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "http_proxy",
        "https_proxy",
        "all_proxy",
        "no_proxy",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "NO_PROXY",
        "GIT_CONFIG_GLOBAL",
        "GIT_CONFIG_SYSTEM",
        "GIT_CONFIG_NOSYSTEM",
    ];
}

/// One call of git, being put together.
#[derive(Debug)]
pub(super) struct Command {
    program: PathBuf,
    verb: String,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    input: Option<Vec<u8>>,
    limit: Duration,
}

/// What a call left behind.
#[derive(Debug)]
pub(super) struct Output {
    pub(super) code: Option<i32>,
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Untrusted,
}

impl Output {
    /// Tells whether git said that all went well.
    pub(super) fn is_success(&self) -> bool {
        self.code == Some(0)
    }

    /// Returns what git printed, as text.
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }
}

impl Command {
    /// Begins a call of `git <verb>`.
    pub(super) fn new(git: &Git, verb: &str) -> Self {
        let mut environment: Vec<(OsString, OsString)> = [
            ("LC_ALL", "C"),
            ("GIT_TERMINAL_PROMPT", "0"),
            // Never refresh an index or fetch missing objects behind the user's back.
            ("GIT_OPTIONAL_LOCKS", "0"),
            ("GIT_NO_LAZY_FETCH", "1"),
            ("GIT_NO_REPLACE_OBJECTS", "1"),
            ("GIT_EDITOR", "true"),
            ("GIT_PAGER", "cat"),
            // Without these ssh would ask on the terminal that the console draws on.
            ("SSH_ASKPASS", "false"),
            ("SSH_ASKPASS_REQUIRE", "force"),
        ]
        .map(|(name, value)| (name.into(), value.into()))
        .into();
        for (name, value) in &git.environment().variables {
            if CommandEnvironment::NAMES.contains(&name.as_str()) {
                environment.push((name.into(), value.clone()));
            }
        }
        Self {
            program: git.path().to_owned(),
            verb: verb.to_owned(),
            arguments: Vec::new(),
            environment,
            input: None,
            limit: LOCAL_LIMIT,
        }
    }

    /// Adds an argument that stands before the verb: `--git-dir=…`.
    pub(super) fn before(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.insert(0, argument.into());
        self
    }

    /// Adds an argument.
    pub(super) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    /// Adds arguments.
    pub(super) fn args<S: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        for argument in arguments {
            self = self.arg(argument);
        }
        self
    }

    /// Sets a variable; the last word counts.
    pub(super) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.environment
            .push((name.into(), value.as_ref().to_owned()));
        self
    }

    /// Keeps out what the person and the machine have set, so that the answer follows from what is asked alone. No
    /// list of keys could do it: `merge.default` can name a driver, and a driver's name is free.
    pub(super) fn without_settings(self) -> Self {
        self.env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_ATTR_NOSYSTEM", "1")
    }

    /// Gives git something to read.
    pub(super) fn input(mut self, input: Vec<u8>) -> Self {
        self.input = Some(input);
        self
    }

    /// Sets another time limit.
    pub(super) fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Runs it and waits; any exit code is an answer.
    pub(super) fn output(self) -> Result<Output, Error> {
        self.run(&Leash::default())
    }

    /// Runs it and waits, unless somebody cancels: then the process is killed.
    pub(super) fn output_unless(self, cancel: &Cancel) -> Result<Output, Error> {
        let leash = Leash::default();
        let _held = cancel.hold(&leash)?;
        let output = self.run(&leash);
        cancel.check()?;
        output
    }

    /// Runs it and waits; an exit code other than 0 is an error that quotes what git said.
    pub(super) fn success(self) -> Result<Output, Error> {
        self.success_unless(&Cancel::default())
    }

    /// The same, unless somebody cancels.
    pub(super) fn success_unless(self, cancel: &Cancel) -> Result<Output, Error> {
        let verb = self.verb.clone();
        let output = self.output_unless(cancel)?;
        if output.is_success() {
            Ok(output)
        } else {
            Err(failed(&verb, &output))
        }
    }

    /// Runs it without blocking the task; the process is ended if the caller stops waiting.
    pub(super) async fn output_async(self) -> Result<Output, Error> {
        let verb = self.verb.clone();
        let leash = Leash::default();
        let guard = EndOnDrop::new(&leash);
        let done = across(move || self.run(&leash)).await;
        drop(guard);
        done.unwrap_or_else(|_| {
            Err(Error::Failed {
                verb,
                why: "the waiting thread was stopped".into(),
            })
        })
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the one home of git processes: vector, environment and limits are set here"
    )]
    fn run(self, leash: &Leash) -> Result<Output, Error> {
        let mut command = std::process::Command::new(&self.program);
        command
            .args(&self.arguments)
            .env_clear()
            .envs(self.environment)
            .stdin(match self.input {
                Some(_) => Stdio::piped(),
                None => Stdio::null(),
            })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        let child = leash.spawn(&mut command).map_err(|source| Error::Start {
            program: self.program,
            source,
        })?;
        wait(child, self.input, self.limit, leash).map_err(|()| Error::TimedOut {
            verb: self.verb,
            seconds: self.limit.as_secs(),
        })
    }
}

impl Git {
    /// Begins a call in a repository given by its git folder. A bare one that lies about, as in a commit of somebody
    /// else, is none to git and to what it starts here.
    pub(super) fn at(&self, git_dir: &std::path::Path, verb: &str) -> Command {
        let mut flag = OsString::from("--git-dir=");
        flag.push(git_dir);
        // Here and not in a file: git minds `safe.*` of no repository. The other side of a push into a folder is told
        // its repository by name, which is explicit enough.
        let call = Command::new(self, verb).arg(verb).before(flag);
        call.before("safe.bareRepository=explicit").before("-c")
    }

    /// Begins a call that finds its repository around `dir`.
    pub(super) fn around(&self, dir: &std::path::Path, verb: &str) -> Command {
        Command::new(self, verb).arg(verb).before(dir).before("-C")
    }
}

/// Makes the error for a call that ended badly.
pub(super) fn failed(verb: &str, output: &Output) -> Error {
    let said: Vec<String> = output
        .stderr
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with("hint:"))
        .collect();
    let why = match (said.is_empty(), output.code) {
        (false, _) => said.join("; "),
        (true, Some(code)) => format!("it ended with code {code} and said nothing"),
        (true, None) => "it was killed".into(),
    };
    Error::Failed {
        verb: verb.to_owned(),
        why,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_repository_that_nobody_named_is_none() {
        let git = Git::find(CommandEnvironment {
            git: Some("git".into()),
            variables: vec![("PATH".to_owned(), "/usr/local/bin:/usr/bin:/bin".into())],
        })
        .expect("git is installed");
        let folder = tempfile::tempdir().expect("temporary folder");
        let call = git.at(folder.path(), "config");
        let call = call.args(["--show-scope", "--get", "safe.bareRepository"]);
        // As callers add theirs.
        let call = call.before("core.fsync=none").before("-c");
        let output = call.output().expect("git runs");
        assert_eq!(output.text(), "command\texplicit\n", "{output:?}");
    }
}
