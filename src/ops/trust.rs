//! Accepting the commands of the team's file, by its exact text.

use crate::config::Environment;
use crate::config::File;
use crate::config::Settings;
use crate::config::Signers;
use crate::config::WaitingCommand;
use crate::config::trust;
pub use crate::git::LineChange as TrustChange;
use crate::git::line_changes;

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

    /// Returns the file of allowed signers, where it waits for trust: whose signatures count is what it says.
    pub fn waiting_signers(
        options: &OpenOptions,
        environment: &Environment,
    ) -> Result<Option<File>, Fault> {
        let (_, clone) = open_clone(&options.dir, environment)?;
        let sources = sources(options, environment, &clone)?;
        let settings = Settings::load(&sources).map_err(|error| settings_fault(&error))?;
        Ok(match (settings.signatures.signers, sources.signers) {
            (Signers::Untrusted, Some(Ok(file))) => Some(file),
            (Signers::None | Signers::Untrusted | Signers::Trusted(_), _) => None,
        })
    }

    /// Returns what changed in the team's file since its commands were trusted; none where they never were.
    pub fn changed_since_trusted(
        options: &OpenOptions,
        environment: &Environment,
    ) -> Result<Option<Vec<TrustChange>>, Fault> {
        let (_, clone) = open_clone(&options.dir, environment)?;
        let sources = sources(options, environment, &clone)?;
        let settings = Settings::load(&sources).map_err(|error| settings_fault(&error))?;
        let Some(file) = sources.team.as_ref() else {
            return Ok(None);
        };
        let Some(accepted) = trust::accepted(&settings.state_home, &file.path) else {
            return Ok(None);
        };
        let changes = line_changes(&accepted, &file.text).map_err(|error| {
            Fault::caused(
                FaultKind::Internal,
                "cannot compare the team's file",
                &error,
            )
        })?;
        Ok(Some(changes))
    }

    /// Trusts the team's file, and the allowed signers that it names, as they stand now; returns the file's sha256.
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
        if let Some(Ok(signers)) = &sources.signers {
            trust::trust(&settings.state_home, &signers.path, signers.text.as_bytes()).map_err(
                |error| Fault::caused(FaultKind::Internal, "cannot keep the trust", &error),
            )?;
        }
        Ok(trust::fingerprint(file.text.as_bytes()))
    }
}
