//! Accepting the commands of the team's file and the merge drivers of the clone, by their exact text.

use std::path::PathBuf;

use crate::config::Environment;
use crate::config::File;
use crate::config::Settings;
use crate::config::Signers;
use crate::config::Sources;
use crate::config::WaitingCommand;
use crate::config::trust;
pub use crate::git::LineChange as TrustChange;
use crate::git::UserClone;
use crate::git::line_changes;
use crate::model::MergeDriver;

use super::fault::Fault;
use super::fault::FaultKind;
use super::undescribed::DescribedOn;
use super::workspace::NO_STATE;
use super::workspace::OpenOptions;
use super::workspace::Workspace;
use super::workspace::open_clone;
use super::workspace::settings_fault;
use super::workspace::sources;

/// What waits for trust. What is accepted is exactly this, however long somebody reads it.
#[derive(Debug, Clone)]
pub struct WaitingForTrust {
    /// Commands of the team's file.
    pub commands: Vec<WaitingCommand>,
    /// The file of allowed signers: whose signatures count is what it says.
    pub signers: Option<File>,
    /// The merge drivers of the clone, all of them.
    pub drivers: Vec<MergeDriver>,
    /// What changed in the team's file since its commands were trusted; none where they never were.
    pub file_changes: Option<Vec<TrustChange>>,
    /// What changed in the drivers since they were trusted; none where they never were.
    pub driver_changes: Option<Vec<TrustChange>>,
    file: Option<File>,
    /// The file of allowed signers, accepted already or not.
    named_signers: Option<File>,
    state_home: PathBuf,
    common_dir: PathBuf,
}

/// The sha256 of what was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    pub file: Option<String>,
    pub drivers: Option<String>,
}

impl WaitingForTrust {
    /// Reads what waits.
    pub fn read(options: &OpenOptions, environment: &Environment) -> Result<Self, Fault> {
        let (_, clone) = open_clone(&options.dir, environment)?;
        let sources = sources(options, environment, &clone)?;
        let drivers = drivers(&clone)?;
        if sources.team.is_none() && drivers.is_empty() {
            let fault = Fault::new(FaultKind::Config, "there is no lanekeeper.toml to trust");
            let elsewhere = DescribedOn::find(&clone, environment);
            let hint = elsewhere.map(|elsewhere| elsewhere.hint(&clone));
            return Err(fault.hint(hint.unwrap_or_else(|| "Run: lanekeeper init".to_owned())));
        }
        let state_home = sources.environment.state_home().ok_or_else(|| {
            Fault::new(FaultKind::User, "there is no place to keep the trust").hint(NO_STATE)
        })?;
        let common_dir = clone.common_dir().to_owned();
        let mut waiting = Self {
            commands: Vec::new(),
            signers: None,
            drivers,
            file_changes: None,
            driver_changes: None,
            file: None,
            named_signers: None,
            state_home,
            common_dir,
        };
        waiting.take_file(&sources)?;
        waiting.leave_trusted_drivers()?;
        Ok(waiting)
    }

    /// Takes up what of the team's file waits, and the file itself.
    fn take_file(&mut self, sources: &Sources) -> Result<(), Fault> {
        let Some(file) = &sources.team else {
            return Ok(());
        };
        let settings = Settings::load(sources).map_err(|error| settings_fault(&error))?;
        let signers = match &sources.signers {
            Some(Ok(signers)) => Some(signers.clone()),
            Some(Err(_)) | None => None,
        };
        self.commands = settings.commands.waiting;
        self.signers = match settings.signatures.signers {
            Signers::Untrusted => signers.clone(),
            Signers::None | Signers::Trusted(_) => None,
        };
        self.named_signers = signers;
        let accepted = trust::accepted(&self.state_home, &file.path);
        self.file_changes = changes(accepted, &file.text)?;
        self.file = Some(file.clone());
        Ok(())
    }

    /// Lets the drivers wait only where they are not trusted as they are.
    fn leave_trusted_drivers(&mut self) -> Result<(), Fault> {
        let (home, place) = (&self.state_home, &self.common_dir);
        if trust::are_drivers_trusted(home, place, &self.drivers) {
            self.drivers.clear();
            return Ok(());
        }
        let text = trust::drivers_text(&self.drivers).unwrap_or_default();
        self.driver_changes = changes(trust::accepted_drivers(home, place), &text)?;
        Ok(())
    }

    /// Tells whether nothing waits: everything is accepted as it stands, or runs no commands.
    pub fn is_empty(&self) -> bool {
        !self.waits_in_file() && self.drivers.is_empty()
    }

    fn waits_in_file(&self) -> bool {
        !self.commands.is_empty() || self.signers.is_some()
    }

    /// Accepts what waits, and nothing else.
    pub fn accept(&self) -> Result<Accepted, Fault> {
        let file = if self.waits_in_file() {
            self.accept_file()?
        } else {
            None
        };
        let drivers = if self.drivers.is_empty() {
            None
        } else {
            let kept = trust::trust_drivers(&self.state_home, &self.common_dir, &self.drivers);
            Some(kept.map_err(|error| not_kept(&error))?)
        };
        Ok(Accepted { file, drivers })
    }

    /// Accepts the team's file, if there is one, and the allowed signers that it names.
    fn accept_file(&self) -> Result<Option<String>, Fault> {
        let Some(file) = &self.file else {
            return Ok(None);
        };
        for file in std::iter::once(file).chain(&self.named_signers) {
            trust::trust(&self.state_home, &file.path, file.text.as_bytes())
                .map_err(|error| not_kept(&error))?;
        }
        Ok(Some(trust::fingerprint(file.text.as_bytes())))
    }
}

impl Workspace {
    /// Trusts the team's file, and the allowed signers that it names, as they stand now, where whoever asks wrote them;
    /// returns the file's sha256.
    pub fn trust(options: &OpenOptions, environment: &Environment) -> Result<String, Fault> {
        let waiting = WaitingForTrust::read(options, environment)?;
        let accepted = waiting.accept_file()?;
        accepted
            .ok_or_else(|| Fault::new(FaultKind::Config, "there is no lanekeeper.toml to trust"))
    }
}

fn drivers(clone: &UserClone) -> Result<Vec<MergeDriver>, Fault> {
    let drivers = clone.merge_drivers().map_err(|error| {
        let summary = "cannot read the merge drivers of git's configuration";
        Fault::caused(FaultKind::User, summary, &error)
    })?;
    Ok(drivers.list().to_vec())
}

/// Returns what changed since something was accepted; none where it never was.
fn changes(accepted: Option<String>, now: &str) -> Result<Option<Vec<TrustChange>>, Fault> {
    let Some(accepted) = accepted else {
        return Ok(None);
    };
    let changes = line_changes(&accepted, now).map_err(|error| {
        let summary = "cannot compare it with what was trusted";
        Fault::caused(FaultKind::Internal, summary, &error)
    })?;
    Ok(Some(changes))
}

fn not_kept(error: &std::io::Error) -> Fault {
    Fault::caused(FaultKind::Internal, "cannot keep the trust", error)
}
