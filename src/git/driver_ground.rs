//! A git directory of our own for one merge that runs drivers: git reads no other configuration there than what was read of
//! the clone before. A driver that is configured meanwhile, or that attributes name since, is none to it, and cannot run.
//!
//! The drivers themselves see the clone, as if git had been called there: what keeps git from its configuration is taken
//! back before their commands.

use std::path::Path;

use crate::model::push_shell_word;

use super::clone::UserClone;
use super::command::Command;
use super::command::CommandEnvironment;
use super::error::Error;
use super::laid_out::disk;
use super::laid_out::make_folder;
use super::merge_drivers::MergeDrivers;
use super::repo::Repo;
use super::scratch::ThrowAway;

/// What keeps git from every configuration but ours.
const KEEPS_AWAY: [&str; 4] = [
    "GIT_DIR",
    "GIT_CONFIG_COUNT",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_NOSYSTEM",
];

/// The folder, for as long as git runs.
#[derive(Debug)]
pub(super) struct DriverGround {
    folder: ThrowAway,
}

impl DriverGround {
    /// Makes one with the attributes that are the clone's alone, as they are now.
    pub(super) fn make(repo: &Repo, clone: &UserClone) -> Result<Self, Error> {
        let folder = ThrowAway::make(repo)?;
        let dir = folder.path();
        for part in ["objects", "refs", "info"] {
            make_folder(&dir.join(part))?;
        }
        let configuration = format!(
            "[core]\n\trepositoryFormatVersion = 1\n\tbare = true\n[extensions]\n\tobjectFormat = {}\n",
            clone.object_format()
        );
        let write = |name: &str, text: &[u8]| {
            let file = dir.join(name);
            std::fs::write(&file, text).map_err(disk("write", &file))
        };
        write("HEAD", b"ref: refs/heads/main\n")?;
        write("config", configuration.as_bytes())?;
        let own = clone.common_dir().join("info/attributes");
        match std::fs::read(&own) {
            Ok(attributes) => write("info/attributes", &attributes)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(disk("read", &own)(error)),
        }
        Ok(Self { folder })
    }

    /// Makes a call read this folder, and of all that is configured only what was read with the drivers.
    pub(super) fn pin(&self, call: Command, clone: &UserClone, drivers: &MergeDrivers) -> Command {
        let settings = drivers.settings();
        let mut call = call
            .env("GIT_DIR", self.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_COUNT", settings.len().to_string());
        let environment = clone.git().environment();
        for (place, (key, value)) in settings.iter().enumerate() {
            let is_command = key.starts_with("merge.") && key.ends_with(".driver");
            let value = if is_command {
                as_in_clone(environment, value)
            } else {
                value.clone()
            };
            call = call
                .env(&format!("GIT_CONFIG_KEY_{place}"), key)
                .env(&format!("GIT_CONFIG_VALUE_{place}"), value);
        }
        call
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Returns the command of a driver behind what lets a git that it calls see the clone again.
fn as_in_clone(environment: &CommandEnvironment, command: &str) -> String {
    // Git has nothing to run then, and says so.
    if command.trim().is_empty() {
        return command.to_owned();
    }
    let mut before = "unset".to_owned();
    for name in KEEPS_AWAY {
        push_shell_word(&mut before, name);
    }
    for (name, value) in &environment.variables {
        if KEEPS_AWAY.contains(&name.as_str()) {
            before.push_str("; export");
            push_shell_word(&mut before, &format!("{name}={}", value.to_string_lossy()));
        }
    }
    // Git puts the names of files in place of what stands behind this sign.
    format!("{}; {command}", before.replace('%', "%%"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_driver_sees_the_persons_own_configuration_and_an_empty_command_stays_empty() {
        let environment = CommandEnvironment {
            git: None,
            variables: vec![
                ("PATH".to_owned(), "/bin".into()),
                ("GIT_CONFIG_GLOBAL".to_owned(), "/a 100%/own".into()),
            ],
        };
        assert_eq!(
            as_in_clone(&environment, "merge %O %A %B"),
            "unset GIT_DIR GIT_CONFIG_COUNT GIT_CONFIG_GLOBAL GIT_CONFIG_NOSYSTEM; export \
             \"GIT_CONFIG_GLOBAL=/a 100%%/own\"; merge %O %A %B"
        );
        assert_eq!(as_in_clone(&environment, " "), " ");
    }
}
