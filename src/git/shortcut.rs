//! Merges that need no git: one side changed nothing, or an earlier process asked already.

use crate::model::CommitId;

use super::merge::Merge;
use super::merge::MergeResult;
use super::repo::Repo;

impl Repo {
    /// Answers where one side changed nothing, or both came to the same: every merge takes the other side then.
    pub(super) fn trivial(&self, merge: &Merge) -> Option<MergeResult> {
        let base = match &merge.base {
            Some(base) => base.clone(),
            None => match &self.merge_bases(&merge.ours, &merge.theirs).ok()?[..] {
                [only] => only.clone(),
                [..] => return None,
            },
        };
        let tree = |id| self.tree_of(id).ok();
        let (base, ours, theirs) = (tree(&base)?, tree(&merge.ours)?, tree(&merge.theirs)?);
        let tree = if base == theirs || ours == theirs {
            ours
        } else if base == ours {
            theirs
        } else {
            return None;
        };
        Some(MergeResult {
            tree,
            is_clean: true,
            conflicts: Vec::new(),
        })
    }

    pub(super) fn merge_question(&self, merge: &Merge) -> String {
        let base = merge.base.as_ref().map_or("-", CommitId::as_str);
        let (ours, theirs) = (merge.ours.to_string(), merge.theirs.to_string());
        self.shelf_question(&["merge-tree".to_owned(), base.to_owned(), ours, theirs])
    }

    /// Returns what an earlier process computed, if the tree that came out is still there.
    pub(super) fn shelved(&self, merge: &Merge) -> Option<MergeResult> {
        let result: MergeResult = self.shelf().get(&self.merge_question(merge))?;
        let is_there = self.objects().has_all(std::iter::once(&result.tree))?;
        is_there.then_some(result)
    }
}
