//! The git executable: where it is and which version it is.

use std::fmt;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::OnceLock;
use std::time::Duration;

use crate::model::Untrusted;

use super::bridge::beside;
use super::command::Command;
use super::command::CommandEnvironment;
use super::error::Error;

/// `git merge-tree --write-tree` came with this version.
const OLDEST: GitVersion = GitVersion {
    major: 2,
    minor: 38,
    patch: 0,
};

/// From here on `git merge-tree` takes a merge base and plain trees, also in batches.
const TAKES_TREES: GitVersion = GitVersion {
    major: 2,
    minor: 45,
    patch: 0,
};

/// From here on `git merge-tree` answers several pairs in one process.
const TAKES_BATCHES: GitVersion = GitVersion {
    major: 2,
    minor: 39,
    patch: 0,
};

/// Of each line of git 2 the patch that closed the holes of July 2025.
const PATCHED: [(u32, u32); 8] = [
    (43, 7),
    (44, 4),
    (45, 4),
    (46, 4),
    (47, 3),
    (48, 2),
    (49, 1),
    (50, 1),
];

/// The last line that ever had them.
const LAST_OPEN_LINE: u32 = PATCHED[PATCHED.len() - 1].0;

/// How merges reach this git. All of them are exact; they differ in cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MergeEngine {
    /// Commits or plain trees with their base, many in one process.
    Trees,
    /// Commits made up so that the base is their parent, many in one process.
    Commits,
    /// The same, one process for each.
    Singly,
}

/// A version of git.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GitVersion {
    pub major: u32,
    pub minor: u32,
    pub patch: u32,
}

impl GitVersion {
    /// Reads `git version 2.39.5 (Apple Git-154)`, `git version 2.50.1.windows.1`, `git version 2.49.GIT`.
    pub(super) fn parse(answer: &str) -> Option<Self> {
        let number = answer.trim().strip_prefix("git version ")?;
        let mut parts = number
            .split([' ', '.', '-'])
            .map_while(|part| part.parse().ok());
        Some(Self {
            major: parts.next()?,
            minor: parts.next()?,
            patch: parts.next().unwrap_or(0),
        })
    }

    /// Tells whether `git merge-tree` takes a merge base and plain trees.
    pub fn merges_trees(self) -> bool {
        self >= TAKES_TREES
    }

    /// Tells whether the holes of July 2025 are closed, through which a repository could run commands or write files
    /// (CVE-2025-48384, CVE-2025-48385, CVE-2025-48386). A distribution may have closed them under an older number.
    pub fn is_patched(self) -> bool {
        if self.major != 2 {
            return self.major > 2;
        }
        let of_line = PATCHED.iter().find(|(minor, _)| *minor == self.minor);
        of_line.map_or(self.minor > LAST_OPEN_LINE, |(_, patch)| {
            self.patch >= *patch
        })
    }

    /// Returns the versions that closed them, one for each line, the oldest first. Lines after the last never had them.
    pub fn patched() -> impl Iterator<Item = Self> {
        PATCHED.into_iter().map(|(minor, patch)| Self {
            major: 2,
            minor,
            patch,
        })
    }

    /// Returns how merges reach this git.
    pub fn merge_engine(self) -> MergeEngine {
        if self >= TAKES_TREES {
            MergeEngine::Trees
        } else if self >= TAKES_BATCHES {
            MergeEngine::Commits
        } else {
            MergeEngine::Singly
        }
    }
}

impl fmt::Display for GitVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

/// The git executable. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Git(Arc<Found>);

#[derive(Debug)]
struct Found {
    path: PathBuf,
    /// Told once git has answered.
    version: OnceLock<GitVersion>,
    environment: CommandEnvironment,
}

impl Git {
    /// Takes the git that `config` found, and refuses versions older than 2.38.
    pub fn find(environment: CommandEnvironment) -> Result<Self, Error> {
        Self::find_and(environment, |_| ()).map(|(git, ())| git)
    }

    /// The same, doing some work with it while it is asked for its version; the work must not depend on that. Of an old
    /// git the work counts for nothing.
    pub fn find_and<T>(
        environment: CommandEnvironment,
        work: impl FnOnce(&Self) -> T,
    ) -> Result<(Self, T), Error> {
        let path = environment.git.clone().ok_or(Error::NoGit)?;
        let git = Self(Arc::new(Found {
            path,
            version: OnceLock::new(),
            environment,
        }));
        let (version, done) = beside(|| git.ask_version(), || work(&git));
        let unanswered = |_| Error::NoGit;
        let version = version.map_err(unanswered)??;
        git.0.version.get_or_init(|| version);
        Ok((git, done))
    }

    fn ask_version(&self) -> Result<GitVersion, Error> {
        let output = Command::new(self, "--version")
            .arg("--version")
            .limit(Duration::from_secs(20))
            .output()?;
        let answer = output.text();
        let version = GitVersion::parse(&answer).ok_or_else(|| Error::GitOdd {
            path: self.0.path.clone(),
            answer: Untrusted::new(answer.as_str()).subject(),
        })?;
        if version < OLDEST {
            return Err(Error::GitTooOld {
                path: self.0.path.clone(),
                version: version.to_string(),
            });
        }
        Ok(version)
    }

    /// Returns its version.
    pub fn version(&self) -> GitVersion {
        // While it is still being asked, no more than every git can is expected of it.
        self.0.version.get().copied().unwrap_or(OLDEST)
    }

    /// Returns where it is.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    pub(super) fn environment(&self) -> &CommandEnvironment {
        &self.0.environment
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_all_vendors_are_read_and_compared() {
        let read = |text: &str| GitVersion::parse(text).map(|version| version.to_string());
        assert_eq!(read("git version 2.39.5\n").as_deref(), Some("2.39.5"));
        assert_eq!(
            read("git version 2.50.1 (Apple Git-155)").as_deref(),
            Some("2.50.1")
        );
        assert_eq!(read("git version 2.49.GIT").as_deref(), Some("2.49.0"));
        assert_eq!(
            read("git version 2.47.0.windows.2").as_deref(),
            Some("2.47.0")
        );
        assert_eq!(read("gut version 2"), None);
        assert!(GitVersion::parse("git version 2.9.1") < Some(OLDEST));
        assert!(GitVersion::parse("git version 2.100.0") > Some(TAKES_TREES));
    }
    #[test]
    fn each_line_is_patched_from_the_version_on_that_is_named_for_it() {
        let version = |text: &str| GitVersion::parse(&format!("git version {text}"));
        let lines = [
            ("2.43.7", "2.43.6"),
            ("2.44.4", "2.44.3"),
            ("2.45.4", "2.45.3"),
            ("2.46.4", "2.46.3"),
            ("2.47.3", "2.47.2"),
            ("2.48.2", "2.48.1"),
            ("2.49.1", "2.49.0"),
            ("2.50.1", "2.50.0"),
        ];
        let named: Vec<String> = GitVersion::patched().map(|one| one.to_string()).collect();
        assert_eq!(named, lines.map(|(patched, _)| patched));
        for (patched, before) in lines {
            assert!(
                version(patched).is_some_and(GitVersion::is_patched),
                "{patched}"
            );
            assert!(
                version(before).is_some_and(|one| !one.is_patched()),
                "{before}"
            );
        }
        for (text, is_patched) in [
            ("1.9.5", false),
            ("2.39.5", false),
            ("2.42.99", false),
            ("2.47.10", true),
            ("2.51.0", true),
            ("3.0.0", true),
        ] {
            let is = version(text).map(GitVersion::is_patched);
            assert_eq!(is, Some(is_patched), "{text}");
        }
    }
}
