//! Under which name a file lives on in another tree: git's pairs of files that are gone and files that are new.

use std::collections::BTreeMap;

use crate::model::Bytes;
use crate::model::CommitId;

use super::error::Error;
use super::repo::Repo;
use super::tree::TreeEntry;

/// How many files on each side are compared with each other: that takes about half a second. A merge compares up to seven
/// times as many, but only those that matter to it; of whole trees that takes half a minute. With more of them, equal files
/// make a pair, and files that alone have their name, in another folder. Of others only those that somebody asks about are
/// compared with what is new.
const COMPARED: &str = "-l1000";
/// From so many possible pairs on the rest is not compared: the square of it.
const TOO_MANY: usize = 1_000_000;
/// The same of the few that are asked about, which takes two seconds. Beyond that a file is taken for gone.
const COMPARED_OF_FEW: &str = "-l2000";

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
        let how = ["--name-status", "--diff-filter=R", COMPARED];
        self.pairs([from, to], alike, how)
    }

    fn pairs(
        &self,
        sides: [&CommitId; 2],
        alike: u8,
        how: [&str; 3],
    ) -> Result<Vec<Renamed>, Error> {
        let alike = format!("-M{alike}%");
        let printed = self.listed(sides, &[&how[..], &[alike.as_str()]].concat())?;
        let mut tokens = printed.split(|byte| *byte == 0);
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
        let mut moved: BTreeMap<Vec<u8>, Vec<u8>> =
            of_these.map(|one| (one.old, one.new)).collect();
        let unpaired = paths.iter().filter(|path| !moved.contains_key(*path));
        let unpaired: Vec<Vec<u8>> = unpaired.cloned().collect();
        let further = self.moved_among_many([from, to], &unpaired, alike)?;
        moved.extend(further.into_iter().map(|one| (one.old, one.new)));
        Ok(moved)
    }

    /// Returns the renames of these files where so many others are gone and new that git did not compare them.
    fn moved_among_many(
        &self,
        sides: [&CommitId; 2],
        paths: &[Vec<u8>],
        alike: u8,
    ) -> Result<Vec<Renamed>, Error> {
        if paths.is_empty() || sides[0] == sides[1] {
            return Ok(Vec::new());
        }
        let mut words = vec!["moved among many".to_owned(), alike.to_string()];
        words.extend(sides.map(CommitId::to_string));
        words.extend(paths.iter().map(|path| path.escape_ascii().to_string()));
        let question = self.shelf_question(&words);
        if let Some(known) = self.shelf().get::<Vec<[Bytes; 2]>>(&question) {
            let known = known.into_iter();
            let pair = |[old, new]: [Bytes; 2]| Renamed {
                old: old.0,
                new: new.0,
            };
            return Ok(known.map(pair).collect());
        }
        let [mut gone, new] = self.only_on_one_side(sides)?;
        let is_too_many = gone.len().saturating_mul(new.len()) > TOO_MANY;
        gone.retain(|file| paths.contains(&file.path));
        let found = if is_too_many && !gone.is_empty() {
            self.compare_few(&gone, &new, alike)?
        } else {
            Vec::new()
        };
        self.shelf().keep(&[(question, to_keep(&found))]);
        Ok(found)
    }

    /// Compares files with each other in two trees of their own, in which each is called by its place.
    fn compare_few(
        &self,
        gone: &[OneSided],
        new: &[OneSided],
        alike: u8,
    ) -> Result<Vec<Renamed>, Error> {
        let scratch = self.scratch()?;
        let tree = |side: &str, files: &[OneSided]| {
            let files = files.iter().enumerate();
            let entries = files.map(|(place, file)| TreeEntry {
                mode: file.mode,
                name: format!("{side}{place}").into_bytes(),
                id: file.id.clone(),
            });
            scratch.objects().write_tree(entries.collect())
        };
        // A name that both had would be one file.
        let (from, to) = (tree("gone", gone)?, tree("new", new)?);
        let how = ["--name-status", "--diff-filter=R", COMPARED_OF_FEW];
        let pairs = self.pairs([&from, &to], alike, how)?;
        let file = |side: &str, name: &[u8], files: &[OneSided]| {
            let place = std::str::from_utf8(name).ok()?.strip_prefix(side)?;
            files
                .get(place.parse::<usize>().ok()?)
                .map(|file| file.path.clone())
        };
        let found = pairs.iter().filter_map(|pair| {
            Some(Renamed {
                old: file("gone", &pair.old, gone)?,
                new: file("new", &pair.new, new)?,
            })
        });
        Ok(found.collect())
    }

    /// Returns the files that only the first tree has, and those that only the second one has.
    fn only_on_one_side(&self, sides: [&CommitId; 2]) -> Result<[Vec<OneSided>; 2], Error> {
        self.provide(&sides.map(CommitId::clone))?;
        let how = ["--raw", "--no-abbrev", "--no-renames", "--diff-filter=AD"];
        let printed = self.listed(sides, &how)?;
        let mut tokens = printed.split(|byte| *byte == 0);
        let mut found = [Vec::new(), Vec::new()];
        while let (Some(head), Some(path)) = (tokens.next(), tokens.next()) {
            let head = String::from_utf8_lossy(head);
            let words: Vec<&str> = head.trim_start_matches(':').split(' ').collect();
            let (side, mode, id) = match words[..] {
                [mode, _, id, _, "D"] => (0, mode, id),
                [_, mode, _, id, "A"] => (1, mode, id),
                _ => continue,
            };
            if let (Ok(mode), Ok(id)) = (u32::from_str_radix(mode, 8), id.parse()) {
                let path = path.to_vec();
                found[side].push(OneSided { path, mode, id });
            }
        }
        Ok(found)
    }

    fn listed(&self, sides: [&CommitId; 2], how: &[&str]) -> Result<Vec<u8>, Error> {
        // What came out of a merge may lie among what is thrown away.
        let scratch = self.scratch()?;
        let output = self
            .exact("diff-tree")
            .args(["-r", "-z"])
            .args(how)
            .args(sides.map(CommitId::as_str))
            .env("GIT_OBJECT_DIRECTORY", scratch.object_dir())
            .success_unless(self.cancel())?;
        Ok(output.stdout)
    }
}

/// A file that only one of two trees has.
#[derive(Debug)]
struct OneSided {
    path: Vec<u8>,
    mode: u32,
    id: CommitId,
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
