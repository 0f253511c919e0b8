//! Who changed conflicted paths last, on either side: whom to ask. A name that cannot be found is left out; nothing is
//! decided by it.
//!
//! A side may have the file under another name: git tells a conflict by the name that came out of the merge.

use std::collections::HashMap;

use crate::model::CommitId;
use crate::model::ConflictKind;
use crate::model::LastAuthors;
use crate::model::Untrusted;

use super::error::Error;
use super::prediction::Sides;
use super::repo::Repo;

/// How many commits are read before those of paths that change rarely are asked for by themselves.
const NEAR: &str = "64";
/// By how many percent files are alike that a merge takes for one.
pub(super) const LIKE_MERGES: u8 = 50;

/// The names of one file, on the side of the target and on that of the fix.
type Names = [String; 2];

impl Repo {
    /// Returns for each conflict the last author on the side of the target, and on the side of the fix.
    pub(super) fn last_authors(
        &self,
        conflicts: &[(&[u8], ConflictKind)],
        sides: Sides<'_>,
    ) -> Vec<LastAuthors> {
        let base = match sides.base {
            Some(base) => Some(base.clone()),
            None => self.merge_base(sides.onto, sides.other).ok().flatten(),
        };
        let sides = [sides.onto, sides.other];
        let names = self.names_on(conflicts, base.as_ref(), sides);
        let last_on = |side: usize| {
            let own = names.iter().flatten().map(|both| both[side].as_str());
            self.last_on(sides[side], base.as_ref(), &own.collect::<Vec<_>>())
        };
        let last = [last_on(0), last_on(1)];
        let author = |both: &Option<Names>, side: usize| {
            let name = both.as_ref().map(|both| &both[side])?;
            last[side].get(name).cloned()
        };
        let of_each = names.iter().map(|both| LastAuthors {
            target: author(both, 0),
            fix: author(both, 1),
        });
        of_each.collect()
    }

    /// Returns the names that each file has on the sides; none where a name is no text.
    fn names_on(
        &self,
        conflicts: &[(&[u8], ConflictKind)],
        base: Option<&CommitId>,
        sides: [&CommitId; 2],
    ) -> Vec<Option<Names>> {
        let mut names: Vec<Option<Names>> = conflicts
            .iter()
            .map(|(path, _)| {
                let path = std::str::from_utf8(path).ok()?;
                Some([path.to_owned(), path.to_owned()])
            })
            .collect();
        let Some(base) = base else {
            return names;
        };
        // What one side has deleted has no other name there.
        let is_followed = |kind: ConflictKind| match kind {
            ConflictKind::ModifyDelete | ConflictKind::Pending => false,
            ConflictKind::Content
            | ConflictKind::Rename
            | ConflictKind::Binary
            | ConflictKind::Submodule
            | ConflictKind::Mode
            | ConflictKind::Type => true,
        };
        let followed = names.iter_mut().zip(conflicts);
        let followed = followed.filter(|(_, (_, kind))| is_followed(*kind));
        let mut followed: Vec<&mut Names> =
            followed.filter_map(|(both, _)| both.as_mut()).collect();
        let paths: Vec<String> = followed.iter().map(|both| both[0].clone()).collect();
        match self.names_since(base, sides, &paths) {
            Ok(found) => {
                for (both, found) in followed.iter_mut().zip(found) {
                    **both = found;
                }
            }
            Err(error) => {
                tracing::debug!(%error, "under which names the sides have conflicted files is not told");
            }
        }
        names
    }

    /// Returns the names that files have on two sides since `base`, given a name that one of them has. Kept on the shelf: a
    /// look that meets known conflicts again needs no objects.
    fn names_since(
        &self,
        base: &CommitId,
        sides: [&CommitId; 2],
        paths: &[String],
    ) -> Result<Vec<Names>, Error> {
        if paths.is_empty() {
            return Ok(Vec::new());
        }
        let mut words = vec!["names".to_owned(), base.to_string()];
        words.extend(sides.map(CommitId::to_string));
        words.extend(paths.iter().cloned());
        let question = self.shelf_question(&words);
        if let Some(names) = self.shelf().get::<Vec<Names>>(&question) {
            return Ok(names);
        }
        let trees = [self.tree_of(sides[0])?, self.tree_of(sides[1])?];
        let mut names: Vec<Names> = paths
            .iter()
            .map(|path| [path.clone(), path.clone()])
            .collect();
        for (side, facing) in [(0, 1), (1, 0)] {
            let mut only_facing = Vec::new();
            for path in paths {
                let path = path.as_bytes();
                let is_on = |tree: &CommitId| -> Result<bool, Error> {
                    Ok(self.objects().entry(tree, path)?.is_some())
                };
                if is_on(&trees[facing])? && !is_on(&trees[side])? {
                    only_facing.push(path.to_vec());
                }
            }
            let own = self.own_names(base, &trees[side], &trees[facing], &only_facing)?;
            for (both, path) in names.iter_mut().zip(paths) {
                let name = own.get(path.as_bytes()).cloned();
                if let Some(Ok(name)) = name.map(String::from_utf8) {
                    both[side] = name;
                }
            }
        }
        self.shelf().keep(&[(question, names.clone())]);
        Ok(names)
    }

    /// Returns the name on one side of each file that the other one calls `paths`, as far as there is one.
    fn own_names(
        &self,
        base: &CommitId,
        side: &CommitId,
        facing: &CommitId,
        paths: &[Vec<u8>],
    ) -> Result<HashMap<Vec<u8>, Vec<u8>>, Error> {
        let renamed = self.renamed(base, facing, paths, LIKE_MERGES)?;
        let (mut own, mut gone) = (HashMap::new(), Vec::new());
        for one in renamed.iter().filter(|one| paths.contains(&one.new)) {
            if self.objects().entry(side, &one.old)?.is_some() {
                own.insert(one.new.clone(), one.old.clone());
            } else {
                gone.push(one.old.clone());
            }
        }
        let moved = self.moved_to(base, side, &gone, LIKE_MERGES)?;
        for one in &renamed {
            if let Some(now) = moved.get(&one.old) {
                own.insert(one.new.clone(), now.clone());
            }
        }
        Ok(own)
    }

    /// Returns the last author of each path since `base`: of those that changed lately in one go, then of the rest.
    fn last_on(
        &self,
        side: &CommitId,
        base: Option<&CommitId>,
        paths: &[&str],
    ) -> HashMap<String, Untrusted> {
        let mut found = HashMap::new();
        for most in [Some(NEAR), None] {
            let open: Vec<String> = paths
                .iter()
                .filter(|path| !found.contains_key(**path))
                .map(|path| format!(":(literal){path}"))
                .collect();
            if open.is_empty() {
                break;
            }
            let mut arguments = vec!["-z", "--name-only", "--no-renames", "--format=%x01%an"];
            arguments.extend(most.iter().flat_map(|most| ["-n", most]));
            arguments.push(side.as_str());
            if let Some(base) = base {
                arguments.extend(["--not", base.as_str()]);
            }
            arguments.push("--");
            arguments.extend(open.iter().map(String::as_str));
            let Ok((_, told)) = self.ask("log", &arguments) else {
                break;
            };
            let told = String::from_utf8_lossy(&told);
            for commit in told.split('\u{1}').skip(1) {
                let mut words = commit.split('\0');
                let Some(name) = words.next().filter(|name| !name.is_empty()) else {
                    continue;
                };
                // An empty line stands before the first path.
                for path in words.map(|path| path.strip_prefix('\n').unwrap_or(path)) {
                    found
                        .entry(path.to_owned())
                        .or_insert_with(|| Untrusted::new(name));
                }
            }
        }
        found
    }
}
