//! How a fix came into a lane, as far as history tells: by ancestry, by a commit that says it was picked from it, by a
//! commit with the same patch, by a recorded merge. It explains a verdict and never makes one: all of it stays in
//! history when the fix is reverted or merged away.
//!
//! What was said is read from the commits of the lane that the fix does not have. A patch is compared only with
//! commits of the same subject or the same author's time: a pick keeps one of them, and what keeps neither is told by
//! the tree.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::sync::Arc;

use crate::model::CommitId;
use crate::model::Rule;
use crate::model::Untrusted;

use super::commit::RawCommit;
use super::error::Error;
use super::objects::Kind;
use super::repo::Repo;

/// How far a lane is read beyond the fix; the tree still answers for what lies deeper.
const READ: usize = 20_000;
/// A fix of more commits is no fix; only its head is looked for.
const INNER: usize = 500;

const PICKED: &str = "(cherry picked from commit ";
const REVERTS: &str = "This reverts commit ";

/// What a commit says about others, and by what it can be known again.
#[derive(Debug, Default)]
pub(super) struct Notes {
    subject: String,
    /// Name, address and time of the author, as stored.
    author: Vec<u8>,
    pub(super) picked: Vec<String>,
    reverts: Vec<String>,
    /// The parents besides the first one.
    others: Vec<CommitId>,
}

/// A fix, by every commit that stands for it.
#[derive(Debug)]
pub(super) struct Fix {
    pub(super) base: CommitId,
    pub(super) head: CommitId,
    /// The commits between base and head, without the head.
    pub(super) inner: BTreeSet<CommitId>,
    pub(super) notes: Arc<Notes>,
}

/// The commits of a lane that may have brought a fix there, or taken it out again.
#[derive(Debug, Default)]
pub(super) struct Traces {
    /// Commits by the beginning of the id that they were picked from.
    picks: BTreeMap<String, Vec<CommitId>>,
    /// Commits by the beginning of the id that they revert.
    pub(super) reverts: BTreeMap<String, Vec<CommitId>>,
    /// What a commit that reverts another was picked from itself.
    pub(super) origins: HashMap<CommitId, Vec<String>>,
    /// Merges by a commit that they brought in as another parent than the first.
    pub(super) merges: HashMap<CommitId, Vec<CommitId>>,
    /// Merges that were reverted, by everything that they brought along, however far down it was; found where it is asked for.
    brought: OnceCell<HashMap<CommitId, Vec<CommitId>>>,
    subjects: HashMap<String, Vec<CommitId>>,
    authors: HashMap<Vec<u8>, Vec<CommitId>>,
}

impl Traces {
    fn add(&mut self, id: &CommitId, notes: &Notes) {
        let all = [
            (&mut self.picks, &notes.picked),
            (&mut self.reverts, &notes.reverts),
        ];
        for (map, said) in all {
            for beginning in said {
                map.entry(beginning.clone()).or_default().push(id.clone());
            }
        }
        if !notes.reverts.is_empty() && !notes.picked.is_empty() {
            self.origins.insert(id.clone(), notes.picked.clone());
        }
        for other in &notes.others {
            let merges = self.merges.entry(other.clone()).or_default();
            merges.push(id.clone());
        }
        let (subject, author) = (notes.subject.clone(), notes.author.clone());
        self.subjects.entry(subject).or_default().push(id.clone());
        self.authors.entry(author).or_default().push(id.clone());
    }

    /// Returns the commits of the lane that say they were picked from this one.
    pub(super) fn picked_from(&self, id: &CommitId) -> Vec<&CommitId> {
        said_of(&self.picks, id)
    }

    /// Returns the merges of the lane that another commit of it names as reverted.
    fn reverted_merges(&self) -> BTreeSet<CommitId> {
        let merges = self.merges.values().flatten();
        merges
            .filter(|merge| !said_of(&self.reverts, merge).is_empty())
            .cloned()
            .collect()
    }

    /// Returns the commits that may have the same patch as a fix.
    pub(super) fn alike(&self, fix: &Fix) -> Vec<CommitId> {
        let same = [
            self.subjects.get(&fix.notes.subject),
            self.authors.get(&fix.notes.author),
        ];
        same.into_iter().flatten().flatten().cloned().collect()
    }
}

/// Returns what was said about an id, in full or cut short.
pub(super) fn said_of<'a>(
    map: &'a BTreeMap<String, Vec<CommitId>>,
    id: &CommitId,
) -> Vec<&'a CommitId> {
    // Whatever names the id in short sorts between its first seven digits and the whole.
    map.range(id.short().to_owned()..=id.to_string())
        .filter(|(beginning, _)| id.as_str().starts_with(*beginning))
        .flat_map(|(_, commits)| commits)
        .collect()
}

impl Repo {
    /// Reads what stands for a fix.
    pub(super) fn fix(&self, base: &CommitId, head: &CommitId) -> Result<Fix, Error> {
        let ids = self.range_ids(std::slice::from_ref(base), head, INNER + 1);
        // A base that is only a tree has no history to walk.
        let mut inner: BTreeSet<CommitId> = ids.unwrap_or_default().into_iter().collect();
        inner.remove(head);
        if inner.len() >= INNER {
            inner.clear();
        }
        let notes = self.notes(std::slice::from_ref(head))?.pop();
        Ok(Fix {
            base: base.clone(),
            head: head.clone(),
            inner,
            notes: notes.unwrap_or_default(),
        })
    }

    /// Reads what the commits of a lane say that are not in these histories.
    pub(super) fn traces(&self, outside: &[CommitId], tip: &CommitId) -> Result<Traces, Error> {
        let ids = self.range_ids(outside, tip, READ)?;
        let mut traces = Traces::default();
        for (id, notes) in ids.iter().zip(self.notes(&ids)?) {
            traces.add(id, &notes);
        }
        Ok(traces)
    }

    /// Returns the merges of a lane that were reverted, by everything that they brought along.
    pub(super) fn brought_along<'a>(
        &self,
        traces: &'a Traces,
    ) -> &'a HashMap<CommitId, Vec<CommitId>> {
        traces.brought.get_or_init(|| {
            let mut brought: HashMap<CommitId, Vec<CommitId>> = HashMap::new();
            for merge in traces.reverted_merges() {
                // It only explains: what is cut off in a shallow clone explains nothing.
                let parents = self.raw_commit(&merge).map(|commit| commit.parents);
                let parents = parents.unwrap_or_default();
                let Some((first, others)) = parents.split_first() else {
                    continue;
                };
                for other in others {
                    let along = self.range_ids(std::slice::from_ref(first), other, READ);
                    for id in along.unwrap_or_default() {
                        brought.entry(id).or_default().push(merge.clone());
                    }
                }
            }
            brought
        })
    }

    /// Tells by which rule a fix that is in a lane came there, given what the lane's commits say. `merges` are commits
    /// that are on record as having brought the same fix somewhere.
    pub(super) fn rule_of(
        &self,
        fix: &Fix,
        tip: &CommitId,
        traces: &Traces,
        merges: &[CommitId],
    ) -> Result<Rule, Error> {
        if self.is_told(fix, tip, traces)? {
            return Ok(Rule::Trailer);
        }
        for carrier in self.same_patches(fix, traces)? {
            if traces.undone(&carrier).is_none() {
                return Ok(Rule::PatchId);
            }
        }
        Ok(if self.holds_any(merges, tip)? {
            Rule::MergeCommit
        } else {
            Rule::Tree
        })
    }

    /// Tells whether a commit of the lane says that it was picked from the fix, and was not taken out again.
    pub(super) fn is_told(
        &self,
        fix: &Fix,
        tip: &CommitId,
        traces: &Traces,
    ) -> Result<bool, Error> {
        let mut picks = self.picks_of(fix, tip, traces)?.into_iter();
        Ok(picks.any(|pick| traces.undone(&pick).is_none()))
    }

    /// Tells whether a lane holds one of these commits.
    pub(super) fn holds_any(&self, commits: &[CommitId], tip: &CommitId) -> Result<bool, Error> {
        for commit in commits {
            // A commit that this repository never saw is not in the lane either.
            if self.peel(commit).is_ok() && self.is_ancestor(commit, tip)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Returns the commits of the lane that say they were picked from the fix, or from where the fix itself was picked.
    pub(super) fn picks_of(
        &self,
        fix: &Fix,
        tip: &CommitId,
        traces: &Traces,
    ) -> Result<Vec<CommitId>, Error> {
        let mut picks: Vec<CommitId> = said_of(&traces.picks, &fix.head)
            .into_iter()
            .cloned()
            .collect();
        let inner = fix.inner.iter().map(|id| said_of(&traces.picks, id));
        for pick in inner.flatten() {
            picks.push(pick.clone());
        }
        for origin in &fix.notes.picked {
            // Only a full id can be looked up without doubt.
            let Ok(origin) = origin.parse::<CommitId>() else {
                continue;
            };
            picks.extend(said_of(&traces.picks, &origin).into_iter().cloned());
            if self.holds_any(std::slice::from_ref(&origin), tip)? {
                picks.push(origin);
            }
        }
        self.without_own(fix, picks)
    }

    /// Leaves out what the fix itself is built on: that lies in both lanes and brought nothing.
    fn without_own(&self, fix: &Fix, commits: Vec<CommitId>) -> Result<Vec<CommitId>, Error> {
        let mut kept: Vec<CommitId> = Vec::new();
        for commit in commits {
            if !kept.contains(&commit) && !self.is_ancestor(&commit, &fix.head)? {
                kept.push(commit);
            }
        }
        Ok(kept)
    }

    /// Returns the commits of the lane with the same patch.
    pub(super) fn same_patches(&self, fix: &Fix, traces: &Traces) -> Result<Vec<CommitId>, Error> {
        self.same_among(fix, traces.alike(fix))
    }

    /// Returns those of these commits that have the same patch as the fix and are no part of it.
    pub(super) fn same_among(
        &self,
        fix: &Fix,
        commits: Vec<CommitId>,
    ) -> Result<Vec<CommitId>, Error> {
        let pairs = self.compared(fix, commits)?;
        if pairs.len() == 1 {
            return Ok(Vec::new());
        }
        let patches = self.patch_ids(&pairs)?;
        let is_same = |patch: &Option<String>| patch.is_some() && *patch == patches[0];
        Ok(pairs[1..]
            .iter()
            .zip(&patches[1..])
            .filter(|(_, patch)| is_same(patch))
            .map(|((_, id), _)| id.clone())
            .collect())
    }

    /// Returns the fix and those of these commits that are no part of it, each with what it is compared with.
    pub(super) fn compared(
        &self,
        fix: &Fix,
        commits: Vec<CommitId>,
    ) -> Result<Vec<(CommitId, CommitId)>, Error> {
        let mut pairs = vec![(fix.base.clone(), fix.head.clone())];
        for id in self.without_own(fix, commits)? {
            if let Some(parent) = self.raw_commit(&id)?.parents.into_iter().next() {
                pairs.push((parent, id));
            }
        }
        Ok(pairs)
    }

    fn range_ids(
        &self,
        outside: &[CommitId],
        tip: &CommitId,
        limit: usize,
    ) -> Result<Vec<CommitId>, Error> {
        let ids: Vec<&CommitId> = std::iter::once(tip).chain(outside).collect();
        let (mut graph, nodes) = self.graph(&ids)?;
        let found = graph.between(&nodes[1..], nodes[0], limit);
        Ok(found.into_iter().map(|node| graph.id(node)).collect())
    }

    /// Reads what commits say, each once.
    fn notes(&self, ids: &[CommitId]) -> Result<Vec<Arc<Notes>>, Error> {
        let known = self.memo().notes();
        let missing: Vec<CommitId> = {
            let known = known
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            let is_missing = |id: &&CommitId| !known.contains_key(*id);
            ids.iter().filter(is_missing).cloned().collect()
        };
        let objects = self.objects().read_many(&missing)?;
        let mut known = known
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        for (id, (kind, bytes)) in missing.into_iter().zip(objects) {
            if kind != Kind::Commit {
                return Err(Error::BadObject {
                    id,
                    why: "it is not a commit",
                });
            }
            let raw = RawCommit::parse(&id, &bytes)?;
            let text = Untrusted::from_bytes(&raw.message);
            let text = text.raw();
            let notes = Notes {
                subject: text.lines().next().unwrap_or_default().to_owned(),
                picked: ids_after(text, PICKED),
                reverts: ids_after(text, REVERTS),
                others: raw.parents.into_iter().skip(1).collect(),
                author: raw.author,
            };
            known.insert(id, Arc::new(notes));
        }
        let found = ids.iter().map(|id| known.get(id).cloned());
        Ok(found.map(Option::unwrap_or_default).collect())
    }
}

/// Returns the object ids, at least seven digits long, that follow `words` at the start of a line.
pub(super) fn ids_after(text: &str, words: &str) -> Vec<String> {
    text.lines()
        .filter_map(|line| line.strip_prefix(words))
        .map(|rest| {
            let is_digit = |c: &char| c.is_ascii_hexdigit();
            rest.chars().take_while(is_digit).collect::<String>()
        })
        .filter(|id| id.len() >= 7)
        .collect()
}
