//! A worktree without the team's file. Perhaps only the branch that is checked out lacks it, as a hotfix branch does that
//! was cut from a lane without it. Which branch has the file is told, with the command that brings it here; by itself it is
//! never read from there, since whoever works here must see by which rules.

use crate::config::Environment;
use crate::config::Error as ConfigError;
use crate::config::TEAM_FILE;
use crate::config::nearness;
use crate::git::UserClone;
use crate::model::BranchName;
use crate::model::shell_line;

use super::fault::Fault;
use super::fault::FaultKind;
use super::inspect::remote_of;
use super::workspace::settings_fault;

/// Branches that are looked at, the likeliest first: each is a question to git.
const LOOKED_AT: usize = 16;

/// Where the team's file is while the worktree lacks it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DescribedOn {
    /// What has it, as git takes it: `origin/production`, `HEAD`.
    rev: String,
    /// The remote to fetch from, where the clone has not seen that yet.
    unseen_of: Option<String>,
}

impl DescribedOn {
    /// Looks for it in what is checked out, in the lanes of the remote as last fetched, and in local branches.
    pub(super) fn find(clone: &UserClone, environment: &Environment) -> Option<Self> {
        if clone.has_file("HEAD", TEAM_FILE) {
            return Some(Self::at("HEAD".to_owned()));
        }
        let has = |folder: &str, branch: &BranchName| {
            clone.has_file(&format!("{folder}{branch}"), TEAM_FILE)
        };
        if let Ok(remote) = remote_of(clone, environment) {
            let (default, branches) = clone.fetched(&remote).unwrap_or_default();
            let folder = format!("refs/remotes/{remote}/");
            let mut lanes = likely(default.as_ref(), branches).into_iter();
            if let Some(branch) = lanes.find(|branch| has(&folder, branch)) {
                return Some(Self::at(format!("{remote}/{branch}")));
            }
        }
        let branches = clone.branches().unwrap_or_default();
        let mut lanes = likely(None, branches.into_keys().collect()).into_iter();
        let branch = lanes.find(|branch| has("refs/heads/", branch))?;
        Some(Self::at(branch.to_string()))
    }

    /// Names a branch that the remote has now and the clone has not fetched with it.
    pub(super) fn unseen(remote: &str, branch: &BranchName) -> Self {
        Self {
            rev: format!("{remote}/{branch}"),
            unseen_of: Some(remote.to_owned()),
        }
    }

    fn at(rev: String) -> Self {
        Self {
            rev,
            unseen_of: None,
        }
    }

    /// Returns the fault of whoever needs the lanes.
    pub(super) fn fault(&self, clone: &UserClone) -> Fault {
        let when = match (&self.unseen_of, self.rev.as_str()) {
            (Some(_), _) => "has it on the remote",
            (None, "HEAD") => "has it",
            (None, _) => "has it, as last fetched",
        };
        let summary = "the lanes are not described on this branch";
        let mut fault = Fault::new(FaultKind::Config, summary).hint(self.hint(clone));
        let root = clone.root().display();
        let rev = &self.rev;
        fault
            .chain
            .push(format!("{TEAM_FILE} is not in {root}; {rev} {when}"));
        fault
    }

    /// Returns the command that brings it here.
    pub(super) fn hint(&self, clone: &UserClone) -> String {
        let fetch = self.unseen_of.as_deref();
        let fetch = fetch.map(|remote| shell_line(&["git", "fetch", remote]) + " && ");
        let fetch = fetch.unwrap_or_default();
        if clone.workdir().is_none() {
            let show = shell_line(&["git", "show", &format!("{}:{TEAM_FILE}", self.rev)]);
            return format!("Run: {fetch}{show} > {TEAM_FILE}");
        }
        let file = format!(":/{TEAM_FILE}");
        if self.rev == "HEAD" {
            return format!("Run: git restore {file}");
        }
        let restore = shell_line(&["git", "restore", "--source", &self.rev, &file]);
        format!(
            "Run: {fetch}{restore} (it comes unstaged), or check that branch out. Every lane should have the file."
        )
    }
}

/// Returns the fault of settings that could not be settled; where no team's file is here, with where one is.
pub(super) fn unsettled(
    error: &ConfigError,
    clone: &UserClone,
    environment: &Environment,
) -> Fault {
    if let ConfigError::NoTeamFile { .. } = error
        && let Some(elsewhere) = DescribedOn::find(clone, environment)
    {
        return elsewhere.fault(clone);
    }
    settings_fault(error)
}

/// Returns the branches that may be lanes: the remote's default one, then those whose names are nearest to production.
pub(super) fn likely(default: Option<&BranchName>, branches: Vec<BranchName>) -> Vec<BranchName> {
    let mut likely: Vec<(bool, u32, BranchName)> = branches
        .into_iter()
        .filter_map(|branch| {
            let is_default = default == Some(&branch);
            let level = nearness(&branch).or(is_default.then_some(0))?;
            Some((is_default, level, branch))
        })
        .collect();
    likely.sort_by_key(|(is_default, level, _)| std::cmp::Reverse((*is_default, *level)));
    likely.truncate(LOOKED_AT);
    likely.into_iter().map(|(_, _, branch)| branch).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<BranchName> {
        let names = names.iter().map(|name| name.parse());
        names.map(|name| name.expect("a branch")).collect()
    }

    #[test]
    fn the_default_branch_is_asked_first_then_what_is_nearest_to_production() {
        let branches = names(&["hotfix/x", "integration", "preprod", "production", "trunk"]);
        let default = "trunk".parse().expect("a branch");
        let found = likely(Some(&default), branches);
        assert_eq!(
            found,
            names(&["trunk", "production", "preprod", "integration"])
        );
    }
}
