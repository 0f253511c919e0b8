//! A conflict that a forge shows by itself: two branches whose merge is exactly the pick that conflicts.
//!
//! A forge merges two tips from their merge base. So the base branch is the target's tree as it is, in a commit that
//! has the fix's parent as second parent, and the picked side is the fix on that parent: what lies between is the fix
//! and nothing else of its lane. What people resolve becomes one commit on the target, which takes none of that
//! history along.

use crate::model::CommitId;
use crate::model::ConflictPath;
use crate::model::Person;
use crate::model::Timestamp;

use super::build::PickOrder;
use super::commit::RawCommit;
use super::commit::Signing;
use super::commit::signature;
use super::error::Error;
use super::merge::Merge;
use super::message::picked;
use super::prediction::Sides;
use super::repo::Repo;

/// A target's line longer than this is not followed back.
const LINE: usize = 2_000;

/// Two branches that were built. Nothing is on the remote yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TwoBranches {
    /// The target as it is, joined to the fix's parent.
    pub base: CommitId,
    /// The fix on its parent.
    pub side: CommitId,
    /// What a person must decide; each with the blob that the target has.
    pub conflicts: Vec<ConflictPath>,
}

/// Which resolved tree becomes one commit.
#[derive(Debug, Clone)]
pub struct ResolvedOrder {
    /// The base branch as people left it.
    pub tip: CommitId,
    /// The base branch as it was built.
    pub base: CommitId,
    /// The target when it was built, and now.
    pub onto: CommitId,
    pub target: CommitId,
    /// What was picked, oldest first; never empty.
    pub commits: Vec<CommitId>,
    pub conflicts: Vec<ConflictPath>,
    pub trailers: Vec<(String, String)>,
    pub committer: Person,
    pub at: Timestamp,
}

/// What a resolution came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolved {
    Built(CommitId),
    /// The target is left as it is.
    Nothing,
    /// The branch does not hold what was built any more.
    Replaced,
}

impl Repo {
    /// Builds both branches. The order's policy does not matter: that it conflicts is why this is asked for.
    pub fn build_two_branches(&self, order: &PickOrder) -> Result<TwoBranches, Error> {
        let (parent, side) = self.side(order)?;
        let tree = self.tree_of(&order.onto)?;
        let conflicts = self.conflicts_between(order, &parent, &side, &tree)?;
        let person = signature(&order.committer, order.at);
        let trailers: String = order
            .trailers
            .iter()
            .map(|(key, value)| format!("{key}: {value}\n"))
            .collect();
        let base = RawCommit {
            tree,
            parents: vec![order.onto.clone(), parent],
            author: person.clone(),
            committer: person,
            encoding: None,
            message: format!(
                "The target as it is, for a conflict to be resolved on\n\nIts tree is that of the first parent. This is never merged: what is resolved becomes\none commit.\n\n{trailers}"
            )
            .into_bytes(),
        };
        Ok(TwoBranches {
            base: self.create(&base, Signing::AsConfigured)?,
            side,
            conflicts,
        })
    }

    /// Returns the fix as a line of commits, and the commit that it stands on. The commits themselves, as long as each
    /// stands on the one before; a merge becomes one commit, since its other side could be known to the target.
    fn side(&self, order: &PickOrder) -> Result<(CommitId, CommitId), Error> {
        let mut start: Option<CommitId> = None;
        let mut head: Option<CommitId> = None;
        for id in &order.commits {
            let source = self.raw_commit(id)?;
            let parent = match source.parents.first() {
                Some(_) => self.mainline(id, &source)?,
                None => self.nothing(order)?,
            };
            let at = head.clone().unwrap_or_else(|| parent.clone());
            start.get_or_insert_with(|| parent.clone());
            if source.parents == [at.clone()] {
                head = Some(id.clone());
                continue;
            }
            let result = self.merged(&Merge {
                base: Some(parent.clone()),
                ours: at.clone(),
                theirs: id.clone(),
                reads_attributes: false,
            })?;
            if !result.is_clean {
                let sides = Sides {
                    base: Some(&parent),
                    onto: &at,
                    other: id,
                };
                return Err(Error::Conflicts {
                    commit: id.clone(),
                    conflicts: self.conflict_paths(&result.tree, &result.conflicts, sides)?,
                });
            }
            let commit = RawCommit {
                tree: result.tree,
                parents: vec![at],
                author: source.author.clone(),
                committer: signature(&order.committer, order.at),
                encoding: source.encoding.clone(),
                message: picked(&source.message, id, &order.trailers, &[]),
            };
            head = Some(self.create(&commit, Signing::AsConfigured)?);
        }
        start.zip(head).ok_or_else(|| Error::Failed {
            verb: "pick".into(),
            why: "there are no commits to pick".into(),
        })
    }

    /// Returns a commit of nothing, which stands in for the parent of a first commit.
    fn nothing(&self, order: &PickOrder) -> Result<CommitId, Error> {
        let person = signature(&order.committer, order.at);
        let commit = RawCommit {
            tree: self.objects().write_tree(Vec::new())?,
            parents: Vec::new(),
            author: person.clone(),
            committer: person,
            encoding: None,
            message: b"Nothing\n".to_vec(),
        };
        self.create(&commit, Signing::Never)
    }

    /// Returns what the merge of the two branches leaves to people. Where only a pick in a row conflicts, and all of
    /// it together does not, people still look at those paths.
    fn conflicts_between(
        &self,
        order: &PickOrder,
        parent: &CommitId,
        side: &CommitId,
        tree: &CommitId,
    ) -> Result<Vec<ConflictPath>, Error> {
        let result = self.merged(&Merge {
            base: Some(parent.clone()),
            ours: order.onto.clone(),
            theirs: side.clone(),
            reads_attributes: false,
        })?;
        let sides = Sides {
            base: Some(parent),
            onto: &order.onto,
            other: side,
        };
        let mut conflicts = if result.is_clean {
            self.try_picks(order)?.conflicts
        } else {
            self.conflict_paths(&result.tree, &result.conflicts, sides)?
        };
        // What stands in the target is what a decision must differ from, not a tree with markers.
        for conflict in &mut conflicts {
            let entry = self.objects().entry(tree, conflict.path.as_bytes())?;
            conflict.blob = entry.map(|entry| entry.id);
        }
        Ok(conflicts)
    }

    /// Makes one commit on the target of what people resolved: the fix's author and message, and where it came from.
    pub fn build_resolved(&self, order: &ResolvedOrder) -> Result<Resolved, Error> {
        if !self.is_ancestor(&order.base, &order.tip)? {
            return Ok(Resolved::Replaced);
        }
        let onto = self.newest_held(&order.onto, &order.target, &order.tip)?;
        let tree = self.tree_of(&order.tip)?;
        if tree == self.tree_of(&onto)? {
            return Ok(Resolved::Nothing);
        }
        let Some(last) = order.commits.last() else {
            return Ok(Resolved::Nothing);
        };
        let source = self.raw_commit(last)?;
        let commit = RawCommit {
            tree,
            parents: vec![onto],
            author: source.author.clone(),
            committer: signature(&order.committer, order.at),
            encoding: source.encoding.clone(),
            message: self.message_of(order, last, &source.message)?,
        };
        Ok(Resolved::Built(
            self.create(&commit, Signing::AsConfigured)?,
        ))
    }

    /// Returns the newest commit of the target that people took in while they resolved, up to `tip`; what it was built on,
    /// if none.
    pub fn newest_held(
        &self,
        onto: &CommitId,
        target: &CommitId,
        tip: &CommitId,
    ) -> Result<CommitId, Error> {
        if !self.is_ancestor(onto, target)? {
            return Ok(onto.clone());
        }
        let known = std::slice::from_ref(onto);
        for commit in self.first_parents(known, target, LINE)? {
            if self.is_ancestor(&commit.id, tip)? {
                return Ok(commit.id);
            }
        }
        Ok(onto.clone())
    }

    /// Returns the message of the last commit, with the subjects of those before it and every origin.
    fn message_of(
        &self,
        order: &ResolvedOrder,
        last: &CommitId,
        original: &[u8],
    ) -> Result<Vec<u8>, Error> {
        let mut message = original.to_vec();
        let earlier = &order.commits[..order.commits.len() - 1];
        if !earlier.is_empty() {
            let end = message.iter().position(|byte| *byte == b'\n');
            let rest = message.split_off(end.unwrap_or(message.len()));
            message.extend(b"\n\nWith:");
            for id in earlier {
                let source = self.raw_commit(id)?;
                let subject = source.message.split(|byte| *byte == b'\n').next();
                message.extend(b"\n* ");
                message.extend(subject.unwrap_or_default());
            }
            message.push(b'\n');
            message.extend(rest);
        }
        for id in earlier {
            message = picked(&message, id, &[], &[]);
        }
        Ok(picked(&message, last, &order.trailers, &order.conflicts))
    }
}
