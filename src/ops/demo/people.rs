//! Who works in the sample project, and what each of them does with plain git.

use std::path::PathBuf;
use std::sync::Arc;

use crate::config::Flags;
use crate::model::BranchName;

use super::super::fault::Fault;
use super::super::fault::FaultKind;
use super::super::workspace::OpenOptions;
use super::super::workspace::Workspace;
use super::Demo;
use super::history::PEOPLE;

/// Somebody with a clone of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Colleague {
    /// Release manager: drives.
    Ana,
    /// Tech lead.
    Ben,
    /// Product manager.
    Mia,
    /// Developer: writes the fix and solves conflicts.
    Ravi,
}

impl Colleague {
    pub(super) const ALL: [Self; 4] = [Self::Ana, Self::Ben, Self::Mia, Self::Ravi];

    pub(super) fn login(self) -> &'static str {
        match self {
            Self::Ana => "ana",
            Self::Ben => "ben",
            Self::Mia => "mia",
            Self::Ravi => "ravi",
        }
    }

    pub(super) fn identity(self) -> (&'static str, &'static str) {
        match self {
            Self::Ana => PEOPLE[0],
            Self::Ben => PEOPLE[1],
            Self::Mia => PEOPLE[2],
            Self::Ravi => PEOPLE[3],
        }
    }

    /// Returns whoever has one of these ids.
    pub(super) fn one_of(ids: &[String]) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|colleague| ids.iter().any(|id| id == colleague.identity().1))
    }
}

/// The refund module once it is right: half cents go to the even side.
const REFUND_FIXED: &str = "\
//! Refunds.

/// Returns the refund in cents, half cents rounded to the even side.
pub fn refund(gross: f64, fee: f64) -> i64 {
    let net = gross - fee;
    let cents = (net * 100.0).round_ties_even() as i64;
    cents
}
";

/// The same where integration's later work is kept.
const REFUND_RESOLVED: &str = "\
//! Refunds.

/// Returns the refund in cents, half cents rounded to the even side, and posts it.
pub fn refund(gross: f64, fee: f64, ledger: &mut Ledger) -> i64 {
    let net = gross - fee;
    let cents = (net * 100.0).round_ties_even() as i64;
    ledger.post(cents);
    cents
}
";

impl Demo {
    /// Opens the workspace of one colleague, who trusts the sample's commands.
    pub(super) async fn workspace(&self, colleague: Colleague) -> Result<Workspace, Fault> {
        let options = OpenOptions {
            dir: self.clone_dir(colleague),
            flags: Flags::default(),
        };
        Workspace::trust(&options, &self.environment)?;
        Workspace::open(&options, &self.environment).await
    }

    /// The developer writes the fix on its branch.
    pub(super) fn write_fix(&self, branch: &BranchName) -> Result<(), Fault> {
        self.commit_as_developer(branch, REFUND_FIXED, "Round refunds to the even cent")
    }

    /// The developer solves the conflict on a branch that was built with markers.
    pub(super) fn solve_conflict(&self, branch: &BranchName) -> Result<(), Fault> {
        self.commit_as_developer(branch, REFUND_RESOLVED, "Keep the ledger and the rounding")
    }

    /// The team's regular promotion of one BUILD lane into the next.
    pub(super) fn promote(&self, from: &BranchName, into: &BranchName) -> Result<(), Fault> {
        let clone = self.checked_out(into)?;
        self.run(
            &clone,
            &[
                "merge",
                "--quiet",
                "--no-ff",
                "--no-edit",
                &format!("origin/{from}"),
            ],
            None,
        )?;
        self.run(&clone, &["push", "--quiet", "origin", into.as_str()], None)?;
        Ok(())
    }

    /// Gets a branch as it is now into the developer's clone, and returns the clone.
    fn checked_out(&self, branch: &BranchName) -> Result<PathBuf, Fault> {
        let clone = self.clone_dir(Colleague::Ravi);
        self.run(&clone, &["fetch", "--quiet", "origin"], None)?;
        self.run(
            &clone,
            &[
                "checkout",
                "--quiet",
                "-B",
                branch.as_str(),
                &format!("origin/{branch}"),
            ],
            None,
        )?;
        Ok(clone)
    }

    fn commit_as_developer(
        &self,
        branch: &BranchName,
        refund: &str,
        message: &str,
    ) -> Result<(), Fault> {
        let clone = self.checked_out(branch)?;
        std::fs::write(clone.join(super::history::REFUND), refund)
            .map_err(|error| Fault::caused(FaultKind::Internal, "cannot write the fix", &error))?;
        self.run(
            &clone,
            &["commit", "--quiet", "--all", "--message", message],
            None,
        )?;
        self.run(
            &clone,
            &["push", "--quiet", "origin", branch.as_str()],
            None,
        )?;
        Ok(())
    }
}

/// The watcher of everything that the demo does by itself.
pub(super) fn silent() -> Arc<dyn super::super::watcher::Watcher> {
    Arc::new(super::super::watcher::Silent)
}
