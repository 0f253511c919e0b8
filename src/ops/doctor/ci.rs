//! Traps in the CI's files: what a second hotfix, a draft or a cancelled run does to a deployment.
//!
//! The files are searched line by line, not understood: a hit is a question to a person, never a verdict.

use crate::model::CommitId;
use crate::ops::workspace::Workspace;

use super::Examined;

/// Words in a CI file, with what they may do to a hotfix.
const TRAPS: &[(&str, &str, &str)] = &[
    (
        "cancel-in-progress: true",
        "a newer push cancels the run, also one that deploys",
        "Let deployments of production out of it: concurrency without cancel-in-progress.",
    ),
    (
        "interruptible: true",
        "a newer pipeline cancels the job, also one that deploys",
        "Set interruptible: false on deploy jobs.",
    ),
    (
        "auto_cancel:",
        "a newer pipeline may cancel an older one",
        "See that deploy jobs are not interruptible.",
    ),
    (
        "pull_request.draft == false",
        "drafts get no checks, and a backport with conflicts is a draft until they are decided",
        "Expect `not run` there; checks come when the draft is marked ready.",
    ),
    (
        "!github.event.pull_request.draft",
        "drafts get no checks, and a backport with conflicts is a draft until they are decided",
        "Expect `not run` there; checks come when the draft is marked ready.",
    ),
    (
        "CI_MERGE_REQUEST_TITLE =~ /^Draft",
        "drafts get no pipeline, and a backport with conflicts is a draft until they are decided",
        "Expect `not run` there; checks come when the draft is marked ready.",
    ),
];

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

fn traps(path: &str, text: &str) -> Vec<Examined> {
    let lines = text.lines().enumerate();
    let live = lines.filter(|(_, line)| !line.trim_start().starts_with('#'));
    live.filter_map(|(number, line)| {
        let (words, what, hint) = TRAPS.iter().find(|(words, ..)| line.contains(words))?;
        Some(Examined::doubtful(
            "CI",
            format!("{path}:{} `{words}`: {what}", number + 1),
            hint,
        ))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trap_is_named_with_its_line_and_a_comment_is_none() {
        let text = "deploy:\n  # interruptible: true\n  interruptible: true\n";
        let found = traps(".gitlab-ci.yml", text);
        assert_eq!(found.len(), 1);
        assert!(
            found[0]
                .detail
                .starts_with(".gitlab-ci.yml:3 `interruptible: true`"),
            "{found:?}"
        );
        assert!(traps("x", "interruptible: false\n").is_empty());
    }
}
