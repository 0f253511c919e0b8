//! The one home of calling `ssh-keygen`: argument vector, few variables, nothing asked on the terminal, a time limit.

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::io::AsyncWriteExt as _;

use crate::config::Environment;
use crate::model::Timestamp;
use crate::model::Untrusted;
use crate::record::NAMESPACE;
use crate::record::Signed;

/// Long enough to touch a security key, short enough in an incident.
const PATIENCE: Duration = Duration::from_secs(30);
/// More is neither a signature nor a word about one.
const LIMIT: u64 = 64 * 1024;

/// The program, and what it may see.
#[derive(Debug)]
pub(super) struct Keygen {
    program: Option<PathBuf>,
    variables: Vec<(String, OsString)>,
}

/// What a call left behind.
struct Answer {
    is_success: bool,
    out: String,
    words: String,
}

impl Keygen {
    /// Finds the program; neither it nor what it starts comes from the clone.
    pub(super) fn new(environment: &Environment, clone: &Path) -> Self {
        let mut variables: Vec<(String, OsString)> = ["HOME", "SSH_AUTH_SOCK", "TMPDIR"]
            .into_iter()
            .filter_map(|name| Some((name.to_owned(), environment.variables.get(name)?.clone())))
            .collect();
        variables.push(("PATH".to_owned(), environment.path_outside(Some(clone))));
        for (name, value) in [
            ("LC_ALL", "C"),
            // A passphrase would be asked for on the terminal that the console draws on: the question is answered with
            // nothing, and the key counts as one that cannot be used.
            ("SSH_ASKPASS", "false"),
            ("SSH_ASKPASS_REQUIRE", "force"),
        ] {
            variables.push((name.to_owned(), value.into()));
        }
        Self {
            program: environment.find_program("ssh-keygen", Some(clone)),
            variables,
        }
    }

    /// Signs `bytes` with the key in this file, or with the agent's if the file is a public key.
    pub(super) async fn sign(&self, key: &Path, bytes: &[u8]) -> Result<String, String> {
        let arguments = [
            OsString::from("-Y"),
            "sign".into(),
            "-n".into(),
            NAMESPACE.into(),
            "-f".into(),
            key.as_os_str().to_owned(),
        ];
        let answer = self.call(&arguments, bytes).await?;
        if answer.is_success && answer.out.starts_with("-----BEGIN SSH SIGNATURE-----") {
            return Ok(answer.out);
        }
        Err(format!(
            "ssh-keygen cannot sign with {}: {}",
            key.display(),
            answer.words
        ))
    }

    /// Finds out whether a key that `signers` gives to `who` made this signature of `bytes`, which say that it was at `at`.
    pub(super) async fn check(
        &self,
        signers: &str,
        who: &str,
        at: Timestamp,
        bytes: &[u8],
        signature: &str,
    ) -> Signed {
        let files = (file_of(signers), file_of(signature));
        let (Ok(signers_file), Ok(signature_file)) = files else {
            return Signed::Unchecked("no temporary file can be written".to_owned());
        };
        let mut arguments: Vec<OsString> = ["-Y", "verify", "-n", NAMESPACE, "-I", who, "-f"]
            .map(OsString::from)
            .into();
        arguments.push(signers_file.path().as_os_str().to_owned());
        if signers.contains("valid-before") || signers.contains("valid-after") {
            // A key that has run out since was good when it signed; only newer versions know the option.
            let digits: String = at
                .to_string()
                .chars()
                .filter(char::is_ascii_digit)
                .collect();
            let time = digits.get(..14).unwrap_or_default();
            arguments.extend(["-O".into(), format!("verify-time={time}Z").into()]);
        }
        let of_file = |path: &Path| [OsString::from("-s"), path.as_os_str().to_owned()];
        arguments.extend(of_file(signature_file.path()));
        let answer = match self.call(&arguments, bytes).await {
            Ok(answer) => answer,
            Err(why) => return Signed::Unchecked(why),
        };
        if let (true, Some(key)) = (answer.is_success, fingerprint(&answer.out)) {
            return Signed::By(key);
        }
        // Whose it is does not matter here: are these the bytes that were signed?
        let mut arguments: Vec<OsString> = ["-Y", "check-novalidate", "-n", NAMESPACE]
            .map(OsString::from)
            .into();
        arguments.extend(of_file(signature_file.path()));
        match self.call(&arguments, bytes).await {
            Err(why) => Signed::Unchecked(why),
            Ok(answer) if answer.is_success => {
                let key = fingerprint(&answer.out).unwrap_or_else(|| "a key".to_owned());
                let who = Untrusted::new(who).show();
                Signed::Bad(format!("{key} signed it, which is no allowed key of {who}"))
            }
            Ok(_) => Signed::Bad("it is not a signature of what stands there".to_owned()),
        }
    }

    async fn call(&self, arguments: &[OsString], input: &[u8]) -> Result<Answer, String> {
        let Some(program) = &self.program else {
            return Err("ssh-keygen is not installed".to_owned());
        };
        #[expect(
            clippy::disallowed_methods,
            reason = "the one home of signing: vector, environment and limit are set here"
        )]
        let mut command = tokio::process::Command::new(program);
        command
            .args(arguments)
            .current_dir("/")
            .env_clear()
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        let failed = |error: std::io::Error| format!("ssh-keygen cannot be run: {error}");
        let answer = async {
            let mut child = command.spawn().map_err(failed)?;
            let (stdin, stdout, stderr) =
                (child.stdin.take(), child.stdout.take(), child.stderr.take());
            if let Some(mut stdin) = stdin {
                // A call that reads nothing closes early, which is its right.
                let _read = stdin.write_all(input).await;
            }
            let (mut out, mut words) = (Vec::new(), Vec::new());
            if let (Some(stdout), Some(stderr)) = (stdout, stderr) {
                let (mut stdout, mut stderr) = (stdout.take(LIMIT), stderr.take(LIMIT));
                let both =
                    tokio::join!(stdout.read_to_end(&mut out), stderr.read_to_end(&mut words));
                both.0.map_err(failed)?;
                both.1.map_err(failed)?;
            }
            let status = child.wait().await.map_err(failed)?;
            let words: Vec<String> = Untrusted::from_bytes(&words)
                .lines()
                .filter(|line| !line.trim().is_empty())
                .collect();
            Ok(Answer {
                is_success: status.success(),
                out: String::from_utf8_lossy(&out).into_owned(),
                words: words.join("; "),
            })
        };
        // On the heap: it is part of every plan that is carried out.
        match Box::pin(tokio::time::timeout(PATIENCE, answer)).await {
            Ok(answer) => answer,
            Err(_) => Err(format!(
                "ssh-keygen did not answer within {} s",
                PATIENCE.as_secs()
            )),
        }
    }
}

fn file_of(text: &str) -> std::io::Result<tempfile::NamedTempFile> {
    let mut file = tempfile::NamedTempFile::new()?;
    file.write_all(text.as_bytes())?;
    Ok(file)
}

/// Returns the key's fingerprint from what a good answer says: `… with ED25519 key SHA256:…`.
fn fingerprint(text: &str) -> Option<String> {
    let at = text.find("SHA256:")?;
    let is_of_it = |c: char| c.is_ascii_alphanumeric() || ":+/".contains(c);
    Some(text[at..].chars().take_while(|&c| is_of_it(c)).collect())
}
