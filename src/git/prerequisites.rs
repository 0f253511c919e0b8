//! What a pick stands on and the target lacks (flows.md 5.4): earlier changes to the conflicted files that never got
//! there. Picked first, they often take the conflict away.

use std::collections::BTreeSet;

use crate::model::Commit;
use crate::model::CommitId;
use crate::model::Verdict;

use super::error::Error;
use super::landing::ids_after;
use super::objects::parse_id;
use super::repo::Repo;

/// How many candidates are looked at; with more missing, the branches have parted and no list helps.
const LOOKED_AT: usize = 40;

impl Repo {
    /// Returns the commits of `base`, newest first, that touch `paths` and whose change `onto` lacks: neither they nor
    /// one with the same patch or a trailer that names them, nor their content. At most `limit`.
    pub fn missing_prerequisites(
        &self,
        base: &CommitId,
        onto: &CommitId,
        paths: &[String],
        limit: usize,
    ) -> Result<Vec<Commit>, Error> {
        if paths.is_empty() || self.merge_base(base, onto)?.is_none() {
            return Ok(Vec::new());
        }
        let literal: Vec<String> = paths
            .iter()
            .map(|path| format!(":(literal){path}"))
            .collect();
        let range = format!("{onto}...{base}");
        let bound = format!("--max-count={LOOKED_AT}");
        // The same patch on the other side is left out by git itself.
        let mut words = vec![
            "--right-only",
            "--cherry-pick",
            "--no-merges",
            bound.as_str(),
            range.as_str(),
            "--",
        ];
        words.extend(literal.iter().map(String::as_str));
        let (_, printed) = self.ask("rev-list", &words)?;
        let picked = self.picked_into(base, onto, &literal)?;
        let mut missing = Vec::new();
        for line in String::from_utf8_lossy(&printed).lines() {
            let id = parse_id("rev-list", line)?;
            let is_named = picked.iter().any(|name| id.as_str().starts_with(name));
            if is_named || missing.len() == limit {
                continue;
            }
            let commit = self.commit(&id)?;
            let is_there = match commit.parents.first() {
                Some(parent) => self.presence_in_tree(parent, &id, onto)?.0 == Verdict::Present,
                None => false,
            };
            if !is_there {
                missing.push(commit);
            }
        }
        Ok(missing)
    }

    /// Returns the ids that commits of the target's side name as the ones they were picked from.
    fn picked_into(
        &self,
        base: &CommitId,
        onto: &CommitId,
        paths: &[String],
    ) -> Result<BTreeSet<String>, Error> {
        let mut words = vec!["--format=%B", onto.as_str(), "--not", base.as_str(), "--"];
        words.extend(paths.iter().map(String::as_str));
        let (_, printed) = self.ask("log", &words)?;
        let text = String::from_utf8_lossy(&printed);
        Ok(ids_after(&text, "(cherry picked from commit ")
            .into_iter()
            .collect())
    }
}
