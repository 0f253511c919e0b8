//! The git executable: where it is and which version it is.

use std::fmt;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::model::Untrusted;

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
    fn parse(answer: &str) -> Option<Self> {
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
    version: GitVersion,
    environment: CommandEnvironment,
}

impl Git {
    /// Finds git in the absolute entries of PATH, skipping those inside `not_inside`, so that a repository cannot
    /// bring its own. Refuses versions older than 2.38.
    pub fn find(environment: CommandEnvironment) -> Result<Self, Error> {
        let path = std::env::split_paths(&environment.path)
            .filter(|folder| folder.is_absolute())
            .map(|folder| folder.join("git"))
            .find(|program| is_executable(program) && !is_inside(program, &environment))
            .ok_or(Error::NoGit)?;
        let unknown = GitVersion {
            major: 0,
            minor: 0,
            patch: 0,
        };
        let unproven = Self(Arc::new(Found {
            path,
            version: unknown,
            environment,
        }));
        let version = unproven.ask_version()?;
        Ok(Self(Arc::new(Found {
            path: unproven.0.path.clone(),
            version,
            environment: unproven.0.environment.clone(),
        })))
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
        self.0.version
    }

    /// Returns where it is.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    pub(super) fn environment(&self) -> &CommandEnvironment {
        &self.0.environment
    }
}

fn is_executable(program: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    program
        .metadata()
        .is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

fn is_inside(program: &Path, environment: &CommandEnvironment) -> bool {
    let Some(folder) = &environment.not_inside else {
        return false;
    };
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    program.starts_with(folder) || real(program).starts_with(real(folder))
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
}
