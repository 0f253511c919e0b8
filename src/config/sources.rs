//! What settings are made from, as values: files with their text, the environment, flags.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::io::Read;
use std::path::Component;
use std::path::Path;
use std::path::PathBuf;

use super::Error;
use super::environment::Environment;
use super::team;
use super::trust;

/// Everything that settings are made from.
#[derive(Debug, Clone)]
pub struct Sources {
    /// Where the team's file lives: the worktree, or the bare repository.
    pub root: PathBuf,
    /// What makes the state directory this clone's own: its common git directory.
    pub clone: PathBuf,
    pub team: Option<File>,
    /// Own playbooks by the path that the team's file gives them; an error text where one cannot be read.
    pub playbooks: BTreeMap<String, Result<String, String>>,
    /// The file of allowed signers that the team's file names; an error text where it cannot be read.
    pub signers: Option<Result<File, String>>,
    pub person: Option<File>,
    /// Content of the trust store.
    pub trusted: String,
    pub environment: Environment,
    pub flags: Flags,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Canonical, so that trust in it does not depend on how it was named.
    pub path: PathBuf,
    /// As people know it in messages, `lanekeeper.toml`.
    pub shown: String,
    pub text: String,
}

/// Flags of the command line that are settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Flags {
    /// `--config FILE` instead of `lanekeeper.toml` in the root.
    pub config: Option<PathBuf>,
    pub no_color: bool,
    pub ascii: bool,
}

/// The team's file in the repository root.
pub const TEAM_FILE: &str = "lanekeeper.toml";
/// Larger files are not settings; refusing them keeps a hostile one from filling memory.
const LARGEST: u64 = 1 << 20;

impl Sources {
    /// Reads the files. A missing team file is no error here: `init` and `doctor` begin without one.
    pub fn read(
        root: &Path,
        clone: &Path,
        environment: Environment,
        flags: Flags,
    ) -> Result<Self, Error> {
        let (path, shown) = match &flags.config {
            Some(file) => (
                environment.current_dir.join(file),
                file.display().to_string(),
            ),
            None => (root.join(TEAM_FILE), TEAM_FILE.to_owned()),
        };
        let team = read(&path, &shown)?;
        if team.is_none() && flags.config.is_some() {
            return Err(Error::Missing { path });
        }
        let person = person_file(&environment)?;
        let folder = team.as_ref().and_then(|file| file.path.parent());
        let folder = folder.unwrap_or(root);
        let named = team
            .as_ref()
            .map_or(Vec::new(), |file| team::playbook_files(&file.text));
        let playbooks = named
            .into_iter()
            .map(|name| {
                let text = playbook(folder, &name);
                (name, text)
            })
            .collect();
        let signers = team
            .as_ref()
            .and_then(|file| team::signers_file(&file.text))
            .map(|name| inside(folder, &name));
        let trusted = match environment.state_home() {
            Some(home) => {
                trust::read(&home).map_err(|(path, source)| Error::Read { path, source })?
            }
            None => String::new(),
        };
        Ok(Self {
            root: root.to_owned(),
            clone: clone.to_owned(),
            team,
            playbooks,
            signers,
            person,
            trusted,
            environment,
            flags,
        })
    }
}

/// Reads the person's own file, where there is one.
pub(super) fn person_file(environment: &Environment) -> Result<Option<File>, Error> {
    let Some(home) = environment.config_home() else {
        return Ok(None);
    };
    let path = home.join("config.toml");
    read(&path, &path.display().to_string())
}

/// Reads an own playbook.
fn playbook(folder: &Path, name: &str) -> Result<String, String> {
    inside(folder, name).map(|file| file.text)
}

/// Reads a file that the team's file names. It must lie in the repository: a team's file cannot make people read others.
fn inside(folder: &Path, name: &str) -> Result<File, String> {
    let is_inside = Path::new(name)
        .components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if !is_inside {
        return Err("it must be a path below this file, without `..`".to_owned());
    }
    let path = folder.join(name);
    let real = path.canonicalize().map_err(|error| error.to_string())?;
    let folder = folder.canonicalize().map_err(|error| error.to_string())?;
    if !real.starts_with(&folder) {
        return Err("it leads out of the repository".to_owned());
    }
    match text(&real) {
        Ok(Some(text)) => Ok(File {
            path: real,
            shown: name.to_owned(),
            text,
        }),
        Ok(None) => Err("there is no such file".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

fn read(path: &Path, shown: &str) -> Result<Option<File>, Error> {
    let failed = |source| Error::Read {
        path: path.to_owned(),
        source,
    };
    let Some(text) = text(path).map_err(failed)? else {
        return Ok(None);
    };
    Ok(Some(File {
        path: path.canonicalize().map_err(failed)?,
        shown: shown.to_owned(),
        text,
    }))
}

fn text(path: &Path) -> io::Result<Option<String>> {
    let file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    let read = file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if read as u64 > LARGEST {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            "it is larger than 1 MiB",
        ));
    }
    String::from_utf8(bytes).map(Some).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let why = format!("line {line} is not text in UTF-8");
        io::Error::new(io::ErrorKind::InvalidData, why)
    })
}
