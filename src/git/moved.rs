//! Under which name a file lives on in another tree: git's pairs of files that are gone and files that are new.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;

use crate::model::CommitId;

use super::error::Error;
use super::repo::Repo;

/// How many files on each side are compared, as in a merge; with more of them, only equal files make a pair.
const COMPARED: &str = "-l7000";

/// A file that has another name now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Renamed {
    pub(super) old: Vec<u8>,
    pub(super) new: Vec<u8>,
}

impl Repo {
    /// Returns the renames between two trees (or those of commits) that begin or end at one of these paths, of files that
    /// are alike by so many percent.
    pub(super) fn renamed(
        &self,
        from: &CommitId,
        to: &CommitId,
        paths: &[Vec<u8>],
        alike: u8,
    ) -> Result<Vec<Renamed>, Error> {
        if paths.is_empty() || from == to {
            return Ok(Vec::new());
        }
        let mut words = vec!["renamed".to_owned(), alike.to_string()];
        words.extend([from.to_string(), to.to_string()]);
        words.extend(paths.iter().map(|path| path.escape_ascii().to_string()));
        let question = self.shelf_question(&words);
        if let Some(known) = self.shelf().get::<Vec<Renamed>>(&question) {
            return Ok(known);
        }
        let mut found = self.all_renamed(from, to, alike)?;
        found.retain(|one| paths.contains(&one.old) || paths.contains(&one.new));
        self.shelf().keep(&[(question, &found)]);
        Ok(found)
    }

    fn all_renamed(
        &self,
        from: &CommitId,
        to: &CommitId,
        alike: u8,
    ) -> Result<Vec<Renamed>, Error> {
        self.provide(&[from.clone(), to.clone()])?;
        // What came out of a merge may lie among what is thrown away.
        let scratch = self.scratch()?;
        let output = self
            .exact("diff-tree")
            .args(["-r", "-z", "--name-status", "--diff-filter=R", COMPARED])
            .arg(format!("-M{alike}%"))
            .args([from.as_str(), to.as_str()])
            .env("GIT_OBJECT_DIRECTORY", scratch.object_dir())
            .success_unless(self.cancel())?;
        let mut tokens = output.stdout.split(|byte| *byte == 0);
        let mut pairs = Vec::new();
        while tokens.next().is_some_and(|status| !status.is_empty()) {
            if let (Some(old), Some(new)) = (tokens.next(), tokens.next()) {
                let (old, new) = (old.to_vec(), new.to_vec());
                pairs.push(Renamed { old, new });
            }
        }
        Ok(pairs)
    }

    /// Returns the path that each of these files has in `to`, if it lives on there under another name: a file that is alike
    /// at least by `alike` percent.
    pub(super) fn moved_to(
        &self,
        from: &CommitId,
        to: &CommitId,
        paths: &[Vec<u8>],
        alike: u8,
    ) -> Result<BTreeMap<Vec<u8>, Vec<u8>>, Error> {
        let renamed = self.renamed(from, to, paths, alike)?;
        let of_these = renamed.into_iter().filter(|one| paths.contains(&one.old));
        Ok(of_these.map(|one| (one.old, one.new)).collect())
    }
}
