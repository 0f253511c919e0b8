//! Accepting the commands of the team's file, by its exact text.

use crate::config::Environment;
use crate::config::Settings;
use crate::config::WaitingCommand;
use crate::config::trust;

use super::fault::Fault;
use super::fault::FaultKind;
use super::workspace::OpenOptions;
use super::workspace::Workspace;
use super::workspace::open_clone;
use super::workspace::settings_fault;
use super::workspace::sources;

impl Workspace {
    /// Returns the commands that wait for trust; none when the file is trusted as it stands.
    pub fn waiting_commands(
        options: &OpenOptions,
        environment: &Environment,
    ) -> Result<Vec<WaitingCommand>, Fault> {
        let (_, clone) = open_clone(&options.dir, environment)?;
        let settings = Settings::load(&sources(options, environment, &clone)?)
            .map_err(|error| settings_fault(&error))?;
        Ok(settings.commands.waiting)
    }

    /// Trusts the team's file as it stands now; returns its sha256.
    pub fn trust(options: &OpenOptions, environment: &Environment) -> Result<String, Fault> {
        let (_, clone) = open_clone(&options.dir, environment)?;
        let sources = sources(options, environment, &clone)?;
        let settings = Settings::load(&sources).map_err(|error| settings_fault(&error))?;
        let file = sources
            .team
            .as_ref()
            .ok_or_else(|| Fault::new(FaultKind::Config, "there is no lanekeeper.toml to trust"))?;
        trust::trust(&settings.state_home, &file.path, file.text.as_bytes())
            .map_err(|error| Fault::caused(FaultKind::Internal, "cannot keep the trust", &error))?;
        Ok(trust::fingerprint(file.text.as_bytes()))
    }
}
