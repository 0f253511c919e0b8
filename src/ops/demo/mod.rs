//! A realistic sample project made on the spot: bare origin, clones of several people, twelve weeks of history,
//! a hotfix under way. Everything lies in one folder, the state directories too: nothing outside is touched.

mod history;
mod people;
mod play;
mod under_way;

use std::path::Path;
use std::path::PathBuf;

use crate::config::Environment;
use crate::git::Git;

use super::clock;
use super::fault::Fault;
use super::fault::FaultKind;
use super::workspace::commands;
use people::Colleague;

/// The sample project on disk.
pub struct Demo {
    dir: PathBuf,
    git: Git,
    environment: Environment,
}

impl Demo {
    /// Makes the project in `dir`, which must be empty or not exist.
    ///
    /// # Errors
    /// When `dir` holds something already, cannot be written, or git is missing.
    pub fn make(dir: &Path, environment: &Environment) -> Result<Self, Fault> {
        if std::fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some()) {
            return Err(
                Fault::new(FaultKind::User, format!("{} is not empty", dir.display()))
                    .hint("Name a folder that does not exist yet: lanekeeper demo --keep DIR"),
            );
        }
        let made = |error: std::io::Error| {
            Fault::caused(
                FaultKind::Internal,
                format!("cannot write to {}", dir.display()),
                &error,
            )
        };
        std::fs::create_dir_all(dir).map_err(made)?;
        let dir = dir.canonicalize().map_err(made)?;
        let environment = of_its_own(environment, &dir);
        let git = Git::find(commands(&environment, &environment.current_dir)).map_err(|error| {
            Fault::caused(FaultKind::User, "cannot use git", &error)
                .hint("Install git 2.38 or newer and put it on the PATH.")
        })?;
        let demo = Self {
            dir,
            git,
            environment,
        };
        demo.make_origin()?;
        for colleague in Colleague::ALL {
            demo.clone_for(colleague)?;
        }
        Ok(demo)
    }

    /// Returns the folder of everything.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Returns the clone of the release manager, where the console opens.
    pub fn console_dir(&self) -> PathBuf {
        self.clone_dir(Colleague::Ana)
    }

    /// Returns the environment in which the console must run to find the sample's state.
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    fn clone_dir(&self, colleague: Colleague) -> PathBuf {
        self.dir.join(colleague.login())
    }

    fn origin_dir(&self) -> PathBuf {
        self.dir.join("origin.git")
    }

    fn make_origin(&self) -> Result<(), Fault> {
        let origin = self.origin_dir();
        self.run(
            &self.dir,
            &[
                "init",
                "--quiet",
                "--bare",
                "--initial-branch=main",
                "origin.git",
            ],
            None,
        )?;
        let config = include_str!("../../../assets/demo/lanekeeper.toml");
        let stream = history::stream(clock::now(), config);
        self.run(
            &origin,
            &["fast-import", "--quiet", "--done"],
            Some(stream.as_bytes()),
        )?;
        Ok(())
    }

    fn clone_for(&self, colleague: Colleague) -> Result<(), Fault> {
        let (name, email) = colleague.identity();
        self.run(
            &self.dir,
            &["clone", "--quiet", "origin.git", colleague.login()],
            None,
        )?;
        let clone = self.clone_dir(colleague);
        self.run(&clone, &["config", "user.name", name], None)?;
        self.run(&clone, &["config", "user.email", email], None)?;
        // A signing key of the operator must not be asked for in a sample.
        self.run(&clone, &["config", "commit.gpgSign", "false"], None)?;
        Ok(())
    }

    /// Runs git as a developer would, in `dir`.
    fn run(&self, dir: &Path, arguments: &[&str], input: Option<&[u8]>) -> Result<String, Fault> {
        self.git
            .run(dir, arguments, input)
            .map(|output| String::from_utf8_lossy(&output).trim().to_owned())
            .map_err(|error| {
                Fault::caused(
                    FaultKind::Internal,
                    format!(
                        "cannot make the sample project: git {}",
                        arguments.first().copied().unwrap_or_default()
                    ),
                    &error,
                )
            })
    }
}

/// The environment with the sample's own state and configuration, so that nothing of the operator's is read or written.
fn of_its_own(environment: &Environment, dir: &Path) -> Environment {
    let mut own = environment.clone();
    for (name, folder) in [("XDG_STATE_HOME", "state"), ("XDG_CONFIG_HOME", "config")] {
        own.variables
            .insert(name.to_owned(), dir.join(folder).into_os_string());
    }
    own
}
