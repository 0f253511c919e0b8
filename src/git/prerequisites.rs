//! What a pick stands on and the target lacks (flows.md 5.4): earlier changes to the same files that never got there. Picked
//! first, they often take a conflict away; and a pick that applies without them may still need them.

use std::collections::BTreeSet;

use crate::model::Commit;
use crate::model::CommitId;
use crate::model::Verdict;

use super::error::Error;
use super::landing::ids_after;
use super::last_authors::LIKE_MERGES;
use super::objects::parse_id;
use super::presence::verdict;
use super::repo::Repo;

/// How many candidates are looked at; with more missing, the branches have parted and no list helps.
const LOOKED_AT: usize = 40;
/// A pick of more files than this is no fix: the first ones tell enough.
const FILES: usize = 200;

/// An earlier change to the same files.
struct Candidate {
    commit: Commit,
    /// The target has a commit with the same patch, or one that names it as its origin. It may have been reverted.
    is_told: bool,
}

impl Repo {
    /// Returns the commits of `base`, newest first, that touch `paths` and whose change `onto` lacks: neither their content
    /// is there, nor, unless it was taken out again, that of a commit with the same patch or a trailer that names them. What
    /// is picked along (`besides`) is no prerequisite. At most `limit`.
    pub fn missing_prerequisites(
        &self,
        base: &CommitId,
        onto: &CommitId,
        paths: &[String],
        besides: &[CommitId],
        limit: usize,
    ) -> Result<Vec<Commit>, Error> {
        let parted = self.merge_base(base, onto)?;
        let Some(parted) = parted.filter(|parted| parted != base && !paths.is_empty()) else {
            return Ok(Vec::new());
        };
        let [own, theirs] = self.names_of_both(&parted, base, onto, paths)?;
        let mut candidates = self.touching(base, onto, &own, &theirs)?;
        candidates.retain(|one| !besides.contains(&one.commit.id));
        let verdicts = self.verdicts_on(&candidates, onto)?;
        let lacks = candidates.into_iter().zip(verdicts);
        let lacks = lacks.filter(|(one, verdict)| match verdict {
            Verdict::Present => false,
            // Whatever history tells of a pick, it does not tell of the tree.
            Verdict::Absent => true,
            Verdict::Changed | Verdict::Pending | Verdict::Unknown => !one.is_told,
        });
        Ok(lacks.map(|(one, _)| one.commit).take(limit).collect())
    }

    /// Returns the names that these files of `base` had there since the lanes parted, and those names with the ones that the
    /// files have in `onto`.
    fn names_of_both(
        &self,
        parted: &CommitId,
        base: &CommitId,
        onto: &CommitId,
        paths: &[String],
    ) -> Result<[BTreeSet<String>; 2], Error> {
        let mut own: BTreeSet<String> = paths.iter().take(FILES).cloned().collect();
        let text = |path: &[u8]| String::from_utf8_lossy(path).into_owned();
        let bytes = |names: &BTreeSet<String>| -> Vec<Vec<u8>> {
            names.iter().map(|name| name.clone().into_bytes()).collect()
        };
        let now = bytes(&own);
        for one in self.renamed(parted, base, &now, LIKE_MERGES)? {
            if now.contains(&one.new) {
                own.insert(text(&one.old));
            }
        }
        let tree = self.tree_of(onto)?;
        let mut gone = Vec::new();
        for path in bytes(&own) {
            if self.objects().entry(&tree, &path)?.is_none() {
                gone.push(path);
            }
        }
        let mut theirs = own.clone();
        let moved = self.moved_to(parted, onto, &gone, LIKE_MERGES)?;
        theirs.extend(moved.values().map(|path| text(path)));
        Ok([own, theirs])
    }

    /// Returns the commits of `base` that touch these files and that `onto` does not have itself.
    fn touching(
        &self,
        base: &CommitId,
        onto: &CommitId,
        own: &BTreeSet<String>,
        theirs: &BTreeSet<String>,
    ) -> Result<Vec<Candidate>, Error> {
        let literal = literal(own);
        let range = format!("{onto}...{base}");
        let bound = format!("--max-count={LOOKED_AT}");
        // Git marks those whose patch the other side has as well.
        let mut words = vec![
            "--right-only",
            "--cherry-mark",
            "--no-merges",
            bound.as_str(),
            range.as_str(),
            "--",
        ];
        words.extend(literal.iter().map(String::as_str));
        let (_, printed) = self.ask("rev-list", &words)?;
        let picked = self.picked_into(base, onto, theirs)?;
        let mut candidates = Vec::new();
        for line in String::from_utf8_lossy(&printed).lines() {
            let is_same_patch = line.starts_with('=');
            let id = parse_id("rev-list", line.trim_start_matches(['=', '+']))?;
            let is_named = picked.iter().any(|name| id.as_str().starts_with(name));
            candidates.push(Candidate {
                commit: self.commit(&id)?,
                is_told: is_same_patch || is_named,
            });
        }
        Ok(candidates)
    }

    /// Tells of each candidate whether its change is in `onto`: all of them in one process.
    fn verdicts_on(
        &self,
        candidates: &[Candidate],
        onto: &CommitId,
    ) -> Result<Vec<Verdict>, Error> {
        let tree = self.tree_of(onto)?;
        let mut merges = Vec::with_capacity(2 * candidates.len());
        for Candidate { commit, .. } in candidates {
            let before = match commit.parents.first() {
                Some(parent) => self.tree_of(parent)?,
                None => self.objects().write_tree(Vec::new())?,
            };
            let after = self.tree_of(&commit.id)?;
            merges.push([before.clone(), after.clone(), tree.clone()]);
            merges.push([after, before, tree.clone()]);
        }
        let stays = self.stay_each(&merges)?;
        let pairs = stays.chunks_exact(2);
        Ok(pairs.map(|pair| verdict(pair[0], pair[1])).collect())
    }

    /// Returns the ids that commits of the target's side name as the ones they were picked from.
    fn picked_into(
        &self,
        base: &CommitId,
        onto: &CommitId,
        paths: &BTreeSet<String>,
    ) -> Result<BTreeSet<String>, Error> {
        let literal = literal(paths);
        let mut words = vec!["--format=%B", onto.as_str(), "--not", base.as_str(), "--"];
        words.extend(literal.iter().map(String::as_str));
        let (_, printed) = self.ask("log", &words)?;
        let text = String::from_utf8_lossy(&printed);
        Ok(ids_after(&text, "(cherry picked from commit ")
            .into_iter()
            .collect())
    }
}

fn literal(paths: &BTreeSet<String>) -> Vec<String> {
    paths
        .iter()
        .map(|path| format!(":(literal){path}"))
        .collect()
}
