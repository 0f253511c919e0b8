//! Under which name a file lives on in another tree: git's pairs of files that are gone and files that are new.

use std::collections::BTreeMap;

use crate::model::Bytes;
use crate::model::CommitId;

use super::error::Error;
use super::repo::Repo;

/// How many files on each side are compared with each other: that takes about half a second. A merge compares up to seven
/// times as many, but only those that matter to it; of whole trees that takes half a minute. With more of them, equal files
/// make a pair, and files that alone have their name, in another folder. Others are taken for gone.
const COMPARED: &str = "-l1000";

/// So many pairs are kept whole, whoever asks next about other paths: more would push out what else is on the shelf.
const KEPT: usize = 1000;

/// A file that has another name now.
#[derive(Debug, Clone, PartialEq, Eq)]
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
        let mut words = vec!["all renamed".to_owned(), alike.to_string()];
        words.extend([from.to_string(), to.to_string()]);
        let of_all = self.shelf_question(&words);
        words[0] = "some renamed".to_owned();
        words.extend(paths.iter().map(|path| path.escape_ascii().to_string()));
        let of_these = self.shelf_question(&words);
        let known = self.shelf().get::<Vec<[Bytes; 2]>>(&of_all);
        if let Some(known) = known.or_else(|| self.shelf().get(&of_these)) {
            let pairs = known.into_iter().map(|[old, new]| Renamed {
                old: old.0,
                new: new.0,
            });
            return Ok(about(pairs.collect(), paths));
        }
        let all = self.all_renamed(from, to, alike)?;
        if all.len() <= KEPT {
            self.shelf().keep(&[(of_all, to_keep(&all))]);
            return Ok(about(all, paths));
        }
        let found = about(all, paths);
        self.shelf().keep(&[(of_these, to_keep(&found))]);
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

/// Returns those that begin or end at one of these paths.
fn about(mut renamed: Vec<Renamed>, paths: &[Vec<u8>]) -> Vec<Renamed> {
    renamed.retain(|one| paths.contains(&one.old) || paths.contains(&one.new));
    renamed
}

/// Returns names as they are kept: a path is text nearly always, and numbers would take four times as much.
fn to_keep(renamed: &[Renamed]) -> Vec<[Bytes; 2]> {
    let names = renamed.iter().map(|one| [&one.old, &one.new]);
    let names = names.map(|both| both.map(|name| Bytes(name.clone())));
    names.collect()
}
