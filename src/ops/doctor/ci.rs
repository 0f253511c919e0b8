//! The CI's files on the lane of production: what a second hotfix, a draft or a cancelled run does to a deployment.

use crate::model::CommitId;
use crate::ops::workspace::Workspace;

use super::Examined;
use super::traps::traps;

/// Where CI files are, by folder or exact path.
const PLACES: &[&str] = &[
    ".gitlab-ci.yml",
    ".github/workflows/",
    ".gitea/workflows/",
    ".forgejo/workflows/",
];

impl Workspace {
    /// Searches the CI's files as they are on the lane of production.
    pub(super) async fn examine_ci(&self, examined: &mut Vec<Examined>) {
        let Ok((tips, project)) = self.expanded().await else {
            return;
        };
        let production = project.production().and_then(|lane| lane.branch_name());
        let Some(tip) = production.and_then(|branch| tips.get(&branch).cloned()) else {
            return;
        };
        let Ok(files) = self.git(move |repo| ci_files(repo, &tip)).await else {
            return;
        };
        for (path, text) in files {
            examined.extend(traps(&path, &text));
        }
    }
}

fn ci_files(
    repo: &crate::git::Repo,
    commit: &CommitId,
) -> Result<Vec<(String, String)>, crate::git::Error> {
    let mut found = Vec::new();
    for place in PLACES {
        let paths = match place.strip_suffix('/') {
            None => vec![(*place).to_owned()],
            Some(folder) => repo.files_in(commit, folder)?,
        };
        for path in paths {
            if let Some(bytes) = repo.read_file(commit, &path)? {
                found.push((path, String::from_utf8_lossy(&bytes).into_owned()));
            }
        }
    }
    Ok(found)
}
