//! What the fake does in its bare repository.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::super::super::support::repository::World;
use super::super::super::support::repository::branch_tips;
use super::super::super::support::repository::said_before;

/// A git alias that commits as somebody else.
const BY: &str = "alias.by=!f() { GIT_AUTHOR_NAME=$1 GIT_AUTHOR_EMAIL=$2; export GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL; shift 2; git \"$@\"; }; f";

/// The repository of the fake.
#[derive(Clone)]
pub(crate) struct Bare {
    world: Arc<World>,
}

impl Bare {
    pub(crate) fn new(world: Arc<World>) -> Self {
        Self { world }
    }

    fn dir(&self) -> PathBuf {
        self.world.origin()
    }

    fn run(&self, arguments: &[&str]) -> Option<String> {
        let (is_good, text) = self.world.try_git_in(&self.dir(), arguments);
        is_good.then_some(text)
    }

    /// Asks something that is so in every copy of the repository.
    fn say(&self, arguments: &[&str]) -> Option<String> {
        said_before(arguments, || self.run(arguments))
    }

    pub(crate) fn tip(&self, branch: &str) -> Option<String> {
        branch_tips(&self.dir()).remove(branch)
    }

    /// Returns where all branches are.
    pub(crate) fn tips(&self) -> BTreeMap<String, String> {
        branch_tips(&self.dir())
    }

    /// Returns what a branch changes, as its diff against the merge base.
    pub(crate) fn patch(&self, base: &str, head: &str) -> Option<String> {
        self.run(&["diff", &format!("{base}...{head}")])
    }

    /// Returns when a commit was made, in seconds since 1970.
    pub(crate) fn committed(&self, sha: &str) -> Option<i64> {
        let text = self.say(&["log", "-1", "--format=%ct", sha])?;
        text.trim().parse().ok()
    }

    pub(crate) fn is_ancestor(&self, old: &str, new: &str) -> bool {
        self.say(&["merge-base", "--is-ancestor", old, new])
            .is_some()
    }

    /// Returns the author's address and the parents of a commit.
    pub(crate) fn commit(&self, sha: &str) -> Option<(String, Vec<String>)> {
        let text = self.say(&["log", "-1", "--format=%ae %P", sha])?;
        let mut words = text.split_whitespace().map(str::to_owned);
        let email = words.next()?;
        Some((email, words.collect()))
    }

    pub(crate) fn count(&self, base: &str, head: &str) -> u64 {
        let range = format!("{base}..{head}");
        let text = self.say(&["rev-list", "--count", &range]);
        text.and_then(|text| text.parse().ok()).unwrap_or(0)
    }

    /// Returns the merged tree; none if the two conflict.
    pub(crate) fn tree(&self, base: &str, head: &str) -> Option<String> {
        let text = self.run(&["merge-tree", "--write-tree", base, head])?;
        text.lines().next().map(str::to_owned)
    }

    /// Tells whether the two merge.
    pub(crate) fn is_clean(&self, base: &str, head: &str) -> bool {
        self.say(&["merge-tree", "--write-tree", base, head])
            .is_some()
    }

    /// Merges `head` into a branch as a person; returns the new tip.
    pub(crate) fn merge(
        &self,
        branch: &str,
        head: &str,
        method: &str,
        title: &str,
        person: (&str, &str),
    ) -> Option<String> {
        let base = self.tip(branch)?;
        let tree = self.tree(&base, head)?;
        let mut arguments = vec![
            "-c",
            BY,
            "by",
            person.0,
            person.1,
            "commit-tree",
            &tree,
            "-p",
            &base,
        ];
        if method == "merge" {
            arguments.extend(["-p", head]);
        }
        arguments.extend(["-m", title]);
        let commit = self.run(&arguments)?;
        let to = format!("refs/heads/{branch}");
        self.run(&["update-ref", &to, &commit, &base])?;
        Some(commit)
    }

    pub(crate) fn create(&self, branch: &str, sha: &str) -> bool {
        let name = format!("refs/heads/{branch}");
        let nothing = "0".repeat(sha.len());
        self.run(&["update-ref", &name, sha, &nothing]).is_some()
    }

    pub(crate) fn delete(&self, branch: &str) {
        let name = format!("refs/heads/{branch}");
        self.run(&["update-ref", "-d", &name]);
    }
}
