//! The process environment as a value. This is the only place that reads it.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::ffi::OsString;
use std::path::Path;
use std::path::PathBuf;

/// The variables that mean something to Lanekeeper or to the git it runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    pub variables: BTreeMap<String, OsString>,
    pub current_dir: PathBuf,
}

/// What the names of our own variables begin with.
pub(super) const PREFIX: &str = "LANEKEEPER_";

/// Our own variables; a misspelt one is reported, since it was meant for us.
pub(super) const OWN: &[&str] = &[
    "LANEKEEPER_ASCII",
    "LANEKEEPER_EDITOR",
    "LANEKEEPER_HOST",
    "LANEKEEPER_PLAYBOOK",
    "LANEKEEPER_POLL",
    "LANEKEEPER_REMOTE",
    "LANEKEEPER_RUNTIME",
    "LANEKEEPER_THEME",
    "LANEKEEPER_TOKEN",
];

const READ: &[&str] = &[
    "XDG_CONFIG_HOME",
    "XDG_STATE_HOME",
    "EDITOR",
    "VISUAL",
    "NO_COLOR",
    "TERM",
    "COLORTERM",
    "COLORFGBG",
    "TMPDIR",
    "GH_TOKEN",
    "GITHUB_TOKEN",
    "GH_ENTERPRISE_TOKEN",
    "GITHUB_ENTERPRISE_TOKEN",
    "GH_HOST",
    "GITLAB_TOKEN",
    "GITLAB_ACCESS_TOKEN",
    "OAUTH_TOKEN",
    "GITLAB_HOST",
    "GITLAB_URI",
    "GL_HOST",
    "CI_SERVER_HOST",
    "GITEA_TOKEN",
    "GITEA_INSTANCE_URL",
    "GH_CONFIG_DIR",
    "GLAB_CONFIG_DIR",
];

/// The variables that hold secrets: no program of others that we start sees them.
pub const SECRETS: &[&str] = &[
    "LANEKEEPER_TOKEN",
    "GH_TOKEN",
    "GITHUB_TOKEN",
    "GH_ENTERPRISE_TOKEN",
    "GITHUB_ENTERPRISE_TOKEN",
    "GITLAB_TOKEN",
    "GITLAB_ACCESS_TOKEN",
    "OAUTH_TOKEN",
    "GITEA_TOKEN",
];

/// What git, ssh and credential helpers need; no `GIT_*`, since those redirect git to other repositories and commands.
const FOR_GIT: &[&str] = &[
    "HOME",
    "PATH",
    "USER",
    "LOGNAME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "TMPDIR",
    "SSH_AUTH_SOCK",
    "SSH_AGENT_PID",
    "SSH_ASKPASS",
    "GNUPGHOME",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "DBUS_SESSION_BUS_ADDRESS",
    "XDG_RUNTIME_DIR",
    "XDG_CONFIG_HOME",
    "XDG_CACHE_HOME",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "CURL_CA_BUNDLE",
];

impl Environment {
    /// Reads the process environment once, at the start.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one home of the process environment; every other room gets it as a value"
    )]
    pub fn read() -> std::io::Result<Self> {
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
            .filter(|(name, _)| {
                let name = name.as_str();
                name.starts_with("LANEKEEPER_") || READ.contains(&name) || FOR_GIT.contains(&name)
            })
            .collect();
        Ok(Self {
            variables,
            current_dir: std::env::current_dir()?,
        })
    }

    /// Returns a variable that is set to valid text and not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables
            .get(name)?
            .to_str()
            .filter(|text| !text.is_empty())
    }

    /// Returns the search path for programs, as it was given to us.
    fn path(&self) -> &OsStr {
        self.variables
            .get("PATH")
            .map_or(OsStr::new(""), OsString::as_os_str)
    }

    /// Returns the search path for our children: the absolute folders that are not inside `not_inside`. A git that looks
    /// for `ssh` finds neither the repository's own nor one of the present folder.
    pub fn path_outside(&self, not_inside: Option<&Path>) -> OsString {
        let folders = std::env::split_paths(self.path())
            .filter(|folder| folder.is_absolute() && !is_within(folder, not_inside));
        // What was split at colons holds none.
        std::env::join_paths(folders).unwrap_or_default()
    }

    /// Tells whether one thread is to do everything (`LANEKEEPER_RUNTIME=current-thread`). For tests that kill the process
    /// at each system call of a command: a trace then numbers all of them in the order in which things happen.
    pub fn wants_one_thread(&self) -> bool {
        self.get("LANEKEEPER_RUNTIME") == Some("current-thread")
    }

    /// Finds a program in the absolute folders of the search path that are not inside `not_inside`, so that neither the
    /// present folder nor a repository can bring its own.
    pub fn find_program(&self, name: &str, not_inside: Option<&Path>) -> Option<PathBuf> {
        use std::os::unix::fs::PermissionsExt;
        std::env::split_paths(self.path())
            .filter(|folder| folder.is_absolute())
            .map(|folder| folder.join(name))
            .filter(|program| {
                let found = program.metadata();
                found.is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
            })
            .find(|program| !is_within(program, not_inside))
    }

    /// Returns where the person's settings are, `$XDG_CONFIG_HOME/lanekeeper`.
    pub fn config_home(&self) -> Option<PathBuf> {
        self.base("XDG_CONFIG_HOME", ".config")
    }

    /// Returns where our state is, `$XDG_STATE_HOME/lanekeeper`.
    pub fn state_home(&self) -> Option<PathBuf> {
        self.base("XDG_STATE_HOME", ".local/state")
    }

    /// Returns the variables that a git child gets, and no others; its search path ends outside of `not_inside`.
    pub fn for_git(&self, not_inside: Option<&Path>) -> Vec<(String, OsString)> {
        self.variables
            .iter()
            .filter(|(name, _)| FOR_GIT.contains(&name.as_str()))
            .map(|(name, value)| match name.as_str() {
                "PATH" => (name.clone(), self.path_outside(not_inside)),
                _ => (name.clone(), value.clone()),
            })
            .collect()
    }

    fn base(&self, name: &str, fallback: &str) -> Option<PathBuf> {
        // The XDG specification says that relative paths are invalid and to be ignored.
        let absolute = |name: &str| {
            let path = Path::new(self.variables.get(name)?);
            path.is_absolute().then(|| path.to_owned())
        };
        absolute(name)
            .or_else(|| Some(absolute("HOME")?.join(fallback)))
            .map(|base| base.join("lanekeeper"))
    }
}

/// Tells whether a path lies inside of a folder, by its name or by where it leads.
fn is_within(path: &Path, folder: Option<&Path>) -> bool {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    folder.is_some_and(|folder| path.starts_with(folder) || real(path).starts_with(real(folder)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        Environment {
            variables: variables
                .iter()
                .map(|(name, value)| ((*name).to_owned(), OsString::from(value)))
                .collect(),
            current_dir: PathBuf::from("/"),
        }
    }

    #[test]
    fn a_relative_xdg_path_is_ignored() {
        let read = environment(&[("HOME", "/home/ana"), ("XDG_STATE_HOME", "state")]);
        let expected = Path::new("/home/ana/.local/state/lanekeeper");
        assert_eq!(read.state_home().as_deref(), Some(expected));
        assert_eq!(environment(&[]).state_home(), None);
    }

    #[test]
    fn a_program_of_the_present_folder_or_of_the_repository_is_never_found() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().expect("a folder");
        let place = |folder: &str| {
            let folder = home.path().join(folder);
            std::fs::create_dir_all(&folder).expect("made");
            let file = folder.join("tool");
            std::fs::write(&file, "").expect("written");
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).expect("ours");
            folder
        };
        let (repo, bin) = (place("repo/bin"), place("bin"));
        let link = home.path().join("link");
        std::os::unix::fs::symlink(&repo, &link).expect("linked");
        let path = format!(
            ".:bin::{}:{}:{}",
            repo.display(),
            link.display(),
            bin.display()
        );
        let read = environment(&[("PATH", &path)]);
        let repository = home.path().join("repo");
        assert_eq!(
            read.find_program("tool", Some(&repository)),
            Some(bin.join("tool"))
        );
        assert_eq!(read.find_program("tool", None), Some(repo.join("tool")));
        assert_eq!(read.find_program("other", None), None);
        assert_eq!(read.path_outside(Some(&repository)), bin.as_os_str());
        let given: Vec<_> = read.for_git(Some(&repository));
        assert_eq!(given, [("PATH".to_owned(), bin.into_os_string())]);
        // Nor is one found to which a link outside of it leads.
        let linked = home.path().join("linked");
        std::fs::create_dir(&linked).expect("made");
        std::os::unix::fs::symlink(repo.join("tool"), linked.join("tool")).expect("linked");
        let read = environment(&[("PATH", linked.to_str().expect("UTF-8"))]);
        assert_eq!(read.find_program("tool", Some(&repository)), None);
    }

    #[test]
    fn git_children_get_no_variables_of_git() {
        let read = environment(&[
            ("GIT_DIR", "/x"),
            ("PATH", "/bin"),
            ("LANEKEEPER_POLL", "5s"),
        ]);
        let names: Vec<String> = read
            .for_git(None)
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        assert_eq!(names, ["PATH"]);
    }
}
