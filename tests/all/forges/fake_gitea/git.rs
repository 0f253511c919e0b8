//! The bare repository behind the fake.

use std::io::Write as _;
use std::path::Path;
use std::path::PathBuf;
use std::process::Stdio;

use crate::support::repository::branch_tips;
use crate::support::repository::first_git;
use crate::support::repository::said_before;

pub(super) struct Bare {
    dir: PathBuf,
    program: PathBuf,
}

impl Bare {
    pub(super) fn new(dir: &Path) -> Self {
        Self {
            dir: dir.to_owned(),
            program: first_git(),
        }
    }

    /// Runs git with text on its input; tells whether it succeeded and what it printed.
    #[expect(clippy::disallowed_methods, reason = "a forge runs git too")]
    fn run(&self, arguments: &[&str], input: &str, who: &str) -> (bool, String) {
        let mut child = std::process::Command::new(&self.program)
            .args(arguments)
            .current_dir(&self.dir)
            .env_clear()
            .env("PATH", self.program.parent().expect("absolute"))
            .env("HOME", &self.dir)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_INDEX_FILE", self.dir.join("fake-index"))
            .env("GIT_AUTHOR_NAME", who)
            .env("GIT_AUTHOR_EMAIL", format!("{who}@example.org"))
            .env("GIT_AUTHOR_DATE", "1700000100 +0000")
            .env("GIT_COMMITTER_NAME", "Forge")
            .env("GIT_COMMITTER_EMAIL", "forge@example.org")
            .env("GIT_COMMITTER_DATE", "1700000100 +0000")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("git can be started");
        let mut stdin = child.stdin.take().expect("it is piped");
        stdin.write_all(input.as_bytes()).expect("git reads");
        drop(stdin);
        let output = child.wait_with_output().expect("git ends");
        let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        (output.status.success(), text)
    }

    fn must(&self, arguments: &[&str], input: &str, who: &str) -> String {
        let (succeeded, text) = self.run(arguments, input, who);
        assert!(succeeded, "git {arguments:?}: {text}");
        text
    }

    pub(super) fn tip(&self, branch: &str) -> Option<String> {
        branch_tips(&self.dir).remove(branch)
    }

    pub(super) fn move_branch(&self, branch: &str, to: Option<&str>) {
        let name = format!("refs/heads/{branch}");
        match to {
            Some(to) => self.must(&["update-ref", &name, to], "", "x"),
            None => self.must(&["update-ref", "-d", &name], "", "x"),
        };
    }

    pub(super) fn is_ancestor(&self, old: &str, new: &str) -> bool {
        self.say(&["merge-base", "--is-ancestor", old, new])
            .is_some()
    }

    /// Asks something that is so in every copy of the repository.
    fn say(&self, arguments: &[&str]) -> Option<String> {
        said_before(arguments, || {
            let (is_good, text) = self.run(arguments, "", "x");
            is_good.then_some(text)
        })
    }

    /// Tells whether two commits merge.
    pub(super) fn is_clean(&self, onto: &str, head: &str) -> bool {
        self.say(&["merge-tree", "--write-tree", onto, head])
            .is_some()
    }

    /// Returns the tree of a merge without conflicts.
    pub(super) fn merge_tree(&self, onto: &str, head: &str) -> Option<String> {
        let (is_clean, tree) = self.run(&["merge-tree", "--write-tree", onto, head], "", "x");
        is_clean.then_some(tree)
    }

    pub(super) fn commit_tree(
        &self,
        tree: &str,
        parents: &[&str],
        message: &str,
        who: &str,
    ) -> String {
        let mut arguments = vec!["commit-tree", tree];
        for parent in parents {
            arguments.extend(["-p", parent]);
        }
        self.must(&arguments, message, who)
    }

    /// Returns the commits that `head` has and `base` has not, newest first, with their parents.
    pub(super) fn commits(&self, base: &str, head: &str) -> Vec<(String, Vec<String>)> {
        let range = format!("{base}..{head}");
        let text = self
            .say(&["log", "--format=%H %P", &range])
            .expect("known commits");
        text.lines()
            .map(|line| {
                let mut ids = line.split(' ').map(str::to_owned);
                (ids.next().unwrap_or_default(), ids.collect())
            })
            .collect()
    }

    pub(super) fn parents(&self, commit: &str) -> Option<Vec<String>> {
        let text = self.say(&["show", "-s", "--format=%P", commit])?;
        Some(text.split_whitespace().map(str::to_owned).collect())
    }

    /// Returns the addresses of a commit's author and committer.
    pub(super) fn makers(&self, commit: &str) -> Vec<String> {
        let said = self.say(&["show", "-s", "--format=%ae %ce", commit]);
        let said = said.unwrap_or_default();
        said.split(' ').map(str::to_owned).collect()
    }

    pub(super) fn message(&self, commit: &str) -> String {
        let said = self.say(&["show", "-s", "--format=%B", commit]);
        said.unwrap_or_default()
    }

    pub(super) fn merge_base(&self, a: &str, b: &str) -> String {
        self.say(&["merge-base", a, b]).expect("related")
    }

    pub(super) fn edit(&self, branch: &str, file: &str, text: &str) -> String {
        let tip = self.tip(branch).expect("the branch is there");
        let blob = self.must(&["hash-object", "-w", "--stdin"], text, "x");
        self.must(&["read-tree", &tip], "", "x");
        let entry = format!("100644,{blob},{file}");
        self.must(&["update-index", "--add", "--cacheinfo", &entry], "", "x");
        let tree = self.must(&["write-tree"], "", "x");
        let commit = self.commit_tree(&tree, &[&tip], &format!("Change {file}"), "Dev");
        self.move_branch(branch, Some(&commit));
        commit
    }
}
