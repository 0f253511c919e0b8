//! The environment that the team's commands get: an allowlist, so that tokens of ours never reach them.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;

/// Variables that pass; also everything that begins with `LC_`.
const ALLOWED: &[&str] = &[
    "HOME",
    "PATH",
    "USER",
    "LOGNAME",
    "SHELL",
    "LANG",
    "TZ",
    "TMPDIR",
    "SSH_AUTH_SOCK",
    "XDG_CONFIG_HOME",
    "XDG_CACHE_HOME",
    "XDG_RUNTIME_DIR",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
];

/// Where a command runs and what it sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Surroundings {
    pub dir: PathBuf,
    pub variables: BTreeMap<String, String>,
}

impl Surroundings {
    /// Makes surroundings in `dir` from the whole environment and the facts that the command may need (`LANEKEEPER_HEAD`).
    pub fn new<'a>(
        dir: &Path,
        environment: &BTreeMap<String, String>,
        facts: impl IntoIterator<Item = (&'a str, String)>,
    ) -> Self {
        let mut variables: BTreeMap<String, String> = environment
            .iter()
            .filter(|(name, _)| ALLOWED.contains(&name.as_str()) || name.starts_with("LC_"))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        if let Some(path) = variables.get_mut("PATH") {
            // A relative entry, or one inside of the files, would let the checked commit bring its own `make`.
            let is_ours =
                |entry: &&str| entry.starts_with('/') && !Path::new(entry).starts_with(dir);
            let absolute: Vec<&str> = path.split(':').filter(is_ours).collect();
            *path = absolute.join(":");
        }
        variables.extend(
            facts
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value)),
        );
        Self {
            dir: dir.to_owned(),
            variables,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_and_relative_path_entries_do_not_pass_and_facts_do() {
        let environment = [
            ("HOME", "/home/ana"),
            ("PATH", "/usr/bin:.:bin:/w/node_modules/.bin:/bin"),
            ("GITLAB_TOKEN", "secret"),
            ("GIT_DIR", "/tmp/x"),
            ("LC_ALL", "C"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        let made = Surroundings::new(
            Path::new("/w"),
            &environment,
            [("LANEKEEPER_HEAD", "abc".to_owned())],
        );
        let names: Vec<&str> = made.variables.keys().map(String::as_str).collect();
        assert_eq!(names, ["HOME", "LANEKEEPER_HEAD", "LC_ALL", "PATH"]);
        assert_eq!(made.variables["PATH"], "/usr/bin:/bin");
    }
}
