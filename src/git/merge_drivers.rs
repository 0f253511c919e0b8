//! The merge drivers that git's configuration gives the clone, and everything there that their answers depend on.
//!
//! They are read with the rest of the configuration when the clone is found, and again when a file of it changed: a
//! console that runs for days looks at a few files for that and starts no process. Running one is for `driver`.
//!
//! Non-guarantee: that a file changed is told by its place on the disk and its time. A file that an included one includes
//! by a relative path, and the system's own where they lie elsewhere than in `/etc`, are read when the program starts. What
//! runs is what was read in any case.

use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::PoisonError;

use sha2::Digest;
use sha2::Sha256;

use crate::model::MergeDriver;

use super::clone::UserClone;
use super::clone_config::CloneConfig;
use super::error::Error;
use super::settled::changed;
use super::tree::to_digits;

/// So many included files are looked at: more are nobody's, and each costs a look at every place where it may lie.
const INCLUDED: usize = 64;

/// The merge drivers of a clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeDrivers {
    drivers: Vec<MergeDriver>,
    /// All that is configured about merges, keys and values in git's order.
    settings: Vec<(String, String)>,
    mark: String,
}

impl MergeDrivers {
    /// Returns them by name, each with the command that counts.
    pub fn list(&self) -> &[MergeDriver] {
        &self.drivers
    }

    /// Tells whether the clone has none.
    pub fn is_empty(&self) -> bool {
        self.drivers.is_empty()
    }

    /// Returns all that is configured about merges, keys and values in git's order: the last one of a key counts.
    pub(super) fn settings(&self) -> &[(String, String)] {
        &self.settings
    }

    /// Returns a digest of everything of the clone's that their answers depend on, besides what is merged; empty where
    /// there are none.
    pub fn mark(&self) -> &str {
        &self.mark
    }
}

/// The configuration as it was last read, and the files that it may come from as they were then.
#[derive(Debug, Default)]
pub(super) struct LastRead(Mutex<Option<Reading>>);

#[derive(Debug)]
struct Reading {
    config: CloneConfig,
    files: Vec<(PathBuf, [i64; 3])>,
}

impl Reading {
    fn is_current(&self) -> bool {
        self.files.iter().all(|(file, mark)| changed(file) == *mark)
    }
}

fn marked(files: BTreeSet<PathBuf>) -> Vec<(PathBuf, [i64; 3])> {
    let marked = files.into_iter().map(|file| {
        let mark = changed(&file);
        (file, mark)
    });
    marked.collect()
}

impl UserClone {
    /// Returns the merge drivers that are configured here with a command, as they are now. Runs none of them.
    pub fn merge_drivers(&self) -> Result<MergeDrivers, Error> {
        let config = self.config_now()?;
        let drivers = config.merge_drivers();
        let mark = if drivers.is_empty() {
            String::new()
        } else {
            self.mark_of(&config)
        };
        Ok(MergeDrivers {
            drivers,
            settings: config.settings_of_merges(),
            mark,
        })
    }

    /// Keeps what was read when the clone was found, so that nobody reads it again as long as no file changes.
    pub(super) fn keep_read(&self) {
        if self.config().is_read() {
            let config = self.config().clone();
            let files = marked(self.config_files(&config));
            *self.last_reading() = Some(Reading { config, files });
        }
    }

    fn config_now(&self) -> Result<CloneConfig, Error> {
        if let Some(reading) = self.last_reading().as_ref()
            && reading.is_current()
        {
            return Ok(reading.config.clone());
        }
        let before = marked(self.config_files(self.config()));
        let config = CloneConfig::now(self.git().around(self.root(), "config"))?;
        // What changed meanwhile is read once more the next time.
        let is_steady = before.iter().all(|(file, mark)| changed(file) == *mark);
        let reading = Reading {
            config: config.clone(),
            files: marked(self.config_files(&config)),
        };
        *self.last_reading() = is_steady.then_some(reading);
        Ok(config)
    }

    fn last_reading(&self) -> std::sync::MutexGuard<'_, Option<Reading>> {
        // A panic while holding leaves the whole of it or none.
        let reading = self.last_read().0.lock();
        reading.unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns where git may have read this configuration; most of it is not there.
    fn config_files(&self, config: &CloneConfig) -> BTreeSet<PathBuf> {
        let mut files = BTreeSet::from([
            self.common_dir().join("config"),
            self.git_dir().join("config.worktree"),
            PathBuf::from("/etc/gitconfig"),
        ]);
        files.extend(self.variable("GIT_CONFIG_GLOBAL"));
        files.extend(self.variable("GIT_CONFIG_SYSTEM"));
        files.extend(self.variable("HOME").map(|home| home.join(".gitconfig")));
        files.extend(self.personal("config"));
        let included: Vec<&str> = config.includes().take(INCLUDED).collect();
        if included.is_empty() {
            return files;
        }
        // What is included may hang on the branch that is checked out.
        let head = self.git_dir().join("HEAD");
        let folders: BTreeSet<PathBuf> = files
            .iter()
            .filter_map(|file| file.parent())
            .map(Path::to_owned)
            .collect();
        for path in included {
            files.extend(self.below(path, &folders));
        }
        files.insert(head);
        files
    }

    /// Returns where a path of the configuration may lead: from home, as it is, or below one of these folders.
    fn below(&self, path: &str, folders: &BTreeSet<PathBuf>) -> Vec<PathBuf> {
        match path.strip_prefix("~/") {
            Some(rest) => {
                let home = self.variable("HOME");
                home.map(|home| home.join(rest)).into_iter().collect()
            }
            // An absolute one stays what it is.
            None => folders.iter().map(|folder| folder.join(path)).collect(),
        }
    }

    /// Returns where a file of the person's own may lie.
    fn personal(&self, name: &str) -> Vec<PathBuf> {
        let own = self.variable("XDG_CONFIG_HOME");
        let usual = self.variable("HOME").map(|home| home.join(".config"));
        let folders = own.into_iter().chain(usual);
        folders
            .map(|folder| folder.join("git").join(name))
            .collect()
    }

    fn variable(&self, name: &str) -> Option<PathBuf> {
        let mut variables = self.git().environment().variables.iter();
        let (_, value) = variables.find(|(one, value)| one == name && !value.is_empty())?;
        Some(PathBuf::from(value))
    }

    /// Digests what is configured about merges, and which files say what a driver merges, as they are now.
    fn mark_of(&self, config: &CloneConfig) -> String {
        let mut digest = Sha256::new();
        let mut attributes = BTreeSet::from([
            self.common_dir().join("info/attributes"),
            PathBuf::from("/etc/gitattributes"),
        ]);
        attributes.extend(self.personal("attributes"));
        for (key, value) in config.about_merges() {
            for text in [key, value] {
                digest.update(text.len().to_be_bytes());
                digest.update(text.as_bytes());
            }
            if key == "core.attributesfile" {
                let root = BTreeSet::from([self.root().to_owned()]);
                attributes.extend(self.below(value, &root));
            }
        }
        for (_, mark) in marked(attributes) {
            for number in mark {
                digest.update(number.to_be_bytes());
            }
        }
        to_digits(&digest.finalize())
    }
}
